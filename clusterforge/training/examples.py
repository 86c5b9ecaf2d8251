"""Rows to train on or to validate with."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.contracts.training import Inputs
from clusterforge.training.inputs import Subset
from clusterforge.training.seeds import generator


@dataclass(frozen=True)
class Examples:
    """Rows as the network takes them.

    Parameters
    ----------
    inputs
        The rows.
    labels
        int64 (n,), -1 for unlabelled; None where labels may not be used.
    points
        Gives the vectors in which neighbours are looked for: float32 (n, d).
    incoming
        Whether those vectors are the embedding of an encoder before this one.
    """

    inputs: Inputs
    labels: IntArray | None
    points: Callable[[], FloatArray]
    incoming: bool

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def labelled(self) -> bool:
        """Whether any row has a label that may be used."""
        return self.labels is not None and bool((self.labels >= 0).any())

    def subset(self, rows: IntArray) -> Examples:
        """Return some of the rows, in the order given."""
        return Examples(
            Subset(self.inputs, torch.from_numpy(rows)),
            None if self.labels is None else self.labels[rows],
            lambda: self.points()[rows],
            self.incoming,
        )

    def split(self, share: float, seed: int) -> tuple[Examples, Examples]:
        """Hold out a share of the rows, at least one: what is left, and what is held out."""
        n = len(self)
        held = min(n - 1, max(1, math.ceil(share * n)))
        order = generator(seed, "held-out").permutation(n)
        return self.subset(np.sort(order[held:])), self.subset(np.sort(order[:held]))
