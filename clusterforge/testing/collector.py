"""From the name of a plugin to its checks: as pytest cases, or one after another."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from clusterforge.errors import InputError, nearest
from clusterforge.registry import Plugin, Registry, one_line
from clusterforge.specs import Content, Kind
from clusterforge.testing import declared, hostile, imports, repeatable, states, trained  # noqa: F401
from clusterforge.testing.check import CHECKS, Check, Failure, NotApplicable
from clusterforge.testing.subject import Subject
from clusterforge.testing.subjects import subject_of

ORDER = [
    f"clusterforge.testing.{name}"
    for name in (
        *("declared", "imports", "repeatable", "states"),
        *("datasets", "encoders", "trained", "losses", "clusterers", "metrics", "hostile"),
    )
]
KINDS: tuple[Kind, ...] = get_args(Kind)


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
    """

    check: Check
    state: Literal["passed", "failed", "skipped"]
    message: str = ""


def checks(kind: Kind) -> tuple[Check, ...]:
    """Return the checks for a kind of plugin."""
    if kind == "loss":
        import clusterforge.testing.losses  # noqa: F401 - it imports torch
    found = [each for each in CHECKS.values() if kind in each.kinds]
    return tuple(sorted(found, key=lambda each: ORDER.index(each.run.__module__)))


def outcomes(
    plugin: Plugin,
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
    for each in checks(plugin.spec.kind):
        try:
            with warnings.catch_warnings(), redirect_stdout(sys.stderr):
                warnings.simplefilter("ignore")
                each.run(subject)
        except NotApplicable as reason:
            yield Outcome(each, "skipped", str(reason))
        except Failure as failure:
            yield Outcome(each, "failed", str(failure))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plugin may call sys.exit()
            yield Outcome(each, "failed", f"it raised {one_line(error)}")
        else:
            yield Outcome(each, "passed")


def find(name: str, registry: Registry) -> Plugin:
    """Return the plugin named ``KIND:NAME``, ``NAME``, or either with ``distribution:name``.

    Raises
    ------
    InputError
        Where there is none, or several; it says how to mend the name.
    """
    kind, _, rest = name.partition(":")
    if kind in KINDS:
        return registry.find(kind, rest)
    found = [
        plugin
        for plugin in registry.plugins
        if name == plugin.qualified or (name == plugin.spec.name and plugin.state != "shadowed")
    ]
    if len(found) == 1:
        return found[0]
    if found:
        names = " or ".join(f"{p.spec.kind}:{_unique(p)}" for p in found)
        raise InputError(f"several plugins are named {name!r}", remedy=f"say {names}")
    known = {_unique(plugin) for plugin in registry.plugins}
    raise InputError(f"no plugin is named {name!r}", remedy=nearest(name, known))


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
        ``"KIND:NAME"``; the name may be ``distribution:name``.
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

    known = registry or _installed()
    subject = subject_of(find(plugin, known), params or {}, known, content)
    found = checks(subject.spec.kind)
    expected = dict(expected_failures or {})
    for name in expected:
        if name not in {each.name for each in found}:
            raise InputError(
                f"no check of a {subject.spec.kind} is named {name!r}",
                key="expected_failures",
                remedy=nearest(name, (each.name for each in found)),
            )
    cases = [
        pytest.param(
            each,
            id=each.name,
            marks=[pytest.mark.xfail(strict=True, reason=expected[each.name])]
            if each.name in expected
            else [],
        )
        for each in found
    ]

    @pytest.mark.parametrize("check", cases)
    def test(check: Check) -> None:
        _case(check, subject)

    return test


def _case(check: Check, subject: Subject[Any]) -> None:
    import pytest

    try:
        check.run(subject)
    except NotApplicable as reason:
        pytest.skip(str(reason))
    except Failure as failure:
        text = f"{subject.plugin.qualified}: {failure}\nwhy it matters: {check.why}"
        pytest.fail(text, pytrace=False)
    except Exception as error:
        error.add_note(f"why it matters: {check.why}")
        raise


@cache
def _installed() -> Registry:
    return Registry.installed()


def _unique(plugin: Plugin) -> str:
    return plugin.spec.name if plugin.state == "ok" else plugin.qualified
