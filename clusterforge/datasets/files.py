"""Files of one's own: tables, texts, arrays, and folders of images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from clusterforge import file_keys
from clusterforge.builtin.datasets import FilesParams
from clusterforge.contracts import Column, Context, Corpus, Peek, Preview, Setting
from clusterforge.datasets import array_files, columns, frames, previews, source_tables
from clusterforge.datasets.documents import are_documents, find_documents
from clusterforge.datasets.file_finding import DataFiles, find, without_empty
from clusterforge.datasets.image_files import image_corpus, image_peek
from clusterforge.datasets.partitions import with_numbers
from clusterforge.datasets.selection import TEST, TRAIN
from clusterforge.datasets.table_files import TableFiles
from clusterforge.datasets.table_peeks import table_peek
from clusterforge.datasets.text_cleaning import TextDataset
from clusterforge.errors import NOT_USED, InputError, UnusedKey

NO_COLUMNS = ("text", "features", "image", "label", "id", "embedding", "clean")


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
            return image_corpus(data_files, own, source)
        return TableFiles(own, data_files).corpus(source)

    def read_values(self, table: pa.Table, columns: Sequence[Column]) -> pa.Table:
        """Return new rows with the gaps, numbers and lists that the parameters say their texts are."""
        return frames.read_values(table, self.params, columns)

    def read_table(self, table: pa.Table) -> Corpus | None:
        """Return the rows of a data frame with the columns that the parameters name; None of images."""
        return frames.read_table(table, self.params)

    def source_tables(self, source: Mapping[str, Any]) -> Iterator[pa.Table] | None:
        """Yield every row of the files with all its columns; None for images and arrays."""
        digests = source.get(source_tables.DIGESTS)
        if digests is None:
            return None
        data_files = self._find()
        paths = source_tables.as_they_were(data_files.splits, digests)
        return source_tables.tables(paths, TableFiles(self.params, data_files).form(self.params))

    def peek(self) -> Peek | None:
        """Return what names, headers and metadata tell; small files are read, and their rows counted."""
        data_files = self._find()
        if data_files.sort == "images":
            return image_peek(data_files, self.params)
        return table_peek(TableFiles(self.params, data_files))

    def preview(self, rows: int) -> Preview:
        """Return the first rows with all columns; of images how many there are."""
        found = previews.preview(self.params, lambda params: Files(params)._first_rows(rows))
        told = "whole_files" in self.params.model_fields_set
        if told or found.content != "text" or not are_documents(self._find()):
            return found
        reason = "each file has some lines, and is taken for one text"
        settings = (Setting("whole_files", True, reason), *found.settings)
        keys = {setting.key: setting.value for setting in settings}
        whole = Files(self.params.model_copy(update=keys))._first_rows(rows)
        return replace(whole, settings=settings)

    def _first_rows(self, rows: int) -> Preview:
        data_files = self._find()
        if data_files.sort == "images":
            self.peek()
            return Preview(None, len(data_files.splits[TRAIN]), "image")
        return TableFiles(self.params, data_files).preview(rows)

    def _find(self) -> DataFiles:
        look = find_documents if self.params.whole_files else find
        data_files = without_empty(look(self.params.path))
        first = data_files.splits[TRAIN][0]
        named = [name for _, name in columns.named(self.params)]
        of_one = all(list(paths) == [first] for paths in data_files.splits.values())
        if (
            file_keys.kind(first) == ".npz"
            and of_one
            and {*named} & {*array_files.array_names(first)}
        ):
            data_files = replace(data_files, splits={TRAIN: data_files.splits[TRAIN]})
        if self.params.test:
            other = look(self.params.test, "test")
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
            columns.check_unused(self.params, "an image folder", NO_COLUMNS)
        self._check_keys(data_files)
        if self.params.whole_files:
            return data_files
        # Of all splits together: 10 is text where another folder is called 01.
        return replace(data_files, partitions=with_numbers(data_files.partitions))

    def _check_keys(self, data_files: DataFiles) -> None:
        """Refuse a key that says how other kinds of file are read: it would do nothing."""
        every = (path for paths in data_files.splits.values() for path in paths)
        kinds = {".txt"} if self.params.whole_files else {*map(file_keys.kind, every)}
        given = self.params.model_dump(exclude_defaults=True)
        for key in sorted(file_keys.unused(kinds, given)):
            images = data_files.sort == "images"
            what = "an image" if images else f"a {'/'.join(sorted(kinds))} file"
            raise UnusedKey(f"{what}{NOT_USED}", key=key, remedy="drop it")
        if data_files.sort == "table" and "class_folders" in given:
            raise InputError(
                "tables have no folders of classes", key="class_folders", remedy="drop it"
            )
