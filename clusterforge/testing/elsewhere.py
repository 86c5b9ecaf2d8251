"""Another process that restores plugins from their stored state, as seen from here.

It is started once and lives as long as the process that asks; jobs and replies are lines of JSON.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from clusterforge.registry.child import Child, Ended
from clusterforge.specs import Spec
from clusterforge.testing.check import Failure

if TYPE_CHECKING:
    from clusterforge.testing.subject import Subject

SERVER = "clusterforge.testing.restoring"
ANSWER = "answer.npz"
LIMIT = 60.0  # seconds


_HELD: list[Child] = []


def answer_elsewhere(subject: Subject[Any], folder: Path) -> dict[str, Any]:
    """Return what a plugin answers that another process restored from the state in a folder.

    Raises
    ------
    Failure
        Where it can't be restored there, or not within the limit.
    """
    if not (_HELD and _HELD[-1].alive):
        _HELD[:] = [Child(SERVER, LIMIT)]
    job = {
        "spec": spec_record(subject.spec),
        "params": subject.given,
        "content": subject.wanted,
        "folder": str(folder),
    }
    try:
        problem = _HELD[-1].ask(job)
    except Ended as error:
        raise Failure(f"restored in another process: {error}") from error
    if problem:
        raise Failure(f"it can't be restored in another process: {problem}")
    with np.load(folder / ANSWER, allow_pickle=False) as stored:
        return dict(stored)


def spec_record(spec: Spec) -> dict[str, Any]:
    """Return a spec as JSON values; its parameter model by name."""
    record = {field.name: getattr(spec, field.name) for field in fields(spec)}
    record["params"] = [spec.params.__module__, spec.params.__qualname__]
    sets = {name: sorted(v) for name, v in record.items() if isinstance(v, frozenset)}
    return {"kind": spec.kind, **record, **sets}
