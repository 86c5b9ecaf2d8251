"""Image embeddings by a pre-trained network."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from clusterforge.builtin.frozen_encoders import ImageModelParams
from clusterforge.errors import InputError
from clusterforge.hub.lookup import find_model
from clusterforge.pretrained.image_encoder import ImageEncoder, VisionModel
from clusterforge.pretrained.image_input import ImageInput
from clusterforge.pretrained.models import read_model


class ImageNetwork(nn.Module):
    """A vision model with its pooling: (b, c, h, w) in, (b, d) out."""

    def __init__(self, model: nn.Module, pooling: str, normalize: bool) -> None:
        super().__init__()
        self.model, self.pooling, self.normalize = model, pooling, normalize

    def forward(self, pixels: Tensor) -> Tensor:
        """Return the embedding of prepared images."""
        output = self.model(pixel_values=pixels)
        pooled = getattr(output, "pooler_output", None) if self.pooling == "auto" else None
        if pooled is not None:
            embedding = pooled.flatten(1).float()
        else:
            hidden = output.last_hidden_state.float()
            places = hidden.flatten(2).mT if hidden.ndim == 4 else hidden  # (b, places, d)
            embedding = places[:, 0] if self.pooling == "cls" else places.mean(dim=1)
        return nn.functional.normalize(embedding, dim=-1) if self.normalize else embedding


class ImageModel(ImageEncoder[ImageModelParams]):
    """The pooled output of ResNet, ViT, ConvNeXt or another vision model of ``transformers``.

    A pooling layer that the checkpoint has no weights for is not used; the mean over all places
    takes its place.
    """

    def folder(self) -> Path:
        """Return the folder of the model, found or downloaded."""
        return find_model(self.params.model, self.params.revision)

    @property
    def batch(self) -> int:
        """Images per step."""
        return self.params.batch

    def read(self, folder: Path) -> VisionModel:
        """Read the model in a folder.

        Raises
        ------
        InputError
            Where it is none over images; ``key`` is ``model``.
        """
        model, missing = read_model(folder)
        # Of a model over text and images (CLIP), the half that sees.
        model = getattr(model, "vision_model", model)
        if not hasattr(model.config, "num_channels"):
            raise InputError(
                f"{folder.name} is not a model over images",
                key="model",
                remedy="name a vision model, such as microsoft/resnet-18",
            )
        pooling = self.params.pooling
        network = ImageNetwork(
            model, "mean" if pooling == "auto" and missing else pooling, self.params.normalize
        )
        return VisionModel(network, ImageInput.of(folder, model.config))
