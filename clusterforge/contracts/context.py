"""What a stage is given besides its parameters and its input, and what a fitted plugin hands over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
from pydantic import JsonValue

from clusterforge.errors import InputError
from clusterforge.phases import Phase

if TYPE_CHECKING:
    from clusterforge.contracts.clusterer import Clusterer

Precision = Literal["float32", "bfloat16"]


class Progress(Protocol):
    """Told how far a stage is; drawing it is somebody else's work."""

    def __call__(self, done: float, total: float, text: str = "") -> None:
        """Report ``done`` of ``total`` units; ``text`` says what is being done."""


class Checkpoint(Protocol):
    """Where a long stage leaves its state, so that an interrupted run can go on.

    A value ``place`` of the state says in words how far it is: ``epoch 3 of phase pretrain``.
    """

    def load(self) -> State | None:
        """Return the state last saved by this same stage, or None."""

    def save(self, state: State) -> None:
        """Replace the saved state; atomic."""


class Memory(Protocol):
    """Finished phases of training, of this run and of earlier ones, found again by their content."""

    def load(self, network: str, phases: Sequence[Phase]) -> State | None:
        """Return what was saved after these phases of a network that began like this one, or None."""

    def save(self, network: str, phases: Sequence[Phase], state: State) -> None:
        """Keep the state after these phases; ``network`` is a hash of it as it was before."""


class Replies(Protocol):
    """What services outside replied to requests, in this run and in earlier ones, by their content."""

    def load(self, key: str) -> str | None:
        """Return the reply to a request, by the hash of all that it holds; None: ask."""

    def save(self, key: str, reply: str) -> None:
        """Store a reply, so that the run can be repeated without the service."""


def silent(done: float, total: float, text: str = "") -> None:
    """Report no progress."""


def no_epochs(phase: str, epoch: int, values: Mapping[str, float]) -> None:
    """Tell nobody about an epoch."""


def no_clusterers(name: str, parameters: Mapping[str, JsonValue]) -> Clusterer[Any]:
    """Refuse to make a clusterer: there are no plugins here."""
    raise InputError(f"the clusterer {name!r} can't be made here")


def no_bases(name: str) -> Clusterer[Any]:
    """Refuse to make a clusterer that another one works on: there is none here."""
    raise InputError(f"the clusterer {name!r} can't be fitted again here")


@dataclass(frozen=True)
class Context:
    """Seed, device and reporting of one stage.

    A stage is a pure function of its parameters, its input and this seed; it knows neither the
    terminal nor the folder of the run. It must not touch global random state.

    Parameters
    ----------
    seed
        Seed of everything random in the stage.
    device
        A torch device name: ``"cpu"``, ``"cuda"``, ``"cuda:1"``.
    precision
        Precision of matrix products in neural networks: ``"bfloat16"`` means autocast.
    threads
        Threads a stage may use.
    progress
        Called now and then with how far the stage is.
    checkpoint
        Where a training run saves itself after an epoch, if it may.
    memory
        Where finished phases of training are kept, so that what follows them can be changed without
        training them again.
    on_epoch
        Called after each epoch of training with phase, epoch (from 1) and the epoch's values.
    replies
        Where a plugin that asks a service keeps its replies; None: nowhere.
    clusterer
        Makes another clusterer by its name in recipes and its parameters; raises ``InputError``.
    labels_only
        Whether a fit is only asked for its labels: what is costly and only explains it can be left out.
    below
        Makes an unfitted clusterer of those that a clusterer with ``DerivedParams`` names in ``of``, by its
        id, with the parameters of the recipe; a number of clusters that the run has found in the place of
        ``"auto"``.
    """

    seed: int = 0
    device: str = "cpu"
    precision: Precision = "float32"
    threads: int = 1
    progress: Progress = silent
    checkpoint: Checkpoint | None = None
    memory: Memory | None = None
    on_epoch: Callable[[str, int, Mapping[str, float]], None] = no_epochs
    replies: Replies | None = None
    clusterer: Callable[[str, Mapping[str, JsonValue]], Clusterer[Any]] = no_clusterers
    labels_only: bool = False
    below: Callable[[str], Clusterer[Any]] = no_bases

    def with_seed(self, seed: int) -> Context:
        """Return this context with another seed."""
        return replace(self, seed=seed)


@dataclass(frozen=True)
class State:
    """All that a fitted plugin needs to go on in another process.

    Parameters
    ----------
    arrays
        Arrays by name, of bool, integer or floating dtype and any shape; stored as safetensors.
    meta
        JSON values: numbers, strings, lists, dicts; no nan and no infinity.
    """

    arrays: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)

    def part(self, prefix: str) -> State:
        """Return the arrays and values stored below ``prefix.``, without the prefix."""
        start = f"{prefix}."
        return State(
            {k.removeprefix(start): v for k, v in self.arrays.items() if k.startswith(start)},
            {k.removeprefix(start): v for k, v in self.meta.items() if k.startswith(start)},
        )

    def within(self, prefix: str) -> State:
        """Return this state with ``prefix.`` before every name."""
        return State(
            {f"{prefix}.{k}": np.ascontiguousarray(v) for k, v in self.arrays.items()},
            {f"{prefix}.{k}": v for k, v in self.meta.items()},
        )

    def __or__(self, other: State) -> State:
        return State({**self.arrays, **other.arrays}, {**self.meta, **other.meta})
