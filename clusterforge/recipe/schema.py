"""The JSON Schema of recipes for editors: one branch a plugin, told apart by ``use``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from clusterforge.params import Params
from clusterforge.phases import Backbone, LossUse
from clusterforge.recipe.model import PluginTable, ProjectionRows, RecipeTables
from clusterforge.recipe.resolve import NO_PROJECTION
from clusterforge.registry import Plugin, Registry
from clusterforge.specs import EncoderSpec, Kind

DIALECT = "https://json-schema.org/draft/2020-12/schema"
LISTS: tuple[Kind, ...] = ("encoder", "clusterer", "metric")

Schema = dict[str, Any]


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

    def recipe(self) -> Schema:
        top = self.model(RecipeTables, "recipe")
        fields = top["properties"]
        for kind in LISTS:
            fields[kind] |= {"type": "array", "items": self.one_of(kind, self.registry.of(kind))}
        fields["dataset"] = {"description": "The data set."} | self.dataset()
        projection = self.defs["recipe.ReportTable"]["properties"]["projection"]
        projection |= self.projection()
        fields["extends"] = {
            "type": "string",
            "minLength": 1,
            "description": "A recipe that this one builds on: tables merge, everything else "
            "replaces.",
        }
        required = top.pop("required")
        self.pluck("recipe.PluginTable")
        return {
            "$schema": DIALECT,
            "title": "clusterforge recipe",
            **top,
            "anyOf": [{"required": ["extends"]}, {"required": required}],
            "$defs": self.defs,
        }

    def dataset(self) -> Schema:
        branches = self.one_of("dataset", self.registry.of("dataset"), entry=False)
        # With extends, a table may change single keys of the data set below.
        partial = {"title": "keys over those of extends", "not": {"required": ["use"]}}
        branches["oneOf"].append(partial)
        return branches

    def projection(self) -> Schema:
        plugins = [p for p in self.registry.of("encoder") if "embedding" in _encoder(p).takes]
        names = [NO_PROJECTION, *(name for plugin in plugins for name in _names(plugin))]
        rows = self.model(ProjectionRows, "projection")["properties"]
        table = self.one_of("encoder", plugins, entry=False, extra=rows)
        return {"anyOf": [{"type": "string", "enum": names}, table]}

    def one_of(
        self,
        kind: Kind,
        plugins: Iterable[Plugin],
        *,
        entry: bool = True,
        extra: Mapping[str, Any] | None = None,
    ) -> Schema:
        shared = dict(extra or {})
        if entry:
            shared["id"] = PluginTable.model_json_schema()["properties"]["id"]
        return {"oneOf": [self.branch(kind, plugin, shared) for plugin in plugins]}

    def branch(self, kind: Kind, plugin: Plugin, shared: Mapping[str, Any]) -> Schema:
        suffix = "+".join(shared)
        name = f"{kind}.{plugin.qualified}" + (f"+{suffix}" if suffix else "")
        if name not in self.defs:
            self.defs[name] = {}  # a loss or a backbone below may come back here
            own = self.model(plugin.spec.params, f"{kind}.{plugin.qualified}")
            use = {
                "enum": _names(plugin),
                "description": plugin.spec.summary,
            }
            own["title"] = plugin.spec.name
            own["description"] = plugin.spec.summary
            own["properties"] = {"use": use, **shared, **own.get("properties", {})}
            own["required"] = ["use", *own.get("required", ())]
            self.defs[name] = own
        return {"$ref": f"#/$defs/{_pointer(name)}"}

    def model(self, model: type[Params], prefix: str) -> Schema:
        """Return a model's schema; what it refers to goes into our definitions under a prefix."""
        schema: Schema = model.model_json_schema(ref_template=f"#/$defs/{_pointer(prefix)}.{{model}}")
        for name, below in schema.pop("$defs", {}).items():
            full = f"{prefix}.{name}"
            if name == LossUse.__name__:
                below = self.union("loss", self.registry.of("loss"), LossUse)
            elif name == Backbone.__name__:
                below = self.union("encoder", self.registry.of("encoder"), Backbone)
            self.defs[full] = below
        self.loosen(schema)
        for name in list(self.defs):
            if name.startswith(f"{prefix}."):
                self.loosen(self.defs[name])
        return schema

    def union(self, kind: Kind, plugins: Iterable[Plugin], model: type[Params]) -> Schema:
        shared = dict(model.model_json_schema()["properties"])
        shared.pop("use")
        return self.one_of(kind, plugins, entry=False, extra=shared)

    def loosen(self, schema: Schema) -> None:
        """Take the short forms in: a loss or pairs by name, one loss for a list of them."""
        for name, field in schema.get("properties", {}).items():
            if name == "loss" and field.get("type") != "array":
                use = {"type": "string", "enum": self.names("loss")}
                table = {"$ref": self.reference("LossUse")}
                several = {"type": "array", "minItems": 1, "items": {"anyOf": [use, table]}}
                about = {key: field[key] for key in ("description",) if key in field}
                schema["properties"][name] = {**about, "anyOf": [use, table, several]}

    def names(self, kind: Kind) -> list[str]:
        return [name for plugin in self.registry.of(kind) for name in _names(plugin)]
