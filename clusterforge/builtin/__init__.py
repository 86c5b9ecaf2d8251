"""The hook module of the built-in plugins: they register as anybody else's do."""

from __future__ import annotations

from clusterforge.builtin import (
    clusterers,
    datasets,
    frozen_encoders,
    losses,
    metrics,
    trained_encoders,
)
from clusterforge.hookspecs import hookimpl
from clusterforge.specs import ClustererSpec, DatasetSpec, EncoderSpec, LossSpec, MetricSpec


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
