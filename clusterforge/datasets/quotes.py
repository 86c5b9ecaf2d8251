"""Quotes of csv files: whether each one that opens a value also closes it.

Parsers take an unclosed quote for a value that goes on to the next quote, however many rows later, and
say nothing of the rows that are gone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

QUOTE, ENDS = ord('"'), b"\r\n"
BLOCK = 1 << 19  # what the arrays of a block take stays in the processor's cache


class OpenQuote(Exception):
    """A quote opens a value and does not close it.

    Parameters
    ----------
    opened
        Where it opens: bytes from the beginning.
    closed
        Where the next one closes it, in the middle of a value; None where there is none.
    """

    def __init__(self, opened: int, closed: int | None) -> None:
        super().__init__(opened, closed)
        self.opened, self.closed = opened, closed


@dataclass(frozen=True)
class _Runs:
    """Quotes next to each other, run by run: where each starts, and what stands on its two sides."""

    starts: npt.NDArray[np.int64]
    odd: npt.NDArray[np.bool_]
    may_open: npt.NDArray[np.bool_]
    may_close: npt.NDArray[np.bool_]


class QuoteCheck:
    """Follows the quotes of a file, block by block.

    A quote opens a value only at its beginning; within a value that has none it is a character. Two quotes
    within a quoted value are one character; a single one closes it, and the value ends there.
    """

    def __init__(self, delimiter: str) -> None:
        beside = delimiter.encode("utf-8")[-1:] + ENDS
        self._beside = np.zeros(256, dtype=bool)
        self._beside[list(beside)] = True
        self._done, self._rest, self._before = 0, b"", ENDS[-1]
        self._opened: int | None = None

    def feed(self, block: bytes) -> None:
        """Check the next block.

        Raises
        ------
        OpenQuote
            For the first quote that does not close.
        """
        for start in range(0, len(block), BLOCK):
            self._feed(block[start : start + BLOCK])

    def _feed(self, block: bytes) -> None:
        data = self._rest + block
        # What follows the last run of quotes is known with the next block.
        whole = data.rstrip(b'"')
        self._rest = data[len(whole) :]
        if whole:
            self._check(np.frombuffer(whole, dtype=np.uint8))
            self._done += len(whole)
            self._before = whole[-1]

    def finish(self) -> None:
        """Check the end of the file."""
        self._check(np.frombuffer(self._rest + b"\n", dtype=np.uint8))
        if self._opened is not None:
            raise OpenQuote(self._opened, None)

    def _check(self, data: Bytes) -> None:
        quotes = np.flatnonzero(data == QUOTE)
        if not len(quotes):
            return
        first = np.flatnonzero(np.diff(quotes, prepend=-2) > 1)
        starts, ends = quotes[first], quotes[np.append(first[1:], len(quotes)) - 1]
        before = np.where(starts > 0, data[starts - 1], self._before)
        runs = _Runs(
            starts + self._done,
            (ends - starts) % 2 == 0,
            self._beside[before],
            self._beside[data[ends + 1]],
        )
        if not self._regular(runs):
            self._follow(runs)

    def _regular(self, runs: _Runs) -> bool:
        """Tell whether single quotes open and close values in turn, which is soon checked."""
        inside = self._opened is not None
        opens = (np.cumsum(runs.odd) + inside) % 2 == 1
        wrong = np.where(
            runs.odd,
            ~np.where(opens, runs.may_open, runs.may_close),
            ~opens & runs.may_open & ~runs.may_close,
        )
        if wrong.any():
            return False
        if runs.odd.any():
            last = int(np.flatnonzero(runs.odd)[-1])
            self._opened = int(runs.starts[last]) if opens[last] else None
        return True

    def _follow(self, runs: _Runs) -> None:
        of_each = (runs.starts, runs.odd, runs.may_open, runs.may_close)
        for start, odd, may_open, may_close in zip(*(v.tolist() for v in of_each), strict=True):
            if self._opened is None:
                if may_open and odd:
                    self._opened = start
                elif may_open and not may_close:
                    raise OpenQuote(start, start)
            elif odd:
                if not may_close:
                    raise OpenQuote(self._opened, start)
                self._opened = None
