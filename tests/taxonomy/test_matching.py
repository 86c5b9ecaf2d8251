"""Clusters of two clusterings matched by the rows that both label."""

from __future__ import annotations

import numpy as np
import pytest

from clusterforge.taxonomy.matching import Table, largest, structure_p

IDS = np.repeat([4, 7, 9], [60, 30, 10])


def test_renumbered_clusters_are_no_structure() -> None:
    table = Table.of(IDS, np.repeat([2, 0, 1], [60, 30, 10]))
    assert largest(table) == 0
    assert table.answers() == {0: (7,), 1: (9,), 2: (4,)}


def test_a_split_and_a_merge() -> None:
    table = Table.of(IDS, np.repeat([0, 1, 2], [35, 25, 40]))
    (split,), (merge,) = table.splits(), table.turned.splits()
    assert (split.whole, split.parts, split.size) == (4, (0, 1), 0.25)
    assert (merge.whole, merge.parts, merge.size) == (2, (7, 9), 0.1)
    assert table.answers() == {0: (4,), 1: (4,), 2: (7, 9)}


def test_noise_takes_no_part() -> None:
    numbers = np.repeat([0, -1, 2], [60, 30, 10])
    assert Table.of(IDS, numbers).answers() == {0: (4,), 2: (9,)}


@pytest.mark.parametrize(("chance", "rounds", "p"), [(0.0, 59, 1 / 30), (0.3, 3, 1.0)])
def test_p_is_against_refits_and_ends_early(chance: float, rounds: int, p: float) -> None:
    n = round(100 * chance)
    numbers = np.repeat([0, 1, 2], [n, 70 - n, 30])
    ids = np.repeat([0, 1], [70, 30])
    seen: list[int] = []

    def refit(number: int) -> Table:
        seen.append(number)
        return Table.of(ids, numbers)

    assert structure_p((0.2,), refit) == (pytest.approx(p),)
    assert len(seen) == rounds
