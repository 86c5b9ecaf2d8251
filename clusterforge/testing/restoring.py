"""The process that restores plugins: ``python -m clusterforge.testing.restoring``."""

from __future__ import annotations

import pickle
from functools import cache
from pathlib import Path

import numpy as np

from clusterforge.registry import Distribution, Plugin, Registry, one_line
from clusterforge.registry.child import answer
from clusterforge.storage.states import read_state
from clusterforge.testing.subject import Subject
from clusterforge.testing.subjects import subject_of

JOB, ANSWER = "job.pickle", "answer.npz"


@cache
def _registry() -> Registry:
    return Registry.installed()


def restore(folder: str) -> str:
    """Restore the plugin of a folder and store what it answers there; return what is wrong, or nothing."""
    try:
        job = (Path(folder) / JOB).read_bytes()
        spec, params, content = pickle.loads(job)  # noqa: S301 written by the process above
        plugin = Plugin(spec, Distribution("elsewhere", "0"))
        subject = subject_of(plugin, params, _registry(), content)
        assert isinstance(subject, Subject)
        made = subject.make()
        made.restore(read_state(Path(folder)))
        np.savez(Path(folder) / ANSWER, **subject.later(made, subject.context))
    except Exception as error:
        return one_line(error)
    return ""


if __name__ == "__main__":
    answer(restore)
