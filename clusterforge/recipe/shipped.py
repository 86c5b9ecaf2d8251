"""The recipes that come with clusterforge: a name in place of a file."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

from clusterforge.errors import InputError, nearest

PACKAGE = Path(__file__).parents[1]
COMMAND = "#   "  # a line of the comment at the top that shows how the recipe is run


@dataclass(frozen=True)
class ShippedRecipe:
    """A recipe that comes with clusterforge.

    Parameters
    ----------
    name
        What ``clusterforge run`` and ``extends`` take in place of a file.
    summary
        What it does, from the comment at its top.
    needs
        What has to be there for it: packages, the Hub; ``nothing`` where it runs at once.
    path
        The file.
    """

    name: str
    summary: str
    needs: str
    path: Path

    @property
    def hub(self) -> bool:
        """Whether its data or models are on the Hub, or in a mirror of it."""
        return "Hub" in self.needs


def folder() -> Path:
    """Return the folder of the recipes: in the installed package, or next to it in a checkout."""
    installed = PACKAGE / "recipes"
    return installed if installed.is_dir() else PACKAGE.parent / "recipes"


def shipped_recipes() -> dict[str, ShippedRecipe]:
    """Return the recipes by name."""
    return {path.stem: _described(path) for path in sorted(folder().glob("*.toml"))}


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
        raise InputError(f"no recipe is named {name!r}", remedy=nearest(name, recipes))
    if target.exists():
        raise InputError(f"{target} exists", remedy="move it, or copy to another folder")
    target.write_bytes(recipes[name].path.read_bytes())
    return target


def _described(path: Path) -> ShippedRecipe:
    lines = path.read_text("utf-8").splitlines()
    about = itertools.takewhile(lambda line: not line.startswith(COMMAND), lines)
    text = " ".join(line.removeprefix("# ") for line in about)
    summary, _, needs = text.partition(" Needs ")
    return ShippedRecipe(path.stem, summary, needs, path)
