"""Options that several commands have."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from clusterforge.cli import completion
from clusterforge.errors import InputError, nearest

if TYPE_CHECKING:
    from clusterforge.specs import Kind


class Word(click.Choice):  # type: ignore[type-arg] # which it has not in click 8.1
    """One of some words; of another one, the nearest is named."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the word."""
        if value not in self.choices:
            self.fail(f"{value!r} is not known; {nearest(str(value), self.choices)}", param, ctx)
        return str(value)


folder = partial(click.option, metavar="FOLDER", shell_complete=completion.folders)
file = partial(click.option, metavar="FILE", shell_complete=completion.files)
clusterer = partial(click.option, "--clusterer", metavar="ID", shell_complete=completion.clusterers)
settings = partial(click.option, "--set", "settings", multiple=True, metavar="KEY=VALUE")
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
quiet = click.option("--quiet", is_flag=True, help="Show warnings only, no progress.")
overrides = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a value of the recipe: encoder.1.dim=32. Repeatable.",
    shell_complete=completion.settings,
)
within = click.option(
    "--within",
    metavar="TIME",
    help="Choose what costs less until the run is estimated to take at most 90s, 10min, 2h.",
)
memory = click.option(
    "--memory",
    metavar="SIZE",
    help="The same for its memory: 500MB, 2GB.",
)


DATASET = "dataset."  # before a key of the data, as in a recipe


def _of_data(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> object:
    """Return settings of the data with or without the name of their table: dataset.text=body."""
    return tuple(setting.removeprefix(DATASET) for setting in given)


data_settings = settings(
    callback=_of_data,
    help="Where the data are now, as in [dataset]: path=moved/tickets.csv. Repeatable.",
)
new_data_settings = settings(
    callback=_of_data,
    help="How to read DATA, as in a [dataset] of files: text=body, delimiter=;. Repeatable.",
)


@contextmanager
def data_of_run(settings: Sequence[str]) -> Iterator[None]:
    """Say how a command is given the place of data that are not where a run has read them."""
    try:
        yield
    except InputError as error:
        if not settings and error.key is not None and error.key.split(".")[0] == "dataset":
            error.add_note("say where the data are now: --set path=FILE")
        raise


whose_clusters = clusterer(help="Clusterer to use; default: the one that the report shows first.")
as_is = click.option(
    "--as-is",
    is_flag=True,
    help="Do not put ' before csv texts that a spreadsheet would execute.",
)
trust_python = click.option(
    "--trust-python",
    is_flag=True,
    help="Import what the folder's recipe names as python:module:Class.",
)
KINDS: tuple[Kind, ...] = (
    *("dataset", "encoder", "loss", "clusterer", "metric", "namer"),
    *("pairs", "augmentation"),
)
TRACKER = completion.TRACKER
BROUGHT = (*KINDS, TRACKER)
"""What packages bring; a tracker has no plugin that a recipe names."""

QUIET = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
}


def examples(*commands: str) -> str:
    """Return the end of a command's help: how it is typed."""
    return "\n".join(
        ["\b", "Example:" if len(commands) == 1 else "Examples:", *(f"  {c}" for c in commands)]
    )


def quiet_libraries() -> None:
    """Stop libraries from sending telemetry and from drawing bars of their own; before imports."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
