"""What clusterers share that keep labelled rows to label new ones by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from clusterforge.contracts import Clusterer, FloatArray, IntArray, State
from clusterforge.params import Params

P = TypeVar("P", bound=Params)


class Anchored(Clusterer[P]):
    """A clusterer whose state is anchors float32 (m, d), their labels int64 (m,) and details."""

    anchors: FloatArray
    labels: IntArray
    warnings: Sequence[str] = ()
    _details: Mapping[str, Any]

    def details(self) -> Mapping[str, Any]:
        """Return k, how it was chosen, the rows clustered and what else the fit found."""
        return self._details

    def state(self) -> State:
        """Return the anchors, their labels and the details."""
        return State({"anchors": self.anchors, "labels": self.labels}, {"details": self._details})

    def restore(self, state: State) -> None:
        """Take up anchors, labels and details."""
        self.anchors = np.asarray(state.arrays["anchors"], dtype=np.float32)
        self.labels = np.asarray(state.arrays["labels"], dtype=np.int64)
        self._details = state.meta["details"]
