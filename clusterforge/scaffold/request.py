"""What is asked for: a name that can be a plugin's, and the kinds of plugin."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from clusterforge.errors import InputError, nearest
from clusterforge.registry import Registry

if TYPE_CHECKING:
    from clusterforge.specs import Kind

PREFIX = "clusterforge-"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
OWN_FILES = {"plugin", "pyproject"}  # plugin.py and pyproject.toml are there already
KINDS: Mapping[str, Kind | Literal["tracker"]] = {
    "dataset": "dataset",
    "encoder": "encoder",
    "trained-encoder": "encoder",
    "loss": "loss",
    "clusterer": "clusterer",
    "metric": "metric",
    "namer": "namer",
    "tracker": "tracker",
}
"""What can be asked for, and the kind of plugin that it is."""


def checked_request(name: str, kinds: Sequence[str]) -> tuple[str, list[str]]:
    """Return the name without its prefix and the kinds in the order of ``KINDS``, each once.

    Raises
    ------
    InputError
        Where the name or a kind will not do.
    """
    name = name.removeprefix(PREFIX)
    _check_name(name)
    if not kinds:
        raise InputError(
            "is missing",
            key="--kind",
            remedy=f"name the kind of plugin, once or more: {', '.join(KINDS)}",
        )
    for kind in kinds:
        if kind not in KINDS:
            raise InputError(
                f"no kind is named {kind!r}", key="--kind", remedy=nearest(kind, KINDS)
            )
    if {"encoder", "trained-encoder"} <= set(kinds):
        raise InputError(
            "encoder and trained-encoder would be two encoders with one name",
            key="--kind",
            remedy="choose one of them",
        )
    chosen = [kind for kind in KINDS if kind in kinds]
    built_in = Registry.installed("").plugins
    for kind in (KINDS[template] for template in chosen):
        if (kind, name) in {(plugin.spec.kind, plugin.spec.name) for plugin in built_in}:
            raise InputError(
                f"there is a built-in {kind} {name!r}",
                key="NAME",
                remedy=f"choose another name, such as 'my-{name}'",
            )
    return name, chosen


def reserved_name(name: str) -> InputError:
    """Return the error of a name that means something else in a plugin package."""
    return InputError(
        f"every plugin package uses the word {name!r}",
        key="NAME",
        remedy=f"choose a name like 'my-{name}'",
    )


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-0123456789")
        rule = "use lower-case letters and digits, words joined by hyphens, a letter first"
        hint = f"use {slug!r}" if NAME.fullmatch(slug) else rule
        raise InputError(f"{name!r} is not a valid plugin name", key="NAME", remedy=hint)
    if name in OWN_FILES:
        raise reserved_name(name)
    word = next(filter(keyword.iskeyword, (name, name.capitalize())), None)
    if word:
        raise InputError(
            f"{word!r} is a Python keyword and can't name a module or a class",
            key="NAME",
            remedy=f"choose a name like 'my-{name}'",
        )
