"""``clusterforge replay RUN``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from clusterforge.cli import completion, options, terminal
from clusterforge.cli.commands.run import with_progress
from clusterforge.interrupts import finish

if TYPE_CHECKING:
    from clusterforge.pipeline.replaying import Replay

DIVERGED = 5


@click.command(
    epilog=options.examples(
        "clusterforge replay runs/first", "clusterforge replay runs/first --out again --json"
    )
)
@click.argument("run", shell_complete=completion.folders)
@options.folder(
    "--out", help="Folder of the new run; default: that of the run with -replay behind it."
)
@options.trust_python
@options.quiet
@options.as_json
def replay(run: str, out: str | None, trust_python: bool, quiet: bool, as_json: bool) -> None:
    """Compute a run once more, and say where the two part.

    The recipe is the run's own with every default that it recorded; device, precision and threads are
    the run's; nothing comes from the cache. Says that all is identical, or which stage diverged first and
    by how much, and then ends with status 5.
    """
    options.quiet_libraries()
    from clusterforge.pipeline import replaying

    found = with_progress(
        lambda display: replaying.replay(run, out, observer=display, trust_python=trust_python),
        quiet,
    )
    finish()
    if as_json:
        from clusterforge.cli.outputs.runs import ReplayOutput

        terminal.json_result(ReplayOutput.model_validate(found))
    else:
        _show(found)
    if not found.identical:
        raise click.exceptions.Exit(DIVERGED)


def _show(found: Replay) -> None:
    for text in found.differences:
        terminal.wrapped(f"not the same to begin with: {text}", "  ", "")
    if found.first is None:
        terminal.result("identical: every stage gave the same bytes")
    for stage in found.stages:
        first = "diverged first: " if stage == found.first else "  then "
        terminal.result(f"{first}{stage.stage}: {stage}")
    terminal.result(f"replay: {found.replay}")
