"""The registry: every plugin by kind and name, with its provenance and state."""

from __future__ import annotations

import copy
import importlib
import importlib.util
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import pluggy

from clusterforge.errors import InputError, PluginError, meant, nearest, of_the_disk
from clusterforge.file_keys import TABLES
from clusterforge.packages import PACKAGES, TRACKERS, installing, packages_with
from clusterforge.registry.blame import definition, one_line, own_place, own_traceback
from clusterforge.registry.discovery import discover
from clusterforge.registry.distributions import Distribution, Problem
from clusterforge.registry.first_import import files_hash
from clusterforge.registry.hooks import Found, Tracker, new_manager
from clusterforge.registry.unwritten import unwritten
from clusterforge.specs import ClustererSpec, DatasetSpec, Kind, NamerSpec, Spec, noun

if TYPE_CHECKING:
    from clusterforge.registry.python_names import Named

PREFIX = "python:"


@dataclass(frozen=True)
class Plugin:
    """One plugin: its spec, whose it is, and how a recipe may name it.

    Parameters
    ----------
    spec
        What it tells about itself.
    distribution
        Where it comes from.
    state
        ``ok``; ``duplicate`` (several packages bring this name: it must be qualified);
        ``shadowed`` (a built-in has this name: the bare name is the built-in's).
    """

    spec: Spec
    distribution: Distribution
    state: Literal["ok", "duplicate", "shadowed"] = "ok"

    @property
    def qualified(self) -> str:
        """``distribution:name``, which is never ambiguous."""
        return f"{self.distribution.name}:{self.spec.name}"

    @property
    def use(self) -> str:
        """What a recipe writes to mean this plugin."""
        return self.spec.name if self.state == "ok" else self.qualified

    def load(self) -> type[Any]:
        """Import and return the target class.

        Raises
        ------
        PluginError
            Where a plugin that is not ours can't be imported, or its class does not write what its spec
            promises.
        """
        module_name, _, class_name = self.spec.target.partition(":")
        try:
            module = importlib.import_module(module_name)
            target = getattr(module, class_name, None)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if self.distribution.ours:
                raise
            raise self.failed("it can't be loaded", error) from error
        if target is None:
            classes = [
                name
                for name, value in vars(module).items()
                if isinstance(value, type) and value.__module__ == module_name
            ]
            known = nearest(class_name, classes)
            raise self._unusable(f"its target {self.spec.target} is not there; {known}")
        if not isinstance(target, type):
            raise self._unusable(f"target {self.spec.target} is not a class")
        if lack := unwritten(self.spec, target):
            raise self._unusable(lack, definition(target))
        return target

    def _unusable(self, problem: str, place: str = "") -> PluginError:
        source = self.distribution.source
        mend = f"mend it in {source}" if source else "report it to its author"
        whose = f"{noun(self.spec.kind)} {self.spec.name!r} of {self.distribution}"
        return PluginError(f"{whose}: {problem}; {mend}{f', at {place}' if place else ''}")

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules whose packages are the plugin's own code."""
        return tuple(filter(None, (self.spec.target, self.distribution.module)))

    @property
    def imported(self) -> object:
        """The target, if it was imported already; else None."""
        module, _, name = self.spec.target.partition(":")
        return getattr(sys.modules.get(module), name, None)

    def place(self, error: BaseException) -> str:
        """Return `` at package/file.py:LINE`` of the plugin's own code, as far as it is known."""
        place = definition(self.imported)
        return own_place(error, self.modules) or (f" at {place}" if place else "")

    def traceback(self, error: BaseException) -> list[str]:
        """Return the lines of an error's traceback that are of use to the plugin's author."""
        return own_traceback(error, self.modules)

    def failed(self, what: str, error: BaseException) -> Exception:
        """Return what to raise for a failure of the plugin's code: ours is a bug, as it is."""
        if problem := of_the_disk(error):
            return problem
        if self.distribution.ours and isinstance(error, Exception):
            return error
        return PluginError(
            f"{noun(self.spec.kind)} {self.spec.name!r} of {self.distribution}: "
            f"{what}: {one_line(error)}{self.place(error)}"
        )

    @cached_property
    def code_hash(self) -> str:
        """The sha256 of all Python files of the package that holds the target."""
        return package_hash(self.spec.target.partition(":")[0].partition(".")[0])


package_hash = cache(files_hash)


class Registry:
    """All plugins that were found, and the packages that can't be used.

    Parameters
    ----------
    found
        Specs with their distributions.
    problems
        Packages that can't be used, or do harm.
    manager
        Holds the modules whose lifecycle hooks are called during a run.
    trackers
        The packages they belong to.

    Attributes
    ----------
    python
        Finds what ``python:`` names stand for; None refuses them.
    recorded
        Packages that plugins, by kind and name, were of when a run was made.
    """

    python: Named | None = None
    recorded: Mapping[tuple[str, str], str] = MappingProxyType({})

    def __init__(
        self,
        found: Sequence[Found],
        problems: Sequence[Problem] = (),
        manager: pluggy.PluginManager | None = None,
        trackers: Sequence[Tracker] = (),
    ) -> None:
        self.problems, self.trackers = tuple(problems), tuple(trackers)
        self.manager = manager or new_manager()
        self.plugins = tuple(
            Plugin(item.spec, item.distribution, _state(item, found)) for item in found
        )

    @classmethod
    def installed(cls, limit: str | None = None, *, again: bool = False) -> Registry:
        """Return the registry of what is installed; arguments as those of :func:`discover`."""
        manager = new_manager()
        discovery = discover(manager, limit, again=again)
        return cls(discovery.found, discovery.problems, manager, discovery.trackers)

    def of(self, kind: Kind) -> tuple[Plugin, ...]:
        """Return the plugins of a kind, by name."""
        return tuple(
            sorted(
                (plugin for plugin in self.plugins if plugin.spec.kind == kind),
                key=lambda plugin: (plugin.spec.name, plugin.distribution.name),
            )
        )

    def opener(self, what: Literal["files", "hub"]) -> Plugin | None:
        """Return clusterforge's own data set for files of the user's, or for names on the Hub."""
        return self._own(
            "dataset", lambda spec: isinstance(spec, DatasetSpec) and spec.opens == what
        )

    def default_namer(self) -> Plugin | None:
        """Return clusterforge's own namer for recipes that name none."""
        return self._own("namer", lambda spec: isinstance(spec, NamerSpec) and spec.default)

    def editing_clusterer(self) -> Plugin | None:
        """Return clusterforge's own clusterer that applies a recipe's edits."""
        return self._own("clusterer", lambda spec: isinstance(spec, ClustererSpec) and spec.by_hand)

    def _own(self, kind: Kind, role: Callable[[Spec], bool]) -> Plugin | None:
        own = (plugin for plugin in self.of(kind) if plugin.distribution.ours)
        return next((plugin for plugin in own if role(plugin.spec)), None)

    def rivalries(self) -> Iterator[Problem]:
        """Yield a problem for each plugin that its bare name does not mean."""
        for plugin in self.plugins:
            if plugin.state == "ok":
                continue
            owners = sorted(
                str(other.distribution)
                for other in self.of(plugin.spec.kind)
                if other.spec.name == plugin.spec.name and other.distribution != plugin.distribution
            )
            provide = "provides" if len(owners) == 1 else "provide"
            reason = (
                f"{' and '.join(owners)} also {provide} {noun(plugin.spec.kind)} {plugin.spec.name}"
            )
            remedy = f"use {plugin.qualified} in a recipe"
            if plugin.state == "shadowed":
                reason += ", and the bare name means that one"
            else:
                remedy += f", or uninstall one of them: pip uninstall {plugin.distribution.name}"
            yield Problem(plugin.distribution, plugin.state, reason, remedy)

    def naming(self, python: Named) -> Registry:
        """Return this registry with another rule for ``python:`` names."""
        same = copy.copy(self)
        same.python = python
        return same

    def remembering(self, recorded: Mapping[tuple[str, str], str]) -> Registry:
        """Return this registry, which then knows whose the plugins of a run were."""
        same = copy.copy(self)
        same.recorded = recorded
        return same

    def measuring(self, metrics: Collection[str]) -> Registry:
        """Return this registry with no other metrics than these."""
        same = copy.copy(self)
        same.plugins = tuple(
            plugin
            for plugin in self.plugins
            if plugin.spec.kind != "metric" or plugin.spec.name in metrics
        )
        return same

    def find(self, kind: Kind, name: str, folder: Path | None = None) -> Plugin:
        """Return the plugin that a recipe means by a name.

        Parameters
        ----------
        kind
            Its kind.
        name
            Bare, ``distribution:name``, or ``python:module:Class``.
        folder
            What a file in a ``python:`` name is relative to.

        Raises
        ------
        InputError
            If there is none, or several; the message says how to fix the name.
        """
        if name.startswith(PREFIX):
            if self.python is None:
                raise not_imported(name)
            return self.python.find(kind, name, folder)
        plugins = self.of(kind)
        if ":" in name:
            match = [plugin for plugin in plugins if plugin.qualified == name]
        else:
            match = [p for p in plugins if p.spec.name == name and p.state != "shadowed"]
        if len(match) == 1:
            return match[0]
        if match:
            names = " or ".join(repr(plugin.qualified) for plugin in match)
            raise InputError(
                f"several packages provide a {noun(kind)} named {name!r}", remedy=f"use {names}"
            )
        known = {plugin.use for plugin in plugins}
        absent = self.absent(name, kind)
        remedy = absent or nearest(name, known)
        if (
            not absent
            and not meant(name, known)
            and (other := meant(name, (p.use for p in PACKAGES if p.kind == kind)))
        ):
            remedy = f"{other} {remedy}"
        if kind == "dataset" and f".{name.lower()}" in TABLES:
            remedy = f'set use = "files", which reads {name} files; {remedy}'
        kinds = {p.spec.kind for p in self.plugins if name in (p.spec.name, p.qualified)}
        kinds |= {p.kind for p in packages_with(name) if p.kind != kind}
        if others := sorted(map(noun, kinds)):
            remedy = f"{name!r} is of the kind {' and of the kind '.join(others)}; {remedy}"
        raise InputError(f"no {noun(kind)} is named {name!r}", remedy=remedy)

    def tracker(self, name: str) -> Tracker:
        """Return the package of a name that follows runs.

        Raises
        ------
        InputError
            If there is none; the message says how to fix the name.
        """
        trackers = {each.distribution.name: each for each in self.trackers}
        if name in trackers:
            return trackers[name]
        absent = f"it is not installed: {installing(name)}" if name in TRACKERS else ""
        raise InputError(
            f"no package named {name!r} follows runs", remedy=absent or nearest(name, trackers)
        )

    def absent(self, name: str, kind: Kind | None = None) -> str:
        """Say which package would have a plugin, and what to do about it; empty where none is known."""
        packages = packages_with(name, kind)
        start = name.partition(":")[0]
        own = {package.distribution for package in packages}
        for problem in self.problems:
            broken = problem.distribution
            alike = not own and start and start in broken.name and problem.state != "heavy"
            if broken.name in own or alike:
                return f"package {broken} is {problem.state}: {problem.reason}; {problem.remedy}"
        here = {plugin.distribution.name for plugin in self.plugins}
        if packages and not own & here:
            package = packages[0].distribution
            return f"it is in the package {package}, which is not installed: {installing(package)}"
        whose = start if ":" in name else self.recorded.get((kind or "", name), "")
        if whose and whose.partition(" ")[0] not in here and not packages:
            return f"it is of the package {whose}, which is not installed: install it"
        return ""


def not_imported(name: str, key: str | None = None) -> InputError:
    """Return what to raise where a ``python:`` name would have to be imported for a folder."""
    return InputError(
        f"the code of {name} is not imported when a folder is opened",
        key=key,
        remedy="allow it if you trust it: trust_python=True, or --trust-python",
    )


def _state(item: Found, found: Sequence[Found]) -> Literal["ok", "duplicate", "shadowed"]:
    same = [
        other
        for other in found
        if (other.spec.kind, other.spec.name) == (item.spec.kind, item.spec.name)
    ]
    if len(same) == 1 or item.distribution.ours:
        return "ok"
    return "shadowed" if any(other.distribution.ours for other in same) else "duplicate"
