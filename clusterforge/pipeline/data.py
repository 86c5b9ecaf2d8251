"""The data of a run: the corpus, what depends on its labels, and views that hide them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from clusterforge.contracts import Context, Corpus, Dataset, FloatArray, ItemKind, View
from clusterforge.errors import InputError
from clusterforge.params import Params
from clusterforge.phases import TrainedParams
from clusterforge.pipeline.guard import WrongAnswer, calling
from clusterforge.recipe import Entry, Recipe
from clusterforge.specs import EncoderSpec

CLASSES = "classes"


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


def with_classes(entry: Entry, classes: int | None, file: str | None) -> tuple[Entry, bool]:
    """Replace ``n_clusters = "classes"`` by the number, wherever it stands in the parameters.

    Returns
    -------
    entry, replaced
        The entry as the plugin sees it, and whether it looked at labels.
    """
    params = _replaced(entry.params, classes, entry.table, file)
    return replace(entry, params=params), params is not entry.params


def _replaced(value: Any, classes: int | None, place: str, file: str | None) -> Any:
    if isinstance(value, tuple):
        items = [_replaced(item, classes, f"{place}.{i}", file) for i, item in enumerate(value)]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return value if same else tuple(items)
    if not isinstance(value, Params):
        return value
    changes: dict[str, Any] = {}
    for name, item in {**dict(value), **(value.model_extra or {})}.items():
        if name == "n_clusters" and item == CLASSES:
            if classes is None:
                raise InputError(
                    'is "classes", but the data set has no labels',
                    key=f"{place}.{name}",
                    remedy='give a number or "auto", or name dataset.label',
                    file=file,
                )
            changes[name] = classes
            continue
        new = _replaced(item, classes, f"{place}.{name}", file)
        if new is not item:
            changes[name] = new
    return value.model_copy(update=changes) if changes else value


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
    corpus: Corpus, split: str, embedding: FloatArray | None = None, *, labels: bool = False
) -> View:
    """Return what an encoder may see of a split; labels only where it has declared them."""
    part = corpus.splits[split]
    return View(
        items=part.items,
        embedding=embedding,
        labels=part.labels if labels else None,
        n_classes=n_classes(corpus) if labels else None,
    )
