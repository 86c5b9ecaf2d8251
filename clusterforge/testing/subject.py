"""A plugin under test: how it is made, what it is given, and what it answers."""

from __future__ import annotations

import random
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from clusterforge.contracts import Context
from clusterforge.errors import InputError
from clusterforge.models.classes import with_classes
from clusterforge.params import Params
from clusterforge.phases import TrainedParams
from clusterforge.recipe import Entry
from clusterforge.registry import Plugin, Registry
from clusterforge.specs import Content, Spec
from clusterforge.testing.check import NotApplicable
from clusterforge.testing.samples import GROUPS, Sample
from clusterforge.validation import validated

S = TypeVar("S", bound=Spec)
Arrays = dict[str, Any]


@dataclass(frozen=True)
class Trial:
    """One use of a plugin, watched.

    Parameters
    ----------
    made
        The plugin, fitted.
    answer
        What it answered: arrays by name.
    later
        The part of it that ``later`` gave.
    changed_inputs
        Whether what it was given is no longer as it was.
    touched
        The libraries whose global random state it moved.
    progress
        What it told of how far it was: done and total.
    """

    made: Any
    answer: Arrays
    later: Arrays
    changed_inputs: bool
    touched: tuple[str, ...]
    progress: tuple[tuple[float, float], ...]


class Subject(ABC, Generic[S]):
    """A plugin with parameters, tried on small data of the kit's own.

    Parameters
    ----------
    plugin
        From the registry.
    params
        Its parameters as a recipe would give them. ``n_clusters``, where it is needed and not
        given, is 3.
    registry
        Where a trained encoder finds its losses.
    content
        What an encoder is tried on; default: the first that it takes.

    Raises
    ------
    InputError
        Where the parameters are not valid.
    """

    def __init__(
        self,
        plugin: Plugin,
        params: Mapping[str, Any],
        registry: Registry,
        content: Content | None = None,
    ) -> None:
        self.plugin, self.registry, self.wanted = plugin, registry, content
        self._fails = False
        self.given = dict(params)
        clusters = plugin.spec.params.model_fields.get("n_clusters")
        if clusters is not None and clusters.is_required():
            self.given.setdefault("n_clusters", GROUPS)
        self.params: Params = self._valid()
        try:
            _ = self.params.stated_phases if isinstance(self.params, TrainedParams) else ()
        except InputError as error:
            if error.key != "n_clusters":
                raise
            self.given["n_clusters"] = GROUPS
            self.params = self._valid()
        self.params = with_classes(self.entry, GROUPS, None)[0].params

    def _valid(self) -> Params:
        return validated(
            self.plugin.spec.params, self.given, place="params", file=None, folder=Path.cwd()
        )

    @property
    def spec(self) -> S:
        """The plugin's spec."""
        return self.plugin.spec  # type: ignore[return-value]

    @property
    def target(self) -> type[Any]:
        """The plugin's class.

        Raises
        ------
        NotApplicable
            Where it can't be loaded, which is a check of its own.
        """
        try:
            return self.plugin.load()
        except KeyboardInterrupt:
            raise
        except BaseException:  # a plugin may call sys.exit()
            raise NotApplicable("its class can't be used: see target-loads") from None

    @property
    def context(self) -> Context:
        """What the base trial's plugin was given besides its input."""
        return Context()

    @property
    def entry(self) -> Entry:
        """The plugin as a recipe has it."""
        return Entry(f"{self.spec.kind}.0", self.spec.name, self.plugin, self.params)

    def make(self) -> Any:
        """Return a fresh plugin."""
        return self.target(self.params)

    @abstractmethod
    def inputs(self) -> Any:
        """Return what ``start`` is given, made anew but always the same."""

    @abstractmethod
    def start(self, made: Any, inputs: Any, context: Context) -> Arrays:
        """Fit a fresh plugin, or use it, and return what it answers."""

    def later(self, made: Any, context: Context, found: Sample | None = None) -> Arrays:
        """Return what a plugin that was fitted or restored answers to new rows, the kit's or these."""
        return {}

    def trial(self, seed: int = 0, around: int = 1) -> Trial:
        """Use a fresh plugin once and watch it.

        Parameters
        ----------
        seed
            Of the context.
        around
            Seed of the global random state meanwhile.
        """
        told: list[tuple[float, float]] = []

        def progress(done: float, total: float, text: str = "") -> None:
            told.append((done, total))

        inputs, context = self.inputs(), replace(self.context, seed=seed, progress=progress)
        self.target  # noqa: B018 - importing it may bring torch and its random state
        with global_random(around) as touched:
            made = self.make()
            answer = self.start(made, inputs, context)
            # A plugin may go on working on an array that it gave away.
            answer = deepcopy(answer)
            later = deepcopy(self.later(made, context))
        changed = not same(inputs, self.inputs())
        return Trial(made, answer | later, later, changed, tuple(touched), tuple(told))

    @cached_property
    def base(self) -> Trial:
        """The trial that others are compared with.

        Raises
        ------
        NotApplicable
            Where it fails, which is a check of its own.
        """
        if not self._fails:
            try:
                return self.trial()
            except (KeyboardInterrupt, NotApplicable):
                raise
            except BaseException:  # a plugin may call sys.exit()
                self._fails = True
        raise NotApplicable("it fails on rows without any trouble: see works")

    @cached_property
    def again(self) -> Trial:
        """The same once more; what is imported at first use is there by now."""
        self.base  # noqa: B018
        return self.trial()


@contextmanager
def global_random(seed: int) -> Iterator[list[str]]:
    """Seed every global random state, put it back afterwards, and list those that were moved."""
    torch = sys.modules.get("torch")

    def states() -> Arrays:
        found = {"random": random.getstate(), "numpy.random": np.random.get_state()}
        return found | ({"torch": torch.get_rng_state()} if torch else {})

    before = states()
    touched: list[str] = []
    try:
        random.seed(seed)
        np.random.seed(seed)
        if torch:
            torch.default_generator.manual_seed(seed)
        start = states()
        yield touched
        touched += [name for name, state in states().items() if not same(start[name], state)]
    finally:
        random.setstate(before["random"])
        np.random.set_state(before["numpy.random"])
        if torch:
            torch.set_rng_state(before["torch"])


def same(a: Any, b: Any) -> bool:
    """Return whether two values are the same to the byte: arrays, tensors, and what holds them."""
    if hasattr(a, "detach") and hasattr(b, "detach"):
        a, b = a.detach().cpu().numpy(), b.detach().cpu().numpy()
    if hasattr(a, "state_dict") and hasattr(b, "state_dict"):
        a, b = a.state_dict(), b.state_dict()
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()
    if type(a) is not type(b):
        return False
    if isinstance(a, Mapping):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if is_dataclass(a):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    return bool(a == b)


def differs(one: Arrays, other: Arrays) -> str:
    """Return the names of the answers that are not the same to the byte; empty if none."""
    names = [key for key in {**one, **other} if not same(one.get(key), other.get(key))]
    return ", ".join(names)
