"""``clusterforge list-plugins``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from clusterforge.cli import options, terminal

if TYPE_CHECKING:
    from clusterforge.registry import Plugin, Problem


@click.command(
    "list-plugins", epilog=options.examples("clusterforge list-plugins --kind clusterer")
)
@click.option("--kind", type=click.Choice(options.KINDS), help="Only plugins of this kind.")
@options.as_json
def list_plugins(kind: str | None, as_json: bool) -> None:
    """List every plugin, also those that don't work.

    A package that can't be used stands below, with what is wrong and how to mend it.
    """
    from clusterforge.registry import Registry

    registry = Registry.installed()
    problems = [*registry.problems, *registry.rivalries()]
    plugins = [
        plugin for each in options.KINDS if kind in (None, each) for plugin in registry.of(each)
    ]
    if as_json:
        terminal.json_result(
            {
                "plugins": [_record(plugin) for plugin in plugins],
                "trackers": [
                    {
                        "distribution": tracker.distribution.name,
                        "version": tracker.distribution.version,
                        "hooks": list(tracker.hooks),
                    }
                    for tracker in registry.trackers
                ],
                "problems": [problem_record(problem) for problem in problems],
            }
        )
        return
    terminal.listing([_row(plugin) for plugin in plugins])
    if kind is None:
        for tracker in registry.trackers:
            what = ", ".join(name.removeprefix("clusterforge_") for name in tracker.hooks)
            terminal.result()
            terminal.result(f"follows every run: {tracker.distribution}")
            terminal.wrapped(f"told of {what.replace('_', ' ')}", "  ")
    show_problems(problems)


def show_problems(problems: Sequence[Problem]) -> None:
    """Print each problem: whose it is, why, and how to mend it."""
    for problem in problems:
        terminal.result()
        terminal.result(f"{problem.state}: {problem.distribution} ({problem.distribution.module})")
        terminal.wrapped(problem.reason, "  ")
        terminal.wrapped(problem.remedy, "  ")


def problem_record(problem: Problem) -> dict[str, Any]:
    """Return a problem as JSON values."""
    return {
        "distribution": problem.distribution.name,
        "version": problem.distribution.version,
        "entry_point": problem.distribution.entry_point,
        "state": problem.state,
        "reason": problem.reason,
        "remedy": problem.remedy,
    }


def _row(plugin: Plugin) -> tuple[str, str, str, str]:
    spec = plugin.spec
    summary = spec.summary
    if plugin.state != "ok":
        summary = f"[{plugin.state}: say {plugin.qualified}] {summary}"
    return spec.kind, spec.name, plugin.distribution.name, summary


def _record(plugin: Plugin) -> dict[str, Any]:
    return {
        "kind": plugin.spec.kind,
        "name": plugin.spec.name,
        "qualified": plugin.qualified,
        "state": plugin.state,
        "summary": plugin.spec.summary,
        "distribution": plugin.distribution.name,
        "version": plugin.distribution.version,
        "target": plugin.spec.target,
    }
