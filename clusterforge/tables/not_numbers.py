"""Texts that each hold a number, or several, in a form that is no number: ``5 ± 1``, ``np.float64(2.5)``."""

from __future__ import annotations

from typing import Any

from clusterforge.tables.arrow import all_match, first_match

_FRACTIONS = r"^\d{1,3}( \d{1,2}/\d{1,3})?$|^\d{1,2}/\d{1,3}$"
_FEET = r"""^\d ?(['′’]|ft\.?) ?(0?\d|1[01])(\.\d+)? ?(["″”]|''|in\.?)?$"""
_N = r"[+-]?\d[\d,]*(\.\d+)?([eE][+-]?\d+)?"
_MONEY = rf"(\p{{Sc}} ?{_N} ?[kKmM]?|{_N} ?[kKmM]? ?\p{{Sc}})"
_PAIR = rf"^({_N} ?(±|\+/-) ?{_N}|{_N}%? ?[(\[] ?({_N} ?(-|–|,|;|to) ?)?{_N} ?%?[)\]])$"
_POWER = r"[×x*·] ?10(\^[-+−]?\d+|[-+−]\d+|[⁺⁻]?[⁰¹²³⁴-⁹]+)"
_PYTHON = rf"^((np|numpy|torch)\.\w+|tensor|Decimal)\('?({_N}\.?|nan|-?inf)'?(, ?\w+=[\w.':]+)*\)$"
_OF = r"(of|von|sur|de|di|su|van|av|из)"
_DEGREES = r"""^[+-]?\d{1,3} ?[°º] ?\d{1,2} ?['′’]( ?\d{1,2}(\.\d+)? ?(["″”]|'')?)? ?[NSEWO]?$"""
_GRADES = "grades, or numbers with their signs behind them"
_APART = "several numbers in one value", "write each in a column of its own"
_KNOWN = (
    (_FEET, "", 2, "feet and inches", "write one number for each, 12 × feet + inches"),
    (
        r"(?i)^\d+ ?lbs?\.? ?\d+(\.\d+)? ?oz\.?$",
        "",
        2,
        "pounds and ounces",
        "write one number for each, 16 × pounds + ounces",
    ),
    (
        r"^\d{3}[DWMY]$",
        r"^0\d\dY$",
        2,
        "ages as DICOM writes them",
        "write all in one unit, as 45 and 0.5 for 045Y and 006M",
    ),
    (_FRACTIONS, " ", 2, "fractions", "write each with decimals, as 1.5"),
    (
        r"^\d{1,3}(\.\d+)?$|^\d{0,3} ?[¼-¾⅐-⅞]$",
        "[¼-¾⅐-⅞]$",
        2,
        "fractions",
        "write each with decimals, as 1.5",
    ),
    (
        "^#[0-9A-Fa-f]{6}$",
        "",
        13,
        "colours",
        "write red, green and blue as numbers, in columns of their own",
    ),
    (
        _DEGREES,
        "",
        2,
        "degrees, minutes and seconds",
        "write decimal degrees, as 30.5 for 30°30'0\"",
    ),
    (_PAIR, "", 13, *_APART),
    (rf"(?i)^(SRID=\d+; ?)?POINT ?[ZM]{{0,2}} ?\({_N}( {_N}){{1,3}}\)$", "", 2, *_APART),
    (r"^[+-]?\d{1,3} [0-5]\d [0-5]\d(\.\d+)?$", r"^[+-]|\.", 13, *_APART),  # of the sky
    (
        r"^[0-9][+-]?$",
        "[+-]$",
        2,
        _GRADES,
        "list them in types in their order, or write signs in front",
    ),
    (r"^[+-]?\d{4,},\d$", r"^[+-]?0\d{3,},", 2, *_APART),  # a number of one width and a code
    (rf"^{_MONEY} ?(-|–|to) ?{_MONEY}$", "", 13, *_APART),  # fewer are classes
    (rf"^[+-]?\d+([.,]\d+)?( ?{_POWER})?$", _POWER, 1, "powers of ten", "write them as 3.5e6"),
    (
        rf"^[▲△▼▽+-]? ?{_N} ?%?$",
        "[▼▽]",
        2,
        "numbers with arrows",
        "write + and - in place of these",
    ),
    (
        r"^\d{1,4}(\.\d+)?([+-]\d{1,3}(\.\d+)?)?$",
        r"\d\+\d",
        2,
        "numbers with a change behind them",
        "write what stands before the sign alone",
    ),
    (
        r"^[+-]?[\dOolI|]+([.,][\dOolI|]+)?$",
        r"[OolI|]",
        13,
        "numbers with letters for digits, as OCR reads them",
        "write 0 for O and 1 for l and I",
    ),
    (
        rf"^\s*(<[^<>]+>\s*)+{_N}\s?[^\s<>]{{0,4}}\s*(</[^<>]+>\s*)+$",
        "",
        2,
        "numbers within HTML",
        "write the number alone",
    ),
    (
        r"(?i)^(an?|one|\d+) (second|minute|hour|day|week|month|year)s? ago$",
        "",
        2,
        "times that have passed, in words",
        "write them as numbers of days",
    ),
    (_PYTHON, "", 2, "numbers as Python shows them", "write each with float()"),
    (
        rf"^\(?({_N})?[+-]?{_N}j\)?$",
        r"\d[+-].*j",
        2,
        "complex numbers",
        "write their parts (real, imag) in columns of their own",
    ),
    (
        rf"^{_N} (out )?{_OF} {_N}( \p{{L}}+){{0,2}}$|^\d+(st|nd|rd|th|º|ª)$|^[★☆⭐]+$",
        "",
        13,
        "numbers in words or signs",
        "write the number alone",
    ),
)
"""How all values are written, what some have, how many there are, what they hold, and what to do."""
FEW = 20
HEXADECIMAL = "hexadecimal ones"
MANY, FEW_CODES, FEW_EACH, _WIDEST = 200, 12, 3, 6


def no_numbers(different: Any) -> tuple[str, str, str] | None:
    """Return one of some texts, in which form it holds numbers, and what makes numbers of all; else None.

    Parameters
    ----------
    different
        The different values of a column.
    """
    few = different.slice(0, FEW)
    for pattern, some, least, what, remedy in _KNOWN if len(few) else ():
        fit = len(different) >= least and all_match(few, pattern) and all_match(different, pattern)
        if fit and (found := first_match(different, some)) is not None:
            return found, what, remedy
    if _are_hexadecimal(different):
        return (
            different[0].as_py(),
            HEXADECIMAL,
            "write them as decimal numbers, or all with 0x in front",
        )
    return None


def _are_hexadecimal(different: Any) -> bool:
    """Tell whether texts are hexadecimal numbers of one width: FD beside 7D and 15, and no codes as 12A."""
    some = different.slice(0, MANY).to_pylist()
    if len(some) <= FEW_CODES or not 2 <= len(some[0]) <= _WIDEST:
        return False
    width = f"{{{len(some[0])}}}"
    if not all_match(different, f"^([0-9A-F]{width}|[0-9a-f]{width})$"):
        return False
    lettered = [[at for at, c in enumerate(text) if c.isalpha()] for text in some]
    number = sum(map(bool, lettered))
    places = {at for own in lettered for at in own}
    together = any(len(own) > 1 for own in lettered)
    return together and len(places) > 1 and FEW_EACH <= number <= len(some) - FEW_EACH
