"""The base of encoders that send images through a pre-trained network.

The smallest complete encoder, with weights from its own package::

    class Tiny(ImageEncoder[TinyParams]):
        def folder(self):
            return Path(my_package.__file__).parent / "model"

        def read(self, folder):
            return VisionModel(TinyNetwork(torch.load(folder / "w.pth", weights_only=True)), TINY_INPUT)
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from clusterforge.contracts import Context, FloatArray, IntArray, Items, View
from clusterforge.contracts.corpus import P
from clusterforge.numerics.arrays import blocks
from clusterforge.pretrained.image_input import ImageInput, Pixels
from clusterforge.pretrained.models import PretrainedEncoder, inference


@dataclass(frozen=True)
class VisionModel:
    """A network over images with what is needed to feed it.

    Parameters
    ----------
    network
        (b, c, h, w) in, (b, d) out.
    prepare
        Makes its input of uint8 images.
    """

    network: nn.Module
    prepare: ImageInput


@dataclass(frozen=True)
class ImageRows:
    """Images as a network takes them, prepared when they are asked for."""

    prepare: ImageInput
    items: Items
    lengths: None = None

    def batch(self, rows: IntArray) -> Tensor:
        """Return images: float32 (b, c, h, w)."""
        return self.prepare(cast(Pixels, self.items.take(rows)))


class ImageEncoder(PretrainedEncoder[P, VisionModel]):
    """A frozen image encoder that another encoder may train as its backbone."""

    @property
    @abstractmethod
    def batch(self) -> int:
        """Images per step."""

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return the embedding of the images: float32 (n, d)."""
        device = torch.device(context.device)
        network, inputs = (
            self.module().to(device).eval(),
            self.inputs(view.items, context, again=False),
        )
        parts: list[FloatArray] = []
        with inference(context):
            for part in blocks(len(view), values=self.batch):
                images = inputs.batch(np.arange(part.start, part.stop))
                # Another number of rows is another order of sums: each step has as many.
                full = torch.zeros((self.batch, *images.shape[1:]))
                full[: len(images)] = images
                encoded = network(full.to(device))[: len(images)]
                parts.append(encoded.float().cpu().numpy())
                context.progress(part.stop, len(view), "encoding images")
        return np.concatenate(parts) if parts else np.empty((0, 1), dtype=np.float32)

    def module(self) -> nn.Module:
        """Return the network: (b, c, h, w) in, (b, d) out."""
        return self._ready().network

    def inputs(self, items: Items, context: Context, *, again: bool) -> ImageRows:
        """Return what prepares images: float32 (b, c, h, w)."""
        return ImageRows(self._ready().prepare, items)
