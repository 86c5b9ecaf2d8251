"""Values that the train split does not have: how many rows hold them, and what they may have meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from clusterforge.contracts import UNSEEN, Column, Numbers
from clusterforge.formats import count, first_of, have
from clusterforge.tables.values import texts

FEW = 3
_POINT_ZERO = re.compile(r"(?<=\d)\.0+$")


class UnseenValues(UserWarning):
    """New rows hold categories that no row of the train split has."""


def unseen(
    table: pa.Table, columns: Sequence[Column], values: Numbers, split: str = ""
) -> Iterator[str]:
    """Say which columns hold values that the train split does not have, and in how many rows.

    Parameters
    ----------
    table
        The rows, as ``matrix`` read them.
    columns
        What its columns are.
    values
        float (n, d): what ``matrix`` returned.
    split
        Its name; empty for new rows.
    """
    for column, codes in zip(columns, values.T, strict=True):
        rows = np.flatnonzero(codes == UNSEEN) if column.coded else ()
        if len(rows):
            different = texts(table[column.source].take(rows)).unique().to_pylist()
            yield (unseen_remark(column, len(rows), different, split))


def unseen_remark(column: Column, rows: int, different: Sequence[str], split: str = "") -> str:
    """Return one line on values that the train split does not have.

    Parameters
    ----------
    column
        The column of the train split.
    rows
        How many rows hold such values.
    different
        The values.
    split
        The name of their split; empty for new rows.
    """
    alike = {_folded(text): text for text in column.categories}
    near = [text for text in different if _folded(text) in alike]
    listed = first_of([f"{text!r:.40}" for text in different], FEW)
    hint = ""
    if near and _visible(written := alike[_folded(near[0])]) != _visible(near[0]):
        hint = f"; train writes {written!r:.40} for {near[0]!r:.40}"
    elif near:  # they look the same
        hint = (
            f"; train writes {written!r:.40} with other characters, which look the same (NFC, NFD)"
        )
    of = f" of {split}" if split else ""
    what = f"{count(rows, 'row')}{of} {have(rows)} a value in {column.name!r:.60}"
    return f"{what} that train does not have: {listed}{hint}"


def _visible(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _folded(text: str) -> str:
    """Return a text in one form of Unicode, without case, blanks, zeros before it and a .0 behind."""
    plain = "".join(unicodedata.normalize("NFKC", text).casefold().split())
    return _POINT_ZERO.sub("", plain).lstrip("0")
