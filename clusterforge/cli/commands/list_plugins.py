"""``clusterforge list-plugins``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from clusterforge.cli import options, terminal

if TYPE_CHECKING:
    from clusterforge.registry import Plugin, Problem, Tracker

HEADER = ("kind", "name", "package", "summary")
SUMMARY = 120  # columns of a summary where there is no terminal that limits it


@click.command(
    "list-plugins", epilog=options.examples("clusterforge list-plugins --kind clusterer")
)
@click.option("--kind", type=options.Word(options.BROUGHT), help="Only plugins of this kind.")
@options.as_json
def list_plugins(kind: str | None, as_json: bool) -> None:
    """List all plugins, including those that don't work.

    Packages that can't be used are listed below, with the problem and the remedy.
    """
    from clusterforge.registry import Registry

    registry = Registry.installed()
    problems = [*registry.problems, *registry.rivalries()]
    plugins = [
        plugin for each in options.KINDS if kind in (None, each) for plugin in registry.of(each)
    ]
    trackers = registry.trackers if kind in (None, options.TRACKER) else ()
    if as_json:
        from clusterforge.cli.outputs.plugins import PluginsOutput

        found = {"plugins": plugins, "trackers": trackers, "problems": problems}
        terminal.json_result(PluginsOutput.model_validate(found))
        return
    rows = [HEADER, *map(_row, plugins), *map(_tracker_row, trackers)]
    terminal.listing(rows, cut=SUMMARY)
    show_problems(problems)


def show_problems(problems: Sequence[Problem]) -> None:
    """Print each problem: whose it is, why, and what to do about it."""
    for problem in problems:
        terminal.result()
        terminal.result(f"{problem.state}: {problem.distribution} ({problem.distribution.module})")
        terminal.wrapped(problem.reason, "  ")
        terminal.wrapped(problem.remedy, "  ")


def _row(plugin: Plugin) -> tuple[str, str, str, str]:
    spec = plugin.spec
    summary = spec.summary
    if plugin.state != "ok":
        summary = f"[{plugin.state}: use {plugin.qualified}] {summary}"
    return spec.kind, spec.name, plugin.distribution.name, summary


def _tracker_row(tracker: Tracker) -> tuple[str, str, str, str]:
    name = tracker.distribution.name
    return options.TRACKER, name, name, tracker.summary
