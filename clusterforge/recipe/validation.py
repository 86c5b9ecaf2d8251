"""One parameter model against one table: a pydantic error becomes one line with the key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from clusterforge.errors import RecipeError, nearest
from clusterforge.params import Params

M = TypeVar("M", bound=Params)


def validated(
    model: type[M], table: Mapping[str, Any], *, place: str, file: str | None, folder: Path
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
        What relative paths are relative to.

    Raises
    ------
    RecipeError
        With the key and what is wrong with it, in one line.
    """
    try:
        # Validating as JSON lets a list be a tuple and still takes no text for a number.
        return model.model_validate_json(json.dumps(table), context={"folder": folder})
    except ValidationError as error:
        raise _explained(error, table, model, place, file) from None


def _explained(
    error: ValidationError,
    table: Mapping[str, Any],
    model: type[Params],
    place: str,
    file: str | None,
) -> RecipeError:
    groups: dict[tuple[str, ...], list[ErrorDetails]] = {}
    for details in error.errors(include_url=False, include_context=True):
        groups.setdefault(_real_place(details, table), []).append(details)
    # The deepest place says most: a union reports its other members at a shallower one.
    where, found = max(
        groups.items(),
        key=lambda group: (group[1][0]["type"] == "extra_forbidden", len(group[0])),
    )
    problem, remedy = _problem(found, model, where)
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
    found: list[ErrorDetails], model: type[Params], where: tuple[str, ...]
) -> tuple[str, str | None]:
    first = found[0]
    kind = first["type"]
    if kind == "extra_forbidden":
        known = set(_keys_at(model, where[:-1]))
        return f"unknown key {where[-1]!r}", nearest(where[-1], known) if known else None
    if kind == "missing":
        return "is missing", None
    if kind == "union_tag_invalid":
        context = first.get("ctx", {})
        expected = [name.strip("' ") for name in str(context.get("expected_tags", "")).split(",")]
        return f"{context.get('tag')!r} is not known", nearest(str(context.get("tag")), expected)
    wishes: list[str] = []
    for details in found:
        wish = details["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
        wish = wish.removeprefix("a valid ")
        if wish not in wishes:
            wishes.append(wish)
    value = first.get("input")
    shown = "" if isinstance(value, dict | list | tuple) else f", not {_short(value)}"
    if all(details["msg"].startswith("Input should be") for details in found):
        return f"must be {' or '.join(wishes)}{shown}", _choice(found, value)
    text = "; ".join(wishes)
    return text[:1].lower() + text[1:] + shown, None


def _choice(found: list[ErrorDetails], value: Any) -> str | None:
    for details in found:
        if details["type"] == "literal_error" and isinstance(value, str):
            expected = str(details.get("ctx", {}).get("expected", ""))
            names = [part.strip().strip("'") for part in expected.replace(" or ", ",").split(",")]
            hint = nearest(value, names)
            return hint.split("?")[0] + "?" if hint.startswith("did you mean") else None
    return None


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


def _keys_at(model: Any, place: tuple[str, ...]) -> list[str]:
    """Return the keys that a model knows at a place below it, as far as that can be told."""
    at: Any = model
    for part in place:
        if part.isdecimal():
            continue
        field = at.model_fields.get(part) if hasattr(at, "model_fields") else None
        if field is None:
            return []
        at = _model_in(field.annotation)
        if at is None:
            return []
    return list(at.model_fields) if hasattr(at, "model_fields") else []


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, Params):
        return annotation
    models = [_model_in(part) for part in getattr(annotation, "__args__", ())]
    models = [model for model in models if model is not None]
    return models[0] if len(models) == 1 else None
