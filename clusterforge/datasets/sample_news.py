"""News texts that come with the package."""

from __future__ import annotations

import json
from importlib.resources import files

import numpy as np

from clusterforge.builtin.datasets import SampleNewsParams
from clusterforge.contracts import Context, Corpus, Peek, Texts
from clusterforge.datasets.selection import divide, peek
from clusterforge.datasets.text_cleaning import TextDataset, cleaned

FILE = "sample_news.jsonl"
ROWS = 240
LABELS = ("world", "sports", "business", "science")


class SampleNews(TextDataset[SampleNewsParams]):
    """240 short news texts, 4 classes of 60."""

    def load(self, context: Context) -> Corpus:
        """Return the corpus."""
        from clusterforge import __version__

        lines = (files("clusterforge.datasets") / FILE).read_text(encoding="utf-8").splitlines()
        records = [json.loads(line) for line in lines if line]
        return divide(
            Texts(cleaned([record["text"] for record in records], self.params.clean)),
            np.array([LABELS.index(record["label"]) for record in records], dtype=np.int64),
            LABELS,
            self.params,
            ids=np.array([record["id"] for record in records]),
            source={"from": "clusterforge", "name": "sample-news", "version": __version__},
        )

    def peek(self) -> Peek:
        """Return rows and classes."""
        columns = ("id", "text", "label")
        return peek(ROWS, self.params, "text", len(LABELS), "clusterforge", columns)
