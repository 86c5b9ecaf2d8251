"""Checks of what a fitted plugin leaves behind."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from clusterforge.contracts import State
from clusterforge.storage.states import write_state
from clusterforge.testing.check import NotApplicable, check, require, require_json
from clusterforge.testing.elsewhere import answer_elsewhere
from clusterforge.testing.subject import Subject, differs


@check("encoder", "clusterer", "loss")
def state_plain(subject: Subject[Any]) -> None:
    """A run folder holds arrays and JSON only, so that it can be read anywhere and is no pickle."""
    state = subject.base.made.state()
    require(isinstance(state, State), f"state() returned {type(state).__name__}")
    for name, array in state.arrays.items():
        kind = getattr(getattr(array, "dtype", None), "kind", "")
        require(kind in set("biuf"), f"{name} is {getattr(array, 'dtype', type(array).__name__)}")
    require_json(dict(state.meta), "meta")


@check("encoder", "clusterer", "loss")
def restored_elsewhere(subject: Subject[Any]) -> None:
    """`predict` and `resume` go on in another process, from nothing but the stored state."""
    if not subject.base.later:
        raise NotApplicable("it has no answer to new rows")
    with tempfile.TemporaryDirectory() as name:
        write_state(Path(name), subject.base.made.state())
        found = answer_elsewhere(subject, Path(name))
    moved = differs(subject.base.later, found)
    require(not moved, f"restored in another process, it differs in {moved}")
