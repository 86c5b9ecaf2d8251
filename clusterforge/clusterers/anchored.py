"""What built-in clusterers share: the details and warnings of a fit, and rows kept as anchors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from clusterforge.contracts import Clusterer, FloatArray, IntArray, State
from clusterforge.params import Params

P = TypeVar("P", bound=Params)


class Described(Clusterer[P]):
    """A clusterer whose fit leaves details and warnings."""

    _details: Mapping[str, Any]
    _warnings: Sequence[str] = ()

    def details(self) -> Mapping[str, Any]:
        """Return what was chosen, how, and what else the fit is worth."""
        return self._details

    def warnings(self) -> Sequence[str]:
        """Return what the user should know of the fit, one line each."""
        return self._warnings


class Anchored(Described[P]):
    """A clusterer whose state is anchors float32 (m, d), their labels int64 (m,) and details."""

    anchors: FloatArray
    labels: IntArray

    def state(self) -> State:
        """Return the anchors, their labels and the details."""
        return State({"anchors": self.anchors, "labels": self.labels}, {"details": self._details})

    def restore(self, state: State) -> None:
        """Take up anchors, labels and details."""
        self.anchors = np.asarray(state.arrays["anchors"], dtype=np.float32)
        self.labels = np.asarray(state.arrays["labels"], dtype=np.int64)
        self._details = state.meta["details"]
