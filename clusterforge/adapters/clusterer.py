"""A class with ``fit_predict``, or with ``fit`` and labels, as a clusterer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.adapters.fitted import Adapter, calling, restored
from clusterforge.contracts import Clusterer, Context, Details, IntArray, Points, State
from clusterforge.params import Params

NUMBERS = "numbers"


class EstimatorClusterer(Adapter, Clusterer[Params]):
    """Any clusterer of scikit-learn's kind.

    Without ``predict`` it labels only the rows it was fitted on: a rule that its author has not
    written is not made up here.
    """

    def __init__(self, params: Params) -> None:
        super().__init__(params)
        self._numbers: IntArray | None = None

    def fit(self, points: Points, context: Context) -> IntArray:
        """Cluster the rows: int64 (n,)."""
        self._made = self._fresh(context.seed)
        rows = points.embedding
        with calling(self.target, context):
            if hasattr(self._made, "fit_predict"):
                answer = self._made.fit_predict(rows)
            else:
                self._made.fit(rows)
                has = hasattr(self._made, "labels_")
                answer = self._made.labels_ if has else self._made.predict(rows)
            if hasattr(self._made, "predict"):
                self._keep(self._made, context.seed, rows, _predicted, "labelled")
        return self._renumbered(_labels(answer), fit=True)

    def predict(self, points: Points, context: Context) -> IntArray:
        """Label rows by the class's own ``predict``: int64 (n,)."""
        if not len(points):
            return np.empty(0, dtype=np.int64)
        with calling(self.target, context):
            return self._renumbered(_predicted(self._made, points.embedding))

    def details(self) -> Details:
        """Return the class's name, and what its state is without."""
        left = self._state.meta.get("left_out")
        stored = {"not_stored": ", ".join(left)} if left else {}
        return Details({"class": type(self._made).__name__, **stored})

    def warnings(self) -> Sequence[str]:
        """Return why new rows can't be labelled later, where they can't."""
        return (self.not_restorable,) if self.not_restorable else ()

    def state(self) -> State:
        """Return what the fit has left that is an array or a value."""
        if self._numbers is None:
            return self._state
        return self._state | State({NUMBERS: self._numbers})

    def restore(self, state: State) -> None:
        """Take up a state, if that is enough for a fresh object to answer as the fitted one did."""
        self._made = restored(self._fresh(0), state, _predicted)
        self._state, self._numbers = state, state.arrays.get(NUMBERS)

    def _renumbered(self, labels: IntArray, *, fit: bool = False) -> IntArray:
        """Number the clusters of the fit 0, 1, 2 …, and those that only ``predict`` knows after them."""
        if labels.dtype.kind != "i":
            return labels
        if fit:
            numbers = np.unique(labels[labels >= 0])
            self._numbers = None if len(numbers) == numbers.max(initial=-1) + 1 else numbers
        if self._numbers is None:
            return labels
        rank = np.searchsorted(self._numbers, labels)
        fitted = np.isin(labels, self._numbers)
        after = len(self._numbers) + labels - rank
        return np.where(labels < 0, labels, np.where(fitted, rank, after)).astype(np.int64)


def _predicted(estimator: Any, rows: Any) -> npt.NDArray[Any]:
    return _labels(estimator.predict(rows))


def _labels(answer: Any) -> IntArray:
    labels = np.asarray(answer)
    # What is no integer stays as it is, for the core to refuse.
    return labels.astype(np.int64) if labels.dtype.kind in "iu" else labels
