"""Which subject a plugin of each kind is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clusterforge.errors import ClusterforgeError
from clusterforge.registry import Plugin, Registry
from clusterforge.specs import PART_TYPES, Content, Kind
from clusterforge.testing.clusterers import ClustererSubject
from clusterforge.testing.datasets import DatasetSubject
from clusterforge.testing.encoders import EncoderSubject
from clusterforge.testing.metrics import MetricSubject
from clusterforge.testing.namers import NamerSubject
from clusterforge.testing.subject import Subject


def subject_of(
    plugin: Plugin, params: Mapping[str, Any], registry: Registry, content: Content | None = None
) -> Subject[Any]:
    """Return a plugin with parameters, ready to be checked.

    Raises
    ------
    InputError
        Where the parameters are not valid.
    PluginError
        Where its parameter model can't be used at all.
    """
    try:
        return _type(plugin.spec.kind)(plugin, params, registry, content)
    except ClusterforgeError:
        raise
    except Exception as error:
        raise plugin.failed("its parameters can't be used", error) from error


def _type(kind: Kind) -> type[Subject[Any]]:
    if kind == "loss":
        from clusterforge.testing.lessons import LossSubject

        return LossSubject
    if kind in PART_TYPES:
        from clusterforge.testing.parts import AugmentationSubject, PairsSubject

        return PairsSubject if kind == "pairs" else AugmentationSubject
    kinds: dict[Kind, type[Subject[Any]]] = {
        "dataset": DatasetSubject,
        "encoder": EncoderSubject,
        "clusterer": ClustererSubject,
        "metric": MetricSubject,
        "namer": NamerSubject,
    }
    return kinds[kind]
