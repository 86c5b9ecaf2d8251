from __future__ import annotations

from clusterforge.comparison import compare
from clusterforge.comparison.named_runs import open_runs
from clusterforge.comparison.rows import SharedRows, shared_rows
from tests.comparison.conftest import Make

LABELS = [0, 0, 1, 1, 2, 2]
OTHER = {"fingerprint": "0" * 64}


def shared(*paths: object) -> SharedRows:
    (a, b), _ = open_runs(paths)
    return shared_rows(a, b)


def test_the_same_content_is_matched_by_place(make: Make) -> None:
    rows = shared(make("a", {"x": LABELS}, ids=["r"] * 6), make("b", {"x": LABELS}, ids=["r"] * 6))

    assert (rows.splits["test"].by, rows.splits["test"].shared) == ("content", 6)


def test_other_content_of_one_data_set_is_matched_by_id(make: Make) -> None:
    a = make("a", {"x": LABELS}, ids=[1, 2, 3, 4, 5, 6])
    b = make("b", {"x": [9, 8, 8, 7]}, ids=["6", "3", "4", "77"], **OTHER)

    rows = shared(a, b)

    split = rows.splits["test"]
    assert (split.first, split.second, split.shared, split.by) == (6, 4, 3, "id")
    assert [at.tolist() for at in rows.places["test"]] == [[2, 3, 5], [1, 2, 0]]
    assert "matched by id (test)" in rows.notes[0]


def test_ids_that_occur_twice_are_left_out_and_counted(make: Make) -> None:
    a = make("a", {"x": LABELS}, ids=["p", "p", "q", "r", "s", "t"])
    b = make("b", {"x": LABELS}, ids=["p", "q", "q", "r", "s", "t"], **OTHER)

    rows = shared(a, b)

    assert rows.splits["test"].shared == 3
    assert rows.notes[0] == "2 ids of test occur more than once; their rows are left out."


def test_ids_that_name_other_rows_are_noticed_by_their_labels(make: Make) -> None:
    a = make("a", {"x": LABELS}, [0, 0, 1, 1, 2, 2])
    b = make("b", {"x": LABELS}, [2, 1, 0, 1, 2, 2], **OTHER)

    (pair,) = compare(a, b).panels[0].pairs

    assert pair.alignment is None
    assert pair.reason == "test: 3 of 6 rows with the same id have another label"


def test_another_data_set_shares_no_rows_but_scores_are_shown(make: Make) -> None:
    a = make("a", {"x": LABELS}, LABELS)
    b = make("b", {"x": LABELS}, LABELS, path="other.csv", **OTHER)

    (panel,) = compare(a, b).panels

    assert panel.pairs[0].reason == "test: the data sets are not the same"
    assert [score.value for score in panel.lines[0].scores if score] == [1, 1]
    assert panel.lines[0].differences[0].void


def test_another_split_shares_no_rows(make: Make) -> None:
    (panel,) = compare(make("a", {"x": LABELS}, split="train"), make("b", {"x": LABELS})).panels

    assert panel.pairs[0].reason == "train: B has no split train; test: A has no split test"
    assert not any(line.differences for line in panel.lines)
