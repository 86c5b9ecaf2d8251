"""Names of clusters that are new, unlike any that a taxonomy has had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clusterforge.contracts import Name, Split
from clusterforge.explaining.names import distinct, evidence
from clusterforge.formats import count
from clusterforge.runs.records import ClusterExplanation
from clusterforge.taxonomy.fitting import Fitting
from clusterforge.taxonomy.records import Cluster


def name_new(
    clusters: Sequence[Cluster],
    number: int,
    explained: Mapping[int, ClusterExplanation],
    rows: Split,
    fitting: Fitting,
) -> tuple[list[Cluster], tuple[str, ...]]:
    """Have the run's namer name the clusters that are new.

    A name that another cluster has, one that is gone too, is made another one.

    Parameters
    ----------
    clusters
        Every cluster there ever was, by its id.
    number
        The generation in which the new ones are born.
    explained
        What the clusters of that generation are, by id.
    rows
        Its rows.
    fitting
        What asks the namer.

    Returns
    -------
    clusters, notes
        The clusters with names, and what the reader should know.
    """
    named = list(clusters)
    fresh = {c.id for c in clusters if c.name is None and c.born == number}
    if fresh.isdisjoint(explained):
        return named, ()
    taken = [None if cluster.id in fresh else cluster.title for cluster in clusters]
    known = evidence(rows.items.content, len(rows), [*explained.values()], taken)
    answer = fitting.names(known)
    names = {id: Name(title) for id, title in enumerate(taken) if title}
    lines = distinct({**names, **answer.by_cluster()})
    for id in answer.by_cluster():
        named[id] = named[id].model_copy(update={"name": lines[id]})
    if not answer.sent:
        return named, answer.warnings
    sent = f"Content of {count(answer.sent, 'row')} was sent to {fitting.sends_to}, for names."
    return named, (*answer.warnings, sent)
