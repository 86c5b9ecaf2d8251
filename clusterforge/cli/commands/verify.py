"""``clusterforge verify PATH``."""

from __future__ import annotations

import click

from clusterforge.cli import completion, options, terminal
from clusterforge.errors import InputError


@click.command(
    epilog=options.examples(
        "clusterforge verify runs/first",
        "clusterforge verify ~/.cache/clusterforge --json",
    )
)
@click.argument("path", shell_complete=completion.folders)
@options.as_json
def verify(path: str, as_json: bool) -> None:
    """Compare what was written with what is there.

    PATH is the folder of a run, a curation, a sweep, a taxonomy, an exported model, a saved
    estimator, or the cache. Every file is compared with its hash, and the files of a run with
    each other. Exits with status 2 if anything is missing, damaged or does not fit together.
    """
    from clusterforge.verification import verify as verified

    found = verified(path)
    if as_json:
        from clusterforge.cli.outputs.runs import VerifyOutput

        terminal.json_result(VerifyOutput.model_validate(found))
        if not found.whole:
            raise click.exceptions.Exit(InputError.exit_code)
        return
    if not found.whole:
        first, *others = found.problems
        for line in others:
            terminal.result(line)
        raise InputError(first)
    noun = "stages" if found.kind == "cache" else "files"
    terminal.result(f"{found.kind}: {found.files:,} {noun}, all as they were written")
