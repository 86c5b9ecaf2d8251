"""``clusterforge new-plugin NAME``."""

from __future__ import annotations

import click

from clusterforge.cli import completion, options, terminal


@click.command(
    "new-plugin", epilog=options.examples("clusterforge new-plugin leader --kind clusterer")
)
@click.argument("name")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="KIND",
    help="dataset, encoder, trained-encoder, loss, clusterer, metric, namer or tracker. "
    "Repeatable.",
)
@click.option(
    "--out",
    metavar="DIR",
    default=".",
    help="Folder to create it in; default: the current one.",
    shell_complete=completion.folders,
)
def new_plugin(name: str, kinds: tuple[str, ...], out: str) -> None:
    """Write a plugin package to start from.

    The folder clusterforge-NAME will hold a package that installs, passes its tests and has a
    recipe that runs. The commands to type next are printed.
    """
    from clusterforge.scaffold import new_package

    package = new_package(name, kinds, out)
    terminal.note(f"wrote {package.folder}; next:")
    for command in package.commands:
        terminal.result(command)
