"""Principal components, exact."""

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

    They are scikit-learn's, in float64, but that directions without variance in the train split are
    zero, and that there may be more components than rows.

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
    if n == 1:  # no direction has any variance
        return rows[0].astype(np.float64), np.zeros((k, d)), np.zeros(k)
    from sklearn.decomposition import PCA

    solver = "covariance_eigh" if n >= d else "full"
    with np.errstate(invalid="ignore"):  # of equal rows, the share that a direction explains
        fit = PCA(min(k, n), svd_solver=solver).fit(rows.astype(np.float64))
    components, variance = np.zeros((k, d)), np.zeros(k)
    # Beyond the rank of the data, eigenvectors are rounding.
    real = fit.explained_variance_ > SMALLEST_SHARE * max(
        fit.explained_variance_[0], np.square(fit.mean_).sum() * 1e-16
    )
    components[: len(real)][real] = fit.components_[real]
    variance[: len(real)][real] = fit.explained_variance_[real]
    return fit.mean_, components, variance
