"""Texts as a transformer reads them: tokens of many texts end to end, and batches of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from clusterforge.contracts import FloatArray, IntArray, Items
from clusterforge.errors import InputError
from clusterforge.numerics.arrays import blocks
from clusterforge.pretrained.models import TextModel
from clusterforge.pretrained.params import LongTexts

CHUNK_ROWS = 16_384
CHARACTERS = 4_000_000  # tokenised at once
CPU_TOKENS = 2_048
CUDA_TOKENS = 65_536


@dataclass(frozen=True)
class Tokens:
    """Tokenised texts of any lengths, in windows of at most the model's limit, end to end.

    Parameters
    ----------
    columns
        ``input_ids`` and whatever else the model reads: int32 (tokens,).
    starts
        Position of each window's first token, and the end: int64 (windows + 1,).
    owner
        The text of each window, ascending: int64 (windows,). Its first window comes first.
    weights
        Tokens of each window without special ones and prompt: int64 (windows,).
    padding
        Value that fills up each column.
    left
        Whether short rows are filled up on the left.
    longer
        Texts that are longer than the limit.
    """

    columns: Mapping[str, npt.NDArray[np.int32]]
    starts: IntArray
    owner: IntArray
    weights: IntArray
    padding: Mapping[str, int]
    left: bool = False
    longer: int = 0

    @property
    def lengths(self) -> IntArray:
        """Tokens of each window: int64 (windows,)."""
        return np.diff(self.starts)

    @property
    def first(self) -> npt.NDArray[np.bool_]:
        """Which windows are the first of their text: bool (windows,)."""
        return np.diff(self.owner, prepend=-1) > 0

    @property
    def shares(self) -> FloatArray:
        """The share of its text's tokens that each window has: float32 (windows,), 1 for a whole text."""
        shares: FloatArray = (
            self.weights / np.bincount(self.owner, self.weights)[self.owner]
        ).astype(np.float32)
        return shares

    def places(self, rows: IntArray) -> tuple[npt.NDArray[np.bool_], IntArray]:
        """Return where the tokens of windows stand, filled up to the longest, and where they come from.

        Returns
        -------
        mask
            bool (b, t).
        source
            Positions in the columns of the tokens of the mask, row by row: int64 (tokens,).
        """
        lengths = self.lengths[rows]
        width = int(lengths.max(initial=0))
        offset = (width - lengths)[:, None] if self.left else 0
        position = np.arange(width)[None, :] - offset  # (b, t)
        mask = (position >= 0) & (position < lengths[:, None])
        return mask, (self.starts[rows][:, None] + position)[mask]

    def batch(self, rows: IntArray) -> dict[str, Tensor]:
        """Return windows filled up to the longest: int64 tensors (b, t), with ``attention_mask``."""
        mask, source = self.places(rows)
        filled: dict[str, Tensor] = {}
        for name, values in self.columns.items():
            column = np.full(mask.shape, self.padding[name], dtype=np.int64)
            column[mask] = values[source]
            filled[name] = torch.from_numpy(column)
        filled["attention_mask"] = torch.from_numpy(mask.astype(np.int64))
        return filled


def tokenize(model: TextModel, texts: Iterable[object], long: LongTexts = "cut") -> Tokens:
    """Tokenise texts behind the model's prompt; empty ones and control characters are fine.

    A text beyond the limit keeps what fits, or with ``"chunk"`` has further windows, each with the
    special tokens and the prompt.

    Raises
    ------
    InputError
        Where special tokens and prompt leave no room in a window; the key is ``max_length``.
    """
    frame = _frame(model)
    parts = [_tokenized(model, frame, part, long) for part in _by_size(model, texts)]
    return _joined(parts)


def _by_size(model: TextModel, texts: Iterable[object]) -> Iterator[list[str]]:
    """Yield the texts as the tokenizer gets them, a bounded number of characters at a time."""
    part: list[str] = []
    size = 0
    for text in texts:
        part.append((model.prompt + str(text)).encode("utf-8", "replace").decode())
        size += len(part[-1])
        if size > CHARACTERS:
            yield part
            part, size = [], 0
    yield part


@dataclass(frozen=True)
class _Frame:
    """How many tokens stand before the tokens of a text, prompt included, and how many after it."""

    special: int
    before: int
    after: int


def _frame(model: TextModel) -> _Frame:
    mask = model.tokenizer("a", return_special_tokens_mask=True)["special_tokens_mask"]
    special = mask.index(0) if 0 in mask else 0
    after = mask[::-1].index(0) if 0 in mask else 0
    before = len(model.tokenizer(model.prompt)["input_ids"]) - after if model.prompt else special
    frame = _Frame(special, before, after)
    if model.max_length is not None and model.max_length <= frame.special + frame.after:
        raise _no_room(model, "special tokens")
    return frame


def _no_room(model: TextModel, what: str) -> InputError:
    return InputError(
        f"{what} leave no room for a text in {model.max_length} tokens",
        key="max_length",
        remedy="raise it, or leave it out",
    )


def _tokenized(model: TextModel, frame: _Frame, texts: list[str], long: LongTexts) -> Tokens:
    tokenizer, limit = model.tokenizer, model.max_length
    encoded = tokenizer(texts, padding=False, return_attention_mask=False, verbose=False)
    names = [n for n in tokenizer.model_input_names if n != "attention_mask" and n in encoded]
    padding = dict.fromkeys(names, 0) | {"input_ids": int(tokenizer.pad_token_id or 0)}
    if "token_type_ids" in padding:
        padding["token_type_ids"] = int(tokenizer.pad_token_type_id)
    # A tokenizer without special tokens makes nothing of an empty text; the model needs one token.
    encoded = {name: [row or [padding[name]] for row in encoded[name]] for name in names}
    lengths = np.array([len(ids) for ids in encoded["input_ids"]], dtype=np.int64)
    columns = {
        name: np.fromiter(chain.from_iterable(encoded[name]), np.int32, int(lengths.sum()))
        for name in names
    }
    left, owner = tokenizer.padding_side == "left", np.arange(len(texts))
    longer = np.flatnonzero(lengths > limit) if limit is not None else owner[:0]
    if len(longer) and limit is not None:
        if long == "chunk" and limit <= frame.before + frame.after:
            raise _no_room(model, "special tokens and the prompt")
        start = np.cumsum(lengths) - lengths
        windows = [
            (row, start[row] + window)
            for row, length in enumerate(lengths.tolist())
            for window in (
                [np.arange(length)]
                if length <= limit
                else _windows(length, limit, frame)
                if long == "chunk"
                else [_cut(length, limit, frame, tokenizer.truncation_side)]
            )
        ]
        owner = np.array([row for row, _ in windows], dtype=np.int64)
        lengths = np.array([len(at) for _, at in windows], dtype=np.int64)
        where = np.concatenate([at for _, at in windows])
        columns = {name: values[where] for name, values in columns.items()}
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    weights = np.maximum(lengths - frame.before - frame.after, 1)
    return Tokens(columns, starts, owner, weights, padding, left, len(longer))


def _cut(length: int, limit: int, frame: _Frame, side: str) -> IntArray:
    """Return which tokens of a text are read where the rest is cut off, special ones at both ends."""
    ahead = frame.special if side == "left" else limit - frame.after
    return np.concatenate([np.arange(ahead), np.arange(length - limit + ahead, length)])


def _windows(length: int, limit: int, frame: _Frame) -> list[IntArray]:
    """Return the tokens of each window of a text, which have all of them together."""
    end = length - frame.after
    before, after = np.arange(frame.before), np.arange(end, length)
    bounds = [*range(frame.before, end, limit - frame.before - frame.after), end]
    return [np.concatenate([before, np.arange(*pair), after]) for pair in pairwise(bounds)]


def _joined(parts: Sequence[Tokens]) -> Tokens:
    """Return the tokens of parts of some texts as those of all."""
    first = parts[0]
    if len(parts) == 1:
        return first
    sizes = [int(part.owner[-1]) + 1 if len(part.owner) else 0 for part in parts]
    before = np.cumsum([0, *sizes[:-1]])
    lengths = np.concatenate([part.lengths for part in parts])
    return Tokens(
        {name: np.concatenate([part.columns[name] for part in parts]) for name in first.columns},
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.concatenate([part.owner + shift for part, shift in zip(parts, before, strict=True)]),
        np.concatenate([part.weights for part in parts]),
        first.padding,
        first.left,
        sum(part.longer for part in parts),
    )


def tokenize_all(model: TextModel, items: Items) -> Tokens:
    """Tokenise every text of the items once, for training; long ones are cut."""
    chunks = blocks(len(items), values=CHUNK_ROWS)
    parts = [tokenize(model, items.take(np.arange(c.start, c.stop))) for c in chunks]
    return _joined(parts or [tokenize(model, [])])


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


def tokens_per_step(device: str) -> int:
    """Return how many tokens suit a device at once."""
    return CUDA_TOKENS if device.startswith("cuda") else CPU_TOKENS
