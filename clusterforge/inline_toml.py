"""JSON values as TOML within a line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

BARE = re.compile(r"[A-Za-z0-9_-]+")


def inline_toml(value: Any) -> str:
    """Return a value as TOML says it within a line; keys of a table without a value are left out.

    Parameters
    ----------
    value
        Text, a number, a truth value, or lists and tables of them.

    Raises
    ------
    TypeError
        Where TOML has no such value.
    """
    if isinstance(value, Mapping):
        items = ((inline_key(str(key)), item) for key, item in value.items() if item is not None)
        return "{" + ", ".join(f"{key} = {inline_toml(item)}" for key, item in items) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(inline_toml, value)) + "]"
    if isinstance(value, float):
        return repr(float(value))  # also inf and nan, as TOML has them
    if isinstance(value, str | int):
        # A lone surrogate is no text of TOML, and DEL has to be written out.
        text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        return text.encode("utf-8", "replace").decode("utf-8")
    raise TypeError(f"TOML has no {type(value).__name__}")


def inline_key(name: str) -> str:
    """Return a key as TOML writes it."""
    return name if BARE.fullmatch(name) else inline_toml(name)
