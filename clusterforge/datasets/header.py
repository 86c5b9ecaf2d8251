"""First rows that may be values and no names, and rows that repeat the names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.datasets.csv_defects import FEW_ROWS, NUMBER, SEEN, text_columns
from clusterforge.datasets.signatures import faulty_file
from clusterforge.errors import InputError
from clusterforge.formats import count

_DIGITS, FEW_EACH = re.compile(r"\d"), 2  # rows of a category, on average
WORDS, SHORT = 6, 3  # of a name that is a text, and of one that is none
_ENDS = ("?", ":", "]", ")", "...", "…")  # of names that are questions, and of parts of them
_STOPS = (".", "!")  # of texts
_YEARS = range(1800, 2200)
FEWEST_PLACES, MOST_SORTED = (
    3,
    5,
)  # numbers in their order that are no coincidence, rising and falling
EVEN = 0.01  # of the widest step


def check_numbers(path: Path, names: Sequence[str], columns: Sequence[Sequence[object]]) -> None:
    """Refuse names of columns that are numbers, as values are.

    Parameters
    ----------
    path, names
        The file, and its columns.
    columns
        The first values of each.
    """
    numbers = [name for name in names if NUMBER.fullmatch(name.strip())]
    if numbers and not (_counted(numbers) or _is_scale(names, columns)):
        raise _values(path, f"{numbers[0]!r} is a number")


def numbers_as_names(path: Path, table: Any) -> Iterator[str]:
    """Say that numbers are read as the names of columns, where they are no years and do not count."""
    numbers = [name for name in table.schema.names if NUMBER.fullmatch(name.strip())]
    if numbers and not _counted(numbers) and _is_scale(table.schema.names, _first(table)):
        yield (
            f"numbers name the columns of {path.name}, in their order ({numbers[0]!r:.20} to "
            f"{numbers[-1]!r:.20}): if the first row holds values, set header = false"
        )


def _first(table: Any) -> list[list[object]]:
    return [column.slice(0, SEEN).to_pylist() for column in table.columns]


def _is_scale(names: Sequence[str], columns: Sequence[Sequence[object]]) -> bool:
    """Tell whether numbers are names, as wavelengths in their order, beside a word unlike values."""
    places: list[int] = []
    others: list[int] = []
    for at, name in enumerate(names):
        (places if NUMBER.fullmatch(name.strip()) else others).append(at)
    for at in others:
        first = [text for text in columns[at][:FEW_ROWS] if isinstance(text, str)]
        if not names[at] or names[at] in columns[at] or {*map(_form, first)} == {_form(names[at])}:
            return False
    scale = np.array([float(names[at]) for at in places])
    steps = np.diff(scale)
    rises, falls = bool((steps > 0).all()), bool((steps < 0).all())
    if (
        not others
        or len(scale) < FEWEST_PLACES
        or not (rises or (falls and len(scale) > MOST_SORTED))
    ):
        return False
    spread = np.ptp(steps) <= EVEN * np.abs(steps).max()
    own = [[float(v) for v in columns[at] if isinstance(v, int | float)] for at in places]
    beyond = [
        len(values) >= FEW_ROWS and not min(values) <= place <= max(values)
        for values, place in zip(own, scale.tolist(), strict=True)
    ]
    return bool(spread) or 2 * sum(beyond) > len(beyond)


def _check_order(path: Path, table: Any) -> None:
    """Refuse a row that has the names of all columns as its values, in another order."""
    names = pa.array(table.schema.names, pa.large_string())
    columns = (column.cast(pa.large_string()) for column in table.columns)
    named = reduce(pc.and_, (pc.is_in(column, value_set=names) for column in columns))
    for row in pc.indices_nonzero(named).slice(0, FEW_ROWS).to_pylist():
        values = [*table.slice(row, 1).to_pylist()[0].values()]
        if {*values} == {*table.schema.names}:
            raise faulty_file(
                f"{path}: row {row + 1} names the columns anew, in another order ({', '.join(values):.80})",
                "write the rows from there on into a file of their own, with that header",
            )


def check_header(path: Path, table: Any) -> None:
    """Refuse a first row that looks like values, and rows that repeat the header."""
    names = table.schema.names
    check_numbers(path, names, _first(table))
    texts = text_columns(table)
    # A name above numbers that is none is that of a column.
    if any(not NUMBER.fullmatch(name) for name in {*names} - {*texts}) or not table.num_rows:
        return
    # Files that are joined have a byte order mark each.
    same = [pc.equal(pc.utf8_ltrim(table[name], "\ufeff"), name) for name in texts]
    repeated = pc.index(reduce(pc.and_, same), True).as_py() if len(texts) == len(names) else -1
    if repeated >= 0:
        raise faulty_file(f"{path}: row {repeated + 1} repeats the header", "remove it")
    if len(texts) == len(names) > 2:
        _check_order(path, table)
    if table.num_rows < 2:
        return
    if len(texts) == len(names) and all(pc.any(one).as_py() for one in same):
        raise _values(path, f"{names[0]!r:.60} is also a value of its column, and so on")
    numbers = [pc.sum(equal).as_py() or 0 for equal in same]
    named = [
        not number and len(name.split()) <= SHORT
        for name, number in zip(texts, numbers, strict=True)
    ]
    for name, number in zip(texts, numbers, strict=True):
        if not any(named) and _is_category(table[name], name, number):
            why = f"is also a value of its column, in {count(number, 'row')}"
            raise _values(path, f"{name!r:.60} {why}", certain=False)
        if [*map(_form, texts)].count(_form(name)) == 1 and _has_form(table[name], name):
            why = f"is of the form of the values of its column, as {table[name][0].as_py()!r:.40}"
            raise _values(path, f"{name!r:.60} {why}", certain=False)
    if (
        texts
        and all(_is_a_text(name, table[name]) for name in texts)
        and (len(texts) == 1 or all(name.rstrip().endswith(_STOPS) for name in texts))
    ):
        raise _values(path, f"{texts[0]!r:.60} has {count(len(texts[0].split()), 'word')}")


def _is_category(column: Any, name: str, number: int) -> bool:
    """Tell whether the name of a column of texts, equal to ``number`` of them, is one of few values."""
    values = column.unique().drop_null() if min(number, len(name)) > 1 else ()
    filled = len(values) - (pc.index(values, "").as_py() >= 0 if len(values) else 0)
    return 1 < filled <= len(column) / FEW_EACH  # what is ticked is called as its column, too


def _has_form(column: Any, name: str) -> bool:
    """Tell whether the name of a column is of the form of its first values: ``T-0001``."""
    first = column.slice(0, FEW_ROWS).to_pylist()
    one = len({_form(text) for text in (name, *first)}) == 1
    return one and len(first) > 2 and bool(_DIGITS.search(name))


def _form(text: str | None) -> str | None:
    """Return a text with a 0 in place of each digit."""
    return None if text is None else _DIGITS.sub("0", text)


def _is_a_text(name: str, column: Any) -> bool:
    """Tell whether a name is as long as texts are, and no question of a survey."""
    if len(name.split()) < WORDS or name.rstrip().endswith(_ENDS):
        return False
    first = [text for text in column.slice(0, SEEN).to_pylist() if text]
    words = sorted(len(text.split()) for text in first)
    return bool(words) and 2 * words[len(words) // 2] >= WORDS


def _counted(numbers: Sequence[str]) -> bool:
    """Tell whether numbers are names of columns: 0, 1, 2 …, or years, each once."""
    if not all(name.strip().isdecimal() for name in numbers):
        return False
    values = [int(name) for name in numbers]
    years = all(value in _YEARS for value in values) and len({*values}) == len(values)
    return years or values == [*range(len(values))]


def _values(path: Path, why: str, certain: bool = True) -> InputError:
    return InputError(
        f"the first row of {path} looks like values, not names: {why}",
        key="header",
        remedy="set header = false if there are no names, header = true if these are the names",
        options=(False,) if certain else (),
    )
