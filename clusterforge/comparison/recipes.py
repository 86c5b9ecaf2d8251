"""What changed between runs: recipe, data, versions; and which runs are repetitions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clusterforge.comparison.folders import Opened

# What a result does not depend on.
BESIDE = ("seed", "name", "description", "report", "evaluation")
ABSENT = "–"


@dataclass(frozen=True)
class Change:
    """One key whose value is not the same in all runs; ``values`` are in the runs' order."""

    where: str
    key: str
    values: list[str]


@dataclass(frozen=True)
class Group:
    """Runs of one recipe on the same rows, one a seed; ``runs`` are positions."""

    runs: list[int]
    seeds: list[int]


def changes(runs: Sequence[Opened]) -> list[Change]:
    """Return what differs: ``recipe``, ``data`` and ``versions``, each with dotted keys."""
    told = []
    for where, flat in (("recipe", _recipe), ("data", _data), ("versions", _versions)):
        flats = [flat(run) for run in runs]
        for key in dict.fromkeys(key for values in flats for key in values):
            values = [_text(values[key]) if key in values else ABSENT for values in flats]
            if len(set(values)) > 1 and not _of_absent_entry(key, flats):
                told.append(Change(where, key, values))
    return sorted(told, key=lambda change: (change.where != "recipe", _beside(change)))


def _beside(change: Change) -> bool:
    """Tell whether a result does not depend on a key, except on the seed."""
    table = change.key.partition(".")[0]
    return change.where == "recipe" and table in BESIDE and table != "seed"


def _of_absent_entry(key: str, flats: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether a key is of an encoder, clusterer or metric that some run lacks as a whole.

    The list of their ids says so already.
    """
    table, _, rest = key.partition(".")
    name = rest.rpartition(".")[0]
    lists = [flat.get(table) for flat in flats]
    while name and not any(isinstance(ids, list) and name in ids for ids in lists):
        name = name.rpartition(".")[0]
    return bool(name) and not all(isinstance(ids, list) and name in ids for ids in lists)


def groups(runs: Sequence[Opened]) -> list[Group]:
    """Find repetitions: two runs or more of one recipe and data that differ in the seed alone."""
    alike: dict[str, dict[int, int]] = {}
    for place, run in enumerate(runs):
        if run.recipe and run.seed is not None:
            kept = {key: value for key, value in run.recipe.items() if key not in BESIDE}
            prints = {split: run.fingerprint(split) for split in run.content.splits}
            key = json.dumps([kept, prints], sort_keys=True, default=str)
            alike.setdefault(key, {}).setdefault(run.seed, place)
    return [Group(list(seeds.values()), list(seeds)) for seeds in alike.values() if len(seeds) > 1]


def _recipe(run: Opened) -> dict[str, Any]:
    """Flatten a recipe; entries of a list of plugins go by their id."""
    result: dict[str, Any] = {}
    for key, value in run.recipe.items():
        if isinstance(value, list) and value and all(isinstance(e, Mapping) for e in value):
            names = [str(entry.get("id") or entry.get("use")) for entry in value]
            result[key] = names
            for name, entry in zip(names, value, strict=True):
                rest = {k: v for k, v in entry.items() if k != "id"}
                result |= _flat(rest, f"{key}.{name}")
        else:
            result |= _flat({key: value}, "")
    return result


def _data(run: Opened) -> dict[str, Any]:
    data = run.content.run.get("data")
    data = data if isinstance(data, dict) else {}
    result = _flat({key: data.get(key) for key in ("content", "label_names", "notes")}, "")
    source = data.get("source")
    result |= _flat(source if isinstance(source, dict) else {}, "source")
    for split, told in run.content.splits.items():
        result |= {f"{split}.{key}": told.get(key) for key in ("rows", "labelled")}
        result[f"{split}.fingerprint"] = str(told.get("fingerprint") or ABSENT)[:12]
    return result


def _versions(run: Opened) -> dict[str, Any]:
    told = run.content.run
    result = {"clusterforge": told.get("clusterforge")}
    for table in ("versions", "compute"):
        values = told.get(table)
        result |= values if isinstance(values, dict) else {}
    for plugin in told.get("plugins") or []:
        if isinstance(plugin, dict):
            place = f"{plugin.get('distribution')}"
            result[place] = plugin.get("version")
            if plugin.get("code"):
                result[f"code of {place}"] = str(plugin["code"])[:12]
    return result


def _flat(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}.{key}" if prefix else str(key)
        if isinstance(value, Mapping) and value:
            result |= _flat(value, name)
        elif isinstance(value, list) and value and all(isinstance(e, Mapping) for e in value):
            result |= _flat({str(i): entry for i, entry in enumerate(value)}, name)
        else:
            result[name] = value
    return result


def _text(value: Any) -> str:
    if value is None:
        return ABSENT
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
