"""``clusterforge report RUN``."""

from __future__ import annotations

import click

from clusterforge.cli import completion, options, terminal


@click.command(epilog=options.examples("clusterforge report runs/first"))
@click.argument("run", shell_complete=completion.folders)
def report(run: str) -> None:
    """Write figures and report of a run again.

    Shows its scores as well; the last line on stdout is the report's path.
    """
    options.quiet_libraries()
    from clusterforge.cli import scores, small_map
    from clusterforge.pipeline.api import load
    from clusterforge.report import write_report
    from clusterforge.report.folder import fitting
    from clusterforge.runs import RunFolder
    from clusterforge.runs.lock import locked
    from clusterforge.runs.manifest import write_manifest

    opened = load(run, verify=False)
    folder = opened.folder
    # The new manifest would cover up damage, so there must be none but in what is written again.
    RunFolder.open(folder).verify(report=False)
    with locked(folder), fitting(run):
        # Read first: a run without them is refused before it is touched.
        told, info = opened.scores, opened.info
        write_report(folder)
        write_manifest(folder)
        scores.show(told, info)
    small_map.show(folder)
    terminal.result()
    terminal.result(folder / "report.html")
