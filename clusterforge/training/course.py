"""A network and its phases on the way through training; afterwards, what became of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from clusterforge.contracts import Context, Epoch, FloatArray, PairsUsed, PhaseEnd
from clusterforge.contracts.training import Loss, Network
from clusterforge.phases import Phase
from clusterforge.training import inputs
from clusterforge.training.backbone import WithBackbone
from clusterforge.training.parts import MakePart, Part
from clusterforge.training.ranks import Ranks
from clusterforge.training.steps import Recorder

SAMPLE, TUNED_SAMPLE = 5000, 1000  # rows embedded after each phase; fewer through a backbone


@dataclass
class Course:
    """A network, on the context's device, and its phases; afterwards, what became of them.

    Parameters
    ----------
    phases, make
        The phases, and what gives the parts that they name.
    train, validation
        Rows to train on and, where the data set has them, to validate with.
    backbone_factor
        Learning rate of a backbone, as a share of the phase's.
    after
        The embedding of the sampled rows after each phase: float32 (m, d).
    recorder
        What replays steps, where they can be.
    ranks
        The processes that train it together, where there are several.
    """

    network: Network
    phases: tuple[Phase, ...]
    make: MakePart
    train: inputs.Examples
    validation: inputs.Examples | None
    n_classes: int | None
    context: Context
    backbone_factor: float

    history: list[Epoch] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    pairs: list[PairsUsed] = field(default_factory=list)
    ends: list[PhaseEnd] = field(default_factory=list)
    after: list[FloatArray] = field(default_factory=list)
    head: Part[Loss[Any]] | None = None
    head_at: tuple[int, int] | None = None
    recorder: Recorder | None = None
    ranks: Ranks | None = None

    @property
    def sample(self) -> Tensor:
        """Evenly spaced training rows that stand for all after each phase: int64 (m,)."""
        n, tuned = len(self.train), isinstance(self.network, WithBackbone)
        return torch.linspace(0, n - 1, min(n, TUNED_SAMPLE if tuned else SAMPLE)).long()

    def sampled(self) -> Tensor:
        """Return the embedding of these rows: float32 (m, d)."""
        sample = inputs.Subset(self.train.inputs, self.sample)
        return inputs.embed(self.network, sample, torch.device(self.context.device), "float32")
