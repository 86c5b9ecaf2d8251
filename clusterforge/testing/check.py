"""What a check is, and the list of all checks."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from clusterforge.specs import ALL_TYPES, Kind

Run = Callable[[Any], None]
CheckedKind = Kind | Literal["tracker"]


class Failure(AssertionError):
    """A plugin does not do what the core relies on; the message says what it did instead.

    Parameters
    ----------
    problem
        The message.
    place
        ``package/file.py:LINE`` of the plugin where it is known; else it is that of what was raised.
    """

    def __init__(self, problem: str, place: str = "") -> None:
        super().__init__(problem)
        self.place = place


class NotApplicable(Exception):
    """A check has nothing to look at in this plugin; the message is the reason."""


@dataclass(frozen=True)
class Check:
    """One thing that the core relies on.

    Parameters
    ----------
    name
        Lower case, words joined by hyphens.
    why
        What goes wrong without it, in one sentence.
    kinds
        The kinds of plugin that it is for.
    run
        Called with a :class:`~clusterforge.testing.subject.Subject`, or with a
        :class:`~clusterforge.testing.trackers.TrackerSubject`; raises :class:`Failure` or
        :class:`NotApplicable`.
    """

    name: str
    why: str
    kinds: frozenset[CheckedKind]
    run: Run


CHECKS: dict[str, Check] = {}


def check(*kinds: CheckedKind) -> Callable[[Run], Run]:
    """Add a function to the checks: its name is the check's, its docstring says why.

    Parameters
    ----------
    kinds
        The kinds of plugin that it is for; none: all but trackers.
    """

    def add(run: Run) -> Run:
        name = run.__name__.replace("_", "-")
        assert name not in CHECKS
        why = " ".join((inspect.getdoc(run) or "").split())
        CHECKS[name] = Check(name, why, frozenset[CheckedKind](kinds or ALL_TYPES), run)
        return run

    return add


def require(kept: object, problem: str) -> None:
    """Raise :class:`Failure` with what is wrong, unless it is kept."""
    if not kept:
        raise Failure(problem)


def skip_if(reasoned: object, reason: str) -> None:
    """Raise :class:`NotApplicable` with the reason, where it holds."""
    if reasoned:
        raise NotApplicable(reason)


@contextmanager
def failing(problem: str) -> Iterator[None]:
    """Make a :class:`Failure` of whatever the plugin raises; ``{}`` stands for the error.

    Parameters
    ----------
    problem
        What is wrong.
    """
    try:
        yield
    except (Failure, NotApplicable):
        raise
    except Exception as error:
        raise Failure(problem.replace("{}", str(error)).replace("{!r}", repr(error))) from error


def require_json(value: object, what: str) -> None:
    """Raise :class:`Failure` unless a value goes into JSON, which has no nan."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise Failure(f"{what} does not go into JSON: {error}") from error
