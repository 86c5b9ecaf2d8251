"""Tables in files: how they are read, their rows split by split, and their corpus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from os.path import relpath
from pathlib import Path
from typing import Any
from unicodedata import normalize

import numpy as np
import pyarrow as pa

from clusterforge import file_keys
from clusterforge.builtin.datasets import FilesParams
from clusterforge.contracts import Corpus, ItemKind, Preview
from clusterforge.datasets import (
    array_files,
    columns,
    file_tables,
    row_size,
    selection,
    signatures,
    source_tables,
    table_columns,
)
from clusterforge.datasets.assembly import assemble, label_codes
from clusterforge.datasets.documents import TEXT, documents_preview, read_documents
from clusterforge.datasets.file_finding import DataFiles
from clusterforge.datasets.file_names import said_of_names
from clusterforge.datasets.image_folder import readable
from clusterforge.datasets.image_names import image_paths, name_files, with_files, without_rows
from clusterforge.datasets.joined_files import first_doubts, joined, one_table
from clusterforge.datasets.odd_categories import says_of_others
from clusterforge.datasets.row_numbers import without_row_numbers
from clusterforge.datasets.selection import TRAIN
from clusterforge.datasets.shared_ids import Keyed, keyed, shared_ids
from clusterforge.datasets.table_rows import Format, Rows
from clusterforge.datasets.written_values import as_written
from clusterforge.errors import InputError
from clusterforge.formats import count, first_of
from clusterforge.numerics.stored_rows import is_large
from clusterforge.tables.arrow import is_text
from clusterforge.tables.pixel_arrays import shape_of

_OF_TEXTS = (".txt", ".md", ".html", ".htm", ".json", ".xml")
UNNAMED = (".npy", file_keys.IDX)  # files of one array
MOST_COMPARED = 40  # files whose ids are compared


@dataclass(frozen=True)
class TableFiles:
    """The files of a table, and the parameters by which they are read.

    Parameters
    ----------
    params
        As they are said.
    files
        The files of each split.
    """

    params: FilesParams
    files: DataFiles

    @property
    def first(self) -> Path:
        """The first file of train."""
        return self.files.splits[TRAIN][0]

    @cached_property
    def filled(self) -> FilesParams:
        """The parameters with the content filled in where the kind of file says it."""
        params, first = self.params, self.first
        kind = file_keys.kind(first)
        if params.whole_files:
            self._refuse("a document", "features", "image")
            return params.model_copy(update={"text": TEXT, "id": params.id or file_keys.FILE})
        if kind == ".txt":
            what = "a txt file, one text per line,"
            self._refuse(what, "text", "features", "image", "label", "id")
            return params.model_copy(update={"text": file_tables.TEXT})
        if kind in UNNAMED and array_files.holds_images(first):
            self._refuse("a file of images", "text", "features", "clean")
            if params.image not in (None, array_files.IMAGE):
                raise InputError("the file has one array of images", key="image", remedy="drop it")
            return params.model_copy(update={"image": array_files.IMAGE})
        if kind in UNNAMED:
            self._refuse("an npy file", "text", "image", "clean", "resize", "channels", "levels")
            if params.features not in (None, "all"):
                raise InputError(
                    "an npy file has no named columns", key="features", remedy="drop it"
                )
            return params.model_copy(update={"features": "all"})
        if columns.content(params) is not None:
            return params
        arrays = tuple(array_files.npz_columns(first, TRAIN, None)) if kind == ".npz" else ()
        if len(arrays) == 1 and shape_of(array_files.shape(first, TRAIN)):
            return params.model_copy(update={"image": arrays[0]})
        if len(arrays) == 1:
            return params.model_copy(update={"features": arrays})
        listed = f": {', '.join(arrays)}" if arrays else ""
        raise InputError(
            f"one of text, image or features must name the columns to cluster{listed}",
            key="text",
            remedy='name a column, or set features = "all"',
        )

    def _refuse(self, what: str, *keys: str) -> None:
        """Refuse keys that name columns, where a kind of file has none; those of npy files may stay."""
        arrays = dict(columns.arrays(self.params))
        columns.check_unused(self.params, what, [key for key in keys if key not in arrays])

    def form(self, params: FilesParams) -> Format:
        """Return how the files are read."""
        several = sum(map(len, self.files.splits.values())) > 1
        return replace(form_of(params), partitions=self.files.partitions, several=several)

    def preview(self, rows: int) -> Preview:
        """Return the first rows with all columns."""
        paths = self.files.splits[TRAIN]
        form = replace(self.form(self.params), columns=None, rows=rows)
        kind = file_keys.kind(paths[0])
        read: list[Rows] = []
        if form.whole_files:
            return documents_preview(paths, form, rows)
        while len(read) < len(paths) and sum(len(one.ids) for one in read) < rows:
            read.append(_read_table(paths[len(read)], form, paths[0]))
        table = columns.with_fields(one_table(read, paths, form), self.params)
        complete = len(read) == len(paths) and not any(one.partial for one in read)
        total = table.num_rows if complete else read[0].total if len(paths) == 1 else None
        content: ItemKind | None = {".txt": "text", ".npy": "table"}.get(kind)  # type: ignore[assignment]
        if table.column_names == [array_files.IMAGE] and kind in UNNAMED:
            content = "image"
        if content is None:
            columns.check(table.schema, columns.without_arrays(self.params))
            table_columns.check_names(table.column_names, self.params)
        else:
            _ = self.filled  # refuses what such files do not use
        images = tuple(
            field.name
            for field in table.schema
            if columns.holds_text(field.type)
            and name_files(table[field.name].slice(0, row_size.FIRST).to_pylist(), paths[0])
        )
        return Preview(table, total, content, read[0].class_names, read[0].index, images=images)

    def corpus(self, source: Mapping[str, Any]) -> Corpus:
        """Return the rows of all files as a corpus."""
        params = self.filled
        splits: dict[str, Rows] = {}
        train, start = self.files.splits[TRAIN], 0
        for split, paths in self.files.splits.items():
            form = replace(self.form(params), split=split)
            splits[split] = self._read(paths, form, start, splits.get(TRAIN))
            start += len(splits[split].ids)
        splits = self._with_arrays(splits)
        said = [remark for rows in splits.values() for remark in rows.remarks]
        said += self._order_beside_arrays()
        said += _without_rows([rows.table for rows in splits.values()], params.image)
        doubts = first_doubts([*splits.values()]).items()
        said += [text for (name, _), text in doubts if name not in params.types]
        splits, remarks = without_row_numbers(splits, params)
        labelled = params.label == file_keys.FOLDER
        remarks = (
            *said_of_names(train, of_documents=params.whole_files, labelled=labelled),
            *dict.fromkeys(said),
            *remarks,
        )
        if self.files.others:
            folder = Path(self.params.path)
            below = (
                p.relative_to(folder) if p.is_relative_to(folder) else p for p in self.files.others
            )
            names = first_of([readable(path) for path in below], 3)
            known = (
                p
                for p in self.files.others
                if p.suffix and file_keys.kind(p) not in file_keys.TABLES
            )
            how = next(filter(None, map(signatures.remedy, known)), None)
            many = how and len(self.files.others) > len(train)
            remarks = (
                *remarks,
                f"other files of the folder are not read: {names}"
                + f"; if they are meant, {how}" * bool(many),
            )
        if file_keys.kind(train[0]) not in array_files.SUFFIXES:
            digests = source_tables.digests(self.files.splits)
            source = {**source, source_tables.DIGESTS: digests}
            remarks = (*remarks, *source_tables.alike(digests))
        splits = columns.used(splits, params)
        pa.default_memory_pool().release_unused()  # of what the files took while they were read
        if params.test_fraction:
            splits = self._split(splits[TRAIN])
        return assemble(splits, params, source, remarks=remarks)

    def _split(self, whole: Rows) -> dict[str, Rows]:
        labels, _ = label_codes({TRAIN: whole}, self.params.label)
        divided = selection.positions({TRAIN: len(whole.ids)}, labels[TRAIN], self.params)
        return {split: whole.at(positions) for split, positions in divided.items()}

    def _with_arrays(self, splits: Mapping[str, Rows]) -> dict[str, Rows]:
        """Return the rows of all splits with a column for each npy file next to them."""
        total, read = sum(len(rows.ids) for rows in splits.values()), dict(splits)
        for key, name in columns.arrays(self.params):
            column = array_files.read_column(Path(name), key)
            if len(column) != total:
                raise InputError(
                    f"{name} has {count(len(column), 'row')}, the data {total:,}", key=key
                )
            for split, rows in read.items():
                first = int(rows.positions[0])
                part = column.slice(first, len(rows.ids))
                read[split] = replace(rows, table=rows.table.append_column(name, part))
        return read

    def _order_beside_arrays(self) -> Iterator[str]:
        """Say in which order files are read where an npy file goes by it, and it may go by another."""
        names = [name for _, name in columns.arrays(self.params)]
        for paths in self.files.splits.values() if names else ():
            if [*paths] != (by_text := sorted(paths)):
                at = next(
                    n for n, (one, two) in enumerate(zip(paths, by_text, strict=True)) if one != two
                )
                yield (
                    f"{Path(names[0]).name:.60} must have its rows in the order in which the files are read, "
                    f"by the numbers in their names: {paths[at].name:.60} before {by_text[at].name:.60}"
                )

    def _one(self, path: Path, form: Format, ids: list[Keyed] | None = None) -> Rows:
        """Read one file; fields within fields become columns, and names of images paths."""
        rows = columns.with_lists(_read_table(path, form, self.first), self.filled)
        if ids is not None:
            ids.append(keyed(rows.table))
        table = columns.with_fields(rows.table, self.filled)
        of_file = {*rows.table.column_names} - form.partitions.get(path, {}).keys()
        if added := {*table.column_names} - of_file:  # its own columns are as written already
            table = as_written(table, replace(form, columns=added), path)
        _check_no_paths(table, columns.text_names(self.filled), path)
        table, said = with_image_paths(table, self.filled.image, path)
        kept = {name for _, name in columns.named(self.filled)}
        for at, name in enumerate(table.column_names):  # files may differ in what is not used
            unit = says_of_others(name) and columns.holds_text(table.schema.types[at])
            if form.drops(name) and name not in kept and not unit:
                table = table.set_column(at, name, pa.nulls(table.num_rows))
        return replace(rows, table=table, remarks=(*rows.remarks, *said))

    def _read(self, paths: Sequence[Path], form: Format, start: int, train: Rows | None) -> Rows:
        if form.whole_files:
            return read_documents(paths, form, start)
        form = replace(form, mapped=stay_in_files(paths))
        if train is not None:  # 01 is no 1 where another value makes texts of train's
            fields = [field for field in train.table.schema if columns.holds_text(field.type)]
            form = replace(form, as_text={*form.as_text, *(field.name for field in fields)})
        ids: list[Keyed] | None = [] if 1 < len(paths) <= MOST_COMPARED else None
        read = [self._one(path, form, ids) for path in paths]
        rows = joined(read, paths, self.filled, form, start)
        said = shared_ids(ids or (), [path.name for path in paths] if ids else ())
        return replace(rows, remarks=(*rows.remarks, *said))


def form_of(params: FilesParams) -> Format:
    """Return how tables are read by parameters."""
    needed = {name for _, name in columns.named(params)}
    return Format(
        encoding=params.encoding,
        whole_files=params.whole_files,
        drop_empty=params.missing == "drop",
        delimiter=params.delimiter,
        header=None if params.header == "auto" else params.header,
        skip=params.skip,
        quotes=params.quotes,
        table=params.table,
        query=params.query,
        na_values=params.gaps,
        decimal=params.decimal,
        thousands=params.thousands,
        units=params.units,
        numbers={name for name, kind in params.types.items() if kind == "number"},
        comment=params.comment,
        as_text=columns.as_text(params),
        label=params.label,
        columns=needed if columns.are_named(params) else None,
        drop=params.drop,
        typed=bool(params.types),
    )


def _read_table(path: Path, form: Format, first: Path) -> Rows:
    """Read a file; what it lacks that the first one has is no matter of a key, which holds for both."""
    try:
        return file_tables.read_table(path, form)
    except InputError as error:
        if path == first or error.key not in ("header", "delimiter"):
            raise
        if error.key == "delimiter":
            raise InputError(
                f"{error.problem}, unlike {first}",
                key="path",
                remedy="write both with one delimiter",
            ) from None
        raise InputError(
            error.problem,
            key="header",
            remedy=f"write the names above the rows of {path.name}, as in {first.name}; header = true if its "
            f"first row holds them; name {path.name} alone in path, if the files hold different things",
        ) from None


def with_image_paths(table: Any, name: str | None, path: Path) -> tuple[Any, tuple[str, ...]]:
    """Return a table with the paths of images in place of their names, and where they are found."""
    if name not in table.column_names:
        return table, ()
    at, column = table.column_names.index(name), with_files(table[name], path)
    if not columns.holds_text(column.type):
        return table.set_column(at, name, column), ()
    names = column.to_pylist()
    paths = image_paths(names, name, path)
    again = len(names) - len({*names})
    first = next(((one, other) for one, other in zip(names, paths, strict=True) if one), None)
    table = table.set_column(at, name, pa.chunked_array([pa.array(paths, pa.string())]))
    said = tuple(_moved(*first, path)) if first else ()
    if 3 * again >= len(names):
        said += (
            f"{again:,} of {len(names):,} rows name an image that a row above names, too: deduplicate = "
            '"exact" keeps one for each; if rows are parts of images (xmin, ymin …), cut these out (im.crop '
            "of Pillow), and name them",
        )
    return table, said


def _check_no_paths(table: Any, names: Sequence[str], path: Path) -> None:
    """Refuse columns of texts that hold the names of files of texts."""
    for name in names:
        own = table[name].slice(0, row_size.FIRST) if name in table.column_names else None
        first = own.to_pylist() if own is not None and is_text(own.type) else []
        if name_files(first, path, _OF_TEXTS):
            raise InputError(
                f"column {name!r:.60} of {path} holds the names of files "
                f"({next(filter(None, first))!r:.60}), no texts",
                key="text",
                remedy="write their texts into it: with d = pandas.read_csv(…), "
                f"d[{name!r:.60}] = [open(name).read() for name in d[{name!r:.60}]]",
            )


def _without_rows(tables: Sequence[Any], name: str | None) -> Iterator[str]:
    """Say which images lie beside those that tables name by their paths, and have no row."""
    found = [table[name] for table in tables if name in table.column_names]
    if name is not None and all(columns.holds_text(column.type) for column in found):
        yield from without_rows((path for one in found for path in one.to_pylist()), name)


def _moved(name: str, found: str | None, file: Path) -> Iterator[str]:
    """Say that an image is found elsewhere than its name says."""
    plain = normalize("NFC", str(file.parent / name))
    if found and not Path(normalize("NFC", found)).is_relative_to(plain) and "\\" not in name:
        yield f"images are found as {relpath(found, file.parent)} for {name!r:.60}"


def stay_in_files(paths: Sequence[Path]) -> bool:
    """Tell whether rows are too many for memory."""
    return is_large(sum(map(file_tables.size, paths)), 1, np.uint8)
