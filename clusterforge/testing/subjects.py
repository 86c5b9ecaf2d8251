"""Which subject a plugin of each kind is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clusterforge.errors import ClusterforgeError, InputError
from clusterforge.registry import Plugin, Registry, Tracker
from clusterforge.specs import PART_TYPES, Content, Kind
from clusterforge.testing.clusterers import ClustererSubject
from clusterforge.testing.datasets import DatasetSubject
from clusterforge.testing.encoders import EncoderSubject
from clusterforge.testing.metrics import MetricSubject
from clusterforge.testing.namers import NamerSubject
from clusterforge.testing.subject import Subject
from clusterforge.testing.trackers import TrackerSubject


def subject_of(
    plugin: Plugin | Tracker,
    params: Mapping[str, Any],
    registry: Registry,
    content: Content | None = None,
) -> Subject[Any] | TrackerSubject:
    """Return a plugin with parameters, ready to be checked.

    Raises
    ------
    InputError
        Where the parameters are not valid; a tracker has none.
    PluginError
        Where its parameter model can't be used at all.
    """
    if isinstance(plugin, Tracker):
        if params:
            raise InputError("a tracker has no parameters", key=next(iter(params)))
        return TrackerSubject(plugin)
    try:
        return _type(plugin.spec.kind)(plugin, params, registry, content)
    except ClusterforgeError:
        raise
    except Exception as error:
        raise plugin.failed("its parameters can't be used", error) from error


def _type(kind: Kind) -> type[Subject[Any]]:
    if kind == "loss" or kind in PART_TYPES:  # they import torch
        from clusterforge.testing import lessons

        if kind == "loss":
            return lessons.LossSubject
        return lessons.PairsSubject if kind == "pairs" else lessons.AugmentationSubject
    kinds: dict[Kind, type[Subject[Any]]] = {
        "dataset": DatasetSubject,
        "encoder": EncoderSubject,
        "clusterer": ClustererSubject,
        "metric": MetricSubject,
        "namer": NamerSubject,
    }
    return kinds[kind]
