"""``clusterforge edit RUN [EDITS]``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clusterforge.cli import completion, options, terminal
from clusterforge.errors import InputError
from clusterforge.formats import count, first_of
from clusterforge.interrupts import finish

if TYPE_CHECKING:
    from pydantic import JsonValue

    from clusterforge.cli.display import Display
    from clusterforge.curation import Edit
    from clusterforge.curation.edits import RowRef
    from clusterforge.pipeline.result import Run
    from clusterforge.runs import RunFolder

OPTIONS = {"name": "--as", "to": "--reduce", "policy": "--outliers"}
"""The options that say the keys of an edit under another name."""
FEW = 3  # ids that a message shows
ACTIONS = {
    "merge": "Merge these CLUSTERs.",
    "split": "Split this CLUSTER; see --into.",
    "rename": "Rename this CLUSTER; see --as.",
    "to-noise": "Make these CLUSTERs noise.",
    "pin": "Put these ROWs into a cluster, overriding every fit; see --to.",
    "together": "Keep these ROWs in one cluster.",
    "apart": "Keep these ROWs in separate clusters.",
}


def _actions(command: click.decorators.FC) -> click.decorators.FC:
    for name, text in reversed(ACTIONS.items()):
        command = click.option(f"--{name}", "actions", flag_value=name, multiple=True, help=text)(
            command
        )
    return command


@click.command(
    epilog=options.examples(
        "clusterforge edit runs/first edits.toml",
        'clusterforge edit runs/first --merge 3 7 --as "billing"',
        "clusterforge edit runs/first --split 4 --into 3 --save edits.toml",
        "clusterforge edit runs/first --split 4 --by hdbscan --set min_cluster_size=20",
        "clusterforge edit runs/first --split 4 --by tree --into 3",
        "clusterforge edit runs/first --reduce 15 --outliers nearest",
        "clusterforge edit runs/first edits.toml --set path=moved/tickets.csv",
        'clusterforge edit taxonomies/tickets --merge 3 7 --as "billing"',
    )
)
@click.argument("run", shell_complete=completion.folders)
@click.argument("subjects", nargs=-1, metavar="[EDITS | CLUSTER... | ROW...]")
@_actions
@click.option(
    "--reduce",
    "reduce_to",
    type=click.IntRange(1),
    metavar="N",
    help="Merge the nearest clusters until N are left.",
)
@click.option(
    "--outliers",
    type=options.Word(["nearest", "membership", "neighbors", "words", "recluster"]),
    help="Reassign noise to clusters by a policy; see --threshold.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    help="Rows below this confidence stay noise (--outliers).",
)
@click.option("--as", "name", metavar="NAME", help="Name of the cluster (--merge, --rename).")
@click.option(
    "--into",
    type=click.IntRange(2, 1000),
    metavar="N",
    help="Number of parts (--split); default: 2.",
)
@click.option(
    "--by",
    metavar="CLUSTERER",
    help="Which clusterer finds the parts (--split), see --set; or tree: branches of the tree over the "
    "clusters. Default: k-means.",
)
@options.settings(
    help="A parameter of that clusterer: min_cluster_size=20; or where the data are now, as in "
    "[dataset]: path=moved/tickets.csv. Repeatable.",
)
@click.option("--to", metavar="CLUSTER", help="Cluster of the rows (--pin).")
@options.clusterer(help="Which clustering to edit; default: the one that the report shows first.")
@options.file("--save", help="Add the edit to a file of edits without applying it.")
@options.folder("--out", help="Folder of the curation; it must not exist or be empty.")
@options.trust_python
@options.quiet
@options.as_json
def edit(
    run: str,
    subjects: tuple[str, ...],
    actions: tuple[str, ...],
    reduce_to: int | None,
    outliers: str | None,
    threshold: float | None,
    name: str | None,
    into: int | None,
    by: str | None,
    settings: tuple[str, ...],
    to: str | None,
    clusterer: str | None,
    save: str | None,
    out: str | None,
    trust_python: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Edit a clustering: merge, split, rename, pin.

    Takes a file of EDITS, or an edit as options: clusters by number or name, rows by id (with a
    split: test/17). --reduce and --outliers can be combined, in this order. The RUN is not changed; the
    result is a new folder, with scores before and after, a report, and the edits as edits.toml. RUN
    may be a taxonomy: --merge and --rename then also apply to all its later generations.
    """
    chosen = [*actions, *(["reduce"] if reduce_to else []), *(["outliers"] if outliers else [])]
    if len(chosen) > 1 and chosen != ["reduce", "outliers"]:
        raise click.UsageError(
            f"One edit at a time: --{' or --'.join(chosen)}; a file can hold several"
        )
    if not chosen and len(subjects) != 1:
        raise click.UsageError("Give a file of EDITS, or one edit such as --merge 3 7")
    for option, value, wanted in (
        ("--as", name, ("merge", "rename")),
        ("--into", into, ("split",)),
        ("--by", by, ("split",)),
        ("--to", to, ("pin",)),
        ("--threshold", threshold, ("outliers",)),
    ):
        if value is not None and not set(wanted) & set(chosen):
            raise click.UsageError(f"{option} goes with --{' or --'.join(wanted)}")
    if by not in (None, "tree") and into:
        raise click.UsageError("--into is for k-means; a clusterer has its own number: --set")
    if {"merge", "to-noise"} & set(chosen):
        subjects = tuple(name for subject in subjects for name in _numbers(subject))
    options.quiet_libraries()
    from clusterforge.cli.clusters import Edited
    from clusterforge.cli.commands.run import executed
    from clusterforge.curation import Edits
    from clusterforge.curation.edits import Rename
    from clusterforge.pipeline import curate
    from clusterforge.recipe import source
    from clusterforge.runs import RunFolder
    from clusterforge.runs.files import TAXONOMY
    from clusterforge.storage.atomic import check_apart, write_text

    if (Path(run) / TAXONOMY).is_file():
        if settings:
            raise click.UsageError("--set goes with a RUN, not with a taxonomy")
        _edit_taxonomy(run, chosen, subjects, name, as_json)
        return
    folder = RunFolder.open(run)
    fields = _data_keys(folder, trust_python) if settings else frozenset[str]()
    of_data = [one for one in settings if _data_key(one) in fields]
    changes = tuple(one.removeprefix(options.DATASET) for one in of_data)
    settings = tuple(one for one in settings if one not in of_data)
    if settings and "split" not in chosen:
        raise click.UsageError(
            f"--set {settings[0]} is no key of the data, and of a clusterer it goes with --split"
        )
    of = folder.clusterer(clusterer)
    words = Words(subjects, reduce_to, outliers, threshold, name, into, by, settings, to)
    if chosen:
        edits = Edits(
            edit=tuple(
                words.checked(folder, of, action, alone=len(chosen) == 1) for action in chosen
            )
        )
    else:
        edits = Edits.read(Path(subjects[0]), partial(curate.refer, folder, of))
    if save is not None:
        path = Path(save)
        check_apart(path, () if chosen else subjects, "--save")
        earlier = Edits.read(path) if path.exists() else Edits()
        write_text(path, earlier.followed_by(edits.edit).toml())
        terminal.result(f"{count(len(earlier) + len(edits), 'edit')} of {of}: {path}")
        return
    if not as_json:
        terminal.note(f"edits of {of}")

    def curated(display: Display) -> Run:
        with options.data_of_run(changes):
            return curate.edit(
                run,
                edits,
                clusterer=of,
                dataset=source.read({}, changes).data,
                out=out,
                observer=display,
                trust_python=trust_python,
            )

    labels = folder.assignments.clusters[of]
    named = frozenset(one.name for one in edits.edit if isinstance(one, Rename))
    edited = Edited(of, labels, named)
    executed(curated, quiet=quiet, as_json=as_json, edited=edited)


def _data_key(setting: str) -> str:
    """Return the key of the data set that KEY=VALUE would be of: types, of ``dataset.types.a=number``."""
    return setting.partition("=")[0].removeprefix(options.DATASET).partition(".")[0]


def _data_keys(folder: RunFolder, trust_python: bool) -> frozenset[str]:
    """Return the keys of a run's data set."""
    from clusterforge.pipeline.result import Run

    return frozenset(
        type(Run(folder.path, trust_python=trust_python).recipe.dataset.params).model_fields
    )


def _edit_taxonomy(
    folder: str, chosen: list[str], subjects: tuple[str, ...], name: str | None, as_json: bool
) -> None:
    from clusterforge.cli.outputs.taxonomies import FollowOutput
    from clusterforge.taxonomy import editing
    from clusterforge.taxonomy.folder import TaxonomyFolder

    before = TaxonomyFolder(Path(folder)).read()
    if chosen == ["rename"]:
        _count(subjects, 1, "rename")
        if not name:
            raise click.UsageError("--rename needs --as NAME")
        done = editing.rename(folder, subjects[0], name)
    elif chosen == ["merge"]:
        _count(subjects, 2, "merge", more=True)
        done = editing.merge(folder, subjects, name)
    else:
        raise InputError(
            "a taxonomy takes --rename and --merge",
            file=folder,
            remedy="edit the run, and begin a taxonomy with that curation",
        )
    finish()
    if as_json:
        terminal.json_result(FollowOutput.of(done))
        return
    for line in editing.difference(before, done.taxonomy):
        terminal.wrapped(line, "  ", "")
    terminal.result(f"taxonomy: {done.folder}")
    terminal.result(f"page:     {done.page}")


@dataclass(frozen=True)
class Words:
    """An edit as it is typed: its clusters or rows, and the options that belong to it."""

    subjects: tuple[str, ...]
    reduce_to: int | None
    outliers: str | None
    threshold: float | None
    name: str | None
    into: int | None
    by: str | None
    settings: tuple[str, ...]
    to: str | None

    def checked(
        self, folder: RunFolder, clusterer: str, action: str, *, alone: bool = False
    ) -> Edit:
        """Return the edit that these words say of a clustering; one alone has to change something."""
        from pydantic import ValidationError

        from clusterforge.curation.edits import Reduce, Split
        from clusterforge.validation import wish

        try:
            edit = self.edit(folder, clusterer, action)
        except ValidationError as error:
            details = error.errors()[0]
            name = str(details["loc"][-1])
            raise InputError(wish(details), key=OPTIONS.get(name, f"--{name}")) from None
        assigned = folder.assignments
        labels = assigned.clusters[clusterer][assigned.rows("train")]
        there = labels[labels >= 0]
        clusters = len({*there.tolist()})
        if alone and isinstance(edit, Reduce) and edit.to >= clusters:
            raise InputError(
                f"{clusterer} has {count(clusters, 'cluster')}, no more", key="--reduce"
            )
        if isinstance(edit, Split) and edit.by is None and edit.cluster.number is not None:
            rows = int((there == edit.cluster.number).sum())
            if rows < edit.into:
                raise InputError(
                    f"cluster {edit.cluster.number} has {count(rows, 'row')}, fewer than that",
                    key="--into",
                )
        return edit

    def edit(self, folder: RunFolder, clusterer: str, action: str) -> Edit:
        """Return the edit that these words say of a clustering."""
        from clusterforge.curation import edits
        from clusterforge.pipeline.curate import refer

        subjects = self.subjects
        if action == "reduce" and self.reduce_to:
            _count(subjects, 0, action)
            return edits.Reduce(to=self.reduce_to)
        if action == "outliers" and self.outliers:
            _count(subjects, 0, action)
            table = {"do": "outliers", "policy": self.outliers}
            sure = {} if self.threshold is None else {"threshold": self.threshold}
            return edits.Outliers.model_validate({**table, **sure})
        if action in ("pin", "together", "apart"):
            rows = tuple(_row(folder, row) for row in subjects)
            _count(subjects, 1 if action == "pin" else 2, action, more=True)
            if action == "pin":
                if self.to is None:
                    raise click.UsageError("--pin needs --to CLUSTER")
                return edits.Pin(rows=rows, cluster=refer(folder, clusterer, self.to))
            return edits.Together(rows=rows) if action == "together" else edits.Apart(rows=rows)
        several = action in ("merge", "to-noise")
        _count(subjects, 2 if action == "merge" else 1, action, more=several)
        clusters = tuple(refer(folder, clusterer, subject) for subject in subjects)
        if action == "merge":
            if len({cluster.number for cluster in clusters}) < 2:
                raise click.UsageError("--merge takes two CLUSTERs or more")
            return edits.Merge(clusters=clusters, name=self.name)
        if action == "split":
            if self.by is None and not self.settings:
                return edits.Split(cluster=clusters[0], into=self.into or 2)
            if self.by == edits.TREE and not self.settings:
                return edits.Split(cluster=clusters[0], by=self.by, into=self.into or 2)
            if self.by is None:
                raise click.UsageError("--set is for a clusterer: name it with --by")
            parameters = dict(map(_setting, self.settings))
            return edits.Split(cluster=clusters[0], by=self.by, parameters=parameters)
        if action == "rename":
            if not self.name:
                raise click.UsageError("--rename needs --as NAME")
            return edits.Rename(cluster=clusters[0], name=self.name)
        return edits.ToNoise(clusters=clusters)


def _numbers(subject: str) -> list[str]:
    """Return the clusters of a word: ``3,7`` are two numbers, unlike a name with a comma."""
    if re.fullmatch(r"\d+(,\d+)*,?", subject):
        return subject.strip(",").split(",")
    return [subject]


def _setting(text: str) -> tuple[str, JsonValue]:
    """Return key and value of KEY=VALUE; a value that is no TOML is text."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise click.UsageError(f"{text!r} is not KEY=VALUE")
    from clusterforge.recipe.source import typed_value

    return key, typed_value(value)


def _count(subjects: tuple[str, ...], wanted: int, action: str, *, more: bool = False) -> None:
    if len(subjects) < wanted or (len(subjects) > wanted and not more):
        what = "ROW" if action in ("pin", "together", "apart") else "CLUSTER"
        numbers = {0: f"no {what}", 1: f"one {what}", 2: f"two {what}s"}
        raise click.UsageError(f"--{action} takes {numbers[wanted]}{' or more' if more else ''}")


def _row(folder: RunFolder, named: str) -> RowRef:
    """Return a row by its id, in the first split that has it, or by split and id."""
    table = folder.assignments
    places = [(split, named) for split in ("train", *table.splits)]
    if "/" in named:
        split, row = named.split("/", 1)
        places.insert(0, (split, row))
    for split, row in places:
        if split in table.splits and row in table.ids[table.rows(split)]:
            return row if split == "train" else (split, row)
    known = "; ".join(_ids(folder, split) for split in table.splits)
    raise InputError(
        f"there is no row {named!r}",
        file=str(folder.path),
        remedy=f"{known}; the report shows ids beside rows",
    )


def _ids(folder: RunFolder, split: str) -> str:
    """Say what the ids of a split look like, as they are typed."""
    ids = folder.assignments.ids[folder.assignments.rows(split)]
    where = "" if split == "train" else f"{split}/"
    return f"ids of {split}: {first_of([f'{where}{id:.40}' for id in ids], FEW)}"
