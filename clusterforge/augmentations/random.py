"""Random views of a batch: images are moved, vectors get noise, texts lose tokens."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from clusterforge.builtin.pairs import RandomParams
from clusterforge.contracts.training import Augmentation, Inputs
from clusterforge.errors import InputError

SPREAD_ROWS = 8192
MASK = "attention_mask"


class RandomAugmentation(Augmentation[RandomParams]):
    """Moves images; gives vectors noise and sets some of their features to zero; hides tokens of texts."""

    def setup(self, inputs: Inputs) -> None:
        """Measure the spread of vectors on up to 8,192 rows.

        Raises
        ------
        InputError
            Where the rows are neither vectors nor images nor tokens.
        """
        self.image_shape = inputs.image_shape
        self.spread: Tensor | float = 0.0
        rows = inputs.take(_evenly(len(inputs), SPREAD_ROWS if len(inputs.shape) == 1 else 1))
        if isinstance(rows, dict) and MASK in rows:
            return
        if not isinstance(rows, Tensor):
            raise InputError(
                "the input of a backbone has no random views",
                key="augment",
                remedy="leave it out; the backbone's own dropout makes views",
            )
        if len(inputs.shape) == 1 and not self.image_shape:
            self.spread = rows.std(dim=0, correction=0)

    def __call__(self, x: Any) -> Any:
        """Return another view of a batch of inputs, shaped like it."""
        if isinstance(x, dict):
            return x | {MASK: hidden(x[MASK], self.params.dropout)}
        if x.ndim == 4:
            return moved(x, self.params)
        if self.image_shape:
            channels, height, width = self.image_shape
            image = x.view(-1, height, width, channels).permute(0, 3, 1, 2)
            return moved(image, self.params).permute(0, 2, 3, 1).reshape(x.shape)
        noise = torch.randn_like(x).mul_(self.spread).mul_(self.params.noise)
        keep = torch.rand_like(x) >= self.params.dropout
        return (x + noise) * keep


def hidden(mask: Tensor, share: float) -> Tensor:
    """Hide a share of the tokens of texts, never the first of a text.

    Parameters
    ----------
    mask
        1 where a text has a token: (b, t), on either side of the padding.
    """
    seen = mask * (torch.rand(mask.shape, device=mask.device) >= share)
    return seen.scatter(1, mask.argmax(dim=1, keepdim=True), 1)


def moved(images: Tensor, params: RandomParams) -> Tensor:
    """Shift, rotate and scale each image at random, all in one call: (b, c, h, w)."""
    b, _, height, width = images.shape
    draw = torch.rand((4, b), device=images.device) * 2 - 1
    angle = draw[0] * math.radians(params.rotate)
    zoom = 1 / (1 + draw[1] * params.scale)
    # grid_sample's coordinates run from -1 to 1: a shift of one side is 2.
    right, down = draw[2] * 2 * params.shift, draw[3] * 2 * params.shift
    cos, sin = angle.cos() * zoom, angle.sin() * zoom
    tall = height / width
    theta = torch.stack([cos, -sin * tall, right, sin / tall, cos, down], 1).view(b, 2, 3)
    grid = functional.affine_grid(theta, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


def _evenly(n: int, most: int) -> Tensor:
    return torch.arange(n) if n <= most else torch.linspace(0, n - 1, most).long()
