"""Classes of scikit-learn's kind as encoders and clusterers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.adapters.fitted import Adapter, calling
from clusterforge.contracts import (
    Clusterer,
    Context,
    Details,
    Encoder,
    FitReport,
    FloatArray,
    IntArray,
    Points,
    State,
    View,
)
from clusterforge.errors import InputError
from clusterforge.params import Params

DENSE = 8 << 30


class EstimatorEncoder(Adapter, Encoder[Params]):
    """Any transformer of scikit-learn's kind, on a matrix or, where texts come in, a list of str."""

    done = "encoded"

    @staticmethod
    def answer(estimator: Any, rows: Any) -> npt.NDArray[Any]:
        """Return what ``transform`` makes of the rows."""
        return _matrix(estimator.transform(rows))

    def fit(self, view: View, context: Context) -> None:
        """Fit the class; on labelled rows only where it wants labels."""
        self._made = self.fresh(context.seed)
        rows = _rows(view)
        with calling(self.target, context):
            self._fit(rows, view)
            if hasattr(self._made, "transform"):
                self.keep(self._made, context.seed, rows)

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return what ``transform`` makes of the rows: float32 (n, d)."""
        with calling(self.target, context):
            return self.answer(self._made, _rows(view))

    def fit_encode(self, view: View, context: Context) -> FloatArray:
        """Fit, and return the embedding of the same rows: float32 (n, d)."""
        if hasattr(self.target, "transform"):
            return super().fit_encode(view, context)
        self._made = self.fresh(context.seed)
        with calling(self.target, context):
            return _matrix(self._made.fit_transform(_rows(view)))

    def report(self) -> FitReport:
        """Return why new rows can't be encoded later, where they can't."""
        return FitReport((self.not_restorable,) if self.not_restorable else ())

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


def _matrix(answer: Any) -> FloatArray:
    if hasattr(answer, "toarray"):  # a sparse matrix
        size = 4 * answer.shape[0] * answer.shape[1]
        if size > DENSE:
            raise InputError(
                f"it gives {answer.shape[1]:,} columns, {size / 2**30:.0f} GiB for all rows",
                remedy="limit them, for example with max_features",
            )
        answer = answer.astype(np.float32).toarray()
    matrix: FloatArray = np.asarray(answer, dtype=np.float32)
    return matrix


NUMBERS = "numbers"


class EstimatorClusterer(Adapter, Clusterer[Params]):
    """Any clusterer of scikit-learn's kind.

    Without ``predict`` it labels only the rows it was fitted on: a rule that its author has not
    written is not made up here.
    """

    done = "labelled"

    def __init__(self, params: Params) -> None:
        super().__init__(params)
        self._numbers: IntArray | None = None

    @staticmethod
    def answer(estimator: Any, rows: Any) -> npt.NDArray[Any]:
        """Return the labels that ``predict`` gives to rows."""
        return _labels(estimator.predict(rows))

    def fit(self, points: Points, context: Context) -> IntArray:
        """Cluster the rows: int64 (n,)."""
        self._made = self.fresh(context.seed)
        rows = points.embedding
        with calling(self.target, context):
            if hasattr(self._made, "fit_predict"):
                answer = self._made.fit_predict(rows)
            else:
                self._made.fit(rows)
                has = hasattr(self._made, "labels_")
                answer = self._made.labels_ if has else self._made.predict(rows)
            if hasattr(self._made, "predict"):
                self.keep(self._made, context.seed, rows)
        return self._renumbered(_labels(answer), fit=True)

    def predict(self, points: Points, context: Context) -> IntArray:
        """Label rows by the class's own ``predict``: int64 (n,)."""
        if not len(points):
            return np.empty(0, dtype=np.int64)
        with calling(self.target, context):
            return self._renumbered(self.answer(self._made, points.embedding))

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
        """Take up a state, and how its clusters are numbered."""
        super().restore(state)
        self._numbers = state.arrays.get(NUMBERS)

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


def _labels(answer: Any) -> IntArray:
    labels = np.asarray(answer)
    # What is no integer stays as it is, for the core to refuse.
    return labels.astype(np.int64) if labels.dtype.kind in "iu" else labels
