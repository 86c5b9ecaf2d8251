"""Edits applied to the fit they were made on, and to another one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.curation import Curated, Edits, Labelling, apply, changed
from clusterforge.curation.edits import Split
from clusterforge.curation.rules import follow, rules_of, rules_state

RNG = np.random.default_rng(0)
CENTRES = np.array([[0, 0], [0, 8], [20, 0], [20, 8], [40, 0]], dtype=np.float32)
GROUP = np.repeat(np.arange(5), 20)
POINTS = (CENTRES[GROUP] + RNG.normal(0, 0.5, (100, 2))).astype(np.float32)
IDS = np.array([f"r{row}" for row in range(100)])


def labelling(labels: Sequence[int] | IntArray = GROUP) -> Labelling:
    return Labelling(IDS, "train", POINTS, np.asarray(labels, dtype=np.int64))


def cluster(group: int, rows: int = 5) -> dict[str, object]:
    first = int(np.flatnonzero(group == GROUP)[0])
    return {"rows": [f"r{row}" for row in range(first, first + rows)], "number": group}


def edited(*edits: dict[str, object], labels: IntArray = GROUP, hold_out: float = 0.0) -> Curated:
    return apply(Edits.model_validate({"edit": edits}), labelling(labels), hold_out=hold_out)


def statuses(curated: Curated) -> list[str]:
    return [outcome.status for outcome in curated.outcomes]


def partition(labels: IntArray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == c).tolist()) for c in set(labels.tolist())}


def test_merge_and_name() -> None:
    curated = edited({"do": "merge", "clusters": [cluster(0), cluster(3)], "name": "both"})
    wanted = np.array([0, 1, 2, 0, 3])[GROUP]
    assert np.array_equal(curated.rows.labels, wanted)
    assert curated.rows.names == {0: "both"}
    assert curated.outcomes[0].rows == 20


def test_clusters_keep_their_numbers() -> None:
    for clusters, wanted in (((1, 3), [0, 1, 2, 1, 3]), ((0, 4), [0, 1, 2, 3, 0])):
        curated = edited({"do": "merge", "clusters": [cluster(group) for group in clusters]})
        labels = np.array(wanted)[GROUP]
        assert np.array_equal(curated.rows.labels, labels)
        assert np.array_equal(follow(curated.rules, GROUP, POINTS), labels)
    noise = edited({"do": "to-noise", "clusters": [cluster(1)]})
    assert np.array_equal(noise.rows.labels, np.array([0, -1, 2, 3, 1])[GROUP])


def test_split_by_named_parts_and_by_number() -> None:
    merged = np.array([0, 0, 1, 1, 2])[GROUP]
    parts = [cluster(0)["rows"], cluster(1)["rows"]]
    by_parts = edited(
        {"do": "split", "cluster": cluster(0), "parts": parts, "names": ["a", "b"]}, labels=merged
    )
    assert partition(by_parts.rows.labels) == partition(np.array([0, 1, 2, 2, 3])[GROUP])
    assert by_parts.rows.names[by_parts.rows.labels[20]] == "b"
    by_number = edited({"do": "split", "cluster": cluster(2), "into": 2}, labels=merged)
    assert partition(by_number.rows.labels) == partition(np.array([0, 0, 1, 2, 3])[GROUP])


def halves(edit: Split, rows: FloatArray, seed: int) -> IntArray:
    """Stand in for a clusterer: the first row is noise, the others fall by their second coordinate."""
    labels = (rows[:, 1] > rows[:, 1].mean()).astype(np.int64) + 3
    labels[0] = -1
    return labels


def test_split_by_a_clusterer() -> None:
    merged = np.array([0, 0, 1, 1, 2])[GROUP]
    edit = {"do": "split", "cluster": cluster(0), "by": "halves", "names": ["low", "high"]}
    curated = apply(Edits.model_validate({"edit": [edit]}), labelling(merged), recluster=halves)
    labels = curated.rows.labels
    assert labels[0] == -1
    assert len(set(labels[1:20].tolist())) == len(set(labels[20:40].tolist())) == 1
    assert (curated.rows.names[labels[1]], curated.rows.names[labels[20]]) == ("low", "high")
    assert curated.outcomes[0].rows == 20  # the larger part keeps the number
    # A row that nobody has seen goes to the nearest part.
    assert np.array_equal(follow(curated.rules, merged, POINTS)[1:], labels[1:])
    alone = apply(Edits.model_validate({"edit": [edit]}), labelling(merged))
    assert alone.outcomes[0].status == "refused"
    assert np.array_equal(alone.rows.labels, merged)


def test_a_clusterer_that_finds_one_part_changes_nothing() -> None:
    edit = {"do": "split", "cluster": cluster(0), "by": "one"}
    curated = apply(
        Edits.model_validate({"edit": [edit]}),
        labelling(),
        recluster=lambda edit, rows, seed: np.zeros(len(rows), dtype=np.int64),
    )
    assert statuses(curated) == ["unchanged"]
    assert np.array_equal(curated.rows.labels, GROUP)


def test_reduce_joins_the_nearest() -> None:
    curated = edited({"do": "reduce", "to": 3})
    assert partition(curated.rows.labels) == partition(np.array([0, 0, 1, 1, 2])[GROUP])
    assert statuses(edited({"do": "reduce", "to": 5})) == ["unchanged"]


def test_rename_to_noise_and_noise_given_back() -> None:
    curated = edited(
        {"do": "rename", "cluster": cluster(1), "name": "x"},
        {"do": "to-noise", "clusters": [cluster(2)], "rows": ["r0"]},
    )
    labels = curated.rows.labels
    assert (labels[GROUP == 2] == -1).all()
    assert labels[0] == -1
    assert (labels < 0).sum() == 21
    assert curated.rows.names == {int(labels[20]): "x"}
    back = edited({"do": "to-noise", "rows": ["r0"]}, {"do": "outliers", "policy": "nearest"})
    assert back.rows.labels[0] == back.rows.labels[1]


def test_a_name_is_given_once() -> None:
    first, again = (
        {"do": "rename", "cluster": cluster(c), "name": n} for c, n in ((1, "x"), (2, "X"))
    )
    merge = {"do": "merge", "clusters": [cluster(3), cluster(4)], "name": "x"}
    curated = edited(first, again, merge, {**first, "name": "X"})
    assert statuses(curated) == ["applied", "refused", "applied", "applied"]
    assert "merge the two, or take another name" in curated.outcomes[1].reason
    assert curated.outcomes[2].reason.startswith("it is not called x: an edit has given")
    assert curated.rows.names == {int(curated.rows.labels[20]): "X"}
    both = {"do": "merge", "clusters": [cluster(1), cluster(2)], "name": "x"}
    assert statuses(edited(first, both)) == ["applied", "applied"]


def test_pins_and_pairs_hold_in_the_end() -> None:
    curated = edited(
        {"do": "pin", "rows": ["r0", "r1"], "cluster": cluster(4)},
        {"do": "together", "rows": ["r30", "r31", "r50"]},
        {"do": "apart", "rows": ["r60", "r61"]},
        {"do": "merge", "clusters": [cluster(3), cluster(2)]},
    )
    labels = curated.rows.labels
    assert statuses(curated) == ["applied"] * 4
    assert labels[0] == labels[1] == labels[99]
    assert labels[30] == labels[31] == labels[50]
    assert labels[60] != labels[61]


def test_pairs_in_a_chain_share_the_cluster_of_the_pinned_row() -> None:
    curated = edited(
        {"do": "together", "rows": ["r0", "r25"]},
        {"do": "together", "rows": ["r25", "r45"]},
        {"do": "together", "rows": ["r45", "r65"]},
        {"do": "pin", "rows": ["r65"], "cluster": cluster(4)},
    )
    assert statuses(curated) == ["applied"] * 4
    assert set(curated.rows.labels[[0, 25, 45, 65]].tolist()) == {int(curated.rows.labels[99])}


def test_contradictions_are_refused_and_listed() -> None:
    curated = edited(
        {"do": "together", "rows": ["r0", "r40"]},
        {"do": "apart", "rows": ["r0", "r40"]},
        {"do": "merge", "clusters": [{"rows": ["nobody"]}, cluster(0)]},
        {"do": "rename", "cluster": {"rows": ["nobody"]}, "name": "x"},
    )
    assert statuses(curated) == ["refused", "applied", "refused", "refused"]
    assert "contrary" in curated.outcomes[0].reason
    assert "none of the rows" in curated.outcomes[3].reason


def test_held_out_pairs_are_counted_and_not_applied() -> None:
    pairs = [{"do": "together", "rows": [f"r{row}", f"r{row + 1}"]} for row in (0, 25, 45)]
    apart = {"do": "together", "rows": ["r0", "r99"]}
    assert statuses(edited(*pairs, hold_out=1.0)) == ["kept_unaided"] * 3
    curated = edited(*pairs, apart, hold_out=1.0)
    assert statuses(curated)[-1] == "missed_unaided"
    assert np.array_equal(curated.rows.labels, GROUP)
    assert len([s for s in statuses(edited(*pairs, hold_out=0.34)) if "unaided" in s]) == 1


def test_a_refit_that_cuts_elsewhere_is_divided_and_joined() -> None:
    """On the first fit 0 and 1 were told apart and 2 joined with 3; the refit has 1 with 2."""
    edits = (
        {"do": "split", "cluster": cluster(0), "parts": [cluster(0)["rows"], cluster(1)["rows"]]},
        {"do": "merge", "clusters": [cluster(2), cluster(3)], "name": "right"},
    )
    refit = np.array([0, 1, 1, 2, 3])[GROUP]
    curated = edited(*edits, labels=refit)
    assert partition(curated.rows.labels) == partition(np.array([0, 1, 2, 2, 3])[GROUP])
    assert curated.rows.names == {int(curated.rows.labels[50]): "right"}
    assert statuses(curated) == ["unchanged", "applied"]
    assert np.array_equal(follow(curated.rules, refit, POINTS), curated.rows.labels)


def test_a_cluster_that_pins_name_is_put_together_again() -> None:
    """The refit has cut group 0 into two, neither of which holds more than half of its typical rows."""
    refit = GROUP.copy()
    refit[(GROUP == 0) & (np.arange(100) % 2 == 0)] = 5
    pin = {"do": "pin", "rows": ["r99"], "cluster": cluster(0, rows=6)}
    curated = edited(pin, labels=refit)
    labels = curated.rows.labels
    assert statuses(curated) == ["applied"]
    assert set(labels[[*range(20), 99]].tolist()) == {int(labels[0])}
    assert labels[98] != labels[0]


@pytest.mark.parametrize("labels", [GROUP, np.array([0, 1, 1, 2, 3])[GROUP]])
def test_rules_label_new_rows_as_the_edits_did(labels: IntArray) -> None:
    curated = edited(
        {"do": "merge", "clusters": [cluster(0), cluster(3)]},
        {"do": "split", "cluster": cluster(1), "parts": [cluster(1)["rows"], cluster(2)["rows"]]},
        {"do": "split", "cluster": cluster(4), "into": 2},
        {"do": "reduce", "to": 4},
        labels=labels,
    )
    rules = rules_of(rules_state(curated.rules))
    assert np.array_equal(follow(rules, np.asarray(labels), POINTS), curated.rows.labels)


def test_rows_that_were_moved() -> None:
    before = np.array([0, 0, 0, 1, 1, -1, -1])
    assert not changed(before, np.array([1, 1, 1, 0, 0, -1, -1])).any()
    merged = changed(before, np.array([0, 0, 0, 0, 0, -1, -1]))
    assert merged.tolist() == [False] * 3 + [True] * 2 + [False] * 2
    split = changed(before, np.array([0, 0, 2, 1, 1, -1, 1]))
    assert split.tolist() == [False, False, True, False, False, False, True]
