"""Recipes from Python may hold objects: ``{"use": KMeans(5)}``; here they become names and values.

An object that a table of a recipe can say becomes one: its class by name, its parameters as keys. Any
other keeps a name of this session, and what it looked like.
"""

from __future__ import annotations

import importlib.util
import inspect
import math
import re
import sys
from collections.abc import Mapping
from typing import Any

from clusterforge.errors import RecipeError
from clusterforge.params import Params
from clusterforge.registry.python_names import OBJECT
from clusterforge.registry.registry import PREFIX

TABLES, LISTS = ("dataset", "namer"), ("encoder", "clusterer", "metric")
LENGTH = 2_000
Table = dict[str, Any]  # of a recipe: keys and what TOML or Python gives for them


def without_objects(recipe: Mapping[str, Any]) -> tuple[Table, Table]:
    """Return a recipe's tables with names in the place of objects, and the objects by name.

    Raises
    ------
    RecipeError
        Where a table gives an object, which has its parameters, more of them.
    """
    held: Table = {}

    def named(table: Any, place: str) -> Any:
        if not isinstance(table, Mapping) or isinstance(table.get("use"), str | None):
            return table
        return _named(dict(table), place, held)

    tables = dict(recipe)
    for name in TABLES:
        if name in tables:
            tables[name] = named(tables[name], name)
    for name in LISTS:
        if isinstance(tables.get(name), list | tuple):
            tables[name] = [named(table, f"{name}.{i}") for i, table in enumerate(tables[name])]
    report = tables.get("report")
    if isinstance(report, Mapping) and "projection" in report:
        projection = named(report["projection"], "report.projection")
        tables["report"] = {**report, "projection": projection}
    return tables, held


def _named(table: Table, place: str, held: Table) -> Table:
    value = table.pop("use")
    single = isinstance(value, type) or inspect.isroutine(value)
    reserved = {"id", *(("rows", "fit_rows") if place == "report.projection" else ("layers",))}
    more = sorted(table.keys() - reserved)
    if more and not single:
        raise RecipeError(
            "an object already has its parameters",
            key=f"{place}.{more[0]}",
            remedy="use the class, or set them on the object",
        )
    target = value if single else type(value)
    python_name = _name(target)
    own = _own(value, target)
    if python_name and (single or own is not None):
        return {"use": python_name, **(own or {}), **table}
    if isinstance(getattr(value, "params", None), Params) and own is not None:
        # One of our contracts: its class is held, its parameters shown.
        value, single = target, True
    name = re.sub(r"\W", "", getattr(target, "__name__", "")) or "object"
    use = f"{PREFIX}{OBJECT}:{name}"
    use = use if use not in held else f"{use}-{len(held) + 1}"
    held[use] = value
    return {"use": use, **((own or {}) if single else {"object": described(value)}), **table}


def described(value: Any) -> str:
    """Return class and parameters of an object, as they would be written."""
    parameters = value.get_params(deep=False) if hasattr(value, "get_params") else {}
    inside = ", ".join(f"{name}={value!r}" for name, value in parameters.items())
    text = f"{type(value).__module__}.{type(value).__qualname__}({inside})"
    return re.sub(r" at 0x[0-9a-f]+", "", text)[:LENGTH]


def _name(target: Any) -> str | None:
    """Return the ``python:`` name of a class or function; None where a file can't name it."""
    module, name = target.__module__, target.__qualname__
    if module == "__main__" or "." in name or "<" in name or module not in sys.modules:
        return None
    try:
        if importlib.util.find_spec(module) is None:
            return None
    except (ImportError, ValueError):
        return None
    # sklearn.cluster is where the public finds what sklearn.cluster._kmeans defines.
    parts = module.split(".")
    for length in range(1, len(parts) + 1):
        shorter = ".".join(parts[:length])
        if vars(sys.modules[shorter]).get(name) is target:
            return f"{PREFIX}{shorter}:{name}"
    return None


def _own(given: Any, target: Any) -> Table | None:
    """Return the parameters of an object as keys of a table; None where a table can't say them."""
    if given is target:
        return {}
    params = getattr(given, "params", None)
    if isinstance(params, Params):
        return params.model_dump(mode="json", exclude_unset=True)
    if not hasattr(given, "get_params"):
        return None
    keys: Table = {}
    defaults = {name: p.default for name, p in inspect.signature(target).parameters.items()}
    for name, value in given.get_params(deep=False).items():
        default = defaults.get(name, inspect.Parameter.empty)
        if value is default or (
            type(value) is type(default) and _plain(value) and value == default
        ):
            continue
        # A list of the recipe becomes a tuple only where the default is one.
        inner = list(value) if isinstance(value, tuple) and isinstance(default, tuple) else value
        if (isinstance(value, list) and isinstance(default, tuple)) or not _plain(inner):
            return None
        keys[name] = inner
    return keys


def _plain(value: Any) -> bool:
    """Return whether TOML can say a value; a tuple would come back as a list."""
    if isinstance(value, list):
        return all(map(_plain, value))
    if isinstance(value, dict):
        return all(type(key) is str and _plain(item) for key, item in value.items())
    return type(value) in (bool, str, int) or (type(value) is float and math.isfinite(value))
