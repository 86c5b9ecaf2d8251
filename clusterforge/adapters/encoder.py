"""A class with ``fit`` and ``transform`` as an encoder."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.adapters.fitted import Adapter, calling, restored
from clusterforge.contracts import Context, Encoder, FitReport, FloatArray, State, View
from clusterforge.errors import InputError
from clusterforge.params import Params

DENSE = 8 << 30


class EstimatorEncoder(Adapter, Encoder[Params]):
    """Any transformer of scikit-learn's kind, on a matrix or, where texts come in, a list of str."""

    def fit(self, view: View, context: Context) -> None:
        """Fit the class; on labelled rows only where it wants labels."""
        self._made = self._fresh(context.seed)
        rows = _rows(view)
        with calling(self.target, context):
            self._fit(rows, view)
            if hasattr(self._made, "transform"):
                self._keep(self._made, context.seed, rows, _encoded, "encoded")

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return what ``transform`` makes of the rows: float32 (n, d)."""
        with calling(self.target, context):
            return _encoded(self._made, _rows(view))

    def fit_encode(self, view: View, context: Context) -> FloatArray:
        """Fit, and return the embedding of the same rows: float32 (n, d)."""
        if hasattr(self.target, "transform"):
            return super().fit_encode(view, context)
        self._made = self._fresh(context.seed)
        with calling(self.target, context):
            return _matrix(self._made.fit_transform(_rows(view)))

    def report(self) -> FitReport:
        """Return why new rows can't be encoded later, where they can't."""
        return FitReport((self.not_restorable,) if self.not_restorable else ())

    def state(self) -> State:
        """Return what the fit has left that is an array or a value."""
        return self._state

    def restore(self, state: State) -> None:
        """Take up a state, if that is enough for a fresh object to answer as the fitted one did."""
        self._made = restored(self._fresh(0), state, _encoded)
        self._state = state

    def _fit(self, rows: Any, view: View) -> None:
        if not hasattr(self._made, "fit"):
            return
        if view.labels is None:
            self._made.fit(rows)
            return
        labelled = np.flatnonzero(view.labels >= 0)
        some = rows[labelled] if isinstance(rows, np.ndarray) else [rows[row] for row in labelled]
        self._made.fit(some, view.labels[labelled])


def _rows(view: View) -> Any:
    if view.content == "text":
        return list(view.items.take(np.arange(len(view))))
    if view.content == "image" and view.items.shape is None:
        raise InputError("the images have different sizes", remedy="set dataset.resize")
    return view.rows()


def _encoded(estimator: Any, rows: Any) -> npt.NDArray[Any]:
    return _matrix(estimator.transform(rows))


def _matrix(answer: Any) -> FloatArray:
    if hasattr(answer, "toarray"):  # a sparse matrix
        size = 4 * answer.shape[0] * answer.shape[1]
        if size > DENSE:
            raise InputError(
                f"it gives {answer.shape[1]:,} columns, {size / 2**30:.0f} GiB for all rows",
                remedy="let it keep fewer, as by max_features",
            )
        answer = answer.astype(np.float32).toarray()
    matrix: FloatArray = np.asarray(answer, dtype=np.float32)
    return matrix
