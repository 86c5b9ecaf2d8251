"""Rows of a cluster go to parts that a person has named."""

from __future__ import annotations

import tracemalloc

import numpy as np

from clusterforge.curation.splitting import split_rows

RNG = np.random.default_rng(0)


def test_rows_go_to_the_part_that_is_near_what_stands_for_it() -> None:
    rows = np.concatenate([RNG.normal(0, 1, (40, 3)), RNG.normal(6, 1, (20, 3))]).astype(np.float32)
    labels, centroids = split_rows(rows, 2, np.stack([rows[0], rows[50]]), seed=0)
    assert labels.tolist() == [0] * 40 + [1] * 20
    assert np.allclose(centroids[1], (rows[40:].mean(axis=0) + rows[50]) / 2, atol=1e-4)


def test_a_large_cluster_takes_no_memory_of_rows_times_parts_times_columns() -> None:
    rows = RNG.normal(size=(60_000, 64)).astype(np.float32)
    tracemalloc.start()
    split_rows(rows, 4, rows[:4], seed=0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * rows.nbytes
