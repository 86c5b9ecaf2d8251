"""``clusterforge schema``."""

from __future__ import annotations

from pathlib import Path

import click

from clusterforge.cli import completion, options, terminal


@click.command(epilog=options.examples("clusterforge schema --out recipe.schema.json"))
@click.option(
    "--out",
    metavar="FILE",
    help="Write it to this file; default: stdout.",
    shell_complete=completion.files,
)
def schema(out: str | None) -> None:
    """Print the JSON Schema of recipes for editors.

    For taplo and VS Code. It knows every plugin that is installed. Name it in a recipe's first line:
    "#:schema ./recipe.schema.json".
    """
    import json

    from clusterforge.recipe.schema import recipe_schema
    from clusterforge.registry import Registry

    text = json.dumps(recipe_schema(Registry.installed()), indent=1, allow_nan=False)
    if out is None:
        terminal.text_result(text + "\n")
        return
    from clusterforge.storage.atomic import write_text

    write_text(Path(out), text + "\n")
    terminal.result(out)
