"""What a recipe sets to give columns their types, as remedies name it."""

from __future__ import annotations

from collections.abc import Mapping

from clusterforge.inline_toml import inline_toml

LONGEST = 60  # characters of a name in a message


def type_setting(name: str, kind: str, typed: bool) -> str:
    """Return the setting that gives a column its type; of a name that no line holds, where it goes."""
    if len(name) > LONGEST:
        return f"its type in types to {inline_toml(kind)}"
    return types_setting({name: kind}, typed)


def types_setting(kinds: Mapping[str, str], typed: bool) -> str:
    """Return the setting that gives columns their types.

    Parameters
    ----------
    kinds
        The type of each.
    typed
        Whether the recipe has ``types`` already, which a line more would say twice.
    """
    setting = inline_toml(kinds)
    return f"{setting[1:-1]} within types" if typed else f"types = {setting}"
