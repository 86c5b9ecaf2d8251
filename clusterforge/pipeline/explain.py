"""The stage that explains: ``explanations.json``, from the train split and every clusterer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from clusterforge.contracts import Corpus, Images, View, embedding_of, parts_of
from clusterforge.contracts.trees import MOST_CLUSTERS
from clusterforge.explaining import Explained, explain, explain_layers, reconstructions, spread
from clusterforge.explaining.sampled import MOST, Sampled
from clusterforge.formats import count
from clusterforge.models import guard
from clusterforge.models.chain import encode_chain
from clusterforge.pipeline.cluster import ClustererStage
from clusterforge.pipeline.encode import EncoderStage
from clusterforge.pipeline.keys import digest
from clusterforge.pipeline.stages import Session, Stage
from clusterforge.recipe.model import Link
from clusterforge.runs import files
from clusterforge.runs.records import Explanations, Reconstruction

STAGE = "explanations"


def explain_clusters(
    chain: Sequence[EncoderStage], clusterers: Sequence[ClustererStage], session: Session
) -> tuple[str, Explanations]:
    """Explain every cluster, once for its key; return the key and the explanations.

    Parameters
    ----------
    chain, clusterers
        The encoders and clusterers, fitted.
    session
        What the stages of the run share.
    """
    data = chain[-1].data
    key = digest(
        {
            "stage": STAGE,
            "data": data.key,
            "encoder": chain[-1].key,
            "clusterers": [[c.entry.id, c.key, c.entry.layers] for c in clusterers],
        }
    )

    for clusterer in clusterers:
        cuts, clusters = clusterer.entry.layers, clusterer.record.n_clusters
        if cuts is not False and clusters > MOST_CLUSTERS and clusterer.record.tree is None:
            session.warn(
                f"{clusterer.entry.stage} has {clusters:,} clusters, and no layers over them: more than "
                f"{MOST_CLUSTERS:,} are too many for a tree"
            )
        if not isinstance(cuts, bool) and (more := [n for n in cuts if n >= clusters]):
            session.warn(
                f"layers = {more} of {clusterer.entry.stage} are left out: it has "
                f"{count(clusters, 'cluster')}"
            )

    def work(where: Path) -> Explanations:
        corpus, words = data.corpus, None
        if texts := parts_of(corpus.train.items).get("text"):
            from clusterforge.explaining.words import vocabulary

            words = vocabulary(texts)
        found = {}
        for done, clusterer in enumerate(clusterers, 1):
            name, labels = clusterer.entry.id, clusterer.labels("train")
            assert labels is not None
            path = session.folder / files.soft(name, "train", files.MEMBERSHIP)
            membership = np.load(path, allow_pickle=False) if path.is_file() else None
            clustering = Explained(chain[-1].embedding("train"), labels, membership)
            sampled = None
            if len(labels) > MOST and words is None:
                sampled = Sampled.of(corpus, clustering)
            found[name] = sampled.explain() if sampled else explain(corpus, clustering, words)
            tree, cuts = clusterer.record.cluster_tree, clusterer.entry.layers
            if tree is not None and cuts is not False:
                own = None if cuts is True else cuts
                known = found[name].clusters
                layers = (
                    sampled.layers(found[name], tree, own)
                    if sampled
                    else explain_layers(corpus, clustering, known, tree, own, words)
                )
                found[name] = found[name].model_copy(update={"layers": layers})
            session.observer.progress(STAGE, done, len(clusterers), name)
        return Explanations(
            content=corpus.content,
            split="train",
            words_rows=None if words is None else len(words.rows),
            rows=min(len(corpus.train), MOST) if words is None else None,
            clusterings=found,
            reconstructions=_reconstructions(corpus, chain),
        )

    explained = session.do(Stage(STAGE, key, files.EXPLAINED, Explanations, work))
    for name, of in explained.clusterings.items():
        if of.told_apart and not session.parent:
            session.observer.note(of.told_apart.of(name))
    return key, explained


def _reconstructions(corpus: Corpus, chain: Sequence[EncoderStage]) -> tuple[Reconstruction, ...]:
    """Return images beside what the last encoder that can decode makes of them.

    Only an encoder that is given the pixels themselves can give pixels back.
    """
    name = next((name for name in ("test", "validation") if name in corpus.splits), "train")
    split = corpus.splits[name]
    shape = split.items.shape
    own_embedding = embedding_of(split.items) is not None
    branched = own_embedding or any(len(stage.below) > 1 for stage in chain)
    if corpus.content != "image" or shape is None or not len(split) or branched:
        return ()
    items = Images(np.asarray(split.items.take(spread(split))))
    pixels = View(items).rows()
    for at in reversed(range(len(chain))):
        stage = chain[at]
        at_stage = stage.session.context(stage.entry.stage)
        below = None
        if at:
            links = [
                (Link(lower.entry, (i - 1,) if i else (), None), lower.fitted)
                for i, lower in enumerate(chain[:at])
            ]
            below = encode_chain(items, links, at_stage, stage.file).embedding
            if below.shape != pixels.shape or not np.allclose(below, pixels, atol=1e-6):
                continue
        with guard.calling(stage.entry, stage.file):
            found = stage.fitted().reconstruct(View(items, below), at_stage)
        if found is not None and found.shape == pixels.shape and np.isfinite(found).all():
            return reconstructions(stage.entry.stage, name, pixels, found, shape)
    return ()
