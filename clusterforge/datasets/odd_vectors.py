"""Embeddings that may not be those of their rows: zeros, one for many texts, in another order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.contracts import FloatArray, IntArray, Numbers
from clusterforge.datasets.odd_texts import LOOKED_AT, MANY
from clusterforge.datasets.table_rows import Rows
from clusterforge.formats import count, have
from clusterforge.numerics.arrays import BoolArray
from clusterforge.tables import texts
from clusterforge.tables.by_name import COUNTED

WIDE = 8  # dimensions from which on rows are vectors
WIDEST_TABLE = 32  # of what may be columns of a table, of which one is yes or no
FARTHER = 20  # than every other dimension
FEW_CLASSES = 100
UNIT, NO_UNIT, FEWEST_OF = 1e-3, 0.02, 0.05  # of a length of 1, of others, and share of both
USUAL, NEARLY_ALL, FEWEST_BELOW = (
    (1e-4, 8.0),
    0.98,
    0.2,
)  # sizes of values, their share, that below 0
SHARE = 0.01  # of the rows: a few short texts may be one to a model
FEW = 3  # different texts with copies: a stand-in for a text may have the vectors of others
APART = 0.1  # of a vector's length: the same text in another batch is much nearer


def odd_vectors(rows: Rows, values: FloatArray, names: Sequence[str], split: str) -> Iterator[str]:
    """Say what of the embeddings of a split may not be meant.

    Parameters
    ----------
    rows, split
        The split, and its name.
    values
        float (n, d): the embeddings; nan where there is none.
    names
        The columns that hold the texts; none where rows have none.
    """
    some: BoolArray = np.any(values, axis=1)
    yield from zero_vectors(rows, some, split)
    if not names:
        return
    codes = _codes(rows, names)
    there = np.flatnonzero(some & np.isfinite(values).all(axis=1) & (codes >= 0))
    if not len(there):
        return
    yield from _one_for_many(rows, values, codes, there, split)
    yield from _another_order(rows, values, codes, there, split)


def of_dimensions(values: Numbers, name: str) -> Iterator[str]:
    """Say which dimension of vectors counts the rows or is a label, and that some have length 1 alone.

    Parameters
    ----------
    values
        float (n, d), of which the first rows are looked at.
    name
        Their column.
    """
    rows, some = len(values), np.asarray(values[:LOOKED_AT], dtype=np.float64)
    values = some[np.isfinite(some).all(axis=1)]
    if len(values) < COUNTED or values.shape[1] < 2:
        return
    whole = (values == np.rint(values)).all(axis=0)
    spread = values.std(axis=0)
    if whole.all() and (read := _halves_read_as_whole(values)):
        yield f"the values of {name!r:.60} are bits of {read[0]} read as whole numbers: write {read[1]}"
        return
    found = False
    ends = (0, len(spread) - 1) if len(spread) > WIDEST_TABLE else ()
    for at in np.flatnonzero(whole & (spread > 0)).tolist():
        own, others = values[:, at], np.delete(spread, at)
        different = len(np.unique(own))
        said = ""
        if np.isin(np.diff(own), (1, -1)).all() and different == len(own):
            said = f"counts the rows ({own[0]:.0f}, {own[1]:.0f}, …)"
        elif different == len(own) and len(others) >= WIDE and spread[at] > FARTHER * others.max():
            said = f"is another whole number in each row ({own[0]:.0f}, {own[1]:.0f}, …), as an id"
        elif different <= FEW_CLASSES and at in ends and not np.delete(whole, at).any():
            said = f"is one of {different} whole numbers, all others have fractions, as a label"
        if said:
            found = True
            yield (
                f"value {at} of {name!r:.60} {said}: if it is no feature, leave it out "
                f"(numpy.delete(x, {at}, axis=1))"
            )
            whole[at] = False
    if found:
        return
    lengths = np.linalg.norm(values, axis=1)
    one = np.abs(lengths - 1) < UNIT
    centred = np.abs(values.mean(axis=0)).max() < UNIT
    if len(values) == rows and not (one.any() or centred) and _are_brought_to_one(values.T):
        yield (
            f"each dimension of the vectors {name!r:.60} has length 1 over all rows, and no row has: if the "
            "array lies on its side, turn it (numpy.save(path, x.T))"
        )
        return
    if whole.all() or values.shape[1] < WIDE or not FEWEST_OF <= one.mean() <= 1 - FEWEST_OF:
        return
    rest = lengths[~one & (lengths > 0)]
    if len(rest) and (np.abs(rest - 1) > NO_UNIT).all():
        yield (
            f"{one.mean():.0%} of the vectors {name!r:.60} have length 1, the others {rest.min():.3g} to "
            f"{rest.max():.3g}: make all in one way (normalize_embeddings of sentence-transformers), or "
            'bring all to one length with use = "scale", kind = "unit" as the first encoder'
        )


def _halves_read_as_whole(values: npt.NDArray[np.float64]) -> tuple[str, str] | None:
    """Return which floats of 16 bits whole numbers are, and how they are read; None where they are none."""
    if values.shape[1] < WIDE or values.min() < -(2**15) or values.max() >= 2**16:
        return None
    bits = (values.astype(np.int64) % 2**16).astype(np.uint16)
    for called, floats, code in (
        (
            "bfloat16",
            (bits.astype(np.uint32) << 16).view(np.float32),
            "(x.astype('u4') << 16).view('f4')",
        ),
        ("float16", bits.view(np.float16).astype(np.float32), "x.view('f2')"),
    ):
        sizes = np.abs(floats[bits != 0])
        usual = (sizes > USUAL[0]) & (sizes < USUAL[1])
        signs = FEWEST_BELOW < (floats < 0).mean() < 1 - FEWEST_BELOW
        if signs and usual.mean() > NEARLY_ALL:
            return called, code
    return None


def _are_brought_to_one(values: npt.NDArray[np.float64]) -> bool:
    """Tell whether all vectors have length 1, and are not those of a decomposition: these are orthogonal."""
    length = np.linalg.norm(values, axis=1)
    return bool((np.abs(length - 1) < UNIT).all() and np.abs(values[1:] @ values[0]).max() > UNIT)


def zero_vectors(rows: Rows, some: BoolArray, split: str) -> Iterator[str]:
    """Say which rows have a vector of zeros alone, as a call that failed leaves them.

    Parameters
    ----------
    rows, split
        The split, and its name.
    some
        bool (n,): whether any of a row's values is not 0.
    """
    zero = np.flatnonzero(~some)
    if len(zero):
        yield (
            f"{count(len(zero), 'row')} of {split} {have(len(zero))} a vector of zeros alone, the "
            f"first is {rows.place(int(zero[0]))}: make these anew, or leave their rows out"
        )


def _codes(rows: Rows, names: Sequence[str]) -> IntArray:
    """Return a number for each different text, -1 where there is none: int64 (n,)."""
    parts = [pc.fill_null(texts(rows.table[name]).cast(pa.large_string()), "") for name in names]
    joined = pc.binary_join_element_wise(*parts, pa.scalar("\n", pa.large_string()))
    found = pc.index_in(joined, value_set=joined.unique())
    codes = np.array(found, dtype=np.int64)
    codes[np.all([pc.equal(part, "").to_numpy() for part in parts], axis=0)] = -1
    return codes


def _one_for_many(
    rows: Rows, values: FloatArray, codes: IntArray, there: IntArray, split: str
) -> Iterator[str]:
    _, which, counts = np.unique(
        values.sum(axis=1, dtype=np.float64)[there], return_inverse=True, return_counts=True
    )
    same = there[which == counts.argmax()]
    same = same[(values[same] == values[same[0]]).all(axis=1)]
    different = len(np.unique(codes[same]))
    if different >= max(MANY, SHARE * len(values)):
        yield (
            f"{len(same):,} rows of {split} have one and the same embedding, and {different:,} different "
            f"texts, the first is {rows.place(int(same[0]))}: if making them failed, make them anew, or "
            "remove these rows"
        )


def _another_order(
    rows: Rows, values: FloatArray, codes: IntArray, there: IntArray, split: str
) -> Iterator[str]:
    _, first, which = np.unique(codes[there], return_index=True, return_inverse=True)
    first = there[first[which]]
    copies = np.flatnonzero(first != there)
    own, other = values[there[copies]], values[first[copies]]
    apart = np.linalg.norm(own - other, axis=1) > APART * np.linalg.norm(other, axis=1)
    if 2 * apart.sum() > len(copies) and len(np.unique(which[copies[apart]])) >= FEW:
        at = int(there[copies[apart][0]])
        yield (
            f"{count(len(copies), 'row')} of {split} {have(len(copies))} the text of an earlier row, and "
            f"{apart.sum():,} of them another embedding than it, the first is {rows.place(at)}: embedding "
            "seems to be in another order than the rows: write each beside its text, to one file"
        )
