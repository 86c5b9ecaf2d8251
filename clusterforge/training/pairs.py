"""Where positives and negatives come from: labels, neighbours, augmentation, pseudo-labels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import FloatArray, IntArray, State
from clusterforge.contracts.training import Scope
from clusterforge.errors import InputError
from clusterforge.numerics.choose import choose_k
from clusterforge.numerics.kmeans import kmeans
from clusterforge.numerics.neighbors import knn, mutual_knn
from clusterforge.phases import NeighborPairs, PseudoPairs

Generator = np.random.Generator
RESTARTS = 3


class PairSource(ABC):
    """Gives each anchor a row like it and a row unlike it. All rows of an epoch at once."""

    def refresh(self, epoch: int, scope: Scope) -> None:  # noqa: B027 - most have nothing to do
        """Run before epoch ``epoch`` (from 0) of the phase."""

    def anchors(self) -> IntArray | None:
        """Return the rows that may be anchors; None: all."""
        return None

    @abstractmethod
    def positive(self, rows: IntArray, rng: Generator) -> IntArray | None:
        """Return for each row another of its kind, itself where there is no other; None: a view of it."""

    @abstractmethod
    def negative(self, rows: IntArray, rng: Generator) -> IntArray | None:
        """Return for each row one of another kind; None: any positive of the batch but its own."""

    def details(self) -> dict[str, Any]:
        """Return JSON values worth recording."""
        return {}

    def state(self) -> State:
        """Return what ``restore`` needs to go on in the middle of a phase."""
        return State()

    def restore(self, state: State) -> None:  # noqa: B027
        """Take up a state."""


class LabelSource(PairSource):
    """Rows with the same label are positives; rows without a label (-1) take no part."""

    def __init__(self, labels: IntArray) -> None:
        self.use(labels)

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
        found: IntArray = self.order[start + (self.place[rows] - start + step) % size]
        return found

    def negative(self, rows: IntArray, rng: Generator) -> IntArray:
        """Draw from the other classes: from all but the block, stepping over it."""
        start, size = self.start[rows], self.size[rows]
        drawn = rng.integers(0, len(self.order) - size)
        found: IntArray = self.order[drawn + (drawn >= start) * size]
        return found


class PseudoSource(LabelSource):
    """Clusters of the current embedding by k-means serve as labels."""

    def __init__(self, params: PseudoPairs, seed: int) -> None:
        self.params, self.seed, self.k = params, seed, 0
        self.labels: IntArray | None = None

    def refresh(self, epoch: int, scope: Scope) -> None:
        """Cluster again, every ``refresh`` epochs."""
        if self.labels is not None and epoch % self.params.refresh:
            return
        z = scope.embed().cpu().numpy()
        device = str(scope.device)
        if not self.k:
            wanted = self.params.n_clusters
            known = isinstance(wanted, int)
            self.k = wanted if known else choose_k(z, seed=self.seed, device=device).k  # type: ignore[assignment]
        try:
            found = kmeans(z, self.k, seed=self.seed, n_init=RESTARTS, device=device)
        except ValueError as error:
            raise InputError(str(error), key="pairs.n_clusters") from None
        self.labels = found.labels
        self.use(found.labels)

    def details(self) -> dict[str, Any]:
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


class NeighborSource(PairSource):
    """Nearest neighbours are positives, rows beyond them are negatives.

    Parameters
    ----------
    points
        float32 (n, d), n ≥ 3.
    params
        ``k``; and whether only mutual neighbours count. A row without one takes its nearest.
    """

    def __init__(self, points: FloatArray, params: NeighborPairs, device: str) -> None:
        n = len(points)
        if n < 3:
            raise InputError(f"pairs of neighbours need 3 rows, there are {n}", key="pairs")
        near, _ = knn(points, min(params.k, n - 2), device=device)
        self.near = np.sort(np.column_stack([near, np.arange(n)]), axis=1)  # (n, k + 1), with self
        if params.mutual:
            a, b = mutual_knn(near)
            source, target = np.concatenate([a, b]), np.concatenate([b, a])
        else:
            source, target = np.repeat(np.arange(n), near.shape[1]), near.ravel()
        lonely = np.setdiff1d(np.arange(n), source)
        self.lonely = len(lonely)
        source = np.concatenate([source, lonely])
        target = np.concatenate([target, near[lonely, 0]])
        self.target = target[np.argsort(source, kind="stable")]
        self.count = np.bincount(source, minlength=n)
        self.first = np.cumsum(self.count) - self.count

    def positive(self, rows: IntArray, rng: Generator) -> IntArray:
        """Draw one of the row's neighbours."""
        found: IntArray = self.target[self.first[rows] + rng.integers(0, self.count[rows])]
        return found

    def negative(self, rows: IntArray, rng: Generator) -> IntArray:
        """Draw evenly from all rows but the neighbours and the row itself."""
        near = self.near[rows]
        drawn = rng.integers(0, len(self.near) - near.shape[1], size=len(rows))
        for column in near.T:  # sorted: stepping over each in turn leaves the draw even
            drawn += drawn >= column
        found: IntArray = drawn
        return found

    def details(self) -> dict[str, Any]:
        """Return k and how many rows have no mutual neighbour."""
        return {"k": self.near.shape[1] - 1, "without_mutual": self.lonely}


class SelfSource(PairSource):
    """Two views of a row are positives; a view of another row of the batch is the negative."""

    def positive(self, rows: IntArray, rng: Generator) -> None:
        """Return None: the row itself, seen a second time."""

    def negative(self, rows: IntArray, rng: Generator) -> None:
        """Return None: the loop takes another row of the batch, so nothing more is encoded."""


def same_or_different(n: int) -> npt.NDArray[np.float32]:
    """Return 1 and 0 by turns: half of every batch same, half different."""
    turns = np.arange(n, dtype=np.int64) % 2
    return np.asarray(turns == 0, dtype=np.float32)
