"""Categories that are read as they stand and may not be meant so: those that nearly agree, totals, units."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from clusterforge.contracts import Column, Numbers
from clusterforge.datasets.odd_texts import NAMED
from clusterforge.formats import few_of
from clusterforge.numerics.arrays import evenly
from clusterforge.tables import by_unit, texts

SEEN, MOST_UNITS = 10_000, 20  # rows that are looked at; different units of one column
MOST_ANSWERS = 20  # different ones in all languages

_TRAIN = {"train"}
_SPLITS = {*_TRAIN, "test", "val", "valid", "validation", "dev", "eval", "holdout", "unsup"}
_CURRENCY = re.compile(r"(?i:(.*[ _.-])?(currency|ccy|währung|waehrung|devise|moneda)([ _]?code)?)")
_UNIT = re.compile(r"(?i:(.*[ _.-])?(units?|uom|einheit|unité|unidad))")
_IS_UNIT = re.compile(
    r"(?i)[kmµunc]?(g|l|m|s|mol|iu|cal)|[kmg]?w|lbs?|oz|ft|in|yd|mi|gal|min|hr?|%|°?[cfk]|.+/.+|pcs|km/?h|mph"
)
_PROPERTIES = re.compile(
    r"(?i:variables?|features?|attributes?|propert(y|ies)|characteristics?|merkmal|variable[ _]name)"
)
FEW_SPECTRA = 5  # columns of numbers, more of which may be spectra
_OF_SPECTRA = re.compile(
    r"(?i)(wave[ _-]?(length|number)s?|wellenlänge|wellenzahl|raman[ _-]?shift|shift|frequency|freq|ppm|nm|"
    r"cm-1|1/cm|m/?z|energy|energie|e?k?ev|2[ _-]?theta|angle|retention[ _-]?time|rt|bands?)"
    r"([ _.-]*[\[(]?(nm|um|µm|cm-?1|cm\^-1|1/cm|k?hz|mhz|k?ev|ppm|deg|°|min|s)[\])]?)?"
)
MEASURED = re.compile(r"(?i:_?value|values|val|wert|valeur|valor|result|reading)")
_LANGUAGE = re.compile(
    r"(?i:(.*[ _.-]|user)?(lang(uage)?|locale|sprache|langue|idioma|lingua|taal)([ _]?code)?)"
)
_RANGE = re.compile(r"\d{1,3} ?[-/] ?\d{1,3}")
_MONTH = r"(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_DAY = re.compile(rf"\d{{1,2}}[-. ]{_MONTH}|{_MONTH}[-. ]\d{{1,2}}")
_TOTAL = re.compile(r"(?i)(.*[ _-])?(sub-?)?totals?:?|grand (sum|average|mean):?")
_SHORT = (("y", "yes"), ("n", "no"), ("t", "true"), ("f", "false"), ("m", "male"), ("f", "female"))
_OPPOSITES = {
    "yes": "no",
    "no": "yes",
    "true": "false",
    "false": "true",
    "male": "female",
    "female": "male",
}
_ALIKE = str.maketrans(  # Cyrillic and Greek
    "АВЕКМНОРСТУХаеорсухΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "ABEKMHOPCTYXaeopcyxABEZHIKMNOPTYX",
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")


def splits_in(columns: Sequence[Column]) -> Iterator[str]:
    """Say which category says the split of each row: all of them are read as one."""
    for column in columns:
        if _TRAIN < {value.lower() for value in column.categories} <= _SPLITS:
            yield (
                f"feature {column.name!r:.60} says the split of each row, and all are read as train: write "
                "each split to a file of its own (train.csv, test.csv), and name the column in drop"
            )


def says_of_others(name: str) -> bool:
    """Tell whether a column is called like the units of others, or like the language that they are in."""
    return any(pattern.fullmatch(name) for pattern in (_CURRENCY, _UNIT, _LANGUAGE))


def languages_in(columns: Sequence[Column], table: Any) -> Iterator[str]:
    """Say that answers are words of the language that another column says: Yes in some rows, Ja in others.

    Parameters
    ----------
    columns
        The features.
    table
        The train split, with the columns that say languages.
    """
    some = table.take(evenly(len(table), SEEN))
    answers = [c.name for c in columns if c.coded and 3 < len(c.categories) <= MOST_ANSWERS]
    plain = [field.name for field in table.schema if not pa.types.is_nested(field.type)]
    for name in filter(_LANGUAGE.fullmatch, plain if len(answers) > 1 else ()):
        languages = texts(some[name]).to_pylist()
        first, *others = first_two = [*dict.fromkeys(filter(None, languages))][:2]
        found = []
        for column in answers if others else ():
            own: dict[str, set[str]] = {language: set() for language in first_two}
            for language, answer in zip(languages, texts(some[column]).to_pylist(), strict=True):
                if language in own and answer is not None:
                    own[language].add(answer)
            one, other = own.values()
            if column != name and min(len(one), len(other)) > 1 and not one & other:
                found += [column] if abs(len(one) - len(other)) <= 1 else []
        if len(found) > 1:
            listed = few_of([f"{one!r:.40}" for one in found], NAMED)
            yield (
                f"the values of {listed} are others where {name!r:.40} is {first!r:.20} than where it is "
                f"{others[0]!r:.20}: write them in one language, or as codes"
            )


def units_in(values: Numbers, columns: Sequence[Column], table: Any) -> Iterator[str]:
    """Say which column says the unit of the numbers beside it, a feature or not: 100 JPY is no 100 EUR.

    Parameters
    ----------
    values
        float (n, d): the train split.
    columns
        What the d columns are.
    table
        The train split, with the columns that say units.
    """
    numbers = [column.name for column in columns if column.kind == "number"]
    features = {column.name: column.categories for column in columns if column.kind == "category"}
    plain = [field.name for field in table.schema if not pa.types.is_nested(field.type)]
    for name in filter(says_of_others, plain if numbers else ()):
        at = evenly(len(table), SEEN)
        written = texts(table[name].take(at))
        different = written.unique().drop_null().to_pylist()
        if not 1 < len(different) <= MOST_UNITS:
            continue
        money, unit = (pattern.fullmatch(name) for pattern in (_CURRENCY, _UNIT))
        called = money or (unit if all(map(_IS_UNIT.fullmatch, different)) else None)
        if not called:
            continue
        stem = called[1] or ""
        own = [n for n in numbers if stem and (n == stem[:-1] or n.startswith(stem))]
        alone = {n: not (own or MEASURED.fullmatch(n)) for n in own or numbers}
        said = [*by_unit(values[at], columns, written.to_pylist(), name, alone)]
        also = f", and name {name!r:.60} in drop" * (name in features)
        yield from (f"{text}{also}" for text in said)
        if not said and name in features:
            listed = ", ".join(f"{unit!r:.20}" for unit in features[name][:2])
            yield (
                f"column {name!r:.60} may say that numbers are in several units ({listed}): if so, convert "
                "them to one, and name the column in drop"
            )


def transposed(names: Sequence[str], columns: Sequence[Column], table: Any) -> Iterator[str]:
    """Say that rows seem to be properties and columns things: genes, or wavelengths of spectra.

    Parameters
    ----------
    names
        All columns of the source.
    columns
        The features.
    table
        The train split.
    """
    numbers = [column.name for column in columns if column.kind == "number"]
    if not names:
        return
    first, rows = names[0], len(table)
    properties = first not in numbers and _PROPERTIES.fullmatch(first) and rows < len(numbers)
    spectra = False
    if first in numbers and len(numbers) > FEW_SPECTRA and _OF_SPECTRA.fullmatch(first):
        steps = np.diff(table[first].slice(0, SEEN).to_numpy().astype(np.float64))
        spectra = len(steps) > 1 and bool((steps > 0).all() or (steps < 0).all())
    if properties or spectra:
        what = "properties" if properties else "places in spectra"
        others = len(numbers) - spectra
        yield (
            f"rows seem to be {what} (column {first!r:.60}) of the {others:,} things in the other "
            f"columns: to cluster these, write the table the other way round (pandas: "
            f"df.set_index({first!r:.60}).T)"
        )


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


def totals(what: str, names: Sequence[str]) -> Iterator[str]:
    """Say that categories are called as the rows of sums are: North Total, Average.

    Parameters
    ----------
    what
        What the categories are called by.
    names
        Their names.
    """
    found = [name for name in names if _TOTAL.fullmatch(name)]
    if 0 < len(found) < len(names):
        remedy = "remove rows of sums and means from the file, if it has some"
        yield f"{what} include {found[0]!r:.40}: {remedy}"


def nearly_one(what: str, names: Sequence[str]) -> Iterator[str]:
    """Say which classes may be meant to be one: they differ in what can't be seen, or as a number is written.

    Parameters
    ----------
    what
        What they are called by.
    names
        Their names.
    """
    seen: dict[str, list[str]] = {}
    scripts: dict[str, dict[str, str]] = {}
    numbers: dict[Decimal, list[str]] = {}
    for label in names:
        bare = label if label.isascii() and label.isprintable() else _visible(label)
        seen.setdefault(" ".join(bare.split()).casefold(), []).append(label)
        scripts.setdefault(bare.strip().translate(_ALIKE), {}).setdefault(bare.strip(), label)
        if _NUMBER.fullmatch(bare.strip()):
            numbers.setdefault(Decimal(bare.strip()), []).append(label)
    short = [
        [seen[one][0], seen[whole][0]]
        for one, whole in _SHORT
        if one in seen and whole in seen and _OPPOSITES[whole] in seen  # no compass: N, NO, O
    ]
    unseen = [group for group in seen.values() if len(group) > 1]
    # Numbers that differ in spaces are among the others.
    written = [group for group in numbers.values() if len({one.strip() for one in group}) > 1]
    looks = [[*group.values()] for group in scripts.values() if len(group) > 1]
    for how, alike in (
        ("differ in case, spaces or what can't be seen alone", unseen),
        ("look alike, in letters of two scripts (Latin, Cyrillic, Greek),", looks),
        ("may say the same, in full and short,", short),
        ("are one number, written in several ways,", written),
    ):
        if alike:
            groups = [" and ".join(f"{label!r:.40}" for label in group) for group in alike]
            listed = few_of(groups, NAMED)
            yield f"{what} that {how} are classes of their own: {listed}"


def _visible(label: str) -> str:
    plain = unicodedata.normalize("NFKC", label)
    return "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Cc") or c in "\t\n")
