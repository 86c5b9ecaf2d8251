"""Contrastive loss on pairs."""

from __future__ import annotations

import torch
from torch import Tensor

from clusterforge.builtin.losses import ContrastiveParams
from clusterforge.contracts.training import Batch, Loss


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
