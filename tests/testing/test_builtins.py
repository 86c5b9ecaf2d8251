"""Every built-in plugin keeps the contract that the kit checks."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from clusterforge.registry import Registry
from clusterforge.testing import conformance
from tests.encoders.tiny_models import image_model, text_model

REGISTRY = Registry.installed(limit="")
FOLDER = tempfile.TemporaryDirectory(prefix="builtins-")
SHORT = {"layers": [32], "pretrain_epochs": 5, "epochs": 3, "restarts": 2}


def made(name: str) -> str:
    """Return a folder of this name, with what the plugins that need one are given."""
    folder = Path(FOLDER.name) / name
    if not folder.exists():
        folder.mkdir()
        if name == "text-model":
            text_model(folder)
        elif name == "image-model":
            image_model(folder, "resnet", {"size": {"height": 32, "width": 32}})
        else:
            tables(folder)
    return str(folder)


def tables(folder: Path) -> None:
    """Write a data set as it lies on the Hub: a parquet file for each split."""
    (folder / "data").mkdir()
    for split, rows in (("train", 30), ("test", 12)):
        label = np.arange(rows) % 3
        text = [f"{split} text {row} of class {value}" for row, value in enumerate(label)]
        table = pa.table({"text": text, "label": label.tolist()})
        pq.write_table(table, folder / "data" / f"{split}-00000-of-00001.parquet")


def hub() -> dict[str, Any]:
    return {"path": made("tables"), "text": "text", "label": "label", "test": "test"}


def csv() -> dict[str, Any]:
    path = Path(FOLDER.name) / "rows.csv"
    if not path.exists():
        rows = np.random.default_rng(0).normal(size=(40, 3))
        lines = [",".join(f"{v:.4f}" for v in row) + f",{i % 2}" for i, row in enumerate(rows)]
        path.write_text("\n".join(["a,b,c,kind", *lines]) + "\n")
    return {"path": str(path), "features": "all", "label": "kind", "test_fraction": 0.25}


def edits() -> dict[str, Any]:
    path = Path(FOLDER.name) / "edits.toml"
    path.write_text(
        '[[edit]]\ndo = "split"\ncluster = {rows = ["0"]}\n\n[[edit]]\ndo = "pin"\nrows = ["1"]\n'
        'cluster = {rows = ["0"]}\n'
    )
    return {"edits": str(path)}


PARAMS = {
    "clusterer:edited": edits,
    "dataset:files": csv,
    "dataset:huggingface": hub,
    "encoder:adapted": lambda: {
        "n_clusters": 3,
        "epochs": 2,
        "backbone": {"use": "transformer", "model": made("text-model"), "last_layers": 1},
    },
    "encoder:conv-autoencoder": lambda: {"channels": [8, 16], "dim": 8, "epochs": 3},
    "encoder:dec": lambda: SHORT,
    "encoder:idec": lambda: SHORT,
    "encoder:image-model": lambda: {"model": made("image-model")},
    "encoder:sentence-transformer": lambda: {"model": made("text-model")},
    "encoder:transformer": lambda: {"model": made("text-model")},
    # The kit's few rows are told apart by nothing, so that none is certain of its label.
    "loss:self-labels": lambda: {"n_clusters": 3, "confidence": 0.0},
    "loss:pseudo-labels": lambda: {"n_clusters": 3},
    "encoder:student": lambda: {"n_clusters": 3, "channels": [8, 16], "dim": 8, "epochs": 3},
    "encoder:tsne": lambda: {"iterations": 250},
}

VARIANTS = {
    "auto": ("clusterer:kmeans", {"n_clusters": "auto", "k_max": 5}),
    "cosine": ("clusterer:dbscan", {"metric": "cosine", "eps": 0.05, "min_samples": 4}),
    "average": ("clusterer:hierarchical", {"linkage": "average"}),
    "knn": ("clusterer:hierarchical", {"connectivity": "knn"}),
    "single_knn": ("clusterer:hierarchical", {"linkage": "single", "connectivity": "knn"}),
    "sample": ("clusterer:hierarchical", {"sample": 40}),
    "spectral_sample": ("clusterer:spectral", {"sample": 40}),
    "tied": ("clusterer:gaussian-mixture", {"covariance": "tied"}),
    "spherical": ("clusterer:gaussian-mixture", {"covariance": "spherical", "restarts": 2}),
    "range": ("encoder:scale", {"kind": "range"}),
    "components": ("encoder:tfidf", {"components": 3}),
    "bce": ("loss:reconstruction", {"kind": "bce"}),
    "sampled": ("metric:silhouette", {"rows": 20}),
}

globals().update(
    {
        f"test_{kind}_{name.replace('-', '_')}": conformance(
            f"{kind}:{name}", params=PARAMS.get(f"{kind}:{name}", dict)(), registry=REGISTRY
        )
        for kind, name in ((plugin.spec.kind, plugin.spec.name) for plugin in REGISTRY.plugins)
    }
)
globals().update(
    {
        f"test_variant_{name}": conformance(plugin, params=params, registry=REGISTRY)
        for name, (plugin, params) in VARIANTS.items()
    }
)
test_convolutional_dec = conformance(
    "encoder:dec",
    params={"network": "conv", "channels": [8], "pretrain_epochs": 3, "epochs": 2},
    content="image",
    registry=REGISTRY,
)
test_trained_backbone = conformance(
    "encoder:autoencoder",
    params={
        "layers": [16],
        "dim": 4,
        "epochs": 2,
        "backbone": {"use": "transformer", "model": made("text-model")},
    },
    registry=REGISTRY,
)


def test_every_built_in_is_here() -> None:
    assert len(REGISTRY.plugins) >= 37
    assert len([name for name in globals() if name.startswith("test_")]) > len(REGISTRY.plugins)
