"""The trained network of a run as an ONNX file, by onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import clusterforge
from clusterforge.contracts import Context, Table, View
from clusterforge.errors import InputError
from clusterforge.pipeline.result import Run

RECIPE: dict[str, Any] = {
    "name": "trained",
    "dataset": {"use": "blobs", "rows": 60, "dimensions": 8},
    "encoder": [{"use": "autoencoder", "layers": [8], "dim": 2, "epochs": 1}, {"use": "scale"}],
    "clusterer": [{"use": "kmeans", "n_clusters": 3}],
    "evaluation": {"refits": 0, "resamples": 0, "null_draws": 0},
    "report": {"projection": "none"},
    "compute": {"threads": 1},
}


def test_it_encodes_as_the_run(tmp_path: Path) -> None:
    for package in ("onnx", "onnxscript"):
        pytest.importorskip(package)
    runtime = pytest.importorskip("onnxruntime")
    run = clusterforge.run(RECIPE, out=tmp_path / "run", cache=False)
    path = tmp_path / "encoder.onnx"
    assert run.export(onnx=path).files == (path,)
    session = runtime.InferenceSession(path)
    facts = session.get_modelmeta().custom_metadata_map
    assert (facts["encoder"], facts["rows"]) == ("autoencoder", "the table itself")
    rows = np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
    (embedding,) = session.run(None, {"rows": rows})
    scaled = run.model.encoder(run.recipe.encoders[1]).encode(View(Table(embedding)), Context())
    np.testing.assert_allclose(scaled, run.encode(rows), atol=1e-5)


def test_a_run_without_a_network_is_refused(done: Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--onnx: the run has trained no network \(tfidf, pca\)"):
        done.export(onnx=tmp_path / "encoder.onnx")


def test_another_suffix_is_refused_before_anything_is_written(done: Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"does not end with \.onnx"):
        done.export(tmp_path / "rows.csv", onnx=tmp_path / "encoder.pt")
    assert not [*tmp_path.iterdir()]
