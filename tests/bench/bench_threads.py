"""Which stages' bytes depend on the number of threads: ``python -m tests.bench.bench_threads``.

Each encoder, clusterer and what follows them is computed on 1, 2 and 4 threads from the same rows; the table
says whether the files of the stage are the same. Where they are, the spec says ``threads = False``, and the
number of threads is not part of the stage's key.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from pathlib import Path

from clusterforge.pipeline.api import run
from clusterforge.registry import Registry

TABLE = {"use": "blobs", "dimensions": 48, "centers": 12, "spread": 3.0}
TEXTS = {"use": "sample-news"}
ENCODERS = {
    "scale": (TABLE, {}),
    "flatten": (TABLE, {}),
    "table": (TABLE, {}),
    "gower": (TABLE, {}),
    "pca": (TABLE, {"components": 16}),
    "smooth": (TABLE, {}),
    "discriminant": (TABLE, {"n_clusters": 12}),
    "tfidf": (TEXTS, {}),
    "static-embedding": (TEXTS, {}),
    "minilm": (TEXTS, {}),
    "umap": (TABLE, {}),
    "autoencoder": (TABLE, {"layers": [64], "dim": 8, "epochs": 2}),
}
CLUSTERERS = {
    "kmeans": {"n_clusters": 12},
    "dbscan": {},
    "hdbscan": {},
    "hierarchical": {"n_clusters": 12},
    "spectral": {"n_clusters": 12},
    "gaussian-mixture": {"n_clusters": 12},
    "leiden": {},
}


def digests(folder: Path) -> dict[str, str]:
    """Return a hash over the files of each stage of a run, without those that hold times."""
    found = {}
    for seal in sorted(folder.rglob("stage.json")):
        digest = hashlib.sha256()
        for path in sorted(seal.parent.iterdir()):
            if path.is_file() and path.name not in ("stage.json", "info.json"):
                digest.update(path.name.encode() + path.read_bytes())
            elif path.name == "info.json" and seal.parent.parent.name not in ("encoders",):
                digest.update(path.read_bytes())
        found[str(seal.parent.relative_to(folder))] = digest.hexdigest()
    return found


def compare(place: Path, name: str, recipe: dict[str, object], threads: list[int]) -> None:
    """Run a recipe on several numbers of threads, and print which stages are the same."""
    found = []
    for number in threads:
        table = {**recipe, "compute": {"threads": number}}
        done = run(table, out=place / f"{name}-{number}", cache=False)
        found.append(digests(done.folder))
    for stage in found[0]:
        same = len({one[stage] for one in found}) == 1
        print(f"| {name} | {stage} | {'same' if same else 'depends'} |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("names", nargs="*")
    asked = parser.parse_args()
    registry = Registry.installed()
    there = {plugin.spec.name for plugin in registry.plugins}
    base = {"evaluation": {"refits": 0, "null_draws": 0}, "report": {"projection": "none"}}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name, (data, params) in ENCODERS.items():
            if name in there and name in (asked.names or ENCODERS):
                rows = {"rows": asked.rows} if data is TABLE else {}
                recipe = {
                    **base,
                    "dataset": {**data, **rows},
                    "encoder": [{"use": name, **params}],
                    "clusterer": [{"use": "kmeans", "n_clusters": 12}],
                }
                compare(place, f"encoder {name}", recipe, asked.threads)
        for name, params in CLUSTERERS.items():
            if name in there and name in (asked.names or CLUSTERERS):
                recipe = {
                    **base,
                    "dataset": {**TABLE, "rows": asked.rows},
                    "encoder": [{"use": "scale"}],
                    "clusterer": [{"use": name, **params}],
                }
                compare(place, f"clusterer {name}", recipe, asked.threads)


if __name__ == "__main__":
    main()
