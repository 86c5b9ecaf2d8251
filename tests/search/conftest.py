from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def recipe() -> Mapping[str, Any]:
    """Iris, standardised, k-means with three numbers of clusters in one of two spaces: six trials."""
    return {
        "name": "iris",
        "dataset": {"use": "iris"},
        "encoder": [{"use": "scale"}, {"use": "pca", "components": 2}],
        "clusterer": [{"use": "kmeans", "n_clusters": 3, "restarts": 2}],
        "metric": [{"use": "silhouette"}, {"use": "ari"}],
        "search": {
            "objective": "silhouette",
            "space": {"encoder.1.components": [2, 3], "clusterer.0.n_clusters": [2, 3, 4]},
        },
    }
