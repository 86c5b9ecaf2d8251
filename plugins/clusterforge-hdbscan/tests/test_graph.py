"""The backend ``graph``: nearly the clusters of all pairs, from each row's nearest alone."""

from __future__ import annotations

import clusterforge_hdbscan.hdbscan
import numpy as np
import pytest
from clusterforge_hdbscan.graph import by_graph, spanning_tree
from clusterforge_hdbscan.hdbscan import Hdbscan
from clusterforge_hdbscan.plugin import HdbscanParams
from sklearn.datasets import load_digits, make_blobs
from sklearn.metrics import adjusted_rand_score

from clusterforge.contracts import Context, Points

BLOBS = make_blobs(900, 8, centers=7, cluster_std=1.5, random_state=0)[0].astype(np.float32)


def labels(rows: np.ndarray, backend: str) -> np.ndarray:
    return Hdbscan(HdbscanParams(min_cluster_size=15, backend=backend)).fit(Points(rows), Context())


@pytest.mark.parametrize("rows", [BLOBS, load_digits().data.astype(np.float32)])
def test_the_clusters_are_those_of_all_pairs(rows: np.ndarray) -> None:
    assert adjusted_rand_score(labels(rows, "graph"), labels(rows, "hdbscan")) > 0.97


def test_separate_parts_are_joined() -> None:
    rows = np.concatenate([BLOBS[:100] + 1000 * i for i in range(30)]).astype(np.float32)
    edges, nearest = spanning_tree(rows, 5)
    assert nearest.recall is None
    assert edges.shape == (len(rows) - 1, 3)
    assert (np.diff(edges[:, 2]) >= 0).all()


def test_equal_rows_are_at_distance_zero() -> None:
    rows = np.repeat(BLOBS[:40], 20, axis=0)
    edges, _ = spanning_tree(rows, 5)
    assert (edges[:, 2] == 0).sum() == len(rows) - 40
    found = by_graph(rows, HdbscanParams(min_cluster_size=15), 15)[0]
    assert len(set(found)) == 40


def test_many_rows_take_the_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusterforge_hdbscan.hdbscan, "EXACT_ROWS", 500)
    ours = Hdbscan(HdbscanParams(min_cluster_size=15))
    found = ours.fit(Points(BLOBS), Context())
    np.testing.assert_array_equal(found, labels(BLOBS, "graph"))
    np.testing.assert_array_equal(ours.predict(Points(BLOBS), Context()), found)
