"""Texts as the mean of fixed vectors of their tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from scipy import sparse

from clusterforge.contracts import (
    Context,
    Encoder,
    FloatArray,
    IntArray,
    Items,
    Shortfall,
    State,
    View,
)
from clusterforge.errors import InputError
from clusterforge.hub.contents import file_digest
from clusterforge_static_embedding.models import Files, local_files, wordllama_files
from clusterforge_static_embedding.plugin import StaticEmbeddingParams

CHARACTERS = 4_000_000  # tokenised at once
LEAST = 1e-12


@dataclass(frozen=True)
class _Model:
    """A tokenizer, the vector of each token, float32 (tokens, d), and the token that is none, if any."""

    tokenizer: Any
    vectors: FloatArray
    unknown: int | None


class StaticEmbedding(Encoder[StaticEmbeddingParams]):
    """The mean of the vectors of a text's tokens, unknown ones left out; zero for a text without any.

    A text is read whole, however long it is. Nothing is learnt from the rows.
    """

    _expected: str | None = None
    _model: _Model | None = None
    _empty = 0

    def files(self) -> Files:
        """Return the files of the model."""
        if self.params.model is None:
            return wordllama_files()
        return local_files(self.params.model, self.params.revision)

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return the embedding of the texts: float32 (n, d)."""
        if self._model is None:
            self._model = self._read()
        model, n, start = self._model, len(view), 0
        result = np.zeros((n, model.vectors.shape[1]), dtype=np.float32)
        empty = 0
        for texts in _parts(view.items):
            counts = _counts(model, texts)
            sizes = np.asarray(counts.sum(axis=1), dtype=np.float32)
            part = result[start : start + len(texts)]
            part[:] = (counts @ model.vectors) / np.maximum(sizes, 1)
            if self.params.normalize:
                part /= np.maximum(np.linalg.norm(part, axis=1, keepdims=True), LEAST)
            empty += int((sizes == 0).sum())
            start += len(texts)
            context.progress(start, n, "encoding texts")
        self._empty = empty
        return result

    def shortfalls(self) -> tuple[Shortfall, ...]:
        """Return how many texts have no known token."""
        problem = "without a known token, and all zero in the embedding"
        return (Shortfall(self._empty, problem),) if self._empty else ()

    def state(self) -> State:
        """Return which model it was; the weights stay where they are."""
        return State(meta={"weights": _digest(self.files())})

    def restore(self, state: State) -> None:
        """Remember which weights are expected; they are compared when they are read."""
        self._expected = state.meta["weights"]

    def _read(self) -> _Model:
        files = self.files()
        if self._expected not in (None, _digest(files)):
            raise InputError(
                f"the model in {files.weights.parent} is not the one that was used before",
                key="model",
                remedy="restore the earlier weights, or run again",
            )
        vectors = files.vectors()
        dim = self.params.dim or vectors.shape[1]
        if dim > vectors.shape[1]:
            raise InputError(
                f"the model has {vectors.shape[1]} dimensions, not {dim}",
                key="dim",
                remedy=f"set {vectors.shape[1]} or less, or leave it out",
            )
        tokenizer, unknown = files.read_tokenizer()
        if tokenizer.get_vocab_size() > len(vectors):
            raise InputError(
                f"the model has vectors for {len(vectors):,} of {tokenizer.get_vocab_size():,} tokens",
                key="model",
                remedy="download it again, or name another one",
            )
        return _Model(tokenizer, np.ascontiguousarray(vectors[:, :dim]), unknown)


def _digest(files: Files) -> str:
    return f"{file_digest(files.weights)} {file_digest(files.tokenizer)}"


def _parts(items: Items) -> Iterator[list[str]]:
    """Yield the texts, a bounded number of characters at a time."""
    part: list[str] = []
    size = 0
    for row in range(len(items)):
        (text,) = items.take(np.array([row]))
        part.append(str(text).encode("utf-8", "replace").decode())
        size += len(part[-1])
        if size > CHARACTERS:
            yield part
            part, size = [], 0
    if part:
        yield part


def _counts(model: _Model, texts: list[str]) -> Any:
    """Return how often each text has each token: sparse float32 (texts, tokens)."""
    encoded = model.tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    lengths = np.array([len(one.ids) for one in encoded], dtype=np.int64)
    tokens: IntArray = np.fromiter(
        chain.from_iterable(one.ids for one in encoded), np.int64, int(lengths.sum())
    )
    rows = np.repeat(np.arange(len(texts)), lengths)
    known = tokens != model.unknown if model.unknown is not None else np.ones(len(tokens), bool)
    shape = (len(texts), len(model.vectors))
    ones = np.ones(int(known.sum()), dtype=np.float32)
    return sparse.csr_matrix((ones, (rows[known], tokens[known])), shape)
