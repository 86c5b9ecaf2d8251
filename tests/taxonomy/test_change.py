"""The tests of change: quiet where nothing changed, and not where something did."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from clusterforge.taxonomy import change

CENTRES = np.random.default_rng(3).normal(size=(4, 5)) * 4
Rows = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


def week(rng: np.random.Generator, parts: list[float], rows: int = 120) -> tuple[Rows, Ids]:
    group = rng.choice(4, rows, p=parts)
    return (CENTRES[group] + rng.normal(size=(rows, 5))).astype(np.float32), group.astype(np.int64)


def votes_of(pool: change.Pool) -> Ids:
    """Let rows vote by ids that a rule gives to both generations: the nearest centre."""
    far = ((pool.points[:, None] - CENTRES) ** 2).sum(axis=2)
    return pool.vote(far.argmin(axis=1).astype(np.int64))


def least(before: tuple[Rows, Ids], after: Rows, seed: int) -> float:
    pool = change.Pool.of(before[0], after, seed)
    votes, ids = votes_of(pool), np.unique(before[1])
    shares = change.shares(pool, votes, ids, np.arange(len(votes)))
    new = change.groups(pool).p
    return min([*new, *shares.p.tolist(), *change.moves(pool, votes, ids).tolist()])


def test_weeks_without_change_seldom_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change, "ROUNDS", 119)
    rng = np.random.default_rng(1)
    parts = [0.4, 0.3, 0.2, 0.1]
    p = [least(week(rng, parts), week(rng, parts)[0], i) for i in range(60)]

    # of 60 weeks at a level of 0.05, more than 8 have a probability of 0.3 %
    assert sum(value <= 0.05 for value in p) <= 8
    assert len(set(p)) > 5


def test_a_new_group_fits_nowhere() -> None:
    rng = np.random.default_rng(2)
    before = week(rng, [0.5, 0.5, 0, 0])
    after, group = week(rng, [0.4, 0.4, 0.2, 0])
    pool = change.Pool.of(before[0], after, 0)
    found = change.groups(pool)

    assert found.p[0] <= 0.01
    rows = found.rows[0] - len(before[0])
    assert (group[rows] == 2).mean() > 0.95
    assert len(rows) > 0.8 * (group == 2).sum()


def test_a_cluster_that_shrinks_is_told_from_one_that_is_gone() -> None:
    rng = np.random.default_rng(4)
    before = week(rng, [0.4, 0.3, 0.3, 0], 300)
    ids = np.arange(3)
    for left, gone in ((0.08, False), (0.0, True)):
        after = week(rng, [0.7 - left, 0.3, left, 0], 300)[0]
        pool = change.Pool.of(before[0], after, 0)
        votes = votes_of(pool)
        shares = change.shares(pool, votes, ids, np.arange(len(votes)))
        assert shares.p[2] <= 0.05
        assert shares.after[2] < shares.before[2]
        assert (change.presence(pool, votes, ids)[2] <= 0.2) == gone


def test_a_cluster_that_moves() -> None:
    rng = np.random.default_rng(5)
    before, (after, group) = week(rng, [0.5, 0.5, 0, 0]), week(rng, [0.5, 0.5, 0, 0])
    after[group == 1] += 1
    pool = change.Pool.of(before[0], after, 0)
    p = change.moves(pool, votes_of(pool), np.arange(2))

    assert p[1] <= 0.01
    assert p[0] > 0.05


def test_few_rows_are_not_tested() -> None:
    rng = np.random.default_rng(6)
    before = week(rng, [0.98, 0.02, 0, 0], 60)
    pool = change.Pool.of(before[0], week(rng, [1, 0, 0, 0], 60)[0], 0)
    assert change.moves(pool, votes_of(pool), np.array([1]))[0] == 1
