"""Recipes that name Python classes: keys, files, messages and what the resolved recipe says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from clusterforge.errors import PluginError, RecipeError
from clusterforge.recipe import Recipe, read, resolve
from clusterforge.registry import Registry
from clusterforge.registry.python_names import Imported, Named

MINE = """
class Halves:
    def __init__(self, column=0, random_state=None):
        self.column = column
    def fit_predict(self, X):
        return (X[:, self.column] > 0).astype(int)
class Board:
    def fit_transform(self, X):
        return X[:, :2]
class Loose:
    def transform(self, X):
        return X
"""
LOSS = """
from torch import Tensor
from clusterforge.contracts.training import Loss
from clusterforge.params import Field, Params
class SquareParams(Params):
    power: float = Field(2.0, gt=0, description="Power.")
class SquareLoss(Loss[SquareParams]):
    def __call__(self, batch) -> Tensor:
        return (batch.reconstruction - batch.target).abs().pow(self.params.power).mean()
"""
PLAIN: dict[str, Any] = {
    "dataset": {"use": "blobs"},
    "encoder": [{"use": "scale"}],
    "clusterer": [{"use": "python:./mine.py:Halves", "column": 1}],
}
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a recipe beside mine.py."""
    (tmp_path / "mine.py").write_text(MINE)

    def recipe(name: str = "r.toml", **changes: Any) -> Path:
        (tmp_path / name).write_text(tomli_w.dumps({**PLAIN, **changes}))
        return tmp_path / name

    return recipe


def resolved(path: Any, *overrides: str) -> Recipe:
    return resolve(read(path, overrides), Registry.installed("").naming(Imported()))


def test_the_resolved_recipe_runs_from_any_folder(write: Write, tmp_path: Path) -> None:
    recipe = resolved(write())

    (entry,) = recipe.clusterers
    assert recipe.given()["clusterer"] == [
        {"use": f"python:{tmp_path}/mine.py:Halves", "id": "halves", "column": 1}
    ]
    assert recipe.full()["clusterer"][0]["column"] == 1
    assert resolved(recipe.given()).full() == recipe.full()
    assert entry.stage == "clusterer.0.halves"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"clusterer": [{"use": "python:./mine.py:Halves", "colum": 1}]},
            "clusterer.0.colum: unknown key 'colum'; did you mean 'column'? "
            "known: column, random_state",
        ),
        (
            {"clusterer": [{"use": "python:./mine.py:Halfs"}]},
            "clusterer.0.use: {0}/mine.py has no 'Halfs'; did you mean 'Halves'? "
            "known: Board, Halves, Loose",
        ),
        (
            {"encoder": [{"use": "python:./mine.py:Board"}]},
            "encoder.0.use: encoder 'board' can't encode rows it was not fitted on; "
            "it can only be used as report.projection",
        ),
        (
            {"clusterer": [{"use": "python:./mine.py:Halves"}, {"use": "python:mine:Halves"}]},
            "clusterer.1.id: two entries are named 'halves'; give one of them an id",
        ),
        (
            {"clusterer": [{"use": "python:sklearn.cluster:KMeans", "n_cluster": 3}]},
            "clusterer.0.n_cluster: unknown key 'n_cluster'; did you mean 'n_clusters'? known: "
            "algorithm, copy_x, init, max_iter, n_clusters, n_init, random_state, tol, verbose",
        ),
        (
            {"dataset": {"use": "python:./mine.py:Halves"}},
            "dataset.use: {0}/mine.py:Halves is not a class of the contract; "
            "a data set, a loss or a namer must be one",
        ),
    ],
)
def test_messages(write: Write, changes: dict[str, Any], problem: str, tmp_path: Path) -> None:
    path = write(**changes)

    with pytest.raises(RecipeError) as failed:
        resolved(path)

    assert str(failed.value) == f"{path}: {problem.replace('{0}', str(tmp_path))}"
    assert failed.value.exit_code == 2


def test_a_file_that_fails_is_placed_in_the_recipe(write: Write, tmp_path: Path) -> None:
    path = write()
    (tmp_path / "mine.py").write_text("1 / 0")

    with pytest.raises(
        PluginError, match=r"clusterer\.0\.use: python:.*ZeroDivisionError"
    ) as failed:
        resolved(path)

    assert str(failed.value).startswith(f"{path}: ")


def test_a_projection_need_not_take_new_rows(write: Write) -> None:
    shown = resolved(
        write(report={"projection": {"use": "python:mine:Board", "rows": 9}})
    ).projection

    assert shown is not None
    assert (shown.entry.plugin.spec.name, shown.rows) == ("board", 9)


def test_a_file_is_relative_to_the_recipe_that_names_it(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("base.toml")
    (tmp_path / "other").mkdir()
    above = tmp_path / "other" / "above.toml"
    above.write_text('extends = "../base.toml"\nname = "above"\n')

    assert f"{tmp_path}/mine.py" in resolved(above).clusterers[0].plugin.use

    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "mine.py").write_text(MINE)
    monkeypatch.chdir(tmp_path / "here")
    there = resolved(above, "clusterer.0.use=python:./mine.py:Halves").clusterers[0]
    assert f"{tmp_path}/here/mine.py" in there.plugin.use


def test_a_loss_of_a_phase(write: Write, tmp_path: Path) -> None:
    (tmp_path / "loss.py").write_text(LOSS)
    phase = {"loss": {"use": "python:./loss.py:SquareLoss", "power": 1.5}, "epochs": 1}
    path = write(encoder=[{"use": "autoencoder", "dim": 2, "layers": [4], "phase": [phase]}])

    params: Any = resolved(path).encoders[0].params

    (loss,) = params.phase[0].loss
    assert (loss.use, loss.own) == (f"python:{tmp_path}/loss.py:SquareLoss", {"power": 1.5})
    phase["loss"]["power"] = 0  # type: ignore[index]
    with pytest.raises(
        RecipeError, match=r"encoder\.0\.phase\.0\.loss\.power: must be greater than 0"
    ):
        resolved(write(encoder=[{"use": "autoencoder", "phase": [phase]}]))


def test_a_recipe_read_without_trust_says_the_same(write: Write) -> None:
    path = write(clusterer=[{"use": "python:./mine.py:Halves", "column": 1, "id": "h"}])
    given = resolved(path).given()

    again = resolve(read(given), Registry.installed("").naming(Named()))

    assert again.given() == given
    with pytest.raises(
        RecipeError, match=r"clusterer\.0\.use: the code of python:.* is not imported"
    ):
        resolve(read(given), Registry.installed(""))


@pytest.mark.parametrize(
    ("key", "status", "line"),
    [
        ("column", 0, "ok"),
        ("colum", 2, "r.toml: clusterer.0.colum: unknown key 'colum'; did you mean 'column'?"),
    ],
)
def test_check_imports_only_what_is_named(
    write: Write, tmp_path: Path, key: str, status: int, line: str
) -> None:
    write(clusterer=[{"use": "python:./mine.py:Halves", key: 1}])
    code = (
        "import sys\nfrom clusterforge.cli.main import main\n"
        "status = main(['check', 'r.toml'])\n"
        "import json\n"
        "heavy = {'torch', 'sklearn', 'scipy'} & set(sys.modules)\n"
        "print(json.dumps([status, sorted(heavy)]))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "CLUSTERFORGE_PLUGINS": "",
            "PATH": os.environ["PATH"],
            "COLUMNS": "200",
        },
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stdout.splitlines()[-1]) == [status, []]
    assert line in " ".join((done.stdout + done.stderr).split())
