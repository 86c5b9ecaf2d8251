"""``clusterforge sweep RECIPE``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from clusterforge.cli import completion, options, terminal
from clusterforge.cli.hints import hinted
from clusterforge.interrupts import finish

if TYPE_CHECKING:
    from clusterforge.search.folder import SweepFolder
    from clusterforge.search.result import Sweep


@click.command(
    epilog=options.examples(
        "clusterforge sweep digits_sweep --workers 2",
        "clusterforge sweep tickets.toml --within 10min --set search.method=tpe",
        "clusterforge sweep tickets.toml --engine ray --address auto",
        "clusterforge sweep --resume sweeps/tickets/20261128T101500Z-1f6c2a9e --compare 3",
    )
)
@click.argument("recipe", required=False, shell_complete=completion.recipes)
@options.overrides
@options.folder("--out", help="Folder of the sweep; it must not exist or be empty.")
@click.option(
    "--engine",
    type=options.Word(["local", "ray"]),
    help="Where trials run: processes of this machine, or a Ray cluster; default: as [compute] says.",
)
@click.option(
    "--address",
    metavar="ADDRESS",
    help="Of the Ray cluster: auto, HOST:PORT; default: one is started here.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 1024),
    help="Trials at the same time; default: processors divided by the threads of a trial.",
)
@click.option("--trials", type=click.IntRange(1), help="Number of trials, instead of the recipe's.")
@click.option(
    "--within", metavar="TIME", help="Begin no trial that would not end in this time: 10min."
)
@options.folder("--resume", help="Finish an interrupted sweep.")
@click.option(
    "--compare",
    "many",
    type=click.IntRange(2, 20),
    metavar="N",
    help="Then run the N best trials in full, and compare them; with --resume also of a finished sweep.",
)
@options.trust_python
@click.option("--no-cache", is_flag=True, help="Use no stages of other runs, and leave none.")
@options.quiet
@options.as_json
def sweep(
    recipe: str | None,
    overrides: tuple[str, ...],
    out: str | None,
    engine: Literal["local", "ray"] | None,
    address: str | None,
    workers: int | None,
    trials: int | None,
    within: str | None,
    resume: str | None,
    many: int | None,
    trust_python: bool,
    no_cache: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Try many values of a recipe and write the best recipe.

    RECIPE is a TOML file or the name of a recipe that comes with clusterforge, with a table
    [search] that says which values to try. Trials share every stage that they have in common.
    The best trials go to stdout; all of them, a page and best.toml into the folder.
    """
    if (recipe is None) == (resume is None):
        raise click.UsageError("Give either a RECIPE or --resume FOLDER")
    if resume is not None and (overrides or out or trials or no_cache):
        raise click.UsageError(
            "--resume continues a sweep unchanged: leave out --set, --out, --trials and --no-cache"
        )
    if trust_python and resume is None:
        raise click.UsageError(
            "--trust-python is for --resume: a RECIPE that you name is trusted anyway"
        )
    options.quiet_libraries()
    from clusterforge.cli.sweeps import Table
    from clusterforge.registry import Registry
    from clusterforge.registry.python_names import Imported
    from clusterforge.runs.manifest import is_complete
    from clusterforge.search import api
    from clusterforge.search.result import Sweep

    table = Table(quiet)

    def going_on() -> str | None:
        if table.folder is None or is_complete(table.folder):
            return None
        return f"resume with: clusterforge sweep --resume {shlex.quote(str(table.folder))}"

    with hinted(going_on), table:
        if resume is not None and many is not None and is_complete(Path(resume)):
            done = Sweep.open(resume)
            if trust_python:
                done.registry = Registry.installed().naming(Imported())
        elif resume is not None:
            done = api.resume(
                resume,
                engine=engine,
                address=address,
                workers=workers,
                within=within,
                watcher=table,
                trust_python=trust_python,
            )
        else:
            assert recipe is not None
            done = api.sweep(
                recipe,
                overrides=overrides,
                out=out,
                engine=engine,
                address=address,
                workers=workers,
                trials=trials,
                within=within,
                cache=not no_cache,
                watcher=table,
            )
    if many is not None:
        _compare(done, many, quiet)
    finish()
    _show(done, as_json)


def _compare(done: Sweep, many: int, quiet: bool) -> None:
    """Run the best trials in full, with their progress on stderr."""
    from clusterforge.cli.display import Display
    from clusterforge.search.top import compare_best

    again = (
        f"go on with: clusterforge sweep --resume {shlex.quote(str(done.path))} --compare {many}"
    )
    with hinted(lambda: again), Display(quiet) as display:
        compare_best(done.path, many, observer=display, registry=done.registry)


def _show(done: SweepFolder, as_json: bool) -> None:
    from clusterforge.search import folder as files

    folder: Path = done.path
    comparison = folder / files.COMPARISON
    if as_json:
        from clusterforge.cli.outputs.sweeps import SweepOutput

        compared = str(comparison) if comparison.is_file() else None
        terminal.json_result(
            SweepOutput(
                folder=str(folder), sweep=done.sweep, trials=done.trials, comparison=compared
            )
        )
        return
    from clusterforge.cli.sweeps import show_top

    show_top(done)
    for text in done.sweep.warnings:
        terminal.wrapped(f"warning: {text}", "  ", "")
    terminal.result()
    terminal.result(f"sweep: {folder}")
    terminal.result(f"best:  clusterforge run {folder / files.BEST}")
    terminal.result(f"page:  {folder / files.PAGE}")
    if comparison.is_file():
        terminal.result(f"compared: {comparison}")
