"""A run on three groups of rows, and weeks of later rows drawn from the same or other groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import clusterforge

CENTRES = np.random.default_rng(0).normal(size=(5, 6)) * 6
Week = Callable[[Sequence[int], int], Path]


def drawn(groups: Sequence[int], seed: int, rows: int = 150) -> npt.NDArray[np.float32]:
    """Return rows of some groups, float32 (rows, 6)."""
    rng = np.random.default_rng(seed)
    return (CENTRES[rng.choice(groups, rows)] + rng.normal(size=(rows, 6))).astype(np.float32)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run by k-means on groups 0, 1 and 2."""
    folder = tmp_path_factory.mktemp("followed")
    np.save(folder / "rows.npy", drawn([0, 1, 2], 0))
    recipe = {
        "name": "groups",
        "dataset": {"use": "files", "path": str(folder / "rows.npy"), "features": "all"},
        "encoder": [{"use": "scale"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
        "evaluation": {"resamples": 0, "refits": 0},
        "report": {"projection": "none"},
        "compute": {"threads": 1},
    }
    return clusterforge.run(recipe, out=folder / "run", cache=False).folder


@pytest.fixture
def week(tmp_path: Path) -> Week:
    """Return a file with rows of some groups."""

    def write(groups: Sequence[int], seed: int) -> Path:
        path = tmp_path / f"week{seed}.npy"
        np.save(path, drawn(groups, seed))
        return path

    return write
