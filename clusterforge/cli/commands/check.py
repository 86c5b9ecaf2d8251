"""``clusterforge check RECIPE``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from clusterforge.cli import completion, options, terminal
from clusterforge.formats import NONE, duration, size_of

if TYPE_CHECKING:
    from clusterforge.pipeline.estimate import Estimate


@click.command(
    epilog=options.examples(
        "clusterforge check tickets.toml --set encoder.0.use=tfidf",
        "clusterforge check tickets.toml --within 5min --memory 2GB",
    )
)
@click.argument("recipe", shell_complete=completion.recipes)
@options.overrides
@options.within
@options.memory
@options.as_json
def check(
    recipe: str,
    overrides: tuple[str, ...],
    within: str | None,
    memory: str | None,
    as_json: bool,
) -> None:
    """Validate a recipe, and estimate what a run of it costs.

    Of the data only small files are read. Prints what is valid, and what only a run can find
    out; then about how much time, memory and disk each stage will take on this machine. What
    plugins, headers and counts of rows already show to be wrong, and what this machine can't
    hold, is refused.
    """
    from clusterforge.pipeline import api

    checked = api.check(recipe, overrides, within=within, memory=memory)
    if checked.recipe.search is not None:
        from clusterforge.search.api import check_search

        checked.known.append(check_search(recipe, overrides))
    if as_json:
        from clusterforge.cli.outputs.recipes import CheckOutput

        terminal.json_result(
            CheckOutput.model_validate(
                {**vars(checked), "valid": True, "recipe": checked.recipe.full()}
            )
        )
        return
    for line in checked.known:
        terminal.wrapped(line, " " * 9, "ok       ")
    for line in checked.unknown:
        terminal.wrapped(line, " " * 9, "unknown  ")
    if checked.estimate is not None:
        _show(checked.estimate)


def _show(estimate: Estimate) -> None:
    """Print what each stage is estimated to cost."""
    rows = [
        (stage.stage, duration(stage.seconds), _size(stage.memory), _size(stage.disk or None))
        for stage in estimate.stages
    ]
    total = (duration(estimate.seconds), _size(estimate.memory), _size(estimate.disk))
    rows = [("about", "time", "memory", "disk"), ("start", duration(estimate.start), "", ""), *rows]
    rows.append(("in all", *total))
    name = max(len(terminal.plain(row[0])) for row in rows)
    terminal.result()
    for stage, *values in rows:
        columns = "".join(f"{value:>14}" for value in values)
        terminal.result(f"{terminal.plain(stage):<{name}}{columns}".rstrip())
    if estimate.unknown:
        terminal.wrapped(f"not known: {', '.join(estimate.unknown)}", "  ", "")


def _size(size: float | None) -> str:
    return NONE if size is None else size_of(size)
