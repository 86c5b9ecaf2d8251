"""Which rows of a split stand for all of them."""

from __future__ import annotations

import numpy as np

from clusterforge.contracts import IntArray


def sample(n: int, most: int, seed: int) -> IntArray:
    """Return at most so many of n rows, drawn without replacement and in their order, int64.

    A smaller sample by the same seed is part of a larger one: the rows of the map are among those
    whose stability is known, or the other way round.
    """
    if n <= most:
        return np.arange(n, dtype=np.int64)
    return np.sort(np.random.default_rng(seed).permutation(n)[:most]).astype(np.int64)
