"""The process that restores plugins: ``python -m clusterforge.testing.restoring``."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from clusterforge.registry import Distribution, Plugin, Registry, one_line
from clusterforge.registry.child import answer
from clusterforge.specs import ALL_TYPES, Spec
from clusterforge.storage.states import read_state
from clusterforge.testing.elsewhere import ANSWER
from clusterforge.testing.subjects import subject_of


def spec_from(record: dict[str, Any]) -> Spec:
    """Return the spec of such a record."""
    values = dict(record)
    kind = values.pop("kind")
    module, path = values["params"]
    model: Any = importlib.import_module(module)
    for name in path.split("."):
        model = getattr(model, name)
    sets = {name: frozenset(v) for name, v in values.items() if isinstance(v, list)}
    return ALL_TYPES[kind](**{**values, **sets, "params": model})


@cache
def _registry() -> Registry:
    return Registry.installed()


def do(job: dict[str, Any]) -> str:
    """Restore a plugin and store what it answers; return what is wrong, or nothing."""
    try:
        plugin = Plugin(spec_from(job["spec"]), Distribution("elsewhere", "0"))
        subject = subject_of(plugin, job["params"], _registry(), job["content"])
        made, folder = subject.make(), Path(job["folder"])
        made.restore(read_state(folder))
        np.savez(folder / ANSWER, **subject.later(made, subject.context))
    except Exception as error:
        return one_line(error)
    return ""


if __name__ == "__main__":
    answer(do)
