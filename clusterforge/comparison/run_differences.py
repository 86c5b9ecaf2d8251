"""What is not the same in the runs of a comparison: recipe, data, versions; and repetitions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import get_args

from pydantic import JsonValue

from clusterforge.comparison.findings import Change, Repetition, Where
from clusterforge.comparison.named_runs import NamedRun

# What a result does not depend on, but for the seed.
WITHOUT_EFFECT = ("seed", "name", "description", "report", "evaluation", "profile")
ABSENT = "–"
Values = dict[str, JsonValue]


def changes(runs: Sequence[NamedRun]) -> tuple[Change, ...]:
    """Return what differs in recipe, data and versions, with dotted keys."""
    result = []
    for where in get_args(Where):
        tables = [_VALUES[where](run) for run in runs]
        for key in dict.fromkeys(key for table in tables for key in table):
            values = tuple(_text(table[key]) if key in table else ABSENT for table in tables)
            if len(set(values)) > 1 and not _of_absent_entry(key, tables):
                result.append(Change(where=where, key=key, values=values))
    return tuple(sorted(result, key=lambda change: (change.where != "recipe", _idle(change))))


def repetitions(runs: Sequence[NamedRun]) -> tuple[Repetition, ...]:
    """Find two runs or more of one recipe and the same rows that differ in the seed alone."""
    alike: dict[str, dict[int, str]] = {}
    for run in runs:
        recipe = {k: v for k, v in run.folder.recipe.items() if k not in WITHOUT_EFFECT}
        rows = {name: split.fingerprint for name, split in run.folder.run.data.splits.items()}
        letters = alike.setdefault(json.dumps([recipe, rows], sort_keys=True), {})
        letters.setdefault(run.folder.run.seed, run.letter)
    return tuple(
        Repetition(runs=tuple(letters.values()), seeds=tuple(letters))
        for letters in alike.values()
        if len(letters) > 1
    )


def _idle(change: Change) -> bool:
    """Tell whether a result does not depend on a key of the recipe."""
    return change.key != "seed" and change.key.partition(".")[0] in WITHOUT_EFFECT


def _of_absent_entry(key: str, tables: Sequence[Values]) -> bool:
    """Tell whether a key is of an encoder, clusterer or metric that some run lacks as a whole.

    The list of their ids says so already.
    """
    kind, _, rest = key.partition(".")
    entries = [ids for table in tables if isinstance(ids := table.get(kind), list)]
    every = {entry for ids in entries for entry in ids if isinstance(entry, str)}
    owner = next((name for name in every if rest.startswith(f"{name}.")), None)
    return owner is not None and not (
        len(entries) == len(tables) and all(owner in ids for ids in entries)
    )


def _recipe(run: NamedRun) -> Values:
    """Flatten a recipe; entries of a list of plugins go by their id."""
    result: Values = {}
    for key, value in run.folder.recipe.items():
        if isinstance(value, list) and value and all(isinstance(entry, dict) for entry in value):
            tables = [entry for entry in value if isinstance(entry, dict)]
            names = [str(table.get("id", table.get("use"))) for table in tables]
            result[key] = list(names)
            for name, table in zip(names, tables, strict=True):
                result |= _flat({k: v for k, v in table.items() if k != "id"}, f"{key}.{name}")
        else:
            result |= _flat({key: value})
    return result


def _data(run: NamedRun) -> Values:
    data = run.folder.run.data
    result: Values = {
        "content": data.content,
        "label_names": list(data.label_names),
        "notes": list(data.notes),
        **_flat(data.source, "source"),
    }
    for name, split in data.splits.items():
        result[f"{name}.rows"], result[f"{name}.labelled"] = split.rows, split.labelled
        result[f"{name}.fingerprint"] = split.fingerprint[:12]
    return result


def _versions(run: NamedRun) -> Values:
    record = run.folder.run
    result: Values = {"clusterforge": record.clusterforge, **record.versions}
    result |= record.compute.model_dump(mode="json")
    for plugin in record.plugins:
        result[plugin.distribution] = plugin.version
        result[f"code of {plugin.distribution}"] = plugin.code[:12]
    return result


def _flat(values: Mapping[str, JsonValue], prefix: str = "") -> Values:
    result: Values = {}
    for key, value in values.items():
        name = f"{prefix}.{key}" if prefix else key
        if isinstance(value, dict) and value:
            result |= _flat(value, name)
        elif isinstance(value, list) and value and all(isinstance(entry, dict) for entry in value):
            result |= _flat({str(i): entry for i, entry in enumerate(value)}, name)
        else:
            result[name] = value
    return result


_VALUES = {"recipe": _recipe, "data": _data, "versions": _versions}


def _text(value: JsonValue) -> str:
    if value is None:
        return ABSENT
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
