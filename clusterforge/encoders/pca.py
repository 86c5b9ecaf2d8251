"""Principal components, exact and in bounded memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from clusterforge.builtin.frozen_encoders import PcaParams
from clusterforge.contracts import Context, Encoder, FloatArray, State, View
from clusterforge.encoders.rows import blocks, finite_rows
from clusterforge.errors import InputError

Matrix = npt.NDArray[np.float64]

LARGEST_SIDE = 12_000
SMALLEST_SHARE = 1e-12


class Pca(Encoder[PcaParams]):
    """The directions of largest variance, from the eigenvectors of the covariance.

    The covariance (d, d), or where there are fewer rows than columns the Gram matrix (n, n), is
    added up in float64 over blocks of rows. Of each direction the largest entry is positive, as in
    scikit-learn. Directions without variance in the train split are zero.

    Raises
    ------
    InputError
        From ``fit``, where there are fewer columns than components, or more than 12,000 rows and
        columns.
    """

    def fit(self, view: View, context: Context) -> None:
        """Find the components of the train split."""
        rows = finite_rows(view)
        self._mean, self._components, self._variance = principal_components(
            rows, self.params.components
        )

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return the rows along the components: float32 (n, components)."""
        rows = finite_rows(view, len(self._mean))
        directions = self._components.T
        if self.params.whiten:
            directions = directions / np.sqrt(np.where(self._variance > 0, self._variance, 1.0))
        return project(rows, self._mean, directions)

    def state(self) -> State:
        """Return mean (d,), components (k, d) and their variance (k,): float64."""
        return State(
            {"mean": self._mean, "components": self._components, "variance": self._variance}
        )

    def restore(self, state: State) -> None:
        """Take up mean, components and variance."""
        self._mean, self._components = state.arrays["mean"], state.arrays["components"]
        self._variance = state.arrays["variance"]


def project(rows: FloatArray, mean: Matrix, directions: Matrix) -> FloatArray:
    """Return ``(rows - mean) @ directions``: float32 (n, k), in blocks of float64."""
    result = np.empty((len(rows), directions.shape[1]), dtype=np.float32)
    for block in blocks(*rows.shape):
        result[block] = (rows[block] - mean) @ directions
    return result


def principal_components(rows: FloatArray, k: int) -> tuple[Matrix, Matrix, Matrix]:
    """Return mean (d,), components (k, d) and their variance (k,) of rows (n, d)."""
    n, d = rows.shape
    if k > d:
        raise InputError(
            f"there are {d} columns, so at most {d} components",
            key="components",
            remedy=f"set {d} or less",
        )
    if min(n, d) > LARGEST_SIDE:
        raise InputError(
            f"{n:,} rows of {d:,} columns are too many for exact components",
            key="components",
            remedy=f"bring rows or columns to {LARGEST_SIDE:,} or less",
        )
    mean = np.zeros(d)
    for block in blocks(n, d):
        mean += rows[block].sum(axis=0, dtype=np.float64)
    mean /= n
    values, components = _by_gram(rows, mean, k) if n < d else _by_covariance(rows, mean, k)
    values = np.maximum(values, 0.0)
    # Beyond the rank of the data, eigenvectors are rounding.
    empty = values <= SMALLEST_SHARE * max(values[0], np.square(mean).sum() * n * 1e-16)
    components[empty], values[empty] = 0.0, 0.0
    largest = np.abs(components).argmax(axis=1)
    signs = np.where(components[np.arange(len(components)), largest] < 0, -1.0, 1.0)
    return mean, components * signs[:, None], values / max(1, n - 1)


def _by_covariance(rows: FloatArray, mean: Matrix, k: int) -> tuple[Matrix, Matrix]:
    scatter = np.zeros((rows.shape[1], rows.shape[1]))
    for block in blocks(*rows.shape):
        part = rows[block] - mean
        scatter += part.T @ part
    values, vectors = np.linalg.eigh(scatter)
    return values[::-1][:k].copy(), vectors[:, ::-1][:, :k].T.copy()


def _by_gram(rows: FloatArray, mean: Matrix, k: int) -> tuple[Matrix, Matrix]:
    n, d = rows.shape
    columns = list(blocks(d, n))
    gram = np.zeros((n, n))
    for part in columns:
        centred = rows[:, part] - mean[part]
        gram += centred @ centred.T
    values, vectors = np.linalg.eigh(gram)
    rank = min(k, n)
    values, vectors = values[::-1][:rank], vectors[:, ::-1][:, :rank]
    components = np.zeros((k, d))
    for part in columns:
        components[:rank, part] = vectors.T @ (rows[:, part] - mean[part])
    lengths = np.linalg.norm(components, axis=1, keepdims=True)
    components /= np.where(lengths > 0, lengths, 1.0)
    return np.concatenate([values, np.zeros(k - rank)]), components
