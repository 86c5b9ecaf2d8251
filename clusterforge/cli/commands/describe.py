"""``clusterforge describe KIND NAME``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from clusterforge.cli import completion, options, terminal
from clusterforge.errors import InputError, nearest

if TYPE_CHECKING:
    from clusterforge.cli.words import Key
    from clusterforge.registry import Plugin, Registry, Tracker
    from clusterforge.specs import Spec

FEW = 2  # keys that a table shares with the parameters and that are described once more
NOISE = {
    "treated": "left out; and as one cluster, and as singletons",
    "raw": "seen as it is",
    "own": "left out; and as one cluster, and as singletons, by a rule of its own",
}


@click.command(epilog=options.examples("clusterforge describe clusterer kmeans"))
@click.argument("kind", shell_complete=completion.kinds)
@click.argument("name", required=False, shell_complete=completion.plugins)
@options.as_json
def describe(kind: str, name: str | None, as_json: bool) -> None:
    """Describe a plugin, with a snippet to paste.

    KIND is one of dataset, encoder, loss, clusterer, metric, namer, pairs, augmentation, tracker; it may be
    left out where one kind alone has a plugin of this NAME. A tracker has the name of its package.
    """
    from clusterforge.cli import words
    from clusterforge.cli.snippet import snippet
    from clusterforge.registry import PREFIX, Registry

    registry = Registry.installed()
    if name is None:
        kind, name = _kind(registry, kind), kind
    elif kind not in options.BROUGHT:
        raise click.UsageError(f"there is no kind {kind!r}; {nearest(kind, options.BROUGHT)}")
    if name.startswith(PREFIX):
        raise InputError(
            "describe shows installed plugins only",
            key=name,
            remedy="check the recipe that uses it",
        )
    if kind == options.TRACKER:
        _describe_tracker(registry.tracker(name), as_json)
        return
    plugin = registry.find(kind, name)  # type: ignore[arg-type]
    spec = plugin.spec
    try:
        keys, below = words.keys(spec.params), words.nested(spec.params)
        in_recipe = snippet(spec, plugin.use)
    except Exception as error:  # a model that can't be built
        raise plugin.failed("its parameters can't be described", error) from error
    if as_json:
        from clusterforge.cli.outputs.plugins import DescribeOutput, PluginOutput

        terminal.json_result(
            DescribeOutput(
                **dict(PluginOutput.model_validate(plugin)),
                facts=dict(_facts(plugin)),
                parameters=keys,
                tables=below,
                parameter_schema=spec.params.model_json_schema(),
                snippet=in_recipe,
            )
        )
        return
    terminal.result(f"{spec.kind} {spec.name}")
    terminal.wrapped(spec.summary, "  ")
    terminal.result()
    terminal.facts(_facts(plugin))
    terminal.result()
    terminal.result("parameters" if keys else "no parameters")
    _show(keys)
    for table in below:
        terminal.result()
        terminal.result(table.name)
        terminal.wrapped(table.help, "  ")
        same = [key.name for key in table.keys if any(key.about == own.about for own in keys)]
        same = same if len(same) > FEW else []
        if same:
            terminal.wrapped(f"{', '.join(same)}: as above", " " * 6, "  ")
        _show(key for key in table.keys if key.name not in same)
    terminal.result()
    terminal.result("in a recipe")
    for line in in_recipe.splitlines():
        terminal.result(f"  {line}")


def _kind(registry: Registry, name: str) -> str:
    """Return the kind that alone has a plugin of a name."""
    from clusterforge.packages import TRACKERS

    if name in options.BROUGHT:
        raise click.UsageError(f"Name a {name} as well: clusterforge list-plugins shows them")
    plugins = [p for p in registry.plugins if name in (p.spec.name, p.qualified)]
    trackers = {tracker.distribution.name for tracker in registry.trackers}
    kinds: list[str] = sorted({plugin.spec.kind for plugin in plugins})
    kinds += [options.TRACKER] if name in trackers else []
    if not kinds and name in TRACKERS:
        return options.TRACKER
    if not kinds:
        known = {plugin.spec.name for plugin in registry.plugins} | trackers
        remedy = registry.absent(name) or nearest(name, known)
        raise InputError(f"no plugin is named {name!r}", remedy=remedy)
    if len(kinds) > 1:
        choices = " or ".join(f"clusterforge describe {kind} {name}" for kind in kinds)
        raise click.UsageError(f"several kinds have a plugin named {name}: {choices}")
    return kinds[0]


def _describe_tracker(tracker: Tracker, as_json: bool) -> None:
    """Print what a package that follows runs is told."""
    package = tracker.distribution
    facts = {
        "from": str(package),
        "hooks": ", ".join(tracker.hooks),
        "code": package.module,
        "turned off by": f"CLUSTERFORGE_PLUGINS=-{package.name}",
    }
    if as_json:
        from clusterforge.cli.outputs.plugins import DescribeOutput

        terminal.json_result(
            DescribeOutput(
                kind="tracker",
                name=package.name,
                qualified=tracker.qualified,
                state="ok",
                summary=tracker.summary,
                distribution=package.name,
                version=package.version,
                target=package.module,
                facts=facts,
                parameters=(),
                tables=(),
                parameter_schema={},
                snippet="",
            )
        )
        return
    terminal.result(f"{options.TRACKER} {package.name}")
    terminal.wrapped(tracker.summary, "  ")
    terminal.result()
    terminal.facts(facts.items())


def _show(keys: Iterable[Key]) -> None:
    for key in keys:
        unit = f", in {key.unit}" if key.unit else ""
        terminal.wrapped(f"{key.name}: {key.type}{unit}; {key.standing}", " " * 6, "  ")
        if key.help:
            terminal.wrapped(key.help, " " * 6)


def _facts(plugin: Plugin) -> Iterator[tuple[str, str]]:
    yield "from", str(plugin.distribution)
    if plugin.state != "ok":
        yield "state", f"{plugin.state}: a recipe must use {plugin.qualified}"
    yield from _own_facts(plugin.spec)
    if plugin.spec.source:
        yield "source", plugin.spec.source
    yield "code", plugin.spec.target


def _own_facts(spec: Spec) -> Iterator[tuple[str, str]]:
    from clusterforge.specs import (
        ClustererSpec,
        EncoderSpec,
        LossSpec,
        MetricSpec,
        NamerSpec,
        PairSourceSpec,
    )

    if isinstance(spec, EncoderSpec):
        yield "takes", " or ".join(sorted(spec.takes))
        if spec.also_reads:
            yield "also reads", " or ".join(sorted(spec.also_reads))
        yield "trained", "yes, in phases" if spec.trained else "no"
        yield "new rows", "encoded" if spec.inductive else "can't be: for report.projection only"
        yield "uses the seed", _yes(spec.stochastic)
        if spec.weights:
            yield "weights", f"trained on {spec.weights}"
    elif isinstance(spec, LossSpec):
        yield "batch of", {"items": "rows"}.get(spec.batch, spec.batch)
        yield "reads labels", _yes(spec.needs_labels)
        yield "needs a decoder", _yes(spec.needs_decoder)
        yield "gives a head", _yes(spec.gives_head)
    elif isinstance(spec, PairSourceSpec):
        yield "reads labels", _yes(spec.needs_labels)
        yield "reads vectors", _yes(spec.needs_points)
    elif isinstance(spec, ClustererSpec):
        yield "predicts", f"{spec.predicts}: {spec.rule}" if spec.rule else spec.predicts
        if spec.complexity:
            yield "complexity", spec.complexity
        yield "uses the seed", _yes(spec.stochastic)
        if spec.needs_head:
            yield "needs", "an encoder with its own head"
    elif isinstance(spec, MetricSpec):
        yield "better", {"none": "neither way"}.get(spec.direction, spec.direction)
        low = "-∞" if spec.low is None else f"{spec.low:g}"
        high = "∞" if spec.high is None else f"{spec.high:g}"
        yield "range", f"{low} to {high}"
        yield "needs labels", _yes(spec.needs_labels)
        yield "noise", NOISE[spec.noise]
    elif isinstance(spec, NamerSpec):
        yield "uses the seed", _yes(spec.stochastic)
        to = spec.sends_rows_to
        yield (
            "sends rows",
            f"yes, to the host of its {to}" if to else "no, nothing leaves the process",
        )


def _yes(value: bool) -> str:
    return "yes" if value else "no"
