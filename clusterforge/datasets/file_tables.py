"""Reading of table files: csv, tsv, jsonl, json, parquet and txt, each into an Arrow table."""

from __future__ import annotations

import codecs
import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from clusterforge.contracts import IntArray
from clusterforge.errors import InputError
from clusterforge.hub.features import names_in_features

TEXT = "text"
_PATH = "path"
_BOMS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True)
class FileTable:
    """What a file holds.

    Parameters
    ----------
    table
        An Arrow table.
    positions
        int64 (n,): where each row stood in the file (a line of a txt file, else its number).
    class_names
        Names of classes by column, where the file has them (parquet written by the Hub's library).
    """

    table: Any
    positions: IntArray
    class_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Format:
    """How text files are written, which csv columns are text whatever they look like.

    ``objects_as_text`` leaves objects within JSON objects the JSON text that they are.
    """

    encoding: str = "utf-8"
    delimiter: str | None = None
    as_text: Collection[str] = ()
    objects_as_text: bool = False


def read_table(path: Path, form: Format) -> FileTable:
    """Read a file by its suffix.

    Raises
    ------
    InputError
        Where it can't be read, with the file and the reason.
    """
    try:
        return READERS[path.suffix.lower()](path, form)
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror or error}", key=_PATH) from None


def _whole(table: Any, class_names: Mapping[str, tuple[str, ...]] | None = None) -> FileTable:
    return FileTable(table, np.arange(table.num_rows, dtype=np.int64), class_names or {})


def _decoded(path: Path, encoding: str) -> str:
    """Return the text of a file, without a byte order mark."""
    data = path.read_bytes()
    if not data.strip():
        raise InputError(f"{path} is empty", key=_PATH)
    try:
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError):
        raise InputError(
            f"there is no encoding {encoding!r}",
            key="encoding",
            remedy='"utf-8", "cp1252", "latin-1" and "utf-16" are common',
        ) from None
    if name == "utf-8":
        marked = _BOMS.get(data[:2])
        if marked:
            raise InputError(f"{path} is {marked}", key="encoding", remedy=f'set it to "{marked}"')
        data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError, TypeError) as error:
        at = getattr(error, "start", 0)
        line = data[:at].count(b"\n") + 1
        raise InputError(
            f"{path} is not {encoding} (line {line})",
            key="encoding",
            remedy='name the one it has, such as "cp1252" or "utf-16"',
        ) from None


def csv_header(path: Path, form: Format) -> tuple[str, ...]:
    """Return the column names of a csv file without reading its rows."""
    with path.open("rb") as file:
        start = file.read(1 << 20)
    text = start.decode(form.encoding, errors="replace").removeprefix("\ufeff")
    line = text.split("\n", 1)[0].rstrip("\r")
    if line.count('"') % 2:
        return ()
    return _checked_header(path, _csv(path, line + "\n", form, ()).schema.names, form)


def separator(path: Path, form: Format) -> str:
    """Return what stands between the values of a csv file."""
    return form.delimiter or ("\t" if path.suffix.lower() in (".tsv", ".tab") else ",")


def _read_csv(path: Path, form: Format) -> FileTable:
    text = _decoded(path, form.encoding)
    table = _csv(path, text, form, form.as_text)
    _checked_header(path, table.schema.names, form)
    return _whole(table)


def _csv(path: Path, text: str, form: Format, as_text: Collection[str]) -> Any:
    try:
        return pacsv.read_csv(
            BytesIO(text.encode("utf-8", errors="surrogatepass")),
            # One thread: only so does the message name the row.
            read_options=pacsv.ReadOptions(use_threads=False, block_size=1 << 24),
            parse_options=pacsv.ParseOptions(
                delimiter=separator(path, form), newlines_in_values=True
            ),
            convert_options=pacsv.ConvertOptions(
                column_types={name: pa.large_string() for name in as_text},
                strings_can_be_null=False,
            ),
        )
    except (pa.ArrowException, ValueError) as error:
        why = " ".join(str(error).split()).removeprefix("CSV parse error: ")[:200]
        raise InputError(
            f"{path} can't be read as csv: {why}",
            key=_PATH,
            remedy="quote values that hold the delimiter, or set delimiter",
        ) from None


def _checked_header(path: Path, names: list[str], form: Format) -> tuple[str, ...]:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InputError(f"{path} has two columns named {twice[0]!r}", key=_PATH)
    if len(names) == 1 and form.delimiter is None:
        for other in (";", "\t", "|"):
            if other in names[0]:
                raise InputError(
                    f"{path} seems to have {other!r} between its values",
                    key="delimiter",
                    remedy=f"set delimiter = {json.dumps(other)}",
                )
    return tuple(names)


def _read_json(path: Path, form: Format) -> FileTable:
    text = _decoded(path, form.encoding)
    if path.suffix.lower() == ".json" and text.lstrip().startswith("["):
        return _whole(_records(path, _parsed(text, path, None), [""], form))
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    records = [_parsed(line, path, number) for number, line in lines]
    return _whole(_records(path, records, [f"line {number}" for number, _ in lines], form))


def _parsed(text: str, path: Path, line: int | None) -> Any:
    at = f", line {line}," if line else ""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        if line and isinstance(error, json.JSONDecodeError):
            why = f"{error.msg}, column {error.colno}"
        raise InputError(f"{path}{at} is not JSON: {why}", key=_PATH) from None


def _records(path: Path, records: list[Any], places: list[str], form: Format) -> Any:
    """Make a table of JSON objects; what an object does not have is null."""
    names: dict[str, None] = {}
    for index, record in enumerate(records):
        if not isinstance(record, dict):
            place = places[index] if index < len(places) and places[index] else f"item {index}"
            raise InputError(f"{path}, {place}, is not an object with named values", key=_PATH)
        names.update(dict.fromkeys(record))
    arrays = {}
    for name in names:
        try:
            values = [record.get(name) for record in records]
            if form.objects_as_text and any(map(_holds_objects, values)):
                values = [None if v is None else json.dumps(v, ensure_ascii=False) for v in values]
            arrays[name] = pa.chunked_array([pa.array(values)])
        except OverflowError:
            raise InputError(f"{path}: {name!r} holds numbers beyond 64 bits", key=_PATH) from None
        except (pa.ArrowException, UnicodeError, TypeError) as error:
            why = " ".join(str(error).split())[:160]
            raise InputError(
                f"{path}: the values of {name!r} are not of one kind ({why})",
                key=_PATH,
                remedy="write all of them as text, or all as numbers",
            ) from None
    return pa.table(arrays)


def _holds_objects(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_holds_objects, value))
    return isinstance(value, dict)


def _read_parquet(path: Path, form: Format) -> FileTable:
    try:
        file = pq.ParquetFile(path)
        table = file.read()
    except pa.ArrowException as error:
        why = " ".join(str(error).split())[:200]
        raise InputError(f"{path} can't be read as parquet: {why}", key=_PATH) from None
    try:
        features = json.loads((table.schema.metadata or {})[b"huggingface"])["info"]["features"]
    except (ValueError, KeyError, TypeError):
        features = {}
    return _whole(table, names_in_features(features))


def _read_lines(path: Path, form: Format) -> FileTable:
    lines = [line.rstrip("\r") for line in _decoded(path, form.encoding).split("\n")]
    filled = [number for number, line in enumerate(lines) if line.strip()]
    texts = pa.chunked_array([pa.array([lines[n] for n in filled], type=pa.large_string())])
    return FileTable(pa.table({TEXT: texts}), np.array(filled, dtype=np.int64))


READERS: dict[str, Callable[[Path, Format], FileTable]] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".tab": _read_csv,
    ".jsonl": _read_json,
    ".ndjson": _read_json,
    ".json": _read_json,
    ".parquet": _read_parquet,
    ".txt": _read_lines,
}
