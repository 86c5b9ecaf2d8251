"""A data set laid out as on the Hugging Face Hub, from a mirror, the cache or the Hub itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from clusterforge.builtin.datasets import HuggingfaceParams
from clusterforge.contracts import Context, Corpus, LeftOut, Peek, Preview, Setting
from clusterforge.datasets import (
    arrow_items,
    columns,
    frames,
    row_size,
    selection,
    source_tables,
    table_columns,
)
from clusterforge.datasets.assembly import assemble
from clusterforge.datasets.parquet_folder import ParquetConfig, find_config
from clusterforge.datasets.row_numbers import without_row_numbers
from clusterforge.datasets.saved_folders import is_saved
from clusterforge.datasets.split_slices import Part, overlap, parts
from clusterforge.datasets.table_rows import Rows
from clusterforge.datasets.text_cleaning import TextDataset
from clusterforge.errors import InputError
from clusterforge.hub import dataset_download
from clusterforge.hub.lookup import Place, places

Config = ParquetConfig | dataset_download.LoadedConfig


class Huggingface(TextDataset[HuggingfaceParams]):
    """Text, images or a table of a data set on the Hub.

    Looked up in the folders of ``CLUSTERFORGE_MIRROR``, then in the Hugging Face cache, then on the
    Hub; parquet files of a folder are read in place, everything else through the ``datasets`` library.
    """

    def load(self, context: Context) -> Corpus:
        """Return the corpus."""
        config, source = self._open()
        slices = self._parts(config)
        starts = _starts(config, slices)
        source = {**source, "config": config.name, "splits": self._splits()}
        if isinstance(config, ParquetConfig):
            files = {split: config.files[split] for split in starts}
            source[source_tables.DIGESTS] = source_tables.digests(files)
        config = self._mapped(config, slices)
        splits, remarks = without_row_numbers(
            {s: _read(config, p, self.params, starts) for s, p in slices.items()}, self.params
        )
        every = np.arange(sum(config.rows[split] for split in starts))
        sliced = np.concatenate([rows.positions for rows in splits.values()])
        rest = np.setdiff1d(every, sliced, assume_unique=True)
        outside = [LeftOut("outside of the slices", rest)] if len(rest) else []
        splits = columns.used(splits, self.params)
        return assemble(splits, self.params, source, outside, remarks)

    def read_table(self, table: pa.Table) -> Corpus | None:
        """Return the rows of a data frame with the columns that the parameters name; None of images."""
        return frames.read_table(table, self.params)

    def source_tables(self, source: Mapping[str, Any]) -> Iterator[pa.Table] | None:
        """Yield every row of the splits that the run reads, with all its columns."""
        config, now = self._open()
        used = list(_starts(config, self._parts(config)))
        names = config.class_names(used[0])
        digests = source.get(source_tables.DIGESTS)
        if digests is not None and isinstance(config, ParquetConfig):
            files = {split: config.files[split] for split in used}
            as_they_were = source_tables.as_they_were(files, digests)
            return source_tables.with_class_names(source_tables.tables(as_they_were), names)
        if now["revision"] != source.get("revision"):
            raise InputError(
                f"{self.params.path} is available in revision {now['revision']}, but the run "
                f"used {source.get('revision')}",
                key="revision",
            )
        slices = source_tables.slices(config.whole(split) for split in used)
        return source_tables.with_class_names(slices, names)

    def peek(self) -> Peek | None:
        """Return rows, columns and classes of a local folder, from its files' metadata."""
        local = self._local()
        if local is None:
            return None
        config, place = local
        slices = self._parts(config)
        first = slices[selection.TRAIN][0].split
        names = config.class_names(first).get(self.params.label or "")
        classes = len(names) if names else None
        rows: dict[str, int | None] = {s: sum(p.rows for p in of) for s, of in slices.items()}
        about = selection.expected(rows, self.params, classes)
        if self.params.missing == "drop":
            rows = dict.fromkeys(rows)
        size = row_size.of_table(
            columns.with_fields(config.head(first, row_size.FIRST), self.params),
            self.params,
            len(table_columns.named(self.params)),
        )
        return Peek(
            rows=selection.expected(rows, self.params, classes),
            content=columns.content(self.params),
            columns=tuple(config.schema(first).names),
            n_classes=classes,
            labelled=self.params.label is not None,
            source=f"{place.origin} {place.folder}",
            shape=size.shape,
            characters=size.characters,
            about=about,
        )

    def preview(self, rows: int) -> Preview:
        """Return the first rows of the split train, or of the first one, and which splits there are."""
        config, _ = self._open()
        train = self.params.train if self.params.train in config.rows else next(iter(config.rows))
        settings = [Setting("train", train, f"splits: {', '.join(config.rows)}")]
        settings += [Setting(s, s) for s in ("test",) if s in config.rows and s != train]
        total = config.rows[train]
        table = config.head(train, rows) if total > rows else config.whole(train)
        table = columns.with_fields(table, self.params)
        columns.check(table.schema, self.params)
        table_columns.check_names(table.column_names, self.params)
        names = config.class_names(train)
        return Preview(table, total, class_names=names, settings=tuple(settings))

    def _splits(self) -> dict[str, str]:
        own = self.params
        named = {"train": own.train, "test": own.test, "validation": own.validation}
        return {split: text for split, text in named.items() if text is not None}

    def _places(self) -> list[Place]:
        """Return the local folders that may hold the data set."""
        listed = list(places(self.params.path, self.params.revision))
        for place in listed:
            if not place.folder.is_dir():
                what = "is a file" if place.folder.exists() else "does not exist"
                raise InputError(
                    f"{place.folder} {what}",
                    key="path",
                    remedy='name a folder, or use = "files" for files of your own',
                )
            if is_saved(place.folder):
                raise InputError(
                    f"save_to_disk has written {place.folder}",
                    key="path",
                    remedy='set use = "files"',
                )
        return listed

    def _local(self) -> tuple[ParquetConfig, Place] | None:
        """Return the configuration in the first local folder made of parquet files."""
        for place in self._places():
            try:
                config = find_config(place.folder, self.params.config)
                if config is not None and place.origin == "cache":
                    self._parts(config)
            except InputError:
                # What the cache holds of a data set may be less than what the Hub has.
                if place.origin == "cache":
                    continue
                raise
            if config is not None:
                return config, place
            if place.origin != "cache":
                return None
        return None

    def _open(self) -> tuple[Config, dict[str, object]]:
        """Return the configuration and where it came from."""
        own, local = self.params, self._local()
        if local is not None:
            config, place = local
            return config, self._source(place.origin, place.revision, str(place.folder))
        for place in self._places():
            if place.origin != "cache":
                loaded = dataset_download.from_folder(place.folder, own.config)
                return loaded, self._source(place.origin, place.revision, str(place.folder))
        cached = dataset_download.from_cache(own.path, own.config, own.revision)
        if cached is not None:
            return cached[0], self._source("cache", cached[1])
        fetched, commit = dataset_download.from_hub(own.path, own.config, own.revision)
        return fetched, self._source("hub", commit)

    def _source(
        self, origin: str, revision: str | None, folder: str | None = None
    ) -> dict[str, object]:
        source: dict[str, object] = {"path": self.params.path, "from": origin, "revision": revision}
        if self.params.revision and self.params.revision != revision:
            source["revision_asked"] = self.params.revision
        return {**source, "folder": folder} if folder else source

    def _parts(self, config: Config) -> dict[str, tuple[Part, ...]]:
        """Return the rows of the source that make up each split, after checking all columns."""
        slices: dict[str, tuple[Part, ...]] = {}
        for split, text in self._splits().items():
            slices[split] = parts(text, config.rows, split)
            for part in slices[split]:
                columns.check(
                    columns.schema_with_fields(config.schema(part.split), self.params), self.params
                )
            for other in list(slices)[:-1]:
                if shared := overlap(slices[split], slices[other]):
                    raise InputError(
                        f"uses rows of {shared!r} that {other} also uses",
                        key=split,
                        remedy="name another split, or slices that do not overlap",
                    )
        return slices

    def _mapped(self, config: Config, slices: Mapping[str, Sequence[Part]]) -> Config:
        """Replace parquet files that are too big for memory by the library's memory-mapped copy."""
        if not isinstance(config, ParquetConfig) or self.params.in_memory is True:
            return config
        splits = sorted({part.split for of_split in slices.values() for part in of_split})
        names = columns.wanted(config.schema(splits[0]), self.params)
        if sum(config.size(split, names) for split in splits) <= arrow_items.MEMORY_BUDGET:
            return config
        return dataset_download.from_files(config.name, {s: config.files[s] for s in splits})


def _starts(config: Config, slices: Mapping[str, Sequence[Part]]) -> dict[str, int]:
    """Return the source splits that are read, and where the rows of each stand in the source."""
    used = dict.fromkeys(part.split for of_split in slices.values() for part in of_split)
    return selection.starts({split: config.rows[split] for split in used})


def _read(
    config: Config, slices: Sequence[Part], params: HuggingfaceParams, starts: Mapping[str, int]
) -> Rows:
    """Read the columns of a split; ids are positions in the source split."""
    tables, ids, places = [], [], []
    several = len({part.split for part in slices}) > 1
    for part in slices:
        names = columns.wanted(config.schema(part.split), params)
        table = config.table(part.split, names).slice(part.start, part.rows)
        tables.append(table.replace_schema_metadata())
        at = np.arange(part.start, part.stop, dtype=np.int64)
        ids.append(np.array([f"{part.split}:{p}" for p in at.tolist()]) if several else at)
        places.append(starts[part.split] + at)
    try:
        whole = pa.concat_tables(tables)
    except pa.ArrowInvalid:
        raise InputError("the joined splits have different columns", key="train") from None
    class_names = config.class_names(slices[0].split)
    whole = columns.with_fields(whole, params)
    return Rows(whole, np.concatenate(ids), np.concatenate(places), class_names)
