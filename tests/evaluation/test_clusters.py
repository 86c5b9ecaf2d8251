import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import silhouette_samples

from clusterforge.evaluation.clusters import evaluate_clusters, silhouettes
from clusterforge.numerics import silhouette as kernel

NAMES = ("a", "b", "c")


def draw(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 40))
    points = rng.normal(rng.choice([0, 50]), 1, (n, int(rng.integers(1, 4)))).astype(np.float32)
    return points, rng.integers(-1, 4, n), rng.integers(-1, 3, n), rng.random(n).astype(np.float32)


def naive(points, labels, values, stable, truth):
    x = points.astype(float)
    ids = sorted(set(labels.tolist()) - {-1})
    centres = {i: x[labels == i].mean(axis=0) for i in ids}
    for i in ids:
        here = labels == i
        gaps = {j: float(np.linalg.norm(centres[i] - centres[j])) for j in ids if j != i}
        classes = truth[here & (truth >= 0)].tolist()
        top = max(sorted(set(classes)), key=classes.count) if classes else None
        known = values[here & ~np.isnan(values)]
        yield {
            "cluster": i,
            "rows": int(here.sum()),
            "silhouette": float(known.mean()) if len(known) else None,
            "compactness": np.sqrt(((x[here] - centres[i]) ** 2).sum(axis=1).mean()),
            "separation": min(gaps.values()) if gaps else None,
            "nearest": min(gaps, key=gaps.get) if gaps else None,
            "stability": float(stable[here].mean()),
            "majority": None if top is None else NAMES[top],
            "purity": classes.count(top) / len(classes) if classes else None,
        }


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**6))
def test_records_as_a_plain_loop_has_them(seed):
    points, labels, truth, stable = draw(seed)
    values = silhouettes(points, labels, 0, "cpu")
    found = evaluate_clusters(points, labels, values, stable, truth, NAMES)
    expected = list(naive(points, labels, values, stable, truth))
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        text = ("majority", "nearest", "cluster", "rows")
        assert [getattr(ours, key) for key in text] == [theirs[key] for key in text]
        for key in theirs.keys() - set(text):
            if theirs[key] is None:
                assert getattr(ours, key) is None
            else:
                assert getattr(ours, key) == pytest.approx(theirs[key], abs=1e-4)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**6))
def test_silhouettes_as_scikit_learn_with_noise_left_out(seed):
    points, labels, _, _ = draw(seed)
    kept = labels >= 0
    found = silhouettes(points, labels, 0, "cpu")
    assert found.dtype == np.float32
    assert np.isnan(found[~kept]).all()
    if 2 <= len(np.unique(labels[kept])) < kept.sum():
        expected = silhouette_samples(points[kept].astype(float), labels[kept])
        np.testing.assert_allclose(found[kept], expected, atol=1e-5)
    else:
        assert np.isnan(found).all()


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6))
def test_order_and_names_do_not_matter(seed):
    points, labels, truth, stable = draw(seed)
    rng = np.random.default_rng(seed)
    order, names = rng.permutation(len(labels)), rng.permutation(4)
    renamed = np.where(labels >= 0, names[labels], -1)
    one = evaluate_clusters(
        points, labels, silhouettes(points, labels, 0, "cpu"), stable, truth, NAMES
    )
    points, renamed = points[order], renamed[order]
    two = evaluate_clusters(
        points, renamed, silhouettes(points, renamed, 0, "cpu"), stable[order], truth[order], NAMES
    )
    back = {int(names[i]): i for i in range(4)}
    two = sorted(two, key=lambda record: back[record.cluster])
    for a, b in zip(one, two, strict=True):
        assert back[b.cluster] == a.cluster
        for key in ("silhouette", "compactness", "separation", "stability", "purity"):
            assert getattr(a, key) == pytest.approx(getattr(b, key), abs=1e-5)
        assert (a.majority, a.rows) == (b.majority, b.rows)


def test_one_cluster_no_cluster_two_rows_constant_rows():
    points = np.ones((4, 2), np.float32)
    nothing = np.full(4, np.nan, np.float32)
    assert evaluate_clusters(points, np.full(4, -1), nothing) == ()
    (one,) = evaluate_clusters(points, np.zeros(4, int), nothing)
    assert one.model_dump() == {
        "cluster": 0,
        "rows": 4,
        "silhouette": None,
        "compactness": 0.0,
        "separation": None,
        "nearest": None,
        "stability": None,
        "majority": None,
        "purity": None,
    }
    two = evaluate_clusters(points[:2], np.array([3, 5]), nothing[:2])
    assert [(r.cluster, r.nearest, r.separation) for r in two] == [(3, 5, 0), (5, 3, 0)]
    assert silhouettes(points, np.array([0, 0, 1, 1]), 0, "cpu").tolist() == [0] * 4


def test_unlabelled_rows_have_no_class():
    points = np.arange(6, dtype=np.float32)[:, None]
    nothing = np.full(6, np.nan, np.float32)
    truth = np.array([-1, -1, -1, 2, 5, 5])
    found = evaluate_clusters(points, np.array([0, 0, 0, 1, 1, 1]), nothing, None, truth, NAMES)
    assert [(r.majority, r.purity) for r in found] == [(None, None), ("5", pytest.approx(2 / 3))]


def test_beyond_the_limit_rows_are_drawn(monkeypatch):
    monkeypatch.setattr(kernel, "_EXACT_ROWS", 100)
    monkeypatch.setattr(kernel, "_MOST_DRAWN", 60)
    rng = np.random.default_rng(0)
    points, labels = rng.normal(size=(150, 2)).astype(np.float32), rng.integers(-1, 3, 150)
    found = silhouettes(points, labels, 0, "cpu")
    measured = ~np.isnan(found)
    assert measured.sum() == 60
    assert (labels[measured] >= 0).all()
    monkeypatch.undo()
    exact = silhouettes(points, labels, 0, "cpu")
    np.testing.assert_allclose(found[measured], exact[measured], atol=1e-6)
