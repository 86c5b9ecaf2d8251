"""Did the rows change? Three questions to the rows of two generations, by permuting which row is of which.

Under "nothing changed" the rows of both generations come from one distribution, so each way to deal them
to the two is equally probable, and a permuted deal shows what chance does. For each question the largest
value over all clusters counts (max-T of Westfall and Young 1993), and each p-value is multiplied by the
number of questions: in a week without change, the probability of any p-value at or below 0.05 is at most
0.05, however many clusters there are. Clusters are those of the generation before; a row of either
generation takes the vote of its nearest neighbours in both, itself left out: rows which a clusterer was
fitted on have no advantage over others, and which row is of which generation plays no part in the vote.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import bdtrc

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.numerics.near import near

ROUNDS = 599
QUESTIONS = 3
NEIGHBORS, VOTERS = 20, 10
RARE = 0.01  # of rows have so few neighbours of the other generation by chance
SEVERAL = 4.0  # times the odds that a neighbour is of the own generation, for a row to fit nowhere
TOUCHED = 1  # neighbour from a cluster that comes or goes is chance
FEW = 5  # rows of a cluster in one generation, below which its place is not tested

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Pool:
    """The rows of two generations, those of the earlier first.

    Parameters
    ----------
    points
        float32 (n, d).
    later
        bool (n,): whether a row is of the later generation.
    seed
        Of the permutations.
    questions
        How many questions share the level of a week: what p-values are multiplied by.
    """

    points: FloatArray
    later: Mask
    seed: int
    questions: int = QUESTIONS

    @classmethod
    def of(
        cls, before: FloatArray, after: FloatArray, seed: int, questions: int = QUESTIONS
    ) -> Pool:
        """Return the pool of two generations: float32 (n, d) and (m, d)."""
        later = np.repeat([False, True], [len(before), len(after)])
        return cls(np.concatenate([before, after]), later, seed, questions)

    def p_values(
        self, values: npt.ArrayLike, chance: npt.NDArray[np.floating] | IntArray
    ) -> npt.NDArray[np.float64]:
        """Return the share of permutations that reach each value, times the questions: float64 (k,)."""
        reached = (chance[None, :] >= np.asarray(values)[:, None] - 1e-9).sum(axis=1)
        p: npt.NDArray[np.float64] = self.questions * (1 + reached) / (1 + len(chance))
        return np.minimum(p, 1.0, out=p)

    @cached_property
    def nearest(self) -> IntArray:
        """The nearest other rows of each row: int64 (n + m, 20), fewer of few rows."""
        return near(self.points, min(NEIGHBORS, len(self.points) - 1)).indices

    def near(self, mask: Mask) -> Mask:
        """Return some rows and those with two neighbours or more among them: bool (n,)."""
        grown: Mask = mask | (mask[self.nearest].sum(axis=1) > TOUCHED)
        return grown

    def deals(self, rows: IntArray, question: int) -> Mask:
        """Return random deals of some rows to the later generation: bool (rounds, rows)."""
        generator = np.random.default_rng([self.seed, question])
        return np.stack([generator.permutation(self.later[rows]) for _ in range(ROUNDS)])

    def vote(self, labels: IntArray) -> IntArray:
        """Return the id of every row by its nearest rows of both generations: int64 (n,).

        Parameters
        ----------
        labels
            int64 (n,), the id of each row by one rule for both generations, -1 for noise.
        """
        voters = near(self.points, min(VOTERS, len(self.points) - 1)).indices
        return _majority(labels[voters])


@dataclass(frozen=True)
class Groups:
    """Rows of one generation that have next to no neighbours of the other.

    Parameters
    ----------
    rows
        Positions in the pool of each group's rows, the largest group first: int64 (m,) each.
    p
        The p-value of each.
    """

    rows: tuple[IntArray, ...]
    p: tuple[float, ...]


def groups(pool: Pool) -> Groups:
    """Return the groups of later rows that fit nowhere, as large as chance may make them or larger.

    A row fits nowhere where hardly any of its nearest neighbours is of the earlier generation (of Henze 1988
    and Schilling 1986, row by row); rows that do so and are neighbours are a group. The statistic is
    the number of its rows.
    """
    nearest = pool.nearest
    n, k = nearest.shape
    expected = pool.later.mean()
    here = np.arange(k + 1)
    odds = (here + 0.5) / (k - here + 0.5)
    tail = bdtrc(here - 1, k, expected)
    strange = (tail <= RARE) & (odds >= SEVERAL * expected / (1 - expected))
    if not strange.any():
        return Groups((), ())
    graph = sparse.csr_matrix(
        (np.ones(n * k, np.int8), (np.repeat(np.arange(n), k), nearest.ravel())), (n, n)
    )

    def found(later: Mask) -> list[IntArray]:
        rows = np.flatnonzero(later & strange[later[nearest].sum(axis=1)])
        if not len(rows):
            return []
        _, part = sparse.csgraph.connected_components(graph[rows][:, rows], directed=False)
        parts = [rows[part == i] for i in range(part.max() + 1)]
        return sorted(parts, key=lambda rows: (-len(rows), rows[0]))

    observed = found(pool.later)
    if not observed:
        return Groups((), ())
    deals = pool.deals(np.arange(n), 0)
    largest = np.array([max(map(len, found(deal)), default=0) for deal in deals])
    p = pool.p_values([len(rows) for rows in observed], largest).tolist()
    keep = [i for i, value in enumerate(p) if value < 1]
    return Groups(tuple(observed[i] for i in keep), tuple(p[i] for i in keep))


@dataclass(frozen=True)
class Shares:
    """Whether clusters have grown or shrunk against the others.

    Parameters
    ----------
    before, after
        The rows of each cluster in both generations: int64 (k,).
    p
        float64 (k,).
    """

    before: IntArray
    after: IntArray
    p: npt.NDArray[np.float64]


def shares(pool: Pool, labels: IntArray, ids: IntArray, rows: IntArray) -> Shares:
    """Return how the rows of some clusters are dealt between the generations.

    The statistic is the distance of a cluster's later rows from their expectation, in standard
    deviations of the hypergeometric distribution.

    Parameters
    ----------
    labels
        int64 (n,): the id of each row of the pool.
    ids
        The clusters, int64 (k,).
    rows
        The rows that take part, int64 (m,): those of clusters that are new or gone are left out, since
        their coming and going alone would change the shares of all others.
    """
    if not len(rows):  # all lie next to clusters that come
        none = np.zeros(len(ids), dtype=np.int64)
        return Shares(none, none, np.ones(len(ids)))
    member = (labels[rows][:, None] == ids).astype(np.float32)
    later = pool.later[rows]
    total, part = len(rows), later.mean()
    size = member.sum(axis=0)
    after = later.astype(np.float32) @ member
    sd = np.sqrt(np.maximum(size * part * (1 - part) * (total - size) / max(total - 1, 1), 1e-9))
    z = np.where(sd > 1e-3, np.abs(after - part * size) / sd, 0)
    dealt = pool.deals(rows, 1).astype(np.float32) @ member
    largest = np.where(sd > 1e-3, np.abs(dealt - part * size) / sd, 0).max(axis=1, initial=0)
    counts = size.astype(np.int64), after.astype(np.int64)
    return Shares(counts[0] - counts[1], counts[1], pool.p_values(z, largest))


def moves(pool: Pool, labels: IntArray, ids: IntArray) -> npt.NDArray[np.float64]:
    """Return for each cluster a p-value of its rows' mean having moved: float64 (k,); 1 without enough rows.

    The statistic is the squared distance of the two generations' means, less its mean over deals of the
    cluster's rows, in its standard deviations.
    """
    observed, largest = np.full(len(ids), -np.inf), np.full(ROUNDS, -np.inf)
    for i, rows in enumerate(_members(labels, ids)):
        later = pool.later[rows]
        if min(later.sum(), (~later).sum()) < FEW:
            continue
        points = pool.points[rows].astype(np.float64)
        points -= points.mean(axis=0)
        deals = np.concatenate([later[None], pool.deals(rows, 2 + i)]).astype(np.float64)
        # with the mean at 0, the means of the two generations lie on one line through it
        apart = ((deals @ points) ** 2).sum(axis=1)
        apart = (apart - apart.mean()) / (apart.std() or 1.0)
        observed[i], largest = apart[0], np.maximum(largest, apart[1:])
    return np.where(np.isfinite(observed), pool.p_values(observed, largest), 1.0)


def presence(pool: Pool, labels: IntArray, ids: IntArray) -> npt.NDArray[np.float64]:
    """Return how dense later rows lie where each cluster lay, for one that stays as it is 1: float64 (k,).

    Only the half of a cluster's earlier rows counts that has most neighbours of its own: rows of others stray
    over its border even when it is gone.
    """
    part = pool.later.mean()
    density = np.ones(len(ids))
    for i, rows in enumerate(_members(labels, ids)):
        earlier = rows[~pool.later[rows]]
        if not len(earlier):
            continue
        nearest = pool.nearest[earlier]
        own = (labels[nearest] == ids[i]).sum(axis=1)
        core = nearest[own >= np.median(own)]
        odds = (pool.later[core].sum() + 0.5) / ((~pool.later[core]).sum() + 0.5)
        density[i] = odds * (1 - part) / part
    return density


def _majority(votes: IntArray) -> IntArray:
    """Return the most frequent id of each row, the lowest of equally frequent ones."""
    ids, code = np.unique(votes, return_inverse=True)
    code = code.reshape(votes.shape)
    counts = np.zeros((len(votes), len(ids)), np.int32)
    np.add.at(counts, (np.arange(len(votes))[:, None], code), 1)
    majority: IntArray = ids[counts.argmax(axis=1)]
    return majority


def _members(labels: IntArray, ids: IntArray) -> Iterator[IntArray]:
    for cluster in ids:
        yield np.flatnonzero(labels == cluster)
