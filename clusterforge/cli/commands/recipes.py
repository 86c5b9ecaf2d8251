"""``clusterforge recipes``."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clusterforge.cli import completion, options, terminal

if TYPE_CHECKING:
    from clusterforge.recipe.shipped import ShippedRecipe

FIRST = re.compile(r"\.\s+(?=[A-Z0-9])")  # behind the first sentence
PACKAGE = re.compile(r"clusterforge-[a-z]+")


@click.command(
    epilog=options.examples("clusterforge recipes", "clusterforge recipes --copy quickstart")
)
@click.option(
    "--copy",
    metavar="NAME",
    help="Write this recipe to NAME.toml in the current folder.",
    shell_complete=completion.recipe_names,
)
@options.as_json
def recipes(copy: str | None, as_json: bool) -> None:
    """List the recipes that come with clusterforge, or copy one.

    `run`, `check` and `extends` accept the name of a recipe instead of a file.
    """
    from clusterforge.recipe.shipped import copy_recipe, shipped_recipes

    if copy is not None:
        terminal.result(copy_recipe(copy, Path(f"{copy}.toml")))
        return
    shipped = shipped_recipes().values()
    if as_json:
        from clusterforge.cli.outputs.recipes import RecipeOutput, RecipesOutput

        records = [RecipeOutput(**(asdict(one) | {"path": str(one.path)})) for one in shipped]
        terminal.json_result(RecipesOutput(recipes=tuple(records)))
        return
    for title, hub in (
        ("run without the Hub", False),
        ("need the Hub, or CLUSTERFORGE_MIRROR", True),
    ):
        terminal.result(f"{title}:")
        terminal.listing([_row(one) for one in shipped if one.hub == hub])
        terminal.result()
    terminal.wrapped(
        "clusterforge recipes --copy NAME copies one; its first lines say more", "  ", ""
    )


def _row(recipe: ShippedRecipe) -> tuple[str, str]:
    first = FIRST.split(recipe.summary, maxsplit=1)[0].rstrip(".")
    packages = PACKAGE.findall(recipe.needs)
    return f"  {recipe.name}", first + (f"; with {' and '.join(packages)}" if packages else "")
