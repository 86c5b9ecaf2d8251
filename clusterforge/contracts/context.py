"""What a stage is given besides its parameters and its input."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from clusterforge.contracts.state import State
from clusterforge.phases import Phase

Precision = Literal["float32", "bfloat16"]


class Progress(Protocol):
    """Told how far a stage is; drawing it is somebody else's work."""

    def __call__(self, done: float, total: float, text: str = "") -> None:
        """Report ``done`` of ``total`` units; ``text`` says what is being done."""


class Checkpoint(Protocol):
    """Where a long stage leaves its state, so that an interrupted run can go on."""

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


def silent(done: float, total: float, text: str = "") -> None:
    """Report no progress."""


def no_epochs(phase: str, epoch: int, values: Mapping[str, float]) -> None:
    """Tell nobody about an epoch."""


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
    """

    seed: int = 0
    device: str = "cpu"
    precision: Precision = "float32"
    threads: int = 1
    progress: Progress = silent
    checkpoint: Checkpoint | None = None
    memory: Memory | None = None
    on_epoch: Callable[[str, int, Mapping[str, float]], None] = no_epochs

    def with_seed(self, seed: int) -> Context:
        """Return this context with another seed."""
        return replace(self, seed=seed)
