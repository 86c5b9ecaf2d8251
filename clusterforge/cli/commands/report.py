"""``clusterforge report RUN``."""

from __future__ import annotations

from pathlib import Path

import click

from clusterforge.cli import options, terminal


@click.command()
@click.argument("run", type=click.Path())
def report(run: str) -> None:
    """Write figures and report of a run again."""
    options.quiet_libraries()
    from clusterforge.errors import InputError
    from clusterforge.pipeline.api import load
    from clusterforge.report import write_report
    from clusterforge.storage.lock import locked
    from clusterforge.storage.manifest import damaged, read_manifest, write_manifest

    folder = load(run, verify=False).folder
    # The new manifest would cover up damage, so there must be none but in what is written again.
    wrong = [name for name in damaged(folder, read_manifest(folder) or {}) if not _written(name)]
    if wrong:
        raise InputError(
            f"{wrong[0]} is missing or not what the run wrote",
            file=run,
            remedy="run the recipe again",
        )
    with locked(folder):
        write_report(folder)
        write_manifest(folder)
    terminal.result(folder / "report.html")


def _written(name: str) -> bool:
    return name == "report.html" or Path(name).parts[0] == "figures"
