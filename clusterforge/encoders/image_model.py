"""Image embeddings by a pre-trained network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from clusterforge.builtin.frozen_encoders import ImageModelParams
from clusterforge.contracts import Context, Encoder, FloatArray, IntArray, Items, State, View
from clusterforge.encoders.image_input import ImageInput, Pixels
from clusterforge.errors import InputError
from clusterforge.hub.contents import content_digest
from clusterforge.hub.model_lookup import find_model
from clusterforge.pretrained.model_files import read_model
from clusterforge.pretrained.text_batches import chunks


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


class ImageModel(Encoder[ImageModelParams]):
    """The pooled output of ResNet, ViT, ConvNeXt or another vision model of ``transformers``.

    A pooling layer that the checkpoint has no weights for is not used; the mean over all places
    takes its place.
    """

    def __init__(self, params: ImageModelParams) -> None:
        super().__init__(params)
        self._network: ImageNetwork | None = None
        self._expected: str | None = None

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return the embedding of the images: float32 (n, d)."""
        device = torch.device(context.device)
        network, inputs = self.module().to(device).eval(), self.inputs(view.items)
        autocast = torch.autocast(
            device.type, dtype=torch.bfloat16, enabled=context.precision == "bfloat16"
        )
        parts: list[FloatArray] = []
        with torch.inference_mode(), autocast:
            for rows in chunks(len(view), self.params.batch):
                parts.append(network(inputs(rows).to(device)).float().cpu().numpy())
                context.progress(int(rows[-1]) + 1, len(view), "encoding images")
        return np.concatenate(parts) if parts else np.empty((0, 1), dtype=np.float32)

    def module(self) -> nn.Module:
        """Return the network: (b, c, h, w) in, (b, d) out."""
        if self._network is None:
            folder = self._folder()
            if self._expected not in (None, content_digest(folder)):
                raise InputError(
                    f"the model in {folder} is not the one that was used before",
                    key="model",
                    remedy="put the earlier weights back, or run again",
                )
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
            self._network = ImageNetwork(
                model, "mean" if pooling == "auto" and missing else pooling, self.params.normalize
            )
        return self._network

    def inputs(self, items: Items) -> Callable[[IntArray], Tensor]:
        """Return a function from rows to prepared images: float32 (b, c, h, w)."""
        self.module()
        prepare = ImageInput.of(self._folder(), self._config())
        return lambda rows: prepare(cast(Pixels, items.take(rows)))

    def state(self) -> State:
        """Return which model it was; the weights stay where they are."""
        return State(meta={"model": self.params.model, "weights": content_digest(self._folder())})

    def restore(self, state: State) -> None:
        """Remember which weights are expected; they are compared when they are read."""
        self._expected = state.meta["weights"]

    def _folder(self) -> Path:
        return find_model(self.params.model, self.params.revision)

    def _config(self) -> Any:
        assert self._network is not None
        return self._network.model.config
