"""Files of one's own: tables, texts, arrays, and folders of images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from os.path import relpath
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from clusterforge import file_keys
from clusterforge.builtin.datasets import FilesParams
from clusterforge.contracts import (
    Column,
    Context,
    Corpus,
    Images,
    IntArray,
    ItemKind,
    LeftOut,
    Peek,
    Preview,
    Table,
    columns_of,
    embedding_of,
)
from clusterforge.datasets import (
    array_files,
    columns,
    csv_files,
    decoding,
    file_tables,
    previews,
    row_size,
    selection,
    source_tables,
    table_columns,
)
from clusterforge.datasets.assembly import assemble, label_codes
from clusterforge.datasets.class_folders import NO_CLASS, class_folders
from clusterforge.datasets.class_labels import UNLABELLED
from clusterforge.datasets.copies import copies_in, without
from clusterforge.datasets.file_finding import DataFiles, find, held_out, unread_folders
from clusterforge.datasets.file_series import holes, lacking
from clusterforge.datasets.image_folder import is_image, readable
from clusterforge.datasets.image_items import FolderFiles, are_images, image_paths, read_images
from clusterforge.datasets.joined_files import first_doubts, joined, one_table
from clusterforge.datasets.partitions import (
    Value,
    columns_of_all,
    with_numbers,
    with_partitions,
)
from clusterforge.datasets.row_numbers import without_row_numbers
from clusterforge.datasets.selection import TEST, TRAIN, Part, Read
from clusterforge.datasets.table_rows import Format, Rows, unreadable
from clusterforge.datasets.text_cleaning import TextDataset
from clusterforge.datasets.written_values import as_written
from clusterforge.errors import InputError
from clusterforge.formats import few_of
from clusterforge.numerics.stored_rows import is_large

_HAVE_NO = {
    "images": (
        "an image folder",
        "text",
        "features",
        "image",
        "label",
        "id",
        "embedding",
        "clean",
    ),
    "array": ("an npy file", "text", "image", "clean", "resize", "channels", "levels"),
    "pixels": ("a file of images", "text", "features", "clean"),
    "lines": ("a txt file, one text per line,", "text", "features", "image", "label", "id"),
}

UNNAMED = (".npy", file_keys.IDX)  # files of one array
FIRST_ROWS = 1000
PACKED_SUFFIXES = (".xlsx", ".npz", ".parquet", ".feather")
SMALL = 1 << 23  # bytes of files that are read to count their rows
PACKED = 8  # how far packed files unfold

FEW_TABLES = 3  # beside images


class Files(TextDataset[FilesParams]):
    """Text, images or a table from files.

    A txt file has one text per line, an npy file one row of a table, an image folder one folder for
    each class; the other kinds have named columns. Held-out rows come from ``test``, from a share
    of the rows, or from folders and files named train and test. Ids are positions in the file, or
    paths in the image folder.
    """

    def load(self, context: Context) -> Corpus:
        """Return the corpus."""
        data_files, own = self._find(), self.params
        source: dict[str, object] = {
            "path": own.path,
            "from": "files",
            "files": {split: len(paths) for split, paths in data_files.splits.items()},
        }
        if own.test:
            source["test"] = own.test
        if own.test_fraction:
            source |= {"test_fraction": own.test_fraction, "sample_seed": own.sample_seed}
        if data_files.sort == "images":
            return self._images(data_files, source)
        return self._tables(data_files, source)

    def source_tables(self, source: Mapping[str, Any]) -> Iterator[pa.Table] | None:
        """Yield every row of the files with all its columns; None for images and arrays."""
        digests = source.get(source_tables.DIGESTS)
        if digests is None:
            return None
        data_files = self._find()
        paths = source_tables.as_they_were(data_files.splits, digests)
        return source_tables.tables(paths, self._format(self.params, data_files))

    def peek(self) -> Peek | None:
        """Return what names, headers and metadata tell; small files are read, and their rows counted."""
        data_files = self._find()
        if data_files.sort == "table":
            return self._peek_table(data_files)
        counts = {split: len(paths) for split, paths in data_files.splits.items()}
        folders, _ = class_folders(data_files, self.params.class_folders)
        names = {name for of_split in folders.values() for name in of_split}
        n_classes = len(names - {NO_CLASS}) or None
        about = self._expected(counts, n_classes)
        certain = self.params.missing != "drop"  # else an image may turn out to be broken
        first = data_files.splits[TRAIN][0].read_bytes()
        return Peek(
            about if certain else {},
            "image",
            None,
            n_classes,
            self.params.path,
            labelled=n_classes is not None,
            shape=row_size.of_image(first, self.params),
            about=about,
            most={} if certain else about,
        )

    def preview(self, rows: int) -> Preview:
        """Return the first rows with all columns; of images how many there are."""
        return previews.preview(self.params, lambda params: Files(params)._first_rows(rows))

    def _first_rows(self, rows: int) -> Preview:
        data_files = self._find()
        paths = data_files.splits[TRAIN]
        if data_files.sort == "images":
            self.peek()
            return Preview(None, len(paths), "image")
        form = replace(self._format(self.params, data_files), columns=None, rows=rows)
        kind = file_keys.kind(paths[0])
        read: list[Rows] = []
        while len(read) < len(paths) and sum(len(one.ids) for one in read) < rows:
            read.append(_read_table(paths[len(read)], form, paths[0]))
        table = columns.with_fields(one_table(read, paths), self.params)
        complete = len(read) == len(paths) and not any(one.partial for one in read)
        total = table.num_rows if complete else read[0].total if len(paths) == 1 else None
        content: ItemKind | None = {".txt": "text", ".npy": "table"}.get(kind)  # type: ignore[assignment]
        if table.column_names == [array_files.IMAGE] and kind in UNNAMED:
            content = "image"
        if content is None:
            columns.check(table.schema, columns.without_arrays(self.params))
            table_columns.check_names(table.column_names, self.params)
        else:
            self._column_params(data_files)
        images = tuple(
            field.name
            for field in table.schema
            if columns.holds_text(field.type)
            and are_images(table[field.name].slice(0, row_size.FIRST).to_pylist(), paths[0])
        )
        return Preview(table, total, content, read[0].class_names, read[0].index, images=images)

    def _find(self) -> DataFiles:
        data_files = find(self.params.path)
        first = data_files.splits[TRAIN][0]
        named = [name for _, name in columns.named(self.params)]
        if file_keys.kind(first) == ".npz" and array_files.named_in_full(first, named):
            data_files = replace(data_files, splits={TRAIN: data_files.splits[TRAIN]})
        if self.params.test:
            other = find(self.params.test, "test")
            if other.sort != data_files.sort:
                raise InputError(
                    f"holds {other.sort}, but path holds {data_files.sort}", key="test"
                )
            if set(other.splits[TRAIN]) & set(data_files.splits[TRAIN]):
                raise InputError("names files that path also names", key="test")
            data_files = replace(
                data_files,
                splits={**data_files.splits, TEST: other.splits[TRAIN]},
                roots={**data_files.roots, TEST: other.roots[TRAIN]} if other.roots else {},
                others=[*data_files.others, *other.others],
                partitions={**data_files.partitions, **other.partitions},
            )
        elif self.params.test_fraction and TEST in data_files.splits:
            raise InputError("path already has a test split", key="test_fraction")
        if data_files.sort == "images":
            self._no_columns("images")
        self._check_keys(data_files)
        # Of all splits together: 10 is text where another folder is called 01.
        return replace(data_files, partitions=with_numbers(data_files.partitions))

    def _check_keys(self, data_files: DataFiles) -> None:
        """Refuse a key that says how other kinds of file are read: it would do nothing."""
        kinds = {file_keys.kind(path) for paths in data_files.splits.values() for path in paths}
        fields = type(self.params).model_fields
        given = [
            name
            for name in self.params.model_fields_set
            if getattr(self.params, name) != fields[name].default
        ]
        for key in sorted(file_keys.unused(kinds, given)):
            images = data_files.sort == "images"
            what = "an image" if images else f"a {'/'.join(sorted(kinds))} file"
            raise InputError(f"{what} does not use it", key=key, remedy="drop it")
        if data_files.sort == "table" and "class_folders" in given:
            raise InputError(
                "tables have no folders of classes", key="class_folders", remedy="drop it"
            )

    def _no_columns(self, sort: str) -> None:
        what, *keys = _HAVE_NO[sort]
        arrays = dict(columns.arrays(self.params))
        for key in keys:
            if getattr(self.params, key) and (sort == "images" or key not in arrays):
                raise InputError(f"{what} does not use it", key=key, remedy="drop it")

    def _divided(self, rows: Mapping[str, int], labels: IntArray | None) -> dict[str, IntArray]:
        """Return the positions of each split: all, or train's divided into train and test."""
        own = self.params
        if own.test_fraction:
            return selection.divided(rows[TRAIN], labels, own.test_fraction, own.sample_seed)
        return {split: np.arange(n) for split, n in rows.items()}

    def _expected(self, counts: Mapping[str, int], classes: int | None) -> dict[str, int | None]:
        rows: dict[str, int | None] = {**counts}
        if self.params.test_fraction and counts[TRAIN] > 1:
            rows[TEST] = selection.held_out(counts[TRAIN], self.params.test_fraction)
            rows[TRAIN] = counts[TRAIN] - (rows[TEST] or 0)
        return selection.expected(rows, self.params, classes)

    def _images(self, data_files: DataFiles, source: Mapping[str, Any]) -> Corpus:
        """Return the images as a corpus; ids are the paths below the folder of the classes."""
        folders, remarks = class_folders(data_files, self.params.class_folders)
        names = sorted({name for listed in folders.values() for name in listed} - {NO_CLASS})
        code = {NO_CLASS: UNLABELLED, **{name: index for index, name in enumerate(names)}}
        rows_of = {split: len(listed) for split, listed in folders.items()}
        at = self._divided(rows_of, np.array([code[name] for name in folders[TRAIN]]))
        starts = selection.starts(rows_of)
        places = {split: split if split in folders else TRAIN for split in at}
        paths = {split: data_files.splits[place] for split, place in places.items()}

        def items(chosen: Mapping[str, IntArray]) -> Read:
            files = {s: FolderFiles([paths[s][row] for row in rows]) for s, rows in chosen.items()}
            return read_images(files, self.params, "path")

        parts, copies = {}, copies_in(at, items, self.params)
        for split, place in places.items():
            ids = np.array([readable(data_files.name(place, path)) for path in paths[split]])
            codes = np.array([code[name] for name in folders[place]]) if names else None
            own = starts[place] + np.arange(len(ids))
            rows = without(at[split], copies[split])
            parts[split] = Part(rows, ids, own, codes, at[split], copies=copies[split])
        outside = _unused(data_files, sum(rows_of.values()))
        if data_files.hidden:
            source = {**source, "hidden": data_files.hidden}
        corpus = selection.corpus(parts, items, self.params, source, names, outside)
        said = (*remarks, *map(selection.said, outside), *_about_images(data_files))
        return replace(corpus, remarks=(*said, *corpus.remarks))

    def _peek_table(self, data_files: DataFiles) -> Peek:
        first = data_files.splits[TRAIN][0]
        params = columns.without_arrays(self._column_params(data_files))
        names: tuple[str, ...] | None = None
        counts: dict[str, int] = {}
        kind = file_keys.kind(first)
        own = columns_of_all(data_files.partitions, first)
        if kind == ".parquet":
            try:
                empty = with_partitions(pq.read_schema(first).empty_table(), own)
                schema = columns.with_fields(empty, params).schema
                counts = data_files.sums(lambda path: pq.read_metadata(path).num_rows)
            except Exception as error:
                raise unreadable(first, "parquet", error) from None
            columns.check(schema, params)
            names = tuple(schema.names)
        elif kind in file_keys.CSV:
            names = csv_files.csv_header(first, self._format(params, data_files)) or None
            names = names and (*names, *(name for name in own if name not in names))
            for key, column in columns.named(params) if names else ():
                if names and column not in names:
                    raise columns.no_column(column, names, key)
        elif kind in array_files.SUFFIXES:
            counts = {
                split: sum(array_files.shape(path, split)[0] for path in paths)
                for split, paths in data_files.splits.items()
            }
        elif kind == ".txt":
            names = (file_tables.TEXT,)
        rows = self._expected(counts, None) if counts else {}
        most: dict[str, int | None] = {} if counts or not params.limit else {TRAIN: params.limit}
        if params.missing == "drop":
            rows, most = {}, rows or most
        table = self._peek_rows(data_files, params, own)
        features: tuple[Column, ...] = ()
        if params.features is not None and table is not None:
            features = table_columns.expected(table, params)
        size = row_size.of_table(table, params, len(features))
        about = counts or _about(data_files, table)
        if kind in array_files.SUFFIXES and (params.image or kind in UNNAMED):
            size = row_size.of_array(array_files.shape(first, TRAIN, params.image), params)
        labelled = self.params.label is not None
        if params.balanced and not labelled:
            raise selection.unlabelled()
        peek = Peek(
            rows,
            columns.content(params),
            names,
            None,
            self.params.path,
            labelled,
            features=features,
            embedded=self.params.embedding is not None,
            shape=size.shape,
            characters=size.characters,
            about=self._expected(about, None) if about else {},
            most=most,
            in_files=_stay_in_files(data_files.splits[TRAIN]),
        )
        return self._counted(peek, data_files) if self._is_small(data_files) else peek

    def _is_small(self, data_files: DataFiles) -> bool:
        """Tell whether the rows are read in a moment."""
        if self.params.image:
            return False
        arrays = [Path(name) for _, name in columns.arrays(self.params)]
        return sum(map(_unpacked, arrays)) + sum(data_files.sums(_unpacked).values()) <= SMALL

    def _counted(self, peek: Peek, data_files: DataFiles) -> Peek:
        """Return what is known of small files: all of it."""
        corpus = self._tables(data_files, {})
        items = corpus.train.items
        embedding, characters = embedding_of(items), None
        shape = None if embedding is None else embedding.shape[1:]
        if embedding is None and isinstance(items, Table | Images):
            shape = items.shape
        if corpus.content == "text":
            texts = items.take(np.arange(min(len(items), row_size.FIRST)))
            characters = float(np.mean([len(text) for text in texts]))
        return replace(
            peek,
            rows={split: len(rows) for split, rows in corpus.splits.items()},
            n_classes=len(corpus.label_names) or None,
            features=columns_of(items),
            shape=shape,
            characters=characters,
            about={},
            most={},
        )

    def _peek_rows(
        self, data_files: DataFiles, params: FilesParams, own: Mapping[str, Value]
    ) -> Any:
        """Return the first rows of the first file; None where they can't be read alone."""
        first, table = data_files.splits[TRAIN][0], None
        kind = file_keys.kind(first)
        if kind in file_keys.CSV:
            table = csv_files.first_rows(first, self._format(params, data_files))
        elif kind == ".parquet":
            batch = next(pq.ParquetFile(first).iter_batches(FIRST_ROWS), None)
            table = None if batch is None else pa.Table.from_batches([batch])
        if table is None:
            return None
        return _with_image_paths(with_partitions(table, own), params.image, first)[0]

    def _column_params(self, data_files: DataFiles) -> FilesParams:
        """Return the parameters with the content filled in where the kind of file says it."""
        params, first = self.params, data_files.splits[TRAIN][0]
        kind = file_keys.kind(first)
        if kind == ".txt":
            self._no_columns("lines")
            return params.model_copy(update={"text": file_tables.TEXT})
        if kind in UNNAMED and array_files.holds_images(first):
            self._no_columns("pixels")
            if params.image not in (None, array_files.IMAGE):
                raise InputError("the file has one array of images", key="image", remedy="drop it")
            return params.model_copy(update={"image": array_files.IMAGE})
        if kind in UNNAMED:
            self._no_columns("array")
            if params.features not in (None, "all"):
                raise InputError(
                    "an npy file has no named columns", key="features", remedy="drop it"
                )
            return params.model_copy(update={"features": "all"})
        if columns.content(params) is not None:
            return params
        arrays = tuple(array_files.npz_splits(first)[TRAIN]) if kind == ".npz" else ()
        if len(arrays) == 1:
            return params.model_copy(update={"features": arrays})
        listed = f": {', '.join(arrays)}" if arrays else ""
        raise InputError(
            f"one of text, image or features must name the columns to cluster{listed}",
            key="text",
            remedy='name a column, or set features = "all"',
        )

    def _format(self, params: FilesParams, data_files: DataFiles) -> Format:
        needed = {name for _, name in columns.named(params)}
        return Format(
            encoding=params.encoding,
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
            partitions=data_files.partitions,
        )

    def _tables(self, data_files: DataFiles, source: Mapping[str, Any]) -> Corpus:
        params = self._column_params(data_files)
        splits: dict[str, Rows] = {}
        train, start = data_files.splits[TRAIN], 0
        for split, paths in data_files.splits.items():
            form = replace(self._format(params, data_files), split=split)
            splits[split] = self._read(paths, params, form, start, train[0], splits.get(TRAIN))
            start += len(splits[split].ids)
        splits = self._with_arrays(splits)
        said = [remark for rows in splits.values() for remark in rows.remarks]
        said += first_doubts([*splits.values()]).values()
        splits, remarks = without_row_numbers(splits, params)
        of_names = [*held_out(train)] or [*unread_folders(train)]
        remarks = (*of_names, *lacking(train), *holes(train), *dict.fromkeys(said), *remarks)
        if data_files.others:
            names = few_of([readable(Path(path.name)) for path in data_files.others], 3)
            remarks = (*remarks, f"other files of the folder are not read: {names}")
        if file_keys.kind(train[0]) not in array_files.SUFFIXES:
            digests = source_tables.digests(data_files.splits)
            source = {**source, source_tables.DIGESTS: digests}
            remarks = (*remarks, *source_tables.alike(digests))
        splits = columns.used(splits, params)
        pa.default_memory_pool().release_unused()  # of what the files took while they were read
        if params.test_fraction:
            splits = self._split(splits[TRAIN])
        return assemble(splits, params, source, remarks=remarks)

    def _split(self, whole: Rows) -> dict[str, Rows]:
        labels, _ = label_codes({TRAIN: whole}, self.params.label)
        divided = self._divided({TRAIN: len(whole.ids)}, labels[TRAIN])
        return {split: whole.at(positions) for split, positions in divided.items()}

    def _with_arrays(self, splits: Mapping[str, Rows]) -> dict[str, Rows]:
        """Return the rows of all splits with a column for each npy file next to them."""
        total, read = sum(len(rows.ids) for rows in splits.values()), dict(splits)
        for key, name in columns.arrays(self.params):
            column = array_files.read_column(Path(name), key)
            if len(column) != total:
                raise InputError(f"{name} has {len(column):,} rows, the data {total:,}", key=key)
            for split, rows in read.items():
                first = int(rows.positions[0])
                part = column.slice(first, len(rows.ids))
                read[split] = replace(rows, table=rows.table.append_column(name, part))
        return read

    def _one(self, path: Path, params: FilesParams, form: Format, first: Path) -> Rows:
        """Read one file; fields within fields become columns, and names of images paths."""
        rows = columns.with_lists(_read_table(path, form, first), params)
        table = columns.with_fields(rows.table, params)
        of_file = {*rows.table.column_names} - form.partitions.get(path, {}).keys()
        if added := {*table.column_names} - of_file:  # its own columns are as written already
            table = as_written(table, replace(form, columns=added), path)
        table, said = _with_image_paths(table, params.image, path)
        return replace(rows, table=table, remarks=(*rows.remarks, *said))

    def _read(
        self,
        paths: Sequence[Path],
        params: FilesParams,
        form: Format,
        start: int,
        first: Path,
        train: Rows | None = None,
    ) -> Rows:
        form = replace(form, mapped=_stay_in_files(paths))
        if train is not None:  # 01 is no 1 where another value makes texts of train's
            fields = [field for field in train.table.schema if columns.holds_text(field.type)]
            form = replace(form, as_text={*form.as_text, *(field.name for field in fields)})
        read = [self._one(path, params, form, first) for path in paths]
        return joined(read, paths, params, form, start)


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
            "first row holds them",
        ) from None


def _with_image_paths(table: Any, name: str | None, path: Path) -> tuple[Any, tuple[str, ...]]:
    """Return a table with the paths of images in place of their names, and where they are found."""
    if name not in table.column_names or not columns.holds_text(table[name].type):
        return table, ()
    names = table[name].to_pylist()
    paths = image_paths(names, name, path)
    first = next(((one, other) for one, other in zip(names, paths, strict=True) if one), None)
    at = table.column_names.index(name)
    table = table.set_column(at, name, pa.chunked_array([pa.array(paths, pa.string())]))
    return table, tuple(_moved(*first, path)) if first else ()


def _moved(name: str, found: str | None, file: Path) -> Iterator[str]:
    """Say that an image is found elsewhere than its name says."""
    if found and not Path(found).is_relative_to(file.parent / name) and "\\" not in name:
        yield f"images are found as {relpath(found, file.parent)} for {name!r:.60}"


def _unpacked(path: Path) -> int:
    """Return about how many bytes a file holds."""
    packed = path.suffix.lower() in (*file_keys.COMPRESSED, *PACKED_SUFFIXES)
    return path.stat().st_size * (PACKED if packed else 1)


def _about(data_files: DataFiles, table: Any) -> dict[str, int]:
    """Return about how many rows each split has, by the bytes of the first ones; nothing where none tell."""
    first = data_files.splits[TRAIN][0]
    if not table or first.suffix.lower() in file_keys.COMPRESSED:
        return {}
    each = min(decoding.START, first.stat().st_size) / len(table)
    sizes = data_files.sums(lambda path: path.stat().st_size)
    return {split: round(size / each) for split, size in sizes.items()}


def _stay_in_files(paths: Sequence[Path]) -> bool:
    """Tell whether rows are too many for memory."""
    return is_large(sum(map(file_tables.size, paths)), 1, np.uint8)


def _about_images(data_files: DataFiles) -> Iterator[str]:
    """Say that a table beside images may be about them."""
    kinds = (*file_keys.CSV, ".jsonl", ".parquet", ".xlsx")
    tables = [path for path in data_files.others if file_keys.kind(path) in kinds]
    if 0 < len(tables) <= FEW_TABLES:
        yield (
            f"{readable(Path(tables[0].name))} may name the images and their labels: to read them by it, set "
            "path to it, and image and label to its columns"
        )


def _unused(data_files: DataFiles, start: int) -> list[LeftOut]:
    """Return the files of an image folder that are left out; their positions come after the images."""
    by_reason: dict[str, list[str]] = {}
    for path in data_files.others:
        reason = "in no folder of a split" if is_image(path) else "not an image"
        if not path.is_file():
            reason = "a link that leads nowhere" if path.is_symlink() else "no file"
        name = readable(Path(relpath(path, data_files.roots[TRAIN][0])))
        by_reason.setdefault(reason, []).append(name)
    left = []
    for reason, names in by_reason.items():
        left.append(LeftOut(reason, start + np.arange(len(names)), np.array(names)))
        start += len(names)
    return left
