"""On a Ray cluster of three nodes, then two, then one; in one module, so that there is one cluster."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score

import clusterforge
from clusterforge.contracts import Context, Texts, View
from clusterforge.distributed.kmeans import sharded_kmeans
from clusterforge.errors import EnvironmentProblem, InputError
from clusterforge.models.compute import Resources
from clusterforge.numerics.kmeans import assign, kmeans
from clusterforge.pipeline import on_cluster
from clusterforge.pipeline.on_cluster import RowsOnCluster
from clusterforge.recipe import Compute, read, resolve
from clusterforge.registry import Registry
from clusterforge.search.driver import Watcher
from clusterforge.search.records import TrialRecord
from tests.distributed.conftest import Cluster

# Waits for its end on the last node; kills its process, once, on the one before. The first node waits for
# both: otherwise it may have done all trials before the others' processes have started.
ACCIDENT = """
import os, pathlib, signal, time
from sklearn.cluster import KMeans

class Accident(KMeans):
    def fit(self, X, y=None, sample_weight=None):
        place = pathlib.Path(__file__).parent
        node = os.environ.get("NODE")
        deadline = time.monotonic() + 120
        while node == "node0" and time.monotonic() < deadline:
            if all((place / accident).exists() for accident in ("killed", "waits")):
                break
            time.sleep(0.05)
        if node == "node1" and not (place / "killed").exists():
            (place / "killed").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if node == "node2":
            (place / "waits").touch()
            time.sleep(300)
        return super().fit(X, y, sample_weight)
"""


def recipe(clusterer: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": "iris",
        "dataset": {"use": "iris"},
        "encoder": [{"use": "scale"}, {"use": "pca", "components": 2}],
        "clusterer": [{"n_clusters": 3, **clusterer}],
        "metric": [{"use": "silhouette"}],
        "search": {
            "objective": "silhouette",
            "space": {"encoder.1.components": [2, 3], "clusterer.0.n_clusters": [2, 3]},
        },
    }


def values(trials: tuple[TrialRecord, ...]) -> list[tuple[Any, ...]]:
    return [(t.number, t.values, t.objectives, t.clusters, t.noise) for t in trials]


def test_each_stage_is_computed_once_though_nodes_share_no_files(
    cluster: Cluster, tmp_path: Path
) -> None:
    of = recipe({"use": "kmeans", "restarts": 2})
    there = clusterforge.sweep(of, out=tmp_path / "ray", engine="ray")
    assert (there.sweep.engine, there.sweep.workers) == ("ray", 3)
    computed = Counter(s.key for t in there.trials for s in t.stages if not s.reused)
    every = {s.key for t in there.trials for s in t.stages}
    assert computed == Counter(every)
    assert sum((cluster.root / f"node{i}").exists() for i in range(3)) > 1
    alone = clusterforge.sweep(of, out=tmp_path / "alone", workers=1, cache=False)
    assert values(there.trials) == values(alone.trials)
    assert there.sweep.best == alone.sweep.best


@pytest.mark.timeout(600)
def test_a_killed_worker_and_a_removed_node_lose_nothing(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "accident.py").write_text(ACCIDENT)
    monkeypatch.chdir(tmp_path)
    of = recipe({"use": "python:accident:Accident", "n_init": 2})
    deaths: list[str] = []

    class Deaths(Watcher):
        def warning(self, text: str) -> None:
            deaths.append(text)

    def remove() -> None:
        while not (tmp_path / "waits").exists():
            time.sleep(0.05)
        cluster.remove_last()

    removal = threading.Thread(target=remove, daemon=True)
    removal.start()
    there = clusterforge.sweep(of, out=tmp_path / "ray", engine="ray", watcher=Deaths())
    removal.join(10)
    alone = clusterforge.sweep(of, out=tmp_path / "alone", workers=1, cache=False)
    assert values(there.trials) == values(alone.trials)
    assert len((there.path / "trials.jsonl").read_text().splitlines()) == 4
    assert {text.split(": ")[1].split(";")[0] for text in deaths} == {
        "its node was removed or died",
        "its process was ended",
    }


def test_rows_are_encoded_once_each_though_a_node_is_removed(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_cluster, "ROWS", 10)
    texts = [f"{'apple' if i % 3 else 'engine'} {i} of {i % 7} " * (i % 5 + 1) for i in range(405)]
    view = View(Texts(texts))
    entry = resolve(
        read(
            {
                "dataset": {"use": "iris"},
                "encoder": [{"use": "tfidf"}],
                "clusterer": [{"use": "kmeans", "n_clusters": 3}],
            }
        ),
        Registry.installed(),
    ).encoders[0]
    encoder = entry.build()
    encoder.fit(view, Context())
    removed: list[int] = []

    def progress(done: int, total: int, text: str = "") -> None:
        if not removed and done > 100:
            removed.append(done)
            cluster.remove_last()

    table = Compute(engine="ray")
    with RowsOnCluster(table, Resources("cpu", "float32", 1)) as rows:
        there, _ = rows.encode(entry, encoder, view, Context(progress=progress), None)
    np.testing.assert_allclose(there, encoder.encode(view, Context()), atol=1e-6)
    assert removed
    assert removed[0] < len(view)


def test_a_run_encodes_on_the_cluster(cluster: Cluster, tmp_path: Path) -> None:
    texts = [f"{word} number {i}" for i in range(15) for word in ("apples", "engines")]
    (tmp_path / "texts.csv").write_text("text\n" + "\n".join(texts))
    of = {
        "name": "texts",
        "dataset": {"use": "files", "path": str(tmp_path / "texts.csv"), "text": "text"},
        "encoder": [{"use": "tfidf"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 2}],
        "report": {"projection": False},
        "evaluation": {"null_draws": 0, "refits": 0},
    }
    there = clusterforge.run({**of, "compute": {"engine": "ray"}}, out=tmp_path / "there")
    here = clusterforge.run(of, out=tmp_path / "here")
    np.testing.assert_allclose(there.embedding(), here.embedding(), atol=1e-6)
    stages = [{s.stage: s.key for s in run.info.stages} for run in (there, here)]
    assert stages[0]["encoder.0.tfidf"] != stages[1]["encoder.0.tfidf"]


def test_k_means_over_files(cluster: Cluster, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(scale=4, size=(5, 6))
    rows = (centres[rng.integers(5, size=900)] + rng.normal(size=(900, 6))).astype(np.float32)
    np.save(tmp_path / "0.npy", rows[:400])
    lists = pa.FixedSizeListArray.from_arrays(pa.array(rows[400:].ravel()), 6)
    pq.write_table(pa.table({"embedding": lists}), tmp_path / "1.parquet", row_group_size=200)
    files = [tmp_path / "0.npy", tmp_path / "1.parquet"]
    there = sharded_kmeans(files, 5, seed=1)
    labels, squared = assign(rows, there.centroids)
    np.testing.assert_array_equal(there.labels, labels)
    assert there.inertia == pytest.approx(squared.sum())
    assert there.inertia == pytest.approx(kmeans(rows, 5, seed=1).inertia, rel=1e-3)
    assert there.davies_bouldin == pytest.approx(davies_bouldin_score(rows, labels))
    assert there.calinski_harabasz == pytest.approx(calinski_harabasz_score(rows, labels))
    with pytest.raises(InputError, match="there are 900 rows for 901 clusters"):
        sharded_kmeans(files, 901)
    with pytest.raises(InputError, match="has no column 'vector'"):
        sharded_kmeans(files, 5, column="vector")


def test_what_a_node_lacks_is_one_line(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clusterforge.search.engines.ray.versions", lambda: {"numpy": "0.1"})
    with pytest.raises(EnvironmentProblem, match=r"^node .*: another version of \w+ than where"):
        clusterforge.sweep(
            recipe({"use": "kmeans", "restarts": 2}), out=tmp_path / "ray", engine="ray"
        )


def test_another_address_than_that_of_the_connection_is_refused(
    cluster: Cluster, tmp_path: Path
) -> None:
    with pytest.raises(EnvironmentProblem, match="already connected"):
        clusterforge.sweep(
            recipe({"use": "kmeans", "restarts": 2}),
            out=tmp_path / "s",
            engine="ray",
            address="10.0.0.1:6379",
        )
