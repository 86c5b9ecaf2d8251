"""Write the reference pages from the code, or check that they are what the code says.

``python -m docs.generate`` writes ``docs/reference``, ``docs/conformance.md`` and ``docs/data.md``;
``--check`` writes nothing and ends with status 1 where a page is stale. Only built-in plugins are described.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from clusterforge import phases
from clusterforge.cli import words
from clusterforge.cli.commands.describe import _own_facts
from clusterforge.cli.main import clusterforge as program
from clusterforge.cli.outputs.commands import COMMANDS, output_of
from clusterforge.params import Params
from clusterforge.phases import TrainedParams
from clusterforge.recipe import tables
from clusterforge.registry import Registry
from clusterforge.specs import ALL_TYPES, SPEC_TYPES, EncoderSpec, Kind, Spec
from clusterforge.testing import Check, checks
from docs import data

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
    "namer": "Namers",
    "pairs": "Sources of pairs",
    "augmentation": "Augmentations",
}
OWN = "the plugin's own keys"
CONFORMANCE = """# The conformance kit

Everything that the core relies on in a plugin is a check with a name and a reason. In the tests of
a package, one call per plugin:

```python
from clusterforge.testing import conformance

test_leader = conformance("clusterer:leader", params={"radius": 0.5})
```

This is one pytest case per check, `test_leader[one-row]` and so on. `params` are the plugin's
parameters as in a recipe: required ones, and those that make it quick; a required `n_clusters`
defaults to 3. Declare what the plugin can't do: a check that is
expected to fail and passes is a failure.

```python
test_leader = conformance(
    "clusterer:leader", expected_failures={"one-row": "a leader needs a follower"}
)
```

On the command line, without pytest, for a package that has no such test:

```sh
clusterforge check-plugin clusterer:leader --set radius=0.5
```

The exit status is 0 if all checks pass, 1 if a built-in fails one, 4 if another package's
plugin does, and 2 if no plugin has the name. `--json` prints one object. It imports the package
and runs the plugin, in your account: it shows whether the plugin works, not whether it can be trusted.

Encoders, clusterers, metrics and losses are tested on small data sets of the kit: 60 rows in three
groups, 18 new ones, as text, images, a table or an embedding, whatever the plugin's spec
says that it takes. A namer gets the evidence of such groups. A data set is loaded with the given
parameters. Unusual rows (NaN, none at all, one, equal ones) may be refused with a one-line `InputError`
or accepted; any other exception fails the check, and so does a result that is not finite.

A tracker is named by its package, `tracker:clusterforge-lines`, and receives the events and the folder
of a small run that the kit executes first. A failure shows the line of the plugin that caused it, and the
plugin's own part of the traceback.
"""


def main(arguments: list[str] | None = None) -> int:
    """Write the pages, or compare them; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; 1 where a page is stale"
    )
    check = parser.parse_args(arguments).check
    pages = {FOLDER / name: text for name, text in reference().items()}
    pages[FOLDER.parent / "conformance.md"] = f"{NOTE}\n{conformance_page().rstrip()}\n"
    pages[FOLDER.parent / "data.md"] = f"{NOTE}\n{data.page().rstrip()}\n"
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
    registry = Registry.installed(limit="")
    pages = {
        "recipe.md": recipe_page(registry),
        "commands.md": commands_page(),
        "json.md": json_page(),
    }
    for kind in ALL_TYPES:
        specs = [plugin.spec for plugin in registry.of(kind)]
        pages[f"plugins/{kind}.md"] = plugins_page(kind, specs)
    return {name: f"{NOTE}\n{text.rstrip()}\n" for name, text in pages.items()}


def recipe_page(registry: Registry) -> str:
    """Return the page of a recipe's fixed tables and keys."""
    sections: list[tuple[str, str, type[Params]]] = [
        (
            "The top level",
            'Beside these, `extends = "other.toml"` names a recipe that this one builds on: tables '
            "merge, arrays and single values replace.",
            tables.RecipeTables,
        ),
        (
            "A plugin's table: `[dataset]`, `[[encoder]]`, `[[clusterer]]`, `[[metric]]`, `[namer]`",
            "Every other key is a parameter of the plugin: see "
            + ", ".join(f"[{TITLES[kind].lower()}](plugins/{kind}.md)" for kind in SPEC_TYPES)
            + ". `[dataset]` and `[namer]` stand once and take no `id`.",
            tables.PluginTable,
        ),
        (
            "A clusterer's table: `[[clusterer]]`",
            "Keys that every clusterer takes besides; see [layers](../layers.md).",
            tables.ClustererTable,
        ),
        (
            "A trained encoder's table",
            "Keys that every encoder with a network takes beside its own.",
            phases.TrainedParams,
        ),
        (
            "`[[encoder.phase]]`",
            f"{phases.Phase.__doc__} `pairs` and `augment` are names or tables with {OWN}: see "
            "[sources of pairs](plugins/pairs.md), [augmentations](plugins/augmentation.md).",
            phases.Phase,
        ),
        (
            "A loss in a phase",
            "`loss` is a name, a table, or a list of them; the loss minimised is the weighted sum. "
            f"Beside these, {OWN}: see [losses](plugins/loss.md).",
            phases.LossUse,
        ),
        *(
            (f'`{key} = "{use.model_fields["use"].default}"`', use.__doc__ or "", use)
            for key, use in (
                *(("optimizer", use) for use in (phases.Adam, phases.AdamW, phases.Sgd)),
                *(("schedule", use) for use in phases.Schedule.__subclasses__()),
            )
        ),
        (
            "`backbone`",
            f"{phases.Backbone.__doc__} Beside these, {OWN}: see [encoders](plugins/encoder.md).",
            phases.Backbone,
        ),
        ("`[report]`", tables.ReportTable.__doc__ or "", tables.ReportTable),
        (
            "`[report.projection]`",
            f"Beside `use` and {OWN}. An embedding of one or two dimensions is its own map.",
            tables.ProjectionRows,
        ),
        ("`[evaluation]`", tables.Evaluation.__doc__ or "", tables.Evaluation),
        ("`[compute]`", tables.Compute.__doc__ or "", tables.Compute),
    ]
    text = "# The recipe\n\nEvery fixed table and key. The tour is in the [tutorial](../tutorial.md).\n"
    for title, about, params in sections:
        text += f"\n## {title}\n\n{_prose(about)}\n\n{_table(params)}"
    return text


def commands_page() -> str:
    """Return the page of every command's help."""
    text = "# Commands\n\nWhat `--help` says of each.\n"

    def walk(command: click.Command, name: str, parent: click.Context | None) -> Iterable[str]:
        context = command.make_context(
            name, [], parent, resilient_parsing=True, terminal_width=80, max_content_width=80
        )
        yield f"\n## {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"
        if isinstance(command, click.Group):
            for below in command.list_commands(context):
                found = command.get_command(context, below)
                if found is not None and not found.hidden:
                    yield from walk(found, below, context)

    return text + "".join(walk(program, "clusterforge", None))


def json_page() -> str:
    """Return the page of what each command prints under ``--json``."""
    text = (
        "# Output as JSON\n\nWith `--json` a command prints one JSON object on stdout, and nothing "
    )
    text += "else is ever printed there.\nIts JSON Schema: `clusterforge schema --of COMMAND`.\n"
    for command in COMMANDS:
        output = output_of(command)
        text += f"\n## {command}\n\n{_prose(inspect.getdoc(output) or '')}\n\n{_output(words.keys(output))}"
        for table in words.nested(output):
            about = table.help.partition(" Parameters ---")[0]
            text += f"\n`{table.name}`: {about}\n\n{_output(table.keys)}"
    return text


def _output(keys: Iterable[words.Key]) -> str:
    lines = [("key", "type", "meaning"), ("---",) * 3]
    lines += [(f"`{key.name}`", f"`{_cell(key.type)}`", _cell(_prose(key.help))) for key in keys]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def plugins_page(kind: Kind, specs: Iterable[Spec]) -> str:
    """Return the page of one kind of plugin."""
    text = f"# {TITLES[kind]}\n\n"
    text += "Built in. What is installed here: "
    text += f"`clusterforge list-plugins`; one of them: `clusterforge describe {kind} NAME`.\n"
    for spec in specs:
        text += f"\n## `{spec.name}`\n\n{_prose(spec.summary)}\n\n"
        facts = [*_own_facts(spec), *([("source", spec.source)] if spec.source else ())]
        text += "".join(f"- {name}: {_prose(str(value))}\n" for name, value in facts)
        text += f"\n{_table(spec.params, trained=_trained(spec))}"
        if _trained(spec):
            text += (
                "\nAnd `phase`, `pairs`, `backbone`, `weights`: "
                "see [a trained encoder's table](../recipe.md#a-trained-encoders-table).\n"
            )
    return text


def conformance_page() -> str:
    """Return the page of the checks that plugins go through."""
    text = CONFORMANCE
    of_kind = {kind: checks(kind) for kind in ALL_TYPES}
    every = [each for each in of_kind["dataset"] if each.kinds == frozenset(ALL_TYPES)]
    trackers = checks("tracker")
    total = len(
        {each.name for found in of_kind.values() for each in found}
        | {each.name for each in trackers}
    )
    text += f"\nThere are {total} checks. A check that does not apply to a plugin is skipped, "
    text += "with the reason.\n"
    text += f"\n## Every plugin\n\n{_checks(every)}"
    for kind, found in of_kind.items():
        text += f"\n## {TITLES[kind]}\n\n{_checks(each for each in found if each not in every)}"
    return f"{text}\n## Trackers\n\n{_checks(trackers)}"


def _checks(found: Iterable[Check]) -> str:
    lines = [("check", "why"), ("---", "---")]
    lines += [(f"`{each.name}`", _cell(each.why)) for each in found]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _trained(spec: Spec) -> bool:
    return isinstance(spec, EncoderSpec) and spec.trained


def _table(params: type[Params], *, trained: bool = False) -> str:
    """Return a Markdown table of a model's keys, with type, default, bounds and help."""
    shared = words.keys(TrainedParams) if trained else ()
    rows = [
        (f"`{key.name}`", f"`{_cell(key.type)}`", _default(key), _help(key, params))
        for key in words.keys(params)
        if key not in shared
    ]
    if not rows:
        return "It has no parameters.\n"
    lines = [("key", "type", "default", "meaning"), ("---",) * 4, *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _default(key: words.Key) -> str:
    if key.required:
        return "required"
    if key.default is None or key.default in ("", []):
        return "none"
    if isinstance(key.default, dict):
        return "the table's own"
    return f"`{_cell(json.dumps(key.default, ensure_ascii=False))}`"


def _help(key: words.Key, params: type[Params]) -> str:
    # The schema leaves out a description that its table has too.
    about = key.help or params.model_fields[key.name].description or ""
    if not about and key.name == "use":
        about = "This name."
    return _cell(_prose(about) + (f" Unit: {key.unit}." if key.unit else ""))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _prose(text: str) -> str:
    return " ".join(text.split()).replace("``", "`")


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None


if __name__ == "__main__":
    os.environ["CLUSTERFORGE_PLUGINS"] = ""
    sys.exit(main())
