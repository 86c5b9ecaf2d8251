"""Linear discriminant analysis on clusters in place of classes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh

from clusterforge.builtin.frozen_encoders import DiscriminantParams
from clusterforge.contracts import Context, Encoder, FloatArray, IntArray, State, View
from clusterforge.encoders.pca import LARGEST_SIDE, project
from clusterforge.encoders.rows import blocks, finite_rows
from clusterforge.errors import InputError
from clusterforge.numerics.choose import choose_k
from clusterforge.numerics.kmeans import kmeans

Matrix = npt.NDArray[np.float64]


class Discriminant(Encoder[DiscriminantParams]):
    """The k - 1 directions that part k clusters best, each scaled to variance 1 within clusters.

    k-means labels the rows; the directions w that maximise wᵀS_b w / wᵀS_w w are found from the
    scatter between and within its clusters; k-means labels the rows along them; and so on. What all
    clusters have in common, however large its variance, is left out of their distances.

    Raises
    ------
    InputError
        From ``fit``, where there are fewer than two clusters, fewer distinct rows than clusters, or
        more than 12,000 columns.

    References
    ----------
    Ding and Li, "Adaptive dimension reduction using discriminant analysis and k-means clustering",
    ICML 2007, section 3.
    """

    def fit(self, view: View, context: Context) -> None:
        """Find clusters and directions on the train split."""
        rows, p = finite_rows(view), self.params
        if rows.shape[1] > LARGEST_SIDE:
            raise InputError(
                f"{rows.shape[1]:,} columns are too many",
                remedy=f"put pca before it, with at most {LARGEST_SIDE:,} components",
            )
        device, seed = context.device, context.seed
        k = p.n_clusters
        if k == "auto":
            k = choose_k(rows, seed=seed, device=device).k
        if not isinstance(k, int) or not 2 <= k <= rows.shape[1] + 1:
            raise InputError(
                f"{k} clusters of rows with {rows.shape[1]} columns have no directions to tell apart",
                key="n_clusters",
                remedy=f"set 2 to {rows.shape[1] + 1}",
            )
        self._mean = rows.mean(axis=0, dtype=np.float64)
        current = rows
        for done in range(p.rounds):
            try:
                result = kmeans(current, k, seed=seed, n_init=p.restarts, device=device)
            except ValueError as error:
                raise InputError(str(error), key="n_clusters", remedy="set fewer") from None
            self._directions = directions(rows - self._mean, result.labels, k, p.shrinkage)
            current = project(rows, self._mean, self._directions)
            context.progress(done + 1, p.rounds, "")

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return the rows along the directions: float32 (n, k - 1)."""
        return project(finite_rows(view, len(self._mean)), self._mean, self._directions)

    def state(self) -> State:
        """Return mean (d,) and directions (d, k - 1): float64."""
        return State({"mean": self._mean, "directions": self._directions})

    def restore(self, state: State) -> None:
        """Take up mean and directions."""
        self._mean, self._directions = state.arrays["mean"], state.arrays["directions"]


def directions(centred: Matrix, labels: IntArray, k: int, shrinkage: float) -> Matrix:
    """Return the directions that part k clusters best: float64 (d, k - 1).

    Parameters
    ----------
    centred
        Rows minus their mean: (n, d).
    labels
        int64 (n,), 0 to k - 1.
    shrinkage
        γ in S_w ← (1 - γ) S_w + γ tr(S_w)/d I.
    """
    n, d = centred.shape
    sizes = np.bincount(labels, minlength=k)
    means = np.zeros((k, d))
    np.add.at(means, labels, centred)
    means /= np.maximum(sizes, 1)[:, None]
    within = np.zeros((d, d))
    for block in blocks(n, d):
        part = centred[block] - means[labels[block]]
        within += part.T @ part
    within /= n
    level = np.trace(within) / d or 1.0  # equal rows within every cluster
    within = (1 - shrinkage) * within + shrinkage * level * np.eye(d)
    between = (means * sizes[:, None]).T @ means / n
    _, vectors = eigh(between, within)
    best: Matrix = vectors[:, ::-1][:, : k - 1]
    largest = np.abs(best).argmax(axis=0)
    return best * np.where(best[largest, np.arange(k - 1)] < 0, -1.0, 1.0)
