"""One kind of file or defect, and what the data set ``files`` makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from clusterforge.builtin.datasets import FilesParams
from clusterforge.contracts import Column, Context, Corpus, Split, columns_of, embedding_of
from clusterforge.datasets.files import Files
from clusterforge.errors import ClusterforgeError

REFUSED = "Refused: "
FIRST = 4


@dataclass(frozen=True)
class Case:
    """A kind of file.

    Parameters
    ----------
    name
        What it is, as a reader of the docs would say it.
    write
        Writes the files into an empty folder: well below 1 MB.
    params
        Keys of the data set as in a recipe in that folder.
    expected
        What :func:`outcome` returns: the rows as they are read, or the message.
    needs
        The module that it can't be read without, where that is no dependency of clusterforge.
    """

    name: str
    write: Callable[[Path], object]
    params: Mapping[str, Any]
    expected: str
    needs: str | None = None

    @property
    def refused(self) -> bool:
        """Whether it is refused."""
        return self.expected.startswith(REFUSED)


def outcome(folder: Path, params: Mapping[str, Any]) -> str:
    """Return what happens to files in a folder, in one line: the rows, or why they are refused."""
    tuples = {key: tuple(v) if isinstance(v, list) else v for key, v in params.items()}
    try:
        read = FilesParams.model_validate(tuples, context={"folder": folder})
        text = described(Files(read).load(Context()))
    except ValidationError as error:
        text = REFUSED + str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    except ClusterforgeError as error:
        text = REFUSED + str(error)
    return text.replace(f"{folder}/", "").replace(str(folder), ".")


def described(corpus: Corpus) -> str:
    """Return what a corpus holds."""
    parts = [_split(split, corpus) for split in corpus.splits.values()]
    for some in corpus.left_out:
        of = f" of {some.split}" if some.split else ""
        parts.append(f"left out: {len(some)}{of}, {some.reason}")
    return ". ".join([*parts, *corpus.remarks])


def _split(split: Split, corpus: Corpus) -> str:
    rows = np.arange(min(FIRST, len(split)))
    items = split.items.take(rows)
    if split.items.content == "text":
        shown = " ".join(repr(str(text)[:40]) for text in items)
    elif split.items.content == "image":
        shown = " ".join(f"{np.shape(one)} of {np.mean(one):.0f}" for one in items)
    else:
        columns = columns_of(split.items)[:FIRST]
        names = ", ".join(
            f"{c.name}{'' if c.kind == 'number' else f' ({c.kind})'}" for c in columns
        )
        written = " ".join(map(str, [_row(row, columns) for row in np.asarray(items)[:, :FIRST]]))
        shown = f"{names}: {written}"
    text = f"{split.name}: {len(split)} × {split.items.content} {shown}"
    if len(split) > FIRST:
        text += " …"
    embedding = embedding_of(split.items)
    if embedding is not None:
        text += f", embedding {embedding[rows].tolist()}"
    if split.labels is not None:
        names = [corpus.label_names[code] if code >= 0 else "-" for code in split.labels[rows]]
        text += f", labels {' '.join(names)}"
    if split.ids.dtype.kind in "OU" or split.ids[rows].tolist() != rows.tolist():
        text += f", ids {' '.join(map(str, split.ids[rows]))}"
    return text


def _row(values: Any, columns: Sequence[Column]) -> str:
    written = [
        column.written(value) for column, value in zip(columns, values.tolist(), strict=True)
    ]
    texts = ["-" if v is None else v if isinstance(v, str) else f"{v:g}" for v in written]
    return f"({', '.join(texts)})"
