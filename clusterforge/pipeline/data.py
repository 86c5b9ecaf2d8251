"""The data of a run: the corpus, what depends on its labels, and views that hide them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from clusterforge.contracts import Context, Corpus, Dataset, FloatArray, ItemKind, View
from clusterforge.errors import InputError
from clusterforge.models.guard import WrongAnswer, calling
from clusterforge.phases import TrainedParams
from clusterforge.pipeline.keys import digest
from clusterforge.recipe import Entry, Recipe
from clusterforge.specs import EncoderSpec


@dataclass(frozen=True)
class Data:
    """The data that the stages of one run work on.

    Parameters
    ----------
    corpus
        The splits.
    fingerprints
        The sha256 of each split's content.
    """

    corpus: Corpus
    fingerprints: Mapping[str, str]

    @classmethod
    def of(cls, corpus: Corpus) -> Data:
        """Return a corpus with its fingerprints."""
        return cls(corpus, {name: split.fingerprint() for name, split in corpus.splits.items()})

    @cached_property
    def key(self) -> str:
        """Key of what every first stage gets."""
        return digest([self.fingerprints, self.corpus.label_names])

    @cached_property
    def classes(self) -> int | None:
        """How many classes the labels have; None where there are no labels."""
        return n_classes(self.corpus)


def load_corpus(entry: Entry, context: Context, file: str | None) -> Corpus:
    """Load the data set of a recipe and check that it is one.

    Raises
    ------
    InputError
        Where the data are not there or hold no rows.
    """
    with calling(entry, file):
        dataset: Dataset[Any] = entry.plugin.load()(entry.params)
        corpus = dataset.load(context)
        if not isinstance(corpus, Corpus):
            raise WrongAnswer(f"load must return a Corpus, not {type(corpus).__name__}")
        for name, split in corpus.splits.items():
            if split.items.content != corpus.content:
                raise WrongAnswer(f"split {name!r} holds {split.items.content}, train another")
            if len(np.unique(split.ids.astype(str))) != len(split):
                raise WrongAnswer(f"split {name!r} has row ids that occur twice")
        if not corpus.covers_source():
            raise WrongAnswer("positions and left_out must be each row of the source once")
        if not len(corpus.train):
            raise InputError("the train split has no rows")
    return corpus


def n_classes(corpus: Corpus) -> int | None:
    """Return how many classes the labels have; None where there are no labels."""
    if not any(split.labelled for split in corpus.splits.values()):
        return None
    if corpus.label_names:
        return len(corpus.label_names)
    labels = corpus.train.labels
    return None if labels is None else len(np.unique(labels[labels >= 0]))


def check_content(recipe: Recipe, content: ItemKind) -> None:
    """Check that the first encoder takes what the data set holds.

    Raises
    ------
    InputError
        Where it does not.
    """
    first = recipe.encoders[0]
    takes = first.spec(EncoderSpec).takes
    stands_on = isinstance(first.params, TrainedParams) and first.params.backbone
    if content not in takes and not stands_on:
        raise InputError(
            f"encoder {first.plugin.spec.name!r} takes {' or '.join(sorted(takes))}, "
            f"but the data set holds {content}",
            key=f"{first.table}.use",
            remedy=f"put an encoder that takes {content} first",
            file=recipe.file,
        )


def view(
    data: Data, split: str, embedding: FloatArray | None = None, *, labels: bool = False
) -> View:
    """Return what an encoder may see of a split; labels only where it has declared them."""
    part = data.corpus.splits[split]
    return View(
        items=part.items,
        embedding=embedding,
        labels=part.labels if labels else None,
        n_classes=data.classes if labels else None,
    )
