"""Fitting: the stages of a run on rows in memory, in a folder that is thrown away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from clusterforge.contracts import Context, Corpus, FloatArray, IntArray, Items, Split
from clusterforge.errors import InputError
from clusterforge.estimator.fitted import CLUSTERER, Fitted
from clusterforge.pipeline import compute
from clusterforge.pipeline.cluster import ClustererStage
from clusterforge.pipeline.data import check_content, n_classes, with_classes
from clusterforge.pipeline.encode import EncoderStage
from clusterforge.pipeline.events import Observer
from clusterforge.pipeline.stages import Stages, digest
from clusterforge.recipe import Entry, Recipe
from clusterforge.registry import PREFIX, Registry
from clusterforge.storage.cache import Cache

Done = tuple[Fitted, IntArray, FloatArray, list[str]]


def fit(
    recipe: Recipe,
    registry: Registry,
    clusterer: Entry,
    items: Items,
    y: Any,
    folder: Path,
    *,
    cache: bool,
) -> Done:
    """Fit the encoders and the clusterer.

    Parameters
    ----------
    recipe, registry, clusterer
        What to fit.
    items
        The rows.
    y
        A class for each row, or None; -1 is a row whose class is not known.
    folder
        Where the stages leave their files.
    cache
        Whether finished stages are shared.

    Returns
    -------
    fitted, labels, embedding, warnings
        Labels int64 (n,), embedding float32 (n, d).
    """
    check_content(recipe, items.content)
    corpus = _corpus(items, y)
    classes = n_classes(corpus)

    def known(entry: Entry) -> Entry:
        try:
            return with_classes(entry, classes, recipe.file)[0]
        except InputError as error:
            raise InputError(
                error.problem, key=error.key, remedy=_wanted(y), file=error.file
            ) from None

    resources = compute.choose(recipe.compute, recipe.file)
    # An object of this session may know how to go on where its stored state does not.
    own = [*recipe.encoders, clusterer]
    shared = cache and not any(entry.plugin.use.startswith(PREFIX) for entry in own)
    stages = Stages(folder, Cache() if shared else None, Observer())
    data = digest([corpus.train.fingerprint(), corpus.label_names])

    def context(stage: str) -> Context:
        return Context(recipe.seed, resources.device, resources.precision, resources.threads)

    chain: list[EncoderStage] = []
    with compute.using(resources):
        for entry in recipe.encoders:
            below = chain[-1] if chain else None
            last = entry is recipe.encoders[-1]
            stage = EncoderStage(known(entry), corpus, below, registry, recipe.file, last=last)
            if stage.labels and classes is None:
                raise InputError(
                    "it trains on labels, but there are none",
                    key=entry.table,
                    remedy=_wanted(y),
                    file=recipe.file,
                )
            chain.append(stage)
        final = ClustererStage(known(clusterer), recipe.file)
        for stage in chain:
            stage.run(stages, data, recipe.seed, resources, context)
        final.run(chain[-1], stages, recipe.seed, resources, context)
        live: dict[str, Any] = {stage.entry.stage: stage.fitted() for stage in chain}
        live[CLUSTERER] = final.fitted()
        labels, embedding = final.labels("train"), chain[-1].embedding("train")
    assert labels is not None
    warnings = [text for stage in chain for text in stage.warnings] + final.warnings
    fitted = Fitted(recipe, clusterer.id, classes, registry, live=live)
    return fitted, labels, embedding, warnings


def _corpus(items: Items, y: Any) -> Corpus:
    if y is None:
        return Corpus({"train": Split("train", items)})
    values = np.asarray(y)
    if values.shape != (len(items),):
        raise InputError(f"y has shape {values.shape}, there are {len(items)} rows")
    if values.dtype.kind == "f":  # measurements are no classes
        return Corpus({"train": Split("train", items)})
    unknown = values == -1 if values.dtype.kind in "iO" else np.zeros(len(values), dtype=bool)
    names, numbers = np.unique(values[~unknown].astype(str), return_inverse=True)
    labels = np.full(len(values), -1, dtype=np.int64)
    labels[~unknown] = numbers
    return Corpus({"train": Split("train", items, labels)}, tuple(names.tolist()))


def _wanted(y: Any) -> str:
    given = "" if y is None else f"; here it is {np.asarray(y).dtype}"
    return f"give fit a y of integers or strings{given}"
