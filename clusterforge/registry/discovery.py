"""Discovery of plugin packages through entry points, one at a time, each on its own.

A package whose import fails, exits or raises, whose hooks are misspelt or return nonsense, becomes
a :class:`Problem`; every other package goes on.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pluggy

from clusterforge import hookspecs
from clusterforge.errors import nearest
from clusterforge.hookspecs import PROJECT
from clusterforge.params import Params
from clusterforge.specs import SPEC_TYPES, Content, Spec

GROUP = "clusterforge"
LIMIT_VARIABLE = "CLUSTERFORGE_PLUGINS"
OURS = "clusterforge"

SPEC_HOOKS = {
    "clusterforge_datasets": "dataset",
    "clusterforge_encoders": "encoder",
    "clusterforge_losses": "loss",
    "clusterforge_clusterers": "clusterer",
    "clusterforge_metrics": "metric",
}
CHOICES = {
    expected: {
        name: get_args(hint)
        for name, hint in get_type_hints(expected).items()
        if get_origin(hint) is Literal
    }
    for expected in SPEC_TYPES.values()
}
CONTENTS = frozenset(get_args(Content))
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SECTION = re.compile(rf"^\s*\[\s*{GROUP}\s*(\]|$)", re.MULTILINE)
NEEDS = re.compile(rf"^Requires-Dist:\s*{OURS}\s*([(<>=!~][^;\n]*)$", re.MULTILINE)
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
TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


@dataclass(frozen=True)
class Distribution:
    """Where a plugin comes from: distribution, version, entry point, the clusterforge it needs."""

    name: str
    version: str
    entry_point: str = ""
    module: str = ""
    needs: str = ""

    @property
    def ours(self) -> bool:
        """Whether this is clusterforge itself."""
        return self.name == OURS

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Found:
    """One spec and the distribution that brought it."""

    spec: Spec
    distribution: Distribution


@dataclass(frozen=True)
class Watcher:
    """A package that follows runs: its distribution and the lifecycle hooks it implements."""

    distribution: Distribution
    hooks: tuple[str, ...]


@dataclass(frozen=True)
class Problem:
    """A plugin package that can't be used, or does harm, or one of its plugins whose name is taken.

    Parameters
    ----------
    distribution
        Whose it is.
    state
        ``broken``; ``disabled`` by ``CLUSTERFORGE_PLUGINS``; ``incompatible`` with this version of
        clusterforge; ``heavy``: it works, but makes every command slow; ``duplicate`` or ``shadowed``:
        the bare name of a plugin does not mean it.
    reason
        What went wrong, in one line.
    remedy
        How to mend it, in one line.
    """

    distribution: Distribution
    state: Literal["broken", "disabled", "incompatible", "heavy", "duplicate", "shadowed"]
    reason: str
    remedy: str


class _Nonsense(Exception):
    """A package that imports but does not keep the contract."""


def canonical(name: str) -> str:
    """Return a distribution's name as the index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def one_line(error: BaseException) -> str:
    """Return the kind and the message of somebody else's exception, whatever it is."""
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = ""
    if isinstance(error, _Nonsense):
        return text[:300]
    kind = type(error).__name__
    return f"{kind}: {text}"[:300] if text else kind


def _entry_points() -> Iterator[Distribution | Problem]:
    """Yield each entry point of the group; unreadable metadata is a problem of its own."""
    seen: set[str] = set()
    for dist in importlib.metadata.distributions():
        try:
            # Reading one small file for each distribution is much faster than parsing all metadata.
            text = dist.read_text("entry_points.txt") or ""
            if GROUP not in text:
                continue
            name = _name(dist)
            if name in seen:
                continue
            seen.add(name)
            points = [point for point in dist.entry_points if point.group == GROUP]
            if not points and SECTION.search(text):
                raise _Nonsense(f"entry_points.txt has no readable section [{GROUP}]")
            needs = NEEDS.search(dist.read_text("METADATA") or "")
            for point in points:
                yield Distribution(
                    name,
                    dist.version or "?",
                    point.name,
                    point.value,
                    needs[1].strip("() ") if needs else "",
                )
        except Exception as error:
            yield Problem(
                Distribution(_name(dist), "?"),
                "broken",
                f"its metadata can't be read ({one_line(error)})",
                "reinstall or uninstall the package",
            )


def _name(dist: importlib.metadata.Distribution) -> str:
    try:
        return canonical(dist.metadata["Name"] or "unknown")
    except Exception:
        return "unknown"


def _wanted(limit: str | None) -> tuple[frozenset[str] | None, frozenset[str]]:
    """Split the variable into the names allowed (None: all) and those turned off."""
    if limit is None:
        return None, frozenset()
    names = [part.strip() for part in limit.split(",") if part.strip()]
    off = frozenset(canonical(name[1:]) for name in names if name.startswith("-"))
    on = frozenset(canonical(name) for name in names if not name.startswith("-"))
    return (None if off and not on else on), off


def _hooks(manager: pluggy.PluginManager, module: ModuleType) -> Mapping[str, Any]:
    """Register a module and return its spec hooks; a misspelt or unmarked hook is an error."""
    known = [name for name in vars(hookspecs) if name.startswith(f"{PROJECT}_")]
    manager.register(module)
    callers = manager.get_hookcallers(module) or []
    for caller in callers:
        if not caller.has_spec():
            raise _Nonsense(f"unknown hook {caller.name!r}; {nearest(caller.name, known)}")
        if any(i.wrapper or i.hookwrapper for i in caller.get_hookimpls() if i.plugin is module):
            raise _Nonsense(f"hook {caller.name!r} is a wrapper, and would never be called")
    names = {caller.name for caller in callers}
    for name, value in vars(module).items():
        if name.startswith(f"{PROJECT}_") and callable(value) and name not in names:
            raise _Nonsense(f"function {name!r} is not marked with @hookimpl")
    if not names:
        raise _Nonsense("the module implements no hook")
    return {name: getattr(module, name) for name in SPEC_HOOKS if name in names}


def _missing(target: str, hooks: str) -> str | None:
    """Return the module of a target in the hook module's own package, if it does not exist.

    Other packages are not looked into: finding a module imports those above it.
    """
    module = target.partition(":")[0]
    if module.partition(".")[0] != hooks.partition(".")[0]:
        return None
    try:
        return None if importlib.util.find_spec(module) else module
    except (ImportError, ValueError):
        return module


def _incompatible(needs: str) -> bool:
    """Return whether a requirement such as ``>=0.1,<1`` leaves this version out."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return bool(needs) and not SpecifierSet(needs).contains(_our_version(), prereleases=True)
    except InvalidSpecifier:
        return False


def _checked(hook: str, returned: Any, module: str) -> list[Spec]:
    """Return the specs a hook gave, or say what is wrong with them."""
    expected = SPEC_TYPES[SPEC_HOOKS[hook]]  # type: ignore[index]
    if isinstance(returned, str | Spec) or not isinstance(returned, Iterable):
        raise _Nonsense(f"{hook} must return a list of {expected.__name__}, not {returned!r:.60}")
    specs: list[Spec] = []
    for spec in returned:
        if not isinstance(spec, expected):
            raise _Nonsense(f"{hook} returned {type(spec).__name__}, not {expected.__name__}")
        if not isinstance(spec.name, str) or not NAME.fullmatch(spec.name):
            raise _Nonsense(f"{hook}: {spec.name!r:.60} is no plugin name (lower-case, hyphens)")
        if not isinstance(spec.target, str) or not TARGET.fullmatch(spec.target):
            raise _Nonsense(f"{spec.name}: target {spec.target!r:.60} is not 'module:Class'")
        if not (isinstance(spec.params, type) and issubclass(spec.params, Params)):
            raise _Nonsense(f"{spec.name}: params is not a subclass of clusterforge.params.Params")
        for field, allowed in CHOICES[expected].items():
            if getattr(spec, field) not in allowed:
                raise _Nonsense(f"{spec.name}: {field} must be {' or '.join(allowed)}")
        takes: Any = getattr(spec, "takes", frozenset())
        if not isinstance(takes, frozenset) or not takes <= CONTENTS:
            raise _Nonsense(
                f"{spec.name}: takes must be a frozenset of {', '.join(sorted(CONTENTS))}"
            )
        if missing := _missing(spec.target, module):
            raise _Nonsense(f"{spec.name}: there is no module {missing!r} for its target")
        if not isinstance(spec.summary, str) or not spec.summary.strip():
            raise _Nonsense(f"{spec.name}: the summary is empty")
        if spec.name in {other.name for other in specs}:
            raise _Nonsense(f"{hook} returned {spec.name!r} twice")
        specs.append(spec)
    return specs


def _load(
    distribution: Distribution, manager: pluggy.PluginManager
) -> tuple[list[Found], Watcher | None]:
    module = importlib.import_module(distribution.module.partition(":")[0])
    try:
        found = [
            Found(spec, distribution)
            for hook, function in _hooks(manager, module).items()
            for spec in _checked(hook, function(), module.__name__)
        ]
    except BaseException:
        if manager.is_registered(module):
            manager.unregister(module)
        raise
    called = [caller.name for caller in manager.get_hookcallers(module) or []]
    hooks = tuple(sorted(name for name in called if name not in SPEC_HOOKS))
    return found, Watcher(distribution, hooks) if hooks else None


def new_manager() -> pluggy.PluginManager:
    """Return a plugin manager that knows our hooks."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    return manager


def discover(
    manager: pluggy.PluginManager, limit: str | None = None
) -> tuple[list[Found], list[Problem], list[Watcher]]:
    """Import every wanted plugin package and return what it brings.

    Parameters
    ----------
    manager
        Packages that keep the contract are registered with it, for lifecycle hooks.
    limit
        Which distributions to import, as in ``CLUSTERFORGE_PLUGINS``: a comma-separated list of
        names; empty for none; ``-name`` leaves one out. Default: that variable.

    Returns
    -------
    found, problems, watchers
        The specs in order of distribution, ours first; the packages that can't be used, or do harm;
        and those with lifecycle hooks.
    """
    allowed, off = _wanted(os.environ.get(LIMIT_VARIABLE) if limit is None else limit)
    found: list[Found] = []
    problems: list[Problem] = []
    watchers: list[Watcher] = []
    candidates = [Distribution(OURS, _our_version(), "builtin", "clusterforge.builtin")]
    for point in _entry_points():
        if isinstance(point, Problem):
            problems.append(point)
        elif not point.ours:
            candidates.append(point)
    for distribution in sorted(candidates, key=lambda d: (not d.ours, d.name, d.entry_point)):
        barred = distribution.name in off or (
            allowed is not None and distribution.name not in allowed
        )
        if barred and not distribution.ours:
            problems.append(
                Problem(
                    distribution,
                    "disabled",
                    f"turned off by {LIMIT_VARIABLE}",
                    f"take -{distribution.name} out of {LIMIT_VARIABLE}"
                    if distribution.name in off
                    else f"add {distribution.name} to {LIMIT_VARIABLE}, or unset it",
                )
            )
            continue
        if _incompatible(distribution.needs):
            problems.append(
                Problem(
                    distribution,
                    "incompatible",
                    f"it needs clusterforge {distribution.needs}; this is {_our_version()}",
                    f"install a version of it for this one: pip install -U {distribution.name}",
                )
            )
            continue
        before = HEAVY & sys.modules.keys()
        try:
            brought, watcher = _load(distribution, manager)
            found += brought
            watchers += [watcher] if watcher else []
            drawn_in = sorted((HEAVY & sys.modules.keys()) - before)
            if drawn_in and not distribution.ours:
                problems.append(
                    Problem(
                        distribution,
                        "heavy",
                        f"its module {distribution.module} imports {', '.join(drawn_in)}, and so "
                        "does every command",
                        "tell its author to import them where its plugins do their work",
                    )
                )
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plugin may call sys.exit() at import
            if distribution.ours:
                raise
            nonsense = isinstance(error, _Nonsense)
            problems.append(
                Problem(
                    distribution,
                    "broken",
                    str(error) if nonsense else f"its import failed ({one_line(error)})",
                    f"tell its author, or uninstall it: pip uninstall {distribution.name}",
                )
            )
    return found, problems, watchers


def _our_version() -> str:
    from clusterforge import __version__

    return __version__
