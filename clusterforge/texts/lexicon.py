"""Words of scripts without spaces, found in the texts themselves, whatever the language."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LONGEST = 12
WHOLE = 4
COHESION = 12.0
CLOSE = 0.5
FREE = 0.6
REPEATS = 2


@dataclass(frozen=True)
class _Grams:
    """All n characters that stand together often enough.

    ``at`` (units,) is the number of the one that begins at a unit, -1 for none; ``counts`` how often each
    is there; ``first`` where it is first.
    """

    at: Ints
    counts: npt.NDArray[np.float64]
    first: Ints


def word_starts(units: Ints, run: Ints) -> Bools:
    """Return at which units a word begins: bool (n,).

    A word is up to twelve units that (1) stand together in several places, equal runs counted once, (2) do
    so twelve times more often than their parts would by chance, or mostly, however it is cut in two, and (3)
    are not mostly part of the same longer one. So it is the longest run that keeps together, no fragment of
    one, and no sentence that is only repeated. Longest words are taken first; a short run that often stands
    alone, and holds none, is a word as well. What is left over are single units.

    Parameters
    ----------
    units
        int64 (n,): characters with their marks, as numbers from 0.
    run
        int64 (n,), ascending: the stretch without a break that each stands in.

    References
    ----------
    The three rules are those of unsupervised Chinese word discovery: mutual information and freedom of the
    neighbours; Feng et al., "Accessor variety criteria for Chinese word extraction", 2004.
    """
    n = len(units)
    begins = np.ones(n, dtype=bool)
    if n < 2:
        return begins
    weight, whole = _runs(units, run)
    total = float(weight.sum())
    least = max(2, round(math.log10(max(total, 1))))
    grams = _grams(units, run, weight, least)
    free = np.ones(n, dtype=bool)
    for width in range(len(grams), 1, -1):
        _take(_cohesive_and_free(grams, width, total), width, free, begins)
    for width in range(WHOLE, 1, -1):
        _take(_standing_alone(run, whole, width, least), width, free, begins)
    return begins


def _take(at: Ints, width: int, free: Bools, begins: Bools) -> None:
    """Make words of so many units at these places, the first first, where all of them are free."""
    taken = np.concatenate([[0], np.cumsum(~free)])
    last = -width
    for place in at[taken[at + width] == taken[at]].tolist():
        if place >= last + width:
            last = place
            free[place : place + width] = False
            begins[place + 1 : place + width] = False


def _runs(units: Ints, run: Ints) -> tuple[npt.NDArray[np.float64], Ints]:
    """Return what each unit counts for, and how often its run is there.

    Only the first of equal runs counts, and in it the first two of equal pairs of neighbours: a text that
    repeats itself makes no words.
    """
    bounds = np.flatnonzero(np.diff(run, prepend=run[0] - 1, append=run[-1] + 1))
    lengths = np.diff(bounds)
    seen: dict[bytes, int] = {}
    number = np.array(
        [
            seen.setdefault(units[a:b].tobytes(), len(seen))
            for a, b in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
        ]
    )
    _, first = np.unique(number, return_index=True)
    new = np.zeros(len(number))
    new[first] = 1
    weight = np.repeat(new, lengths)
    pair = units * (int(units.max()) + 1) + np.append(units[1:], 0)
    order = np.lexsort((np.arange(len(units)), pair, run))
    changes = (np.diff(pair[order], prepend=-1) != 0) | (np.diff(run[order], prepend=-1) != 0)
    group = np.flatnonzero(changes)
    rank = np.arange(len(units)) - np.repeat(group, np.diff([*group, len(units)]))
    weight[order[rank >= REPEATS]] = 0
    return weight, np.repeat(np.bincount(number)[number], lengths)


def _grams(units: Ints, run: Ints, weight: npt.NDArray[np.float64], least: int) -> list[_Grams]:
    """Return the units, pairs of units, and so on that are there at least so often."""
    codes = int(units.max()) + 1
    order = np.zeros(codes, dtype=np.int64)
    where, first = np.unique(units, return_index=True)
    order[where] = first
    found = [_Grams(units, _counts(units, weight, codes), order)]
    for width in range(2, LONGEST + 1):
        below = found[-1].at
        ends = len(units) - width + 1
        if ends < 1:
            break
        possible = (run[:ends] == run[width - 1 :]) & (below[:ends] >= 0)
        possible &= below[1 : ends + 1] >= 0
        places = np.flatnonzero(possible)
        keys = below[places] * codes + units[places + width - 1]
        _, first, which = np.unique(keys, return_index=True, return_inverse=True)
        counts = _counts(which, weight[places], len(first))
        often = counts >= least
        if not often.any():
            break
        number = np.where(often, np.cumsum(often) - 1, -1)
        at = np.full(len(units), -1, dtype=np.int64)
        at[places] = number[which]
        found.append(_Grams(at, counts[often], places[first[often]]))
    return found


def _counts(numbers: Ints, weight: npt.NDArray[np.float64], size: int) -> npt.NDArray[np.float64]:
    return np.bincount(numbers, weight, minlength=size).astype(np.float64)


def _cohesive_and_free(grams: list[_Grams], width: int, total: float) -> Ints:
    """Return where grams begin that keep together, wherever they are cut, and mostly in no longer one."""
    own = grams[width - 1]
    lowest = np.full(len(own.counts), np.inf)
    for cut in range(1, width):
        left, right = grams[cut - 1], grams[width - cut - 1]
        before = left.counts[left.at[own.first]]
        after = right.counts[right.at[own.first + cut]]
        lowest = np.minimum(lowest, own.counts * total / np.maximum(before * after, 1))
    within = np.zeros(len(own.counts))
    if width < len(grams):
        longer = grams[width]
        np.maximum.at(within, own.at[longer.first], longer.counts)
        np.maximum.at(within, own.at[longer.first + 1], longer.counts)
    # Few units bound how much more often it can be than by chance.
    enough = np.minimum(COHESION, CLOSE * total / own.counts)
    good = (lowest >= enough) & (within < FREE * own.counts)
    at = np.flatnonzero(own.at >= 0)
    return at[good[own.at[at]]]


def _standing_alone(run: Ints, whole: Ints, width: int, least: int) -> Ints:
    """Return where runs of so many units begin that are often there as a whole."""
    starts: Ints = np.flatnonzero(np.diff(run, prepend=run[0] - 1))
    lengths = np.diff([*starts, len(run)])
    alone: Ints = starts[(lengths == width) & (whole[starts] >= least)]
    return alone
