from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from clusterforge.comparison import compare
from clusterforge.comparison.alignment import Alignment, to_classes
from tests.comparison.conftest import Make


def aligned(make: Make, first: list[int], second: list[int], **more: object) -> Alignment:
    found = compare(make("a", {"x": first}, **more), make("b", {"x": second}, **more))
    alignment = found.lanes[0].pairs[0].alignment
    assert alignment is not None
    return alignment


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (
            [0] * 5 + [1] * 5,
            [1] * 5 + [0] * 5,
            ["0 is now 1 (keeps 100 %)", "1 is now 0 (keeps 100 %)"],
        ),
        ([7] * 10, [3] * 6 + [9] * 4, ["7 split into 3 (60 %) and 9 (40 %)"]),
        ([0] * 6, [1, 1, 2, 2, 3, 3], ["0 split into 1 (33 %), 2 (33 %) and 3 (33 %)"]),
        (
            [1] * 5,
            [-1] * 4 + [0],
            ["1 vanished into noise (80 %)", "0 is new: drawn from 1 (100 %)"],
        ),
        (
            [-1] * 4 + [0],
            [4] * 4 + [-1],
            ["0 vanished into noise (100 %)", "4 is new: drawn from noise (100 %)"],
        ),
        (
            [0] * 40 + [1] * 3,
            [0] * 43,
            ["0 is now 0 (keeps 100 %)", "1 went into 0 (100 %), where it is the smaller part"],
        ),
        (
            [0] * 60 + [1] * 60 + [2] * 9,
            [0] * 60 + [1] * 60 + [0, 1, -1] * 3,
            [
                "0 is now 0 (keeps 100 %)",
                "1 is now 1 (keeps 100 %)",
                "2 was scattered: noise (33 %), 0 (33 %) and 1 (33 %)",
            ],
        ),
    ],
)
def test_what_became_of_clusters_is_said(
    make: Make, first: list[int], second: list[int], said: list[str]
) -> None:
    events = aligned(make, first, second).events

    assert [event.text for event in events] == [f"cluster {text}" for text in said]


@pytest.mark.parametrize(("first", "second"), [([-1] * 5, [4] * 5), ([0, 1], [-1, -1])])
def test_nothing_is_said_of_rows_that_are_all_noise(
    make: Make, first: list[int], second: list[int]
) -> None:
    found = compare(make("a", {"x": first}), make("b", {"x": second}))
    pair = found.lanes[0].pairs[0]

    assert (pair.alignment, pair.moved) == (None, None)
    assert "calls every shared row noise" in pair.reason


def test_rows_that_nobody_labels_are_not_called_noise(make: Make) -> None:
    found = compare(make("a", {"x": [-2, -2, 1]}), make("b", {"x": [0, 1, -2]}))

    assert found.lanes[0].pairs[0].reason == "no row is labelled by both"


def test_clusters_that_were_merged_are_said(make: Make) -> None:
    (event,) = aligned(make, [2] * 6 + [5] * 4, [1] * 10).events

    assert event.text == "clusters 2 and 5 merged into 1"
    assert (event.kind, event.first, event.second) == ("merged", [2, 5], [1])


def test_agreement_is_that_of_scikit_learn_and_blind_to_names(make: Make) -> None:
    rng = np.random.default_rng(0)
    first, second = rng.integers(-1, 4, 200), rng.integers(0, 5, 200)

    found = aligned(make, first.tolist(), second.tolist())
    other = aligned(make, ((first + 1) % 5 - 1).tolist(), ((second + 2) % 5).tolist())

    assert found.ari == pytest.approx(metrics.adjusted_rand_score(first, second))
    assert found.nmi == pytest.approx(metrics.normalized_mutual_info_score(first, second))
    kept = first >= 0
    assert found.both == pytest.approx(metrics.adjusted_rand_score(first[kept], second[kept]))
    assert sum(flow["rows"] for flow in found.flows()) == 200
    assert other.nmi == pytest.approx(found.nmi)


def test_rows_that_moved_are_judged_by_their_labels(make: Make) -> None:
    truth = [0] * 6 + [1] * 6
    first = [0] * 5 + [1] + [1] * 5 + [0]
    second = [4] * 6 + [3] * 4 + [4, 4]
    texts = [f"text {i}" for i in range(12)]
    both = {"truth": truth, "texts": texts}

    found = compare(make("a", {"x": first}, **both), make("b", {"x": second}, **both))

    moved = found.lanes[0].pairs[0].moved
    assert moved is not None
    # By hand: 0 is 4 and 1 is 3; row 5 went right, row 10 wrong, and row 11 stayed wrong.
    assert moved.rows == 2
    assert moved.outcomes == {"made right": 1, "made wrong": 1}
    told = {
        row.id: (row.before, row.after, row.label, row.outcome, row.item) for row in moved.telling
    }
    assert told == {
        "5": (1, 4, "cats", "made right", "text 5"),
        "10": (1, 4, "dogs", "made wrong", "text 10"),
    }


def test_rows_well_within_both_clusters_come_first(make: Make) -> None:
    first, second = [0] * 10 + [1] * 10, [0] * 7 + [1] * 13
    paths = [make("a", {"x": first}), make("b", {"x": second})]
    for path in paths:
        inside = np.full(20, 0.1, np.float32)
        inside[8] = 0.9
        (path / "evaluation" / "x").mkdir(parents=True)
        np.save(path / "evaluation" / "x" / "test.silhouette.npy", inside)

    moved = compare(*paths).lanes[0].pairs[0].moved

    assert moved is not None
    assert [row.id for row in moved.telling] == ["8", "7", "9"]


def test_noise_is_no_class() -> None:
    labels, truth = np.array([-1, -1, 0, 0, 1]), np.array([0, 0, 0, 1, 1])

    assert to_classes(labels, truth).tolist() == [-1, -1, 0, 0, 1]
