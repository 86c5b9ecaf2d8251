"""A map of more rows than its projection is fitted on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import clusterforge
from clusterforge.runs import RunFolder


@pytest.mark.parametrize(
    ("use", "note"),
    [
        (
            "tsne",
            "28 interpolated from the 20 that it was fitted on; "
            "train rows only: it can't place new rows",
        ),
        ("pca", ""),
    ],
)
def test_rows_beyond_the_fitted_ones_are_placed_near_their_neighbours(
    tmp_path: Path, use: str, note: str
) -> None:
    recipe = {
        "name": "many",
        "dataset": {"use": "blobs", "rows": 60, "dimensions": 5, "centers": 2, "spread": 0.1},
        "encoder": [{"use": "scale"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 2}],
        "evaluation": {"refits": 0, "resamples": 0, "null_draws": 0},
        "report": {"projection": {"use": use, "rows": 50, "fit_rows": 20}},
        "compute": {"threads": 1},
    }
    run = RunFolder.open(clusterforge.run(recipe, out=tmp_path / "run").folder)
    assert run.map is not None
    assert run.map_record is not None
    assert run.map_record.note == note
    train = run.assignments.split[run.map.position] == 0
    assert train.sum() == min(50, run.run.data.splits["train"].rows)
    labels = run.assignments.clusters["kmeans"][run.map.position]
    middles = np.stack([run.map.xy[labels == i].mean(0) for i in (0, 1)])
    far = np.linalg.norm(run.map.xy[:, None] - middles, axis=2)
    assert (far.argmin(1) == labels).all()
