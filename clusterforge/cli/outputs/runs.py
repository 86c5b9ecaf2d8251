"""What the commands about runs print under ``--json``."""

from __future__ import annotations

from clusterforge.cli.outputs.base import Output
from clusterforge.runs.records import ScoreRecord


class RunOutput(Output):
    """A finished run."""

    run: str
    """Its folder."""
    labels_in_training: bool
    """Whether anything was trained on true labels."""
    scores: tuple[ScoreRecord, ...]
    """All scores, for each treatment of noise."""
