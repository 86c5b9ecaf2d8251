"""What several clusterers ask of rows: how many clusters, which are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np

from clusterforge.contracts import Context, FloatArray, IntArray
from clusterforge.errors import InputError
from clusterforge.kernels.choose import choose_k

REFERENCE_ROWS = 20_000


def how_many(
    n_clusters: int | Literal["auto", "classes"], rows: FloatArray, context: Context
) -> tuple[int, Mapping[str, Any]]:
    """Return the number of clusters for rows float32 (n, d), and details on how it was chosen.

    Raises
    ------
    InputError
        Where there are more clusters than rows.
    """
    if n_clusters == "auto":
        with k_means_of(rows):
            choice = choose_k(rows, seed=context.seed, device=context.device)
        curve = [{"k": k, "silhouette": value} for k, value in choice.curve]
        return choice.k, {
            "n_clusters": choice.k,
            "chosen": "auto",
            "curve": curve,
            "curve_rows": choice.rows,
        }
    if n_clusters == "classes":
        raise InputError("'classes' has to be replaced by a number first", key="n_clusters")
    if n_clusters > len(rows):
        raise too_many(n_clusters, len(rows), "rows")
    return n_clusters, {"n_clusters": n_clusters}


def too_many(k: int, limit: int, of: str) -> InputError:
    """Return the error of more clusters than there are ``of``."""
    return InputError(
        f"{k:,} clusters of {limit:,} {of}", key="n_clusters", remedy=f"use at most {limit:,}"
    )


@contextmanager
def k_means_of(rows: FloatArray, k: int = 1) -> Iterator[None]:
    """Make what the k-means kernel refuses the user's error, where rows are float32 (n, d).

    Raises
    ------
    InputError
        Where the kernel raises ValueError; with ``key`` where there are more clusters than distinct
        rows.
    """
    try:
        yield
    except ValueError as error:
        found = len(np.unique(rows, axis=0))
        if found < k:
            raise too_many(k, found, "distinct rows") from error
        raise InputError(str(error), remedy="scale the embedding") from error


def numbered(labels: IntArray) -> IntArray:
    """Return labels int64 (n,) numbered by the first member of each cluster."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def drawn(n: int, sample: int | None, seed: int) -> IntArray:
    """Return sorted numbers of ``sample`` of ``n`` rows, drawn at random; all where it is None."""
    if sample is None or sample >= n:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, sample, replace=False)).astype(np.int64)


def reference(labels: IntArray, seed: int, limit: int = REFERENCE_ROWS) -> IntArray:
    """Return sorted row numbers that stand for a clustering int64 (n,): all, or a bounded sample.

    Each cluster keeps its first member.
    """
    if len(labels) <= limit:
        return np.arange(len(labels))
    first = np.unique(labels, return_index=True)[1]
    return np.union1d(first, drawn(len(labels), max(limit - len(first), 0), seed))
