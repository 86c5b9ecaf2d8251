"""Write the reference pages from the code, or check that they are what the code says.

``python -m docs.generate`` writes ``docs/reference``; ``--check`` writes nothing and ends with
status 1 where a page is stale. Only built-in plugins are described.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from clusterforge.params import Params
from clusterforge.registry import Registry
from clusterforge.specs import (
    SPEC_TYPES,
    ClustererSpec,
    EncoderSpec,
    Kind,
    LossSpec,
    MetricSpec,
    Spec,
)

FOLDER = Path(__file__).parent / "reference"
NOTE = (
    "<!-- Written by `python -m docs.generate` from the code. Edit the code, not this page. -->\n"
)
TITLES: Mapping[Kind, str] = {
    "dataset": "Data sets",
    "encoder": "Encoders",
    "loss": "Losses",
    "clusterer": "Clusterers",
    "metric": "Metrics",
}
OWN = "the plugin's own keys"


def main(arguments: list[str] | None = None) -> int:
    """Write the pages, or compare them; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; 1 where a page is stale"
    )
    check = parser.parse_args(arguments).check
    pages = {FOLDER / name: text for name, text in reference().items()}
    stale = [path for path, text in pages.items() if _read(path) != text]
    gone = sorted(set(FOLDER.rglob("*.md")) - pages.keys())
    for path in [*stale, *gone]:
        if check:
            print(f"{path.relative_to(FOLDER.parent.parent)} is stale", file=sys.stderr)  # noqa: T201
        elif path in pages:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(pages[path], "utf-8")
        else:
            path.unlink()
    if check and (stale or gone):
        print("write them again: python -m docs.generate", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def reference() -> dict[str, str]:
    """Return every page by its name below ``docs/reference``."""
    pages = {"recipe.md": recipe_page(), "commands.md": commands_page()}
    registry = Registry.installed(limit="")
    for kind in SPEC_TYPES:
        specs = [plugin.spec for plugin in registry.of(kind)]
        pages[f"plugins/{kind}.md"] = plugins_page(kind, specs)
    return {name: f"{NOTE}\n{text.rstrip()}\n" for name, text in pages.items()}


def recipe_page() -> str:
    """Return the page of a recipe's fixed tables and keys."""
    from clusterforge import phases
    from clusterforge.recipe import model

    sections: list[tuple[str, str, type[Params]]] = [
        (
            "The top level",
            'Beside these, `extends = "other.toml"` names a recipe that this one builds on: tables '
            "merge, arrays and single values replace.",
            model.RecipeTables,
        ),
        (
            "A plugin's table: `[dataset]`, `[[encoder]]`, `[[clusterer]]`, `[[metric]]`",
            "Every other key is a parameter of the plugin: see "
            + ", ".join(f"[{TITLES[kind].lower()}](plugins/{kind}.md)" for kind in SPEC_TYPES)
            + ". `[dataset]` stands once and takes no `id`.",
            model.PluginTable,
        ),
        (
            "A trained encoder's table",
            "Keys that every encoder with a network takes beside its own.",
            phases.TrainedParams,
        ),
        ("`[[encoder.phase]]`", phases.Phase.__doc__ or "", phases.Phase),
        (
            "A loss in a phase",
            "`loss` is a name, a table, or a list of them; the loss minimised is the weighted sum. "
            f"Beside these, {OWN}: see [losses](plugins/loss.md).",
            phases.LossUse,
        ),
        *(
            (f'`pairs = "{pairs.model_fields["use"].default}"`', pairs.__doc__ or "", pairs)
            for pairs in (
                phases.LabelPairs,
                phases.NeighborPairs,
                phases.AugmentPairs,
                phases.PseudoPairs,
            )
        ),
        (
            "`backbone`",
            f"{phases.Backbone.__doc__} Beside these, {OWN}: see [encoders](plugins/encoder.md).",
            phases.Backbone,
        ),
        ("`[report]`", model.ReportTable.__doc__ or "", model.ReportTable),
        (
            "`[report.projection]`",
            f"Beside `use` and {OWN}. An embedding of two dimensions is its own map.",
            model.ProjectionRows,
        ),
        ("`[compute]`", model.Compute.__doc__ or "", model.Compute),
    ]
    text = "# The recipe\n\nEvery fixed table and key. The tour is in the [tutorial](../tutorial.md).\n"
    for title, about, params in sections:
        text += f"\n## {title}\n\n{_prose(about)}\n\n{_table(params)}"
    return text


def commands_page() -> str:
    """Return the page of every command's help."""
    import click

    from clusterforge.cli.main import clusterforge as program

    text = "# Commands\n\nWhat `--help` says of each.\n"

    def walk(command: click.Command, name: str, parent: click.Context | None) -> Iterable[str]:
        context = click.Context(
            command, info_name=name, parent=parent, terminal_width=80, max_content_width=80
        )
        yield f"\n## {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"
        if isinstance(command, click.Group):
            for below in command.list_commands(context):
                found = command.get_command(context, below)
                if found is not None and not found.hidden:
                    yield from walk(found, below, context)

    return text + "".join(walk(program, "clusterforge", None))


def plugins_page(kind: Kind, specs: Iterable[Spec]) -> str:
    """Return the page of one kind of plugin."""
    text = f"# {TITLES[kind]}\n\n"
    text += "Built in. What is installed here: "
    text += f"`clusterforge list-plugins`; one of them: `clusterforge describe {kind} NAME`.\n"
    for spec in specs:
        text += f"\n## `{spec.name}`\n\n{_prose(spec.summary)}\n\n"
        text += "".join(f"- {name}: {value}\n" for name, value in _facts(spec))
        text += f"\n{_table(spec.params, trained=_trained(spec))}"
        if _trained(spec):
            text += (
                "\nAnd `phase`, `pairs`, `backbone`, `weights`: "
                "see [a trained encoder's table](../recipe.md#a-trained-encoders-table).\n"
            )
    return text


def _facts(spec: Spec) -> Iterable[tuple[str, str]]:
    if isinstance(spec, EncoderSpec):
        yield "Takes", " or ".join(sorted(spec.takes))
        yield "Trained", "yes, in phases" if spec.trained else "no"
        if not spec.inductive:
            yield "New rows", "can't be encoded; it serves `report.projection` only"
        yield "Depends on the seed", _yes(spec.stochastic)
    elif isinstance(spec, LossSpec):
        yield "Batch of", {"items": "rows"}.get(spec.batch, spec.batch)
        yield "Reads labels", _yes(spec.needs_labels)
        yield "Needs a decoder", _yes(spec.needs_decoder)
        yield "Gives a head", _yes(spec.gives_head)
    elif isinstance(spec, ClustererSpec):
        rule = f", {spec.rule}" if spec.rule else ""
        yield "Predicts", f"{spec.predicts}{rule}"
        if spec.cost:
            yield "Cost", spec.cost
        yield "Depends on the seed", _yes(spec.stochastic)
        if spec.needs_head:
            yield "Needs", "an encoder with a head of its own"
    elif isinstance(spec, MetricSpec):
        yield "Better", {"none": "neither way"}.get(spec.direction, spec.direction)
        low = "-∞" if spec.low is None else f"{spec.low:g}"
        high = "∞" if spec.high is None else f"{spec.high:g}"
        yield "Range", f"{low} to {high}"
        yield "Needs labels", _yes(spec.needs_labels)
        yield "Noise", _NOISE[spec.noise]
    if spec.source:
        yield "Source", _prose(spec.source)


_NOISE = {
    "treated": "left out; and as one cluster, and as singletons",
    "raw": "seen as it is",
    "own": "left out; and as one cluster, and as singletons, by a rule of its own",
}


def _trained(spec: Spec) -> bool:
    return isinstance(spec, EncoderSpec) and spec.trained


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _table(params: type[Params], *, trained: bool = False) -> str:
    """Return a Markdown table of a model's keys, with type, default, bounds and help."""
    from clusterforge.phases import TrainedParams

    schema = params.model_json_schema()
    below = TrainedParams.model_json_schema()["properties"]
    shared = below if trained and issubclass(params, TrainedParams) else {}
    rows = [
        (
            f"`{name}`",
            _type(field, schema),
            _default(name, field, schema),
            _help(name, field, schema),
        )
        for name, field in schema.get("properties", {}).items()
        if field != shared.get(name)
    ]
    if not rows:
        return "It has no parameters.\n"
    lines = [("key", "type", "default", "meaning"), ("---",) * 4, *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _type(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    members = field.get("anyOf") or field.get("oneOf") or [field]
    named = [_member(member, schema) for member in members if member.get("type") != "null"]
    return _cell(" or ".join(dict.fromkeys(name for name in named if name)))


def _member(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "$ref" in field:
        target = schema["$defs"][field["$ref"].rpartition("/")[2]]
        return "table" if target.get("type") == "object" else _type(target, schema)
    if "allOf" in field:
        return _member(field["allOf"][0], schema)
    if "const" in field:
        return f"`{json.dumps(field['const'])}`"
    if "enum" in field:
        return " or ".join(f"`{json.dumps(value)}`" for value in field["enum"])
    if field.get("type") == "array":
        if "prefixItems" in field:
            inner = ", ".join(_type(item, schema) for item in field["prefixItems"])
            return f"list of ({inner})"
        inner = _type(field.get("items", {}), schema)
        return "list of tables" if inner == "table" else f"list of {inner}".removesuffix(" of ")
    names = {
        "integer": "integer",
        "number": "number",
        "string": "text",
        "boolean": "true or false",
        "object": "table",
    }
    name = names.get(str(field.get("type")), "")
    bounds = [
        f"{sign} {field[key]:g}" if abs(field[key]) < 1e6 else f"{sign} {field[key]}"
        for key, sign in (
            ("minimum", "≥"),
            ("exclusiveMinimum", ">"),
            ("maximum", "≤"),
            ("exclusiveMaximum", "<"),
        )
        if key in field
    ]
    pattern = [f"`{field['pattern']}`"] if "pattern" in field else []
    return ", ".join([" ".join([name, *bounds[:1]]), *bounds[1:], *pattern])


def _default(name: str, field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if name in schema.get("required", ()):
        return "required"
    default = field.get("default")
    if default is None or default in ("", []):
        return "none"
    return "the table's own" if isinstance(default, dict) else f"`{_cell(json.dumps(default))}`"


def _help(name: str, field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    about = field.get("description")
    if about is None and "$ref" in field:
        about = schema["$defs"][field["$ref"].rpartition("/")[2]].get("description")
    if about is None and name == "use":
        about = "This name."
    unit = f" Unit: {field['unit']}." if "unit" in field else ""
    return _cell(_prose(about or "") + unit)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _prose(text: str) -> str:
    return " ".join(text.split()).replace("``", "`")


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None


if __name__ == "__main__":
    os.environ["CLUSTERFORGE_PLUGINS"] = ""
    sys.exit(main())
