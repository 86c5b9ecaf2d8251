"""``clusterforge recipes``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from clusterforge.cli import completion, options, terminal


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
    terminal.listing([(one.name, f"{one.summary} Needs {one.needs}") for one in shipped])
