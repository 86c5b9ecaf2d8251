"""Ids for rows: by a fitted clusterer, by the nearest centroid where it leaves a choice or can't predict."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.taxonomy.records import Anchor

NOISE = -1
REACH = 0.95


@dataclass(frozen=True)
class Centres:
    """Where clusters lie.

    Parameters
    ----------
    means
        For each id the mean of its rows: float32 (d,).
    reach
        For each id the distance to its mean that 95 % of its rows keep.
    """

    means: Mapping[int, FloatArray]
    reach: Mapping[int, float]

    @classmethod
    def of(cls, points: FloatArray, ids: IntArray) -> Centres:
        """Return where the clusters of some rows lie, float32 (n, d) and int64 (n,)."""
        from clusterforge.numerics.centroids import centroids

        numbers, places = centroids(points, ids)
        means = dict(zip(numbers.tolist(), places, strict=True))
        reach = {
            id: float(np.quantile(np.linalg.norm(points[ids == id] - mean, axis=1), REACH))
            for id, mean in means.items()
        }
        return cls(means, reach)

    def over(self, other: Centres) -> Centres:
        """Return these centres, and those of the other for ids that are not among them."""
        return Centres({**other.means, **self.means}, {**other.reach, **self.reach})

    def of_ids(self, ids: Collection[int]) -> Centres:
        """Return the centres of some ids, as far as they have one."""
        known = [id for id in self.means if id in ids]
        return Centres({id: self.means[id] for id in known}, {id: self.reach[id] for id in known})

    def distances(self, points: FloatArray, ids: Collection[int]) -> FloatArray:
        """Return the distance of each row to the means of some ids: float32 (n, len(ids))."""
        means = np.stack([self.means[id] for id in ids])
        squares = (points**2).sum(axis=1)[:, None] - 2 * points @ means.T + (means**2).sum(axis=1)
        far: FloatArray = np.sqrt(np.maximum(squares, 0))
        return far

    def nearest(self, points: FloatArray, ids: Sequence[int]) -> IntArray:
        """Return the nearest of some ids for each row: int64 (n,)."""
        from clusterforge.numerics.centroids import nearest_clusters

        return nearest_clusters(points, np.array(ids), np.stack([self.means[id] for id in ids]))

    def within(self, points: FloatArray, ids: Sequence[int]) -> IntArray:
        """Return the nearest of some ids where a row is within its reach, else -1: int64 (n,)."""
        far = self.distances(points, ids)
        nearest = far.argmin(axis=1)
        reach = np.array([self.reach[id] for id in ids])[nearest]
        inside = far[np.arange(len(points)), nearest] <= reach
        return np.where(inside, np.array(ids)[nearest], NOISE)


def ids_of(
    points: FloatArray,
    numbers: IntArray | None,
    anchor: Anchor,
    centres: Centres,
    alive: Collection[int],
) -> IntArray:
    """Return the id of each row, -1 for noise: int64 (n,).

    Parameters
    ----------
    points
        float32 (n, d).
    numbers
        What the anchor's clusterer says of each row, int64 (n,); None where it can't predict, and the
        nearest centre decides.
    anchor
        Which ids its clusters have, and which it does not know.
    centres
        Of every id that is alive.
    alive
        The ids that rows may have.
    """
    known = [id for id in alive if id in centres.means]
    ids = np.full(len(points), NOISE, dtype=np.int64)
    if not known:
        return ids
    extra = [id for id in anchor.extra if id in known]
    if numbers is None:
        return centres.nearest(points, known)
    for number in np.unique(numbers).tolist():
        rows = np.flatnonzero(numbers == number)
        own = [id for id in anchor.ids.get(number, ()) if id in known]
        if number == NOISE:
            if extra:
                ids[rows] = centres.within(points[rows], extra)
        elif len(own) == 1 and not extra:
            ids[rows] = own[0]
        else:  # rows of a cluster that is gone go to the nearest that lives
            choice = [*own, *extra] if own else known
            ids[rows] = centres.nearest(points[rows], choice)
    return ids
