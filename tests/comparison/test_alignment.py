from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from clusterforge.comparison import compare
from clusterforge.comparison.findings import Alignment
from clusterforge.errors import InputError
from clusterforge.runs import files
from tests.comparison.conftest import Make


def aligned(make: Make, first: list[int], second: list[int], **more: object) -> Alignment:
    comparison = compare(make("a", {"x": first}, **more), make("b", {"x": second}, **more))
    alignment = comparison.panels[0].pairs[0].alignment
    assert alignment is not None
    return alignment


@pytest.mark.parametrize(
    ("first", "second", "texts"),
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
def test_what_became_of_clusters(
    make: Make, first: list[int], second: list[int], texts: list[str]
) -> None:
    events = aligned(make, first, second).events

    assert [event.text for event in events] == [f"cluster {text}" for text in texts]


@pytest.mark.parametrize(("first", "second"), [([-1] * 5, [4] * 5), ([0, 1], [-1, -1])])
def test_rows_that_are_all_noise_are_not_aligned(
    make: Make, first: list[int], second: list[int]
) -> None:
    (pair,) = compare(make("a", {"x": first}), make("b", {"x": second})).panels[0].pairs

    assert pair.alignment is None
    assert pair.reason is not None
    assert "labels every shared row as noise" in pair.reason


def test_rows_that_nobody_labels_are_not_called_noise(make: Make) -> None:
    comparison = compare(make("a", {"x": [-2, -2, 1]}), make("b", {"x": [0, 1, -2]}))

    assert comparison.panels[0].pairs[0].reason == "no row is labelled by both"


def test_clusters_that_were_merged(make: Make) -> None:
    (event,) = aligned(make, [2] * 6 + [5] * 4, [1] * 10).events

    assert event.text == "clusters 2 and 5 merged into 1"
    assert (event.kind, event.first, event.second) == ("merged", (2, 5), (1,))


def test_agreement_is_that_of_scikit_learn_and_blind_to_numbers(make: Make) -> None:
    rng = np.random.default_rng(0)
    first, second = rng.integers(-1, 4, 200), rng.integers(0, 5, 200)

    alignment = aligned(make, first.tolist(), second.tolist())

    assert alignment.ari == pytest.approx(metrics.adjusted_rand_score(first, second))
    assert alignment.nmi == pytest.approx(metrics.normalized_mutual_info_score(first, second))
    kept = first >= 0
    without = metrics.adjusted_rand_score(first[kept], second[kept])
    assert alignment.ari_without_noise == pytest.approx(without)
    assert sum(flow.rows for flow in alignment.flows) == 200
    mapped = {cluster.cluster: cluster.cluster for cluster in alignment.before}
    assert set(alignment.matched) <= set(mapped)


def test_too_many_clusters_are_refused(make: Make) -> None:
    many = list(range(4100))

    with pytest.raises(InputError, match=r"4,100 by 4,100 clusters are too many to align; name"):
        aligned(make, many, many)


def test_rows_that_moved_are_judged_by_their_labels(make: Make) -> None:
    truth = [0] * 6 + [1] * 6
    first = [0] * 5 + [1] + [1] * 5 + [0]
    second = [4] * 6 + [3] * 4 + [4, 4]
    texts = [f"text {i}" for i in range(12)]

    moved = aligned(make, first, second, truth=truth, texts=texts).moved

    # By hand: 0 is 4 and 1 is 3; row 5 went right, row 10 wrong, and row 11 stayed wrong.
    assert moved.rows == 2
    assert moved.outcomes == {"made right": 1, "made wrong": 1}
    rows = [(r.id, r.before, r.after, r.label, r.outcome, r.text) for r in moved.examples]
    assert rows == [
        ("5", 1, 4, "cats", "made right", "text 5"),
        ("10", 1, 4, "dogs", "made wrong", "text 10"),
    ]


def test_rows_well_within_both_clusters_come_first(make: Make) -> None:
    values = [0.9 if i == 8 else 0.1 for i in range(20)]
    more = {"row_values": {files.row_values("x", "test", files.SILHOUETTE): values}}

    moved = aligned(make, [0] * 10 + [1] * 10, [0] * 7 + [1] * 13, **more).moved

    assert [row.id for row in moved.examples] == ["8", "7", "9"]


def test_noise_is_no_class(make: Make) -> None:
    moved = aligned(make, [-1, -1, 0, 0, 1, 1], [0, 0, 0, 0, 1, 1], truth=[0, 0, 1, 1, 1, 1]).moved

    # Noise stands for no class, so rows that were noise were not right.
    assert moved.outcomes == {"made right": 2}
