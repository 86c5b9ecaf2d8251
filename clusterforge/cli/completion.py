"""What the Tab key offers: files, recipes, plugins, clusterers, and the keys of ``--set``.

A shell's script calls the program with the line in environment variables; :func:`answer` prints
what fits, one ``type, value, help`` per line, separated by tabs. The types are ``plain``, ``key`` (no
space follows), ``file`` and ``dir`` (the shell completes these itself).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import click
from click.shell_completion import CompletionItem, ShellComplete, split_arg_string

from clusterforge.cli import terminal
from clusterforge.errors import ClusterforgeError

if TYPE_CHECKING:
    from clusterforge.params import Params
    from clusterforge.registry import Registry
    from clusterforge.specs import Kind

VARIABLE = "_CLUSTERFORGE_COMPLETE"
SHELLS = ("bash", "zsh", "fish")
TRACKER = "tracker"
PARTS: dict[str, Kind] = {"pairs": "pairs", "augment": "augmentation"}
Items = list[CompletionItem]
Complete = Callable[[click.Context, click.Parameter, str], Items]


def script(shell: str) -> str:
    """Return what a shell has to read to complete the command."""
    return (resources.files("clusterforge.cli") / "shells" / f"clusterforge.{shell}").read_text()


def answer(program: click.Command) -> int:
    """Print what completes the line that a shell's script has put into the environment.

    Returns
    -------
    int
        0; 2 for a shell that is not known.
    """
    shell = os.environ[VARIABLE].removesuffix("_complete")
    if shell not in SHELLS:
        return 2
    args, incomplete = _line(shell)
    with terminal.results_only():  # a plugin may print at its import
        shell_complete = ShellComplete(program, {}, "clusterforge", VARIABLE)
        fitting = shell_complete.get_completions(args, incomplete)
    # bash completes what follows the last = or :, so what stands before it must not come again.
    breaks = [c for c in os.environ.get("COMP_WORDBREAKS", "") if c in "=:"]
    done = incomplete[: max((incomplete.rfind(c) for c in breaks), default=-1) + 1]
    for item in fitting:
        value = item.value.removeprefix(done)
        about = terminal.plain(item.help or "")
        terminal.text_result(f"{item.type}\t{terminal.plain(value)}\t{about}\n")
    return 0


def _line(shell: str) -> tuple[list[str], str]:
    """Return the complete words after the program's name, and the one under the cursor."""
    line = os.environ["COMP_LINE"]
    words = split_arg_string(line)[1:]
    under_cursor = words.pop() if words and not line[-1].isspace() else ""
    return words, under_cursor


def quietly(complete: Complete) -> Complete:
    """Make a completion that fails offer nothing: the line is not run yet."""

    def attempt(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
        try:
            return complete(context, parameter, incomplete)
        except (ClusterforgeError, OSError):
            return []

    return attempt


def folders(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Offer folders."""
    return [CompletionItem(incomplete, type="dir")]


def files(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Offer files and folders."""
    return [CompletionItem(incomplete, type="file")]


def recipe_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Offer the recipes that come with clusterforge."""
    from clusterforge.recipe.shipped import shipped_recipes

    return [
        CompletionItem(name, help=recipe.summary)
        for name, recipe in shipped_recipes().items()
        if name.startswith(incomplete)
    ]


def recipes(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Offer recipes by name, and files."""
    return [
        *recipe_names(context, parameter, incomplete),
        *files(context, parameter, incomplete),
    ]


@quietly
def plugins(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Offer the plugins of the kind that stands before it, or KIND:NAME where none does."""
    kind = context.params.get("kind")
    return [
        CompletionItem(f"{'' if kind else f'{each}:'}{name}", help=summary)
        for each, name, summary in _plugins(kind)
        if (name if kind else f"{each}:{name}").startswith(incomplete)
    ]


@quietly
def kinds(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Offer the kinds of plugins, and trackers."""
    from clusterforge.specs import ALL_TYPES

    every = (*ALL_TYPES, TRACKER)
    return [CompletionItem(kind) for kind in every if kind.startswith(incomplete)]


@quietly
def clusterers(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Offer the clusterers of the run that stands before it."""
    names = _clusterers(Path(_first(context, "run")))
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


@quietly
def runs(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Offer folders and, behind a colon, the clusterers of a run."""
    run, colon, start = incomplete.rpartition(":")
    if not colon:
        return folders(context, parameter, incomplete)
    names = _clusterers(Path(run))
    return [CompletionItem(f"{run}:{name}") for name in names if name.startswith(start)]


@quietly
def settings(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Offer the keys of a recipe and of its plugins, and behind = what may stand there."""
    key, equals, _ = incomplete.partition("=")
    offered: Items = []
    for name, about, values in _settings(_first(context, "recipe"), key):
        if not equals:
            offered.append(CompletionItem(f"{name}=", type="key", help=about))
        elif name == key:
            offered += [CompletionItem(f"{name}={value}") for value in values]
    return [item for item in offered if item.value.startswith(incomplete)]


def _first(context: click.Context, name: str) -> str:
    """Return the command's first argument; it has no name yet where an option waits for its value."""
    value = context.params.get(name) or next(iter(context.args), "")
    return str(value)


def _plugins(kind: Kind | None) -> Iterator[tuple[str, str, str]]:
    from clusterforge.registry import Registry
    from clusterforge.specs import ALL_TYPES

    registry = Registry.installed()
    if kind in (None, TRACKER):
        for tracker in registry.trackers:
            yield TRACKER, tracker.distribution.name, tracker.summary
    for each in ALL_TYPES if kind is None else (kind,):
        for plugin in registry.of(each):
            yield each, plugin.use, plugin.spec.summary


def _clusterers(run: Path) -> list[str]:
    tables = tomllib.loads((run / "recipe.toml").read_text("utf-8")).get("clusterer", ())
    return [str(table.get("id", table.get("use"))) for table in tables]


def _settings(recipe: str, key: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield every key with its help and the values that it may have, as far as they are words.

    Entries of a list go by their id, or by number where ``key`` begins so.
    """
    from clusterforge.recipe import read, resolve
    from clusterforge.recipe.tables import SINGLE, RecipeTables
    from clusterforge.registry import Registry

    registry = Registry.installed()
    resolved = resolve(read(recipe), registry)
    by_number = key.partition(".")[2][:1].isdigit()
    for name, field in RecipeTables.model_fields.items():
        if name in ("name", "description", "seed"):
            yield name, field.description or "", ()
    fixed = {"evaluation": resolved.evaluation, "profile": resolved.profile}
    for name, table in {**fixed, "compute": resolved.compute}.items():
        yield from _keys(table, name, registry)
    for entry in resolved.entries:
        kind = entry.plugin.spec.kind
        place = entry.table if by_number or entry.table in SINGLE else f"{kind}.{entry.id}"
        yield (
            f"{place}.use",
            f"Name of the {kind}.",
            tuple(plugin.use for plugin in registry.of(kind)),
        )
        yield from _keys(entry.params, place, registry)


def _keys(
    params: Params, place: str, registry: Registry
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    from clusterforge.params import Params as Table
    from clusterforge.phases import Optimisation

    for name, field in type(params).model_fields.items():
        value = dict(params)[name]
        below = value if isinstance(value, tuple) else ()
        tables = [(f".{i}", one) for i, one in enumerate(below) if isinstance(one, Table)]
        if isinstance(value, Table):
            tables = [("", value)]
        for index, table in tables:
            yield from _keys(table, f"{place}.{name}{index}", registry)
        words = list(_words(field.annotation))
        if isinstance(params, Optimisation) and name in PARTS:
            words += [plugin.use for plugin in registry.of(PARTS[name])]
        if words or not tables:
            yield f"{place}.{name}", field.description or "", tuple(dict.fromkeys(words))


def _words(annotation: Any) -> Iterator[str]:
    from pydantic import BaseModel

    if annotation is bool:
        yield from ("true", "false")
    elif get_origin(annotation) is Literal:
        yield from map(str, get_args(annotation))
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if use := annotation.model_fields.get("use"):  # a name is the short form of the table
            yield from _words(use.annotation)
    else:
        for part in get_args(annotation):
            yield from _words(part)
