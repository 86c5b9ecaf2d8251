"""``clusterforge report RUN``."""

from __future__ import annotations

from pathlib import Path

import click

from clusterforge.cli import completion, options, terminal
from clusterforge.interrupts import finish


@click.command(epilog=options.examples("clusterforge report runs/first --figures"))
@click.argument("run", shell_complete=completion.folders)
@click.option(
    "--figures", is_flag=True, help="Also draw the figures for papers: PNG and SVG files."
)
def report(run: str, figures: bool) -> None:
    """Write the report of a run again, or the page of a sweep.

    Prints the scores and the clusters as well, of a curation without what its edits changed. The last line on
    stdout is the path of the report; with --figures, the folder of the figures stands above it.
    """
    options.quiet_libraries()
    from clusterforge.search.folder import holds_sweep

    if holds_sweep(Path(run)):
        if figures:
            raise click.UsageError("--figures is for runs: a sweep's page saves its own charts")
        _sweep(run)
        return
    from clusterforge.cli.commands.run import summarised
    from clusterforge.report import write_report
    from clusterforge.runs import RunFolder, files
    from clusterforge.runs.lock import locked
    from clusterforge.runs.manifest import extend_manifest

    folder = RunFolder.open(run)
    folder.verify(report=False)
    with locked(folder.path):
        folder.clusterer()  # a run without scores is refused before it is touched
        write_report(folder.path, figures=figures)
        extend_manifest(folder.path, files.of_report)
    finish()
    summarised(folder)
    if figures:
        terminal.result(f"figures: {folder.path / files.FIGURES}")
    terminal.result(folder.path / "report.html")


def _sweep(path: str) -> None:
    from clusterforge.cli.sweeps import show_top
    from clusterforge.runs.lock import locked
    from clusterforge.search.folder import PAGE, SweepFolder
    from clusterforge.search.top import write_again

    sweep = SweepFolder.open(path)
    sweep.verify()
    with locked(sweep.path):
        write_again(sweep)
    finish()
    show_top(sweep)
    terminal.result()
    terminal.result(sweep.path / PAGE)
