"""What the commands about sweeps print under ``--json``."""

from __future__ import annotations

from clusterforge.cli.outputs.base import Output
from clusterforge.search.records import SweepRecord, TrialRecord


class SweepOutput(Output):
    """A finished sweep."""

    folder: str
    """Its folder."""
    sweep: SweepRecord
    """The sweep."""
    trials: tuple[TrialRecord, ...]
    """Its trials, by number."""
    comparison: str | None
    """The page that compares the best trials; null where they were not compared."""
