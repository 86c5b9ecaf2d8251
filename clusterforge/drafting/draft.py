"""From data to a recipe that runs at the first try: look, decide, try what was decided, write."""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from clusterforge.contracts import Context, Corpus, Dataset, Preview, Setting, Texts
from clusterforge.drafting.choice import chain
from clusterforge.drafting.columns import (
    BYTES,
    FEW,
    NO_VECTORS,
    sketches,
    with_fields,
    with_lists,
)
from clusterforge.drafting.dataset import dataset_draft
from clusterforge.drafting.dataset_draft import DatasetDraft
from clusterforge.drafting.sketch import ColumnSketch, as_said, as_typed
from clusterforge.drafting.writing import recipe_text
from clusterforge.errors import InputError, path_of
from clusterforge.file_keys import TABLES, kind
from clusterforge.formats import count, first_of
from clusterforge.packages import installing
from clusterforge.params import Params
from clusterforge.pipeline import api
from clusterforge.recipe import source
from clusterforge.registry import Plugin, Registry
from clusterforge.specs import DatasetSpec
from clusterforge.storage.atomic import write_text
from clusterforge.tables.kinds import AS_IDS
from clusterforge.tables.vector_models import said_of
from clusterforge.validation import validated

ROWS = 50_000
"""How many rows are looked at."""
IMAGES = 64
MANY = 50_000
STDOUT = "-"
_OF_SAMPLE = re.compile(r" images: |unreadable")  # what is said of the images that were decoded


@dataclass(frozen=True)
class Draft:
    """A recipe for data that nobody has clustered yet.

    Parameters
    ----------
    toml
        The recipe.
    path
        The file that it was written to; None where it was not written.
    columns
        What the columns of the data look like.
    rows
        How many rows there are; None where that is not known.
    looked_at
        How many of them were looked at.
    remarks
        What the reader says of the data: what is left out, and why.
    summary
        What was found, in a few lines.
    """

    toml: str
    path: Path | None
    columns: tuple[ColumnSketch, ...]
    rows: int | None
    looked_at: int
    remarks: tuple[str, ...]
    summary: tuple[str, ...]


def init(
    data: str | Path,
    out: str | Path | None = None,
    *,
    label: str | None = None,
    settings: Sequence[str] = (),
    registry: Registry | None = None,
) -> Draft:
    """Look at data and write a recipe for them, in which every decision has its reason.

    Parameters
    ----------
    data
        A file or folder, a pattern of files, or a name on the Hub.
    out
        The recipe's file, which must not exist; None or ``"-"``: it is returned alone.
    label
        The column of true labels.
    settings
        How to read the data, as in a recipe's ``[dataset]``: ``"delimiter=;"``, ``"config=sst2"``.
    registry
        The plugins; default: all that are installed.

    Raises
    ------
    InputError
        Where the data can't be read or clustered, or ``out`` exists.
    """
    registry = registry or Registry.installed()
    path = None if out is None or str(out) == STDOUT else path_of(out, "out")
    named = os.path.expanduser(path_of(data, "data"))
    taken = path is not None and os.path.lexists(path)
    if taken and os.path.lexists(named):
        raise _exists(path)
    opened = _Opened(_reader(named, registry), named, source.read({}, settings).data)
    preview = opened.preview()  # of data that are not there, which is said first
    if taken:
        raise _exists(path)
    if preview.table is not None and not preview.table.num_rows:
        names = first_of([repr(name) for name in preview.table.column_names], FEW)
        raise InputError(f"{data} has no rows, only names of columns: {names}")
    said = opened.fixed.get("types", {})
    columns = tuple(as_said(c, said[c.name]) if c.name in said else c for c in sketches(preview))
    fixed = {key: Setting(key, _tuple(v), "as you said") for key, v in opened.fixed.items()}
    draft = dataset_draft(preview, columns, label, fixed, opened.prepared)
    for setting in draft.settings:
        if said and setting.key == "types" and isinstance(setting.value, Mapping):
            # The kinds of other columns are still needed.
            types = {**setting.value, **said}
            fixed["types"] = Setting("types", types, "those that you said, and dates in one form")
            opened = replace(opened, fixed={**opened.fixed, "types": types})
    own = [s for s in (*preview.settings, *draft.settings) if s.key not in fixed]
    draft.settings = [*own, *fixed.values()]
    typed = draft.named("types")
    columns = tuple(as_typed(c) if c.name in typed else c for c in columns)
    remarks = opened.tried(draft, preview)
    files = opened.files({s.key: s.value for s in draft.settings})
    draft.settings = [
        replace(s, value=_relative(files[s.key], path)) if s.key in files else s
        for s in draft.settings
    ]
    if draft.foreign and draft.role == "text":
        remarks.append(f"{draft.foreign}: does the encoder's model know their language?")
    if draft.origin and (of_models := said_of(draft.origin)) not in remarks:
        remarks.append(of_models)
    looked_at = preview.table.num_rows if preview.table is not None else preview.rows or 0
    rows = (preview.rows or looked_at) - draft.empty - draft.copies
    if rows < 2:
        pages = (
            "write each of its pages, or each part of a sheet of images, as a file"
            if draft.role == "image"
            else None
        )
        raise InputError(
            f"{data} has {count(rows, 'usable row')}, and clusters need two or more", remedy=pages
        )
    plugins = chain(draft.role, rows, registry)
    place = named if opened.is_hub else _relative(named, path)
    first = [Setting("use", opened.plugin.use), Setting("path", place)]
    needed = [setting for one in plugins for setting in one.data if setting.key not in fixed]
    if (preview.rows or MANY + 1) > MANY:
        draft.hints.append(Setting("limit", 10_000, "to change first: try things on a sample"))
    shown = replace(draft, settings=[*first, *draft.settings, *needed])
    text = recipe_text(_head(named, path, preview, looked_at), columns, remarks, shown, plugins)
    tables = tomllib.loads(text)
    tables["dataset"] |= {**files, "path": opened.path}
    api.check(tables, registry=registry)
    if path is not None:
        write_text(path, text)
    summary = [*_summary(preview.rows, columns, draft, len(remarks))]
    other = "" if path is None else " (to another file, with --out)"
    summary += [
        f"not installed: {package}, which {package.reason}. To have it, init again{other} "
        f"after: {installing(package.distribution)}"
        for package in (plugin.missing for plugin in plugins)
        if package and all(p.distribution.name != package.distribution for p in registry.problems)
    ]
    return Draft(text, path, columns, preview.rows, looked_at, tuple(remarks), tuple(summary))


def _exists(path: Path | None) -> InputError:
    return InputError("exists", file=str(path), remedy="name another file with --out")


def default_file(data: str) -> Path:
    """Return the recipe's file for data where the user names none."""
    stem = Path(data.rstrip("/")).name.partition(".")[0]
    return Path(f"{re.sub(r'[^A-Za-z0-9_-]+', '-', stem).strip('-') or 'recipe'}.toml")


@dataclass(frozen=True)
class _Opened:
    """A data set that is being looked at."""

    plugin: Plugin
    path: str
    fixed: Mapping[str, Any]

    @property
    def is_hub(self) -> bool:
        """Whether the path is a name on the Hub."""
        return isinstance(self.plugin.spec, DatasetSpec) and self.plugin.spec.opens == "hub"

    def _dataset(self, settings: Mapping[str, Any]) -> Dataset[Any]:
        dataset: Dataset[Any] = self.plugin.load()(self._params(settings, None))
        return dataset

    def _params(self, settings: Mapping[str, Any], folder: Path | None) -> Params:
        table = {**settings, **self.fixed, "path": self.path}
        return validated(self.plugin.spec.params, table, place="", file=None, folder=folder)

    def files(self, settings: Mapping[str, Any]) -> dict[str, str]:
        """Return the keys that the user has set to files: those whose values depend on the folder."""
        here = dict(self._params(settings, Path.cwd()))
        plain = dict(self._params(settings, None))
        return {k: v for k, v in self.fixed.items() if isinstance(v, str) and here[k] != plain[k]}

    def preview(self) -> Preview:
        """Return the first rows."""
        content = {"text", "image", "features"} & set(self.fixed)
        # Of the Hub a column must be named, whichever.
        any_column = {"features": "all"} if self.is_hub and not content else {}
        try:
            seen = self._dataset(any_column).preview(ROWS)
        except InputError as error:
            if error.key in (None, "path"):  # it was typed, and no recipe has a key for it yet
                raise InputError(
                    error.problem, remedy=error.remedy, options=error.options
                ) from None
            remedy = f"{error.remedy or 'set it'} (--set {error.key}=…)"
            raise InputError(error.problem, key=error.key, remedy=remedy) from None
        if seen is None:
            raise InputError(f"{self.path} can't be looked at", remedy="write the recipe by hand")
        table = None if seen.table is None else with_lists(with_fields(seen.table.slice(0, ROWS)))
        return replace(seen, table=table)

    def prepared(self, settings: Sequence[Setting], texts: list[str]) -> list[str]:
        """Return texts as a run with these keys reads them."""
        dataset = self._dataset({s.key: s.value for s in settings})
        items = dataset.prepare(Texts(tuple(texts)))
        return [str(text) for text in items.take(np.arange(len(items)))]

    def tried(self, draft: DatasetDraft, preview: Preview) -> list[str]:
        """Load what is small with the keys of a draft and return the remarks; drop keys that fail."""
        settings = {s.key: s.value for s in draft.settings}
        if draft.role == "image":
            settings |= {"limit": IMAGES, "limit_test": 1}
        elif not preview.complete:
            return []
        try:
            corpus: Corpus = self._dataset(settings).load(Context())
        except InputError as error:
            if error.key not in ("label", "id") or error.key in self.fixed:
                raise
            draft.without(error.key, error.problem)
            return self.tried(draft, preview)
        if preview.table is None and corpus.label_names:
            draft.folder_labels = corpus.label_names
            classes = count(len(corpus.label_names), "class")
            reason = (
                f"the folders are labels, for scores alone ({classes}: "
                f"{first_of(corpus.label_names, FEW)}); uncomment if they are none"
            )
            draft.hints.append(Setting("class_folders", False, reason))
        some = draft.role == "image" and (preview.rows is None or preview.rows > IMAGES)
        of = f"of {IMAGES} images tried, " * some
        counted = f"{draft.empty:,} of "  # what the comment of a key says already
        return [
            f"{of * bool(_OF_SAMPLE.search(one))}{one}"
            for one in corpus.remarks
            if not one.startswith(counted)
        ]


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _reader(data: str, registry: Registry) -> Plugin:
    """Return the data set that opens something."""
    try:
        data.encode("utf-8")
    except UnicodeEncodeError:
        raise InputError(f"{data!r:.200} is not UTF-8", remedy="rename the file") from None
    there = os.path.lexists(data) or Path(data).parent.is_dir() or kind(Path(data)) in TABLES
    named = not there and re.fullmatch(r"[\w.-]+/[\w.-]+", data)
    reader = registry.opener("hub" if named else "files")
    if reader is None:
        raise InputError(f"no data set opens {data!r:.200}")
    return reader


def _relative(data: str, path: Path | None) -> str:
    """Return a path as a recipe in a file says it: relative to the recipe where it was typed so."""
    if not Path(data).is_absolute():
        return os.path.relpath(data, path.parent if path is not None else Path())
    return data


def _summary(
    rows: int | None, columns: Sequence[ColumnSketch], draft: DatasetDraft, remarks: int
) -> Iterator[str]:
    """Yield what was found: rows and columns, what is clustered, labels, and what is left out."""
    found = [] if rows is None else [count(rows, "row")]
    kinds = Counter(column.kind for column in columns)
    if columns:
        listed = ", ".join(f"{n:,} × {kind}" if n > 1 else kind for kind, n in kinds.items())
        found.append(f"{count(len(columns), 'column')} ({listed})")
    if found:
        yield ", ".join(found)
    names = draft.columns_used(columns)
    used = first_of([repr(name) for name in names], FEW)
    what = {"text": "texts", "image": "images", "vectors": "vectors"}.get(draft.role, "columns")
    labels = first_of([repr(name) for name in draft.named("label")], FEW)
    if draft.folder_labels:
        labels = f"by folder: {first_of([repr(name) for name in draft.folder_labels], FEW)}"
    hinted = [hint.value for hint in draft.hints if hint.key == "label"]
    maybe = first_of([repr(c.name) for c in columns if c.may_be_label and c.name in hinted], FEW)
    yield (
        f"clusters the {what}{f' {used}' if used else ''}; "
        + (
            f"label {labels}"
            if labels
            else f"no label{f', though {maybe} may be one' if maybe else ''}"
        )
    )
    if draft.folder_labels:
        yield (
            "labels are for scores alone, nothing is learnt from them; if the folders are none: "
            "class_folders = false"
        )
    apart = {*names, *map(str, draft.named("label"))}
    apart |= {name.partition(".")[0] for name in names}
    unused = [f"{c.name!r} ({c.kind})" for c in columns if c.name not in apart]
    if unused and draft.role == "table":
        yield f"not used: {first_of(unused, FEW)}"
    told = [c for c in columns if c.about.startswith((NO_VECTORS, BYTES)) or AS_IDS in c.about]
    lost = [c for c in told if draft.role != "table"]
    yield from (f"not used: {c.name!r}, {c.about}" for c in lost)
    lacking = "vector" if draft.role == "vectors" else "text"
    left = [f"{count(draft.empty, 'row')} without {lacking}"] if draft.empty else []
    left += [count(draft.copies, "copy")] if draft.copies else []
    if left:
        yield f"left out: {', '.join(left)}"
    if remarks:
        yield f"{count(remarks, 'remark')} on the data in the recipe"


def _head(data: str, path: Path | None, preview: Preview, looked_at: int) -> list[str]:
    rows = "" if preview.rows is None else f", {count(preview.rows, 'row')}"
    if preview.table is not None and not preview.complete:
        rows += f", of which the first {looked_at:,} were looked at"
    name = shlex.quote(str(path)) if path is not None else "RECIPE.toml"
    return [
        f"Drafted by clusterforge init for {data}{rows}. Each decision has its reason.",
        f"  clusterforge check {name}",
        f"  clusterforge run {name}",
    ]
