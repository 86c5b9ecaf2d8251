"""Texts of many rows beside each other: cut at one length, one but for a number, with a passage in common."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.datasets.odd_texts import LOOKED_AT, MANY, NAMED
from clusterforge.datasets.table_rows import Rows
from clusterforge.formats import count
from clusterforge.tables import texts

EVEN = 0.6  # of the mean distance between numbers of pages, how much it differs at most
PASSAGE, ENDS = 20, 100  # words that many texts have in common; at the ends of each text, looked at
FULL, PIECE = 0.8, 20  # of the longest, and characters of a piece that is full
LONG = 8  # words of a text that is one for many rows
NUMBER = 7  # digits that a number that counts does not have
_BEGIN = 24  # characters that texts of one template have in common
_ENDS = (127, 128, 140, 255, 256, 500, 512, 1000, 1024, 2000, 2048, 4000, 4096, 8000, 32767, 65535)
_DIGITS, _CODE = re.compile(r"\d+"), re.compile(r"\S*\d\S*")
_MORE = (
    "((read|see|show) )?more|continue reading|read the full (story|article)|weiterlesen|mehr( lesen)?|"
    "mehr anzeigen|lire la suite|afficher la suite|voir plus|leer más|ver más|seguir leyendo|"
    "leggi tutto|lees meer"
)
_CUT_OFF = rf"(\[\+\d+ chars\]|(…|\.\.\.)( ?[\[(»>]?(?i:{_MORE})[\])»>]?)?)( https?://\S+)?\s*$"


def alike_texts(rows: Rows, names: Sequence[str]) -> Iterator[str]:
    """Say what texts of many rows have in common that clusters may be of.

    Parameters
    ----------
    rows
        The train split.
    names
        The columns of texts.
    """
    yield from _cut(rows, names)
    yield from _pieces(rows, names)
    first = {name: texts(rows.table[name].slice(0, LOOKED_AT)) for name in names}
    different = {name: some.unique().drop_null().to_pylist() for name, some in first.items()}
    for look in (_counted, _one_for_many, _shared):
        for name in names:
            yield from look(different[name], name)


def _counted(different: Sequence[str], name: str) -> Iterator[str]:
    """Say which texts are equal but for a number that counts: numbers of pages among lines of text."""
    alike: dict[str, list[int]] = {}
    for place, text in enumerate(different):
        alike.setdefault(_DIGITS.sub("0", text.strip()), []).append(place)
    places = max(alike.values(), key=len, default=[])
    most = [different[place] for place in places]
    numbers = [int(n[0]) for n in map(_DIGITS.search, most) if n and len(n[0]) < NUMBER]
    up = sum(b == a + 1 for a, b in pairwise(numbers))
    few = len(most) < len(different) / 2
    if few and up >= max(MANY, 0.8 * len(most)) and _among_others(places, len(different)):
        yield (
            f"{len(most):,} of {len(different):,} different texts of column {name!r:.60} are equal but "
            f"for a number that counts ({most[0].strip()!r:.40}), as numbers of pages: leave them out of "
            "the file, if they are no texts"
        )


def _one_for_many(different: Sequence[str], name: str) -> Iterator[str]:
    """Say which text many rows have but for its codes, where no other does: a page that blocks a program."""
    coded = [_CODE.sub("0", text.strip()) for text in different]
    counted = Counter(coded).most_common(2)
    if len(counted) < 2:
        return
    (common, often), (_, next_often) = counted
    alone = next_often < MANY and len(common.split()) >= LONG and not common.startswith("0")
    if alone and MANY <= often < len(different) / 3:
        first = different[coded.index(common)]
        yield (
            f"{often:,} of {len(different):,} different texts of column {name!r:.60} are one but for its "
            f"numbers and codes ({first.strip()[:60]!r} …), as pages that block a program, or a form: "
            "leave these rows out of the file, if they say nothing"
        )


def _among_others(places: Sequence[int], of: int) -> bool:
    """Tell whether texts stand evenly among all others, as numbers of pages do and invoices do not."""
    gaps = np.diff(places)
    between = (gaps > 1).mean() >= 0.8 and places[-1] - places[0] >= of / 2
    return bool(between and gaps.std() <= EVEN * gaps.mean())


def _shared(different: Sequence[str], name: str) -> Iterator[str]:
    """Say which passage many different texts have in common, as a disclaimer below e-mails."""
    number: Counter[tuple[str, ...]] = Counter()
    for words in map(str.split, different):
        some = words if len(words) <= 2 * ENDS else [*words[:ENDS], "", *words[-ENDS:]]
        found = (tuple(some[at : at + PASSAGE]) for at in range(len(some) - PASSAGE + 1))
        number.update(list(dict.fromkeys(found)))  # in their order, as a set has none
    passage, often = max(number.items(), key=lambda item: item[1], default=((), 0))
    if often >= max(MANY, len(different) / 4):
        yield (
            f"{often:,} of {len(different):,} different texts of column {name!r:.60} have a passage of "
            f"{PASSAGE} words or more in common ('{' '.join(passage)[:60]} …'): clusters may be of it; "
            "if it says nothing of them, take it out of the texts before (str.replace of pandas)"
        )


def _pieces(rows: Rows, names: Sequence[str]) -> Iterator[str]:
    """Say which columns of texts hold pieces of longer ones: full rows go on in the next in small letters."""
    for name in names:
        some = [text or "" for text in texts(rows.table[name].slice(0, LOOKED_AT)).to_pylist()]
        longest = int(np.quantile([len(text) for text in some], 0.99)) if some else 0
        pairs = [(a, b) for a, b in pairwise(some) if len(a) > max(PIECE, FULL * longest)]
        on = sum(a.rstrip()[-1:].isalnum() and b.lstrip()[:1].islower() for a, b in pairs)
        begun = sum(text.lstrip()[:1].isupper() for text in some)
        if on > max(MANY, 0.3 * len(some), 0.6 * len(pairs)) and begun > 0.1 * len(some):
            yield (
                f"the texts of column {name!r:.60} look like pieces of longer ones, of {longest} characters "
                "at most: join those of one text (pandas: groupby(…)[…].agg(' '.join))"
            )


def _cut(rows: Rows, names: Sequence[str]) -> Iterator[str]:
    """Say which columns of texts end where programs cut them: at 255 characters, or most in dots."""
    for name in names:
        every = rows.table[name].cast(pa.large_string())
        lengths = pc.utf8_length(every)
        longest = pc.max(lengths).as_py()
        begins = pc.utf8_slice_codeunits(every.filter(pc.equal(lengths, longest)), 0, _BEGIN)
        number = len(begins)
        if longest in _ENDS and number >= NAMED and 2 * len(begins.unique()) > number:
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
