"""The JSON Schema of recipes: what it accepts is what we accept, as far as a schema can say."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clusterforge.recipe.schema import recipe_schema
from clusterforge.registry import Registry
from tests.recipe.test_resolve import FULL, PLAIN

RECIPES = sorted((Path(__file__).parents[2] / "recipes").glob("*.toml"))


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return recipe_schema(Registry.installed(""))


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_every_reference_leads_somewhere_and_every_definition_is_used(schema: Any) -> None:
    found = {reference.removeprefix("#/$defs/") for reference in references(schema)}

    assert found == set(schema["$defs"])
    assert all("/" not in name and "~" not in name for name in found)


def test_every_plugin_is_a_branch_with_its_own_keys(schema: Any) -> None:
    registry = Registry.installed("")
    for plugin in registry.plugins:
        kind, name = plugin.spec.kind, plugin.spec.name
        branches = [
            value
            for key, value in schema["$defs"].items()
            if key.startswith(f"{kind}.clusterforge.{name}")
            and name in value["properties"].get("use", {}).get("enum", ())
        ]
        assert branches, plugin
        for branch in branches:
            assert branch["additionalProperties"] is False
            assert set(plugin.spec.params.model_fields) <= set(branch["properties"])
            assert branch["description"] == plugin.spec.summary


def test_it_holds_no_null_and_is_the_same_each_time(schema: Any) -> None:
    text = json.dumps(schema, allow_nan=False)

    assert '"null"' not in text
    assert json.dumps(recipe_schema(Registry.installed(""))) == text


def test_recipes_we_accept_are_valid(schema: Any) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(schema)

    for recipe in (PLAIN, FULL, {"extends": "x.toml", "dataset": {"limit": 3}}):
        assert not [error.message for error in validator.iter_errors(recipe)]
    for path in RECIPES:
        recipe = tomllib.loads(path.read_text())
        if not any(
            word in path.read_text() for word in ("hdbscan", "umap", "minilm", "efficientnet")
        ):
            assert not [error.message for error in validator.iter_errors(recipe)], path


@pytest.mark.parametrize(
    "change",
    [
        {"dataset": {"use": "blobs", "row": 3}},
        {"dataset": {"use": "blobs", "rows": "3"}},
        {"encoder": []},
        {"encoder": [{"use": "nope"}]},
        {"clusterer": [{"use": "kmeans"}]},
        {"seed": -1},
        {"sead": 1},
        {"report": {"projection": "kmeans"}},
        {"encoder": [{"use": "triplet", "phase": [{"loss": "nope"}]}]},
        {"encoder": [{"use": "triplet", "pairs": "nope"}]},
    ],
)
def test_recipes_we_refuse_are_not(schema: Any, change: dict[str, Any]) -> None:
    jsonschema = pytest.importorskip("jsonschema")

    assert not jsonschema.Draft202012Validator(schema).is_valid({**PLAIN, **change})
