"""What the clusters of a generation are: words and members, by their lasting ids."""

from __future__ import annotations

from collections.abc import Iterable

from clusterforge.contracts import Corpus, FloatArray, IntArray, Split, parts_of
from clusterforge.explaining import Explained, explain
from clusterforge.runs.records import ClusterExplanation

TYPICAL = 3


def explained(split: Split, embedding: FloatArray, ids: IntArray) -> dict[int, ClusterExplanation]:
    """Return what each cluster of some rows is, by id: its words, and the three most typical members.

    Parameters
    ----------
    split
        The rows; without items, only their ids are shown.
    embedding
        float32 (n, d).
    ids
        int64 (n,), -1 for noise.
    """
    words = None
    if texts := parts_of(split.items).get("text"):
        from clusterforge.explaining.words import vocabulary

        words = vocabulary(texts)
    return cut(explain(Corpus({"train": split}), Explained(embedding, ids), words).clusters)


def cut(clusters: Iterable[ClusterExplanation]) -> dict[int, ClusterExplanation]:
    """Return explanations by cluster, with the members that a page of generations shows."""
    return {
        cluster.cluster: cluster.model_copy(
            update={"typical": cluster.typical[:TYPICAL], "borderline": (), "classes": None}
        )
        for cluster in clusters
    }


def words_of(cluster: ClusterExplanation | None) -> tuple[str, ...]:
    """Return the words of a cluster, the most telling first; none for what has no words."""
    return tuple(word.word for word in (cluster.words or ())) if cluster else ()
