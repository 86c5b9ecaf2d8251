"""One parameter model against one table: a pydantic error becomes one line with the key."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from clusterforge.errors import RecipeError, nearest
from clusterforge.params import Params
from clusterforge.toml_syntax import value_remedy

M = TypeVar("M", bound=Params)

BE = "must be "
TAGS = ("use", "do")
"""Keys that say which of several models a table has."""

_NO_LIST = frozenset({"literal_error", "string_type", "bool_type", "int_type"})
_LISTS = frozenset({"tuple_type", "list_type"})
_TABLES = frozenset({"model_type", "model_attributes_type", "dict_type"})
_TEXTS = frozenset({"string_type", "tuple_type"})
_NO_TEXT = _LISTS | {"int_type", "float_type", "bool_type", "dict_type", "literal_error"}
DEEPEST = 40  # tables and lists within each other, which recipes do not have
LISTED_TABLES = ("encoder", "clusterer", "metric")
NAMED_TABLES = (*LISTED_TABLES, "dataset", "namer")
"""Tables of a recipe that name a plugin by ``use``."""
_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{1,12})?")
SEVERAL = "can stand several times, and is written as one table"
ONCE = "stands once, and is written as a list of tables"
WISHES = {
    "int_type": "must be an integer",
    "int_from_float": "must be an integer",
    "int_parsing_size": "must be a smaller integer",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be greater than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "literal_error": "must be {expected}",
    "too_short": "must have at least {min_length} items",
    "hidden": "must have at most {max_length} items",
    "missing_argument": "has too few items",
    "unexpected_positional_argument": "has too many items",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must match {pattern}",
}
LINES = {
    "dataset": 'write the lines [dataset], use = "files", path = "FILE.csv" and text = "COLUMN", or '
    "let clusterforge init FILE write a recipe",
    "encoder": 'write the lines [[encoder]] and use = "…"; names: clusterforge list-plugins',
    "clusterer": 'write the lines [[clusterer]] and use = "…"; names: clusterforge list-plugins',
}
"""What to write where a part of a recipe is missing."""


@runtime_checkable
class _Row(Protocol):
    """An array or a column of a data frame."""

    @property
    def ndim(self) -> int:
        """Its dimensions."""

    def tolist(self) -> list[Any]:
        """Return its values."""


def plain(value: Any, depth: int = 0) -> Any:
    """Return tables with paths as text, and numbers and rows of any library as Python's: a deep copy.

    What is deeper than any table may be stays as it is.
    """
    if depth > DEEPEST or value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Mapping):
        return {name: plain(item, depth + 1) for name, item in value.items()}
    if isinstance(value, _Row) and value.ndim <= 1:
        return plain(value.tolist(), depth + 1)
    if isinstance(value, list | tuple):
        return [plain(item, depth + 1) for item in value]
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def validated(
    model: type[M], table: Mapping[str, Any], *, place: str, file: str | None, folder: Path | None
) -> M:
    """Validate a table.

    Parameters
    ----------
    model
        The parameter model.
    table
        The table, as JSON values.
    place
        Where the table stands in the recipe (``encoder.1``); empty for the top level.
    file
        The recipe's file, for the message.
    folder
        What relative paths are relative to; None: they stay as they are.

    Raises
    ------
    RecipeError
        With the key and what is wrong with it, in one line.
    """
    try:
        # Validating as JSON lets a list be a tuple and still takes no text for a number.
        return model.model_validate_json(
            json.dumps(table, default=str), context=folder and {"folder": folder}
        )
    except ValidationError as error:
        raise explained(error, table, model, place, file) from None


def explained(
    error: ValidationError,
    table: Mapping[str, Any],
    model: type[Params],
    place: str,
    file: str | None,
) -> RecipeError:
    """Return what is wrong with a table in one line, with its key; arguments as of :func:`validated`."""
    groups: dict[tuple[str, ...], list[ErrorDetails]] = {}
    for details in error.errors(include_url=False, include_context=True):
        groups.setdefault(_real_place(details, table), []).append(details)
    # The deepest place says most: a union reports its other members at a shallower one.
    where, problems = max(
        groups.items(),
        key=lambda group: (group[1][0]["type"] == "extra_forbidden", len(group[0])),
    )
    problem, remedy = _problem(problems, model, where, table)
    used = problems[0].get("input")
    if (
        isinstance(used, str)
        and not place
        and where
        and where[0] in NAMED_TABLES
        and len(where) < 3
    ):
        line = f"[[{where[0]}]]" if where[0] in LISTED_TABLES else f"[{where[0]}]"
        remedy = f'write {line}, and below it use = "{used:.60}"'
    if problem in (SEVERAL, ONCE):
        names = [part for part in (*place.split("."), *where) if part and not part.isdecimal()]
        name = ".".join(names)
        remedy = f"write [[{name}]]" if problem == SEVERAL else f"write [{name}]"
    key = ".".join(part for part in (place, *where) if part) or None
    return RecipeError(problem, key=key, remedy=remedy, file=file)


def _real_place(details: ErrorDetails, table: Any) -> tuple[str, ...]:
    """Drop the parts of a location that name a member of a union, not a key of the table."""
    place: list[str] = []
    at: Any = table
    for part in details["loc"]:
        here = range(len(at)) if isinstance(at, list | tuple) else at
        if isinstance(here, range | Mapping) and part in here:
            at = at[part]
        elif details["type"] == "missing" and part == details["loc"][-1]:
            pass
        else:
            continue
        place.append(str(part))
    return tuple(place)


def _problem(
    problems: list[ErrorDetails], model: type[Params], where: tuple[str, ...], table: Any
) -> tuple[str, str | None]:
    first = problems[0]
    kind, context = first["type"], first.get("ctx", {})
    if kind == "extra_forbidden":
        table_model = _model_at(model, where[:-1], table)
        hint = nearest(where[-1], table_model.model_fields) if table_model else None
        return f"unknown key {where[-1]!r}", hint
    if isinstance(first.get("input"), int | float) and {p["type"] for p in problems} <= _TEXTS:
        written = _short(first["input"])
        return f"must be text, not {written}", f"write it in quotes: '\"{written}\"'"
    if kind == "missing":
        about = _about(model, where, table)
        return f"is missing ({about})" if about else "is missing", LINES.get(".".join(where))
    if kind == "union_tag_not_found":
        tag = str(context.get("discriminator")).strip("'")
        tags = {str(_tag(one, tag)) for one in _models_at(model, where, table)[0]}
        return f"has no key {tag!r}", f"write {tag} = one of {', '.join(sorted(tags))}"
    if kind == "union_tag_invalid":
        expected = [name.strip("' ") for name in str(context.get("expected_tags", "")).split(",")]
        return f"{context.get('tag')!r} is not known", nearest(str(context.get("tag")), expected)
    value = first.get("input")
    if kind == "tuple_type" and isinstance(value, Mapping):
        return SEVERAL, None
    if kind in _TABLES and isinstance(value, list) and any(isinstance(v, dict) for v in value):
        return ONCE, None
    hidden = value == "" or isinstance(value, dict | list | tuple)
    actual = "" if hidden else f", not {_short(value)}"
    if isinstance(
        value, list | tuple
    ):  # a list is meant: what its other forms must be says nothing
        problems = [p for p in problems if p["type"] not in _NO_LIST] or problems
    wishes = list(dict.fromkeys(wish(details) for details in problems))
    if all(wish.startswith(BE) for wish in wishes):
        wanted = " or ".join(wish.removeprefix(BE) for wish in wishes)
        return f"{BE}{wanted}{actual}", _remedy(problems, value)
    hint = _about(model, where, table) if kind == "string_pattern_mismatch" else None
    return "; ".join(wishes) + actual, hint


def _remedy(problems: list[ErrorDetails], value: object) -> str | None:
    """Say how a value is written as what is wanted, where that can be told."""
    wants_number = any(problem["type"] in ("int_type", "float_type") for problem in problems)
    known = _choice(problems, value) or _as_toml(problems, value)
    if known or not wants_number or not isinstance(value, str) or not _NUMBER.fullmatch(value):
        return known
    return f"write {value}, without quotes"


def wish(details: ErrorDetails) -> str:
    """Say what a value must be in words of TOML."""
    context = details.get("ctx", {})
    if context.get("min_length") == 1:
        return "must not be empty"
    if details["type"] in WISHES:
        return WISHES[details["type"]].format(**context)
    text = details["msg"].removeprefix("Value error, ").replace("Input should be ", BE)
    return text[:1].lower() + text[1:]


def _about(model: type[Params], where: tuple[str, ...], table: Any) -> str | None:
    owner = _model_at(model, where[:-1], table)
    field = owner.model_fields.get(where[-1]) if owner else None
    text = (field.description or "").rstrip(".") if field else ""
    return text[:1].lower() + text[1:] or None


def _choice(problems: list[ErrorDetails], value: Any) -> str | None:
    for details in problems:
        if details["type"] == "literal_error" and isinstance(value, str):
            expected = str(details.get("ctx", {}).get("expected", ""))
            names = [part.strip().strip("'") for part in expected.replace(" or ", ",").split(",")]
            hint = nearest(value, names)
            return hint.split("?")[0] + "?" if hint.startswith("did you mean") else None
    return None


def _as_toml(problems: list[ErrorDetails], value: Any) -> str | None:
    """Say how a value is written that stands as text, where none is wanted."""
    types = {details["type"] for details in problems}
    if isinstance(value, float) and value.is_integer() and types & {"int_type", "int_from_float"}:
        return f"write {int(value)}"
    if not isinstance(value, str) or not types <= _NO_TEXT:
        return None
    return value_remedy(value, is_list=bool(types & _LISTS) and types <= _LISTS | {"literal_error"})


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


def _model_at(model: type[Params], place: tuple[str, ...], table: Any) -> type[Params] | None:
    """Return the model at a place below another, if it can be determined."""
    return _one_of(*_models_at(model, place, table))


def _models_at(
    model: type[Params], place: tuple[str, ...], table: Any
) -> tuple[list[type[Params]], Any]:
    """Return the models that a place below another may have, and what stands there."""
    models = [model]
    for part in place:
        if isinstance(table, list | tuple):
            table = table[int(part)] if int(part) < len(table) else None
            continue
        at = _one_of(models, table)
        field = at.model_fields.get(part) if at else None
        table = table.get(part) if isinstance(table, Mapping) else None
        models = _models_in(field.annotation) if field else []
    return models, table


def _one_of(models: list[type[Params]], table: Any) -> type[Params] | None:
    if len(models) > 1 and isinstance(table, Mapping):
        said = [(tag, table[tag]) for tag in TAGS if tag in table]
        return next((one for tag, name in said for one in models if _tag(one, tag) == name), None)
    return models[0] if models else None


def _tag(model: type[Params], tag: str) -> object:
    """Return the value of a key that says which model a table has."""
    field = model.model_fields.get(tag)
    return field.default if field else None


def _models_in(annotation: Any) -> list[type[Params]]:
    if isinstance(annotation, type) and issubclass(annotation, Params):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]
