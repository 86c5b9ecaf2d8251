"""Later rows are compared as the rows of the run were made: no change where nothing changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import clusterforge
from clusterforge.builtin import clusterers, datasets, frozen_encoders, metrics, namers
from clusterforge.errors import InputError
from clusterforge.registry import Registry
from clusterforge.registry.distributions import Distribution
from clusterforge.registry.hooks import Found
from clusterforge.taxonomy.following import follow
from tests.taxonomy.conftest import Week, drawn
from tests.taxonomy.pulled import SPEC


def registry() -> Registry:
    ours = Distribution("clusterforge", clusterforge.__version__, "builtin", "clusterforge.builtin")
    modules = (clusterers, datasets, frozen_encoders, metrics, namers)
    built_in = [Found(spec, ours) for module in modules for spec in module.SPECS]
    return Registry([*built_in, Found(SPEC, Distribution("pulled", "1.0"))])


def recipe(folder: Path, *encoders: dict[str, object]) -> dict[str, object]:
    np.save(folder / "rows.npy", drawn([0, 1, 2], 0))
    return {
        "name": "pulled",
        "dataset": {"use": "files", "path": str(folder / "rows.npy"), "features": "all"},
        "encoder": [*encoders],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
        "evaluation": {"refits": 0, "resamples": 0, "null_draws": 0},
        "report": {"projection": "none"},
        "compute": {"threads": 1},
    }


PCA: dict[str, object] = {"use": "pca", "components": 2}
CHEAP: dict[str, object] = {"use": "scale"}  # a run stores nothing of it otherwise


@pytest.mark.parametrize(
    ("below", "refit"), [(PCA, False), (PCA, True), (CHEAP, False)], ids=["", "refit", "cheap"]
)
def test_later_rows_do_not_seem_to_move(
    below: dict[str, object], refit: bool, week: Week, tmp_path: Path
) -> None:
    made = recipe(tmp_path, below, {"use": "pull"})
    run = clusterforge.run(made, out=tmp_path / "run", registry=registry(), cache=False)
    done = follow(
        run.folder, week([0, 1, 2], 1), out=tmp_path / "taxonomy", refit=refit, registry=registry()
    )
    assert {change.kind for change in done.generations[-1].changes} == {"same"}
    again = follow(tmp_path / "taxonomy", week([0, 1, 2, 3], 2), refit=refit, registry=registry())
    kinds = [change.kind for change in again.generations[-1].changes]
    assert kinds.count("new") == 1


def test_rows_of_an_encoder_that_comes_first_are_compared_with_later_ones_alone(
    week: Week, tmp_path: Path
) -> None:
    made = recipe(tmp_path, {"use": "pull"})
    run = clusterforge.run(made, out=tmp_path / "run", registry=registry(), cache=False)
    out = tmp_path / "taxonomy"
    with pytest.raises(InputError, match="comes first"):
        follow(run.folder, week([0, 1, 2], 1), out=out, refit=True, registry=registry())
    first = follow(run.folder, week([0, 1, 2], 1), out=out, registry=registry())
    assert first.changes == ()
    assert first.generations[-1].tested is None
    assert "from the next generation on" in first.generations[-1].notes[0]
    assert follow(out, week([0, 1, 2], 2), registry=registry()).changes == ()
    third = follow(out, week([0, 1, 2, 3], 3), registry=registry())
    assert [change.kind for change in third.changes].count("new") == 1


def test_copies_are_left_out_as_in_the_run(base: Path, week: Week, tmp_path: Path) -> None:
    made = clusterforge.load(base).recipe.given()
    made["dataset"]["deduplicate"] = "exact"
    run = clusterforge.run(made, out=tmp_path / "run", cache=False)
    rows = np.load(week([0, 1, 2], 1))
    np.save(tmp_path / "copies.npy", np.concatenate([rows, np.repeat(rows[:1], 40, axis=0)]))
    done = follow(run.folder, tmp_path / "copies.npy", out=tmp_path / "taxonomy")
    last = done.generations[-1]
    assert last.rows == len(rows)
    assert last.notes == ("40 copies of other rows are left out, as in the run.",)
    assert {change.kind for change in last.changes} == {"same"}
