"""Trained encoders and losses: what the core's training loop asks of them. Imports torch.

The smallest complete loss plugin::

    class Spread(Loss[SpreadParams]):
        def __call__(self, batch):
            return -batch.z.var(dim=0).mean()

The smallest complete trained encoder::

    class Linear(TrainedEncoder[LinearParams]):
        def build(self, shape):
            return LinearNetwork(shape[0], self.params.dim)

where ``LinearNetwork`` is a :class:`Network` with ``encode`` and ``decode``, and ``LinearParams`` says
its phases (:class:`clusterforge.phases.TrainedParams`).

The smallest complete source of pairs, and the smallest complete augmentation::

    class Next(PairSource[Params]):
        def positive(self, rows, rng):
            return (rows + 1) % self.n

        def negative(self, rows, rng):
            return None

        def setup(self, scope):
            self.n = len(scope)

    class Mirror(Augmentation[Params]):
        def __call__(self, x):
            return x.flip(-1)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from clusterforge.contracts.context import State
from clusterforge.contracts.corpus import FloatArray, IntArray, P
from clusterforge.contracts.encoder import View
from clusterforge.phases import Phase as Phase

Generator = np.random.Generator


@dataclass(frozen=True)
class Encoded:
    """An embedding with side outputs, where a network has some.

    Parameters
    ----------
    z
        The embedding (b, d).
    outputs
        Tensors by name, each with b rows: the mean and the variance of a code, a projection, …
    """

    z: Tensor
    outputs: Mapping[str, Tensor]


class Network(nn.Module):
    """A network with an embedding. Subclasses implement ``encode`` and, if they can, ``decode``.

    It is an ordinary module: its parameters and buffers are the weights that are stored.

    Attributes
    ----------
    replayable
        Whether calls only compute on tensors of the device, the same way for all batches of one shape:
        they read no number from it, and what they keep they change in place. On a GPU, steps of such
        a network are recorded once and replayed (:attr:`clusterforge.specs.LossSpec.replayable`). Each
        class says it for itself; a derived class does not inherit it.
    """

    replayable: bool = False

    def encode(self, x: Any) -> Tensor:
        """Return the embedding of a batch: (b, dim)."""
        raise NotImplementedError

    def forward(self, x: Any) -> Tensor | Encoded:
        """Return the embedding as losses see it in training: that of ``encode``, unless overridden.

        A network that samples its code, or has side outputs for a loss, overrides this and returns
        :class:`Encoded`; ``encode`` stays the embedding that clusterers get.
        """
        return self.encode(x)

    def decode(self, z: Tensor) -> Tensor:
        """Return the reconstruction of an embedding, shaped like ``target(x)``."""
        raise NotImplementedError(f"{type(self).__name__} has no decoder")

    def target(self, x: Any) -> Tensor:
        """Return what ``decode(encode(x))`` has to equal: the input itself, unless overridden."""
        assert isinstance(x, Tensor)
        return x

    def encoder_parameters(self) -> Iterable[nn.Parameter]:
        """Return the parameters that ``train = "encoder"`` moves; all, unless overridden."""
        return self.parameters()


class Inputs(ABC):
    """The training rows as the network takes them, in memory or streamed.

    Attributes
    ----------
    in_memory
        Whether ``take`` costs nothing; other rows are read ahead by a thread.
    image_shape
        (channels, height, width), where the rows are images that were flattened.
    lengths
        int64 (n,), where rows differ in length and those of a batch are filled up to the longest:
        rows of like length then go into one batch.
    """

    in_memory: bool = False
    image_shape: tuple[int, ...] | None = None
    lengths: IntArray | None = None

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Shape of one row, without the batch."""

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of rows."""

    @abstractmethod
    def take(self, rows: Tensor) -> Any:
        """Return rows as the network takes them, on the device.

        ``rows`` is int64 (b,), on the CPU; where ``in_memory``, it may be on the device.
        """


@dataclass(frozen=True)
class Sample:
    """Rows that belong to those of a batch, one to one: partners, or another view of the same rows.

    Attributes
    ----------
    x
        Their input, augmented or corrupted where the phase says so.
    z : Tensor
        Their embedding (b, d), with gradient.
    outputs : mapping of str to Tensor
        The network's side outputs, where it has some.
    """

    x: Any
    z: Tensor
    outputs: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass
class Batch:
    """One training batch, seen through the encoder.

    Attributes
    ----------
    rows : Tensor
        int64 (b,), positions in the training split, on the device; -1 for rows held out to
        validate, which the loss must then judge by the batch alone.
    x
        The input of the rows (augmented or corrupted where the phase says so).
    z : Tensor
        Their embedding (b, d), with gradient.
    network : Network
        The network, for what a loss wants beyond the embedding.
    clean
        The input before corruption; with several views, before augmentation as well.
    labels : Tensor or None
        int64 (b,), -1 where unlabelled; only for losses that need labels.
    outputs : mapping of str to Tensor
        The network's side outputs, among them those that the loss's spec needs.
    views : tuple of Sample
        For losses on views: each row ``n_views`` times, the first being ``x``, ``z`` and ``outputs``.
    partner, same : Sample or None, Tensor or None
        For losses on pairs: the partners, and 1.0 for same, 0.0 for different (b,).
    positive, negative : Sample or None
        For losses on triplets: for each anchor a row like it and one unlike it.
    """

    rows: Tensor
    x: Any
    z: Tensor
    network: Network
    clean: Any = None
    labels: Tensor | None = None
    outputs: Mapping[str, Tensor] = field(default_factory=dict)
    views: tuple[Sample, ...] = ()
    partner: Sample | None = None
    same: Tensor | None = None
    positive: Sample | None = None
    negative: Sample | None = None

    @cached_property
    def reconstruction(self) -> Tensor:
        """``decode(z)``, computed once however many losses ask for it."""
        return self.network.decode(self.z)

    @cached_property
    def target(self) -> Tensor:
        """What the reconstruction has to equal."""
        return self.network.target(self.x if self.clean is None else self.clean)


class Scope(Protocol):
    """The whole training split, for losses that need more than a batch."""

    seed: int
    device: torch.device
    network: Network
    n_classes: int | None

    @property
    def dim(self) -> int:
        """Width of the embedding."""

    def __len__(self) -> int:
        """Return the number of training rows."""

    def embed(self) -> Tensor:
        """Return the embedding of every training row, without gradient: float32 (n, d), on the device."""

    @property
    def labels(self) -> Tensor | None:
        """int64 (n,) on the device, where labels may be used."""

    def points(self) -> FloatArray:
        """Return the rows as they come in, for neighbours: float32 (n, d). Texts have none."""


class Loss(ABC, Generic[P]):
    """Base of loss plugins. A simple loss writes only the call.

    The loop calls, in this order: ``setup`` once per phase; for each epoch ``on_epoch``, and for each
    batch ``before_step``, the call, and ``on_step`` after the optimiser; ``should_stop`` after each step
    and epoch; ``state`` when a phase ends or a checkpoint is due, which may be after any step. Where an
    epoch under way goes on, a loss gets its state from the beginning of that epoch, ``on_epoch``, and
    then its state from after the last step.
    """

    def __init__(self, params: P) -> None:
        self.params = params

    def setup(self, scope: Scope) -> None:
        """Prepare for a phase: create parameters, start centroids."""

    def parameters(self) -> Iterable[nn.Parameter]:
        """Return the loss's own trainable parameters, after ``setup`` or ``restore``."""
        return ()

    def on_epoch(self, epoch: int, scope: Scope) -> None:
        """Run before epoch ``epoch`` (from 0) of the phase."""

    def before_step(self, step: int, scope: Scope) -> None:
        """Run before the batch of step ``step`` (from 0) of the phase is encoded."""

    def on_step(self, step: int, batch: Batch, scope: Scope) -> None:
        """Run after step ``step`` (from 0) of the phase: move centroids or a target network.

        ``batch`` is the batch of the step; its tensors are those from before the optimiser moved
        the weights, and their graph is gone.
        """

    @abstractmethod
    def __call__(self, batch: Batch) -> Tensor:
        """Return the scalar to minimise, with gradient."""

    def should_stop(self) -> str | None:
        """Return why the phase may end now, or None."""
        return None

    def assign(self, z: Tensor) -> Tensor | None:
        """Return the soft assignment (n, k) of embeddings (n, d), where the loss has a head."""
        return None

    def values(self) -> dict[str, float]:
        """Return numbers worth a line in the history of the epoch (share of changed labels, …)."""
        return {}

    def warnings(self) -> list[str]:
        """Return what the user should know of a phase that has ended, one line each."""
        return []

    def state(self) -> State:
        """Return all that ``restore`` needs to go on after any step of a phase, and to ``assign``.

        What was counted for the epoch's ``values`` is part of it.
        """
        return State()

    def restore(self, state: State) -> None:
        """Take up a state, in place of ``setup``."""


class PairSource(ABC, Generic[P]):
    """Gives each row one like it and one unlike it: all rows of an epoch at once.

    The loop calls ``setup`` once per phase, also where an interrupted phase goes on and ``restore``
    follows; before each epoch, and also where one under way goes on, ``refresh``, ``anchors``, and then
    ``positive`` and ``negative``.
    """

    def __init__(self, params: P) -> None:
        self.params = params

    def setup(self, scope: Scope) -> None:
        """Prepare for a phase: index labels, look for neighbours."""

    def refresh(self, epoch: int, scope: Scope) -> None:
        """Run before epoch ``epoch`` (from 0) of the phase."""

    def anchors(self) -> IntArray | None:
        """Return the rows that may be anchors, int64 (m,); None: all."""
        return None

    @abstractmethod
    def positive(self, rows: IntArray, rng: Generator) -> IntArray | None:
        """Return for each row another of its kind, or itself where there is no other.

        Returns
        -------
        int64 (b,) or None
            None: each row itself, seen through another random view.
        """

    @abstractmethod
    def negative(self, rows: IntArray, rng: Generator) -> IntArray | None:
        """Return for each row one of another kind.

        Returns
        -------
        int64 (b,) or None
            None: the positive of another row of the batch, so that nothing more is encoded.
        """

    def details(self) -> dict[str, float | str]:
        """Return what is worth recording, by name."""
        return {}

    def state(self) -> State:
        """Return what ``restore`` needs to go on in the middle of a phase."""
        return State()

    def restore(self, state: State) -> None:
        """Take up a state, after ``setup``."""


class Augmentation(ABC, Generic[P]):
    """Draws random views of rows, by torch's global generator, which the loop has seeded."""

    def __init__(self, params: P) -> None:
        self.params = params

    def setup(self, inputs: Inputs) -> None:
        """Prepare for a phase: measure the training rows."""

    @abstractmethod
    def __call__(self, x: Any) -> Any:
        """Return another view of a batch of inputs, shaped like it."""


class TrainedEncoder(ABC, Generic[P]):
    """Base of encoders that the core trains: a network. Its parameters say its phases.

    The network takes the embedding by the encoders before it, or, where the spec says ``also_reads``, the raw
    rows: then losses and pair sources alone see the embedding, as ``Scope.points``.
    """

    def __init__(self, params: P) -> None:
        self.params = params

    @abstractmethod
    def build(self, shape: tuple[int, ...]) -> Network:
        """Return a new network for rows of this shape: (d,) or (channels, height, width).

        Weights are drawn from torch's global generator, which the core has seeded.
        """

    def image_range(self) -> tuple[float, float] | None:
        """Return the range of values, to have images as float32 (b, channels, height, width).

        None: images come as vectors in [0, 1], like any other rows.
        """
        return None

    def inputs(self, view: View, device: torch.device) -> Inputs | None:
        """Return the rows as this network takes them; None: as ``image_range`` says."""
        return None
