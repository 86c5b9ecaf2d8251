"""Reading of JSON: objects line by line, or one list of them."""

from __future__ import annotations

import ast
import json
import re
import shlex
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import isnan
from pathlib import Path
from typing import Any

import pyarrow as pa

from clusterforge import file_keys
from clusterforge.datasets import decoding
from clusterforge.datasets.signatures import GEOJSON, faulty_file
from clusterforge.datasets.table_rows import Format, Rows, is_unicode, typed
from clusterforge.datasets.typed_json import unwrapped
from clusterforge.formats import first_of

LONGEST = 1 << 20  # characters of a line that is read as Python
FEWEST_NAMED = 20  # lists that are no columns, if each has fewer values
FEW = 3  # lists that a message names
_ASSIGNED = re.compile(r"\s*((?:var|let|const|export|window)?[\w$. \[\]'\"]{1,80}?)=\s*([\[{])")
_PLACE = re.compile(r"(\w+\.)*\w+", re.ASCII)


def read_json(path: Path, form: Format) -> Rows:
    """Read a file of JSON objects.

    Raises
    ------
    InputError
        Where it is none, with the line; or where the values of a name are not of one kind.
    """
    text = decoding.text(path, form)
    if file_keys.kind(path) == ".json" and text.lstrip().startswith("["):
        return _records(path, _parsed(text, path, None, form), [""], form)
    split = enumerate(decoding.LINE_END.split(text), 1)
    lines = [(number, line) for number, line in split if line.strip()]
    if file_keys.kind(path) == ".json" and _is_whole(text):  # one object may take several lines
        lines = [(1, text)]
    records = [_parsed(line, path, number, form) for number, line in lines]
    if file_keys.kind(path) == ".json" and len(records) == 1 and _are_named_rows(records[0]):
        raise faulty_file(
            f"{path} is one object with a list for each of {len(records[0]):,} names, which are more than "
            "the values of each: they seem to be rows",
            'write rows and their names: pandas.read_json(…, orient="index").reset_index().to_csv(…)',
        )
    if file_keys.kind(path) == ".json" and len(records) == 1 and _is_columns(records[0]):
        raise faulty_file(
            f"{path} is one object for all rows, no list of them",
            "write a list of objects, one per row: pandas.read_json(…"
            + (
                ', orient="split")'
                if {"columns", "data"} <= {*records[0]}
                else '), with orient="index" where the names of the object are rows'
            )
            + ', then .to_json(…, orient="records")',
        )
    if len(records) == 1:
        _check_wrapped(path, records[0], form)
    return _records(path, records, [f"line {number}" for number, _ in lines], form)


def _is_whole(text: str) -> bool:
    """Tell whether a text is one value; that of lines ends at the second one."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _check_wrapped(path: Path, record: Any, form: Format) -> None:
    """Refuse one object that holds lists of objects or lists, unless a column that is asked for is its own.

    Raises
    ------
    InputError
        With the names of the lists, which may be the rows.
    """
    held = sorted(_lists(record), key=lambda one: -len(one[1]))
    lists = {place: "lists" if isinstance(rows[0], list) else "objects" for place, rows in held}
    asked = [name for name in form.columns or () if _holds(record, name.split("."))]
    within = [name for name in asked for place in lists if f"{name}.".startswith(f"{place}.")]
    if not lists or not {*asked} <= {*within}:
        return
    if record.get("type") == "FeatureCollection":
        raise faulty_file(f"{path} is GeoJSON", GEOJSON)
    what, *others = (f"{place!r:.60} holds {len(rows)} {lists[place]}" for place, rows in held)
    more = f" and {' and '.join(others[:FEW])}" if others else ""
    raise faulty_file(
        f"{path} is one object, whose {what}{more}, which may be the rows",
        _as_csv(path, held[0][0])
        if lists[held[0][0]] == "lists"
        else f"write {'one of these lists' if others else 'that list'} alone; if the object is a row, name "
        "its columns",
    )


def _as_csv(path: Path, place: str | None) -> str:
    """Say how lists, one for each row, become a csv file: those at a place, or, without one, of each line."""
    if place and not _PLACE.fullmatch(place):
        place = "".join(f"[{json.dumps(name)}]" for name in place.split("."))
    each = "" if place is None else f".{place}[] | "
    return (
        "write a csv file, with the names of the columns first: "
        f"jq -r '{each}@csv' {shlex.quote(path.name)} > {shlex.quote(f'{path.stem}.csv')}"
    )


def _holds(record: Any, fields: Sequence[str]) -> bool:
    for name in fields:
        if not isinstance(record, dict) or name not in record:
            return False
        record = record[name]
    return True


def _lists(record: Any, within: str = "") -> Iterator[tuple[str, list[Any]]]:
    """Yield the places in an object that hold several objects, or several lists, in a list."""
    for name, value in record.items() if isinstance(record, dict) else ():
        if (
            isinstance(value, list)
            and len(value) > 1
            and any(all(isinstance(v, kind) for v in value) for kind in (dict, list))
        ):
            yield f"{within}{name}", value
        else:
            yield from _lists(value, f"{within}{name}.")


def _is_columns(record: Any) -> bool:
    """Tell whether an object holds lists or objects of one length, a column each."""
    if not isinstance(record, dict) or not record:
        return False
    if {*record} - {"index"} == {"columns", "data"}:  # orient="split"
        return True
    if len(record) > 1 and all(isinstance(value, dict) for value in record.values()):
        named = {tuple(value) for value in record.values()}
        if len(named) == 1 and len(named.pop()) > 1:  # orient="index"
            return True
    return all(map(_is_column, record.values())) and len({*map(len, record.values())}) == 1


def _are_named_rows(record: Any) -> bool:
    """Tell whether an object has a list of numbers for each of many names: vectors by their ids."""
    if not isinstance(record, dict) or not all(isinstance(own, list) for own in record.values()):
        return False
    lengths = {len(own) for own in record.values()}
    numbers = all(isinstance(one, int | float) for one in next(iter(record.values()), ()))
    return len(lengths) == 1 and numbers and FEWEST_NAMED < len(record) > 4 * lengths.pop()


def _is_column(value: Any) -> bool:
    return isinstance(value, list) or (
        isinstance(value, dict) and all(name.isdecimal() for name in value)
    )


def _parsed(text: str, path: Path, line: int | None, form: Format) -> Any:
    at = f", line {line}," if line else ""
    try:
        return json.loads(text, object_pairs_hook=_object if form.as_stored else _value)
    except (ValueError, RecursionError) as error:
        why, remedy = str(error), None
        if isinstance(error, RecursionError):
            why = "it is nested too deeply"
        elif line and isinstance(error, json.JSONDecodeError):
            why = f"{error.msg}, column {error.colno}"
            remedy = "write one object per line, or one list of objects into a .json file"
            if line > 1 and (
                error.msg.startswith("Unterminated") or error.pos >= len(text.rstrip())
            ):
                remedy = "the line ends within a value: get the whole file, or remove this line"
            if _is_python(text):
                why = "it is an object of Python"
                remedy = "write each line anew: json.dumps(ast.literal_eval(line))"
            if assigned := _ASSIGNED.match(text):
                why = f"it is JavaScript, {assigned[1].strip()} = …"
                remedy = f"remove what stands before the first {assigned[2]}, and a ; at the end"
            if not text.strip("\0\x1a\r\n "):  # as old programs and losses of power leave it
                why, remedy = "it holds bytes of 0 or 0x1A alone", "remove this line"
        raise faulty_file(f"{path}{at} is not JSON: {why}", remedy) from None


def _is_python(text: str) -> bool:
    """Tell whether a line is a dict of Python, as print writes it."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of its escapes
            return len(text) < LONGEST and isinstance(ast.literal_eval(text.strip()), dict)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"an object has the name {twice!r:.60} twice")
    return read


def _value(pairs: list[tuple[str, Any]]) -> Any:
    """Return an object, or what it stands for in extended JSON of MongoDB: ``{"$numberInt": "5"}``."""
    read = _object(pairs)
    if len(read) != 1:
        return read
    name, value = next(iter(read.items()))
    known = isinstance(value, str) or (name == "$date" and type(value) is int)
    try:
        return _EXTENDED[name](value) if known and name in _EXTENDED else read
    except (ValueError, OverflowError, OSError):
        return str(value)


def _moment(value: Any) -> str:
    """Return a moment as text: thousandths of seconds since 1970, or ISO 8601 already."""
    if isinstance(value, str):
        return value
    return datetime.fromtimestamp(value / 1000, UTC).isoformat().replace("+00:00", "Z")


_EXTENDED: Mapping[str, Callable[[Any], Any]] = {
    "$date": _moment,
    "$numberDecimal": float,
    "$numberDouble": float,
    "$numberInt": int,
    "$numberLong": int,
    "$oid": str,
    "$uuid": str,
}


def _records(path: Path, records: list[Any], places: list[str], form: Format) -> Rows:
    """Make rows of JSON objects; what an object does not have is null."""
    names: dict[str, None] = {}
    if not form.as_stored:
        records = unwrapped(records)
    for index, record in enumerate(records):
        if not isinstance(record, dict):
            place = places[index] if index < len(places) and places[index] else f"item {index + 1}"
            raise faulty_file(
                f"{path}, {place}, is not an object with named values",
                _as_csv(path, None if places[0] else "")
                if not index and isinstance(record, list)
                else None,
            )
        names.update(dict.fromkeys(record))
    for name in names:
        if not is_unicode(name):
            raise faulty_file(
                f"{path}: the name {name!r} holds half of a character (a lone surrogate)",
                "remove it",
            )
    left: list[str] = []
    table = pa.table({name: _column(path, name, records, form, left) for name in names})
    return replace(Rows.whole(table), remarks=tuple(left))


def _column(
    path: Path, name: str, records: Sequence[dict[str, Any]], form: Format, left: list[str]
) -> Any:
    found = (record.get(name) for record in records)
    values = [None if isinstance(value, float) and isnan(value) else value for value in found]
    if form.as_stored and any(map(_holds_objects, values)):
        values = [None if v is None else json.dumps(v, ensure_ascii=False) for v in values]
    elif mixed := _mixed(values, name):
        values = [_texts_alone(value, name, mixed) for value in values]
        left.append(
            f"objects that stand among texts in lists of {first_of(mixed, FEW)} are not read"
        )
    return typed(path, name, values, form)


def _mixed(values: Sequence[Any], name: str) -> list[str]:
    """Return the dotted names of lists that hold texts and objects, where a column can't be read for such."""
    if not any(isinstance(value, dict | list) for value in values):
        return []
    try:
        pa.array(values)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        found = _in_lists(values, name).items()
        return [where for where, kinds in found if {dict, str} <= kinds]
    return []


def _in_lists(values: Sequence[Any], name: str) -> Mapping[str, set[type]]:
    """Return which types stand in lists, behind the dotted name of what holds the lists."""
    found: dict[str, set[type]] = {}
    for value in values:
        if isinstance(value, dict):
            inner = [(f"{name}.{field}", [own]) for field, own in value.items()]
        elif isinstance(value, list) and not (value and isinstance(value[0], int | float)):
            found.setdefault(name, set()).update(map(type, value))
            inner = [(name, value)]
        else:
            continue
        for where, own in inner:
            for place, kinds in _in_lists(own, where).items():
                found.setdefault(place, set()).update(kinds)
    return found


def _texts_alone(value: Any, name: str, mixed: Sequence[str]) -> Any:
    """Return a value without the objects in lists that elsewhere hold texts."""
    if isinstance(value, dict):
        return {f: _texts_alone(own, f"{name}.{f}", mixed) for f, own in value.items()}
    if not isinstance(value, list):
        return value
    kept = [own for own in value if not (name in mixed and isinstance(own, dict))]
    return [_texts_alone(own, name, mixed) for own in kept]


def _holds_objects(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_holds_objects, value))
    return isinstance(value, dict)
