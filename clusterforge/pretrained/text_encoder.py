"""The base of encoders that send texts through a pre-trained transformer.

Texts are tokenised at once, sorted by length and batched by tokens. The smallest complete encoder,
with weights from its own package::

    class Tiny(TextEncoder[TinyParams]):
        def folder(self):
            return Path(my_package.__file__).parent / "model"

        def read(self, folder):
            return read_sentence_transformer(folder)
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from clusterforge.contracts import Context, FloatArray, Items, Shortfall, View
from clusterforge.contracts.corpus import P
from clusterforge.errors import InputError
from clusterforge.numerics.arrays import blocks
from clusterforge.pretrained.by_length import ByLength
from clusterforge.pretrained.models import (
    PretrainedEncoder,
    TextModel,
    inference,
    ready_on,
)
from clusterforge.pretrained.params import LongTexts
from clusterforge.pretrained.tokens import (
    CHUNK_ROWS,
    Tokens,
    batches,
    tokenize,
    tokenize_all,
    tokens_per_step,
)
from clusterforge.pretrained.upper_layers import UpperLayers

LEAST = 1e-12


class TextEncoder(PretrainedEncoder[P, TextModel]):
    """A frozen text encoder that another encoder may train as its backbone."""

    _shortfalls: tuple[Shortfall, ...] = ()

    @property
    def batch(self) -> int | None:
        """Texts of mean length in a step; None: as many as suit the device."""
        return None

    @property
    def long(self) -> LongTexts:
        """What becomes of texts beyond the model's limit."""
        return "cut"

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return the embedding of the texts: float32 (n, d)."""
        embedding, longer = encode_texts(self._ready(), view.items, context, self.batch, self.long)
        self._count(longer if self.long == "cut" else 0)
        return embedding

    def shortfalls(self) -> tuple[Shortfall, ...]:
        """Return how many texts were cut."""
        return self._shortfalls

    def module(self) -> nn.Module:
        """Return the network: a dict of token tensors in, (b, d) out."""
        return ByLength(self._ready().network)

    def inputs(self, items: Items, context: Context, *, again: bool) -> Tokens:
        """Return what gives the network's input; texts are tokenised once, and cut."""
        tokens = tokenize_all(self._one_window(), items)
        self._count(tokens.longer)
        return tokens

    def upper(self, layers: int) -> UpperLayers:
        """Return the last layers, which read what the others make of a text; texts are cut."""
        return UpperLayers(self._one_window(), layers, self._count)

    def _one_window(self) -> TextModel:
        if self.long != "cut":
            raise InputError(
                "a model that is trained reads one window of each text",
                key="long",
                remedy="leave it out, or do not train the model",
            )
        return self._ready()

    def _count(self, longer: int) -> None:
        limit = self._ready().max_length
        remedy = ' (long = "chunk" reads all)' if "long" in type(self.params).model_fields else ""
        problem = f"longer than {limit} tokens, and the rest is not read{remedy}"
        self._shortfalls = (Shortfall(longer, problem),) if longer else ()


def encode_texts(
    model: TextModel,
    items: Items,
    context: Context,
    batch: int | None = None,
    long: LongTexts = "cut",
) -> tuple[FloatArray, int]:
    """Return the embedding of texts, float32 (n, d), and how many are longer than the model's limit.

    The forward pass runs in inference mode, under autocast where the context's precision is
    bfloat16; weights stay float32. The embedding of a text in several windows is their mean, weighted
    by tokens, and of length 1 where the model's are; the texts that fit are what they are without it.

    Parameters
    ----------
    model
        Its network gives a tensor (b, d) for a dict of int64 tensors (b, t).
    items
        The texts.
    context
        Device, precision and progress.
    batch
        Texts of mean length in a step; None: 2,048 tokens on a CPU, 65,536 on CUDA.
    long
        What becomes of texts beyond the limit.
    """
    device, n = torch.device(context.device), len(items)
    network = ready_on(model.network, device)
    result: FloatArray | None = None
    longer, budget = 0, tokens_per_step(context.device)
    with inference(context):
        for part in blocks(max(n, 1), values=CHUNK_ROWS):
            # A corpus without rows still tells the embedding's width, by one empty text.
            texts = items.take(np.arange(part.start, part.stop)) if n else [""]
            tokens = tokenize(model, texts, long)
            shares, first, lengths = tokens.shares[:, None], tokens.first, tokens.lengths
            longer += tokens.longer
            if batch is not None:
                budget = max(1, round(batch * float(lengths[first].mean())))
            # Further windows stay out of the batches of first ones: those have the same bytes without.
            groups = [np.flatnonzero(first), np.flatnonzero(~first)]
            done = 0
            for group in groups:
                for rows in batches(lengths[group], budget):
                    windows = group[rows]
                    inputs = {
                        name: value.to(device, non_blocking=True)
                        for name, value in tokens.batch(windows).items()
                    }
                    embedded = network(inputs).float().cpu().numpy() * shares[windows]
                    if result is None:
                        result = np.empty((n, embedded.shape[1]), dtype=np.float32)
                    at = part.start + tokens.owner[windows]
                    if n and group is groups[0]:
                        result[at] = embedded
                    elif n:
                        np.add.at(result, at, embedded)
                    done += len(windows)
                    rows_done = part.start + (part.stop - part.start) * done // len(first)
                    context.progress(min(rows_done, n), n, "encoding texts")
            if model.unit and result is not None and len(groups[1]):
                several = part.start + np.unique(tokens.owner[groups[1]])
                norms = np.linalg.norm(result[several], axis=1, keepdims=True)
                result[several] /= np.maximum(norms, LEAST)
    assert result is not None
    return result, longer
