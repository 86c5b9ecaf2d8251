"""Checks of seeds, of random state, of what plugins leave as it was, and of what they leave behind."""

from __future__ import annotations

import pickle
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from clusterforge.contracts import State
from clusterforge.registry import one_line
from clusterforge.registry.child import Child, Ended
from clusterforge.storage.states import write_state
from clusterforge.testing.check import (
    Failure,
    NotApplicable,
    check,
    failing,
    require,
    require_json,
    skip_if,
)
from clusterforge.testing.restoring import ANSWER, JOB
from clusterforge.testing.subject import Subject, differs

OTHER_SEED, LARGEST_SEED = 7, 2**32 - 1


@check()
def works(subject: Subject[Any]) -> None:
    """What fails on rows without any trouble can't be used, and much else can't be checked."""
    try:
        subject.trial()
    except NotApplicable:
        raise
    except Exception as error:
        raise Failure(f"it raised {one_line(error)}") from error


@check()
def same_seed_same_answer(subject: Subject[Any]) -> None:
    """A recipe run twice gives the same bytes, or nobody can trust a comparison."""
    moved = differs(subject.base.answer, subject.again.answer)
    require(not moved, f"two fresh plugins with one seed differ in {moved}")


@check()
def global_random_ignored(subject: Subject[Any]) -> None:
    """What other code does to the global random state must not change a result."""
    _repeats(subject)
    moved = differs(subject.base.answer, subject.trial(around=OTHER_SEED).answer)
    require(not moved, f"another global random state changes {moved}; use context.seed")


@check()
def global_random_untouched(subject: Subject[Any]) -> None:
    """A stage that moves the global random state changes the results of others."""
    touched = subject.again.touched
    require(not touched, f"it moves the global state of {', '.join(touched)}")


@check("encoder", "clusterer", "loss", "metric", "augmentation")
def inputs_unchanged(subject: Subject[Any]) -> None:
    """Stages share their inputs: what one writes into them the next one reads."""
    require(not subject.base.changed_inputs, "what it was given is not as it was")


@check("encoder", "clusterer")
def stochastic_honest(subject: Subject[Any]) -> None:
    """A stage whose spec does not say stochastic is computed once and shared between seeds."""
    skip_if(subject.spec.stochastic, "its spec says that it depends on the seed")
    _repeats(subject)
    moved = differs(subject.base.answer, subject.trial(OTHER_SEED).answer)
    require(not moved, f"another seed changes {moved}; say stochastic=True")


@check("encoder", "clusterer")
def answers_repeat(subject: Subject[Any]) -> None:
    """Splits are encoded and labelled one after another, and their order must not matter."""
    skip_if(not subject.base.later, "it has no answer to new rows")
    again = subject.later(subject.base.made, subject.context)
    moved = differs(subject.base.later, again)
    require(not moved, f"asked twice, it changes {moved}")


@check("encoder", "clusterer")
def any_seed(subject: Subject[Any]) -> None:
    """A recipe may have any seed below 2³², and not every library takes all of them."""
    subject.base  # noqa: B018 - with another seed it works
    with failing(f"the seed {LARGEST_SEED} raises {{!r}}"):
        subject.trial(LARGEST_SEED)


@check("encoder", "clusterer")
def progress_sane(subject: Subject[Any]) -> None:
    """Progress is drawn as a bar with an estimate, from what is done of a total."""
    told = subject.base.progress
    skip_if(not told, "it reports no progress on so few rows")
    wrong = [f"{done} of {total}" for done, total in told if not 0 <= done <= total]
    require(not wrong, f"it reports {', '.join(wrong[:3])}")


def _repeats(subject: Subject[Any]) -> None:
    """Leave what does not even repeat to the check that is for it."""
    skip_if(
        differs(subject.base.answer, subject.again.answer),
        "it does not repeat at all: see same-seed-same-answer",
    )


LIMIT = 60.0  # seconds
# The process that restores plugins: started once, it lives as long as this one.
_HELD: list[Child] = []


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
    skip_if(not subject.base.later, "it has no answer to new rows")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_state(folder, subject.base.made.state())
        job = subject.spec, subject.given, subject.wanted
        (folder / JOB).write_bytes(pickle.dumps(job))
        if not (_HELD and _HELD[-1].alive):
            _HELD[:] = [Child("clusterforge.testing.restoring", LIMIT)]
        try:
            problem = _HELD[-1].ask(name)
        except Ended as error:
            raise Failure(f"restored in another process: {error}") from error
        require(not problem, f"it can't be restored in another process: {problem}")
        with np.load(folder / ANSWER, allow_pickle=False) as stored:
            moved = differs(subject.base.later, dict(stored))
    require(not moved, f"restored in another process, it differs in {moved}")
