"""``clusterforge run RECIPE``."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from clusterforge.cli import completion, options, terminal
from clusterforge.cli.hints import hinted
from clusterforge.interrupts import finish

if TYPE_CHECKING:
    from clusterforge.cli.clusters import Edited
    from clusterforge.cli.display import Display
    from clusterforge.pipeline.result import Run
    from clusterforge.runs import RunFolder

T = TypeVar("T")


@click.command(
    epilog=options.examples(
        "clusterforge run quickstart",
        "clusterforge run tickets.toml --set clusterer.kmeans.n_clusters=8 --out runs/eight",
        "clusterforge run tickets.toml --within 5min --memory 2GB",
        "clusterforge run --resume runs/eight",
    )
)
@click.argument("recipe", required=False, shell_complete=completion.recipes)
@options.overrides
@options.folder("--out", help="Folder of the run; it must not exist or be empty.")
@options.folder("--runs", help="Parent folder of runs without --out; default: runs.")
@options.within
@options.memory
@click.option("--seed", type=int, help="Seed of the run, instead of the recipe's.")
@options.folder("--resume", help="Finish an interrupted run.")
@click.option(
    "--accept",
    is_flag=True,
    help="With --resume: compute again what no longer fits the data, recipe, threads or code.",
)
@options.trust_python
@click.option("--no-cache", is_flag=True, help="Neither read nor write finished stages.")
@options.quiet
@options.as_json
def run(
    recipe: str | None,
    overrides: tuple[str, ...],
    out: str | None,
    runs: str | None,
    within: str | None,
    memory: str | None,
    seed: int | None,
    resume: str | None,
    accept: bool,
    trust_python: bool,
    no_cache: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Run a recipe.

    RECIPE is a TOML file or the name of a recipe that comes with clusterforge. The scores go to
    stdout, progress and warnings to stderr, and all results into a folder with a report.
    """
    from clusterforge.pipeline import crew

    if crew.started() and not crew.first():
        options.quiet_libraries()
        with crew.assembled() as ranks:
            crew.follow(ranks)
        return
    if (recipe is None) == (resume is None):
        raise click.UsageError("Give either a RECIPE or --resume FOLDER")
    if resume is not None and (overrides or out or runs or within or memory or seed is not None):
        raise click.UsageError(
            "--resume continues a run unchanged: leave out --set, --out, --runs, --seed and limits"
        )
    if accept and resume is None:
        raise click.UsageError("--accept is for --resume: a new run computes everything")
    if trust_python and resume is None:
        raise click.UsageError(
            "--trust-python is for --resume: a RECIPE that you name is trusted anyway"
        )
    options.quiet_libraries()
    from clusterforge.pipeline import api
    from clusterforge.recipe import source

    if seed is not None:
        overrides = (*overrides, f"seed={seed}")

    if recipe is not None and not quiet and "search" in source.read(recipe, overrides).data:
        terminal.note(f"[search] is not used by run: clusterforge sweep {shlex.quote(recipe)}")

    def work(display: Display) -> Run:
        if resume is not None:
            display.folder = Path(resume)
            return api.resume(
                resume,
                cache=not no_cache,
                observer=display,
                trust_python=trust_python,
                accept=accept,
            )
        assert recipe is not None
        return api.run(
            recipe,
            overrides=overrides,
            out=out,
            runs=runs or "runs",
            within=within,
            memory=memory,
            cache=not no_cache,
            observer=display,
        )

    with crew.assembled() if crew.started() else nullcontext():
        executed(work, quiet=quiet, as_json=as_json)


def executed(
    work: Callable[[Display], Run], *, quiet: bool, as_json: bool, edited: Edited | None = None
) -> None:
    """Do what makes a run, with its progress on stderr, then print its scores.

    Parameters
    ----------
    work
        Makes the run, telling a display of it.
    quiet, as_json
        The options of the command.
    edited
        What its clusters were edited from, where they were.
    """
    done = with_progress(work, quiet)
    finish()
    _show(done, as_json, edited)


def with_progress(work: Callable[[Display], T], quiet: bool) -> T:
    """Do what makes a run, with its progress on stderr; an error says how to go on."""
    from clusterforge.cli.display import Display

    display = Display(quiet)
    with hinted(lambda: display.resume), display, warnings.catch_warnings():
        _redirect(display)
        return work(display)


def _redirect(display: Display) -> None:
    """Show the warnings of libraries as ours, not with a file and a line of code."""

    def show(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
        display.warning(f"{category.__name__}: {message}")

    warnings.showwarning = show


def summarised(folder: RunFolder, edited: Edited | None = None) -> None:
    """Print what a run has found: its scores and its clusters.

    Parameters
    ----------
    folder
        The run.
    edited
        What its clusters were edited from, where they were just now.
    """
    from clusterforge.cli import clusters, scores

    scores.show(folder.metrics, folder.run, weights=edited is None)
    scores.show_side(folder.seeds, folder.baselines, folder.metrics)
    clusters.show(folder, edited)
    terminal.result()


def _show(run: Run, as_json: bool, edited: Edited | None) -> None:
    if as_json:
        from clusterforge.cli.outputs.runs import RunOutput
        from clusterforge.runs import RunFolder

        terminal.json_result(
            RunOutput(
                run=str(run.folder),
                labels_in_training=run.labels_in_training,
                scores=RunFolder.open(run.folder).metrics.scores,
            )
        )
        return
    from clusterforge.runs import RunFolder

    summarised(RunFolder.open(run.folder), edited)
    terminal.result(f"run:    {run.folder}")
    terminal.result(f"report: {run.folder / 'report.html'}")
