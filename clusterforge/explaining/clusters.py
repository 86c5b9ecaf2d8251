"""The clusters of one clustering, each explained by its members, words, mean image or features."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from clusterforge.contracts import Corpus, FloatArray, IntArray, Split, parts_of
from clusterforge.explaining.coherence import coherence, diversity
from clusterforge.explaining.features import Features, features
from clusterforge.explaining.members import Clusters, Standing
from clusterforge.explaining.pictures import mean_images, png
from clusterforge.explaining.selection import APART, distinct, shown
from clusterforge.explaining.told_apart import told_apart
from clusterforge.explaining.words import Vocabulary
from clusterforge.runs.records import (
    ClassShare,
    ClusterExplanation,
    ClusteringExplanation,
    Member,
)

LONGEST = 400
CLASSES = 12
UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Explained:
    """One clustering of the train split, to be explained.

    Parameters
    ----------
    embedding
        float32 (n, d), finite.
    labels
        int64 (n,), -1 for noise.
    membership
        float32 (n, k), column j for cluster j, where the clusterer knows it.
    """

    embedding: FloatArray
    labels: IntArray
    membership: FloatArray | None = None


def explain(
    corpus: Corpus, clustering: Explained, vocabulary: Vocabulary | None = None
) -> ClusteringExplanation:
    """Explain every cluster of a clustering, the largest first.

    Parameters
    ----------
    corpus
        The data; the train split is shown.
    clustering
        The clustering.
    vocabulary
        The words of the train split, where it is texts.
    """
    clusters = Clusters(clustering.embedding, clustering.labels, clustering.membership)
    standing = clusters.standing()
    if standing is None:
        return ClusteringExplanation(by=None, clusters=())
    split, order = corpus.train, clusters.by_size
    members = [clusters.rows[clusters.members(c)] for c in order]
    code = np.full(len(clustering.labels), -1, np.int64)
    code[clusters.rows] = clusters.code
    parts = parts_of(split.items)
    numbers = parts.get("features")
    table = features(numbers, code, order) if numbers else None
    near = [clusters.near(c) for c in order.tolist()]
    words = vocabulary.of_clusters(code, order, near) if vocabulary else None
    together = coherence(vocabulary, words) if vocabulary and words else None
    means = mean_images(images, members) if (images := parts.get("image")) else None
    explained = []
    for i, c in enumerate(order.tolist()):
        show = _shower(split, table, i)
        typical, borderline = _members(clusters, standing, c, show)
        explained.append(
            ClusterExplanation(
                cluster=int(clusters.ids[c]),
                name=f"cluster {clusters.ids[c]}",
                siblings=tuple(clusters.ids[near[i]].tolist()),
                rows=int(clusters.sizes[c]),
                typical=typical,
                borderline=borderline,
                coherence=of.npmi if (of := together[i] if together else None) else None,
                c_v=of.c_v if of else None,
                words=words[i] if words is not None else None,
                mean_image=means[i] if means is not None else None,
                features=table.of_cluster(i) if table is not None else None,
                classes=class_shares(corpus, members[i]),
            )
        )
    return ClusteringExplanation(
        by=standing.by,
        clusters=tuple(explained),
        diversity=diversity(words) if words else None,
        told_apart=told_apart(split.items, clustering.labels),
    )


def shown_text(text: str) -> str:
    """Return a text on one line, cut to 400 characters, without control characters."""
    head = " ".join(text[: 4 * LONGEST].split())
    line = UNSHOWABLE.sub("\ufffd", head)
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


Show = Callable[[int], tuple[object, Member]]


def _members(
    clusters: Clusters, standing: Standing, cluster: int, show: Show
) -> tuple[tuple[Member, ...], tuple[Member, ...]]:
    """Return the most typical members of a cluster, and those nearest to another."""
    here = clusters.members(cluster)
    many, few = shown(len(clusters.ids))
    apart = APART * float(standing.radius[cluster])
    members: dict[int, tuple[object, Member]] = {}

    def content(row: int) -> object:
        if row not in members:
            members[row] = show(row)
        return members[row][0]

    def first(order: IntArray, many: int) -> list[int]:
        return distinct(clusters.rows[here[order]], clusters.points, apart, many, content)

    nearest = first(np.argsort(standing.far[here], kind="stable"), many)
    typical = tuple(members[row][1] for row in nearest)
    if len(clusters.ids) == 1:
        return typical, ()
    next_of = dict(zip(clusters.rows[here].tolist(), standing.next[here].tolist(), strict=True))
    borderline = tuple(
        members[row][1].model_copy(update={"next": int(clusters.ids[next_of[row]])})
        for row in first(np.argsort(standing.margin[here], kind="stable"), few)
        if next_of[row] >= 0
    )
    return typical, borderline


def _shower(split: Split, table: Features | None, cluster: int) -> Show:
    """Return a function of a row: its content, equal for rows that look the same, and its member."""

    def show(row: int) -> tuple[object, Member]:
        item = split.items.take(np.array([row], np.int64))[0]
        name = shown_text(str(split.ids[row]))
        if isinstance(item, str):
            text = shown_text(item)
            return text, Member(split=split.name, row=row, id=name, text=text)
        content: object = (item.shape, item.tobytes())
        if table is None or item.ndim > 1:
            return content, Member(split=split.name, row=row, id=name, image=png(item))
        values = table.of_row(item, cluster)
        return content, Member(split=split.name, row=row, id=name, values=values)

    return show


def class_shares(corpus: Corpus, rows: IntArray) -> tuple[ClassShare, ...] | None:
    """Return the true classes of some rows with the share of the labelled ones, or None."""
    truth = corpus.train.labels
    if truth is None or not corpus.train.labelled:
        return None
    labels = truth[rows]
    values, counts = np.unique(labels[labels >= 0], return_counts=True)
    names = corpus.label_names
    order = np.lexsort((values, -counts))[:CLASSES]
    return tuple(
        ClassShare(
            name=shown_text(names[v] if v < len(names) else str(v)),
            rows=n,
            share=round(n / int(counts.sum()), 6),
        )
        for v, n in zip(values[order].tolist(), counts[order].tolist(), strict=True)
    )
