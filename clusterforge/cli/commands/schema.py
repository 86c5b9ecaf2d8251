"""``clusterforge schema``."""

from __future__ import annotations

from pathlib import Path

import click

from clusterforge.cli import options, terminal
from clusterforge.cli.outputs import commands as outputs


@click.command(
    epilog=options.examples(
        "clusterforge schema --out recipe.schema.json", "clusterforge schema --of list-plugins"
    )
)
@options.file("--out", help="Write it to this file; default: stdout.")
@click.option(
    "--of",
    "command",
    metavar="COMMAND",
    type=options.Word(list(outputs.COMMANDS)),
    help=f"The schema of this command's --json output: {', '.join(outputs.COMMANDS)}.",
)
def schema(out: str | None, command: str | None) -> None:
    """Print the JSON Schema of recipes for editors.

    For taplo and VS Code. It covers all installed plugins. Refer to it in a recipe's first line:
    "#:schema ./recipe.schema.json". With --of, prints the schema of a command's --json output.
    """
    import json

    if command is not None:
        document = outputs.output_of(command).model_json_schema(mode="serialization")
    else:
        from clusterforge.recipe.schema import recipe_schema
        from clusterforge.registry import Registry

        document = recipe_schema(Registry.installed())
    text = json.dumps(document, indent=1, allow_nan=False)
    if out is None:
        terminal.text_result(text + "\n")
        return
    from clusterforge.storage.atomic import write_text

    write_text(Path(out), text + "\n")
    terminal.result(out)
