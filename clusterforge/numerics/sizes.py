"""On how many rows approximations begin and are compared; light, so that what says their costs asks here."""

from __future__ import annotations

STARTS, PER_CLUSTER, MORE = 1 << 14, 160, 16
SAMPLE = 1 << 24  # values of the larger sample, unless the starts have more
WARD_CLUSTERS = range(20, 513)  # with so many, a start by Ward's tree often beats many by k-means++
WARD_ROWS = 1 << 12


def sampled(rows: int, k: int) -> int:
    """Return on how many rows the restarts of k-means over blocks are made."""
    return min(rows, max(STARTS, PER_CLUSTER * k))


def sampled_again(rows: int, width: int, few: int) -> int:
    """Return on how many rows the best of those restarts, on a few, goes on before it passes over all."""
    return min(rows, max(few, min(MORE * few, SAMPLE // max(1, width))))


def compared(rows: int, clusters: int) -> int:
    """Return on how many rows an approximation is compared with the exact method."""
    return min(rows, 10_000, max(5_000, 50 * clusters))


def ward_starts(rows: int, k: int) -> int:
    """Return how many restarts of k-means begin at Ward's trees of ``WARD_ROWS`` rows each."""
    if k not in WARD_CLUSTERS:
        return 0
    return 2 if rows > WARD_ROWS else 1
