"""Contrast with the rows of the batch."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from clusterforge.builtin.losses import InfonceParams
from clusterforge.contracts.training import Batch, Loss


def infonce(a: Tensor, b: Tensor, temperature: float, symmetric: bool = True) -> Tensor:
    """Return the mean cross-entropy of telling the other view of a row from other rows.

    With the cosine s(u, v), a view u whose other view is v, and candidates C, v among them, costs
    ``-log(exp(s(u, v) / t) / Σ_{c ∈ C} exp(s(u, c) / t))``. Without ``symmetric``, u is in turn each row
    of a, and C all of b. With it, u is in turn each row of a and b, and C all of both but u itself:
    NT-Xent.

    Parameters
    ----------
    a, b
        Embeddings (b, d) of two views of the same rows.
    temperature
        t, above 0.
    symmetric
        As described above.

    References
    ----------
    van den Oord, Li and Vinyals, arXiv:1807.03748, eq. 4. Chen et al., arXiv:2002.05709, eq. 1.
    """
    a, b = normalize(a, dim=1), normalize(b, dim=1)
    place = torch.arange(len(a), device=a.device)
    if not symmetric:
        return cross_entropy(a @ b.T / temperature, place)
    views = torch.cat([a, b])  # (2b, d)
    logits = views @ views.T / temperature  # (2b, 2b)
    logits.fill_diagonal_(-torch.inf)
    return cross_entropy(logits, torch.cat([place + len(a), place]))


class InfonceLoss(Loss[InfonceParams]):
    """Each view of a row tells the row's other view from those of the other rows of the batch.

    References
    ----------
    van den Oord, Li and Vinyals, "Representation learning with contrastive predictive coding",
    2018. Chen, Kornblith, Norouzi and Hinton, "A simple framework for contrastive learning of
    visual representations", ICML 2020.
    """

    def __call__(self, batch: Batch) -> Tensor:
        """Return the loss of a batch of two views."""
        a, b = batch.views
        return infonce(a.z, b.z, self.params.temperature, self.params.symmetric)
