"""From tables to a recipe: defaults, names, and a resolved recipe that says the same again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from clusterforge.errors import RecipeError
from clusterforge.recipe import Recipe, read, resolve
from clusterforge.registry import Registry

RECIPES = sorted((Path(__file__).parents[2] / "recipes").glob("*.toml"))
PLAIN: dict[str, Any] = {
    "dataset": {"use": "blobs"},
    "encoder": [{"use": "scale"}],
    "clusterer": [{"use": "kmeans", "n_clusters": 3}],
}


def resolved(recipe: Any, *overrides: str) -> Recipe:
    return resolve(read(recipe, overrides), Registry.installed(""))


def test_defaults() -> None:
    recipe = resolved(PLAIN)

    assert (recipe.name, recipe.seed, recipe.description) == ("recipe", 0, "")
    assert [entry.stage for entry in recipe.entries] == [
        "dataset.blobs",
        "encoder.0.scale",
        "clusterer.0.kmeans",
        "namer.words",
        "report.projection.tsne",
    ]
    assert recipe.metrics == ()
    assert recipe.compute.device == "auto"


def test_edits_of_a_recipe_that_has_edits_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "edits.toml").write_text("edit = []\n")
    edits = str(tmp_path / "edits.toml")
    own = [{"use": "kmeans", "n_clusters": 3}, {"use": "edited", "of": "kmeans", "edits": edits}]

    recipe = resolved({**PLAIN, "clusterer": own, "edits": edits})

    assert [entry.id for entry in recipe.clusterers] == ["edited-2", "kmeans", "edited"]


def test_the_name_of_a_recipe_is_that_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "my-run.toml"
    path.write_text(tomli_w.dumps(PLAIN))

    assert resolved(path).name == "my-run"


def test_a_file_whose_name_can_name_no_folder_still_runs(tmp_path: Path) -> None:
    path = tmp_path / "-täst run.toml"
    path.write_text(tomli_w.dumps(PLAIN))

    name = resolved(path).name

    assert resolved({**PLAIN, "name": name}).name == name


def test_no_projection() -> None:
    for none in ("none", False):
        assert resolved({**PLAIN, "report": {"projection": none}}).projection is None


def test_a_data_set_may_have_a_parameter_named_id(tmp_path: Path) -> None:
    """``id`` names an entry among several; a data set stands once, so it is the plugin's own."""
    files = {"use": "files", "path": "a.csv", "features": "all", "id": "row id"}

    recipe = resolved({**PLAIN, "dataset": files})
    params: Any = recipe.dataset.params

    assert params.id == "row id"
    assert recipe.dataset.stage == "dataset.files"
    assert resolved(recipe.given()).full() == recipe.full()
    assert recipe.full()["dataset"]["id"] == "row id"


FULL = {
    **PLAIN,
    "name": "full",
    "description": 'says "a\\b"\nand ünïcode [red]',
    "seed": 3,
    "compute": {"threads": 1, "precision": "float32"},
    "encoder": [
        {"use": "scale", "id": "first"},
        {
            "use": "triplet",
            "layers": [8, 4],
            "dim": 3,
            "pairs": {"use": "neighbors", "k": 4},
            "phase": [
                {"loss": "triplet", "epochs": 2},
                {
                    "loss": [{"use": "triplet", "margin": 0.5}, {"use": "reconstruction"}],
                    "name": "both",
                    "pairs": "augment",
                    "clip": 1.5,
                },
            ],
        },
    ],
    "clusterer": [
        {"use": "kmeans", "n_clusters": "classes"},
        {"use": "clusterforge:kmeans", "id": "two", "n_clusters": 2},
        {"use": "dbscan", "eps": 0.5},
    ],
    "metric": [{"use": "ari"}, {"use": "silhouette", "rows": 50}],
    "report": {"projection": {"use": "tsne", "rows": 100, "perplexity": 5.0}},
}


@pytest.mark.parametrize("recipe", [PLAIN, FULL], ids=["plain", "full"])
def test_the_resolved_recipe_says_the_same_again(recipe: Any, tmp_path: Path) -> None:
    first = resolved(recipe)
    again = tmp_path / "again.toml"
    again.write_text(tomli_w.dumps(first.given()))

    second = resolved(again)

    assert second.full() == first.full()
    assert second.given() == first.given()
    assert resolved(first.full()).full() == first.full()
    json.dumps(first.full(), allow_nan=False)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_the_recipes_we_ship_say_the_same_again(path: Path) -> None:
    try:
        first = resolve(read(path), Registry.installed())
    except RecipeError as error:
        if "is named" in str(error):
            pytest.skip(f"a plugin package is not installed: {error.problem}")
        raise

    assert resolve(read(first.given()), Registry.installed()).full() == first.full()


def test_paths_below_a_backbone_are_absolute(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    encoder = {
        "use": "triplet",
        "backbone": {"use": "sentence-transformer", "model": "./model"},
        "weights": "old",
    }
    path.write_text(tomli_w.dumps({**PLAIN, "encoder": [encoder]}))

    recipe = resolved(path)
    params: Any = recipe.encoders[0].params

    assert params.backbone.own["model"] == str(tmp_path / "model")
    assert params.weights == str(tmp_path / "old")
    assert recipe.given()["encoder"][0]["backbone"]["model"] == str(tmp_path / "model")


def test_the_qualified_name_is_the_same_plugin() -> None:
    bare = resolved(PLAIN)
    named = resolved({**PLAIN, "dataset": {"use": "clusterforge:blobs"}})

    assert named.full() == bare.full()


@pytest.mark.parametrize("key", ["pretrain_optimizer", "optimizer", "schedule", "pairs", "augment"])
def test_a_name_on_the_command_line_may_stand_for_a_table(key: str, tmp_path: Path) -> None:
    name = {"schedule": "cosine", "pairs": "neighbors", "augment": "random"}.get(key, "sgd")
    encoder = {"use": "dec", "n_clusters": 3, "pretrain_epochs": 2}
    if key == "pairs":
        encoder = {"use": "siamese", "epochs": 2}
    path = tmp_path / "recipe.toml"  # not where the override is from
    path.write_text(tomli_w.dumps({**PLAIN, "encoder": [encoder]}))

    recipe = resolved(path, f"encoder.0.{key}={name}")

    assert getattr(recipe.encoders[0].params, key).use == name
