"""Which numbers clusters have after edits, one by one and together."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterforge.contracts import IntArray
from clusterforge.curation.rules import follow
from tests.curation.test_apply import GROUP, IDS, POINTS, cluster, edited

REFIT = GROUP.copy()
REFIT[[2, 41]] = 4  # rows that stand for 0 and 2 lie elsewhere in this fit
Step = tuple[str, int, int]


def steps_of(*kinds: str) -> st.SearchStrategy[list[Step]]:
    """Return up to four edits and the two picks that each is made of, numbers of clusters or a row."""
    return st.lists(st.tuples(st.sampled_from(kinds), *[st.integers(0, 59)] * 2), max_size=4)


def hold(before: IntArray, after: IntArray, pins: int = 0) -> None:
    """Assert the rule: no gaps, and a number that there still is stays where most of its rows are.

    So with a cluster that most of whose rows stay, and for one that is made of whole clusters, with the
    largest of these; rows that pins have moved count for neither.
    """
    clusters = np.unique(after[after >= 0]).tolist()
    assert clusters == list(range(len(clusters)))
    for now in clusters:
        parts, rows = np.unique(before[(after == now) & (before >= 0)], return_counts=True)
        if not len(parts):
            continue
        old = parts[rows.argmax()]
        most = 2 * (after[before == old] == now).sum() > (before == old).sum()
        largest = parts[rows >= rows.max() - pins]
        if most and largest.max() < len(clusters):
            assert now in largest


def edit_of(step: Step, labels: IntArray) -> dict[str, object]:
    """Return an edit of a clustering as a person makes it who looks at that clustering."""
    do, *picks = step
    numbers = np.unique(labels[labels >= 0])
    a, b = (int(numbers[pick % len(numbers)]) for pick in picks)

    def ref(number: int) -> dict[str, object]:
        return {"rows": IDS[labels == number][:5].tolist(), "number": number}

    if do == "merge":
        return {"do": do, "clusters": [ref(a), ref(b)]}
    if do == "split":
        return {"do": do, "cluster": ref(a), "into": 3}
    if do == "pin":
        return {"do": do, "rows": [str(IDS[picks[0]])], "cluster": ref(b)}
    return {"do": do, "clusters": [ref(a)]}


@settings(deadline=None, max_examples=60)
@given(steps_of("merge", "to-noise", "split"), steps_of("pin"))
def test_after_each_edit_of_many_others_keep_their_numbers(
    steps: list[Step], pins: list[Step]
) -> None:
    edits: list[dict[str, object]] = []
    labels = GROUP
    for step in steps + pins:
        if not (labels >= 0).any():
            break
        edits.append(edit_of(step, labels))
        curated = edited(*edits)
        hold(labels, curated.rows.labels)
        labels = curated.rows.labels
        if step[0] != "pin":
            assert np.array_equal(follow(curated.rules, GROUP, POINTS), labels)


def test_edits_at_once_are_those_seen_one_by_one() -> None:
    whole: list[dict[str, object]] = [
        {"do": "merge", "clusters": [cluster(a), cluster(b)]} for a, b in combinations(range(5), 2)
    ]
    whole += [{"do": "to-noise", "clusters": [cluster(a)]} for a in range(5)]
    for first, second in permutations(whole, 2):
        hold(edited(first).rows.labels, edited(first, second).rows.labels)


@pytest.mark.parametrize("fit", [GROUP, REFIT])
@settings(deadline=None, max_examples=40)
@given(steps=steps_of("merge", "pin"))
def test_groups_of_another_fit_keep_numbers(fit: IntArray, steps: list[Step]) -> None:
    curated = edited(*(edit_of(step, GROUP) for step in steps), labels=fit)
    hold(fit, curated.rows.labels, pins=sum(step[0] == "pin" for step in steps))


def test_pins_of_one_fit_move_their_rows_alone() -> None:
    """The first pin's row is one of those that stand for the cluster of the second."""
    pins: list[dict[str, object]] = [
        {"do": "pin", "rows": [row], "cluster": cluster(group)}
        for row, group in (("r0", 2), ("r40", 0))
    ]
    curated = edited(*pins)
    wanted = GROUP.copy()
    wanted[0], wanted[40] = 2, 0
    assert np.array_equal(curated.rows.labels, wanted)
    assert curated.rules == ()
    assert list(curated.pins.values()) == [2, 0]
