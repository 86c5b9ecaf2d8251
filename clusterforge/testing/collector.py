"""From the name of a plugin to its checks: as pytest cases, or one after another."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from clusterforge.errors import InputError, nearest
from clusterforge.models import guard
from clusterforge.registry import Plugin, Registry, Tracker, one_line
from clusterforge.specs import ALL_TYPES, PART_TYPES, Content
from clusterforge.testing import declared, hostile, repeatable  # noqa: F401
from clusterforge.testing.check import CHECKS, Check, CheckedKind, Failure, NotApplicable
from clusterforge.testing.subject import Subject
from clusterforge.testing.subjects import subject_of
from clusterforge.testing.trackers import TrackerSubject

MODULES = "declared repeatable datasets encoders losses lessons clusterers metrics namers hostile trackers"
ORDER = [f"clusterforge.testing.{name}" for name in MODULES.split()]


@dataclass(frozen=True)
class Outcome:
    """What came of a check.

    Parameters
    ----------
    check
        The check.
    state
        ``passed``, ``failed`` or ``skipped``.
    message
        What is wrong, or why it does not apply.
    place
        ``package/file.py:LINE`` of the plugin that a failure comes from, as far as it is known.
    traceback
        Lines of its traceback: the kit's last frame before the plugin, and the plugin's own.
    """

    check: Check
    state: Literal["passed", "failed", "skipped"]
    message: str = ""
    place: str = ""
    traceback: tuple[str, ...] = ()


def checks(kind: CheckedKind) -> tuple[Check, ...]:
    """Return the checks for a kind of plugin."""
    if kind == "loss" or kind in PART_TYPES:  # they import torch
        import clusterforge.testing.losses  # noqa: F401
    found = [each for each in CHECKS.values() if kind in each.kinds]
    return tuple(sorted(found, key=lambda each: ORDER.index(each.run.__module__)))


def kind_of(plugin: Plugin | Tracker) -> CheckedKind:
    """Return the kind whose checks a plugin goes through."""
    return "tracker" if isinstance(plugin, Tracker) else plugin.spec.kind


def outcomes(
    plugin: Plugin | Tracker,
    params: Mapping[str, Any],
    registry: Registry,
    content: Content | None = None,
) -> Iterator[Outcome]:
    """Check a plugin and yield what comes of each check; ``content`` as in :func:`conformance`.

    Raises
    ------
    InputError
        Where the parameters are not valid.
    PluginError
        Where the plugin's parameter model can't be used at all.
    """
    subject = subject_of(plugin, params, registry, content)
    for each in checks(kind_of(plugin)):
        with warnings.catch_warnings(action="ignore"), redirect_stdout(sys.stderr):
            outcome = _outcome(each, subject)
        yield outcome


def _outcome(check: Check, subject: Subject[Any] | TrackerSubject) -> Outcome:
    plugin = subject.plugin
    try:
        check.run(subject)
    except NotApplicable as reason:
        return Outcome(check, "skipped", str(reason))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a plugin may call sys.exit()
        known = isinstance(error, Failure | guard.WrongAnswer)
        message = str(error) if known else f"it raised {one_line(error)}"
        place = error.place if isinstance(error, Failure) else ""
        place = place or plugin.place(error).removeprefix(" at ")
        return Outcome(check, "failed", message, place, tuple(plugin.traceback(error)))
    return Outcome(check, "passed")


def find(name: str, registry: Registry) -> Plugin | Tracker:
    """Return the plugin named ``KIND:NAME``, ``NAME``, or either with ``distribution:name``.

    A tracker is named ``tracker:DISTRIBUTION``.

    Raises
    ------
    InputError
        Where there is none, or several; it says how to correct the name.
    """
    kind, _, rest = name.partition(":")
    if kind in ALL_TYPES:
        return registry.find(kind, rest)
    if kind == "tracker":
        return registry.tracker(rest)
    found = [
        plugin
        for plugin in registry.plugins
        if name == plugin.qualified or (name == plugin.spec.name and plugin.state != "shadowed")
    ]
    if len(found) == 1:
        return found[0]
    if found:
        names = " or ".join(f"{p.spec.kind}:{p.use}" for p in found)
        raise InputError(f"several plugins are named {name!r}", remedy=f"say {names}")
    known = {plugin.use for plugin in registry.plugins}
    remedy = registry.absent(name) or nearest(name, known)
    raise InputError(f"no plugin is named {name!r}", remedy=remedy)


def conformance(
    plugin: str,
    *,
    params: Mapping[str, Any] | None = None,
    expected_failures: Mapping[str, str] | None = None,
    registry: Registry | None = None,
    content: Content | None = None,
) -> Callable[..., None]:
    """Return a pytest test of everything that the core relies on in a plugin.

    Parameters
    ----------
    plugin
        ``"KIND:NAME"``; the name may be ``distribution:name``. A tracker is ``"tracker:DISTRIBUTION"``.
    params
        Its parameters, as a recipe would give them: what is required, and what makes it quick.
    expected_failures
        Reason by name of check. Such a check has to fail: one that passes is a failure.
    registry
        Where the plugin is looked up; default: what is installed.
    content
        What an encoder is tried on, where its parameters decide what it takes; default: the first
        of embedding, table, image and text that it takes.

    Returns
    -------
    function
        One case for each check, named like it. To be kept under a name that starts with ``test``.

    Raises
    ------
    InputError
        Where there is no such plugin or check, or a parameter is not valid.

    Examples
    --------
    >>> test_conformance = conformance("clusterer:kmeans", params={"n_clusters": 3})
    """
    import pytest

    registry = registry or _installed()
    tested = find(plugin, registry)
    subject, kind = subject_of(tested, params or {}, registry, content), kind_of(tested)
    names = [each.name for each in checks(kind)]
    marks = {}
    for name, reason in (expected_failures or {}).items():
        marks[name] = pytest.mark.xfail(strict=True, reason=reason)
        if name not in names:
            raise InputError(
                f"no check of a {kind} is named {name!r}",
                key="expected_failures",
                remedy=nearest(name, names),
            )
    cases = [
        pytest.param(each, id=each.name, marks=marks.get(each.name, ())) for each in checks(kind)
    ]

    @pytest.mark.parametrize("check", cases)
    def test(check: Check) -> None:
        outcome = _outcome(check, subject)
        if outcome.state == "skipped":
            pytest.skip(outcome.message)
        if outcome.state == "failed":
            head = f"{tested.qualified}: {outcome.message}"
            where = [f"at {outcome.place}"] if outcome.place else []
            lines = [head, *where, *outcome.traceback, f"why it matters: {check.why}"]
            pytest.fail("\n".join(lines), pytrace=False)

    return test


@cache
def _installed() -> Registry:
    return Registry.installed()
