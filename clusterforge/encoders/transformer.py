"""Text embeddings by any transformer, its last hidden states pooled."""

from __future__ import annotations

from pathlib import Path

from clusterforge.builtin.frozen_encoders import TransformerParams
from clusterforge.hub.model_lookup import find_model
from clusterforge.pretrained.text_encoder import TextEncoder
from clusterforge.pretrained.text_model import TextModel, read_transformer


class Transformer(TextEncoder[TransformerParams]):
    """Mean, first token or maximum of the last hidden states, padding left out."""

    def folder(self) -> Path:
        """Return the folder of the model, found or downloaded."""
        return find_model(self.params.model, self.params.revision)

    @property
    def batch(self) -> int | None:
        """Texts of mean length in a step."""
        return self.params.batch

    def read(self, folder: Path) -> TextModel:
        """Read the model in a folder."""
        params = self.params
        return read_transformer(folder, params.pooling, params.normalize, params.max_length)
