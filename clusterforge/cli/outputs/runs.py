"""What the commands about runs print under ``--json``."""

from __future__ import annotations

from clusterforge.cli.outputs.base import Name, Output
from clusterforge.runs.records import ColumnProfile, ScoreRecord


class RunOutput(Output):
    """A finished run."""

    run: str
    """Its folder."""
    labels_in_training: bool
    """Whether anything was trained on true labels."""
    scores: tuple[ScoreRecord, ...]
    """All scores, for each treatment of noise."""


class ExportOutput(Output):
    """What was written."""

    files: tuple[Name, ...]
    """The files."""
    clusterer: str
    """Whose clusters they show."""
    rows: int
    """Rows of the data."""
    left_out: int
    """Those of them that the run did not use."""
    clusters: int
    """Clusters."""
    notes: tuple[str, ...]
    """What a reader of the files should know."""


class VerifyOutput(Output):
    """What a folder holds, and what is wrong with it."""

    path: Name
    """The folder."""
    kind: str
    """run, curation, sweep, taxonomy, model, estimator or cache."""
    files: int
    """Files that were compared with their hashes; stages of a cache."""
    whole: bool
    """Whether nothing is wrong; if not, the exit status is 2."""
    problems: tuple[str, ...]
    """What is missing, damaged or does not fit, each in a line."""


class ProfileOutput(Output):
    """Clusters against columns that they were not made of."""

    clusterer: str
    """Whose clusters."""
    columns: tuple[ColumnProfile, ...]
    """One for each column, p adjusted."""
    skipped: dict[str, str]
    """Columns that have no profile, and why."""


class ServeOutput(Output):
    """An endpoint that listens."""

    url: str
    """Its address."""
    clusterer: str
    """Whose clusters it answers with."""
    clusters: int
    """Clusters."""


class StageDifferenceOutput(Output):
    """A stage of a replay that gave something else; null where it has no such result."""

    stage: str
    """The stage's folder; ``results`` for the files of the run as a whole."""
    files: tuple[str, ...]
    """Its files with other bytes."""
    embedding: float | None
    """Largest absolute difference of a value."""
    labels: float | None
    """Largest share of a split's rows in another cluster, clusters matched."""
    scores: float | None
    """Largest absolute difference of a score."""


class ReplayOutput(Output):
    """A run computed once more."""

    run: str
    """Its folder."""
    replay: str
    """The folder of the new run."""
    identical: bool
    """Whether every stage gave the same bytes."""
    stages: tuple[StageDifferenceOutput, ...]
    """Stages that gave something else, the first that diverged first."""
    differences: tuple[str, ...]
    """What was not the same to begin with: threads, versions, processor, code."""
