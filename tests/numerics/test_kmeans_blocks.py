"""k-means over blocks is k-means in memory from the same start."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch

from clusterforge.numerics import kmeans_blocks as module
from clusterforge.numerics._distance import Centred
from clusterforge.numerics.arrays import blocks
from clusterforge.numerics.kmeans import assign, distinct_positions, lloyd
from clusterforge.numerics.kmeans_blocks import Blocks, kmeans_blocks
from clusterforge.numerics.stored_rows import spilled

RNG = np.random.default_rng(1)
ROWS = (RNG.normal(size=(5, 6))[RNG.integers(0, 5, 500)] + RNG.normal(size=(500, 6))).astype("f4")
STORED = spilled([ROWS], ROWS.shape, np.float32)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("k", [3, 7])
def test_passes_over_blocks_are_lloyds_iteration(k, dtype, monkeypatch):
    monkeypatch.setattr(module, "blocks", partial(blocks, values=64 * 6))
    rows = Centred(STORED)
    start = rows.take(0, k, dtype)
    found, inertia, passes = Blocks(rows, dtype).lloyd(start, 300, 1e-4)
    whole, (expected,), (iterations,) = lloyd(Centred(ROWS).all(dtype), start[None], 300, 1e-4)
    assert torch.allclose(found, whole[0], atol=1e-5)
    assert inertia == pytest.approx(expected, rel=1e-5)
    assert passes == iterations


def test_a_centroid_without_rows_starts_again_far_from_the_others(monkeypatch):
    monkeypatch.setattr(module, "blocks", partial(blocks, values=64 * 6))
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


def test_rows_that_are_nearly_all_copies_have_as_many_clusters_as_in_memory():
    rows = np.zeros((400_000, 2), np.float32)
    rows[[30, 99_999, 250_000, 399_999]] = [[9, 0], [0, 9], [-9, 0], [0, -9]]
    stored = spilled([rows], rows.shape, np.float32)
    found = kmeans_blocks(stored, 5, seed=0)
    assert found.inertia == 0
    assert sorted(np.bincount(found.labels).tolist()) == [1, 1, 1, 1, 399_996]
    with pytest.raises(ValueError, match="k is 6, but points have only 5 distinct rows"):
        kmeans_blocks(stored, 6, seed=0)


@pytest.mark.parametrize("wrong", [{"k": 0}, {"n_init": 0}, {"max_iter": 0}, {"tol": -1}], ids=str)
def test_what_kmeans_refuses_is_refused(wrong):
    with pytest.raises(ValueError, match="at least"):
        kmeans_blocks(STORED, **{"k": 2, "seed": 0, **wrong})


def test_no_more_of_wide_rows_is_in_memory_than_of_narrow_ones(monkeypatch):
    rows = spilled([np.zeros((70_000, 600), np.float32)], (70_000, 600), np.float32)
    loaded: list[int] = []
    load = Centred._load
    monkeypatch.setattr(
        Centred, "_load", lambda *args: loaded.append((out := load(*args)).numel()) or out
    )
    kmeans_blocks(rows, 1, seed=0)
    assert max(loaded) <= 1 << 24


@pytest.mark.parametrize("enough", [1, 3, 7, 100])
def test_distinct_rows_are_found_wherever_they_stand(enough):
    rows = np.repeat(np.arange(7), [1000, 1, 1, 2000, 1, 1, 5000])[:, None].astype(np.float32)
    found = distinct_positions(rows, enough)
    assert len(np.unique(rows[found])) == len(found)
    assert min(enough, 7) <= len(found) <= 7
