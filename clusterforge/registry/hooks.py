"""Imports the hook module of one package and checks what its hooks return."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pluggy

from clusterforge import hookspecs
from clusterforge.errors import meant
from clusterforge.hookspecs import PROJECT
from clusterforge.params import Params
from clusterforge.registry.blame import own_place, own_traceback
from clusterforge.registry.distributions import Distribution
from clusterforge.specs import ALL_TYPES, VERSION, Content, EncoderSpec, Kind, Spec

SPEC_HOOKS: dict[str, Kind] = {
    "clusterforge_datasets": "dataset",
    "clusterforge_encoders": "encoder",
    "clusterforge_losses": "loss",
    "clusterforge_clusterers": "clusterer",
    "clusterforge_metrics": "metric",
    "clusterforge_namers": "namer",
    "clusterforge_pair_sources": "pairs",
    "clusterforge_augmentations": "augmentation",
}
CHOICES = {
    expected: {
        name: get_args(hint)
        for name, hint in get_type_hints(expected).items()
        if get_origin(hint) is Literal
    }
    for expected in ALL_TYPES.values()
}
CONTENTS = frozenset(get_args(Content))
CONTRACTS = "CONTRACTS"  # the name in a hook module that says for which version it is written
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


@dataclass(frozen=True)
class Found:
    """One spec and the distribution that brought it."""

    spec: Spec
    distribution: Distribution


@dataclass(frozen=True)
class Tracker:
    """A package that follows runs: its distribution and the lifecycle hooks it implements."""

    distribution: Distribution
    hooks: tuple[str, ...]

    @property
    def summary(self) -> str:
        """What it is told of runs, in one line."""
        events = ", ".join(hook.removeprefix(f"{PROJECT}_") for hook in self.hooks)
        return f"Follows every run: {events.replace('_', ' ')}."

    @property
    def qualified(self) -> str:
        """Its name for ``check-plugin``."""
        return f"tracker:{self.distribution.name}"

    def place(self, error: BaseException) -> str:
        """Return `` at package/file.py:LINE`` of its own code, as far as it is known."""
        return own_place(error, [self.distribution.module])

    def traceback(self, error: BaseException) -> list[str]:
        """Return the lines of an error's traceback that are of use to its author."""
        return own_traceback(error, [self.distribution.module])


class OtherContracts(Exception):
    """A package that was written for another version of the contracts; ``version`` is that one."""

    def __init__(self, version: object) -> None:
        super().__init__(
            f"it is written for version {version} of the contracts; this clusterforge has {VERSION}"
        )
        self.version = version

    @property
    def newer(self) -> bool:
        """Whether the package is ahead of this clusterforge."""
        return isinstance(self.version, int) and self.version > VERSION


class Nonsense(Exception):
    """A package that imports but does not keep the contract.

    Parameters
    ----------
    problem
        What is wrong, in one line.
    function
        The function of the package that it concerns, if it is one.
    """

    def __init__(self, problem: str, function: object = None) -> None:
        super().__init__(problem)
        self.function = function


def new_manager() -> pluggy.PluginManager:
    """Return a plugin manager that knows our hooks."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    return manager


def load(
    distribution: Distribution, manager: pluggy.PluginManager
) -> tuple[list[Found], Tracker | None]:
    """Import a package's hook module, register it and return what it brings.

    Raises
    ------
    OtherContracts
        Where its ``CONTRACTS`` is another version than ours.
    Nonsense
        Where its hooks do not keep the contract; it is not registered then.
    BaseException
        Whatever its import or a hook raises.
    """
    module = importlib.import_module(distribution.module.partition(":")[0])
    wanted = vars(module).get(CONTRACTS, VERSION)
    if wanted != VERSION:
        raise OtherContracts(wanted)
    try:
        names = _hooks(manager, module)
        specs = [
            Found(spec, distribution)
            for hook in SPEC_HOOKS
            if hook in names
            for spec in _brought(hook, module)
        ]
    except BaseException:
        if manager.is_registered(module):
            manager.unregister(module)
        raise
    lifecycle = tuple(sorted(names - SPEC_HOOKS.keys()))
    return specs, Tracker(distribution, lifecycle) if lifecycle else None


def _hooks(manager: pluggy.PluginManager, module: ModuleType) -> set[str]:
    """Register a module and return the names of its hooks; a misspelt or unmarked one is an error."""
    hook_names = [name for name in vars(hookspecs) if name.startswith(f"{PROJECT}_")]
    manager.register(module)
    callers = manager.get_hookcallers(module) or []
    for caller in callers:
        if not caller.has_spec():
            near = meant(caller.name, hook_names) or "clusterforge.hookspecs has those there are"
            raise Nonsense(
                f"unknown hook {caller.name!r} ({near})", getattr(module, caller.name, None)
            )
        if any(i.wrapper or i.hookwrapper for i in caller.get_hookimpls() if i.plugin is module):
            raise Nonsense(f"hook {caller.name!r} is a wrapper, and would never be called")
    names = {caller.name for caller in callers}
    for name, value in vars(module).items():
        if name.startswith(f"{PROJECT}_") and callable(value) and name not in names:
            raise Nonsense(f"function {name!r} is not marked with @hookimpl", value)
    if not names:
        raise Nonsense("the module implements no hook")
    return names


def _brought(hook: str, module: ModuleType) -> list[Spec]:
    """Return the specs of a hook; where they are wrong, the error names the function."""
    function = getattr(module, hook)
    try:
        return _checked(hook, function(), module.__name__)
    except Nonsense as error:
        raise Nonsense(str(error), function) from None


def _checked(hook: str, returned: object, module: str) -> list[Spec]:
    """Return the specs that a hook returned, or say what is wrong with them."""
    expected = ALL_TYPES[SPEC_HOOKS[hook]]
    if isinstance(returned, str | Spec) or not isinstance(returned, Iterable):
        raise Nonsense(f"{hook} must return a list of {expected.__name__}, not {returned!r:.60}")
    specs: dict[str, Spec] = {}
    for spec in returned:
        if not isinstance(spec, expected):
            raise Nonsense(f"{hook} returned {type(spec).__name__}, not {expected.__name__}")
        if not isinstance(spec.name, str) or not NAME.fullmatch(spec.name):
            raise Nonsense(f"{hook}: {spec.name!r:.60} is not a plugin name (lower-case, hyphens)")
        if wrong := _wrong(spec, module):
            raise Nonsense(f"{spec.name}: {wrong}")
        if spec.name in specs:
            raise Nonsense(f"{hook} returned {spec.name!r} twice")
        specs[spec.name] = spec
    return list(specs.values())


def _wrong(spec: Any, module: str) -> str:
    """Return what is wrong with a spec, or nothing."""
    if not isinstance(spec.target, str) or not TARGET.fullmatch(spec.target):
        return f"target {spec.target!r:.60} is not 'module:Class'"
    if not (isinstance(spec.params, type) and issubclass(spec.params, Params)):
        return "params is not a subclass of clusterforge.params.Params"
    for field, allowed in CHOICES[ALL_TYPES[spec.kind]].items():
        if getattr(spec, field) not in allowed:
            return f"{field} must be {' or '.join(map(str, allowed))}"
    takes = spec.takes if isinstance(spec, EncoderSpec) else CONTENTS
    if not (isinstance(takes, frozenset) and takes <= CONTENTS):
        return f"takes must be a frozenset of {', '.join(sorted(CONTENTS))}"
    if missing := _missing(spec.target, module):
        return f"there is no module {missing!r} for its target"
    if not isinstance(spec.summary, str) or not spec.summary.strip():
        return "the summary is empty"
    return ""


def _missing(target: str, hooks: str) -> str:
    """Return the module of a target in the hook module's own package, if it does not exist.

    Other packages are not looked into: finding a module imports those above it.
    """
    module = target.partition(":")[0]
    if module.partition(".")[0] != hooks.partition(".")[0]:
        return ""
    try:
        return "" if importlib.util.find_spec(module) else module
    except (ImportError, ValueError):
        return module
