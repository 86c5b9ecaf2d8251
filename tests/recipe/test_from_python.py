"""What programs and newcomers write in place of a recipe, and what they are told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clusterforge
from clusterforge.errors import InputError, RecipeError
from clusterforge.recipe import read, resolve
from clusterforge.registry import Registry

FRAME = pd.DataFrame({"a": [1, 2]})
IRIS = {"use": "iris"}
KMEANS = {"use": "kmeans", "n_clusters": 3}


def test_numbers_of_numpy_and_paths_are_numbers_and_text() -> None:
    recipe = {
        "seed": np.int64(4),
        "dataset": {"use": "files", "path": Path("a.csv"), "features": "all"},
        "encoder": [{"use": "dec", "dim": np.int32(2), "lr": np.float32(0.5)}],
        "clusterer": [KMEANS | {"n_clusters": np.int64(3)}],
        "compute": {"deterministic": np.bool_(True)},
    }
    data = read(recipe).data
    assert (data["seed"], data["dataset"]["path"]) == (4, "a.csv")
    assert data["encoder"][0] == {"use": "dec", "dim": 2, "lr": 0.5}
    assert data["compute"]["deterministic"] is True
    assert type(data["clusterer"][0]["n_clusters"]) is int


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "a recipe is the name of a file, or a dict, not None"),
        (5, "not an int"),
        ([IRIS], "not a list"),
        (FRAME, r"not a DataFrame; ClusterPipeline\(recipe\)\.fit\(X\) takes data"),
        ({"dataset": FRAME}, r"^dataset: must be .* a dict, not a DataFrame; ClusterPipeline"),
    ],
)
def test_what_is_no_recipe(given: object, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        read(given)


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ({"dataset": "iris"}, r'^dataset: .*; write \[dataset\], and below it use = "iris"'),
        (
            {"dataset": IRIS, "encoder": [{"use": "scale"}], "clusterer": "kmeans"},
            r'write \[\[clusterer\]\], and .* use = "kmeans"',
        ),
        (
            {"dataset": IRIS, "encoder": [{"use": "scale"}], "clusterer": ["kmeans"]},
            r'write \[\[clusterer\]\], and .* "kmeans"',
        ),
        (
            {
                "dataset": IRIS,
                "encoder": [{"use": "scale"}],
                "clusterer": [KMEANS | {"n_clusters": "12"}],
            },
            r"n_clusters: must be .*, not \"12\"; write 12, without quotes",
        ),
    ],
)
def test_what_stands_in_place_of_a_table_or_number(recipe: dict[str, object], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        resolve(read(recipe), Registry.installed())


def test_an_entry_that_is_not_there_is_no_key_of_another() -> None:
    recipe = {"dataset": IRIS, "clusterer": [KMEANS]}
    with pytest.raises(RecipeError, match=r"no entry 'hdbscan'; entries: 0 \(kmeans\)"):
        read(recipe, ["clusterer.hdbscan.n_clusters=5"])
    with pytest.raises(RecipeError, match=r"write clusterer\.kmeans\.n_clusters=5"):
        read(recipe, ["clusterer.n_clusters=5"])


@pytest.mark.parametrize(
    ("file", "remedy"),
    [
        ("recipe.toml", "name its recipe, that of the run: "),
        ("best.toml", "name its recipe, the best of the sweep: "),
        ("a.csv", "of data: clusterforge init "),
    ],
)
def test_a_folder_in_place_of_a_recipe(tmp_path: Path, file: str, remedy: str) -> None:
    (tmp_path / file).touch()
    with pytest.raises(RecipeError, match=f"is a folder, not a recipe; {remedy}"):
        read(tmp_path)


def test_a_sweep_in_place_of_a_run(tmp_path: Path) -> None:
    (tmp_path / "sweep.json").touch()
    with pytest.raises(InputError, match=r"is a sweep, not a run; .*best\.toml makes a run"):
        clusterforge.load(tmp_path)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: clusterforge.load(None), "folder is the name of a file or folder, not None"),
        (lambda: clusterforge.init(FRAME), "data is the name of a file or folder, not DataFrame"),
        (lambda: clusterforge.compare(["a", "b"]), r"pass them one by one: compare\(\*runs\)"),
    ],
)
def test_what_is_no_path(call: object, said: str) -> None:
    assert callable(call)
    with pytest.raises(InputError, match=said):
        call()
