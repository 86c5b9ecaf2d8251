"""The data of a run: the corpus, what depends on its labels, and views that hide them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import (
    Column,
    Context,
    Corpus,
    Dataset,
    FloatArray,
    Items,
    View,
    all_numbers,
    columns_of,
    embedding_of,
    lost_in_float32,
    part_of,
    viewed,
)
from clusterforge.contracts.far import check_far, check_large
from clusterforge.contracts.items import KIND_OF
from clusterforge.errors import InputError
from clusterforge.formats import first_of
from clusterforge.models.guard import WrongAnswer, calling
from clusterforge.numerics.stored_rows import marked
from clusterforge.phases import TrainedParams
from clusterforge.pipeline.keys import digest
from clusterforge.recipe import Entry, Recipe
from clusterforge.specs import Content, EncoderSpec, Part

FEW = 5


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
        dataset: Dataset[Any] = entry.build()
        corpus = dataset.load(context)
        if not isinstance(corpus, Corpus):
            raise WrongAnswer(f"load must return a Corpus, not {type(corpus).__name__}")
        for name, split in corpus.splits.items():
            if split.items.content != corpus.content:
                raise WrongAnswer(f"split {name!r} holds {split.items.content}, train another")
            ids = split.ids if split.ids.dtype.kind in "iu" else split.ids.astype(str)
            if len(np.unique(ids)) != len(split):
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


def check_content(recipe: Recipe, content: Content, features: Sequence[Column] = ()) -> None:
    """Check that the encoders that read rows take what the data set holds.

    Parameters
    ----------
    recipe
        The recipe.
    content
        What the rows are.
    features
        The columns of a table, as far as they are known.

    Raises
    ------
    InputError
        Where one does not.
    """
    for link in recipe.links:
        if not link.below:
            holds = content if link.reads is None else KIND_OF[link.reads]
            _check_content(recipe, link.entry, holds, features if holds == "table" else ())
        elif content != "embedding":  # behind which the items may be anything
            _check_also_read(recipe, link.entry, content)


def _check_also_read(recipe: Recipe, entry: Entry, content: Content) -> None:
    """Refuse an encoder that reads other items than there are, whatever stands before it."""
    reads = entry.spec(EncoderSpec).also_reads
    if reads and content not in reads:
        raise InputError(
            f"encoder {entry.plugin.spec.name!r} reads {' or '.join(sorted(reads))}, but the data set holds "
            f"{content}",
            key=f"{entry.table}.use",
            remedy="leave that encoder out",
            file=recipe.file,
        )


def _check_content(
    recipe: Recipe, first: Entry, content: Content, features: Sequence[Column]
) -> None:
    takes = _takes(first)
    if takes is None or ("mixed" in takes and content == "table"):
        return
    if content not in takes:
        there, remedy = (
            f"the data set holds {content}",
            f"put an encoder that takes {content} first",
        )
        if content == "embedding":
            there = "the rows come with an embedding"
            remedy = "leave that encoder out, or the data set's embedding"
        raise InputError(
            f"encoder {first.plugin.spec.name!r} takes {' or '.join(sorted(takes))}, but {there}",
            key=f"{first.table}.use",
            remedy=remedy,
            file=recipe.file,
        )
    kinds = [f"{c.name!r:.60} ({c.kind})" for c in features if not c.numeric]
    if kinds:
        raise _not_numbers(recipe, first, f"columns are no numbers: {first_of(kinds, FEW)}")


def check_items(recipe: Recipe, train: Items) -> None:
    """Check that the encoders that read rows take those of the train split.

    Raises
    ------
    InputError
        Where one takes other content, where it takes only numbers and a column of the table holds categories,
        dates or gaps, or where float32, which it works in, does not tell the values of a column apart.
    """
    for link in recipe.links:
        if link.below:
            _check_also_read(recipe, link.entry, part_of(train, None).content)
            continue
        if link.reads is None and embedding_of(train) is not None:
            _check_content(recipe, link.entry, "embedding", ())
            continue
        try:
            items = part_of(train, link.reads)
        except InputError as error:
            key = f"{link.entry.table}.{error.key}"
            raise InputError(
                error.problem, key=key, remedy=error.remedy, file=recipe.file
            ) from None
        _check_content(recipe, link.entry, items.content, columns_of(items))
        if items.content == "table":
            values = all_numbers(items)
            check_large(values, columns_of(items))
            check_far(values, columns_of(items))
            _check_numbers(recipe, link.entry, values, columns_of(items))


def _check_numbers(
    recipe: Recipe, first: Entry, values: npt.NDArray[Any], columns: Sequence[Column]
) -> None:
    takes = _takes(first)
    if takes is None or "mixed" in takes:
        return
    marks = marked(values, np.isnan)
    gaps = marks.counts
    named = [f"{column.name!r:.60}" for column in columns] or [
        f"number {i}" for i in range(len(gaps))
    ]
    if gaps.any():
        listed = [f"{named[i]} ({gaps[i]:,})" for i in np.flatnonzero(gaps)]
        raise _not_numbers(
            recipe,
            first,
            f"columns have gaps: {first_of(listed, FEW)}; the first in row {marks.first + 1}",
        )
    lost = [] if first.spec(EncoderSpec).exact else lost_in_float32(values)
    if lost:
        far = first_of([named[i] for i in lost], FEW)
        raise _not_numbers(
            recipe, first, f"values lie too close together, far from 0, for float32: {far}", "scale"
        )


def _takes(first: Entry) -> frozenset[Content] | None:
    """Return what the first encoder takes; None where a backbone below it decides."""
    if isinstance(first.params, TrainedParams) and first.params.backbone:
        return None
    return first.spec(EncoderSpec).takes


def _not_numbers(recipe: Recipe, first: Entry, problem: str, also: str = "") -> InputError:
    remedy = 'put use = "table" first' + (f', or use = "{also}"' if also else "")
    return InputError(
        f"encoder {first.plugin.spec.name!r} takes numbers, but {problem}",
        key=f"{first.table}.use",
        remedy=remedy,
        file=recipe.file,
    )


def view(
    data: Data,
    split: str,
    below: Sequence[FloatArray] = (),
    *,
    reads: Part | None = None,
    labels: bool = False,
) -> View:
    """Return what an encoder may see of a split; labels only where it has declared them.

    Parameters
    ----------
    below
        The embeddings that come in, float32 (n, d) each.
    reads
        The part of each row that it sees.
    """
    part = data.corpus.splits[split]
    return viewed(
        part.items,
        below,
        reads,
        labels=part.labels if labels else None,
        n_classes=data.classes if labels else None,
    )
