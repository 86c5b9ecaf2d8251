"""``clusterforge recipes``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clusterforge.cli import completion, options, terminal

if TYPE_CHECKING:
    from clusterforge.recipe.requirements import Requirements
    from clusterforge.recipe.shipped import ShippedRecipe


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

    `run`, `sweep`, `check` and `extends` accept the name of a recipe instead of a file.
    """
    from clusterforge.recipe.shipped import copy_recipe, shipped_recipes

    if copy is not None:
        terminal.result(copy_recipe(copy, Path(f"{copy}.toml")))
        return
    from clusterforge.packages import installing
    from clusterforge.recipe.requirements import requirements
    from clusterforge.registry import Registry

    registry = Registry.installed()
    shipped = [(one, requirements(one.path, registry)) for one in shipped_recipes().values()]
    if as_json:
        from clusterforge.cli.outputs.recipes import RecipeOutput, RecipesOutput

        records = [
            RecipeOutput(name=one.name, summary=one.summary, path=str(one.path), **asdict(needs))
            for one, needs in shipped
        ]
        terminal.json_result(RecipesOutput(recipes=tuple(records)))
        return
    for title, hub in (
        ("run without the Hub", False),
        ("need the Hub, or CLUSTERFORGE_MIRROR", True),
    ):
        terminal.result(f"{title}:")
        terminal.facts([_row(*each) for each in shipped if each[1].hub == hub])
        terminal.result()
    there = {plugin.distribution.name for plugin in registry.plugins}
    lacking = sorted({name for _, needs in shipped for name in needs.packages} - there)
    if lacking:
        terminal.wrapped(f"not installed: {', '.join(lacking)}; to install them:", "  ", "")
        terminal.result(f"  {installing(*lacking)}")
        terminal.result()
    terminal.wrapped(
        "clusterforge recipes --copy NAME copies one; its first lines show how it is run", "  ", ""
    )


def _row(recipe: ShippedRecipe, needs: Requirements) -> tuple[str, str]:
    packages = f" With {' and '.join(needs.packages)}." if needs.packages else ""
    sweep = f" By clusterforge sweep {recipe.name}." * (needs.command == "sweep")
    return recipe.name, recipe.summary + packages + sweep
