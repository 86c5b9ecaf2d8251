"""The hook module of the built-in plugins: they register as anybody else's do."""

from __future__ import annotations

from clusterforge.builtin import (
    clusterers,
    datasets,
    frozen_encoders,
    losses,
    metrics,
    namers,
    pairs,
    trained_encoders,
)
from clusterforge.hookspecs import hookimpl
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


@hookimpl
def clusterforge_datasets() -> tuple[DatasetSpec, ...]:
    """Return the built-in data sets."""
    return datasets.SPECS


@hookimpl
def clusterforge_encoders() -> tuple[EncoderSpec, ...]:
    """Return the built-in encoders."""
    return frozen_encoders.SPECS + trained_encoders.SPECS


@hookimpl
def clusterforge_losses() -> tuple[LossSpec, ...]:
    """Return the built-in losses."""
    return losses.SPECS


@hookimpl
def clusterforge_clusterers() -> tuple[ClustererSpec, ...]:
    """Return the built-in clusterers."""
    return clusterers.SPECS


@hookimpl
def clusterforge_metrics() -> tuple[MetricSpec, ...]:
    """Return the built-in metrics."""
    return metrics.SPECS


@hookimpl
def clusterforge_namers() -> tuple[NamerSpec, ...]:
    """Return the built-in namers."""
    return namers.SPECS


@hookimpl
def clusterforge_pair_sources() -> tuple[PairSourceSpec, ...]:
    """Return the built-in sources of pairs."""
    return pairs.SOURCES


@hookimpl
def clusterforge_augmentations() -> tuple[AugmentationSpec, ...]:
    """Return the built-in augmentations."""
    return pairs.AUGMENTATIONS
