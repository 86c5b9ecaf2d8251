"""Losses on pairs and on triplets."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from clusterforge.builtin.losses import ContrastiveParams, TripletLossParams
from clusterforge.contracts import State
from clusterforge.contracts.training import Batch, Loss, Scope


def contrastive(a: Tensor, b: Tensor, same: Tensor, margin: float) -> Tensor:
    """Return the mean of y·d² + (1 - y)·max(0, m - d)².

    Parameters
    ----------
    a, b
        Embeddings (b, d); d is their Euclidean distance.
    same
        y (b,): 1 for pairs of one kind, 0 for different ones.
    margin
        m.
    """
    distance: Tensor = torch.linalg.vector_norm(a - b, dim=1)
    apart = (margin - distance).clamp(min=0)
    return (same * distance.square() + (1 - same) * apart.square()).mean()


class ContrastiveLoss(Loss[ContrastiveParams]):
    """Pairs of one kind together, different ones at least a margin apart.

    References
    ----------
    Hadsell, Chopra and LeCun, "Dimensionality reduction by learning an invariant mapping", CVPR
    2006, eq. 4 (without its factors of one half).
    """

    def __call__(self, batch: Batch) -> Tensor:
        """Return the loss of a batch of pairs."""
        assert batch.partner is not None
        assert batch.same is not None
        return contrastive(batch.z, batch.partner.z, batch.same, self.params.margin)


IDLE = 0.01  # share of active triplets below which a phase teaches nothing any more


def hinges(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float) -> Tensor:
    """Return max(0, d²(a, p) - d²(a, n) + α) for each triplet: (b,)."""
    near = (anchor - positive).square().sum(dim=1)
    far = (anchor - negative).square().sum(dim=1)
    return (near - far + margin).clamp(min=0)


class TripletLoss(Loss[TripletLossParams]):
    """Anchors nearer to their positive than to their negative, by a margin in squared distance.

    The epoch's values hold ``active``, the share of triplets that are not there yet.

    References
    ----------
    Schroff, Kalenichenko and Philbin, "FaceNet", CVPR 2015, eq. 3.
    """

    def __init__(self, params: TripletLossParams) -> None:
        super().__init__(params)
        self._counts = torch.zeros(2, dtype=torch.int64)  # active triplets, and all

    def on_epoch(self, epoch: int, scope: Scope) -> None:
        """Begin to count anew."""
        self._counts = torch.zeros(2, dtype=torch.int64, device=scope.device)

    def __call__(self, batch: Batch) -> Tensor:
        """Return the mean over a batch of triplets."""
        assert batch.positive is not None
        assert batch.negative is not None
        each = hinges(batch.z, batch.positive.z, batch.negative.z, self.params.margin)
        if torch.is_grad_enabled():
            self._counts[0].add_((each.detach() > 0).sum())
            self._counts[1].add_(len(each))
        return each.mean()

    def values(self) -> dict[str, float]:
        """Return the share of triplets with a loss."""
        active, seen = self._counts.tolist()
        return {"active": active / seen} if seen else {}

    def state(self) -> State:
        """Return what the epoch under way has counted."""
        return State({"counts": self._counts.cpu().numpy().copy()})

    def restore(self, state: State) -> None:
        """Take up a count."""
        self._counts.copy_(torch.from_numpy(np.array(state.arrays["counts"])))

    def warnings(self) -> list[str]:
        """Tell of an epoch in which hardly a triplet taught anything."""
        active = self.values().get("active", 1.0)
        if active >= IDLE:
            return []
        return [f"ended with {active:.2%} of its triplets active: a larger margin would teach more"]
