"""Texts that are numbers but for a few of them, for signs or for units, and how they become numbers."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from unicodedata import digit

import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.inline_toml import inline_toml
from clusterforge.numerics.arrays import evenly
from clusterforge.tables.arrow import all_match, any_match, first_match, in_one

LOOKED_AT = 2_000  # of many different values
MOST_ODD = 6  # values that are named at once
BARE = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_LAKHS = "[0-9]{1,2}(,[0-9]{2})+,[0-9]{3}"  # in India, hundreds of thousands
_OF_INDIA = rf"^[+-]?({_LAKHS}|[0-9]{{1,2}},[0-9]{{3}}|[0-9]{{1,3}})(\.[0-9]+)?$"
_PLAINLY = rf"[+-]?(({_LAKHS}|[0-9]+([,.' _][0-9]{{3}})*)[,.]?[0-9]*|[.,][0-9]+)"
_NUMBER = rf"{_PLAINLY}([eE][+-]?[0-9]+|[dD][+-][0-9]{{2,3}})?"
GROUPED = rf"^{_PLAINLY}$"
_UNIT = (
    r"( ?[\p{Sc}%‰]| ?[*†‡]{1,4}| ?(\[(note )?[0-9]{1,3}\])+| ?°[CF]?| ?[ck]?m[23]|-"
    r"| ?\[[\p{L}°µ/²³%·^-]{1,10}[0-9]?\]| [\p{L}°µ/²³]{1,10}[23]?"
    r"|[kKMGT]?B|[kcmµ]?[gm]|[kKM]|m?[sl]|h|min)"
)
_LEFT = r"[~<>≤≥]? ?((\p{Lu}{0,3}\p{Sc}|\p{Lu}{3} ) ?)?"
_FRACTION = r"[+-]?[0-9]+[.,][0-9]+ ?([^0-9\s,.:;/|_-]{1,8}| ?(±|\+/-) ?[0-9.,]+)"
_AMOUNT = rf"^(\(?{_LEFT}{_NUMBER}{_UNIT}?\)?|{_LEFT}{_FRACTION})$"
_OF_ASCII = (
    _AMOUNT.replace(r"\p{Lu}", "[A-Z]").replace(r"\p{Sc}", r"\$").replace(r"\p{L}", "A-Za-z")
)
"""The same, where no other characters are: it takes a fortieth of the time to get ready."""
_BELOW_ZERO, _LIMIT, _FORTRAN = r"^\(.*\)$|[0-9]-$", r"^[<>≤≥]", r"[0-9.][dD][+-][0-9]"
_COMPASS = ({"n", "s"}, {"e", "w"})
_SIDES = {"cr", "dr"}  # of accounts
_MONTHS = {
    *("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"),
    *(
        "jän",
        "mär",
        "mrz",
        "mai",
        "okt",
        "dez",
        "janv",
        "févr",
        "fev",
        "avr",
        "juin",
        "juil",
        "août",
        "ago",
    ),
    *("ene", "abr", "dic", "gen", "mag", "giu", "lug", "set", "ott"),
}
_A_DAY = re.compile(r"\d{1,2}[-. ]{1,2}([^\W\d_]{3,4})\.?")
_DAYS = (
    "write the numbers of which a spreadsheet has made days, as 9.1 for 09. Jan, and import as text"
)
_LETTERS = {*"bcdefinprsuz"}
_NOTE = r"[0-9]\]$"
_MARKED = "remove the marks behind them, or write these into a column of their own"
_FLAGS = {*_LETTERS, *("*" * width for width in range(1, 5)), "†", "‡", "††", "est.", "est"}
"""How tables of statistics mark values: provisional, estimated, a break, significant."""
JOINED = 4  # letters of marks that are written together: bu, a break and unreliable
_UNITLESS = r"[0-9.,'_ ()~<>≤≥+-]+|^[eE]$"
_PLURAL = re.compile(r"\w{2,}s")
_MONEY = "([a-z]{0,3}[$€£¥₹₩₽]|eur|usd|gbp|chf|jpy|cny|inr)?"
_FACTOR = re.compile(
    rf"[%‰]|[千万萬億亿천만억].*|{_MONEY}([kmbt]|[bmt]n|mio|ml[nd]|mrd|mil[al]?|mil(l?i[oó]|l?iard|lier|le|l[oó]n|j|h).*"
    rf"|(b|tr)ill?i[oó].*|thousand.*|tausend|tsd|lakhs?|lacs?|crores?|тыс|млн|млрд){_MONEY}"
)
"""Beside which numbers alone are others: 5 % and 5, 9.5 million and 858258."""
_PLAIN = {
    **dict.fromkeys(("\u2212", "\u2013", "▲ ", "▲", "△ ", "△"), "-"),  # of Japanese accounts, too
    **{"\u2019": "'", "\u066b": ".", "\u066c": ",", "\u00b7": "."},
}
_AROUND = "'\"`\0\x1a\u200b\u200e\u200f\ufeff \t"
_NO_ROW = re.compile(r"#+ |#+[a-z]")
"""How a line begins that is a comment among rows; #N/A and #REF! are errors of cells."""
_DIGIT = re.compile(r"^.{0,20}\d", re.DOTALL)
_LEADING_ZERO = r"^[+-]?0[0-9]"
_ADDRESS = r"^((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(\.|$)){4}$"  # of the internet
_GRADE = r"^[0-9][+-]?$"
_BY_SIGN = r"^(\([0-9]+\)|[0-9]+-)$"  # alone: (1) may be a note
_AS_IS = "set number in types, which reads them as they are"
_BELOW = "set number in types, which reads (250) and 250- as -250"
_COMMAS = r"^[+-]?([1-9][0-9]{0,2}(,[0-9]{3})+|[0-9]{1,3})$"
_FEWEST_GROUPS = 10  # different ones
_WRITTEN = ((",", "."), (",", " "), (",", "'"), (".", ","), (".", " "), (".", "'"))
"""What stands before decimals, and between thousands."""


@dataclass(frozen=True)
class Amounts:
    """What keeps texts from being numbers, most of which are.

    Parameters
    ----------
    value
        The first that is none as programs write them; None where all are.
    numbers
        How many of the different texts are numbers, with signs and units.
    remedy
        What makes numbers of all.
    units
        The signs or units without which all are numbers; empty where that is not what it takes.
    by_type
        Whether all are certainly numbers, to be had by saying that the column is of some.
    odd
        The few values that are no numbers, which may stand for none; empty where there are many.
    """

    value: str | None
    numbers: int
    remedy: str
    units: tuple[str, ...] = ()
    by_type: bool = False
    odd: tuple[str, ...] = ()


def amounts(different: Any, good: Any | None = None) -> Amounts | None:
    """Return what keeps texts from being numbers; None where most of them are none, or are codes.

    Parameters
    ----------
    different
        The different values of a column.
    good
        Which of them are numbers as the file has them; default: as programs write them.
    """
    at = evenly(len(different), LOOKED_AT)
    few = different.take(at)
    if not any(map(_DIGIT.search, few.to_pylist())):  # what follows takes long
        return None
    few = plainly(few)
    share = pc.mean(_are_amounts(few)).as_py() or 0
    if share <= 0.25 or all_match(few, _ADDRESS):
        return None
    plain = plainly(different)
    known = _are_amounts(plain)
    numbers = pc.sum(known).as_py() or 0
    if 2 * numbers <= len(different):
        return None
    read = pc.match_substring_regex(different, BARE) if good is None else good
    odd = pc.index(read, False).as_py()
    if odd < 0:
        return None if _codes(different) else Amounts(None, numbers, "")
    value = different[odd].as_py()
    if (noted := first_match(plain.filter(known), _NOTE)) is not None:  # of Wikipedia: 12,382[24]
        return Amounts(noted, numbers, _MARKED)
    if all_match(plain, BARE) and _codes(plain):
        return None
    if not known[odd].as_py():
        if _NO_ROW.match(value):
            return Amounts(value, numbers, 'set comment = "#" if lines that begin so are no rows')
        if (day := _A_DAY.fullmatch(value)) and day[1].lower() in _MONTHS:
            return Amounts(value, numbers, _DAYS)
        number = "write a number for" if _DIGIT.search(value) else "name"
        remedy = f"{number} such values{', or name them' * (number != 'name')} in na_values"
        odds = different.filter(pc.invert(known)).slice(0, MOST_ODD + 1).to_pylist()
        none = len(odds) <= MOST_ODD and not any("#" not in v and _DIGIT.search(v) for v in odds)
        return Amounts(value, numbers, remedy, odd=tuple(odds) if none else ())
    elif good is not None and pc.match_substring_regex(plain[odd], GROUPED).as_py():
        remedy = "write all with plain digits and signs as decimal and thousands say, or set these otherwise"
    elif all_match(plain, BARE):
        remedy = _AS_IS
    elif pc.match_substring_regex(plain[odd], BARE).as_py():
        remedy = "write them with plain digits and signs, and nothing around them"
    elif pc.match_substring_regex(plain[odd], GROUPED).as_py():
        both = any_match(plain, r"^[+-]?[0-9]+,[0-9]{1,2}$") and any_match(
            plain, r"^[+-]?[0-9]+\.[0-9]{1,2}$"
        )
        remedy = f"set {as_keys(plain) or 'decimal or thousands'}"
        remedy = "write all with one sign before the decimals" if both else remedy
    else:
        units = _units(plain.filter(known))
        if units is None:
            return None
        if not isinstance(units, str):
            return Amounts(value, numbers, _by_units(plain, units), units)
        remedy = units
    by_type = numbers == len(different) and (
        remedy == _AS_IS or (remedy == _BELOW and not all_match(plain, _BY_SIGN))
    )
    return Amounts(value, numbers, remedy, by_type=by_type)


def _codes(values: Any) -> bool:
    """Tell whether some texts begin with a zero that numbers do not have."""
    return any_match(values, _LEADING_ZERO)


def _are_amounts(plain: Any) -> Any:
    """Tell which texts are amounts."""
    ascii_alone = pc.all(pc.string_is_ascii(plain)).as_py()
    return pc.match_substring_regex(plain, _OF_ASCII if ascii_alone else _AMOUNT)


def _units(values: Any) -> tuple[str, ...] | str | None:
    """Return what stands beside all amounts, or else how they become numbers that can be compared.

    None where each has a unit of its own: they are no amounts.
    """
    limits = pc.match_substring_regex(values, _LIMIT)
    if pc.any(limits).as_py():
        half = "write one number for all beyond a limit, as half of the least that can be measured"
        return None if pc.all(limits).as_py() else half  # classes: <5, 5-10, >10
    if any_match(values, _FORTRAN):
        return "write exponents with e, as 1.5e+03"
    written = pc.replace_substring_regex(values, _UNITLESS, "").unique().to_pylist()
    units = [*dict.fromkeys(unit.lower() for unit in written)]
    if 1 < len(values) <= len(units) and not all(map(_FACTOR.fullmatch, filter(None, units))):
        return None  # 1 High, 2 Low
    units = [unit for unit in units if unit[:-1] not in units or not _PLURAL.fullmatch(unit)]
    named = sorted(unit for unit in units if unit)
    as_written = {unit.lower(): unit for unit in reversed(written)}
    if {unit.strip("° ") for unit in named} in _COMPASS:
        return "write those of the south and west with a minus in front, all without letters"
    if {*named} <= _SIDES and len(units) > 1:
        return "write those with DR with a minus in front, all without letters"
    if named and "" in units and {unit.strip(" .") for unit in named} <= _MONTHS:
        return _DAYS
    joined = all(unit in _FLAGS or (len(unit) < JOINED and {*unit} <= _LETTERS) for unit in named)
    if "" in units and joined and ({*named} - _LETTERS or len(named) > 1):
        return _MARKED
    if len(named) > 1 or ("" in units and any(map(_FACTOR.fullmatch, named))):
        listed = ", ".join(f"{as_written[unit]!r:.20}" for unit in named[:3])
        return f"convert all to one unit (there are {listed}{' and none' * ('' in units)}), and remove it"
    if named and without_unit(values, unit := (as_written[named[0]],)) is not None:
        if "" not in units:
            return unit
        return f"{_by_units(values, unit)}, if numbers without it are in it, too"
    if any_match(values, _BELOW_ZERO) and not named:
        left = below_zero(values)
        if all_match(left, BARE):
            return _BELOW
        return f"{_BELOW}, and {as_keys(left) or 'decimal and thousands as the file has them'}"
    return "remove signs and units"


def separators(values: Any, semicolons: bool = False) -> dict[str, tuple[str, str]]:
    """Return how numbers are written where that is certain: by key, its value and one of the numbers.

    Parameters
    ----------
    values
        As ``below_zero`` returns them.
    semicolons
        Whether values of the file are separated by them: then 1,234 is no thousand.
    """
    if len(values) and all_match(values, _COMMAS) and _are_groups(values.unique()):
        return {"thousands": (",", values.filter(pc.match_substring(values, ","))[0].as_py())}
    lakhs = values.filter(pc.match_substring_regex(values, rf"^[+-]?{_LAKHS}(\.|$)"))
    if len(lakhs) and all_match(values, _OF_INDIA):
        return {"thousands": (",", lakhs[0].as_py())}
    for point, group in _WRITTEN:
        form = rf"^[+-]?([0-9]{{1,3}}([{group}][0-9]{{3}})+|[0-9]+)([{point}][0-9]+)?$"
        if len(values) and all_match(values, form):
            break
    else:
        return {}
    found: dict[str, tuple[str, str]] = {}
    grouped = values.filter(pc.match_substring(values, group))
    spaced = group in " '" and len(grouped) > 0
    decimals = values.filter(pc.match_substring_regex(values, rf"[{point}][0-9]+$"))
    if point == "," and len(decimals):
        other = pc.match_substring_regex(decimals, ",([0-9]{1,2}|[0-9]{4,})$")
        if semicolons or spaced or pc.any(other).as_py():
            found["decimal"] = ",", decimals[0].as_py()
    if spaced:  # all of one width may be codes
        certain = len(decimals) > 0 or len(pc.utf8_length(values).unique()) > 1
    elif group == ",":
        grouped = values.filter(pc.match_substring_regex(values, r",[0-9]{3}[,.]"))
        certain = len(grouped) > 0
    else:
        certain = "decimal" in found and len(grouped) > 0
    if certain:
        found["thousands"] = group, grouped[0].as_py()
    return found


def _are_groups(different: Any) -> bool:
    """Tell whether commas are between thousands: decimals are not always three, and 83 among them 83,000."""
    grouped = different.filter(pc.match_substring(different, ","))
    round_ones = any_match(grouped, "0$")
    return round_ones and _FEWEST_GROUPS <= len(grouped) < len(different)


def as_keys(values: Any) -> str:
    """Return the keys of ``separators`` as a recipe has them; empty where none is certain."""
    found = separators(values)
    return " and ".join(f"{key} = {inline_toml(value)}" for key, (value, _) in found.items())


def _by_units(plain: Any, units: tuple[str, ...]) -> str:
    """Say which keys make numbers of amounts with a unit."""
    remedy = f"set units = {inline_toml([*units])}"
    left = without_unit(plain, units)
    if left is not None and all_match(left, BARE):
        return remedy
    keys = "" if left is None else as_keys(left)
    return f"{remedy}, and {keys or 'decimal and thousands as the file has them'}"


def without_unit(values: Any, units: Collection[str]) -> Any | None:
    """Return texts without the unit that they have, and with a minus for (250) and 250-.

    Parameters
    ----------
    values
        As ``plainly`` returns them.
    units
        One of them is taken away; None is returned where no value is a number with it, or one is neither that
        nor a number alone, which beside 5 k or 5 % is another one. ``day`` is also ``days``.
    """
    for unit in sorted(map(_plain_unit, units), key=len, reverse=True):  # kg before g
        plural = "s?" if unit.isalpha() and len(unit) > 1 else ""
        case = "(?i)" if len(unit) > 1 else ""
        sign = f"{re.escape(unit)}{plural}"
        before, after = rf"{case}^(\(?[+-]?) ?{sign} ?", rf"{case} ?{sign}([)-]?)$"
        lead, trail = (pc.match_substring_regex(values, one) for one in (before, after))
        has = pc.or_(lead, trail)
        if not (pc.all if _FACTOR.fullmatch(unit.lower()) else pc.any)(has).as_py():
            continue
        left = pc.replace_substring_regex(values, before, r"\1")
        left = pc.if_else(lead, left, pc.replace_substring_regex(values, after, r"\1"))
        left = below_zero(left)
        if all_match(left, GROUPED):
            return left
    return None


def _plain_unit(unit: str) -> str:
    """Return a unit as ``plainly`` leaves it in values."""
    return str(plainly(pa.array([unit], pa.large_string()))[0])


def below_zero(values: Any) -> Any:
    """Return texts with a minus in front of what is written as (250) or 250-; grades as 2- stay."""
    if all_match(values, _GRADE):
        return values
    bracketed = pc.replace_substring_regex(values, r"^\(([^()+-]*)\)$", r"-\1")
    return pc.replace_substring_regex(bracketed, r"^([^()+-]*[0-9])-$", r"-\1")


def plainly(values: Any) -> Any:
    """Return texts with the digits, signs and spaces of ASCII in place of others, and without quotes."""
    plain = pc.utf8_trim(pc.utf8_normalize(values, "NFKC"), _AROUND)
    for other, sign in _PLAIN.items():
        plain = pc.replace_substring(plain, other, sign)
    if not any_match(plain, r"[^\x00-\x7f]"):
        return plain
    encoded = in_one(pc.dictionary_encode(plain))
    different = [text and _ascii(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(different, pa.large_string()).take(encoded.indices)


def _ascii(text: str) -> str:
    """Return a text with the digits of any script as 0 to 9."""
    return "".join(str(digit(c)) if c.isdecimal() and not c.isascii() else c for c in text)
