"""Projections of rows: principal components, directions between clusters, and pictures by t-SNE."""

from __future__ import annotations

import numpy as np
from scipy.linalg import eigh

from clusterforge.builtin.encoder_costs import few_columns
from clusterforge.builtin.frozen_encoders import DiscriminantParams, PcaParams, TsneParams
from clusterforge.contracts import (
    Context,
    Encoder,
    FloatArray,
    IntArray,
    Numbers,
    State,
    StoredRows,
    View,
    checked_rows,
)
from clusterforge.encoders.scale import column_moments
from clusterforge.errors import InputError
from clusterforge.numerics.arrays import DoubleArray, blocks
from clusterforge.numerics.choosing import choose_k
from clusterforge.numerics.kmeans import kmeans
from clusterforge.numerics.stored_rows import row_blocks
from clusterforge.numerics.threads import at_most

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
        rows = checked_rows(view.exact_rows())
        self._mean, self._components, self._variance = principal_components(
            rows, self.params.components
        )

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return the rows along the components: float32 (n, components)."""
        rows = checked_rows(view.exact_rows(), len(self._mean))
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


def project(rows: Numbers, mean: DoubleArray, directions: DoubleArray) -> FloatArray:
    """Return ``(rows - mean) @ directions``: float32 (n, k), in blocks of float64."""
    result = np.empty((len(rows), directions.shape[1]), dtype=np.float32)
    for block in blocks(*rows.shape):
        result[block] = (rows[block] - mean) @ directions
    return result


def principal_components(rows: Numbers, k: int) -> tuple[DoubleArray, DoubleArray, DoubleArray]:
    """Return mean (d,), components (k, d) and their variance (k,) of rows (n, d)."""
    n, d = rows.shape
    if k > d:
        raise few_columns(d)
    if min(n, d) > LARGEST_SIDE:
        raise InputError(
            f"{n:,} rows of {d:,} columns are too many for exact components",
            key="components",
            remedy=f"reduce rows or columns to {LARGEST_SIDE:,} or less",
        )
    if n == 1:  # no direction has any variance
        return rows[0].astype(np.float64), np.zeros((k, d)), np.zeros(k)
    if isinstance(rows, StoredRows):
        mean, components, variance = _of_covariance(rows, min(k, n))
        return mean, np.pad(components, ((0, k - len(components)), (0, 0))), variance
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


def _of_covariance(rows: Numbers, k: int) -> tuple[DoubleArray, DoubleArray, DoubleArray]:
    """Return mean, components and variance of many rows, block by block."""
    mean, _ = column_moments(rows)
    covariance = np.zeros((rows.shape[1], rows.shape[1]))
    for _, block in row_blocks(rows):
        gap = block - mean
        covariance += gap.T @ gap
    values, vectors = eigh(covariance / (len(rows) - 1))
    variance, components = values[::-1][:k].clip(0), vectors.T[::-1][:k]
    # The sign is scikit-learn's: the largest entry of a component is positive.
    largest = np.abs(components).argmax(axis=1)
    components = components * np.sign(components[np.arange(k), largest])[:, None]
    real = variance > SMALLEST_SHARE * max(variance[0], np.square(mean).sum() * 1e-16)
    return mean, np.where(real[:, None], components, 0), np.where(real, variance, 0)


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
        rows, p = checked_rows(view.rows()), self.params
        if rows.shape[1] > LARGEST_SIDE:
            raise InputError(
                f"{rows.shape[1]:,} columns are too many",
                remedy=f"put pca before it, with at most {LARGEST_SIDE:,} components",
            )
        device, seed = context.device, context.seed
        k = p.n_clusters
        if k == "auto":
            k = choose_k(rows, seed=seed, device=device)
        if not isinstance(k, int) or not 2 <= k <= rows.shape[1] + 1:
            raise InputError(
                f"{k} clusters of rows with {rows.shape[1]} columns have no directions that "
                "separate them",
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
        return project(checked_rows(view.rows(), len(self._mean)), self._mean, self._directions)

    def state(self) -> State:
        """Return mean (d,) and directions (d, k - 1): float64."""
        return State({"mean": self._mean, "directions": self._directions})

    def restore(self, state: State) -> None:
        """Take up mean and directions."""
        self._mean, self._directions = state.arrays["mean"], state.arrays["directions"]


def directions(centred: DoubleArray, labels: IntArray, k: int, shrinkage: float) -> DoubleArray:
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
    best: DoubleArray = vectors[:, ::-1][:, : k - 1]
    largest = np.abs(best).argmax(axis=0)
    return best * np.where(best[largest, np.arange(k - 1)] < 0, -1.0, 1.0)


START_SCALE = 1e-4
FEWEST_ROWS = 4
ORDERED_THREADS = 2
ANGLE = 0.7  # up to which far rows count as one; 0.5, scikit-learn's, keeps no more neighbours


class Tsne(Encoder[TsneParams]):
    """Barnes-Hut t-SNE by scikit-learn, for projections only: it can't encode other rows.

    Perplexity is lowered to (n - 1) / 3 where there are few rows. Fewer than four rows, or rows
    that are all the same, lie in one point.
    """

    def encode(self, view: View, context: Context) -> FloatArray:
        """Refuse: there is no way from new rows into the picture."""
        raise InputError(
            "t-SNE can't place rows that it was not fitted on",
            remedy="use it as report.projection; pca can place new rows",
        )

    def fit_encode(self, view: View, context: Context) -> FloatArray:
        """Return where the rows lie in the picture: float32 (n, dim)."""
        from sklearn.manifold import TSNE

        rows = checked_rows(view.rows())
        if len(rows) < FEWEST_ROWS or (rows == rows[0]).all():
            return np.zeros((len(rows), self.params.dim), dtype=np.float32)
        # More threads would add up the gradient in order of arrival.
        with at_most(min(ORDERED_THREADS, context.threads)):
            model = TSNE(
                n_components=self.params.dim,
                perplexity=min(self.params.perplexity, (len(rows) - 1) / 3),
                max_iter=self.params.iterations,
                metric=self.params.metric,
                init=self._start(rows, context.seed),
                learning_rate="auto",
                angle=ANGLE,
                random_state=context.seed % 2**32,
                n_jobs=min(ORDERED_THREADS, context.threads),
            )
            placed = model.fit_transform(rows)
        return np.ascontiguousarray(placed, dtype=np.float32)

    def _start(self, rows: FloatArray, seed: int) -> FloatArray:
        dim = self.params.dim
        start = np.random.default_rng(seed).normal(size=(len(rows), dim))
        if self.params.init == "pca":
            width = min(dim, rows.shape[1])
            mean, components, _ = principal_components(rows, width)
            placed = project(rows, mean, components.T)
            start[:, :width] = placed / (float(placed[:, 0].std()) or 1.0)
        return (start * START_SCALE).astype(np.float32)
