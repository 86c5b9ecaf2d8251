"""The recipes that come with clusterforge: a name in place of a file."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from clusterforge.errors import CLOSE, InputError

PACKAGE = Path(__file__).parents[1]
NEAR = 3  # names that a message lists
LISTED = "recipes that come with clusterforge: clusterforge recipes"
COMMAND = "#   "  # a line of the comment at the top that shows how the recipe is run


@dataclass(frozen=True)
class ShippedRecipe:
    """A recipe that comes with clusterforge.

    Parameters
    ----------
    name
        What ``clusterforge run`` and ``extends`` take in place of a file.
    summary
        What it does and how long it takes, from the comment at its top.
    path
        The file.
    """

    name: str
    summary: str
    path: Path


def folder() -> Path:
    """Return the folder of the recipes: in the installed package, or next to it in a checkout."""
    installed = PACKAGE / "recipes"
    return installed if installed.is_dir() else PACKAGE.parent / "recipes"


def shipped_recipes() -> dict[str, ShippedRecipe]:
    """Return the recipes by name."""
    return {path.stem: _described(path) for path in sorted(folder().glob("*.toml"))}


def near_recipes(name: str) -> str:
    """Return the remedy for a name that no recipe has."""
    near = get_close_matches(name, shipped_recipes(), n=NEAR, cutoff=CLOSE)
    meant = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
    return f"{meant}{LISTED}"


def located(name: str, base: Path) -> Path:
    """Return the file that a name means: a file relative to ``base``, else a recipe by its name."""
    path = base / name
    shipped = folder() / f"{name}.toml"
    return shipped if not path.is_file() and Path(name).name == name and shipped.is_file() else path


def copy_recipe(name: str, target: Path) -> Path:
    """Write a recipe that comes with clusterforge to a file that may be changed.

    Raises
    ------
    InputError
        Where there is no such recipe, or the file exists.
    """
    recipes = shipped_recipes()
    if name not in recipes:
        raise InputError(f"no recipe is named {name!r}", remedy=near_recipes(name))
    if target.exists():
        raise InputError(f"{target} exists", remedy="move it, or copy to another folder")
    target.write_bytes(recipes[name].path.read_bytes())
    return target


def _described(path: Path) -> ShippedRecipe:
    lines = path.read_text("utf-8").splitlines()
    about = itertools.takewhile(lambda line: not line.startswith(COMMAND), lines)
    text = " ".join(line.removeprefix("# ") for line in about)
    return ShippedRecipe(path.stem, text.partition(" Needs ")[0], path)
