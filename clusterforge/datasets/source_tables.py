"""Every row of the user's own files with all their columns, block by block: what exports begin with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from os.path import commonpath, relpath
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv

from clusterforge import file_keys
from clusterforge.contracts import CLASS_NAMES, UNTYPED
from clusterforge.datasets import csv_files
from clusterforge.datasets.columnar_files import open_parquet, plain, plain_schema
from clusterforge.datasets.csv_defects import each_named
from clusterforge.datasets.file_tables import read_table
from clusterforge.datasets.image_folder import readable
from clusterforge.datasets.partitions import with_partitions
from clusterforge.datasets.table_rows import Format
from clusterforge.errors import InputError
from clusterforge.formats import are, count, first_of, have
from clusterforge.hub.contents import file_digest

DIGESTS = "sha256"
FEW = 3
BLOCK, BLOCK_BYTES = 16_384, 1 << 24
Blocks = tuple[pa.Schema, Callable[[], Iterator[pa.Table]]]


def digests(splits: Mapping[str, Sequence[Path]]) -> dict[str, dict[str, str]]:
    """Return the sha256 of each file of each split, by its path."""
    return {s: {readable(path): file_digest(path) for path in paths} for s, paths in splits.items()}


def alike(digests: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Say that files have the same content: their rows are there twice.

    Parameters
    ----------
    digests
        Of each file of each split.
    """
    by_digest: dict[str, list[str]] = {}
    for listed in digests.values():
        for path, digest in listed.items():
            by_digest.setdefault(digest, []).append(path)
    same = [names for names in by_digest.values() if len(names) > 1]
    if not same:
        return
    base = commonpath([Path(name).parent for name in same[0]])
    one, other = (relpath(name, base) for name in same[0][:2])
    more = f", as {have(others)} {count(others, 'other')}" if (others := len(same) - 1) else ""
    yield (
        f"{one} and {other} have the same content{more}: if their rows are not meant to be there twice, "
        "remove one of them"
    )


def as_they_were(
    splits: Mapping[str, Sequence[Path]], recorded: Mapping[str, Mapping[str, str]]
) -> list[Path]:
    """Return the files with the recorded content, wherever they lie now, in the recorded order.

    Raises
    ------
    InputError
        Where one of them is not among those of the splits.
    """
    here: dict[str, list[Path]] = {}
    for one in (path for paths in splits.values() for path in paths):
        here.setdefault(file_digest(one), []).append(one)
    files = []
    for listed in recorded.values():
        for path, digest in listed.items():
            if digest not in here:
                now = [readable(other) for others in here.values() for other in others]
                others = f"{first_of(now, FEW)} {are(len(now))} not what {path} was in the run"
                raise InputError(
                    f"{path} has changed since the run" if path in now else others,
                    key="path",
                    remedy="name an unchanged copy, or run the recipe again",
                )
            alike = here[digest]  # of several, the one that is called so
            called = (other for other in alike if other.name == Path(path).name)
            files.append(next(called, alike[0]))
    return files


def tables(paths: Sequence[Path], form: Format | None = None) -> Iterator[pa.Table]:
    """Yield the rows of files one after another, with the columns of all of them.

    Values are as they are written: those of csv files stay text, as their fields' metadata say;
    objects in JSON become JSON text.
    """
    form = form or Format()
    opened = [_OPENERS.get(file_keys.kind(path), _opened)(path, form) for path in paths]
    values = [form.partitions.get(path, {}) for path in paths]
    schemas = [
        with_partitions(schema.empty_table(), own).schema
        for (schema, _), own in zip(opened, values, strict=True)
    ]
    schema = _common(schemas)
    for (_, blocks), own in zip(opened, values, strict=True):
        for table in blocks():
            yield _aligned(with_partitions(table, own), schema)


def with_class_names(
    tables: Iterable[pa.Table], names: Mapping[str, Sequence[str]]
) -> Iterator[pa.Table]:
    """Yield tables whose fields say what numbers of classes stand for."""
    for table in tables:
        fields = [
            field.with_metadata({CLASS_NAMES: json.dumps(names[field.name]).encode()})
            if field.name in names and pa.types.is_integer(field.type)
            else field
            for field in table.schema
        ]
        yield pa.table(table.columns, schema=pa.schema(fields))


def slices(parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield the rows of tables that lie in memory or are mapped, block by block."""
    for table in parts:
        for start in range(0, table.num_rows, BLOCK):
            yield table.slice(start, BLOCK).replace_schema_metadata()


def _opened_csv(path: Path, form: Format) -> Blocks:
    def reader(stream: Any, names: Sequence[str] = ()) -> pacsv.CSVStreamingReader:
        return pacsv.open_csv(
            stream,
            read_options=csv_files.read_options(form, threads=False),
            parse_options=csv_files.parse_options(path, form),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )

    with csv_files.checked(path, form) as stream, reader(stream) as first:
        csv_files.check_letters(path, first.schema, form)
        names = first.schema.names
    called = each_named(csv_files.called(names, form))
    fields = [pa.field(name, pa.large_string(), metadata=UNTYPED) for name in called]

    def blocks() -> Iterator[pa.Table]:
        with csv_files.checked(path, form) as stream, reader(stream, names) as batches:
            for batch in batches:
                yield pa.Table.from_batches([batch]).rename_columns(called)

    return pa.schema(fields), blocks


def _opened_parquet(path: Path, form: Format) -> Blocks:
    def blocks() -> Iterator[pa.Table]:
        for batch in open_parquet(path, pre_buffer=False).iter_batches(BLOCK):
            yield plain(pa.Table.from_batches([batch]))

    schema = plain_schema(open_parquet(path).schema_arrow)
    return schema.remove_metadata(), blocks


def _opened(path: Path, form: Format) -> Blocks:
    """Open a file of a kind that is read whole."""
    # Values go back as they stand in the file.
    plain = replace(
        form,
        as_stored=True,
        na_values={},
        decimal=".",
        thousands=None,
        units=(),
        numbers=(),
    )
    table = read_table(path, plain).table
    return table.schema.remove_metadata(), lambda: slices([table])


_OPENERS: dict[str, Callable[[Path, Format], Blocks]] = {
    **dict.fromkeys(file_keys.CSV, _opened_csv),
    ".parquet": _opened_parquet,
}


def _common(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """Return the columns of all schemas; a column of several types that do not fit becomes text."""
    fields: dict[str, list[pa.Field]] = {}
    for schema in schemas:
        for field in schema:
            fields.setdefault(field.name, []).append(field)
    return pa.schema([_one(several) for several in fields.values()])


def _one(fields: Sequence[pa.Field]) -> pa.Field:
    if all(field.equals(fields[0], check_metadata=True) for field in fields):
        return fields[0].with_nullable(True)
    try:
        schemas = [pa.schema([field.with_nullable(True).remove_metadata()]) for field in fields]
        return pa.unify_schemas(schemas, promote_options="permissive").field(0)
    except pa.ArrowTypeError:
        return pa.field(fields[0].name, pa.large_string())


def _aligned(table: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = [
        table[field.name].cast(field.type)
        if field.name in table.schema.names
        else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)
