"""What the name of a column says of its numbers: ids, codes, degrees and hours, what a run has added."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.tables.values import are_whole, is_numbers

MOST_CODES, SMALL_CODES = 30, 100
"""Different numbers that are codes in a column called like a category, and above what they are none."""
_ADDED = (
    "split",
    "cluster",
    "name",
    "parent",
    "confidence",
    "nearest",
    "outlier",
    "edited",
    "left_out",
)
_OF_A_RUN = {"cluster", "confidence", "nearest", "outlier"}
CYCLE = "cycle "
"""What a type begins with that says after what numbers begin anew: ``cycle 360``."""
FEW_GAPS = 0.05
COUNTED = 10
"""From so many rows on, integers one after another are no coincidence."""

_ID = re.compile(
    r"(?i:(.*[ _.-])?(id|uuid|guid|(bar)?code|plz|zip|isbn|ean|gtin|upc|ssn|sku|imei|(tele)?phone)"
    r"|.+[ _.-](no|nr|key)|(zip|post|postal|phone)code"
    r"|(user|customer|client|product|order|item|session|account|member|patient|ticket|row|store|device)id"
    r"|(.*[ _.-])?(phone|account|order|customer|invoice|serial|ticket|card)[ _-]?number)"
    r"|(?i:\w{2,}nummer|\w{3,}[^\Ws]nr|(art|kd|pers|tel|best)[ ._-]?nr\.?|postleitzahl|matr[ií]cul[ae]"
    r"|matricola"
    r"|(sic|mcc|cpt|naics|hs)[ _-]?(\d{1,2}|code)?|msa|cbsa|tract|store|dept|branch|warehouse"
    r"|siret|siren|insee|departement|fips|geoid|census[ _-]?tract|(c[oó]digo|codice)[ _-]\w+"
    r"|code[ _-](postale?|insee|commune|client|article|produit|naf|ape|pays)|post(code|nr|nummer)"
    r"|(num[eé]ro|n[uú]mero|n°)([ _-]d[eiu])?[ _-](client|cliente|commande|compte|facture|pedido|factura"
    r"|cuenta|ordine|fattura|conto)|tel[eé]fono|t[eé]l[eé]phone|telefon)"
    r"|\w*[a-z0-9](Id|ID|No|Nr|Code|Key)|[A-Z]+ID"
)
"""How columns are called whose numbers are names: ``customer_id``, ``zip``, ``orderNo``."""
_CATEGORY = re.compile(
    r"(?i:(?!(n|no|nr|nb|num|number|count|anzahl)[ _.-])(.*[ _.-])?"
    r"(sex|gender|race|ethnicity|ethnic[ _.-]?group|nationality|citizenship|religion|region|province"
    r"|continent|occupation|profession|industry|department|(marital|civil)([ _.-]?(status|state))?"
    r"|employment[ _.-]?status|geschlecht|familienstand|beruf|konfession|staatsangehörigkeit|bundesland"
    r"|abteilung|branche|sexe|genre|[eé]tat[ _.-]civil|situation[ _.-]familiale|région|nationalité|sexo"
    r"|g[eé]nero|estado[ _.-]?civil|ocupaci[oó]n|profesi[oó]n|regi[oó]n|religi[oó]n|sesso|genere"
    r"|stato[ _.-]civile|professione|regione|religione|geslacht|beroep|regio)([ _.-]?\d{1,2})?)"
)
"""How columns are called whose few whole numbers are codes of what has no order."""
_COUNTED = re.compile(r"(?i:.*(no|nr|num|number|nummer|key)\.?)")
"""How columns are called whose few whole numbers may count what comes one after another."""
_ROW = re.compile(
    r"(?i:(row|obs|observation|case|record|rec|line|zeile|ligne|fila)"
    r"([ _.-]?(nr|no|num|number|index|idx|id)\.?)?|idx|index|(lfd[ _.-]*)?nr\.?|#)|[Nn]o\.?"
)
"""How columns are called whose numbers, all different, are those of rows: ``obs``, also of a sample."""
_TURN = 6.283185  # in radians
_DIRECTION = (
    r"(.*[ _.-])?(dir|direction|bearing|heading|azimuth|windrichtung|aspect)([ _.-]?(deg|degrees))?"
)
_CYCLES = (
    (360, 0, 360, 20, _DIRECTION),
    (_TURN, 0, 6.2831854, 20, _DIRECTION),
    (24, 0, 24, 12, r"(?!.*per)(.*[ _.-])?(hour|hr|stunde|heure|hora)([ _.-]of[ _.-]day)?"),
    (7, 0, 7, 5, r"(.*[ _.-])?(week[ _.-]?day|wday|dow|day[ _.-]?of[ _.-]?week|wochentag)"),
    (
        12,
        0,
        12,
        8,
        r"(?!.*(age|tenure|duration|term|per))(.*[ _.-])?(month|mnth|monat|mois|mes)([ _.-]of[ _.-]year)?",
    ),
    (365.25, 0, 366, 20, r"(.*[ _.-])?(doy|yday|day[ _.-]?of[ _.-]?year|julian[ _.-]?day)"),
)
"""Length, least and greatest value, how many different ones there are, and how columns are called."""
_END = 0.15  # of a cycle, where it has values at either end


def called_id(name: str) -> bool:
    """Tell whether the name of a column says that its numbers are ids or codes: no amounts."""
    return bool(_ID.fullmatch(name))


def called_row(name: str) -> bool:
    """Tell whether the name of a column says that its numbers, if all differ, are those of rows."""
    return bool(_ROW.fullmatch(name))


def codes_by_name(column: Any, name: str) -> bool:
    """Tell whether numbers are codes of categories: few whole ones, in a column called so.

    0 and 1 alone are as good as yes and no. What is called like a category has small ones alone, codes may
    be of any size; visits and the like are counted.
    """
    code = called_id(name) and not _COUNTED.fullmatch(name)
    most = min(MOST_CODES, len(column) // 2) if code else MOST_CODES
    if not (code or _CATEGORY.fullmatch(name)) or not is_numbers(column.type):
        return False
    if pa.types.is_nested(column.type):
        return False
    different = column.unique().drop_null()
    if not 2 <= len(different) <= most:
        return False
    values = {*different.to_pylist()}
    return (
        values != {0, 1}
        and (code or max(map(abs, values)) < SMALL_CODES)
        and (pa.types.is_integer(different.type) or are_whole(different))
    )


def cycle_by_name(column: Any, name: str) -> str | None:
    """Return the type of numbers that begin anew, as their column is called: degrees, hours."""
    called = [one for one in _CYCLES if re.fullmatch(f"(?i:{one[-1]})", name)]
    if not called or not is_numbers(column.type) or pa.types.is_nested(column.type):
        return None
    ends = pc.min_max(column.cast(pa.float64(), safe=False))
    least, most = ends["min"].as_py(), ends["max"].as_py()
    different = column.unique().drop_null()
    whole = pa.types.is_integer(column.type) or are_whole(different)
    for length, low, high, few, _ in called:
        near = 0 if length == _TURN else 1
        at_ends = (
            least is not None
            and low <= least <= low + _END * high + near
            and high * (1 - _END) - near <= most <= high
        )
        fits = length == 360 or whole != (length == _TURN)
        if at_ends and fits and len(different) >= few:
            return f"{CYCLE}{length:.7g}"
    return None


def of_a_run(names: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that an export of a run has added to those of the data; none where it has not."""
    return tuple(name for name in _ADDED if name in names) if {*names} >= _OF_A_RUN else ()


def counted_rows(column: Any) -> tuple[int, int] | None:
    """Return from where to where integers count the rows, in any order; None where they do not.

    Fewer than ten rows may count by coincidence.
    """
    if not pa.types.is_integer(column.type) or len(column) - column.null_count < COUNTED:
        return None
    if column.null_count > FEW_GAPS * len(column):
        return None
    values = column.drop_null().to_numpy()
    first, last = int(values.min()), int(values.max())
    if last - first + 1 != len(values) or len(np.unique(values)) != len(values):
        return None
    return first, last
