import hashlib
import subprocess
import sys
from unittest import mock

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits, make_blobs

from clusterforge.numerics import kmeans as module
from clusterforge.numerics.contingency import ari, contingency
from clusterforge.numerics.kmeans import assign, kmeans


@pytest.mark.parametrize("name", ["blobs", "digits"])
@pytest.mark.parametrize("seed", range(5))
def test_inertia_is_scikit_learns(name, seed):
    points = (
        load_digits().data
        if name == "digits"
        else make_blobs(1500, 8, centers=10, cluster_std=3.0, random_state=seed)[0]
    )
    ours = kmeans(points, 10, seed=seed)
    theirs = KMeans(10, n_init=10, random_state=seed).fit(points)
    assert ours.inertia <= 1.005 * theirs.inertia_
    gap = points - ours.centroids[ours.labels]
    assert ours.inertia == pytest.approx(np.square(gap).sum(), rel=1e-5)


def test_result_is_a_fixed_point_of_lloyd():
    points = make_blobs(600, 5, centers=6, cluster_std=2.0, random_state=1)[0].astype(np.float32)
    found = kmeans(points, 6, seed=0, tol=0.0)
    assert found.centroids.dtype == np.float32
    assert found.labels.dtype == np.int64
    gap = np.linalg.norm(points[:, None].astype(float) - found.centroids[None], axis=2)
    assert np.array_equal(gap.argmin(1), found.labels)
    means = np.stack([points[found.labels == c].mean(0, dtype=float) for c in range(6)])
    np.testing.assert_allclose(found.centroids, means, atol=1e-5)
    again, squared = assign(points, found.centroids)
    assert np.array_equal(again, found.labels)
    assert squared.dtype == np.float32
    np.testing.assert_allclose(squared, gap.min(1) ** 2, rtol=1e-5)


def test_seeding_is_greedy_kmeans_plus_plus():
    # With random numbers fixed, the chosen rows follow from a plain loop.
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3))
    x -= x.mean(0)
    first, uniform = np.array([7, 20]), rng.random((2, 3, 4))
    start = module.plus_plus(torch.tensor(x), torch.tensor(first), torch.tensor(uniform)).numpy()
    for r in range(2):
        chosen = [first[r]]
        for step in range(3):
            near = np.min([((x - x[c]) ** 2).sum(1) for c in chosen], axis=0)
            tries = np.searchsorted(near.cumsum(), uniform[r, step] * near.sum(), side="right")
            left = [np.minimum(near, ((x - x[c]) ** 2).sum(1)).sum() for c in tries]
            chosen.append(tries[int(np.argmin(left))])
        np.testing.assert_array_equal(start[r], x[chosen])


def test_more_restarts_are_never_worse():
    points = np.random.default_rng(0).normal(size=(400, 4))
    runs = [kmeans(points, 12, seed=3, n_init=n).inertia for n in (1, 3, 10)]
    assert runs[0] >= runs[1] >= runs[2]


@pytest.mark.parametrize("rows", [2_000, 6_000])
def test_many_clusters_also_start_at_wards_tree(rows):
    points = make_blobs(rows, 8, centers=100, cluster_std=2.0, random_state=0)[0]
    drawn = kmeans(points, 100, seed=0, n_init=10)
    both = kmeans(points, 100, seed=0, n_init=10, start="auto")
    assert both.inertia < 0.99 * drawn.inertia
    assert (
        kmeans(points, 100, seed=0, n_init=10, start="auto").centroids.tobytes()
        == both.centroids.tobytes()
    )


def test_a_start_at_wards_tree_is_never_worse_and_only_for_many_clusters():
    points = np.random.default_rng(0).standard_t(2, (3_000, 8))
    for k in (19, 40):
        drawn, both = (
            kmeans(points, k, seed=0, n_init=3, start=start) for start in ("k-means++", "auto")
        )
        assert both.inertia <= drawn.inertia
        assert k > 19 or both.centroids.tobytes() == drawn.centroids.tobytes()


def test_groups_of_restarts_change_nothing(monkeypatch):
    # k above 1024 / n_init runs the restarts in several groups.
    points = np.random.default_rng(0).normal(size=(700, 3))
    together = kmeans(points, 200, seed=0, n_init=7, max_iter=5)
    alone = [kmeans(points, 200, seed=0, n_init=n, max_iter=5).inertia for n in (5, 7)]
    assert together.inertia == min(alone)


@pytest.mark.parametrize("offset", [0.0, 1e3, -3e4])
def test_offset_does_not_matter(offset):
    points, truth = make_blobs(500, 6, centers=4, cluster_std=0.5, random_state=0)
    points = (points + offset).astype(np.float32)
    assert ari(contingency(truth, kmeans(points, 4, seed=0).labels).counts) == 1


@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1e12, 1e18])
def test_scale_does_not_matter(scale):
    points, truth = make_blobs(500, 6, centers=4, cluster_std=0.5, random_state=0)
    points = (points * scale).astype(np.float32)
    assert ari(contingency(truth, kmeans(points, 4, seed=0).labels).counts) == 1


def test_tight_clusters_far_apart_go_to_float64():
    # Six blobs of width 1 in each of two groups 1e6 apart: float32 products see only the groups.
    rng = np.random.default_rng(0)
    truth = np.arange(600) % 12
    centres = rng.normal(scale=60, size=(12, 3))
    centres[6:] += 1e6
    points = centres[truth] + rng.normal(size=(600, 3))
    found = kmeans(points, 12, seed=0, n_init=20)
    assert ari(contingency(truth, found.labels).counts) == 1


def test_as_many_clusters_as_distinct_rows():
    distinct = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)
    points = distinct[np.arange(300) ** 2 % 7]
    k = len(np.unique(points, axis=0))
    found = kmeans(points, k, seed=0)
    assert found.inertia == pytest.approx(0, abs=1e-10)
    assert len(np.unique(found.labels)) == k
    with pytest.raises(ValueError, match=f"k is {k + 1}, but points have only {k} distinct"):
        kmeans(points, k + 1, seed=0)


def test_empty_clusters_move_to_the_farthest_rows():
    x = torch.tensor([[0.0], [1.0], [10.0], [11.0], [-30.0]])
    start = torch.tensor([[[0.5], [0.5], [0.5]]])  # ties: the first takes all, two are empty
    centroids, inertia, _ = module.lloyd(x - x.mean(), start, 50, 0.0)
    assert sorted((centroids[0, :, 0] + x.mean()).round().int().tolist()) == [-30, 0, 10]
    assert inertia[0] == pytest.approx(1.0, rel=1e-4)
    assert module._farthest(x, start[0], 3) == [4, 3, 2]


def test_ties_go_to_the_lowest_centroid():
    points = np.array([[0.0], [2.0], [-2.0]])
    labels, squared = assign(points, [[1.0], [-1.0], [1.0]])
    assert labels.tolist() == [0, 0, 1]
    assert squared.tolist() == [1, 1, 1]


@pytest.mark.parametrize("few", [0, 100_000], ids=["product", "differences"])
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 8), st.sampled_from([0.0, 1e6]))
def test_assign_is_the_plain_loop(few, seed, n, k, offset):
    rng = np.random.default_rng(seed)
    points = rng.integers(-3, 4, (n, 2)) + offset
    centroids = rng.integers(-3, 4, (k, 2)) + offset
    gap = ((points[:, None] - centroids[None]) ** 2).sum(2)
    with mock.patch.object(module, "_FEW", few):
        labels, squared = assign(points, centroids)
    assert labels.tolist() == gap.argmin(1).tolist()
    assert squared.tolist() == gap.min(1).tolist()


@pytest.mark.parametrize("few", [0, 100_000], ids=["product", "differences"])
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_assign_of_a_row_ignores_the_others(few, seed):
    rng = np.random.default_rng(seed)
    points, centroids = rng.normal(size=(50, 5)), rng.normal(size=(4, 5))
    order = rng.permutation(50)[:20]
    with mock.patch.object(module, "_FEW", 0):
        whole = assign(points, centroids)
    with mock.patch.object(module, "_FEW", few):
        part = assign(points[order], centroids)
    assert np.array_equal(whole[0][order], part[0])
    assert np.array_equal(whole[1][order], part[1])


def test_centroids_that_float32_cannot_hold_are_refused():
    points = np.random.default_rng(0).normal(size=(100, 2)) + 1e12
    with pytest.raises(ValueError, match="too far from the origin"):
        kmeans(points, 3, seed=0)


@pytest.mark.parametrize(
    ("points", "options", "message"),
    [
        ([[1.0], [np.nan]], {}, "NaN"),
        ([[1.0], [np.inf]], {}, "infinity"),
        ([1.0, 2.0], {}, "shape"),
        (np.empty((0, 3)), {}, "shape"),
        ([["a"]], {}, "real numbers"),
        ([[1.0], [2.0]], {"k": 0}, "at least"),
        ([[1.0], [2.0]], {"n_init": 0}, "at least"),
        ([[1.0], [2.0]], {"tol": np.nan}, "at least"),
        ([[1.0], [2.0]], {"k": 3}, "distinct"),
    ],
)
def test_refusals(points, options, message):
    with pytest.raises(ValueError, match=message):
        kmeans(points, **{"k": 1, "seed": 0, **options})


def test_inputs_are_left_alone():
    points = np.random.default_rng(0).normal(size=(80, 3)).astype(np.float32)
    before = points.copy()
    points.flags.writeable = False
    kmeans(points, 3, seed=0)
    assert np.array_equal(points, before)


SCRIPT = """
import hashlib, numpy as np, torch
torch.set_num_threads(4)
from clusterforge.numerics.neighbors import knn
from clusterforge.numerics.silhouette import silhouette_samples
from clusterforge.numerics.kmeans import kmeans
points = np.random.default_rng(0).normal(size=(5000, 16)).astype(np.float32)
for _ in range(3):
    r = kmeans(points, 10, seed=1, n_init=3, max_iter=40)
    s = silhouette_samples(points, r.labels)
    i, d = knn(points[:1500], 5)
    parts = (r.centroids, r.labels, s, i, d)
    print(hashlib.sha256(b"".join(a.tobytes() for a in parts)).hexdigest(), r.inertia.hex())
"""


def test_four_threads_give_the_same_bytes():
    runs = [
        subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    lines = [line for run in runs for line in run.stdout.split("\n") if line]
    assert len(lines) == 6
    assert len(set(lines)) == 1


def test_global_state_is_left_alone():
    points = np.random.default_rng(0).normal(size=(200, 3))
    torch.manual_seed(5)
    np.random.seed(5)
    before = torch.get_rng_state(), hashlib.sha256(np.random.get_state()[1].tobytes()).digest()
    kmeans(points, 3, seed=0)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert hashlib.sha256(np.random.get_state()[1].tobytes()).digest() == before[1]
