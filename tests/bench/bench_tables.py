"""k-means on the encoder ``table`` and on one-hot + standard scaling.

``python -m tests.bench.bench_tables FOLDER`` reads every csv file of a folder, whose column ``class`` is the
label, with ``features = "all"`` and ``label = "class"``; k is the number of classes, and ARI is the mean over
five seeds, on all rows. One-hot + standard is what a user would write with scikit-learn: gaps in numbers
filled by the mean, a gap in a category a value of its own, every resulting column scaled to variance 1.
``--write`` also stores the figures in ``docs/results/tables.json``, from which ``python -m
tests.bench.results`` writes them into docs/results.md.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_rand_score

from clusterforge.builtin.datasets import FilesParams
from clusterforge.builtin.frozen_encoders import GowerParams, TableParams
from clusterforge.contracts import Context, FloatArray, Items, View, columns_of
from clusterforge.datasets.files import Files
from clusterforge.encoders.gower import Gower
from clusterforge.encoders.table import Table
from clusterforge.numerics.kmeans import kmeans

SEEDS = 5
KEPT = Path(__file__).parents[2] / "docs" / "results" / "tables.json"
NAMES = ("one-hot + standard", "table", "table, quantile", "table, robust", "gower")


def one_hot(items: Items) -> FloatArray:
    """Return what a user would make of a table: float32 (n, d)."""
    values = np.asarray(items.take(np.arange(len(items))), dtype=np.float64)
    parts = []
    for column, own in zip(columns_of(items), values.T, strict=True):
        gap = np.isnan(own)
        if column.coded:
            codes = np.where(gap, len(column.categories), own)
            parts += [codes == code for code in np.unique(codes)]
        else:
            parts.append(np.where(gap, own[~gap].mean(), own))
    matrix = np.stack(parts, axis=1).astype(np.float64)
    spread = matrix.std(axis=0)
    scaled: FloatArray = ((matrix - matrix.mean(axis=0)) / np.where(spread > 0, spread, 1)).astype(
        np.float32
    )
    return scaled


def embeddings(items: Items) -> dict[str, FloatArray]:
    """Return the embeddings that are compared, by ``NAMES``."""
    view, context = View(items), Context()
    tables = [Table(TableParams(scaling=s)) for s in ("standard", "quantile", "robust")]
    made = [one_hot(items), *(table.fit_encode(view, context) for table in tables)]
    made.append(Gower(GowerParams()).fit_encode(view, context))
    return dict(zip(NAMES, made, strict=True))


def measured(path: Path) -> dict[str, float]:
    """Return the mean ARI over the seeds of each embedding of a table."""
    params = FilesParams(path=str(path), features="all", label="class")
    train = Files(params).load(Context()).train
    labels = train.labels
    assert labels is not None
    k = len(np.unique(labels[labels >= 0]))
    return {
        name: float(
            np.mean(
                [
                    adjusted_rand_score(labels, kmeans(rows, k, seed=seed).labels)
                    for seed in range(SEEDS)
                ]
            )
        )
        for name, rows in embeddings(train.items).items()
    }


def main(folder: Path, write: bool) -> None:
    """Print the figures of every table, and store them where that is asked for."""
    found: dict[str, dict[str, float]] = {}
    print(f"{'':22} {'  '.join(NAMES)}")
    for path in sorted(folder.glob("*.csv")):
        found[path.stem] = measured(path)
        values = [found[path.stem][name] for name in NAMES]
        print(f"{path.stem:22} " + "  ".join(f"{value:.3f}" for value in values), flush=True)
    mean = {name: float(np.mean([ari[name] for ari in found.values()])) for name in NAMES}
    print(f"{'mean':22} " + "  ".join(f"{mean[name]:.3f}" for name in NAMES))
    if write:
        KEPT.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--write" in sys.argv)
