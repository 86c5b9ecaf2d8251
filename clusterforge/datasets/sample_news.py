"""News texts that come with the package."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from clusterforge.builtin.datasets import SampleNewsParams
from clusterforge.contracts import Context, Corpus, Peek, Texts
from clusterforge.datasets.parts import divide, peek
from clusterforge.datasets.text_cleaning import TextDataset, cleaned

if TYPE_CHECKING:
    import pyarrow as pa

FILE = "sample_news.jsonl"
ROWS = 240
CHARACTERS = 218.0  # of a text, on average
LABELS = ("world", "sports", "business", "science")


class SampleNews(TextDataset[SampleNewsParams]):
    """240 short news texts, 4 classes of 60."""

    def load(self, context: Context) -> Corpus:
        """Return the corpus."""
        from clusterforge import __version__

        records = _records()
        return divide(
            Texts(cleaned([record["text"] for record in records], self.params.clean)),
            np.array([LABELS.index(record["label"]) for record in records], dtype=np.int64),
            LABELS,
            self.params,
            ids=np.array([record["id"] for record in records]),
            source={"from": "clusterforge", "name": "sample-news", "version": __version__},
        )

    def source_tables(self, source: Mapping[str, Any]) -> Iterator[pa.Table]:
        """Yield the rows with id, text and label."""
        import pyarrow as pa

        yield pa.Table.from_pylist(_records())

    def peek(self) -> Peek:
        """Return rows and classes."""
        columns = ("id", "text", "label")
        classes = len(LABELS)
        return peek(
            ROWS, self.params, "text", classes, "clusterforge", columns, characters=CHARACTERS
        )


def _records() -> list[dict[str, str]]:
    lines = (files("clusterforge.datasets") / FILE).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line]
