from __future__ import annotations

from clusterforge.comparison import compare
from clusterforge.comparison.comparison import Pair
from tests.comparison.conftest import Make

LABELS = [0, 0, 1, 1, 2, 2]


def pair(*paths: object) -> Pair:
    return compare(*paths).lanes[0].pairs[0]


def test_the_same_content_is_matched_by_place(make: Make) -> None:
    found = pair(make("a", {"x": LABELS}, ids=["r"] * 6), make("b", {"x": LABELS}, ids=["r"] * 6))

    assert found.shared.splits["test"].by == "content"
    assert found.alignment is not None
    assert found.alignment.rows == 6


def test_other_content_of_one_data_set_is_matched_by_id(make: Make) -> None:
    a = make("a", {"x": LABELS}, ids=[1, 2, 3, 4, 5, 6])
    b = make("b", {"x": [9, 8, 8, 7]}, ids=["6", "3", "4", "77"], print_="0" * 64)

    found = pair(a, b)

    told = found.shared.splits["test"]
    assert (told.first, told.second, told.shared, told.by) == (6, 4, 3, "id")
    assert found.shared.first.tolist() == [2, 3, 5]
    assert found.shared.second.tolist() == [1, 2, 0]
    assert "matched by id" in found.shared.notes[0]


def test_ids_that_occur_twice_are_left_out_and_told(make: Make) -> None:
    a = make("a", {"x": LABELS}, ids=["p", "p", "q", "r", "s", "t"])
    b = make("b", {"x": LABELS}, ids=["p", "q", "q", "r", "s", "t"], print_="0" * 64)

    found = pair(a, b)

    assert found.shared.splits["test"].shared == 3
    assert "2 ids of test occur more than once" in found.shared.notes[0]


def test_ids_that_name_other_rows_are_noticed_by_their_labels(make: Make) -> None:
    a = make("a", {"x": LABELS}, [0, 0, 1, 1, 2, 2])
    b = make("b", {"x": LABELS}, [2, 1, 0, 1, 2, 2], print_="0" * 64)

    found = pair(a, b)

    assert found.alignment is None
    assert "3 of 6 rows with the same id have another label" in found.reason


def test_another_data_set_shares_no_rows_but_scores_are_shown(make: Make) -> None:
    a = make("a", {"x": LABELS}, LABELS)
    b = make("b", {"x": LABELS}, LABELS, print_="0" * 64, source={"path": "other.csv"})

    found = compare(a, b)

    assert found.lanes[0].pairs[0].reason == "test: the data sets are not the same"
    (line, _) = found.lanes[0].tables[0].lines
    assert [cell.value for cell in line.cells if cell] == [1, 1]
    assert line.differences[0].void


def test_another_split_shares_no_rows(make: Make) -> None:
    a, b = make("a", {"x": LABELS}, split="train"), make("b", {"x": LABELS})

    found = compare(a, b)

    assert (
        found.lanes[0].pairs[0].reason == "train: B has no split train; test: A has no split test"
    )
    assert all(not line.differences for table in found.lanes[0].tables for line in table.lines)
