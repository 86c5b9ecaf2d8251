"""Everything that is told of the clusters of one clustering."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from clusterforge.contracts import Corpus, FloatArray, IntArray, Split
from clusterforge.explaining.features import Features, features
from clusterforge.explaining.members import Clusters, Standing
from clusterforge.explaining.pictures import mean_images, png
from clusterforge.explaining.selection import APART, distinct, shown
from clusterforge.explaining.words import Vocabulary

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
    corpus: Corpus, given: Explained, vocabulary: Vocabulary | None = None
) -> dict[str, Any]:
    """Return the largest clusters of a clustering, each with what it holds, as JSON values.

    Parameters
    ----------
    corpus
        The data; the train split is shown.
    given
        The clustering.
    vocabulary
        The words of the train split, where it is texts.

    Returns
    -------
    dict
        ``by`` (what makes a member typical), ``left_out`` (how many smaller clusters are not told)
        and ``clusters``, the largest first.
    """
    clusters = Clusters(given.embedding, given.labels, given.membership)
    standing = clusters.standing()
    if standing is None:
        return {"by": None, "left_out": 0, "clusters": []}
    split, listed = corpus.train, clusters.listed
    members = [clusters.rows[clusters.members(c)] for c in listed]
    code = np.full(len(given.labels), -1, np.int64)
    code[clusters.rows] = clusters.code
    content = split.items.content
    table = (
        features(split.items, code, listed, corpus.feature_names) if content == "table" else None
    )
    words = vocabulary.of_clusters(code, listed) if vocabulary else None
    means = mean_images(split.items, members) if content == "image" else None
    told = []
    for i, c in enumerate(listed.tolist()):
        show = _shower(split, table, i)
        typical, borderline = _members(clusters, standing, c, show)
        told.append(
            {
                "cluster": int(clusters.ids[c]),
                "rows": int(clusters.sizes[c]),
                "typical": typical,
                "borderline": borderline,
                "words": words[i] if words is not None else None,
                "mean_image": means[i] if means is not None else None,
                "features": table.of_cluster(i) if table is not None else None,
                "classes": _classes(corpus, members[i]),
            }
        )
    return {"by": standing.by, "left_out": len(clusters.ids) - len(listed), "clusters": told}


def shown_text(text: str) -> str:
    """Return a text on one line, cut to 400 characters, without control characters."""
    head = " ".join(text[: 4 * LONGEST].split())
    line = UNSHOWABLE.sub("\ufffd", head)
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


Show = Callable[[int], tuple[object, dict[str, Any]]]


def _members(
    clusters: Clusters, standing: Standing, cluster: int, show: Show
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the most typical members of a cluster, and those nearest to another."""
    here = clusters.members(cluster)
    many, few = shown(len(clusters.listed))
    apart = APART * float(standing.radius[cluster])
    seen: dict[int, tuple[object, dict[str, Any]]] = {}

    def content(row: int) -> object:
        if row not in seen:
            seen[row] = show(row)
        return seen[row][0]

    def first(order: IntArray, many: int) -> list[int]:
        return distinct(clusters.rows[here[order]], clusters.points, apart, many, content)

    typical = [seen[row][1] for row in first(np.argsort(standing.far[here], kind="stable"), many)]
    if len(clusters.ids) == 1:
        return typical, []
    next_of = dict(zip(clusters.rows[here].tolist(), standing.next[here].tolist(), strict=True))
    borderline = [
        {**seen[row][1], "next": int(clusters.ids[next_of[row]])}
        for row in first(np.argsort(standing.margin[here], kind="stable"), few)
        if next_of[row] >= 0
    ]
    return typical, borderline


def _shower(split: Split, table: Features | None, cluster: int) -> Show:
    """Return what makes of a row what tells it from others, and what is shown of it."""

    def show(row: int) -> tuple[object, dict[str, Any]]:
        item: Any = split.items.take(np.array([row], np.int64))[0]
        about = {"split": split.name, "row": row, "id": shown_text(str(split.ids[row]))}
        if split.items.content == "text":
            text = shown_text(str(item))
            return text, {**about, "text": text}
        if split.items.content == "image":
            return (item.shape, item.tobytes()), {**about, "image": png(item)}
        assert table is not None
        return item.tobytes(), {**about, "values": table.of_row(item, cluster)}

    return show


def _classes(corpus: Corpus, rows: IntArray) -> list[dict[str, Any]] | None:
    """Return the true classes of some rows with the share of the labelled ones, or None."""
    truth = corpus.train.labels
    if truth is None or not corpus.train.labelled:
        return None
    labels = truth[rows]
    values, counts = np.unique(labels[labels >= 0], return_counts=True)
    names = corpus.label_names
    return [
        {
            "name": shown_text(names[v] if v < len(names) else str(v)),
            "rows": int(n),
            "share": round(int(n) / int(counts.sum()), 6),
        }
        for v, n in sorted(
            zip(values.tolist(), counts.tolist(), strict=True), key=lambda vn: (-vn[1], vn[0])
        )
    ][:CLASSES]
