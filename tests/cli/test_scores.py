from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clusterforge.cli import clusters, scores, terminal
from clusterforge.runs.records import EncoderRecord, Metrics, RunRecord
from tests.runs.scores import metric, metrics, score

METRICS = {
    "accuracy": metric(0),
    "db": metric(1, direction="lower", labels=False),
    "noise": metric(2, direction="none", labels=False, headline=False),
}
SCORES = [
    score("a", "accuracy", 0.8125, low=0.7, high=0.9),
    score("a", "db", 1.5),
    score("a", "noise", 0.0),
    score("b", "accuracy", None, coverage=0.75, reason="one cluster [only]\x1b[2J"),
    score("b", "db", 1234.56, coverage=0.75, exact=False, reason="5,000 of 60,000 rows"),
    score("b", "db", 99.0, noise="cluster"),
    score("b", "noise", 0.25, coverage=0.75),
]
WHOLE = """\
scores on test  a             b
Metric 0 ↑      0.812 ±0.100  –
Metric 1 ↓      1.500         1,235*
Metric 2        0.000         0.250
covered         100 %         75.0 %

– one cluster [only]: Metric 0 of b
* 5,000 of 60,000 rows: Metric 1 of b
covered: the share of rows that are not noise; the scores leave noise out. The
  report also counts it as one cluster and as single rows.
±: half the width of the 95 % bootstrap interval
labels were used in training: don't compare with unsupervised scores
labels used: training of encoder.0.x, balanced
weights of lite trained on photographs with labels
"""


def run(**changes: Any) -> RunRecord:
    """Return the record of a run of which only the labels and the splits matter."""
    split = {"rows": 100, "labelled": 100, "fingerprint": "", "shape": None}
    data = {"splits": {"train": split, "test": split}}
    values = {
        "data": data,
        "labels_in_training": False,
        "labels_used": (),
        "encoders": (),
        **changes,
    }
    return RunRecord.model_construct(
        **{**values, "data": type("Data", (), data)}  # type: ignore[arg-type]
    )


@pytest.fixture(autouse=True)
def eighty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_the_whole_table(capsys: pytest.CaptureFixture[str]) -> None:
    used = ("training of encoder.0.x", "balanced")

    lite = EncoderRecord(id="lite", use="lite", dim=2, weights="photographs with labels")
    about = run(labels_in_training=True, labels_used=used, encoders=(lite,))
    scores.show(metrics(METRICS, *SCORES), about, weights=True)

    assert capsys.readouterr().out == WHOLE
    scores.show(metrics(METRICS, *SCORES), about)
    assert "weights of" not in capsys.readouterr().out


def test_the_best_stands_out_and_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "is_terminal", lambda: True)
    monkeypatch.setattr(terminal, "_print", lambda text="", **options: print(text))
    monkeypatch.setenv("TERM", "xterm")
    both = [score("a", "accuracy", 0.8), score("b", "accuracy", 0.9), score("c", "db", 0.1)]

    scores.show(metrics(METRICS, *both), run())

    out = capsys.readouterr().out
    assert "\x1b[1m0.900\x1b[0m" in out
    assert out.count("\x1b[1m") == 1
    assert out.endswith("\nbest by Metric 0 on test: b 0.900\n")


def test_an_edit_does_not_compete_with_what_was_edited(capsys: pytest.CaptureFixture[str]) -> None:
    both = metrics(METRICS, score("edited", "accuracy", 0.8), score("a", "accuracy", 0.9))
    first = both.clusterings["edited"].model_copy(update={"by_hand": True, "of": ("a",)})
    clusterings = both.clusterings | {"edited": first}

    scores.show(both.model_copy(update={"clusterings": clusterings}), run())

    assert capsys.readouterr().out.endswith(
        "\nMetric 0 on test: 0.900 before the edits (a), 0.800 after them (edited)\n"
    )


def test_edits_that_leave_out_rows_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    both = metrics(
        METRICS, score("a", "accuracy", 0.9), score("edited", "accuracy", 0.95, coverage=0.6)
    )
    by_hand = both.clusterings["edited"].model_copy(update={"by_hand": True, "of": ("a",)})
    scores.show(
        both.model_copy(update={"clusterings": both.clusterings | {"edited": by_hand}}), run()
    )
    said = (
        "0.900 before the edits (a), 0.950 after them (edited); without noise, which is 0 % of the "
        "rows before, 40.0 % after\n"
    )
    assert said in " ".join(capsys.readouterr().out.split(" ")).replace("\n  ", " ")


def test_a_clustering_by_hand_of_nothing_has_no_scores_before(
    capsys: pytest.CaptureFixture[str],
) -> None:
    both = metrics(METRICS, score("own", "accuracy", 0.8), score("a", "accuracy", 0.9))
    own = both.clusterings["own"].model_copy(update={"by_hand": True})
    scores.show(both.model_copy(update={"clusterings": both.clusterings | {"own": own}}), run())
    assert "best by Metric 0 on test: a 0.900\n" in capsys.readouterr().out


def test_who_leaves_out_more_than_a_twentieth_is_not_best(
    capsys: pytest.CaptureFixture[str],
) -> None:
    noisy = [score("a", "accuracy", 0.8), score("b", "accuracy", 0.9, coverage=0.9)]

    scores.show(metrics(METRICS, *noisy), run())

    reason = "b has more than 5 % noise and does not compete"
    said = capsys.readouterr().out.replace("\n  ", " ")
    assert f"\nbest by Metric 0 on test: a 0.800; {reason}\n" in said


def test_where_all_leave_out_much_none_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    noisy = [score(name, "accuracy", 0.8, coverage=0.9) for name in "ab"]
    scores.show(metrics(METRICS, *noisy), run())
    said = "\nbest by Metric 0 on test: a 0.800; a and b have more than 5 % noise\n"
    assert said in capsys.readouterr().out


def test_intervals_are_left_out_where_they_do_not_fit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [score(f"long-name-{i}", "accuracy", 0.5, low=0.4, high=0.6) for i in range(4)]
    for columns, shown in (("100", True), ("60", False)):
        monkeypatch.setenv("COLUMNS", columns)
        scores.show(metrics(METRICS, *many), run())
        out = capsys.readouterr().out
        assert ("0.500 ±0.100" in out) is shown
        assert ("bootstrap" in out) is shown
        assert max(map(len, out.splitlines())) <= int(columns)


def test_a_table_for_each_split(capsys: pytest.CaptureFixture[str]) -> None:
    scores.show(
        metrics(METRICS, score("a", "db", 1.0), score("a", "db", 2.0, split="train")), run()
    )

    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("scores")] == [
        "scores on test  a",
        "scores on train  a",
    ]


def test_no_scores(capsys: pytest.CaptureFixture[str]) -> None:
    scores.show(Metrics(metrics={}, scores=(), clusterings={}, phases=()), run())

    assert capsys.readouterr().out == "no scores\n"


@pytest.mark.parametrize(
    ("sizes", "said"),
    [((20, 20, 20), "20 rows each"), ((9, 20), "9 to 20 rows"), ((1,), "1 row")],
)
def test_sizes_of_clusters(sizes: tuple[int, ...], said: str) -> None:
    assert clusters._rows(np.array(sizes)) == said


def test_without_a_note_no_blank_line_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    scores.show(metrics(METRICS, score("a", "accuracy", 0.8)), run())
    assert not capsys.readouterr().out.endswith("\n\n")
