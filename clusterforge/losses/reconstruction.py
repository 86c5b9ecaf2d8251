"""Reconstruction error."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from clusterforge.builtin.losses import ReconstructionParams
from clusterforge.contracts.training import Batch, Loss
from clusterforge.errors import InputError


def reconstruction(found: Tensor, target: Tensor, kind: Literal["mse", "l1", "bce"]) -> Tensor:
    """Return the mean error over all values of a batch.

    mse: (r - t)²; l1: |r - t|; bce: -t·log r - (1 - t)·log(1 - r), each log at least -100.
    """
    if kind == "mse":
        return functional.mse_loss(found, target)
    if kind == "l1":
        return functional.l1_loss(found, target)
    return functional.binary_cross_entropy(found, target)


class ReconstructionLoss(Loss[ReconstructionParams]):
    """The input against what the decoder makes of its embedding.

    References
    ----------
    Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural networks", Science
    313, 2006.
    """

    def __init__(self, params: ReconstructionParams) -> None:
        super().__init__(params)
        self._checked = params.kind != "bce"

    def __call__(self, batch: Batch) -> Tensor:
        """Return the error of a batch."""
        found, target = batch.reconstruction, batch.target
        if not self._checked:
            for what, values in (("the decoder's output", found), ("the input", target)):
                low, high = torch.aminmax(values.detach())
                if low < 0 or high > 1:
                    raise InputError(
                        f"binary cross-entropy needs values in [0, 1], {what} goes from "
                        f"{float(low):.3g} to {float(high):.3g}",
                        remedy='use mse, or bring the input into [0, 1] and set output = "sigmoid"',
                    )
            self._checked = True
        return reconstruction(found, target.to(found.dtype), self.params.kind)
