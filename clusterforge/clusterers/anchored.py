"""What built-in clusterers share: the details and warnings of a fit, and rows kept as anchors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from clusterforge.contracts import Clusterer, Details, FloatArray, IntArray, State
from clusterforge.params import Params

P = TypeVar("P", bound=Params)


class Described(Clusterer[P]):
    """A clusterer whose fit leaves details and warnings."""

    _details: Details = Details()
    _warnings: Sequence[str] = ()

    def details(self) -> Details:
        """Return what was chosen, how, and what else the fit is worth."""
        return self._details

    def warnings(self) -> Sequence[str]:
        """Return what the user should know of the fit, one line each."""
        return self._warnings


class Anchored(Described[P]):
    """A clusterer whose state is anchors float32 (m, d), and their labels int64 (m,)."""

    anchors: FloatArray
    labels: IntArray

    def state(self) -> State:
        """Return the anchors and their labels."""
        return State({"anchors": self.anchors, "labels": self.labels})

    def restore(self, state: State) -> None:
        """Take up anchors and labels."""
        self.anchors = np.asarray(state.arrays["anchors"], dtype=np.float32)
        self.labels = np.asarray(state.arrays["labels"], dtype=np.int64)
