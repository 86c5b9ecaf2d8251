"""Discovery of plugin packages through entry points, one at a time, each on its own.

A package whose import fails, exits, raises or never ends, whose hooks are misspelt or return nonsense,
becomes a :class:`Problem`; every other package goes on.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from textwrap import shorten

import pluggy

from clusterforge import __version__
from clusterforge.packages import newer
from clusterforge.registry.blame import LONGEST, definition, one_line, own_place
from clusterforge.registry.distributions import OURS, Distribution, Problem, canonical, entry_points
from clusterforge.registry.first_import import LIMIT_VARIABLE as IMPORT_LIMIT
from clusterforge.registry.first_import import harmful
from clusterforge.registry.hooks import Found, Nonsense, OtherContracts, Tracker, load

VARIABLE = "CLUSTERFORGE_PLUGINS"
HEAVY = frozenset(
    {
        "datasets",
        "jax",
        "matplotlib",
        "numba",
        "pandas",
        "pyarrow",
        "scipy",
        "sentence_transformers",
        "sklearn",
        "tensorflow",
        "tokenizers",
        "torch",
        "transformers",
    }
)


@dataclass(frozen=True)
class Discovery:
    """What the installed packages bring.

    Parameters
    ----------
    found
        The specs in order of distribution, ours first.
    problems
        The packages that can't be used, or do harm.
    trackers
        Those with lifecycle hooks.
    """

    found: tuple[Found, ...]
    problems: tuple[Problem, ...] = ()
    trackers: tuple[Tracker, ...] = ()


def discover(
    manager: pluggy.PluginManager, limit: str | None = None, *, again: bool = False
) -> Discovery:
    """Import every wanted plugin package and return what it brings.

    Parameters
    ----------
    manager
        Packages that keep the contract are registered with it, for lifecycle hooks.
    limit
        Which distributions to import, as in ``CLUSTERFORGE_PLUGINS``: a comma-separated list of
        names; empty for none; ``-name`` leaves one out. Default: that variable.
    again
        Whether packages whose import did not end are tried again.
    """
    points = list(entry_points())
    problems = [point for point in points if isinstance(point, Problem)]
    strangers = sorted(
        (point for point in points if isinstance(point, Distribution) and not point.ours),
        key=lambda point: (point.name, point.entry_point),
    )
    unwanted = list(_unwanted(strangers, os.environ.get(VARIABLE) if limit is None else limit))
    problems += unwanted
    left_out = {problem.distribution for problem in unwanted}
    wanted = [point for point in strangers if point not in left_out]
    no_return = harmful(wanted, again=again)
    found: list[Found] = []
    trackers: list[Tracker] = []
    ours = Distribution(OURS, __version__, "builtin", "clusterforge.builtin")
    for distribution in (ours, *wanted):
        if distribution in no_return:
            problems.append(_broken(distribution, no_return[distribution], retry=True))
            continue
        before = HEAVY & sys.modules.keys()
        try:
            with redirect_stdout(sys.stderr):
                brought, tracker = load(distribution, manager)
        except KeyboardInterrupt:
            raise
        except OtherContracts as error:
            name = "clusterforge" if error.newer else distribution.name
            remedy = f"install a newer version: {newer(name)}"
            problems.append(Problem(distribution, "incompatible", str(error), remedy))
            continue
        except BaseException as error:  # a plugin may call sys.exit() at import
            if distribution.ours:
                raise
            problems.append(_broken(distribution, _reason(distribution, error)))
            continue
        found += brought
        trackers += [tracker] if tracker else []
        heavy = sorted((HEAVY & sys.modules.keys()) - before)
        if heavy and not distribution.ours:
            problems.append(
                Problem(
                    distribution,
                    "heavy",
                    f"its module {distribution.module} imports {', '.join(heavy)}, which slows down "
                    "every command",
                    _lighter(distribution),
                )
            )
    return Discovery(tuple(found), tuple(problems), tuple(trackers))


def _unwanted(strangers: Iterable[Distribution], limit: str | None) -> Iterator[Problem]:
    """Yield a problem for each package that is turned off, or made for another version."""
    names = [part.strip() for part in (limit or "").split(",") if part.strip()]
    off = {canonical(name[1:]) for name in names if name.startswith("-")}
    on = {canonical(name) for name in names if not name.startswith("-")}
    every = limit is None or (off and not on)
    for each in strangers:
        if each.name in off or not (every or each.name in on):
            remedy = f"add {each.name} to {VARIABLE}, or unset it"
            if each.name in off:
                remedy = f"remove -{each.name} from {VARIABLE}"
            yield Problem(each, "disabled", f"turned off by {VARIABLE}", remedy)
        elif not each.fits:
            yield Problem(
                each,
                "incompatible",
                f"it needs clusterforge {each.needs}; this is {__version__}",
                f"install a version that fits: {newer(each.name)}",
            )


def _reason(distribution: Distribution, error: BaseException) -> str:
    if isinstance(error, Nonsense):
        place = definition(error.function) if error.function else ""
        return shorten(str(error), LONGEST, placeholder=" …") + (f" at {place}" if place else "")
    return f"its import failed ({one_line(error)}){own_place(error, [distribution.module])}"


def _lighter(distribution: Distribution) -> str:
    where = "only where its plugins do their work"
    if distribution.source:
        return f"mend it in {distribution.source}: import them {where}"
    return f"ask its author to import them {where}"


def _broken(distribution: Distribution, reason: str, *, retry: bool = False) -> Problem:
    mend = f"mend it in {distribution.source}" if distribution.source else "report it to its author"
    remedy = f"{mend}, or uninstall it: pip uninstall {distribution.name}"
    if retry:
        remedy += f"; clusterforge doctor tries it again, {IMPORT_LIMIT} sets the seconds"
    return Problem(distribution, "broken", reason, remedy)
