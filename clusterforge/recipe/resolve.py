"""From a recipe's tables to a validated recipe: every name resolved, every parameter checked."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from clusterforge.errors import ClusterforgeError, InputError, PluginError, RecipeError, nearest
from clusterforge.formats import first_of
from clusterforge.params import DerivedParams, Params
from clusterforge.phases import Optimisation, Phase, TrainedParams, Use
from clusterforge.recipe.model import Entry, Projection, Recipe
from clusterforge.recipe.phase_rules import phase_problems
from clusterforge.recipe.source import Source
from clusterforge.recipe.tables import (
    EDITS,
    NAMER,
    NONE,
    PROJECTION,
    SINGLE,
    ProjectionRows,
    RecipeTables,
)
from clusterforge.registry import PREFIX, Plugin, Registry
from clusterforge.specs import ClustererSpec, EncoderSpec, Kind, LossSpec, Spec
from clusterforge.validation import validated

T = TypeVar("T", bound=Use)

KINDS: tuple[Kind, ...] = ("dataset", "encoder", "clusterer", "metric", "namer")
FEW, LISTED = 3, 12  # plugins and keys that a message names
ASSIGNMENT_COLUMNS = ("split", "id", "label")


def resolve(source: Source, registry: Registry) -> Recipe:
    """Validate a recipe against the installed plugins; nothing is imported or loaded.

    Only what a ``python:`` name stands for is imported, where the registry allows it.

    Raises
    ------
    RecipeError
        With file, key, what is wrong and the nearest valid thing, in one line.
    """
    resolver, data = _Resolver(source, registry), source.data
    for key in data.keys() - RecipeTables.model_fields.keys():
        resolver.check_owner(key, key)
    tables = validated(RecipeTables, data, place="", file=source.file, folder=source.folder)
    recipe = Recipe(
        file=source.file,
        name=tables.name or _folder_name(source.file),
        description=tables.description,
        seed=tables.seed,
        dataset=resolver.entry("dataset", "dataset", data["dataset"]),
        encoders=resolver.entries("encoder", data["encoder"]),
        clusterers=resolver.clusterers(data["clusterer"], data.get(EDITS)),
        metrics=resolver.entries("metric", data.get("metric", ())),
        namer=resolver.namer(data.get(NAMER)),
        projection=resolver.projection(tables.report.projection),
        compute=tables.compute,
        evaluation=tables.evaluation,
        profile=tables.profile,
        figures=tables.report.figures,
        search=tables.search,
        seeds=tables.seeds,
        baselines=tables.baselines,
    )
    _check_chain(recipe, registry)
    return recipe


def _folder_name(file: str | None) -> str:
    """Return the name of a file as a name that a recipe may give itself."""
    stem = Path(file).stem if file else ""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).lstrip("._-")[:100] or "recipe"


class _Resolver:
    def __init__(self, source: Source, registry: Registry) -> None:
        self.source, self.registry = source, registry

    def _wrong(self, problem: str, *, key: str, remedy: str | None = None) -> RecipeError:
        return RecipeError(problem, key=key, remedy=remedy, file=self.source.file)

    def entries(self, kind: Kind, tables: Any) -> tuple[Entry, ...]:
        entries = tuple(
            self.entry(kind, f"{kind}.{index}", table) for index, table in enumerate(tables)
        )
        for entry in entries:
            if kind == "clusterer" and entry.id in ASSIGNMENT_COLUMNS:
                raise self._wrong(
                    f"{entry.id!r} is already a column of assignments.parquet",
                    key=f"{entry.table}.id",
                    remedy="give it another id",
                )
        for name, uses in Counter(entry.id for entry in entries).items():
            if uses > 1:
                second = [entry for entry in entries if entry.id == name][1]
                raise self._wrong(
                    f"two entries are named {name!r}",
                    key=f"{second.table}.id",
                    remedy="give one of them an id",
                )
        return entries

    def clusterers(self, tables: Any, edits: str | None) -> tuple[Entry, ...]:
        entries = self.entries("clusterer", tables)
        first = next(
            (entry for entry in entries if not isinstance(entry.params, DerivedParams)), None
        )
        if edits is not None:
            entries = (self._edited(edits, entries), *entries)
        return tuple(self._derived(entry, entries, first) for entry in entries)

    def _edited(self, edits: str, entries: tuple[Entry, ...]) -> Entry:
        """Return the clusterer that applies edits to the first of the recipe's own."""
        editing = self.registry.editing_clusterer()
        if editing is None:
            raise self._wrong("no clusterer applies edits", key=EDITS)
        below, ids = entries[0], {entry.id for entry in entries}
        table = {"use": editing.use, "of": below.id, "edits": edits}
        edited = self.entry("clusterer", EDITS, table)
        ids_left = (f"{edited.id}-{number}" for number in count(2))
        id = edited.id if edited.id not in ids else next(id for id in ids_left if id not in ids)
        return replace(edited, id=id, layers=below.layers)

    def _derived(self, entry: Entry, entries: tuple[Entry, ...], first: Entry | None) -> Entry:
        """Check what a clusterer works on, and put the default in its place."""
        params = entry.params
        if not isinstance(params, DerivedParams):
            return entry
        key = f"{entry.table}.of"
        if not params.of:
            if first is None:
                raise self._wrong("there is no clusterer to work on", key=key)
            params = params.model_copy(update={"of": (first.id,)})
        others = {other.id: other for other in entries if other.id != entry.id}
        before = entries if entry.table == EDITS else entries[: entries.index(entry)]
        for name in params.of:
            if name not in others:
                problem = f"there is no other clusterer {name!r}"
                raise self._wrong(problem, key=key, remedy=nearest(name, others))
            if isinstance(others[name].params, DerivedParams) and others[name] not in before:
                problem = f"{name!r} itself works on other clusterers and comes after this one"
                raise self._wrong(problem, key=key, remedy="put it before this one")
        return replace(entry, params=params)

    def entry(self, kind: Kind, place: str, table: Mapping[str, Any]) -> Entry:
        named = place not in (*SINGLE, EDITS)
        layered = kind == "clusterer" and place != EDITS
        in_chain = kind == "encoder" and named
        reserved = {"use"} | ({"id"} if named else set()) | ({"layers"} if layered else set())
        reserved |= {"reads"} if in_chain else set()
        own = {key: value for key, value in table.items() if key not in reserved}
        try:
            plugin = self._find(kind, table["use"], f"{place}.use")
        except InputError as error:
            raise self._placed(error, f"{place}.use") from None
        params = self.params(plugin, own, place)
        if isinstance(params, TrainedParams):
            params = self._trained(params, place)
            try:
                for problem in phase_problems(params, plugin.spec, self._spec):
                    raise problem
            except InputError as error:
                raise self._placed(error, f"{place}.{error.key}") from None
            except Exception as error:
                raise plugin.failed(f"{place}: its phases can't be read", error) from error
        name = table.get("id") if named else None
        layers = table.get("layers", True) if layered else True
        layers = layers if isinstance(layers, bool) else tuple(layers)
        reads = table.get("reads") if in_chain else None
        return Entry(place, name or plugin.spec.name, plugin, params, layers, reads)

    def params(self, plugin: Plugin, own: Mapping[str, Any], place: str) -> Any:
        self._check_keys(plugin, own, place)
        try:
            return self._validated(plugin.spec.params, own, place)
        except ClusterforgeError:
            raise
        except Exception as error:  # a model that can't be built, a validator that fails
            raise plugin.failed(f"{place}: its parameters can't be read", error) from error

    def _check_keys(self, plugin: Plugin, own: Mapping[str, Any], place: str) -> None:
        """Refuse a key that other plugins of the kind have, as it stays where ``use`` alone is changed."""
        try:
            known = plugin.spec.params.model_fields
            if plugin.spec.params.model_config.get("extra") != "forbid":
                return
            others = [p for p in self.registry.of(plugin.spec.kind) if p is not plugin]
            for key in (key for key in own if key not in known):
                whose = [p.use for p in others if key in p.spec.params.model_fields]
                if not whose:
                    self.check_owner(key, f"{place}.{key}")
                    continue
                remedy = f"remove it; keys of {plugin.use}: {first_of(sorted(known), LISTED)}"
                if (
                    *place.split("."),
                    "use",
                ) in self.source.folders:  # by --set: the other keys stay
                    needed = (f", {name}=…" for name, of in known.items() if of.is_required())
                    table = f"{place}={{use={json.dumps(plugin.use)}{''.join(needed)}}}"
                    table = shlex.quote(table)
                    remedy += f"; to replace the table as a whole: --set {table}"
                raise self._wrong(
                    f"{plugin.use} has no such key, it is one of {first_of(whose, FEW)}",
                    key=f"{place}.{key}",
                    remedy=remedy,
                )
        except RecipeError:
            raise
        except Exception as error:  # a model of somebody else's that can't be built
            raise plugin.failed(f"{place}: its parameters can't be read", error) from error

    def check_owner(self, key: str, place: str) -> None:
        """Refuse a key that stands elsewhere than below the entry or table of the recipe that has it."""
        for table, known in self._tables():
            if key in known:
                raise self._wrong(
                    f"is a key of {table}, and does not stand here",
                    key=place,
                    remedy=f"write it below {_header(table)}, or --set {table}.{key}=…",
                )

    def _tables(self) -> Iterator[tuple[str, Collection[str]]]:
        """Yield the entries of the recipe, as ``--set`` calls them, and its other tables, with their keys."""
        for kind in KINDS:
            tables = self.source.data.get(kind, ())
            for table in tables if isinstance(tables, list | tuple) else (tables,):
                use = table.get("use") if isinstance(table, Mapping) else None
                if not isinstance(use, str):
                    continue
                with suppress(Exception):  # said where the plugin is looked up
                    spec = self._find(kind, use, kind).spec
                    name = "" if tables is table else f".{table.get('id', use)}"
                    yield f"{kind}{name}", spec.params.model_fields
        for name, field in RecipeTables.model_fields.items():
            model = field.annotation
            if isinstance(model, type) and issubclass(model, Params):
                yield name, model.model_fields

    def _validated(self, model: type[Params], own: Mapping[str, Any], place: str) -> Params:
        parts = place.split(".")
        folders = {self.source.folder_of(*parts, key) for key in own} or {self.source.folder}
        # A table whose keys come from recipes in different folders: each key by its own folder.
        if len(folders) > 1:
            own = {
                key: _absolute(value, self.source.folder_of(*parts, key), model, key)
                for key, value in own.items()
            }
        return validated(
            model, own, place=place, file=self.source.file, folder=min(folders, key=str)
        )

    def namer(self, table: Mapping[str, Any] | None) -> Entry | None:
        if table is None:
            default = self.registry.default_namer()
            return self.entry("namer", NAMER, {"use": default.use}) if default else None
        if table["use"] != NONE:
            return self.entry("namer", NAMER, table)
        if more := sorted(table.keys() - {"use"}):
            raise self._wrong(
                f'use = "{NONE}" has no parameters',
                key=f"{NAMER}.{more[0]}",
                remedy="leave this key out",
            )
        return None

    def projection(self, value: str | bool | dict[str, Any]) -> Projection | None:
        place = PROJECTION
        if value is False or value == NONE:
            return None
        table = dict(value) if isinstance(value, dict) else {"use": value}
        if not isinstance(table.get("use"), str):
            raise self._wrong("is missing", key=f"{place}.use")
        rows = {key: table.pop(key) for key in ProjectionRows.model_fields if key in table}
        settings = validated(
            ProjectionRows, rows, place=place, file=self.source.file, folder=self.source.folder
        )
        try:
            return Projection(self.entry("encoder", place, table), settings.rows, settings.fit_rows)
        except RecipeError as error:
            if isinstance(value, str):
                hint = f'"{NONE}" draws no map'
                error.remedy = f"{error.remedy}; {hint}" if error.remedy else hint
            raise

    def _trained(self, params: TrainedParams, place: str) -> TrainedParams:
        """Check what names other plugins, and put their validated parameters in its place."""
        changes: dict[str, Any] = {}
        changes |= self._views(params, place)
        if params.phase:
            changes["phase"] = tuple(
                self._phase(phase, f"{place}.phase.{index}")
                for index, phase in enumerate(params.phase)
            )
        if params.backbone:
            changes["backbone"] = self._named("encoder", params.backbone, f"{place}.backbone")
        return params.model_copy(update=changes) if changes else params

    def _phase(self, phase: Phase, place: str) -> Phase:
        at = [f"{place}.loss.{index}" for index in range(len(phase.loss))]
        at = at if len(at) > 1 else [f"{place}.loss"]
        losses = (self._named("loss", *pair) for pair in zip(phase.loss, at, strict=True))
        return phase.model_copy(update={"loss": tuple(losses), **self._views(phase, place)})

    def _views(self, stated: Optimisation, place: str) -> dict[str, Use]:
        named: dict[str, tuple[Kind, Use | None]] = {
            "pairs": ("pairs", stated.pairs),
            "augment": ("augmentation", stated.augment),
        }
        return {
            key: self._named(kind, use, f"{place}.{key}")
            for key, (kind, use) in named.items()
            if use
        }

    def _spec(self, kind: Kind, use: Use) -> Spec:
        return self.registry.find(kind, use.use).spec

    def _named(self, kind: Kind, table: T, place: str) -> T:
        try:
            plugin = self._find(kind, table.use, f"{place}.use")
        except InputError as error:
            key = f"{place}.use" if kind == "encoder" else place
            raise self._placed(error, key) from None
        own = self.params(plugin, table.own, place)
        changes = own.model_dump(exclude_unset=True)
        if table.use.startswith(PREFIX):
            changes["use"] = plugin.use  # from here on it is not relative to the recipe
        return table.model_copy(update=changes)

    def _find(self, kind: Kind, name: str, place: str) -> Plugin:
        try:
            return self.registry.find(kind, name, self.source.folder_of(*place.split(".")))
        except PluginError as error:  # what a python: name stands for can't be imported
            where = ": ".join(part for part in (self.source.file, place) if part)
            raise PluginError(f"{where}: {error}") from error

    def _placed(self, error: InputError, key: str) -> RecipeError:
        return self._wrong(error.problem, key=key, remedy=error.remedy)


def _header(table: str) -> str:
    """Return the line that begins a table."""
    kind, dot, _ = table.partition(".")
    return f"its [[{kind}]]" if dot else f"[{kind}]"


def _absolute(value: Any, folder: Path, model: Any, key: str) -> Any:
    """Make a path in one key absolute, by validating that key alone in its folder."""
    from pydantic import TypeAdapter, ValidationError

    field = model.model_fields.get(key)
    if not isinstance(value, str) or field is None:
        return value
    try:
        adapter = TypeAdapter(field.rebuild_annotation())
        valid = adapter.validate_python(value, strict=True, context={"folder": folder})
    except ValidationError:
        return value
    return valid if isinstance(valid, str) else value  # a name for a table is no path


def _check_chain(recipe: Recipe, registry: Registry) -> None:
    """Check what can be checked of the chain without the data."""

    def wrong(problem: str, entry: Entry, remedy: str) -> RecipeError:
        return RecipeError(problem, key=f"{entry.table}.use", remedy=remedy, file=recipe.file)

    for link in recipe.links:
        entry, spec = link.entry, link.entry.spec(EncoderSpec)
        if not spec.inductive:
            raise wrong(
                f"encoder {spec.name!r} can't encode rows it was not fitted on",
                entry,
                "it can only be used as report.projection",
            )
        if link.below and "embedding" not in spec.takes:
            takes = " or ".join(sorted(spec.takes))
            raise wrong(
                f"encoder {spec.name!r} takes {takes}, but another encoder comes before it",
                entry,
                "put it first, or begin a branch with reads and join the branches",
            )
        if spec.joins and len(link.below) < 2:
            raise wrong(
                f"encoder {spec.name!r} joins branches of encoders, but there is only one before it",
                entry,
                'begin each branch with an encoder that says what it reads: reads = "text"',
            )
    specs = [(plugin, plugin.spec) for plugin in registry.of("encoder")]
    used = {number for link in recipe.links for number in link.below}
    for number, entry in enumerate(recipe.encoders[:-1]):
        if number not in used:
            joining = [p.use for p, spec in specs if isinstance(spec, EncoderSpec) and spec.joins]
            raise wrong(
                "its branch of encoders is not joined with the others",
                entry,
                f"put an encoder that joins branches after them: {', '.join(joining)}",
            )
    last = recipe.encoders[-1]
    encoders = [(plugin.use, spec) for plugin, spec in specs if isinstance(spec, EncoderSpec)]
    for entry in recipe.clusterers:
        if entry.spec(ClustererSpec).needs_head and _gives_head(last, registry) is False:
            able = ", ".join(name for name, spec in encoders if spec.gives_head)
            raise wrong(
                f"clusterer {entry.plugin.spec.name!r} needs an encoder with its own head, but "
                f"{last.plugin.spec.name!r} has none",
                entry,
                f"put one of {able} last, or leave this clusterer out",
            )
    drawn_by = recipe.projection.entry.spec(EncoderSpec) if recipe.projection else None
    if drawn_by and "embedding" not in drawn_by.takes:
        raise RecipeError(
            f"encoder {drawn_by.name!r} can't project an embedding",
            key="report.projection",
            remedy=nearest("", [name for name, spec in encoders if "embedding" in spec.takes]),
            file=recipe.file,
        )


def _gives_head(entry: Entry, registry: Registry) -> bool | None:
    """Tell whether an encoder assigns rows to clusters or classes; None where only a run can tell."""
    spec = entry.spec(EncoderSpec)
    if isinstance(entry.params, TrainedParams) and entry.params.phase:
        uses = (use for phase in entry.params.phase for use in phase.loss)
        losses = (registry.find("loss", use.use).spec for use in uses)
        return any(isinstance(loss, LossSpec) and loss.gives_head for loss in losses)
    return spec.gives_head if spec.trained else bool(spec.gives_head)
