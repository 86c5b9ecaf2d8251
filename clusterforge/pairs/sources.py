"""Where pairs come from: labels, clusters, nearest neighbours, random views."""

from __future__ import annotations

import numpy as np

from clusterforge.builtin.pairs import AugmentPairs, NeighborPairs, PseudoPairs
from clusterforge.contracts import IntArray, State
from clusterforge.contracts.corpus import P
from clusterforge.contracts.training import Generator, PairSource, Scope
from clusterforge.errors import InputError
from clusterforge.numerics.choosing import choose_k
from clusterforge.numerics.kmeans import kmeans
from clusterforge.numerics.near import near, recalled
from clusterforge.numerics.neighbors import mutual_knn


class LabelsSource(PairSource[P]):
    """Rows with the same label are positives; rows without a label (-1) take no part."""

    def setup(self, scope: Scope) -> None:
        """Sort the rows by their true label."""
        if scope.labels is None:
            raise InputError(
                "labels are required, but the rows have none",
                key="pairs",
                remedy='try "neighbors"',
            )
        self.use(scope.labels.cpu().numpy())

    def use(self, labels: IntArray) -> None:
        """Sort the rows by label, so that a class is one block."""
        order = np.argsort(labels, kind="stable")
        self.order = order[labels[order] >= 0]
        _, block, sizes = np.unique(labels[self.order], return_inverse=True, return_counts=True)
        if len(sizes) < 2:
            raise InputError(
                "pairs need rows of at least two labels", key="pairs", remedy='try "neighbors"'
            )
        starts = np.cumsum(sizes) - sizes
        n = len(labels)
        self.start, self.size, self.place = (np.zeros(n, dtype=np.int64) for _ in range(3))
        self.start[self.order], self.size[self.order] = starts[block], sizes[block]
        self.place[self.order] = np.arange(len(self.order))

    def anchors(self) -> IntArray | None:
        """Return the labelled rows."""
        return np.sort(self.order)

    def positive(self, rows: IntArray, rng: Generator) -> IntArray:
        """Step round the row's class by 1 to size - 1."""
        start, size = self.start[rows], self.size[rows]
        step = rng.integers(0, np.maximum(size - 1, 1)) + (size > 1)
        positives: IntArray = self.order[start + (self.place[rows] - start + step) % size]
        return positives

    def negative(self, rows: IntArray, rng: Generator) -> IntArray:
        """Draw from the other classes: from all but the block, stepping over it."""
        start, size = self.start[rows], self.size[rows]
        drawn = rng.integers(0, len(self.order) - size)
        negatives: IntArray = self.order[drawn + (drawn >= start) * size]
        return negatives


RESTARTS = 3


class PseudoLabelsSource(LabelsSource[PseudoPairs]):
    """Clusters of the current embedding by k-means serve as labels."""

    def __init__(self, params: PseudoPairs) -> None:
        super().__init__(params)
        self.k = 0
        self.labels: IntArray | None = None

    def setup(self, scope: Scope) -> None:
        """Wait for the first epoch."""

    def refresh(self, epoch: int, scope: Scope) -> None:
        """Cluster again, every ``refresh`` epochs."""
        if self.labels is not None and epoch % self.params.refresh:
            return
        z = scope.embed().cpu().numpy()
        device = str(scope.device)
        if not self.k:
            k = self.params.n_clusters
            self.k = k if isinstance(k, int) else choose_k(z, seed=scope.seed, device=device)
        try:
            clustering = kmeans(z, self.k, seed=scope.seed, n_init=RESTARTS, device=device)
        except ValueError as error:
            raise InputError(str(error), key="pairs.n_clusters") from None
        self.labels = clustering.labels
        self.use(clustering.labels)

    def details(self) -> dict[str, float | str]:
        """Return the number of clusters."""
        return {"n_clusters": self.k}

    def state(self) -> State:
        """Return the clustering."""
        arrays = {} if self.labels is None else {"labels": self.labels}
        return State(arrays, {"k": self.k})

    def restore(self, state: State) -> None:
        """Take up a clustering."""
        self.k = state.meta["k"]
        if "labels" in state.arrays:
            self.labels = np.asarray(state.arrays["labels"])
            self.use(self.labels)


class NeighborsSource(PairSource[NeighborPairs]):
    """Nearest neighbours are positives, rows beyond them are negatives.

    A row without a mutual neighbour takes its nearest.
    """

    def setup(self, scope: Scope) -> None:
        """Find the neighbours of the rows, at least 3, as they come in."""
        points, params, device = scope.points(), self.params, str(scope.device)
        n = len(points)
        if n < 3:
            raise InputError(f"pairs of neighbours need 3 rows, there are {n}", key="pairs")
        found = near(points, min(params.k, n - 2), device=device)
        nearest, self.recall = found.indices, found.recall
        with_self = np.column_stack([nearest, np.arange(n)])
        self.near = np.sort(with_self, axis=1)  # (n, k + 1)
        if params.mutual:
            a, b = mutual_knn(nearest)
            source, target = np.concatenate([a, b]), np.concatenate([b, a])
        else:
            source, target = np.repeat(np.arange(n), nearest.shape[1]), nearest.ravel()
        lonely = np.setdiff1d(np.arange(n), source)
        self.lonely = len(lonely)
        source = np.concatenate([source, lonely])
        target = np.concatenate([target, nearest[lonely, 0]])
        self.target = target[np.argsort(source, kind="stable")]
        self.count = np.bincount(source, minlength=n)
        self.first = np.cumsum(self.count) - self.count

    def positive(self, rows: IntArray, rng: Generator) -> IntArray:
        """Draw one of the row's neighbours."""
        positives: IntArray = self.target[self.first[rows] + rng.integers(0, self.count[rows])]
        return positives

    def negative(self, rows: IntArray, rng: Generator) -> IntArray:
        """Draw evenly from all rows but the neighbours and the row itself."""
        near = self.near[rows]
        drawn: IntArray = rng.integers(0, len(self.near) - near.shape[1], size=len(rows))
        for column in near.T:  # sorted: stepping over each in turn leaves the draw even
            drawn += drawn >= column
        return drawn

    def details(self) -> dict[str, float | str]:
        """Return k, how many rows have no mutual neighbour, and the recall of approximate neighbours."""
        k = self.near.shape[1] - 1
        return {"k": k, "without_mutual": self.lonely, **recalled(self.recall)}


class AugmentSource(PairSource[AugmentPairs]):
    """Two views of a row are positives; a view of another row of the batch is the negative."""

    def positive(self, rows: IntArray, rng: Generator) -> None:
        """Return None: the row itself, seen a second time."""

    def negative(self, rows: IntArray, rng: Generator) -> None:
        """Return None: the loop takes another row of the batch, so nothing more is encoded."""
