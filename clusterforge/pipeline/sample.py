"""Which rows of a split stand for all of them."""

from __future__ import annotations

import numpy as np

from clusterforge.contracts import IntArray

LEAST, EACH, UNCOUNTED, MOST = 500, 100, 1_000, 2_000
# Of fewer rows per cluster, small clusters of noise are deep by accident, and real ones are doubted.
WORK = 120_000_000  # rows times columns times clusters of one fit


def sample(n: int, most: int, seed: int) -> IntArray:
    """Return at most so many of n rows, drawn without replacement and in their order, int64.

    A smaller sample by the same seed is part of a larger one: the rows of the map are among those
    whose stability is known, or the other way round.
    """
    if n <= most:
        return np.arange(n, dtype=np.int64)
    return np.sort(np.random.default_rng(seed).permutation(n)[:most]).astype(np.int64)


def noise_rows(rows: int, width: int, clusters: int, *, counted: bool, most: int) -> int:
    """Return how many rows of noise a clusterer is fitted on.

    Parameters
    ----------
    rows, width
        Those of the embedding.
    clusters
        How many clusters it has, at least 1.
    counted
        Whether its parameters say how many: those of others may count rows.
    most
        Rows of a refit at most.
    """
    enough = max(LEAST, EACH * clusters) if counted else UNCOUNTED
    affordable = WORK // max(1, width * clusters)
    return min(rows, most, MOST, enough, affordable)
