from __future__ import annotations

from typing import Any

import pytest

from clusterforge.cli import scores, terminal


def score(clusterer: str, metric: str, value: float | None, **more: Any) -> dict[str, Any]:
    directions = {"db": "lower", "noise": "none", "rich": "higher"}
    return {
        "clusterer": clusterer,
        "split": "train",
        "metric": metric,
        "value": value,
        "n": 10,
        "noise": "excluded",
        "exact": True,
        "reason": None,
        "coverage": 1.0,
        "direction": directions.get(metric, "higher"),
        "labels": False,
        **more,
    }


SCORES = [
    score("a", "sil", 0.25),
    score("a", "db", 1.5),
    score("a", "ch", 1234.56),
    score("b", "sil", None, reason="one cluster [only]\x1b[2J"),
    score("b", "db", 0.5, coverage=0.75),
    score("b", "ch", 9.0, exact=False, reason="5,000 of 60,000 rows"),
    score("b", "db", 99.0, noise="cluster"),
    score("a", "noise", 0.0),
    score("b", "noise", 0.25),
]
WHOLE = """\
clusterer  split  sil ↑  db ↓     ch ↑  noise  covered
a          train  0.250  1.500  1,234.6  0.000   100.0%
b          train      –  0.500     9.0*  0.250    75.0%
– one cluster [only]: sil of b on train
* 5,000 of 60,000 rows: ch of b on train
covered: share of rows that are not noise; the scores leave noise out. The
  report also counts it as one cluster and as single rows.
labels were used in training: don't compare with unsupervised scores
labels used: training of encoder.0.x, balanced
"""
INFO = {"labels_in_training": True, "labels_used": ["training of encoder.0.x", "balanced"]}


def test_the_whole_table(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    scores.show(SCORES, INFO)

    table = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert table == [" ".join(line.split()) for line in WHOLE.splitlines()]


def test_the_best_of_each_column_stands_out(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def grid(headers: Any, rows: Any, bold: Any, keep: int) -> None:
        seen.update(headers=headers, bold={(rows[r][0], headers[c]) for r, c in bold})

    monkeypatch.setattr(terminal, "grid", grid)

    scores.show(SCORES, {})

    assert seen["bold"] == {("a", "sil ↑"), ("b", "db ↓"), ("a", "ch ↑")}


def test_nothing_stands_out_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(terminal, "grid", lambda headers, rows, bold, keep: seen.append(bold))

    scores.show([item for item in SCORES if item["clusterer"] == "a"], {})

    assert seen == [set()]


def test_no_scores(capsys: pytest.CaptureFixture[str]) -> None:
    scores.show([], {})

    assert capsys.readouterr().out == "no scores\n"
