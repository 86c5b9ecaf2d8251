"""Ward's tree over weighted centroids, and the cuts that last."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import linkage

from clusterforge.numerics.linkage import lasting_cuts, persistence, ward


@given(st.integers(0, 10_000), st.integers(2, 40), st.integers(1, 5))
def test_of_single_rows_it_is_scipys(seed: int, k: int, d: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(k, d)).astype(np.float32)
    children, heights = ward(rows, np.ones(k))
    theirs = linkage(rows.astype(np.float64), "ward")
    np.testing.assert_allclose(heights, theirs[:, 2] / np.sqrt(2), rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(children, np.sort(theirs[:, :2].astype(np.int64), axis=1))


def test_weights_are_rows_in_one_place() -> None:
    rng = np.random.default_rng(0)
    places, sizes = rng.normal(size=(12, 3)).astype(np.float32), rng.integers(1, 9, size=12)
    children, heights = ward(places, sizes.astype(np.float64))
    theirs = linkage(np.repeat(places, sizes, axis=0).astype(np.float64), "ward")[-11:]
    np.testing.assert_allclose(heights, theirs[:, 2] / np.sqrt(2), rtol=1e-5)
    assert children.max() == 21


def test_equal_centroids_merge_at_zero_and_one_cluster_has_no_merge() -> None:
    children, heights = ward(np.zeros((4, 2), np.float32), np.ones(4))
    assert len(children) == 3
    assert not heights.any()
    assert len(ward(np.zeros((1, 2), np.float32), np.ones(1))[0]) == 0


def test_few_clusters_need_no_layer() -> None:
    assert lasting_cuts(np.arange(1.0, 12.0)) == ()
    assert lasting_cuts(np.zeros(0)) == ()


@pytest.mark.parametrize("groups", [6, 8, 10])
def test_a_clear_step_is_where_a_layer_lies(groups: int) -> None:
    heights = np.concatenate([np.linspace(1, 2, 40 - groups), np.linspace(20, 24, groups - 1)])
    assert lasting_cuts(heights) == (groups,)
    assert int(np.argmax(persistence(heights))) + 1 == groups


@given(st.lists(st.floats(0, 1e6), min_size=0, max_size=1500))
def test_layers_get_coarser_and_stay_few(heights: list[float]) -> None:
    cuts = lasting_cuts(np.sort(np.array(heights)))
    assert len(cuts) <= 3
    sizes = [len(heights) + 1, *cuts]
    assert all(fine > coarse >= 3 for fine, coarse in zip(sizes, cuts, strict=False))
