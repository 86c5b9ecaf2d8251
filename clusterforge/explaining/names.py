"""What a namer is given of a clustering, and names that no two clusters share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from clusterforge.contracts import (
    ClusterEvidence,
    Evidence,
    Example,
    ItemKind,
    Name,
    Phrase,
    Trait,
)
from clusterforge.numerics.arrays import blocks
from clusterforge.runs.records import ClusterExplanation, LayerExplanation, Member
from clusterforge.texts.terms import words_of

LONGEST, MORE = 80, 30
JOINERS = "\u200c\u200d"  # hold scripts and emoji together
JOINT = " · "
OTHER = "other"  # of several with one name, the one that no word tells apart


def evidence(
    content: ItemKind,
    rows: int,
    explained: Sequence[ClusterExplanation],
    given: Sequence[str | None] = (),
    above: LayerExplanation | None = None,
    parents: Mapping[int, int] | None = None,
) -> Evidence:
    """Return what names may rest on.

    Parameters
    ----------
    content, rows
        What the rows are, and how many there are with noise.
    explained
        The clusters, or the groups of a layer.
    given
        For each cluster the name that it has already, or None; shorter where the rest has none.
    above, parents
        The next, coarser layer, named, and the group there of each cluster.
    """
    of = parents or {}
    children: dict[int, list[int]] = {}
    for found in explained:
        if found.cluster in of:
            children.setdefault(of[found.cluster], []).append(found.cluster)
    clusters = []
    for found in explained:
        one = _evidence(found, given)
        if above is not None and found.cluster in of:
            others = [c for c in children[of[found.cluster]] if c != found.cluster]
            near = [c for c in found.siblings if c in others]
            siblings = (*near, *(c for c in others if c not in near)) or found.siblings
            one = replace(one, siblings=siblings, parent=above.names[of[found.cluster]])
        clusters.append(one)
    return Evidence(content, rows, tuple(clusters))


def _evidence(found: ClusterExplanation, given: Sequence[str | None]) -> ClusterEvidence:
    return ClusterEvidence(
        cluster=found.cluster,
        rows=found.rows,
        phrases=tuple(Phrase(w.word, w.score, w.rows) for w in found.words or ()),
        traits=tuple(
            Trait(f.name, f.mean, f.overall, f.z, f.value, f.kind) for f in found.features or ()
        ),
        typical=tuple(map(_example, found.typical)),
        borderline=tuple(map(_example, found.borderline)),
        siblings=found.siblings,
        name=(given[found.cluster] or None) if found.cluster < len(given) else None,
    )


def _example(member: Member) -> Example:
    values = {value.name: value.value for value in member.values or ()}
    return Example(member.id, member.text, values)


def named(
    clusters: Sequence[ClusterExplanation],
    names: Mapping[int, Name],
    above: LayerExplanation | None = None,
    parents: Mapping[int, int] | None = None,
) -> tuple[ClusterExplanation, ...]:
    """Return clusters, or groups of a layer, with these names, made distinct, the first before others.

    Those without one go by their number. None has the name of a group in the layer above that holds
    several of them.

    Parameters
    ----------
    clusters
        The clusters, or groups.
    names
        Names of some.
    above, parents
        As of :func:`evidence`.
    """
    rest = {c.cluster: Name(c.name) for c in clusters if c.cluster not in names}
    noun = clusters[0].name.partition(" ")[0] if clusters else ""
    held = Counter((parents or {}).values())
    wider = [] if above is None else [g.name for g in above.groups if held[g.cluster] > 1]
    lines = distinct({**names, **rest}, noun, wider)
    return tuple(
        c.model_copy(
            update={
                "name": lines[c.cluster],
                "evidence": tuple(map(one_line, names[c.cluster].evidence))
                if c.cluster in names
                else (),
            }
        )
        for c in clusters
    )


def distinct(
    names: Mapping[int, Name], noun: str = "cluster", wider: Iterable[str] = ()
) -> dict[int, str]:
    """Return names on one line, of which no two are equal but for case, nor to one of ``wider`` groups.

    Clusters of one name get the first of their evidence that the others have not. Those that come first in
    ``names`` keep what they have where there is none; the others get the first of their evidence that
    makes another name, then one is called the *other* of that name, and the rest get their number.
    """
    lines = {cluster: one_line(name.name) for cluster, name in names.items()}
    rivals: dict[str, list[int]] = {}
    for cluster, line in lines.items():
        rivals.setdefault(line.casefold(), []).append(cluster)
    own: dict[int, str] = {}
    used = {name.casefold() for name in wider}
    for cluster, line in lines.items():
        others: list[Sequence[str]] = [
            names[c].evidence for c in rivals[line.casefold()] if c != cluster
        ]
        if line.casefold() in used:
            others.append(line.split(JOINT))
        theirs = {one_line(part).casefold() for evidence in others for part in evidence}
        parts = [part for part in map(one_line, names[cluster].evidence) if part] if others else []
        more = next((part for part in parts if part.casefold() not in theirs), "")
        longer = _joined(line, more) if more else line
        said = {part.casefold() for part in line.split(JOINT)}
        further = [part for part in parts if part.casefold() not in said]
        numbered = f"{noun} {cluster}"
        tries = (
            longer,
            *(_joined(line, part) for part in (*further, *([OTHER] if parts else ()))),
            _joined(line, numbered),
            *(f"{numbered} ({i})" for i in range(2, 99)),
        )
        own[cluster] = next(line for line in tries if line.casefold() not in used)
        used.add(own[cluster].casefold())
    return own


def distinctness(clusters: Sequence[ClusterExplanation]) -> float | None:
    """Return how different the names of clusters are, 0 to 1; None where fewer than two have one.

    That is 1 less, on average over the names, the largest Jaccard overlap of its words with those of
    another: 1 where no two share a word.
    """
    from scipy import sparse

    words = [sorted(set(words_of(c.name))) for c in clusters if c.named]
    if len(words) < 2:
        return None
    place: dict[str, int] = {}
    columns = [place.setdefault(word, len(place)) for own in words for word in own]
    sizes = np.array([len(own) for own in words])
    rows = np.repeat(np.arange(len(words)), sizes)
    holds = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), (len(words), len(place) or 1))
    most = 0.0
    for part in blocks(len(words), len(words)):
        both = (holds[part] @ holds.T).toarray()
        either = sizes[part, None] + sizes - both
        alike = both / np.maximum(either, 1)
        alike[np.arange(len(both)), np.arange(part.start, part.stop)] = 0
        most += float(alike.max(axis=1).sum())
    return round(1 - most / len(words), 6)


def one_line(text: str) -> str:
    """Return a text from data or a plugin on one line, cut to 80 characters, without control characters."""
    shown = (c if c.isprintable() or c in JOINERS else " " for c in text[: 4 * LONGEST])
    line = " ".join("".join(shown).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"


def _joined(line: str, more: str) -> str:
    more = more if len(more) <= MORE else more[: MORE - 1].rstrip() + "…"
    room = LONGEST - len(JOINT) - len(more)
    kept = line if len(line) <= room else line[: room - 1].rstrip() + "…"
    return f"{kept}{JOINT}{more}"
