"""A text network that computes little of what only fills texts up to one length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

ROWS = 32  # of a group
TOKENS = 4  # of which a group's width is a multiple: each size costs a library memory that it keeps
SHORT = 128  # tokens up to which a product of all pairs is small


class ByLength(nn.Module):
    """A network that on a processor reads the texts of a batch in groups of nearly one length.

    In a batch as training draws it, the longest text is several times longer than most. A GPU has room for
    what fills up the others, and would wait for many small groups.

    Parameters
    ----------
    network
        Takes a dict of tensors (b, t, …) with ``attention_mask`` (b, t), and gives (b, d), row by row.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Mapping[str, Tensor]) -> Tensor:
        """Return what the network gives for the texts: (b, d)."""
        mask = x["attention_mask"]
        if mask.device.type != "cpu":
            whole: Tensor = self.network(dict(x))
            return whole
        order, parts = [], []
        learns = torch.is_grad_enabled() and torch.is_autocast_enabled("cpu")
        for rows, end in _groups(mask):
            # In bfloat16 the way back through fused attention takes longer than all other layers.
            plain = sdpa_kernel(SDPBackend.MATH) if learns and end <= SHORT else nullcontext()
            with plain:
                parts.append(self.network({name: value[rows, :end] for name, value in x.items()}))
            order.append(rows)
        return torch.cat(parts)[torch.cat(order).argsort()]


def _groups(mask: Tensor) -> Iterator[tuple[Tensor, int]]:
    """Yield the rows of each group, int64 (m,), the longest texts first, and where the group ends."""
    width = mask.shape[1]
    ends, order = (width - mask.flip(1).argmax(dim=1)).sort(descending=True, stable=True)
    longest = ends[::ROWS].tolist()
    for rows, end in zip(torch.split(order, ROWS), longest, strict=True):
        yield rows, min(width, -(-end // TOKENS) * TOKENS)
