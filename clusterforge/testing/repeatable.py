"""Checks of seeds, of global random state, and of what plugins leave as it was."""

from __future__ import annotations

from typing import Any

from clusterforge.registry import one_line
from clusterforge.testing.check import Failure, NotApplicable, check, require
from clusterforge.testing.subject import Subject, differs

OTHER_SEED, LARGEST_SEED = 7, 2**32 - 1


@check()
def works(subject: Subject[Any]) -> None:
    """What fails on rows without any trouble can't be used, and much else can't be checked."""
    try:
        subject.trial()
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
    if subject.spec.stochastic:
        raise NotApplicable("its spec says that it depends on the seed")
    _repeats(subject)
    moved = differs(subject.base.answer, subject.trial(OTHER_SEED).answer)
    require(not moved, f"another seed changes {moved}; say stochastic=True")


@check("encoder", "clusterer")
def answers_repeat(subject: Subject[Any]) -> None:
    """Splits are encoded and labelled one after another, and their order must not matter."""
    if not subject.base.later:
        raise NotApplicable("it has no answer to new rows")
    again = subject.later(subject.base.made, subject.context)
    moved = differs(subject.base.later, again)
    require(not moved, f"asked twice, it changes {moved}")


@check("encoder", "clusterer")
def any_seed(subject: Subject[Any]) -> None:
    """A recipe may have any seed below 2³², and not every library takes all of them."""
    subject.base  # noqa: B018 - with another seed it works
    try:
        subject.trial(LARGEST_SEED)
    except Exception as error:
        raise Failure(f"the seed {LARGEST_SEED} raises {error!r}") from error


@check("encoder", "clusterer")
def progress_sane(subject: Subject[Any]) -> None:
    """Progress is drawn as a bar with an estimate, from what is done of a total."""
    told = subject.base.progress
    if not told:
        raise NotApplicable("it reports no progress on so few rows")
    wrong = [f"{done} of {total}" for done, total in told if not 0 <= done <= total]
    require(not wrong, f"it reports {', '.join(wrong[:3])}")


def _repeats(subject: Subject[Any]) -> None:
    """Leave what does not even repeat to the check that is for it."""
    if differs(subject.base.answer, subject.again.answer):
        raise NotApplicable("it does not repeat at all: see same-seed-same-answer")
