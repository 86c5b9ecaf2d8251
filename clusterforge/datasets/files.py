"""Files of one's own: tables, texts, arrays, and folders of images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from clusterforge.builtin.datasets import FilesParams
from clusterforge.contracts import Context, Corpus, Dataset, Items, Peek
from clusterforge.errors import InputError, nearest

if TYPE_CHECKING:
    import pyarrow as pa

    from clusterforge.datasets.assembly import Rows
    from clusterforge.datasets.file_finding import DataFiles

TRAIN, TEST = "train", "test"
_IMAGES_HAVE_NO = ("an image folder", "text", "features", "image", "label", "id", "clean")
_ARRAYS_HAVE_NO = ("an npy file", "text", "image", "label", "id", "clean", "resize")
_LINES_HAVE_NO = ("a txt file", "features", "image", "label", "id")


class Files(Dataset[FilesParams]):
    """Text, images or a table from files.

    A txt file has one text a line, an npy file one row of a table, an image folder one folder for
    each class; the other kinds have named columns. Held-out rows come from ``test``, from a share
    of the rows, or from folders and files named train and test. Ids are positions in the file, or
    paths in the image folder.
    """

    def load(self, context: Context) -> Corpus:
        """Return the corpus."""
        data_files = self._find()
        source: dict[str, Any] = {
            "path": self.params.path,
            "from": "files",
            "files": {split: len(paths) for split, paths in data_files.splits.items()},
        }
        if self.params.test:
            source["test"] = self.params.test
        if self.params.test_fraction:
            source |= {
                "test_fraction": self.params.test_fraction,
                "sample_seed": self.params.sample_seed,
            }
        if data_files.sort == "images":
            from clusterforge.datasets.image_folder import image_corpus

            self._no_columns(*_IMAGES_HAVE_NO)
            return image_corpus(data_files, self.params, source)
        if data_files.sort == "array":
            from clusterforge.datasets.npy_table import array_corpus

            self._no_columns(*_ARRAYS_HAVE_NO)
            return array_corpus(data_files, self.params, source)
        return self._tables(data_files, source)

    def source_tables(self, source: Mapping[str, Any]) -> Iterator[pa.Table] | None:
        """Yield every row of the files with all its columns; None for images and arrays."""
        from clusterforge.datasets import source_tables

        digests = source.get(source_tables.DIGESTS)
        if digests is None:
            return None
        splits = self._find().splits
        paths = source_tables.as_they_were(splits, digests)
        return source_tables.tables(paths, self._format(self.params))

    def prepare(self, items: Items) -> Items:
        """Return new rows cleaned as the texts here are."""
        from clusterforge.datasets.text_cleaning import prepared

        return prepared(items, self.params.clean)

    def peek(self) -> Peek | None:
        """Return what names, headers and metadata tell."""
        data_files = self._find()
        if data_files.sort == "table":
            return self._peek_table(data_files)
        if data_files.sort == "images":
            from clusterforge.datasets.image_folder import classes_of

            self._no_columns(*_IMAGES_HAVE_NO)
            counts = {split: len(paths) for split, paths in data_files.splits.items()}
            splits = data_files.splits
            classes = {name for split in splits for name in classes_of(data_files, split)}
            n_classes = len(classes - {""}) or None
            rows = self._expected(counts, n_classes)
            labelled = n_classes is not None
            return Peek(rows, "image", None, n_classes, self.params.path, labelled)
        self._no_columns(*_ARRAYS_HAVE_NO)
        return Peek(content="table", source=self.params.path, labelled=False)

    def _find(self) -> DataFiles:
        from clusterforge.datasets.file_finding import find

        data_files = find(self.params.path)
        if self.params.test:
            other = find(self.params.test, "test")
            if other.sort != data_files.sort:
                raise InputError(
                    f"holds {other.sort}, but path holds {data_files.sort}", key="test"
                )
            if set(other.splits[TRAIN]) & set(data_files.splits[TRAIN]):
                raise InputError("names files that path names too", key="test")
            splits = {**data_files.splits, TEST: other.splits[TRAIN]}
            roots = {**data_files.roots, TEST: other.roots[TRAIN]} if other.roots else {}
            data_files = replace(data_files, splits=splits, roots=roots)
        elif self.params.test_fraction and TEST in data_files.splits:
            raise InputError("path has a test split of its own", key="test_fraction")
        return data_files

    def _no_columns(self, what: str, *keys: str) -> None:
        for key in keys:
            if getattr(self.params, key):
                raise InputError(f"{what} has no use for it", key=key, remedy="drop it")

    def _expected(self, counts: Mapping[str, int], classes: int | None) -> dict[str, int | None]:
        from clusterforge.datasets import selection

        rows: dict[str, int | None] = {**counts}
        if self.params.test_fraction and counts[TRAIN] > 1:
            rows[TEST] = selection.held_out(counts[TRAIN], self.params.test_fraction)
            rows[TRAIN] = counts[TRAIN] - (rows[TEST] or 0)
        return selection.expected(rows, self.params, classes)

    def _peek_table(self, data_files: DataFiles) -> Peek:
        import pyarrow.parquet as pq

        from clusterforge.datasets import columns, file_tables, selection

        first, params = data_files.splits[TRAIN][0], self._column_params(data_files)
        names: tuple[str, ...] | None = None
        rows: dict[str, int | None] = {}
        if first.suffix == ".parquet":
            try:
                schema = pq.read_schema(first)
                counts = {
                    split: sum(pq.read_metadata(path).num_rows for path in paths)
                    for split, paths in data_files.splits.items()
                }
            except Exception as error:
                why = " ".join(str(error).split())[:200]
                raise InputError(f"{first} can't be read as parquet: {why}", key="path") from None
            columns.check(schema, params)
            names = tuple(schema.names)
            rows = self._expected(counts, None) if params.missing != "drop" else {}
        elif first.suffix in (".csv", ".tsv", ".tab"):
            names = file_tables.csv_header(first, self._format(params)) or None
            for key, column in _named(params) if names else ():
                if column not in (names or ()):
                    raise InputError(
                        f"there is no column {column!r}",
                        key=key,
                        remedy=nearest(column, names or ()),
                    )
        elif first.suffix == ".txt":
            names = (file_tables.TEXT,)
        labelled = params.label is not None
        if params.balanced and not labelled:
            raise selection.unlabelled()
        return Peek(rows, columns.content(params), names, None, self.params.path, labelled)

    def _column_params(self, data_files: DataFiles) -> FilesParams:
        """Return the parameters with the content filled in where the kind of file says it."""
        from clusterforge.datasets import columns, file_tables

        params = self.params
        if data_files.splits[TRAIN][0].suffix.lower() == ".txt":
            self._no_columns(*_LINES_HAVE_NO)
            return params.model_copy(update={"text": file_tables.TEXT})
        if columns.content(params) is None:
            raise InputError(
                "one of text, image or features has to name the columns to cluster",
                key="text",
                remedy='name a column, or set features = "all"',
            )
        return params

    def _format(self, params: FilesParams) -> Any:
        from clusterforge.datasets import columns, file_tables

        # What looks like a number is text all the same where the recipe says so; ids keep their zeros.
        as_text = {*columns.text_names(params), *([params.id] if params.id else [])}
        return file_tables.Format(params.encoding, params.delimiter, as_text)

    def _tables(self, data_files: DataFiles, source: Mapping[str, Any]) -> Corpus:
        from clusterforge.datasets import columns, selection, source_tables
        from clusterforge.datasets.assembly import assemble, label_codes

        params = self._column_params(data_files)
        splits, start = {}, 0
        for split, paths in data_files.splits.items():
            splits[split] = self._read(paths, params, start)
            start += len(splits[split].ids)
        digests = source_tables.digests(data_files.splits)
        source = {**source, source_tables.DIGESTS: digests}
        if params.test_fraction:
            whole = splits[TRAIN]
            columns.check(whole.table.schema, params)
            labels, _ = label_codes({TRAIN: whole}, params.label)
            divided = selection.divided(
                len(whole.ids), labels[TRAIN], params.test_fraction, params.sample_seed
            )
            splits |= {split: whole.at(positions) for split, positions in divided.items()}
        return assemble(splits, params, source)

    def _read(self, paths: Sequence[Path], params: FilesParams, start: int) -> Rows:
        import pyarrow as pa

        from clusterforge.datasets.assembly import Rows
        from clusterforge.datasets.file_tables import read_table

        read = [read_table(path, self._format(params)) for path in paths]
        try:
            table = pa.concat_tables(
                [one.table.replace_schema_metadata() for one in read], promote_options="permissive"
            )
        except pa.ArrowException as error:
            why = " ".join(str(error).split())[:200]
            raise InputError(f"the files hold different columns: {why}", key="path") from None
        if not table.num_rows:
            raise InputError(f"{paths[0]} has no rows", key="path")
        ids = read[0].positions if len(read) == 1 else np.arange(table.num_rows)
        positions = np.arange(start, start + table.num_rows)
        return Rows(table, ids, positions, read[0].class_names)


def _named(params: FilesParams) -> list[tuple[str, str]]:
    """Return the parameters that name columns, one pair for each column."""
    from clusterforge.datasets import columns

    named = [("text", name) for name in columns.text_names(params)]
    if params.features not in (None, "all"):
        named += [("features", name) for name in params.features or ()]
    return named + [(k, v) for k in ("image", "label", "id") if (v := getattr(params, k))]
