"""UMAP, with a rule for new rows that needs arrays only."""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import Context, Encoder, FloatArray, IntArray, State, View, checked_rows
from clusterforge.errors import InputError
from clusterforge_umap.plugin import UmapParams

FEWEST_ROWS = 4
BLOCK_ROWS = 2048
BISECTIONS = 64


class Umap(Encoder[UmapParams]):
    """UMAP by the library ``umap-learn``, one thread, so that a seed gives the same bytes.

    A row of the fit is encoded as the place that UMAP gave it (the first one's, of equal rows). A
    new row is encoded as the mean of its neighbours' places, weighted by UMAP's own membership
    strengths (see :func:`memberships`). That is where the library's ``transform`` starts from,
    without the optimisation after it: it depends on no seed, on no other new row, and on nothing
    but the rows and places of the fit.

    Fewer than four rows, or rows that are all the same, lie in one point.

    References
    ----------
    McInnes, Healy and Melville, arXiv:1802.03426, section 3.1 and algorithm 3.
    """

    def fit(self, view: View, context: Context) -> None:
        """Place the train split."""
        self._rows = finite_rows(view)
        self._places = self._fitted(self._rows, context.seed)
        self._positions: dict[int, int] | None = None

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return the place of each row: float32 (n, dim)."""
        rows = finite_rows(view, self._rows.shape[1])
        stored = self._stored(rows)
        result = np.empty((len(rows), self.params.dim), dtype=np.float32)
        result[stored >= 0] = self._places[stored[stored >= 0]]
        new = np.flatnonzero(stored < 0)
        neighbors = self._neighbors(context)
        for start in range(0, len(new), BLOCK_ROWS):
            block = new[start : start + BLOCK_ROWS]
            distance, index = neighbors.kneighbors(rows[block])
            weights = memberships(distance)  # (b, k)
            result[block] = np.einsum("bk,bkd->bd", weights, self._places[index])
            context.progress(start + len(block), len(new), "placing rows")
        return result

    def state(self) -> State:
        """Return the rows of the fit (n, d) and their places (n, dim): float32."""
        return State({"rows": self._rows, "places": self._places})

    def restore(self, state: State) -> None:
        """Take up rows and places."""
        self._rows, self._places = state.arrays["rows"], state.arrays["places"]
        self._positions = None

    def _fitted(self, rows: FloatArray, seed: int) -> FloatArray:
        params = self.params
        if len(rows) < FEWEST_ROWS or (rows == rows[0]).all():
            return np.zeros((len(rows), params.dim), dtype=np.float32)
        keep_compiled()
        from umap import UMAP

        model = UMAP(
            n_components=params.dim,
            n_neighbors=min(params.neighbors, len(rows) - 1),
            min_dist=params.min_dist,
            metric=params.metric,
            n_epochs=params.epochs,
            # The spectral start needs more rows than eigenvectors.
            init="spectral" if len(rows) > params.dim + 2 else "random",
            random_state=seed % 2**32,
            n_jobs=1,
            disconnection_distance=np.inf,
        )
        with warnings.catch_warnings():
            # Notes on a start that falls back, and on what other versions will do.
            warnings.simplefilter("ignore")
            placed = model.fit_transform(rows)
        return np.ascontiguousarray(placed, dtype=np.float32)

    def _stored(self, rows: FloatArray) -> IntArray:
        """Return the position of each row in the fit, or -1: int64 (n,)."""
        if self._positions is None:
            self._positions = {}
            for position, row in enumerate(self._rows):
                self._positions.setdefault(hash(row.tobytes()), position)
        places = np.array(
            [self._positions.get(hash(row.tobytes()), -1) for row in rows], dtype=np.int64
        )
        return np.where((self._rows[places] == rows).all(axis=1), places, -1)

    def _neighbors(self, context: Context) -> Any:
        from sklearn.neighbors import NearestNeighbors

        return NearestNeighbors(
            n_neighbors=min(self.params.neighbors, len(self._rows)),
            metric=self.params.metric,
            n_jobs=context.threads,
        ).fit(self._rows)


def keep_compiled() -> None:
    """Let numba keep what it compiles of umap-learn for the processes to come: some ten seconds each.

    The library asks for that only for some of its functions. Where no folder can be written, nothing is kept.
    """
    from numba.core.registry import CPUDispatcher
    from umap import layouts, umap_, utils

    for module in (layouts, umap_, utils):
        for function in vars(module).values():
            if isinstance(function, CPUDispatcher):
                with suppress(RuntimeError):
                    function.enable_caching()


def memberships(distance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return UMAP's membership strengths of neighbours, scaled to sum 1.

    Parameters
    ----------
    distance
        To the k nearest rows of the fit, float64 (b, k).

    Returns
    -------
    ndarray
        ``exp(-d / sigma)`` over its sum, float64 (b, k); sigma is found by bisection, such that
        the strengths of all but the nearest sum to log2(k).
    """
    # Only differences to the nearest matter for the ratio of strengths; without it exp underflows.
    shifted = distance - distance[:, :1]
    wanted = np.log2(distance.shape[1])
    low = np.zeros((len(distance), 1))
    high = np.full((len(distance), 1), np.inf)
    sigma = np.maximum(distance.mean(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    for _ in range(BISECTIONS):
        above = np.exp(-distance[:, 1:] / sigma).sum(axis=1, keepdims=True) > wanted
        high, low = np.where(above, sigma, high), np.where(above, low, sigma)
        middle = np.where(np.isfinite(high), (low + high) / 2, sigma * 2)
        sigma = np.maximum(middle, np.finfo(np.float64).tiny)
    # As in the library: sigma is at least a thousandth of the mean distance.
    sigma = np.maximum(sigma, 1e-3 * distance.mean(axis=1, keepdims=True))
    weights = np.exp(-shifted / np.maximum(sigma, np.finfo(np.float64).tiny))
    scaled: npt.NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return scaled


def finite_rows(view: View, width: int | None = None) -> FloatArray:
    """Return the incoming rows, as ``checked_rows`` has them: float32 (n, d).

    Raises
    ------
    InputError
        As ``checked_rows``, and where rows are images of several sizes.
    """
    if view.embedding is None and view.items.shape is None:
        raise InputError("images of several sizes are not a matrix")
    return checked_rows(view.rows(), width)
