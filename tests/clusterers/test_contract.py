"""What the built-in clusterers share besides what the conformance kit checks."""

import hashlib
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from clusterforge.builtin.clusterers import SPECS
from clusterforge.contracts import Context, Details, Points
from clusterforge.errors import InputError
from clusterforge.models.compute import Resources, using

ROOT = Path(__file__).parents[2]

PARAMS = {
    "kmeans": {"n_clusters": 4},
    "dbscan": {"eps": 3.0, "min_samples": 5},
    "hierarchical": {"n_clusters": 4},
    "spectral": {"n_clusters": 4},
    "gaussian-mixture": {"n_clusters": 4},
    "head": {},
}
VARIANTS = [
    *PARAMS.items(),
    ("kmeans", {"n_clusters": "auto", "k_max": 6}),
    ("dbscan", {}),
    ("dbscan", {"metric": "cosine", "eps": 0.05, "min_samples": 4}),
    ("hierarchical", {"n_clusters": 4, "linkage": "average"}),
    ("hierarchical", {"n_clusters": 4, "linkage": "single", "connectivity": "knn"}),
    ("hierarchical", {"n_clusters": 4, "connectivity": "knn"}),
    ("hierarchical", {"n_clusters": 4, "connectivity": "microclusters"}),
    ("hierarchical", {"n_clusters": 4, "sample": 100}),
    ("hierarchical", {"n_clusters": "auto", "k_max": 6, "linkage": "complete", "sample": 100}),
    ("spectral", {"n_clusters": 4, "sample": 100}),
    ("spectral", {"n_clusters": "auto", "k_max": 6}),
    ("spectral", {"n_clusters": 4, "nodes": "microclusters"}),
    ("gaussian-mixture", {"n_clusters": 3, "covariance": "tied"}),
    ("gaussian-mixture", {"n_clusters": 4, "method": "blocks"}),
    ("gaussian-mixture", {"n_clusters": "auto", "k_max": 6, "covariance": "diag"}),
    ("gaussian-mixture", {"n_clusters": 5, "covariance": "spherical", "restarts": 2}),
]
# These need another clusterer below them, and have tests of their own.
BY_NAME = {
    spec.name: spec
    for spec in SPECS
    if spec.name not in ("consensus", "edited", "reassigned", "k-prototypes")
}
each = pytest.mark.parametrize(("name", "params"), VARIANTS, ids=str)
with_k = pytest.mark.parametrize("name", [name for name in PARAMS if "n_clusters" in PARAMS[name]])


def make(name, params):
    spec = BY_NAME[name]
    module, _, target = spec.target.partition(":")
    return getattr(importlib.import_module(module), target)(spec.params(**params))


def with_soft(points):
    rng = np.random.default_rng(0)
    soft = rng.dirichlet(np.ones(3), size=len(points)).astype(np.float32)
    return Points(points.embedding, soft)


def test_every_clusterer_is_here():
    assert set(PARAMS) == set(BY_NAME)


@pytest.mark.parametrize("spec", BY_NAME.values(), ids=lambda spec: spec.name)
def test_specs_say_how_they_predict(spec):
    assert spec.predicts in ("exact", "approximate")
    assert spec.rule
    assert spec.complexity
    assert spec.source
    for field in spec.params.model_fields.values():
        assert field.description


@each
def test_a_fit_repeats_predicts_and_describes_itself(name, params, blobs):
    points = with_soft(blobs[0])
    one, two = make(name, params), make(name, params)
    labels = one.fit(points, Context(seed=3))

    assert (labels == two.fit(points, Context(seed=3))).all()
    state, again = one.state(), two.state()
    assert state.meta == again.meta
    assert state.arrays.keys() == again.arrays.keys()
    for key, values in state.arrays.items():
        assert values.tobytes() == again.arrays[key].tobytes()

    agree = (one.predict(points, Context()) == labels).mean()
    assert agree == 1 if BY_NAME[name].predicts == "exact" else agree > 0.9

    details = one.details()
    assert Details.read(json.loads(json.dumps(details.as_json(), allow_nan=False))) == details


@pytest.mark.parametrize("name", [name for name in PARAMS if name != "head"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_finite(name, value, blobs):
    rows = blobs[0].embedding.copy()
    rows[17, 2] = value
    with pytest.raises(InputError, match="1 of 240 rows hold NaN or infinity, the first is row 18"):
        make(name, PARAMS[name]).fit(Points(rows), Context())
    clusterer = make(name, PARAMS[name])
    clusterer.fit(blobs[0], Context())
    with pytest.raises(InputError, match="NaN or infinity"):
        clusterer.predict(Points(rows), Context())


@pytest.mark.parametrize("name", [name for name in PARAMS if name != "head"])
def test_other_columns(name, blobs):
    clusterer = make(name, PARAMS[name])
    clusterer.fit(blobs[0], Context())
    with pytest.raises(InputError, match="rows have 3 columns; it was fitted on 5"):
        clusterer.predict(Points(np.zeros((2, 3), np.float32)), Context())


@pytest.mark.parametrize("name", [name for name in PARAMS if name != "head"])
@pytest.mark.parametrize("shape", [(0, 5), (5, 0)])
def test_nothing_to_fit(name, shape):
    with pytest.raises(InputError, match="columns are too few"):
        make(name, PARAMS[name]).fit(Points(np.empty(shape, np.float32)), Context())


@with_k
def test_more_clusters_than_rows(name):
    rows = np.arange(6, dtype=np.float32).reshape(3, 2)
    with pytest.raises(InputError, match="3 rows") as caught:
        make(name, {"n_clusters": 4}).fit(Points(rows), Context())
    assert caught.value.key == "n_clusters"


@with_k
@pytest.mark.parametrize("k", [1, "auto"])
def test_one_row(name, k):
    points = Points(np.ones((1, 3), np.float32))
    clusterer = make(name, {"n_clusters": k})
    assert clusterer.fit(points, Context()).tolist() == [0]
    assert clusterer.predict(points, Context()).tolist() == [0]


@with_k
@pytest.mark.parametrize("k", [1, "auto"])
def test_constant_rows(name, k):
    points = Points(np.full((30, 3), 2.5, np.float32))
    assert make(name, {"n_clusters": k}).fit(points, Context()).tolist() == [0] * 30


@with_k
def test_duplicate_rows(name):
    groups = np.arange(90) % 3
    points = Points(np.float32([[0, 0], [0, 9], [9, 0]])[groups])
    labels = make(name, {"n_clusters": 3}).fit(points, Context())
    assert len({(a, b) for a, b in zip(groups, labels, strict=True)}) == 3


@pytest.mark.parametrize("name", ["kmeans", "gaussian-mixture"])
def test_more_clusters_than_distinct_rows(name):
    points = Points(np.repeat(np.float32([[0, 0], [1, 1]]), 20, axis=0))
    with pytest.raises(InputError, match="3 clusters of 2 distinct rows") as caught:
        make(name, {"n_clusters": 3}).fit(points, Context())
    assert caught.value.key == "n_clusters"


@pytest.mark.parametrize("name", ["kmeans", "gaussian-mixture"])
@pytest.mark.parametrize("k", [3, "auto"])
def test_what_the_kernel_refuses_is_the_users_problem(name, k):
    rows = np.float32(1e30) * np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    try:
        labels = make(name, {"n_clusters": k}).fit(Points(rows), Context())
    except InputError:
        return
    assert len(labels) == 50


def digests():
    """Return a line for each clusterer: what it answers and stores after a fit on four threads."""
    rng = np.random.default_rng(0)
    rows = 4 * rng.normal(size=(6, 24))[rng.integers(0, 6, 1500)] + rng.normal(size=(1500, 24))
    points = Points(rows.astype(np.float32))
    lines = []
    for name in PARAMS:
        if name == "head":
            continue
        clusterer = make(name, {"n_clusters": 6} if "n_clusters" in PARAMS[name] else {})
        digest = hashlib.sha256(clusterer.fit(points, Context(seed=2, threads=4)).tobytes())
        for _, values in sorted(clusterer.state().arrays.items()):
            digest.update(values.tobytes())
        lines.append(f"{name} {digest.hexdigest()} {clusterer.details()}")
    return lines


SCRIPT = """
from clusterforge.models.compute import Resources, using
from tests.clusterers.test_contract import digests
with using(Resources("cpu", "float32", 4)):
    print(*digests(), sep="\\n")
"""


def test_same_bytes_in_two_processes_of_four_threads():
    environment = {**os.environ, "OMP_NUM_THREADS": "4", "OPENBLAS_NUM_THREADS": "4"}
    other = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    with using(Resources("cpu", "float32", 4)):
        assert digests() == other.stdout.splitlines()
