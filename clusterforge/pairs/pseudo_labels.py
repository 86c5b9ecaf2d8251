"""Rows of one cluster of the current embedding are positives."""

from __future__ import annotations

import numpy as np

from clusterforge.builtin.pairs import PseudoPairs
from clusterforge.contracts import IntArray, State
from clusterforge.contracts.training import Scope
from clusterforge.errors import InputError
from clusterforge.numerics.choose import choose_k
from clusterforge.numerics.kmeans import kmeans
from clusterforge.pairs.labels import LabelsSource

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
            self.k = k if isinstance(k, int) else choose_k(z, seed=scope.seed, device=device).k
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
