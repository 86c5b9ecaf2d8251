"""Every hook that a plugin may implement. The docstrings are the list of what can be extended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from clusterforge.runs.records import ScoreRecord
    from clusterforge.specs import (
        AugmentationSpec,
        ClustererSpec,
        DatasetSpec,
        EncoderSpec,
        LossSpec,
        MetricSpec,
        NamerSpec,
        PairSourceSpec,
    )

PROJECT = "clusterforge"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def clusterforge_datasets() -> Iterable[DatasetSpec]:
    """Return the data sets this package adds."""
    return ()


@hookspec
def clusterforge_encoders() -> Iterable[EncoderSpec]:
    """Return the encoders this package adds."""
    return ()


@hookspec
def clusterforge_losses() -> Iterable[LossSpec]:
    """Return the losses this package adds."""
    return ()


@hookspec
def clusterforge_clusterers() -> Iterable[ClustererSpec]:
    """Return the clusterers this package adds."""
    return ()


@hookspec
def clusterforge_metrics() -> Iterable[MetricSpec]:
    """Return the metrics this package adds."""
    return ()


@hookspec
def clusterforge_namers() -> Iterable[NamerSpec]:
    """Return the namers this package adds."""
    return ()


@hookspec
def clusterforge_pair_sources() -> Iterable[PairSourceSpec]:
    """Return the sources of pairs this package adds: what ``pairs`` of a phase may name."""
    return ()


@hookspec
def clusterforge_augmentations() -> Iterable[AugmentationSpec]:
    """Return the augmentations this package adds: what ``augment`` of a phase may name."""
    return ()


@hookspec
def clusterforge_run_started(folder: Path, recipe: Mapping[str, Any]) -> None:
    """Run code when a run begins or is resumed; ``recipe`` is the resolved recipe as JSON values."""


@hookspec
def clusterforge_stage_finished(folder: Path, stage: str, reused: bool, seconds: float) -> None:
    """Run code when a stage (``encoder.1.triplet``) has its result, new or reused."""


@hookspec
def clusterforge_epoch_finished(
    folder: Path, stage: str, phase: str, epoch: int, values: Mapping[str, float]
) -> None:
    """Run code for each epoch, of a reused stage too; ``values``: loss terms, weighted sum, lr."""


@hookspec
def clusterforge_run_finished(folder: Path, scores: tuple[ScoreRecord, ...]) -> None:
    """Run code when the run is complete, every file in the folder; ``scores`` as in its records."""


@hookspec
def clusterforge_run_failed(folder: Path, reason: str, interrupted: bool) -> None:
    """Run code when a run that began ends early; by a signal: ``interrupted``; it may be resumed."""
