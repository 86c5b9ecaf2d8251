"""The stage that explains: ``explanations.json``, from the train split and every clusterer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from clusterforge.contracts import Corpus, Images, View
from clusterforge.explaining import Explained, explain, reconstructions, spread
from clusterforge.pipeline import guard
from clusterforge.pipeline.apply import encoded
from clusterforge.pipeline.cluster import MEMBERSHIP, ClustererStage
from clusterforge.pipeline.encode import EncoderStage, MakeContext
from clusterforge.pipeline.stages import Stages, digest
from clusterforge.runs.records import Explanations, Reconstruction

FILE = "explanations.json"
STAGE = "explanations"


def explain_clusters(
    corpus: Corpus,
    data: str,
    chain: Sequence[EncoderStage],
    clusterers: Sequence[ClustererStage],
    stages: Stages,
    context: MakeContext,
) -> Explanations:
    """Explain every cluster, once for its key.

    Parameters
    ----------
    corpus, data
        The data and their key.
    chain
        The encoders, fitted.
    clusterers
        The clusterers, fitted.
    stages
        The stages of the run.
    context
        Makes the context of a stage.
    """
    key = digest(
        {
            "stage": STAGE,
            "data": data,
            "features": corpus.feature_names,
            "encoder": chain[-1].key,
            "clusterers": [[clusterer.entry.id, clusterer.key] for clusterer in clusterers],
        }
    )
    folder = stages.folder / STAGE

    def work(where: Path) -> Mapping[str, object]:
        _explanations(corpus, chain, clusterers, stages, context).write(where / FILE)
        return {}

    stages.do(STAGE, key, folder, work)
    return Explanations.read(folder / FILE)


def _explanations(
    corpus: Corpus,
    chain: Sequence[EncoderStage],
    clusterers: Sequence[ClustererStage],
    stages: Stages,
    context: MakeContext,
) -> Explanations:
    words = None
    if corpus.content == "text":
        from clusterforge.explaining.words import vocabulary

        words = vocabulary(corpus.train.items)
    found = {}
    for done, clusterer in enumerate(clusterers, 1):
        labels = clusterer.labels("train")
        assert labels is not None
        path = clusterer.folder / f"train.{MEMBERSHIP}.npy"
        membership = np.load(path, allow_pickle=False) if path.is_file() else None
        given = Explained(chain[-1].embedding("train"), labels, membership)
        found[clusterer.entry.id] = explain(corpus, given, words)
        stages.observer.progress(STAGE, done, len(clusterers), clusterer.entry.id)
    return Explanations(
        content=corpus.content,
        split="train",
        words_rows=None if words is None else len(words.rows),
        clusterings=found,
        reconstructions=_reconstructions(corpus, chain, context),
    )


def _reconstructions(
    corpus: Corpus, chain: Sequence[EncoderStage], context: MakeContext
) -> tuple[Reconstruction, ...]:
    """Return images beside what the last encoder that can decode makes of them.

    Only an encoder that is given the pixels themselves can give pixels back.
    """
    name = next((name for name in ("test", "validation") if name in corpus.splits), "train")
    split = corpus.splits[name]
    shape = split.items.shape
    if corpus.content != "image" or shape is None or not len(split):
        return ()
    items = Images(np.asarray(split.items.take(spread(split))))
    pixels = View(items).rows()
    for at in reversed(range(len(chain))):
        stage = chain[at]
        at_stage = context(stage.entry.stage)
        below = None
        if at:
            links = ((lower.entry, lower.fitted) for lower in chain[:at])
            below = encoded(items, links, at_stage, stage.file).embedding
            if below.shape != pixels.shape or not np.allclose(below, pixels, atol=1e-6):
                continue
        with guard.calling(stage.entry, stage.file):
            found = stage.fitted().reconstruct(View(items, below), at_stage)
        if found is not None and found.shape == pixels.shape and np.isfinite(found).all():
            return reconstructions(stage.entry.stage, name, pixels, found, shape)
    return ()
