"""Ids and texts of the map's rows, in blocks that the page unpacks when it needs them."""

from __future__ import annotations

import gzip
from dataclasses import dataclass

import numpy as np

from clusterforge.contracts import IntArray
from clusterforge.numerics.arrays import evenly
from clusterforge.report.source import Source
from clusterforge.report.text import compressed, short

EACH = 4096  # rows of a block
READ = 16 * EACH  # rows whose texts are in memory at once
MAX_ID = 80
LENGTHS = (240, 160, 100, 60, 30, 0)
BUDGET, BUDGET_PER_ROW = 8_500_000, 22  # bytes, compressed
SAMPLE = 4 * EACH


@dataclass(frozen=True)
class Lines:
    """Ids and texts of the rows.

    Parameters
    ----------
    blocks
        Of so many rows each as ``EACH`` says: a line per row, its id and, after a tab, its text. Each is gzip
        in base64.
    texts
        Whether any row has a text.
    length
        To how many characters texts are cut; 0 where they are left out.
    """

    blocks: tuple[str, ...]
    texts: bool
    length: int


def packed_lines(source: Source) -> Lines:
    """Return ids and texts, cut until all of them together are small once compressed."""
    rows = len(source.map or ())
    sample = evenly(rows, SAMPLE)
    most = max(BUDGET, BUDGET_PER_ROW * rows) * len(sample) / rows
    length = next((n for n in LENGTHS if _size(source, sample, n) <= most), LENGTHS[-1])
    blocks = []
    longest = 0
    for start in range(0, rows, READ):
        lines, longer = _lines(source, np.arange(start, min(start + READ, rows)), length)
        longest = max(longest, longer)
        blocks += [compressed(part) for part in _blocks(lines)]
    return Lines(tuple(blocks), longest > 0, length)


def _lines(source: Source, rows: IntArray, length: int) -> tuple[list[str], int]:
    """Return the lines of some rows, and how many characters the longest text has."""
    assert source.map is not None
    ids = source.assignments.ids_of(source.map.position[rows])
    texts = [item if isinstance(item, str) else "" for item in source.map_items(rows)]
    lines = [
        f"{short(name, MAX_ID)}\t{short(text, length)}" if text and length else short(name, MAX_ID)
        for name, text in zip(ids, texts, strict=True)
    ]
    return lines, max(map(len, texts), default=0)


def _blocks(lines: list[str]) -> list[bytes]:
    parts = (lines[i : i + EACH] for i in range(0, len(lines), EACH))
    return ["\n".join(part).encode("utf-8", "replace") for part in parts]


def _size(source: Source, rows: IntArray, length: int) -> int:
    return sum(len(gzip.compress(of)) for of in _blocks(_lines(source, rows, length)[0]))
