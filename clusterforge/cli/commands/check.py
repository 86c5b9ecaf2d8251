"""``clusterforge check RECIPE``."""

from __future__ import annotations

import click

from clusterforge.cli import completion, options, terminal


@click.command(epilog=options.examples("clusterforge check tickets.toml --set encoder.0.use=tfidf"))
@click.argument("recipe", shell_complete=completion.recipes)
@options.overrides
@options.as_json
def check(recipe: str, overrides: tuple[str, ...], as_json: bool) -> None:
    """Validate a recipe without building or loading it.

    Prints what is valid, and what only a run can find out. What plugins and the headers of
    files already show to be wrong is refused here.
    """
    from clusterforge.pipeline import api

    checked = api.check(recipe, overrides)
    if checked.recipe.search is not None:
        from clusterforge.search.api import check_search

        checked.known.append(check_search(recipe, overrides))
    if as_json:
        from clusterforge.cli.outputs.recipes import CheckOutput

        terminal.json_result(
            CheckOutput(
                valid=True,
                known=tuple(checked.known),
                unknown=tuple(checked.unknown),
                recipe=checked.recipe.full(),
            )
        )
        return
    for line in checked.known:
        terminal.wrapped(line, " " * 9, "ok       ")
    for line in checked.unknown:
        terminal.wrapped(line, " " * 9, "unknown  ")
