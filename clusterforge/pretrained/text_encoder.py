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

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from clusterforge.contracts import Context, FloatArray, IntArray, Items, View
from clusterforge.contracts.corpus import P
from clusterforge.numerics.arrays import blocks
from clusterforge.pretrained.models import PretrainedEncoder, TextModel, inference

CHUNK_ROWS = 16_384
CPU_TOKENS = 2_048
CUDA_TOKENS = 65_536


class TextEncoder(PretrainedEncoder[P]):
    """A frozen text encoder that another encoder may train as its backbone."""

    _model: TextModel | None = None

    @property
    def batch(self) -> int | None:
        """Texts of mean length in a step; None: as many as suit the device."""
        return None

    @abstractmethod
    def read(self, folder: Path) -> TextModel:
        """Read the model in a folder."""

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return the embedding of the texts: float32 (n, d)."""
        return encode_texts(self._ready(), view.items, context, self.batch)

    def module(self) -> nn.Module:
        """Return the network: a dict of token tensors in, (b, d) out."""
        return self._ready().network

    def inputs(self, items: Items) -> Callable[[IntArray], dict[str, Tensor]]:
        """Return a function from rows to the network's input; texts are tokenised once."""
        return tokenize_all(self._ready(), items).batch

    def _ready(self) -> TextModel:
        if self._model is None:
            self._model = self.read(self.verified_folder())
        return self._model


@dataclass(frozen=True)
class Tokens:
    """Tokenised texts of any lengths, end to end.

    Parameters
    ----------
    columns
        ``input_ids`` and whatever else the model reads: int32 (tokens,).
    starts
        Position of each text's first token, and the end: int64 (n + 1,).
    padding
        Value that fills up each column.
    left
        Whether short rows are filled up on the left.
    """

    columns: Mapping[str, npt.NDArray[np.int32]]
    starts: IntArray
    padding: Mapping[str, int]
    left: bool = False

    @property
    def lengths(self) -> IntArray:
        """Tokens of each text: int64 (n,)."""
        return np.diff(self.starts)

    def batch(self, rows: IntArray) -> dict[str, Tensor]:
        """Return rows filled up to the longest: int64 tensors (b, t), with ``attention_mask``."""
        lengths = self.lengths[rows]
        width = int(lengths.max(initial=0))
        offset = (width - lengths)[:, None] if self.left else 0
        position = np.arange(width)[None, :] - offset  # (b, t)
        mask = (position >= 0) & (position < lengths[:, None])
        source = (self.starts[rows][:, None] + position)[mask]
        filled: dict[str, Tensor] = {}
        for name, values in self.columns.items():
            column = np.full(mask.shape, self.padding[name], dtype=np.int64)
            column[mask] = values[source]
            filled[name] = torch.from_numpy(column)
        filled["attention_mask"] = torch.from_numpy(mask.astype(np.int64))
        return filled


def tokenize(model: TextModel, texts: Iterable[object]) -> Tokens:
    """Tokenise texts behind the model's prompt; empty ones and control characters are fine."""
    tokenizer, limit = model.tokenizer, model.max_length
    encoded = tokenizer(
        [(model.prompt + str(text)).encode("utf-8", "replace").decode() for text in texts],
        truncation=limit is not None,
        max_length=limit,
        padding=False,
        return_attention_mask=False,
        verbose=False,
    )
    names = [n for n in tokenizer.model_input_names if n != "attention_mask" and n in encoded]
    padding = dict.fromkeys(names, 0) | {"input_ids": int(tokenizer.pad_token_id or 0)}
    if "token_type_ids" in padding:
        padding["token_type_ids"] = int(tokenizer.pad_token_type_id)
    # A tokenizer without special tokens makes nothing of an empty text; the model needs one token.
    encoded = {name: [row or [padding[name]] for row in encoded[name]] for name in names}
    lengths = [len(ids) for ids in encoded["input_ids"]]
    starts = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)
    columns = {
        name: np.fromiter(chain.from_iterable(encoded[name]), np.int32, int(starts[-1]))
        for name in names
    }
    return Tokens(columns, starts, padding, left=tokenizer.padding_side == "left")


def tokenize_all(model: TextModel, items: Items) -> Tokens:
    """Tokenise every text of the items once, for training."""
    chunks = blocks(len(items), values=CHUNK_ROWS)
    parts = [tokenize(model, items.take(np.arange(c.start, c.stop))) for c in chunks]
    parts = parts or [tokenize(model, [])]
    lengths = np.concatenate([part.lengths for part in parts])
    return Tokens(
        {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns},
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        parts[0].padding,
        parts[0].left,
    )


def batches(lengths: IntArray, tokens: int) -> Iterator[IntArray]:
    """Cut rows, longest first, into batches of about ``tokens`` tokens with their padding.

    Parameters
    ----------
    lengths
        int64 (n,).
    tokens
        Largest product of rows and longest row; a batch has one row at least.

    Yields
    ------
    ndarray
        Positions of the rows of one batch: int64 (b,).
    """
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        rows = max(1, tokens // max(1, int(lengths[order[start]])))
        yield order[start : start + rows]
        start += rows


def encode_texts(
    model: TextModel, items: Items, context: Context, batch: int | None = None
) -> FloatArray:
    """Return the embedding of texts: float32 (n, d), rows in their own order.

    The forward pass runs in inference mode, under autocast where the context's precision is
    bfloat16; weights stay float32.

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
    """
    device, n = torch.device(context.device), len(items)
    network = model.network.to(device).eval()
    result: FloatArray | None = None
    done, budget = 0, CUDA_TOKENS if device.type == "cuda" else CPU_TOKENS
    with inference(context):
        for part in blocks(max(n, 1), values=CHUNK_ROWS):
            chunk = np.arange(part.start, part.stop)
            # A corpus without rows still tells the embedding's width, by one empty text.
            tokens = tokenize(model, items.take(chunk) if n else [""])
            if batch is not None:
                budget = max(1, round(batch * float(tokens.lengths.mean())))
            for rows in batches(tokens.lengths, budget):
                inputs = {
                    name: value.to(device, non_blocking=True)
                    for name, value in tokens.batch(rows).items()
                }
                embedded = network(inputs).float().cpu().numpy()
                if result is None:
                    result = np.empty((n, embedded.shape[1]), dtype=np.float32)
                if n:
                    result[chunk[rows]] = embedded
                done += len(rows)
                context.progress(min(done, n), n, "encoding texts")
    assert result is not None
    return result
