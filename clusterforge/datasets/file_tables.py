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
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from clusterforge.contracts import IntArray
from clusterforge.errors import InputError
from clusterforge.hub.dataset_download import names_in_schema

TEXT = "text"
_PATH = "path"
_BOMS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True)
class Format:
    """How text files are written, which csv columns are text whatever they look like.

    ``objects_as_text`` leaves objects within JSON objects the JSON text that they are.
    """

    encoding: str = "utf-8"
    delimiter: str | None = None
    as_text: Collection[str] = ()
    objects_as_text: bool = False


@dataclass(frozen=True)
class Rows:
    """One split as it was read, before rows are chosen.

    Parameters
    ----------
    table
        An Arrow table with every column that is needed.
    ids
        int64 or str (n,): what each row is called where no column says it (a line of a txt file, else
        its number).
    positions
        int64 (n,): where each row stood in the source, counted over all splits.
    class_names
        The names that integer labels of a column index, where the source has them.
    """

    table: Any
    ids: npt.NDArray[Any]
    positions: IntArray
    class_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def at(self, positions: IntArray) -> Rows:
        """Return some of the rows."""
        table, ids = self.table.take(positions), self.ids[positions]
        return Rows(table, ids, self.positions[positions], self.class_names)


def unreadable(path: Path, kind: str, error: BaseException) -> InputError:
    """Return the error for a file that a library can't read."""
    why = " ".join(str(error).split()).removeprefix("CSV parse error: ")[:200]
    return InputError(f"{path} can't be read as {kind}: {why}", key=_PATH)


def read_table(path: Path, form: Format) -> Rows:
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


def _whole(table: Any, class_names: Mapping[str, tuple[str, ...]] | None = None) -> Rows:
    at = np.arange(table.num_rows, dtype=np.int64)
    return Rows(table, at, at, class_names or {})


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
            remedy='name the actual one, such as "cp1252" or "utf-16"',
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


def _read_csv(path: Path, form: Format) -> Rows:
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
        remedy = "quote values that contain the delimiter, or set delimiter"
        raise InputError(unreadable(path, "csv", error).problem, key=_PATH, remedy=remedy) from None


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


def _read_json(path: Path, form: Format) -> Rows:
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


def _read_parquet(path: Path, form: Format) -> Rows:
    try:
        table = pq.ParquetFile(path).read()
    except pa.ArrowException as error:
        raise unreadable(path, "parquet", error) from None
    return _whole(table, names_in_schema(table.schema))


def _read_lines(path: Path, form: Format) -> Rows:
    lines = [line.rstrip("\r") for line in _decoded(path, form.encoding).split("\n")]
    filled = [number for number, line in enumerate(lines) if line.strip()]
    texts = pa.chunked_array([pa.array([lines[n] for n in filled], type=pa.large_string())])
    return Rows(pa.table({TEXT: texts}), np.array(filled, dtype=np.int64), np.arange(len(filled)))


READERS: dict[str, Callable[[Path, Format], Rows]] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".tab": _read_csv,
    ".jsonl": _read_json,
    ".ndjson": _read_json,
    ".json": _read_json,
    ".parquet": _read_parquet,
    ".txt": _read_lines,
}
