"""``clusterforge init DATA``."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from clusterforge.cli import completion, options, terminal
from clusterforge.cli.remedies import for_options

if TYPE_CHECKING:
    from clusterforge.drafting import Draft


@click.command(
    epilog=options.examples(
        "clusterforge init tickets.csv", "clusterforge init photos/ --out photos.toml"
    )
)
@click.argument("data", shell_complete=completion.files)
@options.file(
    "--out", help="Recipe to write, or - for stdout; default: the name of the data, .toml."
)
@click.option("--label", metavar="COLUMN", help="Column of true labels, if there is one.")
@options.new_data_settings
@options.as_json
def init(
    data: str, out: str | None, label: str | None, settings: tuple[str, ...], as_json: bool
) -> None:
    """Look at your data and write a recipe that runs.

    DATA is a file or folder that the data set files reads, or a name on the Hub. Columns are
    recognised, rows that can't be used are counted, plugins are chosen among those installed;
    each decision stands in the recipe with its reason, and what to change first.
    """
    options.quiet_libraries()
    from clusterforge.drafting import default_file
    from clusterforge.drafting import init as drafted

    with for_options():
        draft = drafted(
            data, default_file(data) if out is None else out, label=label, settings=settings
        )
    if as_json:
        from clusterforge.cli.outputs.recipes import InitOutput

        terminal.json_result(InitOutput.model_validate(draft))
    elif draft.path is None:
        terminal.text_result(draft.toml)
    else:
        _show(draft)


def _show(draft: Draft) -> None:
    for line in draft.summary:
        terminal.note(line)
    terminal.note(f"wrote {draft.path}; read its comments, then:")
    terminal.result(f"clusterforge run {shlex.quote(str(draft.path))}")
