"""``clusterforge check-plugin [KIND:]NAME``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from clusterforge.cli import completion, options, terminal
from clusterforge.errors import InputError

if TYPE_CHECKING:
    from clusterforge.specs import Content
    from clusterforge.testing import Outcome

OURS_FAILED, THEIRS_FAILED = 1, 4
WORDS = {"passed": "pass", "failed": "FAIL", "skipped": "skip"}


@click.command(
    "check-plugin",
    epilog=options.examples("clusterforge check-plugin clusterer:leader --set radius=0.5"),
)
@click.argument("name", metavar="[KIND:]NAME", shell_complete=completion.plugins)
@options.settings(help="Set a parameter of the plugin: n_clusters=3. Repeatable.")
@click.option(
    "--content",
    type=options.Word(["text", "image", "table", "mixed", "embedding"]),
    help="Input to test an encoder with; default: the first that it takes.",
)
@options.as_json
def check_plugin(
    name: str, settings: tuple[str, ...], content: Content | None, as_json: bool
) -> None:
    """Check that a plugin does everything that the core relies on.

    The plugin is tested on small generated data. A package that follows runs is tracker:DISTRIBUTION.
    Exits with status 1 if a built-in plugin fails, 4 if another one does. In a package's own tests,
    use clusterforge.testing.conformance.
    """
    options.quiet_libraries()
    from clusterforge.recipe.source import read
    from clusterforge.registry import Registry, Tracker
    from clusterforge.testing import checks, find, kind_of, outcomes

    registry = Registry.installed()
    plugin = find(name, registry)
    params = dict(read({}, settings).data)
    width = max(len(check.name) for check in checks(kind_of(plugin)))
    finished: list[Outcome] = []
    try:
        for outcome in outcomes(plugin, params, registry, content):
            finished.append(outcome)
            if not as_json:
                _show(outcome, width)
    except InputError as error:
        key = (error.key or "").removeprefix("params.")
        remedy = error.remedy or f"use --set {key or 'KEY'}=VALUE"
        raise InputError(error.problem, key=key or None, remedy=remedy) from error
    counts = Counter(outcome.state for outcome in finished)
    whose = plugin.distribution
    title = whose.name if isinstance(plugin, Tracker) else plugin.spec.name
    if as_json:
        from clusterforge.cli.outputs.plugins import CheckPluginOutput

        terminal.json_result(
            CheckPluginOutput.model_validate(
                {
                    "kind": kind_of(plugin),
                    "name": title,
                    "qualified": plugin.qualified,
                    "distribution": whose.name,
                    "version": whose.version,
                    "params": params,
                    "passed": not counts["failed"],
                    "checks": finished,
                }
            )
        )
    else:
        total = f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped"
        terminal.result()
        terminal.result(f"{kind_of(plugin)} {title} of {whose}: {total}")
    if counts["failed"]:
        raise click.exceptions.Exit(OURS_FAILED if whose.ours else THEIRS_FAILED)


def _show(outcome: Outcome, width: int) -> None:
    head = f"{outcome.check.name:<{width}}  {WORDS[outcome.state]}"
    indent = " " * (len(head) + 2)
    if outcome.state == "skipped":
        terminal.wrapped(outcome.message, indent, f"{head}  ")
        return
    terminal.result(head)
    if outcome.state == "failed":
        terminal.wrapped(outcome.message, "    ")
        if outcome.place:
            terminal.result(f"    at {outcome.place}")
        for line in outcome.traceback:
            terminal.result(f"    | {line}")
        terminal.wrapped(f"why: {outcome.check.why}", "    ")
