"""News texts that come with the package."""

from __future__ import annotations

import json
from importlib.resources import files

import numpy as np

from clusterforge.builtin.datasets import SampleNewsParams
from clusterforge.contracts import Context, Corpus, Dataset, Items, Peek, Texts

FILE = "sample_news.jsonl"
ROWS = 240
LABELS = ("world", "sports", "business", "science")


class SampleNews(Dataset[SampleNewsParams]):
    """240 short news texts, 4 classes of 60."""

    def load(self, context: Context) -> Corpus:
        """Return the corpus."""
        from clusterforge import __version__
        from clusterforge.datasets.array_corpus import divide
        from clusterforge.datasets.text_cleaning import cleaned

        lines = (files("clusterforge.datasets") / FILE).read_text(encoding="utf-8").splitlines()
        records = [json.loads(line) for line in lines if line]
        texts = cleaned([record["text"] for record in records], self.params.clean)
        return divide(
            lambda rows: Texts(tuple(texts[row] for row in rows)),
            np.array([LABELS.index(record["label"]) for record in records], dtype=np.int64),
            LABELS,
            self.params,
            ids=np.array([record["id"] for record in records]),
            source={"from": "clusterforge", "name": "sample-news", "version": __version__},
        )

    def prepare(self, items: Items) -> Items:
        """Return new rows cleaned as the texts here are."""
        from clusterforge.datasets.text_cleaning import prepared

        return prepared(items, self.params.clean)

    def peek(self) -> Peek:
        """Return rows and classes."""
        from clusterforge.datasets import array_corpus

        return array_corpus.peek(
            ROWS, self.params, "text", len(LABELS), "clusterforge", ("id", "text", "label")
        )
