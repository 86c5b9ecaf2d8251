"""A data set laid out as on the Hugging Face Hub, from a mirror, the cache or the Hub itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from clusterforge.builtin.datasets import HuggingfaceParams
from clusterforge.contracts import Context, Corpus, Dataset, Items, LeftOut, Peek
from clusterforge.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from clusterforge.datasets.assembly import Rows
    from clusterforge.datasets.parquet_folder import ParquetConfig
    from clusterforge.datasets.split_slices import Part


class _Config(Protocol):
    """One configuration of a data set: its splits as tables."""

    @property
    def name(self) -> str: ...

    @property
    def rows(self) -> Mapping[str, int]: ...

    def schema(self, split: str) -> Any: ...

    def class_names(self, split: str) -> Mapping[str, tuple[str, ...]]: ...

    def table(self, split: str, names: Sequence[str]) -> Any: ...

    def whole(self, split: str) -> Any: ...


class Huggingface(Dataset[HuggingfaceParams]):
    """Text, images or a table of a data set on the Hub.

    Looked up in the folders of ``CLUSTERFORGE_MIRROR``, then in the Hugging Face cache, then on the
    Hub; parquet files of a folder are read in place, everything else through the ``datasets`` library.
    """

    def load(self, context: Context) -> Corpus:
        """Return the corpus."""
        from clusterforge.datasets import source_tables
        from clusterforge.datasets.assembly import assemble
        from clusterforge.datasets.parquet_folder import ParquetConfig

        config, source = self._open()
        parts = self._parts(config)
        starts = _starts(config, parts)
        source = {**source, "config": config.name, "splits": self._splits()}
        if isinstance(config, ParquetConfig):
            files = {split: config.files[split] for split in starts}
            source[source_tables.DIGESTS] = source_tables.digests(files)
        config = self._mapped(config, parts)
        splits = {s: _read(config, p, self.params, starts) for s, p in parts.items()}
        return assemble(splits, self.params, source, _outside(config, starts, splits))

    def source_tables(self, source: Mapping[str, Any]) -> Iterator[pa.Table] | None:
        """Yield every row of the splits that the run reads, with all its columns."""
        from clusterforge.datasets import source_tables
        from clusterforge.datasets.parquet_folder import ParquetConfig

        config, now = self._open()
        used = list(_starts(config, self._parts(config)))
        digests = source.get(source_tables.DIGESTS)
        if digests is not None and isinstance(config, ParquetConfig):
            files = {split: config.files[split] for split in used}
            return source_tables.tables(source_tables.as_they_were(files, digests))
        if now["revision"] != source.get("revision"):
            raise InputError(
                f"{self.params.path} is here in revision {now['revision']}, "
                f"the run was made of {source.get('revision')}",
                key="revision",
            )
        return source_tables.slices(config.whole(split) for split in used)

    def prepare(self, items: Items) -> Items:
        """Return new rows cleaned as the texts here are."""
        from clusterforge.datasets.text_cleaning import prepared

        return prepared(items, self.params.clean)

    def peek(self) -> Peek | None:
        """Return rows, columns and classes of a local folder, from its files' metadata."""
        from clusterforge.datasets import columns, selection

        found = self._local()
        if found is None:
            return None
        config, source = found
        parts = self._parts(config)
        schema = config.schema(parts["train"][0].split)
        classes = None
        if self.params.label:
            names = config.class_names(parts["train"][0].split).get(self.params.label)
            classes = len(names) if names else None
        rows: dict[str, int | None] = {
            split: None
            if self.params.missing == "drop"
            else sum(p.stop - p.start for p in of_split)
            for split, of_split in parts.items()
        }
        return Peek(
            rows=selection.expected(rows, self.params, classes),
            content=columns.content(self.params),
            columns=tuple(schema.names),
            n_classes=classes,
            labelled=self.params.label is not None,
            source=f"{source['from']} {source['folder']}",
        )

    def _splits(self) -> dict[str, str]:
        own = self.params
        named = {"train": own.train, "test": own.test, "validation": own.validation}
        return {split: text for split, text in named.items() if text is not None}

    def _local(self) -> tuple[ParquetConfig, dict[str, Any]] | None:
        """Return the configuration in the first local folder made of parquet files."""
        from clusterforge.datasets.parquet_folder import find_config
        from clusterforge.hub.dataset_lookup import places

        for place in places(self.params.path, self.params.revision):
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
                return config, self._source(place.origin, place.revision, str(place.folder))
            if place.origin != "cache":
                return None
        return None

    def _open(self) -> tuple[_Config, dict[str, Any]]:
        from clusterforge.hub import dataset_download
        from clusterforge.hub.dataset_lookup import places

        local = self._local()
        if local is not None:
            return local
        own = self.params
        for place in places(own.path, own.revision):
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
    ) -> dict[str, Any]:
        source: dict[str, Any] = {"path": self.params.path, "from": origin, "revision": revision}
        if self.params.revision and self.params.revision != revision:
            source["revision_asked"] = self.params.revision
        return {**source, "folder": folder} if folder else source

    def _parts(self, config: _Config) -> dict[str, tuple[Part, ...]]:
        """Return the rows of the source that make up each split, after checking all columns."""
        from clusterforge.datasets import columns
        from clusterforge.datasets.split_slices import overlap, parts

        found: dict[str, tuple[Part, ...]] = {}
        for split, text in self._splits().items():
            found[split] = parts(text, config.rows, split)
            for part in found[split]:
                columns.check(config.schema(part.split), self.params)
            for other in list(found)[:-1]:
                shared = overlap(found[split], found[other])
                if shared:
                    raise InputError(
                        f"takes rows of {shared!r} that {other} takes too",
                        key=split,
                        remedy="name another split, or slices that do not overlap",
                    )
        return found

    def _mapped(self, config: _Config, parts: Mapping[str, Sequence[Part]]) -> _Config:
        """Replace parquet files that are too big for memory by the library's memory-mapped copy."""
        from clusterforge.datasets import arrow_items, columns
        from clusterforge.datasets.parquet_folder import ParquetConfig
        from clusterforge.hub import dataset_download

        if not isinstance(config, ParquetConfig) or self.params.in_memory is True:
            return config
        splits = sorted({part.split for of_split in parts.values() for part in of_split})
        names = columns.wanted(config.schema(splits[0]), self.params)
        if sum(config.size(split, names) for split in splits) <= arrow_items.MEMORY_BUDGET:
            return config
        return dataset_download.from_files(config.name, {s: config.files[s] for s in splits})


def _starts(config: _Config, parts: Mapping[str, Sequence[Part]]) -> dict[str, int]:
    """Return the source splits that are read, and where the rows of each stand in the source."""
    from clusterforge.datasets import selection

    used = dict.fromkeys(part.split for of_split in parts.values() for part in of_split)
    return selection.starts({split: config.rows[split] for split in used})


def _outside(
    config: _Config, starts: Mapping[str, int], splits: Mapping[str, Rows]
) -> tuple[LeftOut, ...]:
    """Return the rows that the slices of the splits leave out."""
    import numpy as np

    from clusterforge.datasets import selection

    total = sum(config.rows[split] for split in starts)
    sliced = np.concatenate([rows.positions for rows in splits.values()])
    return selection.left_out("outside of the slices", np.arange(total), sliced)


def _read(
    config: _Config, parts: Sequence[Part], params: HuggingfaceParams, starts: Mapping[str, int]
) -> Rows:
    """Read the columns of a split; ids are positions in the source split."""
    import numpy as np
    import pyarrow as pa

    from clusterforge.datasets import columns
    from clusterforge.datasets.assembly import Rows

    tables, ids, places = [], [], []
    several = len({part.split for part in parts}) > 1
    for part in parts:
        names = columns.wanted(config.schema(part.split), params)
        tables.append(config.table(part.split, names).slice(part.start, part.stop - part.start))
        positions = np.arange(part.start, part.stop, dtype=np.int64)
        ids.append(
            np.array([f"{part.split}:{p}" for p in positions.tolist()]) if several else positions
        )
        places.append(starts[part.split] + positions)
    try:
        table = pa.concat_tables([table.replace_schema_metadata() for table in tables])
    except pa.ArrowInvalid:
        raise InputError("the splits put together hold different columns", key="train") from None
    class_names = config.class_names(parts[0].split)
    return Rows(table, np.concatenate(ids), np.concatenate(places), class_names)
