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
from clusterforge.specs import Spec


@hookimpl
def clusterforge_datasets() -> tuple[Spec, ...]:
    """Return the built-in data sets."""
    return datasets.SPECS


@hookimpl
def clusterforge_encoders() -> tuple[Spec, ...]:
    """Return the built-in encoders."""
    return frozen_encoders.SPECS + trained_encoders.SPECS


@hookimpl
def clusterforge_losses() -> tuple[Spec, ...]:
    """Return the built-in losses."""
    return losses.SPECS


@hookimpl
def clusterforge_clusterers() -> tuple[Spec, ...]:
    """Return the built-in clusterers."""
    return clusterers.SPECS


@hookimpl
def clusterforge_metrics() -> tuple[Spec, ...]:
    """Return the built-in metrics."""
    return metrics.SPECS


@hookimpl
def clusterforge_namers() -> tuple[Spec, ...]:
    """Return the built-in namers."""
    return namers.SPECS


@hookimpl
def clusterforge_pair_sources() -> tuple[Spec, ...]:
    """Return the built-in sources of pairs."""
    return pairs.SOURCES


@hookimpl
def clusterforge_augmentations() -> tuple[Spec, ...]:
    """Return the built-in augmentations."""
    return pairs.AUGMENTATIONS
