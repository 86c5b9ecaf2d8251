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


@pytest.fixture
def many() -> list[dict[str, Any]]:
    """Two clusterers, two splits, seven metrics, most with intervals."""
    names = ("accuracy", "adjusted-rand", "calinski-harabasz", "davies-bouldin", "purity", "nmi")
    return [
        score(
            c, name, 0.5, split=split, low=0.49, high=0.53, coverage=0.9 if c == "dbscan" else 1.0
        )
        for c in ("kmeans", "dbscan")
        for split in ("train", "test")
        for name in names
    ] + [score("kmeans", "silhouette", 0.25, split="train", low=None, high=None)]


@pytest.mark.parametrize(
    ("width", "first", "intervals"),
    [
        (60, "kmeans kmeans dbscan dbscan", False),
        (80, "kmeans kmeans dbscan dbscan", True),
        (100, "kmeans kmeans dbscan dbscan", True),
        (160, "clusterer split accuracy ↑ adjusted-rand ↑", True),
    ],
)
def test_the_table_fits(
    width: int,
    first: str,
    intervals: bool,
    many: list[dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))

    scores.show(many, {})

    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    assert " ".join(lines[0].split()).startswith(first)
    assert ("0.500 ±0.020" in lines[2]) == intervals
    assert any(line.startswith("±") for line in lines) == intervals
    assert "" not in lines  # in one part
    covered = next(line.split()[1:] for line in lines if line.split()[0] in ("covered", "dbscan"))
    assert covered == ["100.0%", "100.0%", "90.0%", "90.0%"] or covered[-1] == "90.0%"


def test_metrics_as_rows_keep_what_stands_out(
    many: list[dict[str, Any]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    seen: list[Any] = []
    monkeypatch.setattr(terminal, "grid", lambda *given, keep: seen.append((*given, keep)))
    many[0]["value"] = 0.9

    scores.show(many, {})

    headers, rows, bold, keep = seen[0]
    assert keep == 1
    assert (rows[1][0], headers[1], rows[0][1], rows[1][1]) == (
        "accuracy ↑",
        "kmeans",
        "train",
        "0.900 ±0.020",
    )
    assert (1, 1) in bold
    assert (1, 3) not in bold


def test_coverage_leaves_out_scores_of_labelled_rows_alone() -> None:
    found = [
        score("a", "acc", 1.0, labels=True, coverage=0.2),
        score("a", "sil", 1.0, coverage=0.75),
        score("b", "sil", 1.0, coverage=0.5),
    ]
    assert scores.covered(found, ("a", "train")) == 0.75
    assert scores.covered(found[:1], ("a", "train")) == 0.2
    assert scores.covered(found, ("c", "train")) is None


def test_reasons_are_told_once_for_all_splits() -> None:
    found = [
        score("a", metric, None, split=split, reason="one cluster only")
        for split in ("train", "test")
        for metric in ("sil", "db")
    ]
    assert scores.footnotes(found, [("a", "train"), ("a", "test")], {}) == [
        "– one cluster only: sil, db of a on train and test"
    ]


def test_no_scores(capsys: pytest.CaptureFixture[str]) -> None:
    scores.show([], {})

    assert capsys.readouterr().out == "no scores\n"
