"""Texts in columns of an Arrow table: joined and cleaned when rows are taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from clusterforge.contracts import IntArray, ItemKind, Items, Texts
from clusterforge.datasets.text_cleaning import cleaned

MEMORY_BUDGET = 2_000_000_000
"""Bytes that ``in_memory = "auto"`` lets one data set take."""

InMemory = Literal["auto"] | bool


@dataclass(frozen=True)
class ArrowTexts:
    """Texts in columns of an Arrow table: joined and cleaned when they are taken.

    Parameters
    ----------
    columns
        Arrow columns of strings; nulls are left out of the joined text.
    positions
        int64 (n,): the table's row of each item.
    separator
        What stands between the texts of joined columns.
    clean
        Steps of cleaning.
    """

    columns: Sequence[Any]
    positions: IntArray
    separator: str = " "
    clean: tuple[str, ...] = ()
    content: ItemKind = field(default="text", init=False)
    shape: tuple[int, ...] | None = field(default=None, init=False)
    in_memory: bool = field(default=False, init=False)

    def __len__(self) -> int:
        return len(self.positions)

    def take(self, rows: IntArray) -> list[str]:
        """Return the texts at these positions."""
        columns = [column.take(self.positions[rows]).to_pylist() for column in self.columns]
        if len(columns) == 1:
            texts = ["" if text is None else text for text in columns[0]]
        else:
            texts = [
                self.separator.join(text for text in parts if text is not None)
                for parts in zip(*columns, strict=True)
            ]
        return cleaned(texts, self.clean)

    def loaded(self) -> Texts:
        """Return the same texts in memory."""
        return Texts(tuple(self.take(np.arange(len(self)))))


def text_splits(splits: dict[str, ArrowTexts], in_memory: InMemory) -> dict[str, Items]:
    """Return the texts of each split, in memory where that is wanted or fits."""
    if in_memory == "auto":
        size = sum(column.nbytes for texts in splits.values() for column in texts.columns)
        in_memory = size <= MEMORY_BUDGET
    return {name: texts.loaded() if in_memory else texts for name, texts in splits.items()}
