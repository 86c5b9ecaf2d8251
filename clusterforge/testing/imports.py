"""Checks of what importing a plugin brings with it."""

from __future__ import annotations

import abc
import inspect
import json
import os
import subprocess
import sys
from functools import cache
from typing import Any

from clusterforge.contracts import Clusterer, Dataset, Encoder, Metric, Namer
from clusterforge.registry import Distribution
from clusterforge.registry.discovery import HEAVY
from clusterforge.specs import EncoderSpec
from clusterforge.testing.check import Failure, check, require
from clusterforge.testing.subject import Subject

LOOK = """
import importlib, json, sys
before = set(sys.modules)
importlib.import_module(sys.argv[1])
brought = {name.partition(".")[0] for name in set(sys.modules) - before}
print(json.dumps(sorted(brought)), file=sys.stderr)
"""
CONTRACTS = {
    "dataset": Dataset,
    "encoder": Encoder,
    "clusterer": Clusterer,
    "metric": Metric,
    "namer": Namer,
}


@check()
def hooks_light(subject: Subject[Any]) -> None:
    """Every command imports the hooks of every package, and has to stay instant."""
    light(subject.plugin.distribution)


def light(distribution: Distribution) -> None:
    """Require that the hook module of a package imports nothing heavy."""
    module = distribution.module.partition(":")[0]
    found = imported(module) & (HEAVY | {"numpy"})
    require(not found, f"importing {module} brings {', '.join(sorted(found))}")


@check("dataset")
def dataset_module_light(subject: Subject[Any]) -> None:
    """`check` imports the module of a data set and has to stay quick."""
    module = subject.spec.target.partition(":")[0]
    found = imported(module) & (HEAVY - {"pyarrow"})
    require(not found, f"importing {module} brings {', '.join(sorted(found))}")


@check()
def target_loads(subject: Subject[Any]) -> None:
    """The class that the spec names has to be there and to follow the contract of its kind."""
    base = _contract(subject)
    try:
        target = subject.target
    except Exception as error:
        raise Failure(str(error)) from error
    require(issubclass(target, base), f"{target.__name__} is no subclass of {base.__name__}")
    missing = sorted(getattr(target, "__abstractmethods__", ()))
    require(not inspect.isabstract(target), f"{target.__name__} lacks {', '.join(missing)}")


def _contract(subject: Subject[Any]) -> abc.ABCMeta:
    spec = subject.spec
    if spec.kind in CONTRACTS and not (isinstance(spec, EncoderSpec) and spec.trained):
        return CONTRACTS[spec.kind]
    from clusterforge.contracts import training

    return {
        "encoder": training.TrainedEncoder,
        "loss": training.Loss,
        "pairs": training.PairSource,
        "augmentation": training.Augmentation,
    }[spec.kind]


@cache
def imported(module: str) -> frozenset[str]:
    """Return the top-level modules that importing one brings, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK, module],
        env={**os.environ, "PYTHONPATH": search_path()},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    lines = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
    require(done.returncode == 0, f"{module} can't be imported on its own: {lines[-1]}")
    return frozenset(json.loads(lines[-1]))


def search_path() -> str:
    """Return this process's module path for another one."""
    return os.pathsep.join(path or os.getcwd() for path in sys.path)
