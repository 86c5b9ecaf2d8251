"""The page of a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clusterforge.search.records import SweepRecord, TrialRecord


def write_page(folder: Path, sweep: SweepRecord, trials: Sequence[TrialRecord]) -> None:
    """Write ``sweep.html`` from the records of a sweep."""
