"""Which setting a warning or an advice names, and whether it helps to follow it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

import numpy as np
import pytest
from pydantic import JsonValue

from clusterforge.contracts import Choice, Context, Details, Points
from clusterforge.pipeline.remedies import remedies
from clusterforge.recipe import Entry, read, resolve
from clusterforge.registry import Registry
from clusterforge.runs.records import Remedies

REGISTRY = Registry.installed()
RNG = np.random.default_rng(0)
ROWS = np.concatenate([RNG.normal(c, 1, (40, 2)) for c in (0, 20, 40)]).astype(np.float32)
THREE = np.repeat(np.arange(3), 40)
NOISE = np.full(120, -1)
CHOSEN = Details(choices=(Choice("eps", 0.4),))


def entry_of(use: str, params: Mapping[str, JsonValue]) -> Entry:
    tables = {
        "dataset": {"use": "wine"},
        "encoder": [{"use": "pca", "components": 2}],
        "clusterer": [{"use": use, **params}, {"use": "kmeans", "n_clusters": 3, "id": "other"}],
    }
    return resolve(read(tables), REGISTRY).clusterers[0]


@pytest.mark.parametrize(
    ("use", "params", "key", "now", "more", "fewer"),
    [
        ("kmeans", {"n_clusters": 3}, "n_clusters", "3", "6", "2"),
        ("kmeans", {"n_clusters": 2}, "n_clusters", "2", "4", ""),
        ("kmeans", {"n_clusters": 100}, "n_clusters", "100", "120", "50"),
        ("kmeans", {"n_clusters": "auto"}, "n_clusters", "3", "6", "2"),
        ("dbscan", {}, "eps", "0.4", "0.32", "0.5"),
        ("dbscan", {"eps": 1e6}, "eps", "1000000.0", "800000.0", "1250000.0"),
        ("dbscan", {"eps": 1e15}, "eps", "1000000000000000.0", "800000000000000.0", ""),
        ("dbscan", {"eps": 0.12345678}, "eps", "0.12345678", "0.0988", "0.154"),
        ("hdbscan", {"min_cluster_size": 8}, "min_cluster_size", "8", "4", "12"),
        ("hdbscan", {"min_cluster_size": 2000}, "min_cluster_size", "2000", "12", ""),
        ("hdbscan", {"min_cluster_size": 2}, "min_cluster_size", "2", "", "4"),
        ("leiden", {"resolution": 1.5}, "resolution", "1.5", "3.0", "0.75"),
        ("leiden", {"n_clusters": 4}, "n_clusters", "4", "8", "2"),
        ("spectral", {"n_clusters": 3}, "n_clusters", "3", "6", "2"),
    ],
)
def test_more_and_fewer_clusters(use, params, key, now, more, fewer) -> None:
    answers = remedies(entry_of(use, params), CHOSEN, THREE)
    wanted = [f"{key} = {value} (now {now})" if value else "" for value in (more, fewer)]
    assert [answers.more_clusters, answers.fewer_clusters] == wanted


@pytest.mark.parametrize(
    ("use", "params", "labels", "setting"),
    [
        ("kmeans", {"n_clusters": 3}, THREE, ""),
        ("dbscan", {}, THREE, "eps = 0.5 (now 0.4)"),
        ("dbscan", {"eps": 0.001}, THREE, "eps = 0.00125 (now 0.001)"),
        ("dbscan", {"eps": 0.001}, NOISE, 'eps = "auto" (now 0.001)'),
        ("dbscan", {"eps": 1.0, "min_samples": 60}, NOISE, "min_samples = 12 (now 60)"),
        ("hdbscan", {"min_cluster_size": 8}, THREE, "min_cluster_size = 4 (now 8)"),
        ("hdbscan", {"min_cluster_size": 2000}, NOISE, "min_cluster_size = 12 (now 2000)"),
        ("hdbscan", {"min_samples": 100}, NOISE, "min_samples = 12 (now 100)"),
        ("hdbscan", {"min_cluster_size": 2}, NOISE, ""),
        ("leiden", {}, THREE, ""),
        ("leiden", {"n_clusters": 4, "min_cluster_size": 8}, THREE, "min_cluster_size = 4 (now 8)"),
    ],
)
def test_less_noise(use, params, labels, setting) -> None:
    assert remedies(entry_of(use, params), CHOSEN, labels).less_noise == setting


def test_values_that_are_not_known_and_clusterers_without_dials() -> None:
    assert remedies(entry_of("dbscan", {}), Details(), THREE) == Remedies(
        more_clusters="a lower eps", fewer_clusters="a higher eps", less_noise="a higher eps"
    )
    outer = {"of": ["other"]}
    assert remedies(entry_of("reassigned", outer), Details(), THREE) == Remedies()


@pytest.mark.parametrize(
    ("use", "params"),
    [
        ("dbscan", {"eps": 0.001}),
        ("dbscan", {"eps": 5.0, "min_samples": 60}),
        ("hdbscan", {"min_cluster_size": 2000}),
        ("hdbscan", {"min_cluster_size": 5, "min_samples": 100}),
        ("leiden", {"min_cluster_size": 80}),
    ],
)
def test_a_remedy_for_noise_that_is_followed_gives_clusters(use, params) -> None:
    entry = entry_of(use, params)
    fitted = entry.build()
    labels = fitted.fit(Points(ROWS), Context())
    assert (labels < 0).all()
    setting = remedies(entry, fitted.details(), labels).less_noise
    followed = entry_of(use, params | tomllib.loads(setting.partition(" (now ")[0]))
    again = followed.build().fit(Points(ROWS), Context())
    assert again.max() >= 2
    assert (again >= 0).mean() > 0.8
