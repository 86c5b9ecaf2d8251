"""Edits of a taxonomy: names, and clusters that are one from now on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from clusterforge.errors import InputError, nearest
from clusterforge.explaining.names import one_line
from clusterforge.taxonomy.folder import TaxonomyFolder
from clusterforge.taxonomy.following import Followed
from clusterforge.taxonomy.page import render
from clusterforge.taxonomy.records import Cluster, Taxonomy


def rename(folder: str | Path, cluster: str, name: str) -> Followed:
    """Give a cluster another name, for all later generations.

    Parameters
    ----------
    folder
        The taxonomy.
    cluster
        The id or the name of a cluster that lives.
    name
        A name that no other cluster has.

    Raises
    ------
    InputError
        Where there is no such cluster, or the name is none or another one's.
    """
    return _edited(folder, lambda taxonomy: _named(taxonomy, _find(taxonomy, cluster), name))


def merge(folder: str | Path, clusters: Sequence[str], name: str | None = None) -> Followed:
    """Make clusters one: the first keeps its id, and gets the rows of the others in later generations.

    Neither ``predict`` nor a refit divides them again.

    Parameters
    ----------
    folder
        The taxonomy.
    clusters
        Ids or names of two clusters or more that live.
    name
        What it is called from now on; default: as the first.

    Raises
    ------
    InputError
        Where there are no such clusters.
    """

    def work(taxonomy: Taxonomy) -> Taxonomy:
        first, *others = dict.fromkeys(_find(taxonomy, cluster) for cluster in clusters)
        if not others:
            raise InputError("a merge takes two clusters or more", file=str(folder))
        number = len(taxonomy.generations) + 1
        if name is not None:
            taxonomy = _named(taxonomy, first, name, but=others)
        for id in others:
            taxonomy = _with(
                taxonomy, taxonomy.cluster(id).model_copy(update={"gone": number, "into": first})
            )
        return taxonomy

    return _edited(folder, work)


def difference(before: Taxonomy, after: Taxonomy) -> list[str]:
    """Say what edits have changed, a line for each cluster."""
    lines = []
    for one in before.clusters:
        now = after.cluster(one.id)
        if now.title != one.title:
            lines.append(f"cluster {one.id}, {one.title}, is now called {now.title}")
        if now.into is not None and now.into != one.into:
            into = f"{now.into}, {after.cluster(now.into).title}"
            lines.append(f"cluster {one.id}, {one.title}, is part of cluster {into}, from now on")
    return lines


def _edited(folder: str | Path, work: Callable[[Taxonomy], Taxonomy]) -> Followed:
    target = TaxonomyFolder(Path(folder))
    target.read()  # what is no taxonomy is left alone, without a lock in it
    with target.locked():
        taxonomy = work(target.read())
        generations = target.generations(taxonomy)
        taxonomy = target.rewrite(taxonomy, render(taxonomy, generations))
    return Followed(target.path, taxonomy, generations[-1:], target.page(taxonomy))


def _find(taxonomy: Taxonomy, wanted: str) -> int:
    alive = [taxonomy.cluster(id) for id in taxonomy.alive]
    by_name = {cluster.title.casefold(): cluster.id for cluster in alive}
    if wanted.isascii() and wanted.isdigit() and int(wanted) in taxonomy.alive:
        return int(wanted)
    if wanted.casefold() not in by_name:
        known = [*(str(cluster.id) for cluster in alive), *(cluster.title for cluster in alive)]
        raise InputError(f"there is no cluster {wanted!r}", remedy=nearest(wanted, known))
    return by_name[wanted.casefold()]


def _named(taxonomy: Taxonomy, id: int, name: str, but: Sequence[int] = ()) -> Taxonomy:
    """Name a cluster as no other one is called, but those that it is merged with."""
    line = one_line(name)
    if not line:
        raise InputError("the name is empty", key="--as")
    for other in taxonomy.clusters:
        if other.id not in (id, *but) and other.title.casefold() == line.casefold():
            raise InputError(f"cluster {other.id} is called {line!r}", key="--as")
    return _with(taxonomy, taxonomy.cluster(id).model_copy(update={"name": line}))


def _with(taxonomy: Taxonomy, cluster: Cluster) -> Taxonomy:
    clusters = [cluster if one.id == cluster.id else one for one in taxonomy.clusters]
    return taxonomy.model_copy(update={"clusters": tuple(clusters)})
