"""Texts through a transformer, fast: tokenised at once, sorted by length, batched by tokens.

Public: a plugin with weights of its own may use these functions as the built-in encoders do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from clusterforge.contracts import Context, FloatArray, IntArray, Items

CHUNK_ROWS = 16_384
CPU_TOKENS = 2_048
CUDA_TOKENS = 65_536


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

    def __len__(self) -> int:
        return len(self.starts) - 1

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


def tokenize(tokenizer: Any, texts: Sequence[str], *, max_length: int | None) -> Tokens:
    """Tokenise texts with a tokenizer of ``transformers``.

    Parameters
    ----------
    tokenizer
        A ``PreTrainedTokenizerBase``.
    texts
        The texts; empty ones and control characters are fine.
    max_length
        Tokens kept of a text, special ones included; None keeps all.
    """
    names = [name for name in tokenizer.model_input_names if name != "attention_mask"]
    encoded = tokenizer(
        [text.encode("utf-8", "replace").decode() for text in texts],
        truncation=max_length is not None,
        max_length=max_length,
        padding=False,
        return_attention_mask=False,
        verbose=False,
    )
    names = [name for name in names if name in encoded]
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


def token_budget(lengths: IntArray, batch: int | None, device: str) -> int:
    """Return the tokens of a step for ``batch`` texts of mean length; None: by the device."""
    if batch is None:
        return CUDA_TOKENS if device.startswith("cuda") else CPU_TOKENS
    return max(1, round(batch * float(lengths.mean())))


def encode_texts(
    network: nn.Module,
    tokenizer: Any,
    items: Items,
    context: Context,
    *,
    max_length: int | None,
    batch: int | None = None,
    prompt: str = "",
) -> FloatArray:
    """Return the embedding of texts: float32 (n, d), rows in their own order.

    The forward pass runs in inference mode, under autocast where the context's precision is
    bfloat16; weights stay float32.

    Parameters
    ----------
    network
        Called with a dict of int64 tensors (b, t), it gives a tensor (b, d).
    tokenizer
        A ``PreTrainedTokenizerBase``.
    items
        The texts.
    context
        Device, precision and progress.
    max_length
        Tokens kept of a text.
    batch
        Texts of mean length in a step; None: 2,048 tokens on a CPU, 65,536 on CUDA.
    prompt
        Put before each text.
    """
    device = torch.device(context.device)
    network = network.to(device).eval()
    result: FloatArray | None = None
    done = 0
    autocast = torch.autocast(
        device.type, dtype=torch.bfloat16, enabled=context.precision == "bfloat16"
    )
    with torch.inference_mode(), autocast:
        for chunk in chunks(max(len(items), 1), CHUNK_ROWS):
            # A corpus without rows still tells the embedding's width, by one empty text.
            texts = items.take(chunk) if len(items) else [""]
            tokens = tokenize(
                tokenizer, [prompt + str(text) for text in texts], max_length=max_length
            )
            budget = token_budget(tokens.lengths, batch, context.device)
            for rows in batches(tokens.lengths, budget):
                inputs = {
                    name: value.to(device, non_blocking=True)
                    for name, value in tokens.batch(rows).items()
                }
                embedded = network(inputs).float().cpu().numpy()
                if result is None:
                    result = np.empty((len(items), embedded.shape[1]), dtype=np.float32)
                if len(items):
                    result[chunk[rows]] = embedded
                done += len(rows)
                context.progress(min(done, len(items)), len(items), "encoding texts")
    assert result is not None
    return result


def tokenize_all(
    tokenizer: Any, items: Items, *, max_length: int | None, prompt: str = ""
) -> Tokens:
    """Tokenise every text of the items once, for training."""
    parts = [
        tokenize(
            tokenizer, [prompt + str(text) for text in items.take(chunk)], max_length=max_length
        )
        for chunk in chunks(len(items), CHUNK_ROWS)
    ] or [tokenize(tokenizer, [], max_length=max_length)]
    lengths = np.concatenate([part.lengths for part in parts])
    return Tokens(
        {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns},
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        parts[0].padding,
        parts[0].left,
    )


def chunks(rows: int, size: int) -> Iterator[IntArray]:
    """Yield the positions 0 … rows - 1 in runs of at most ``size``: int64."""
    for start in range(0, rows, size):
        yield np.arange(start, min(start + size, rows))
