"""k-means over blocks is k-means in memory from the same start."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from clusterforge.numerics import kmeans_blocks as module
from clusterforge.numerics._distance import Centred
from clusterforge.numerics.kmeans import assign, lloyd
from clusterforge.numerics.kmeans_blocks import Blocks, kmeans_blocks
from clusterforge.numerics.stored_rows import spilled

RNG = np.random.default_rng(1)
ROWS = (RNG.normal(size=(5, 6))[RNG.integers(0, 5, 500)] + RNG.normal(size=(500, 6))).astype("f4")
STORED = spilled([ROWS], ROWS.shape, np.float32)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("k", [3, 7])
def test_passes_over_blocks_are_lloyds_iteration(k, dtype, monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 64)
    rows = Centred(STORED)
    start = rows.take(0, k, dtype)
    found, inertia, passes = Blocks(rows, dtype).lloyd(start, 300, 1e-4)
    whole, (expected,), (iterations,) = lloyd(Centred(ROWS).all(dtype), start[None], 300, 1e-4)
    assert torch.allclose(found, whole[0], atol=1e-5)
    assert inertia == pytest.approx(expected, rel=1e-5)
    assert passes == iterations


def test_a_centroid_without_rows_starts_again_far_from_the_others(monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 64)
    rows = Centred(STORED)
    start = torch.cat([rows.take(0, 2, torch.float64), torch.full((2, 6), 50.0).double()])
    found, _, _ = Blocks(rows, torch.float64).lloyd(start, 300, 1e-4)
    whole, _, _ = lloyd(Centred(ROWS).all(torch.float64), start[None], 300, 1e-4)
    assert torch.allclose(found, whole[0])


def test_the_same_rows_in_memory_and_in_a_file_give_the_same_clusters():
    own, other = (kmeans_blocks(rows, 5, seed=3, n_init=3) for rows in (STORED, ROWS))
    assert np.array_equal(own.labels, other.labels)
    assert np.array_equal(own.labels, assign(ROWS, own.centroids)[0])
    assert own.inertia == pytest.approx(other.inertia)


def test_mini_batches_come_close_and_number_their_clusters_without_gaps():
    exact = kmeans_blocks(STORED, 5, seed=0)
    batches = kmeans_blocks(STORED, 5, seed=0, batches=50)
    assert batches.inertia <= 1.05 * exact.inertia
    assert sorted(set(batches.labels.tolist())) == [*range(len(batches.centroids))]


def test_more_clusters_than_different_rows_are_refused():
    same = np.ones((50, 3), np.float32)
    with pytest.raises(ValueError, match="only 1 distinct"):
        kmeans_blocks(same, 2, seed=0)
