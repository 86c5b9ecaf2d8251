"""New rows for a finished run, read from a file the way the run read its own.

They are cleaned when they are encoded, not here.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from clusterforge.contracts import (
    Context,
    Corpus,
    Dataset,
    LeftOut,
    Parts,
    PixelFormat,
    Split,
    Table,
    embedding_of,
)
from clusterforge.contracts.items import parts_of
from clusterforge.errors import InputError, NoColumn, UnusedKey
from clusterforge.file_keys import DOCUMENTS, IDX, kind, kinds, matches, unused
from clusterforge.formats import count, have
from clusterforge.models.rows import ReadingRemark
from clusterforge.models.usable_rows import RowsLeftOut
from clusterforge.params import ARRAY
from clusterforge.recipe import Entry
from clusterforge.runs.records import DataRecord
from clusterforge.tables import of_new_rows

if TYPE_CHECKING:
    from clusterforge.pipeline.result import Run

READER = "files"
IMAGE_TABLES = (".csv", ".tsv", ".jsonl", ".json", ".txt")
CARRIED = (
    "text",
    "separator",
    "image",
    "features",
    "id",
    "encoding",
    "whole_files",
    "delimiter",
    "header",
    "skip",
    "quotes",
    "table",
    "query",
    "na_values",
    "decimal",
    "thousands",
    "units",
    "comment",
    "embedding",
)


PIXELS = ("resize", "channels", "background", "levels")
_SET_CLEAN = "set clean = "
_OF_ROWS = ("text", "image")
_RUN_OF = {"text": "texts", "image": "images", "table": "rows of a table"}
_OF_TRAIN = (" is read as train: ", " are not read as labels: ")


@dataclass(frozen=True)
class NewRows:
    """Rows of a file, the data set that read them, and whether rows without content were left out."""

    entry: Entry
    corpus: Corpus
    left_out: bool = False

    @property
    def split(self) -> Split:
        """The rows."""
        return self.corpus.train


def read_rows(run: Run, path: str | Path, columns: Mapping[str, object] | None = None) -> NewRows:
    """Read new rows from a file or folder.

    Parameters
    ----------
    run
        The run whose columns and cleaning apply.
    path
        A csv, tsv, jsonl, parquet, txt or npy file, or a folder of documents or images.
    columns
        Columns that are named otherwise there: ``{"text": "body"}``.

    Raises
    ------
    InputError
        Where the file can't be read or lacks a column.

    Warns
    -----
    RowsLeftOut
        Where rows have no content; they are not among those returned.
    ReadingRemark
        Of what a run would say of the same file, apart from its splits.
    """
    from pydantic import ValidationError

    from clusterforge.validation import explained

    data, said = run.info.data, {**(columns or {})}
    own = run.recipe.dataset.params.model_dump(mode="json", exclude_unset=True)
    plugin = run.registry.find("dataset", READER)
    table: dict[str, Any] = {"path": str(Path(path).resolve())}
    table |= {name: own[name] for name in CARRIED if own.get(name) is not None}
    folder = Path(path).is_dir()
    suffixes = set() if folder and data.content == "image" else kinds(Path(path))
    whole = own.get("whole_files") and (folder or kind(Path(path)) in (*DOCUMENTS, ""))
    suffixes = {".txt"} if whole else suffixes
    if data.content == "text" and ".txt" not in suffixes:
        table.setdefault("text", "text")
    if data.parts and own.get("resize"):
        table["resize"] = own["resize"]
    if data.content == "table" or "features" in data.parts:
        table |= _features(run)
    if data.content == "image":
        shape = data.splits["train"].shape
        if shape:
            table["resize"] = shape[:2]
        form = data.pixel_format or (PixelFormat(shape[2]) if shape else None)
        if form:
            table |= {"channels": form.channels, "background": form.background}
            table |= {"levels": form.levels} if form.levels else {}
        if not kinds(Path(path)):
            # Whatever the folders are called, new rows need no classes.
            table["class_folders"] = False
        if folder:
            table.pop("image", None)
        elif suffixes & set(IMAGE_TABLES) and "image" not in {*table, *said}:
            raise InputError(
                "the run is of images",
                file=str(path),
                remedy="name a folder of images, or the column of their paths: image=COLUMN",
            )
    files = [key for key in ("label", "id", "embedding") if _is_array(table.get(key))]
    if "embedding" in {*files} - {*said} and ".npy" not in suffixes:
        raise InputError(
            "the run clusters embeddings of an npy file, and new rows need theirs",
            key="embedding",
            file=str(path),
            remedy="name the file of theirs: embedding=NEW.npy",
        )
    table = {key: value for key, value in table.items() if key not in files}
    unnamed = not suffixes.isdisjoint((".npy", IDX))  # files of one array
    if unnamed:
        carried = ("path", "missing", *(PIXELS if data.content == "image" else ()))
        table = {key: table[key] for key in carried if key in table}
    if ".txt" in suffixes:
        carried = ("path", "encoding", "whole_files")
        table = {name: table[name] for name in carried if name in table}
    if suffixes or data.content == "image":
        table = {key: value for key, value in table.items() if key not in unused(suffixes, table)}
    if isinstance(gaps := table.get("na_values"), dict):
        there = table | said
        names = (
            zip(_listed(table.get(key)), _listed(there.get(key)), strict=False)
            for key in ("text", "features")
        )
        table["na_values"] = _of_columns(gaps, dict(chain.from_iterable(names)))
    kinds_said = said.get("types")
    types = {**table.get("types", {}), **(kinds_said if isinstance(kinds_said, Mapping) else {})}
    table |= said
    if types:  # those of other columns stay as they are in the run
        table["types"] = types
    needed = table.get("features")
    by_name = isinstance(needed, tuple) and [*needed] != [str(at) for at in range(len(needed))]
    if by_name and table.get("header") is False and own.get("header") is not False:
        raise _nameless("header = false leaves out the names", run, str(path))
    # Files that are named here lie where the command is given, not where the recipe is.
    table |= {k: str(Path(v).expanduser().resolve()) for k, v in table.items() if _is_array(v)}
    try:
        params = plugin.spec.params.model_validate(_as_tuples(table))
    except ValidationError as error:
        raise explained(error, table, plugin.spec.params, "", str(path)) from None
    entry = Entry("", plugin.spec.name, plugin, params)
    try:
        try:
            rows = _loaded(entry, str(path))
        except InputError as error:
            if error.key != "id" or "id" in said:
                raise
            entry = replace(entry, params=params.model_copy(update={"id": None}))
            rows = _loaded(entry, str(path))
            what = f"{path}: {error.problem}: rows are called by their positions"
            warnings.warn(ReadingRemark(what), stacklevel=3)
    except InputError as error:
        if unnamed and error.key in PIXELS:  # which a table of numbers has not
            raise _no_images(str(path)) from None
        if error.key == "header" and by_name:
            raise _nameless(error.problem, run, str(path)) from None
        # A fault of the file itself names it; ``path`` is no key that could be set here.
        of_file = error.key == "path"
        file, key = (None, None) if of_file else (str(path), error.key)
        if isinstance(error, UnusedKey) and error.key not in said:  # a key of the run's table
            raise InputError(
                f"is {error.what}, but the run was made of {_RUN_OF[data.content]}",
                file=str(path),
                remedy="name a file or folder of such rows",
            ) from None
        remedy = error.remedy
        no_column = isinstance(error, NoColumn) and error.key not in said
        if no_column and error.key in _OF_ROWS:
            remedy = f"{remedy}; if it has another name there, set {error.key} = COLUMN"
        if no_column and error.key == "features":
            remedy = "write it into the file" + (
                ", with nothing where it is not known" if run.model.takes_gaps else ""
            )
        raise InputError(error.problem, key=key, remedy=remedy, file=file) from None
    if not len(rows.split):
        raise InputError("holds no rows", file=str(path))
    _check_width(rows, run, str(path))
    said_of = [*_remarks(rows), *_of_features(rows.split, data)]
    if own.get("features") == "all" and own.get("header") is False and not said:
        said_of += _of_places(entry, data, own)
    for remark in said_of:
        if _SET_CLEAN in remark and own.get("clean"):  # which is what the run does
            continue
        warnings.warn(ReadingRemark(f"{path}: {remark}"), stacklevel=3)
    rows = _with_text(rows, run, str(path))
    if unnamed and data.content == "table":
        rows = _without_names(rows)
    deep = rows.corpus.pixel_format is not None and rows.corpus.pixel_format.levels
    if deep and "levels" not in table:
        raise InputError(
            "holds images of more than eight bits, those of the run have eight",
            file=str(path),
            remedy="save them with eight bits per value, as the others were",
        )
    return rows


def _no_images(path: str) -> InputError:
    return InputError("is no array of images (n, height, width[, channels])", file=path)


def _nameless(problem: str, run: Run, path: str) -> InputError:
    """Return the error for a table whose columns have no names: those of the run are not taken by place."""
    names = dict.fromkeys(column.source for column in run.info.data.features)
    return InputError(
        problem,
        key="header",
        file=path,
        remedy=f"write the names of the columns above the rows; the run needs {', '.join(names):.200}",
    )


def _remarks(rows: NewRows) -> Iterator[str]:
    """Yield what is to be said of how rows were read; they are of no split."""
    for remark in rows.corpus.remarks:
        # Those left out for want of content have a warning of their own.
        counted = rows.left_out and " left out" in remark and " of train " in remark
        if not counted and not any(of_train in remark for of_train in _OF_TRAIN):
            yield re.sub("^([^'\"]*?) of train ", r"\1 ", remark)  # not in names, which have quotes


def _of_places(entry: Entry, data: DataRecord, own: Mapping[str, Any]) -> Iterator[str]:
    """Say that a table without names has columns behind those of the run, which are told by their places."""
    dataset: Dataset[Any] = entry.build()
    preview = dataset.preview(1)
    places = [column.source for column in data.features]
    if preview is None or preview.table is None or not all(map(str.isdecimal, places)):
        return
    names = preview.table.column_names
    others = {name for key in ("label", "id", "drop") for name in _listed(own.get(key))}
    more = {*names[max(map(int, places)) + 1 :]} - others
    if more and not any(repr(name) in remark for name in more for remark in data.remarks):
        yield (
            f"there are {len(names)} columns without names, of which {', '.join(places):.60} are read, as in "
            "the run: if the same columns stand elsewhere here, write them in the run's order"
        )


def _of_features(split: Split, data: DataRecord) -> Iterator[str]:
    """Say what of the features of new rows is unlike those of the run."""
    table = parts_of(split.items).get("features")
    if isinstance(table, Table) and table.columns:
        alike = tuple(column.name for column in table.columns) == data.feature_names
        yield from of_new_rows(table.values, table.columns, data.spreads if alike else ())


def _check_width(rows: NewRows, run: Run, path: str) -> None:
    """Refuse rows of an npy file, and embeddings, that have another width than those of the run."""
    data, items = run.info.data, rows.split.items
    embedding = embedding_of(items)
    if data.embedding is not None:
        here = items.shape if embedding is None else embedding.shape[1:]
        wanted: tuple[int, ...] | None = (data.embedding,)
    elif data.content == "image" and items.content != "image":
        raise _no_images(path)
    elif ".npy" in kinds(Path(path)):
        here, wanted = items.shape, data.splits["train"].shape
    else:
        return
    if here and wanted and here != wanted:
        raise InputError(
            f"has rows of {count(here[0], 'number')}, those of the run have {wanted[0]:,}",
            file=path,
            key=None if embedding is None else "embedding",
        )


def _with_text(rows: NewRows, run: Run, path: str) -> NewRows:
    """Leave out, with a warning, the rows whose text the run's cleaning empties."""
    own, split = run.recipe.dataset, rows.split
    if split.items.content != "text" or not own.params.model_dump().get("clean"):
        return rows
    prepared = own.build().prepare(split.items)
    texts = prepared.take(np.arange(len(prepared)))
    kept = np.array([bool(str(text).strip()) for text in texts])
    if kept.all():
        return rows
    if not kept.any():
        raise InputError("cleaning leaves nothing of any text", file=path)
    reason = "no text after cleaning"
    gone = int((~kept).sum())
    warnings.warn(
        RowsLeftOut(f"{path}: {count(gone, 'row')} {have(gone)} {reason}; left out"), stacklevel=4
    )
    positions = rows.corpus.positions[split.name]
    some = split.some(np.flatnonzero(kept))
    left = LeftOut(reason, positions[~kept], split.ids[~kept], split.name)
    corpus = replace(
        rows.corpus,
        splits={split.name: replace(some, positions=positions[kept])},
        left_out=(*rows.corpus.left_out, left),
    )
    return replace(rows, corpus=corpus)


def _without_names(rows: NewRows) -> NewRows:
    """Return rows whose columns have no names: those of an npy file are taken in their order."""
    items = rows.split.items
    values = np.asarray(items.take(np.arange(len(items))))
    split = replace(rows.split, items=Table(values))
    return replace(rows, corpus=replace(rows.corpus, splits={split.name: split}))


def _is_array(value: object) -> bool:
    """Tell whether a parameter names an npy file in place of a column."""
    return isinstance(value, str) and value.endswith(ARRAY)


def _features(run: Run) -> dict[str, Any]:
    """Return how the features of new rows are read: as those of the run, whatever they look like here."""
    columns = run.info.data.features
    types = {
        column.name: column.format or ("category" if column.coded else column.kind)
        for column in columns
        if column.place is None
    }
    names = tuple(dict.fromkeys(column.source for column in columns))
    table: dict[str, Any] = {"features": names or "all", "types": types}
    return table if run.model.takes_gaps else table | {"missing": "error"}


def _loaded(entry: Entry, path: str) -> NewRows:
    """Load the rows; those without content, which can't be encoded, are left out with a warning."""
    left_out = False
    try:
        corpus: Corpus = entry.build().load(Context())
    except InputError as error:
        if "missing" not in (error.remedy or ""):
            raise
        params = entry.params.model_copy(update={"missing": "drop"})
        corpus = entry.plugin.load()(params).load(Context())
        what = error.problem.replace(" of train", "")
        if isinstance(corpus.train.items, Parts):  # a gap in another part leaves rows out as well
            rows = count(len(corpus.train) + sum(map(len, corpus.left_out)), "row")
            what = ", ".join(
                f"{len(a):,} of {rows} {have(len(a))} {a.reason}" for a in corpus.left_out
            )
        warnings.warn(RowsLeftOut(f"{path}: {what}; left out"), stacklevel=4)
        left_out = True
    if len(corpus.splits) > 1:
        raise InputError(
            f"holds several splits ({', '.join(corpus.splits)}), and new rows are of none",
            remedy="save the arrays of one split alone"
            if Path(path).suffix.lower() == ".npz"
            else "name the file or folder of one",
        )
    return NewRows(entry, corpus, left_out)


def _as_tuples(value: Any) -> Any:
    """Return a value of JSON with tuples for its lists."""
    if isinstance(value, dict):
        return {key: _as_tuples(one) for key, one in value.items()}
    return tuple(value) if isinstance(value, list) else value


def _of_columns(
    gaps: Mapping[str, Sequence[str]], called: Mapping[str, str]
) -> dict[str, list[str]]:
    """Return what is no value in columns that new rows need; others they may lack.

    Parameters
    ----------
    gaps
        What is none, by the pattern of the run's columns.
    called
        How the columns are called in the run, and in the new rows.
    """
    found = {
        there: [value for one, values in gaps.items() if matches(name, one) for value in values]
        for name, there in called.items()
    }
    return {there: values for there, values in found.items() if values}


def _listed(names: Any) -> list[str]:
    return [names] if isinstance(names, str) else [*(names or ())]
