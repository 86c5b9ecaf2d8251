"""Text embeddings by a pre-trained transformer: a sentence model, or any, its last hidden states pooled."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from clusterforge.builtin.frozen_encoders import SentenceTransformerParams, TransformerParams
from clusterforge.hub.lookup import find_model
from clusterforge.pretrained.models import TextModel, read_sentence_transformer, read_transformer
from clusterforge.pretrained.params import LongTexts
from clusterforge.pretrained.text_encoder import TextEncoder

T = TypeVar("T", bound=SentenceTransformerParams | TransformerParams)


class HubTextEncoder(TextEncoder[T]):
    """A text encoder whose parameters name a model of the Hub, or a folder."""

    def folder(self) -> Path:
        """Return the folder of the model, found or downloaded."""
        return find_model(self.params.model, self.params.revision)

    @property
    def batch(self) -> int | None:
        """Texts of mean length in a step."""
        return self.params.batch

    @property
    def long(self) -> LongTexts:
        """What becomes of texts beyond the limit."""
        return self.params.long


class SentenceTransformer(HubTextEncoder[SentenceTransformerParams]):
    """One vector a text, by the model's own pooling and prompt.

    References
    ----------
    Reimers and Gurevych, "Sentence-BERT", EMNLP 2019, section 3.
    """

    def read(self, folder: Path) -> TextModel:
        """Read the model in a folder."""
        params = self.params
        return read_sentence_transformer(folder, params.normalize, params.prompt, params.max_length)


class Transformer(HubTextEncoder[TransformerParams]):
    """Mean, first token or maximum of the last hidden states, padding left out."""

    def read(self, folder: Path) -> TextModel:
        """Read the model in a folder."""
        params = self.params
        return read_transformer(folder, params.pooling, params.normalize, params.max_length)
