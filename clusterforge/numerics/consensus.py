"""What many clusterings of the same rows say together: votes, shares of them, a tree of merges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from clusterforge.numerics.arrays import BoolArray, DoubleArray, FloatArray, IntArray
from clusterforge.numerics.kmeans import kmeans
from clusterforge.numerics.linkage import ward_of_products

NOISE, UNSEEN = -1, -2
GROUPS, COMPONENTS = 2000, 64


@dataclass(frozen=True)
class Merges:
    """A tree of merges over groups of rows.

    Parameters
    ----------
    children, heights
        int64 (g - 1, 2) and float64 (g - 1,), as :func:`clusterforge.numerics.linkage.ward` has them.
    group
        int64 (n,): the group of each row.
    """

    children: IntArray
    heights: DoubleArray
    group: IntArray

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return len(self.heights) + 1


@dataclass(frozen=True)
class Votes:
    """Clusterings of the same rows.

    Parameters
    ----------
    labels
        int64 (n, m), one column per clustering: -1 is noise, and -2 a row that it says nothing of.
    knows_noise
        bool (m,): which clusterings can call a row noise; the others say nothing of that.
    """

    labels: IntArray
    knows_noise: BoolArray

    @cached_property
    def noise(self) -> DoubleArray:
        """The share of the votes that could call a row noise and do, float64 (n,).

        0 where no vote could, and 1 where the row is in no cluster of any.
        """
        votes = self.labels[:, self.knows_noise]
        seen = np.maximum((votes != UNSEEN).sum(axis=1), 1)
        share: DoubleArray = (votes == NOISE).sum(axis=1) / seen
        share[(self.labels < 0).all(axis=1)] = 1.0
        return share

    @cached_property
    def most_clusters(self) -> int:
        """The largest number of clusters of a clustering."""
        return int(self.labels.max(initial=-1)) + 1

    def incidence(self, labels: IntArray, width: int | None = None) -> csr_array:
        """Return which clusters rows are in: float64 (r, m times width), 1 or 0.

        Parameters
        ----------
        labels
            int64 (r, m): rows of ``labels``.
        width
            Columns for each clustering; None: as many as the largest number of clusters.
        """
        width = self.most_clusters if width is None else width
        row, column = np.nonzero(labels >= 0)
        place = column * width + labels[row, column]
        shape = (len(labels), width * labels.shape[1])
        return csr_array((np.ones(len(row)), (row, place)), shape=shape)

    def merges(self, rows: IntArray, *, seed: int, device: str = "cpu") -> Merges:
        """Return Ward's tree over some rows, by the clusterings that part them.

        Rows are points of length one whose squared distance is twice one less the share of clusterings in
        which they are together, of those that have both in a cluster (exactly so where none calls them
        noise). Rows with the same votes are one point. More than 2,000 points become as many groups by
        k-means along 64 random directions.

        Parameters
        ----------
        rows
            int64 (r,): row numbers; each has a cluster in some clustering.
        seed
            Seed of the directions and of k-means.
        device
            A torch device name.
        """
        distinct, group, members = np.unique(
            self.labels[rows], axis=0, return_inverse=True, return_counts=True
        )
        group = group.ravel().astype(np.int64)
        points = self.incidence(distinct)
        points = csr_array(points.multiply(1 / np.sqrt(points.sum(axis=1))[:, None]))
        sizes: DoubleArray = members.astype(np.float64)
        if len(distinct) <= GROUPS:
            return Merges(*ward_of_products((points @ points.T).toarray(), sizes), group)
        directions: DoubleArray = np.random.default_rng(seed).normal(
            size=(points.shape[1], COMPONENTS)
        )
        seen = (points @ directions).astype(np.float32)
        coarse = kmeans(seen, GROUPS, seed=seed, n_init=1, max_iter=20, device=device).labels
        coarse = np.unique(coarse, return_inverse=True)[1].astype(np.int64)
        of_group = csr_array((sizes, (coarse, np.arange(len(coarse)))))
        weights: DoubleArray = np.asarray(of_group.sum(axis=1)).ravel()
        means = csr_array((of_group @ points).multiply(1 / weights[:, None]))
        return Merges(*ward_of_products((means @ means.T).toarray(), weights), coarse[group])

    def shares(self, labels: IntArray) -> FloatArray:
        """Return how the rows of each cluster of each clustering lie in others: float32 (clusters, k).

        Rows that are noise there do not count; where all are, the shares are 0.

        Parameters
        ----------
        labels
            int64 (n,): the other clusters, 0 to k - 1, and -1 for noise.
        """
        k = int(labels.max(initial=-1)) + 1
        inside = np.flatnonzero(labels >= 0)
        chosen = csr_array((np.ones(len(inside)), (inside, labels[inside])), shape=(len(labels), k))
        together = (self.incidence(self.labels).T @ chosen).toarray()
        share: FloatArray = (together / np.maximum(together.sum(axis=1), 1)[:, None]).astype(
            np.float32
        )
        return share

    def membership(self, shares: FloatArray) -> FloatArray:
        """Return how far the votes of each row are for each of k clusters: float32 (n, k).

        The mean of the shares of the clusters voted for; a vote for noise is for none.

        Parameters
        ----------
        shares
            float32 (clusters, k), of these clusterings.
        """
        width = len(shares) // max(self.labels.shape[1], 1)
        seen = np.maximum((self.labels != UNSEEN).sum(axis=1), 1)
        total = self.incidence(self.labels, width) @ shares.astype(np.float64)
        values: FloatArray = (total / seen[:, None]).astype(np.float32)
        return values
