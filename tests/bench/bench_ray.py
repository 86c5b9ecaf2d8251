"""Ray on this machine, in nodes of one processor: ``python -m tests.bench.bench_ray [texts|sweep]``.

``texts`` embeds news and questions to a bank with MiniLM, in one process and then through Ray Data on
three nodes of which one is removed in the middle; prints whether every row came back once, how alike the two
embeddings are, and the rates. The texts are AG News and Banking77 of ``CLUSTERFORGE_MIRROR``; where these are
fewer than ``--rows``, further ones are joined from two of them.

``sweep`` does ``recipes/digits_sweep.toml`` with one worker, with two, on two Ray nodes, and on three of
which one is removed in the middle, without shared stages of earlier runs; prints the seconds, the best trial,
and whether all values are the same.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_AUTH_MODE", "disabled")
os.environ.setdefault("RAY_worker_niceness", "0")  # as the process that they are compared with
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import pyarrow.parquet as pq

import clusterforge
from clusterforge.contracts import Context, Texts, View
from clusterforge.models import compute
from clusterforge.models.compute import Resources
from clusterforge.pipeline.on_cluster import RowsOnCluster
from clusterforge.recipe import Compute, read, resolve
from clusterforge.registry import Registry
from clusterforge.search.driver import Watcher
from clusterforge.search.folder import TRIALS
from clusterforge.search.records import TrialRecord

SETS = ("fancyzhx/ag_news", "PolyAI/banking77")
OBJECTS = 200 << 20


@contextmanager
def nodes(number: int) -> Iterator[tuple[Any, Any]]:
    """Start a cluster, and yield it with the node that was added last."""
    import ray
    from ray.cluster_utils import Cluster

    each = {"num_cpus": 1, "object_store_memory": OBJECTS, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=each)
    # First, so that it is the head that this process is connected to.
    ray.init(cluster.address, log_to_driver=False, logging_level="ERROR")
    last = None
    for _ in range(number - 1):
        last = cluster.add_node(**each)
    try:
        yield cluster, last
    finally:
        ray.shutdown()
        cluster.shutdown()


def texts_of(rows: int) -> list[str]:
    """Return texts in a mixed order, always the same."""
    mirror = Path(os.environ["CLUSTERFORGE_MIRROR"])
    files = sorted(file for name in SETS for file in (mirror / name / "data").glob("*.parquet"))
    texts = [text for file in files for text in pq.read_table(file)["text"].to_pylist()]
    rng = np.random.default_rng(0)
    while len(texts) < rows:
        first, second = rng.integers(len(texts), size=2)
        texts.append(f"{texts[first]} {texts[second]}")
    return [texts[place] for place in rng.permutation(len(texts))[:rows]]


def embed(rows: int, precision: str) -> None:
    """Print the figures of ``texts``."""
    view = View(Texts(tuple(texts_of(rows))))
    table = {"use": "minilm"}
    dataset = {"use": "files", "path": "x.csv", "text": "text"}
    kmeans = {"use": "kmeans", "n_clusters": 2}
    recipe = {"dataset": dataset, "encoder": [table], "clusterer": [kmeans]}
    entry = resolve(read(recipe), Registry.installed()).encoders[0]
    chosen = compute.choose(Compute(device="cpu", precision=precision, threads=1), None)
    print(f"{rows:,} texts, {chosen.precision}, load {os.getloadavg()[0]:.1f}", flush=True)
    encoder = entry.plugin.load()(entry.params)
    with nodes(3) as (cluster, last):
        at = {"start": time.perf_counter(), "removed": 0.0}

        def progress(done: int, total: int, text: str = "") -> None:
            if done >= total / 2 and not at["removed"]:
                at["removed"] = time.perf_counter()
                cluster.remove_node(last, allow_graceful=False)
                print(f"  a node is removed after {done:,} rows", flush=True)

        with RowsOnCluster(Compute(engine="ray"), Resources("cpu", chosen.precision, 1)) as there:
            embedding, _ = there.encode(entry, encoder, view, Context(progress=progress), None)
        _rate("three nodes, one removed", rows, time.perf_counter() - at["start"])
    start = time.perf_counter()
    with compute.using(chosen):
        alone = encoder.encode(view, Context(precision=chosen.precision))
    _rate("one process, one thread", rows, time.perf_counter() - start)
    norms = np.linalg.norm(embedding, axis=1) * np.linalg.norm(alone, axis=1)
    cosine = np.einsum("ij,ij->i", embedding, alone) / norms
    print(
        f"  rows {len(embedding):,}, least cosine {cosine.min():.6f}, load {os.getloadavg()[0]:.1f}"
    )


def _rate(what: str, rows: int, seconds: float) -> None:
    print(f"  {what}: {seconds:.0f} s, {rows / seconds:.0f} texts/s", flush=True)


class Removal(Watcher):
    """Removes a node when a third of the trials of digits_sweep have ended."""

    def __init__(self, cluster: Any, node: Any) -> None:
        self.cluster, self.node, self.ended = cluster, node, 0

    def trial_ended(self, trial: TrialRecord) -> None:
        """Count it."""
        self.ended += 1
        if self.ended == 8:
            self.cluster.remove_node(self.node, allow_graceful=False)
            print("  a node is removed after 8 trials", flush=True)

    def warning(self, text: str) -> None:
        """Print it."""
        print(f"  {text}", flush=True)


def sweep(recipe: str) -> None:
    """Print the figures of ``sweep``."""
    found: dict[str, list[object]] = {}
    with tempfile.TemporaryDirectory() as root:
        for name in ("1 worker", "2 workers", "ray, 2 nodes", "ray, 3 nodes, one removed"):
            start = time.perf_counter()
            out = Path(root) / str(len(found))
            if name.startswith("ray"):
                with nodes(int(name[5])) as (cluster, last):
                    watcher = Removal(cluster, last) if "removed" in name else None
                    done = clusterforge.sweep(
                        recipe, out=out, engine="ray", cache=False, watcher=watcher
                    )
            else:
                done = clusterforge.sweep(recipe, out=out, workers=int(name[0]), cache=False)
            computed = Counter(s.key for t in done.trials for s in t.stages if not s.reused)
            found[name] = [(t.values, t.objectives, t.clusters) for t in done.trials]
            complete = sum(trial.state == "complete" for trial in done.trials)
            lines = len((out / TRIALS).read_text().splitlines())
            print(
                f"{name}: {time.perf_counter() - start:.0f} s, best trial {done.sweep.best} "
                f"({done.best.values}), {complete} complete, {lines} in the journal, "
                f"{len(computed)} stages, each computed at most {max(computed.values())} "
                f"times, load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
    print("the same values:", all(values == found["1 worker"] for values in found.values()))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["texts", "sweep", "all"], nargs="?", default="all")
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--recipe", default="recipes/digits_sweep.toml")
    options = parser.parse_args()
    if options.what != "sweep":
        embed(options.rows, options.precision)
    if options.what != "texts":
        sweep(options.recipe)


if __name__ == "__main__":
    main()
