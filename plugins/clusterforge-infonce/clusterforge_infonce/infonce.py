"""Contrast with the rows of the batch."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from clusterforge.contracts.training import Batch, Loss
from clusterforge_infonce.plugin import InfonceParams


def infonce(
    z: Tensor, partner: Tensor, same: Tensor, temperature: float, symmetric: bool = True
) -> Tensor:
    """Return the mean cross-entropy of telling partners from other rows.

    With the cosine s(a, b), an anchor a with partner p and candidates C, p among them, costs
    ``-log(exp(s(a, p) / t) / Σ_{c ∈ C} exp(s(a, c) / t))``. Without ``symmetric``, anchors are the
    rows of z in pairs of one kind, and C their partners. With it, the partners are anchors too, and
    C is all of z and these partners, without the anchor itself; where every pair is of one
    kind, that is NT-Xent.

    A pair of different rows has nothing to find: its row of z is a candidate only, and its partner
    no part of the loss, since it can be a view of a row whose partner is to be found. Without pairs
    of one kind the loss is 0.

    Parameters
    ----------
    z, partner
        Embeddings (b, d).
    same
        (b,): above 0 for pairs of one kind.
    temperature
        t, above 0.
    symmetric
        As said above.

    References
    ----------
    van den Oord, Li and Vinyals, arXiv:1807.03748, eq. 4. Chen et al., arXiv:2002.05709, eq. 1.
    """
    anchor = torch.nonzero(same > 0).squeeze(1)  # (p,)
    if not len(anchor):
        return (z.sum() + partner.sum()) * 0.0
    rows, found = normalize(z, dim=1), normalize(partner[anchor], dim=1)  # (b, d), (p, d)
    place = torch.arange(len(anchor), device=z.device)
    if not symmetric:
        return cross_entropy(rows[anchor] @ found.T / temperature, place)
    views = torch.cat([rows, found])  # (b + p, d)
    own, other = torch.cat([anchor, len(rows) + place]), torch.cat([len(rows) + place, anchor])
    logits = views[own] @ views.T / temperature  # (2p, b + p)
    itself = own[:, None] == torch.arange(len(views), device=z.device)
    return cross_entropy(logits.masked_fill(itself, -torch.inf), other)


class InfonceLoss(Loss[InfonceParams]):
    """Each row of a pair tells its partner from the other rows of the batch.

    References
    ----------
    van den Oord, Li and Vinyals, "Representation learning with contrastive predictive coding",
    2018. Chen, Kornblith, Norouzi and Hinton, "A simple framework for contrastive learning of
    visual representations", ICML 2020.
    """

    def __call__(self, batch: Batch) -> Tensor:
        """Return the loss of a batch of pairs."""
        assert batch.partner is not None
        assert batch.same is not None
        p = self.params
        return infonce(batch.z, batch.partner, batch.same, p.temperature, p.symmetric)
