"""Values that are read as they stand and may not be meant so: words for nothing, days for no day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.contracts import Column, Numbers
from clusterforge.datasets.class_labels import GAPS
from clusterforge.datasets.table_rows import Rows, type_setting
from clusterforge.file_keys import AS_BASE64, AS_FILES
from clusterforge.formats import count, first_of
from clusterforge.inline_toml import inline_toml
from clusterforge.numerics.stored_rows import StoredRows
from clusterforge.tables import are_whole, called_id, counted_rows, texts
from clusterforge.tables.arrow import decoded, is_text

NAMED = 3
_ENDS = (127, 128, 140, 255, 256, 500, 512, 1000, 1024, 2000, 2048, 4000, 4096, 8000, 32767, 65535)
FEW_CODES = 10  # different numbers that may be grades or sizes, whatever they are called
MANY = 10  # rows from which on a label for each is no coincidence
WORDS = frozenset(
    {*GAPS, "undefined", "[deleted]", "[removed]"}
    | {"#ref!", "#name?", "#value!", "#div/0!", "#num!", "#null!"}  # cells that have no value
    | {"#" * width for width in range(4, 13)}  # cells that are too narrow for theirs
)
_SIGNS, MOST = ("?", "-", "--"), 100  # for nothing, where a column has at most so many values
_TRAIN = {"train"}
_SPLITS = {*_TRAIN, "test", "val", "valid", "validation", "dev", "eval", "holdout", "unsup"}
LOOKED_AT = 2_000  # rows that tell how texts are escaped
_STRIP = "strip-html"
_ENTITIES = r"&(#[0-9]{2,6}|#x[0-9a-fA-F]{2,6}|amp|lt|gt|quot|apos|nbsp|[aou]uml);"
_FIELDS = "write the text in them as a column of its own"
_ESCAPES = (
    (_ENTITIES, 0.1, "HTML entities", f'set clean = ["{_STRIP}"]'),
    (r"(?s)^\s*(\{\s*[\"'].*\}|\[\s*[\[{].*[\]}]\s*\])\s*$", 0.9, "JSON", _FIELDS),
    (r"^\{\\rtf", 0.5, "RTF", "write them as plain text"),
    (r"^b(\".*\"|'.*')$", 0.5, "bytes as Python shows them", "decode them before they are written"),
    (r"^\[\s*(\".*\"|'.*')\s*\]$", 0.5, "lists of words as Python shows them", "join the words"),
    (AS_BASE64, 0.5, "images as base64", AS_FILES),
    (r"^[A-Za-z0-9+/]{22,}={1,2}$", 0.3, "base64", "decode them"),
    (r"^[^\s]*%20[^\s]*$", 0.5, "the escapes of addresses", "decode them (urllib.parse.unquote)"),
    (r"(=[0-9A-F]{2}){2}", 0.1, "the escapes of e-mails (quoted-printable)", "decode them"),
    (r"\\u[0-9a-fA-F]{4}", 0.1, "escaped characters of JSON", "decode them"),
    (r"(\\x[0-9a-fA-F]{2}){2}", 0.1, "escaped bytes of Python", "decode them"),
    # No \nu of LaTeX, and no C:\new.
    (
        r"\\n([^a-z]|$)|\s[a-z]{2,}[.,!?]?\\n[a-z]",
        0.1,
        "escaped ends of lines",
        "write spaces or ends of lines for them",
    ),
)
"""How texts are escaped, in what share of rows, by what, and what to do."""
_MISREAD = r"\x{FFFD}|[\x{80}-\x{84}\x{86}-\x{9F}]|Ã[\x{80}-\x{BF}]|â€[\x{90}-\x{BF}™œžŸ“”˜¦¢]"
_WRONGLY_READ = (
    (
        _MISREAD,
        "column {name!r:.60} holds in {rows} what is left of characters that were read in another encoding "
        "({place}: {text!r:.40}); write the file anew from its source",
    ),
    (
        "^\ufeff",
        "column {name!r:.60} begins with a byte order mark in {rows} ({place}), as where files were joined: "
        "is a header among the rows?",
    ),
)
"""What texts hold that were read wrongly, and what to say of it."""
_NINES = [
    f"{'9' * whole}{'.' * (parts > 0)}{'9' * parts}" for whole in range(2, 8) for parts in range(4)
]
_ANSWERS = [-7.0, -8.0, -9.0, -77.0, -88.0, -97.0, -98.0, -99.0]
"""What surveys write for no answer, none of which is below 0."""
_PRICES = {"99.99", "999.99"}
_CODES = [sign * float(nines) for nines in _NINES for sign in (1, -1) if nines not in _PRICES]
_CODES += [-1.0, *_ANSWERS, 77.0, 88.0, 97.0, 98.0, 32767.0, -32768.0, 2147483647.0, -2147483648.0]
_ROUNDED = {float(kind(code)): code for kind in (np.float32, np.float64) for code in _CODES}
"""The codes as each kind of float has them, and as they are written."""
_DAYS = [
    datetime(*day, tzinfo=UTC).timestamp()
    for day in (
        (1, 1, 1),
        (1900, 1, 1),
        (1970, 1, 1),
        (2099, 12, 31),
        (2999, 12, 31),
        (9999, 12, 31),
    )
]
_CURRENCY = re.compile(r"(?i:(.*[ _.-])?(currency|ccy|währung|waehrung|devise|moneda)([ _]?code)?)")
_UNIT = re.compile(r"(?i:(.*[ _.-])?(units?|uom|einheit|unité|unidad))")
_IS_UNIT = re.compile(
    r"(?i)[kmµunc]?(g|l|m|s|mol|iu|cal)|[kmg]?w|lbs?|oz|ft|in|yd|mi|gal|min|hr?|%|°?[cfk]|.+/.+|pcs|km/?h|mph"
)
SOME = 10_000  # values that are looked at
FEWEST_MEASURED = 20  # different values of what is measured
_VERSION = re.compile(r"(?i:(.*[ _.-])?(version|icd[ _-]?\d+))|\w*[a-z0-9]Version")
_MEASURES = re.compile(
    r"(?i:variable|metric|measure|measurement|indicator|parameter|attribute|analyte)"
)
_MEASURED = re.compile(r"(?i:value|values|val|wert|valeur|valor|result|reading)")
_RANGE = re.compile(r"\d{1,3} ?[-/] ?\d{1,3}")
_MONTH = r"(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_DAY = re.compile(rf"\d{{1,2}}[-. ]{_MONTH}|{_MONTH}[-. ]\d{{1,2}}")
_CUT_OFF = r"(\[\+\d+ chars\]|…|\.\.\.)( https?://\S+)?\s*$"
REMEDY = "if that stands for no value, leave it empty, or name it in na_values"


def stand_ins(rows: Rows, names: Sequence[str]) -> Iterator[str]:
    """Say which columns of texts hold words that mostly stand for no value: nan, None, N/A.

    Parameters
    ----------
    rows
        The train split.
    names
        The columns.
    """
    found: dict[str, str] = {}
    words = pa.array(sorted(WORDS), pa.large_string())  # not above: it imports pandas
    for name in names:
        column = decoded(rows.table[name])
        if not is_text(column.type):
            continue
        values = texts(column)
        known = pc.is_in(pc.utf8_lower(values), value_set=words)
        some = pc.any(pc.is_in(values, value_set=pa.array(_SIGNS, pa.large_string()))).as_py()
        different = values.unique().drop_null() if some else ()
        if 0 < len(different) <= MOST and (sign := lone_sign(different)):
            known = pc.or_kleene(known, pc.equal(values, sign))
        if number := pc.sum(known).as_py():
            row = pc.index(known, True).as_py()
            word = column[row].as_py().strip()
            found[name] = f"{word!r} or the like in {count(number, 'row')} ({rows.place(row)})"
    if found:
        name, *others = found
        more = (
            f", as do {first_of([f'{other!r:.60}' for other in others], NAMED)}" if others else ""
        )
        yield f"column {name!r:.60} holds {found[name]}{more}: {REMEDY}"


def lone_sign(different: Any) -> str | None:
    """Return ``?`` or ``-`` where it alone of several different values has neither letter nor digit."""
    plain = pc.match_substring_regex(different, r"[\p{L}\p{N}]")
    signs = different.filter(pc.invert(plain)).to_pylist()
    return signs[0] if len(signs) == 1 and signs[0] in _SIGNS and len(different) > 2 else None


def splits_in(columns: Sequence[Column]) -> Iterator[str]:
    """Say which category says the split of each row: all of them are read as one."""
    for column in columns:
        if _TRAIN < {value.lower() for value in column.categories} <= _SPLITS:
            yield (
                f"feature {column.name!r:.60} says the split of each row, and all are read as train: write "
                "each split to a file of its own (train.csv, test.csv), and name the column in drop"
            )


def several_in_one(different: Sequence[str]) -> str | None:
    """Return a value that holds several of few answers, as ``Action|Drama``; None where most hold one.

    Parameters
    ----------
    different
        The different values, of which the first are looked at.
    """
    few = different[:LOOKED_AT]
    for sign in ("|", ";", ","):
        if sign == "," and any(", " in value for value in few):  # Lee, John, Jr
            break
        parts = [[part.strip() for part in value.split(sign)] for value in few if value]
        joined = [len(some) for some in parts if len(some) > 1]
        # As many in each are parts of one thing: Boston, MA.
        if 2 * len(joined) < len(few) or len({len(some) for some in parts}) < 2:
            continue
        answers = {part for some in parts for part in some}
        thousands = sign == "," and all(map(str.isdecimal, answers))
        if 2 < len(answers) < len(few) + (sign == "|") and not thousands:
            return next(value for value in few if sign in value)
    return None


def units_in(columns: Sequence[Column]) -> Iterator[str]:
    """Say which category says the unit of the numbers beside it: 100 JPY is no 100 EUR."""
    if not any(column.kind == "number" for column in columns):
        return
    yield from (
        f"column {c.name!r:.60} may say that numbers are in several units ({c.categories[0]!r:.20}, "
        f"{c.categories[1]!r:.20}): if so, convert them to one, and name the column in drop"
        for c in columns
        if c.kind == "category"
        and len(c.categories) > 1
        and (
            _CURRENCY.fullmatch(c.name)
            or (_UNIT.fullmatch(c.name) and all(map(_IS_UNIT.fullmatch, c.categories)))
        )
    )


def long_form(columns: Sequence[Column]) -> Iterator[str]:
    """Say which category says what the only numbers beside it measure: rows are parts of things."""
    numbers = [column.name for column in columns if column.kind == "number"]
    if len(numbers) != 1 or not _MEASURED.fullmatch(numbers[0]):
        return
    yield from (
        f"column {c.name!r:.60} seems to say what each number of {numbers[0]!r:.60} measures ("
        f"{c.categories[0]!r:.20}, {c.categories[1]!r:.20}): if so, write a column for each (pivot)"
        for c in columns
        if c.kind == "category" and len(c.categories) > 1 and _MEASURES.fullmatch(c.name)
    )


def coded_gaps(
    values: Numbers,
    columns: Sequence[Column],
    table: Any,
    known: Mapping[str, Sequence[str]] | None,
) -> Iterator[str]:
    """Say which columns hold what mostly stands for no value, far from all others: -999, 9999-12-31, 0.

    Parameters
    ----------
    values
        float (n, d): the train split.
    columns
        What the d columns are.
    table
        The train split as it is written.
    known
        What is no value already, by the pattern of the columns; None where the data set has no key for it.
    """
    if isinstance(values, StoredRows) or not len(values):
        return
    found: list[str] = []
    kinds: dict[str, None] = {}
    gaps: dict[str, list[str]] = {}
    low, high = np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)
    suspects = np.isin([low, high], [*_ROUNDED, *_DAYS]).any(axis=0) | (low == 0)
    for at in np.flatnonzero(suspects).tolist():
        codes = {"number": [*_ROUNDED], "date": _DAYS}.get(columns[at].kind, [])
        if called_id(columns[at].source):  # 99999 may be one of the codes
            codes = [code for code in codes if code < 0]
        own = values[:, at]
        apart = _apart(own, codes) if {low[at], high[at]} & {*codes} else set()
        if columns[at].kind == "number" and _lone_zeros(own):
            apart.add(0.0)
        for code in sorted(apart):
            rows = own == code
            kinds[columns[at].kind] = None
            shown = columns[at].written(_ROUNDED.get(code, code))
            source = table[columns[at].source]
            if columns[at].kind == "date" and not pa.types.is_temporal(source.type):
                # na_values are compared with what is written.
                shown = texts(source.slice(int(rows.argmax()), 1))[0].as_py()
            shown = f"{shown:.12g}" if isinstance(shown, float) else shown
            gaps.setdefault(columns[at].source, []).append(str(shown))
            found.append(f"{columns[at].name!r:.60} ({shown} in {count(int(rows.sum()), 'row')})")
    remedy = "write nan or nothing in its place"
    if known is not None:
        setting = inline_toml({**known, **dict([*gaps.items()][:NAMED])})
        remedy = f"set na_values = {setting}"
    if found:
        yield (
            f"a {' or '.join(kinds)} apart from all others looks like a sign for no value in "
            f"{first_of(found, NAMED)}: if it is one, {remedy}"
        )


def _apart(values: Numbers, codes: Sequence[float]) -> set[float]:
    """Return which of some codes are far from all other values."""
    coded = np.isin(values, codes)
    others = values[~coded & ~np.isnan(values)]
    if len(others) < MANY:
        return set()
    least, most = others.min(), others.max()
    return {
        code
        for code in np.unique(values[coded]).tolist()
        # Of two values, -1 and 1 or 0 and 99, none is far from all others.
        if (most > least and min(abs(least - code), abs(most - code)) > most - least)
        or (code in _ANSWERS and least >= 0)
    }


def _lone_zeros(values: Numbers) -> bool:
    """Tell whether some zeros are apart from many measured values, which are much closer to each other."""
    others = values[(values != 0) & ~np.isnan(values)]
    zeros = np.count_nonzero(values == 0)
    if not zeros or len(others) < 3 * zeros or others.min() < 0:
        return False
    if len(np.unique(others[:SOME])) < FEWEST_MEASURED:
        return False
    lower, upper = np.percentile(others, [25, 75])
    return bool(others.min() > upper - lower)


def ranges_as_dates(what: str, names: Sequence[str]) -> Iterator[str]:
    """Say that among ranges as 1-4 there are days that a spreadsheet has made of others: 12-Oct.

    Parameters
    ----------
    what
        What the categories are called by.
    names
        Their names.
    """
    days = [name for name in names if _DAY.fullmatch(name)]
    ranges = [name for name in names if _RANGE.fullmatch(name)]
    if days and ranges:
        yield (
            f"{what} include {days[0]!r:.40} among {ranges[0]!r:.40} and the like: if a spreadsheet has made "
            "a date of a range, write it as it was"
        )


def called_ids(rows: Rows, names: Sequence[str]) -> Iterator[str]:
    """Say which columns of whole numbers are called as ids or codes are: customer_id, zip, phone.

    Parameters
    ----------
    rows
        The train split.
    names
        Columns that are features, of numbers.
    """
    called = {name: rows.table[name] for name in names if called_id(name)}
    found = [name for name, own in called.items() if _whole(own) and not counted_rows(own)]
    if found:
        listed = first_of([f"{name!r:.60}" for name in found], NAMED)
        yield (
            f"whole numbers in columns called like ids or codes ({listed}) are used as amounts: "
            f"if they are none, name the columns in drop, or set {type_setting(found[0], 'category')}"
        )


def called_versions(rows: Rows, names: Sequence[str]) -> Iterator[str]:
    """Say which columns of numbers are called as versions are, or codes of parts: 1.10 is no 1.1.

    Parameters
    ----------
    rows
        The train split.
    names
        Columns that are features, of numbers.
    """
    yield from (
        f"numbers in column {name!r:.60}, which is called like versions or codes, are used as amounts (1.10 "
        f"is 1.1): if they are some, set {type_setting(name, 'category')}"
        for name in names
        if _VERSION.fullmatch(name)
        and pa.types.is_floating(rows.table[name].type)
        and not are_whole(rows.table[name])
    )


def _whole(values: Any) -> bool:
    """Tell whether a column holds whole numbers, more than ten different ones."""
    if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
        return False
    different = values.unique().drop_null()
    whole = pa.types.is_integer(values.type) or are_whole(different)
    return len(different) > FEW_CODES and whole


def _wrongly_read(rows: Rows, names: Sequence[str]) -> Iterator[str]:
    """Say which columns of texts were read in another encoding, or joined with byte order marks."""
    for pattern, wording in _WRONGLY_READ:
        for name in names:
            values = decoded(rows.table[name])
            found = pc.match_substring_regex(values, pattern)
            if number := pc.sum(found).as_py():
                row = pc.index(found, True).as_py()
                said = {"rows": count(number, "row"), "place": rows.place(row)}
                text = texts(values.slice(row, 1))[0].as_py()
                yield wording.format(name=name, text=text, **said)


def of_texts(rows: Rows, names: Sequence[str], clean: Sequence[str]) -> Iterator[str]:
    """Say what of the columns of texts may not be meant."""
    for look in (stand_ins, _wrongly_read, _cut):
        yield from look(rows, names)
    yield from _escaped(rows, names, clean)


def _escaped(rows: Rows, names: Sequence[str], clean: Sequence[str]) -> Iterator[str]:
    """Say which columns of texts are written as some program escapes them, by the first of their rows."""
    for name in names:
        first = texts(rows.table[name].slice(0, LOOKED_AT))
        for pattern, share, what, remedy in _ESCAPES[_STRIP in clean :]:
            found = pc.match_substring_regex(first, pattern)
            if len(first) and (pc.sum(found).as_py() or 0) >= max(2, share * len(first)):
                row = pc.index(found, True).as_py()
                yield (
                    f"the texts of column {name!r:.60} hold {what} ({rows.place(row)}: "
                    f"{first[row].as_py()!r:.40}): {remedy}"
                )
                break


def _cut(rows: Rows, names: Sequence[str]) -> Iterator[str]:
    """Say which columns of texts end where programs cut them: at 255 characters, or most in dots."""
    for name in names:
        lengths = pc.utf8_length(rows.table[name].cast(pa.large_string()))
        longest = pc.max(lengths).as_py()
        if longest in _ENDS and (number := pc.sum(pc.equal(lengths, longest)).as_py()) >= NAMED:
            yield (
                f"the longest texts of column {name!r:.60} all have {longest:,} characters "
                f"({count(number, 'row')}): were they cut when they were written?"
            )
        first = texts(rows.table[name].slice(0, LOOKED_AT)).drop_null()
        off = first.filter(pc.match_substring_regex(first, _CUT_OFF))
        if len(first) >= NAMED and 2 * len(off) > len(first):
            yield (
                f"most texts of column {name!r:.60} look cut off, as "
                f"'…{off[0].as_py().strip()[-30:]}': get the whole texts, if you can"
            )
