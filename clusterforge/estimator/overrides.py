"""Values in place of a recipe's, as scikit-learn gives and asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from clusterforge.errors import RecipeError
from clusterforge.inline_toml import inline_key, inline_toml


def leaves(tables: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of nested tables, keys joined by ``__``."""
    for key, value in tables.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{at}{key}__")
        elif isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
            yield from leaves({str(i): part for i, part in enumerate(value)}, f"{at}{key}__")
        elif at:
            yield f"{at}{key}", value


def as_lines(values: Mapping[str, Any]) -> list[str]:
    """Return values by dotted keys as the command line writes them: ``encoder.1.dim=32``.

    Raises
    ------
    RecipeError
        Where TOML has no such value.
    """
    return [f"{key}={_toml(key, value)}" for key, value in values.items()]


def _toml(key: str, value: Any) -> str:
    """Return a value as TOML says it within a line."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Mapping):
        parts = (f"{inline_key(str(name))} = {_toml(key, item)}" for name, item in value.items())
        return f"{{{', '.join(parts)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(key, item) for item in value)}]"
    if isinstance(value, str | int | float):
        return inline_toml(value)
    raise RecipeError(
        "an override can't be None"
        if value is None
        else f"an override can't be a {type(value).__name__}",
        key=key,
        remedy="leave it out" if value is None else "put it in the recipe",
    )
