"""Defects that a parser of tables passes over: wrong delimiters, names twice, blanks, quotes."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from clusterforge import file_keys
from clusterforge.datasets import decoding
from clusterforge.datasets.class_labels import GAPS
from clusterforge.datasets.signatures import faulty_file
from clusterforge.datasets.table_rows import Format
from clusterforge.errors import InputError
from clusterforge.formats import count
from clusterforge.inline_toml import inline_toml
from clusterforge.tables.arrow import first_match, is_text

FEW_ROWS = 10
LINES = 40  # among which the names of columns are looked for
SEEN = 1000  # rows of which numbers are looked at more closely
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
LONGEST_UNIT, ABOVE = 16, 2  # characters; rows of units, and of how they were drawn together


def above_names(rows: Sequence[Sequence[Any]]) -> int | None:
    """Return how many rows stand above the names of columns, as in a report; None where that is not certain.

    Parameters
    ----------
    rows
        The first rows of a table, each with its values; nothing or blanks where a value is missing.
    """
    filled = [[str(v).strip() for v in row if v is not None and str(v).strip()] for row in rows]
    width = max(map(len, filled[1:]), default=0)
    at = next((at for at, row in enumerate(filled) if len(row) == width and _may_name(row)), 0)
    below = [row for row in filled[at + 1 :] if row]
    if width < 2 or at == 0:
        return None
    # One row above may have as many values as the names, or more: what a logger says of itself.
    wide = sum(len(row) >= width for row in filled[:at])
    if wide and (wide > 1 or _of_numbers(rows, at) < 2):
        return None
    # A report's title may be a name and a value; where lines are filled up with nothing, it is short.
    ragged = any(len(row) != len(rows[at]) for row in rows[:at] if row)
    short = all(2 * len(row) <= width for row in filled[:at])
    whole = sum(len(row) == width if ragged else 2 * len(row) > width for row in below)
    some = any(map(NUMBER.fullmatch, chain.from_iterable(below)))
    enough = 10 * whole >= 9 * len(below) if ragged else whole >= min(2, len(below))
    return at if (ragged or short or wide) and below and enough and some else None


def _may_name(row: Sequence[str]) -> bool:
    """Tell whether values may be names of columns: each another one, and no numbers."""
    return len({*row}) == len(row) and not any(map(NUMBER.fullmatch, row))


def _of_numbers(rows: Sequence[Sequence[Any]], at: int) -> int:
    """Return how many columns have numbers in most of the rows below one."""
    counts: Counter[int] = Counter()
    for row in rows[at + 1 :]:
        counts.update(n for n, v in enumerate(row) if NUMBER.fullmatch(str(v).strip()))
    return sum(2 * count > len(rows) - at - 1 for count in counts.values())


def skipped(
    path: Path, problem: str, rows: Sequence[Sequence[Any]], form: Format
) -> InputError | None:
    """Return the error for names of columns that stand below other rows; None where they do not seem to."""
    found = above_names(rows[form.skip :])
    if found is None or form.header is False:
        return None
    skip = form.skip + found
    names = ", ".join(f"{v!s:.20}" for v in rows[skip] if v is not None)
    return InputError(
        f"{path}{problem}",
        key="skip",
        remedy=f"set it to {skip}, if the columns are called {names:.80}"
        + ", in each file" * form.several,
        options=(skip,),
    )


def odd_names(names: Sequence[str]) -> str | None:
    """Say what is odd of names, which may stand further below; None where nothing is."""
    if "" in names[1:]:
        return " has columns without a name"
    number = next(filter(NUMBER.fullmatch, names), None)
    return number and f" has a column named {number}"


def places_once(names: Sequence[str], form: Format) -> list[int]:
    """Return the places of columns: of those of one name that are not used, or just looked at, the first."""
    every = form.columns is None and form.rows is None
    used = {
        name for name in names if not name or (every if form.columns is None else form.needs(name))
    }
    return [
        at
        for at, name in enumerate(names)
        if (name in used and not form.drops(name)) or names.index(name) == at
    ]


def each_named(names: Sequence[str]) -> list[str]:
    """Return names of columns, those that are there already with their number among these: ``b (2)``."""
    number, taken = Counter[str](), {*names}
    found = []
    for name in names:
        number[name] += 1
        own = name
        while number[name] > 1 and own in taken:
            own = f"{name} ({number[name]})"
            number[name] += own in taken
        taken.add(own)
        found.append(own)
    return found


def check_names(path: Path, names: Sequence[str], form: Format) -> tuple[str, ...]:
    """Return the names of the columns.

    Raises
    ------
    InputError
        Where a name occurs twice, or all are one because of another delimiter.
    """
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        of_text = file_keys.kind(path) in file_keys.CSV and not form.comment
        if of_text and decoding.start(path, form).startswith("#"):
            raise faulty_file(
                f"{path} begins with a line of #, and has two columns named {twice[0]!r:.60}",
                'set comment = "#" if lines that begin so are no rows',
            )
        what = f"two columns named {twice[0]!r}" if twice[0] else "two columns without a name"
        names_rows = file_keys.kind(path) in file_keys.USED_BY["header"]
        unless = ", or set header = false if the first row holds values" if names_rows else ""
        if twice[0] and names_rows:
            unless = f" (joined, where names stand in two rows){unless}"
            other = f"set drop = {inline_toml(twice)} if no such column is needed"
            unless += f", or {other if form.columns is None else 'name other columns'}"
        if not twice[0]:
            unless = ", or remove what stands above the names of the columns"
        raise faulty_file(f"{path} has {what}", f"give each its own name{unless}")
    if len(names) == 1:
        check_delimiter(path, names[0], form)
    elif file_keys.kind(path) == ".csv" and not (
        form.delimiter or decoding.named_separator(path, form)
    ):
        _check_decimals(path, form)
    return tuple(names)


def check_delimiter(path: Path, header: str, form: Format) -> None:
    """Refuse one name of a column in which another delimiter stands, before wanted names if one is said."""
    others = [";", "\t", "|", "\x01"]
    if form.delimiter or file_keys.kind(path) in file_keys.TABBED:
        others.append(",")
    wanted = {*(form.columns or ())}
    below: list[str] = []
    if file_keys.kind(path) in file_keys.CSV:
        lines = [line for line in decoding.start(path, form).splitlines() if line][:FEW_ROWS]
        below = lines[1:2] if header.startswith("#") else lines[1:]  # a comment may hold any
        others += [one for one in "~^" if len({line.count(one) for line in lines}) == 1]
        if form.delimiter is None:
            _check_colons(path, lines)
    for other in others:
        alone = below and not any(other in line for line in below)  # as in a line above the rows
        asked = form.delimiter is None or wanted & {*header.split(other)}
        if other in header and asked and not alone:
            raise _separated(path, other)


def check_quoted(path: Path, start: str) -> None:
    """Refuse a first line of values in quotes between which another delimiter stands."""
    line = start.partition("\n")[0]
    found = re.match(r'"[^"]*"([;\t|])("[^"]*"(\1|\s*$)|\s*$)', line)
    if found:
        raise _separated(path, found[1])


def _check_decimals(path: Path, form: Format) -> None:
    """Refuse rows with commas within numbers alone, and another delimiter between their values."""
    lines = [line for line in decoding.start(path, form).splitlines() if line.strip()][:FEW_ROWS]
    for other in ";\t|":
        counts = {line.count(other) for line in lines}
        if len(lines) > 1 and len(counts) == 1 and counts != {0}:
            commas = {re.sub(r"(?<=\d),(?=\d)", "", line).count(",") for line in lines[1:]}
            if commas == {0}:
                raise _separated(path, other)


def _check_colons(path: Path, lines: Sequence[str]) -> None:
    """Refuse rows of one column with :: between their values."""
    numbers = {line.count("::") for line in lines}
    if len(lines) > 1 and len(numbers) == 1 and numbers != {0}:
        raise faulty_file(
            f"{path} has '::' between its values, which is no delimiter",
            "replace each by a tab, and call it .tsv",
        )


def _separated(path: Path, delimiter: str) -> InputError:
    return InputError(
        f"{path} seems to have {delimiter!r} between its values",
        key="delimiter",
        remedy=f"set delimiter = {json.dumps(delimiter)}",
        options=(delimiter,),
    )


def check_spaces(path: Path, table: Any, form: Format) -> None:
    """Refuse one column whose name and numbers fall into as many parts at spaces."""
    if table.num_columns != 1 or not is_text(table.schema.types[0]) or form.delimiter:
        return
    name, first = table.schema.names[0], table.column(0).slice(0, FEW_ROWS).to_pylist()
    rows = [text for text in first if text]
    parts, wide = [text.split() for text in rows], len(name.split())
    apart = wide > 1 and all(len(p) == wide and any(map(NUMBER.fullmatch, p)) for p in parts)
    if _lined_up(name, rows) or (apart and rows and "  " in name.strip()):
        raise faulty_file(
            f"{path} has columns of one width, lined up with blanks",
            "write it with one delimiter between its values, as "
            "pandas.read_fwf(…).to_csv(…, index=False) does",
        )
    if apart and rows:
        raise _separated(path, " ")


def _lined_up(name: str, rows: Sequence[str]) -> bool:
    """Tell whether where blanks stand in a name, at least two, all rows have one, and go on after it."""
    gaps = [found.span() for found in re.finditer("  +", name.rstrip()) if found.start()]
    return bool(
        len(rows) > 2
        and gaps
        and all(len(row.rstrip()) > gaps[-1][0] for row in rows)
        and all(
            any({row[at : at + 1] for row in rows} == {" "} for at in range(*gap)) for gap in gaps
        )
    )


def text_columns(table: Any) -> list[str]:
    """Return the names of the columns of texts."""
    return [field.name for field in table.schema if is_text(field.type)]


def check_units(path: Path, table: Any) -> None:
    """Refuse first rows that hold units: texts alone, where the rows below have numbers.

    What they hold can be named in ``na_values``, so that the columns are of numbers.
    """
    for above in range(1, ABOVE + 1):
        row = table.slice(above - 1, 1).to_pylist()
        first = [str(value or "").strip() for value in row[0].values()] if row else []
        texts = {f.name: unit for f, unit in zip(table.schema, first, strict=False) if unit}
        if not texts or not all(is_text(table[name].type) for name in texts):
            return
        below = table.slice(above, SEEN).select([*texts])
        if units := _units(below, texts):
            break
    else:
        return
    found = {
        name: tuple(
            dict.fromkeys(v.strip() for v in table[name][:above].to_pylist() if v and v.strip())
        )
        for name in text_columns(table)
    }
    named = {unit: None for of in found.values() for unit in of}
    values = {v for name in found for v in table[name].slice(above, SEEN).unique().to_pylist()}
    gaps: Any = (*named,)
    if values & {*named}:  # W is a watt in one column, and the west in another
        gaps = {name: of for name, of in found.items() if of}
    what = "row 1" if above == 1 else f"rows 1 to {above}"
    raise InputError(
        f"{what} of {path} hold{'s' * (above == 1)} units or names, no values "
        f"({', '.join(map(repr, units[:3]))})",
        key="na_values",
        remedy=f"remove {'it' if above == 1 else 'them'}, or set na_values = {inline_toml(gaps)}",
        options=(gaps,),
    )


def _units(below: Any, row: Mapping[str, str]) -> list[str]:
    """Return the texts above columns of numbers where they are units: most of their row, and no numbers."""
    units = []
    for name, unit in row.items():
        values = below[name].drop_null().to_pylist()
        filled = [v.strip() for v in values if v.strip() and v.strip().lower() not in GAPS]
        if len(filled) > 2 and len(unit) <= LONGEST_UNIT and all(map(NUMBER.fullmatch, filled)):
            units.append(unit)
    named = [unit for unit in units if not NUMBER.fullmatch(unit) and unit.lower() not in GAPS]
    few = len({*named}) < 2 or len(named) < len(units) or 2 * len(named) < len(row)
    return [] if few else [*dict.fromkeys(named)]


def check_rows_in_quotes(path: Path, table: Any, form: Format) -> None:
    """Refuse rows that are within one pair of quotes each: one column, in which the delimiter stands."""
    between = decoding.separator(path, form)
    name = table.schema.names[0]
    if table.num_columns != 1 or not is_text(table.schema.types[0]):
        return
    if between not in name or f"{between} " in name:  # City, State is a name
        return
    first = table.column(0).slice(0, FEW_ROWS).drop_null().to_pylist()
    if first and {len(row) for row in csv.reader([name, *first], delimiter=between)} == {
        name.count(between) + 1
    }:
        raise faulty_file(
            f"{path}: each row is within one pair of quotes, {first[0]!r:.40}",
            f'write the rows without them (sed -E \'s/^"|"\\r?$//g; s/""/"/g\' {path.name} > rows.csv)',
        )


def rows_in_values(path: Path, table: Any, form: Format) -> Iterator[str]:
    """Say which value holds lines that look like rows: a quote before them was a sign for inches, say."""
    between, others = decoding.separator(path, form), table.num_columns - 1
    cell = f"[^{re.escape(between)}\n]*"
    # Sentences of a text may have a comma each.
    fewest = 2 if others > 1 or between != "," else 5
    rows = rf"(\n({cell}{re.escape(between)}){{{others}}}{cell}){{{fewest},}}"
    for name in text_columns(table) if others else ():
        found = pc.match_substring_regex(table[name], rf"\A[^\n]*{rows}\n[^\n]*\z")
        at = pc.index(found, True).as_py()
        if at >= 0:
            lines = table[name][at].as_py().count("\n") - 1
            yield (
                f"{count(lines, 'line')} within one value of {name!r:.60} in row {at + 1:,} of {path.name} "
                "look like rows: if the quote before them is a sign, as for inches, set quotes = false"
            )


def check_blanks(path: Path, table: Any) -> None:
    """Refuse quotes that stand behind a blank: they would be characters of the values."""
    for name in text_columns(table):
        values = table[name].slice(0, SEEN).drop_null()
        values = values.filter(pc.not_equal(values, ""))
        pattern = '^ +".*"$'
        if len(values) and pc.mean(pc.match_substring_regex(values, pattern)).as_py() > 0.5:
            raise faulty_file(
                f"{path}: values of column {name.strip()!r:.60} have a blank before their quotes "
                f"({first_match(values, pattern)!r:.40})",
                "remove the blanks behind the delimiter, or set quotes = false to keep both",
            )
