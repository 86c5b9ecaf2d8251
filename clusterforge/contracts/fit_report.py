"""What an encoder reports of its fit: epochs, warnings, layers, pairs, and how phases ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clusterforge.numerics.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class Epoch:
    """One epoch of training.

    Parameters
    ----------
    phase
        Title of the phase.
    epoch
        Number within the phase, from 1.
    values
        Finite numbers by name: ``loss``, the terms of it, ``lr``, ``seconds``, …
    """

    phase: str
    epoch: int
    values: Mapping[str, float]


@dataclass(frozen=True)
class Layer:
    """One layer of a network.

    Parameters
    ----------
    name, type
        Its place in the network and its class.
    shape
        Shape of its output, without the batch.
    parameters
        Number of its weights.
    """

    name: str
    type: str
    shape: tuple[int, ...]
    parameters: int


@dataclass(frozen=True)
class PairsUsed:
    """Where the pairs of a phase came from.

    Parameters
    ----------
    phase
        Title of the phase.
    source
        ``labels``, ``neighbors``, ``augment``, …
    labels
        Whether true labels were used.
    details
        What the source reports: numbers and words by name.
    """

    phase: str
    source: str
    labels: bool
    details: Mapping[str, int | float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class PhaseEnd:
    """How a phase ended.

    Parameters
    ----------
    phase
        Title of the phase.
    epochs
        Epochs done.
    reason
        Why it ended early, or None.
    """

    phase: str
    epochs: int
    reason: str | None = None


@dataclass(frozen=True)
class FitReport:
    """What became of a fit. An encoder that is not trained in phases reports warnings at most.

    Parameters
    ----------
    warnings
        What the user should know, one line each.
    history
        Every epoch, in order.
    layers
        The network, in the order in which its layers run.
    pairs
        One record for each phase that trained on pairs.
    ends
        One record for each phase.
    sample
        Some training rows, int64 (m,), that stand for all.
    after
        The embedding of these rows after each phase, float32 (m, d); empty where there was one phase.
    """

    warnings: tuple[str, ...] = ()
    history: tuple[Epoch, ...] = ()
    layers: tuple[Layer, ...] = ()
    pairs: tuple[PairsUsed, ...] = ()
    ends: tuple[PhaseEnd, ...] = ()
    sample: IntArray | None = None
    after: tuple[FloatArray, ...] = ()
