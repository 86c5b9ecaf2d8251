"""Sentence embeddings by a model of the sentence-transformers library."""

from __future__ import annotations

from pathlib import Path

from clusterforge.builtin.frozen_encoders import SentenceTransformerParams
from clusterforge.hub.model_lookup import find_model
from clusterforge.pretrained.text_encoder import TextEncoder
from clusterforge.pretrained.text_model import TextModel, read_sentence_transformer


class SentenceTransformer(TextEncoder[SentenceTransformerParams]):
    """One vector a text, by the model's own pooling and prompt.

    References
    ----------
    Reimers and Gurevych, "Sentence-BERT", EMNLP 2019, section 3.
    """

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
        return read_sentence_transformer(folder, params.normalize, params.prompt, params.max_length)
