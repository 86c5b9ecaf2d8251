"""The JSON Schema of recipes for editors: one branch per plugin, distinguished by ``use``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from clusterforge.params import Params
from clusterforge.phases import Backbone, LossUse, TrainedParams
from clusterforge.recipe.tables import (
    NONE,
    ClustererTable,
    EncoderTable,
    PluginTable,
    ProjectionRows,
    RecipeTables,
)
from clusterforge.registry import PREFIX, Plugin, Registry, one_line
from clusterforge.specs import EncoderSpec, Kind

DIALECT = "https://json-schema.org/draft/2020-12/schema"
LISTS: tuple[Kind, ...] = ("encoder", "clusterer", "metric")
SHARED: dict[Kind, type[PluginTable]] = {"encoder": EncoderTable, "clusterer": ClustererTable}
DEFS = "#/$defs/"

Schema = dict[str, Any]

PYTHON: Schema = {
    "title": "python:module:Class",
    "description": "A Python class or function; the other keys are its parameters.",
    "type": "object",
    "required": ["use"],
    "properties": {"use": {"type": "string", "pattern": f"^{PREFIX}"}},
}


def recipe_schema(registry: Registry) -> Schema:
    """Return the JSON Schema of a recipe that may use every plugin of a registry.

    Every table that names a plugin becomes one branch for each plugin, so that an editor
    completes and checks the plugin's own keys.
    """
    return _Builder(registry).recipe()


class _Builder:
    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.defs: dict[str, Schema] = {}
        self.shared = _model(TrainedParams)["$defs"]

    def recipe(self) -> Schema:
        top = _model(RecipeTables)
        self.defs |= {
            name: top["$defs"][name]
            for name in ("Budget", "Compute", "Evaluation", "Profile", "ReportTable", "Search")
        }
        self.defs |= {
            name: self.short_forms(value)
            for name, value in self.shared.items()
            if name not in ("PairsUse", "AugmentUse")
        }
        self.defs["LossUse"] = self.table("loss", self.registry.of("loss"), _keys(LossUse))
        self.defs["Backbone"] = self.table("encoder", self.backbones(), _keys(Backbone))
        fields = top["properties"]
        for kind in LISTS:
            shared = SHARED.get(kind, PluginTable)
            named = self.table(kind, self.registry.of(kind), _keys(shared))
            fields[kind]["items"] = named
        fields["dataset"] = {"description": fields["dataset"]["description"], **self.dataset()}
        fields["namer"] = {"description": fields["namer"]["description"], **self.namer()}
        self.defs["ReportTable"]["properties"]["projection"] |= self.projection()
        fields["extends"] = {
            "type": "string",
            "minLength": 1,
            "description": "The recipe to extend: tables are merged, everything else is replaced.",
        }
        whole = {
            "$schema": DIALECT,
            "title": "clusterforge recipe",
            "type": "object",
            "additionalProperties": False,
            "properties": fields,
            "anyOf": [{"required": ["extends"]}, {"required": top["required"]}],
            "$defs": self.defs,
        }
        cleaned: Schema = _without_null(whole)
        return cleaned

    def dataset(self) -> Schema:
        table = self.table("dataset", self.registry.of("dataset"), {})
        # With extends, a table may change single keys of the data set below.
        table["oneOf"].append({"type": "object", "not": {"required": ["use"]}})
        return table

    def namer(self) -> Schema:
        table = self.table("namer", self.registry.of("namer"), {})
        table["oneOf"].append(
            {
                "type": "object",
                "required": ["use"],
                "additionalProperties": False,
                "properties": {"use": {"const": NONE}},
            }
        )
        return table

    def backbones(self) -> list[Plugin]:
        encoders = [(plugin, _spec(plugin)) for plugin in self.registry.of("encoder")]
        return [p for p, spec in encoders if not spec.trained and "embedding" not in spec.takes]

    def projection(self) -> Schema:
        plugins = [p for p in self.registry.of("encoder") if "embedding" in _spec(p).takes]
        names = [NONE, *_names(plugins)]
        table = self.table("encoder", plugins, _keys(ProjectionRows))
        return {"anyOf": [{"type": "string", "enum": names}, {"const": False}, table]}

    def table(self, kind: Kind, plugins: Iterable[Plugin], shared: Mapping[str, Any]) -> Schema:
        """Return a table that names one of some plugins; ``shared`` are keys in addition to their own."""
        named = [self.branch(kind, plugin, shared) for plugin in plugins]
        return {"oneOf": [*named, PYTHON]}

    def by_name(self, kind: Kind) -> Schema:
        """Return what may name a part of a phase: its name, or a table."""
        plugins = self.registry.of(kind)
        table = self.table(kind, plugins, {})
        if kind == "augmentation":  # without use, it is the first
            table["oneOf"].append({"type": "object", "not": {"required": ["use"]}})
        name = {"type": "string", "anyOf": [{"enum": _names(plugins)}, {"pattern": f"^{PREFIX}"}]}
        return {"anyOf": [name, table]}

    def branch(self, kind: Kind, plugin: Plugin, shared: Mapping[str, Any]) -> Schema:
        name = ".".join((kind, plugin.distribution.name, plugin.spec.name, *sorted(shared)))
        if name not in self.defs:
            own = self.own(plugin, f"{kind}.{plugin.distribution.name}.{plugin.spec.name}")
            about = plugin.spec.summary
            use = {"type": "string", "enum": _names([plugin]), "description": about}
            self.defs[name] = {
                "title": plugin.spec.name,
                "description": about,
                "type": "object",
                "additionalProperties": own.get("additionalProperties", False),
                "required": ["use", *own.get("required", ())],
                "properties": {"use": use, **shared, **own.get("properties", {})},
            }
        return {"$ref": DEFS + name}

    def own(self, plugin: Plugin, prefix: str) -> Schema:
        """Return a plugin's parameters; models below them go among our definitions."""
        try:
            schema = _model(plugin.spec.params)
        except Exception as error:
            if plugin.distribution.ours:
                raise
            about = f"Its parameters can't be described: {one_line(error)}"
            return {"description": about, "additionalProperties": True}
        below = schema.pop("$defs", {})
        renamed = {
            DEFS + name: f"{DEFS}{prefix}.{name}"
            for name, value in below.items()
            if value != self.shared.get(name)
        }
        for name, value in below.items():
            if DEFS + name in renamed:
                self.defs[f"{prefix}.{name}"] = _renamed(value, renamed)
        changed: Schema = _renamed(self.short_forms(schema), renamed)
        return changed

    def short_forms(self, schema: Schema) -> Schema:
        """Take in what a recipe may say shorter: pairs and a loss by name, one loss for a list."""
        fields = dict(schema.get("properties", {}))
        if "pairs" in fields and "Phase" in self.shared:
            fields["pairs"] = fields["pairs"] | self.by_name("pairs")
            fields["augment"] = fields["augment"] | self.by_name("augmentation")
            for key in ("optimizer", "schedule", "pretrain_optimizer"):
                if key in fields:
                    fields[key] = _with_names(fields[key])
        if "loss" in fields and schema.get("title") == "Phase":
            loss = {"type": "string", "enum": _names(self.registry.of("loss"))}
            table = {"$ref": f"{DEFS}LossUse"}
            several = {"type": "array", "minItems": 1, "items": {"anyOf": [loss, table]}}
            about = {"description": fields["loss"]["description"]}
            fields["loss"] = {**about, "anyOf": [loss, table, several]}
        return {**schema, "properties": fields} if fields else schema


def _model(model: type[Params]) -> Schema:
    # The mode tells what a field holds; the other one hides tables that have a short form.
    return model.model_json_schema(mode="serialization")


def _keys(model: type[Params]) -> dict[str, Any]:
    return {name: field for name, field in _model(model)["properties"].items() if name != "use"}


def _spec(plugin: Plugin) -> EncoderSpec:
    assert isinstance(plugin.spec, EncoderSpec)
    return plugin.spec


def _names(plugins: Iterable[Plugin]) -> list[str]:
    """Return what a recipe may call these plugins."""
    names: list[str] = []
    for plugin in plugins:
        names += (
            [plugin.spec.name, plugin.qualified] if plugin.state == "ok" else [plugin.qualified]
        )
    return names


def _with_names(field: Schema) -> Schema:
    """Return a choice between tables, distinguished by ``use``, or of their names alone."""
    names = sorted(field["discriminator"]["mapping"])
    rest = {key: value for key, value in field.items() if key not in ("oneOf", "discriminator")}
    return {**rest, "anyOf": [{"type": "string", "enum": names}, *field["oneOf"]]}


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: names.get(item, item) if key == "$ref" else _renamed(item, names)
            for key, item in value.items()
        }
    return [_renamed(item, names) for item in value] if isinstance(value, list) else value


def _without_null(value: Any) -> Any:
    """Drop null, which TOML does not have, and what editors do not read."""
    if isinstance(value, dict):
        return {
            key: _without_null(item)
            for key, item in value.items()
            if not (key == "default" and item is None)
        }
    if isinstance(value, list):
        return [_without_null(item) for item in value if item != {"type": "null"}]
    return value
