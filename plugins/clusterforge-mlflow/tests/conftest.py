"""A store of MLflow for the tests of one module."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

from mlflow.tracking import MlflowClient


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A database for all tests of this module: making one takes seconds."""
    place = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{place / 'mlflow.db'}")
        patch.setenv("CLUSTERFORGE_CACHE", str(place / "cache"))
        patch.chdir(place)  # artifacts go to ./mlruns
        yield place


@pytest.fixture(scope="module")
def client(store: Path) -> MlflowClient:
    return MlflowClient()
