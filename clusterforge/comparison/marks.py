"""What makes a difference of two scores mean little or nothing, each with a plain sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from clusterforge.comparison.folders import Opened, Subject
from clusterforge.comparison.rows import Shared
from clusterforge.formats import share

COVERAGE = 0.005
OF_CLUSTERER = re.compile(r" of clusterer\.(\d+\.)?(?P<id>.+)$")


@dataclass(frozen=True)
class Mark:
    """A reservation about one difference; a ``void`` one means that it says nothing."""

    code: str
    text: str
    void: bool = False


def marks(
    a: Subject,
    b: Subject,
    split: str,
    shared: Shared,
    scores: tuple[Mapping[str, Any], Mapping[str, Any]],
) -> list[Mark]:
    """Return the reservations about the difference of one score of two clusterings.

    Parameters
    ----------
    a, b
        The clusterings.
    split
        The split that was scored.
    shared
        The rows that the runs share.
    scores
        The two entries of ``metrics.json``, both with a value.
    """
    return list(_marks(a, b, split, shared, scores))


def _marks(
    a: Subject,
    b: Subject,
    split: str,
    shared: Shared,
    scores: tuple[Mapping[str, Any], Mapping[str, Any]],
) -> Iterator[Mark]:
    first, second = scores
    names = _names(a, b)
    external = bool(first.get("labels") or second.get("labels"))
    describes = first.get("direction") == "none"
    told = shared.splits.get(split)
    if a.run is not b.run:
        if not external and not describes:
            yield from _embedding(a.run, b.run, split)
        if told is None or not told.whole:
            sizes = f"{_count(told and told.first)} and {_count(told and told.second)}"
            many = f"{told.shared:,}" if told else "none"
            yield Mark(
                "rows", f"The {split} rows are not the same: {sizes}, {many} of them shared.", True
            )
        trained = [bool(s.run.content.run.get("labels_in_training")) for s in (a, b)]
        if trained[0] != trained[1]:
            with_labels, without = names if trained[0] else names[::-1]
            yield Mark("training", f"Labels were used to train {with_labels}, not {without}.", True)
    coverage = [1.0 if s.get("coverage") is None else float(s["coverage"]) for s in scores]
    if not describes and abs(coverage[0] - coverage[1]) > COVERAGE:
        yield Mark(
            "coverage",
            f"Noise is left out: {names[0]} is scored on {share(coverage[0])} of its rows, "
            f"{names[1]} on {share(coverage[1])}. See the lines that count noise.",
            True,
        )
    elif first.get("n") != second.get("n") and (told is None or told.whole):
        yield Mark(
            "n", f"Scored on {_count(first.get('n'))} rows and {_count(second.get('n'))} rows."
        )
    if bool(first.get("exact", True)) != bool(second.get("exact", True)):
        sampled, exact = names if not first.get("exact", True) else names[::-1]
        yield Mark(
            "sampled", f"{sampled} is estimated from a sample of the rows, {exact} is exact."
        )
    if describes:
        return
    used = [_labels_used(subject) for subject in (a, b)]
    for mine, other, name, rest in (
        (used[0], used[1], *names),
        (used[1], used[0], *names[::-1]),
    ):
        if mine - other:
            yield Mark(
                "labels",
                f"{name} looked at labels, {rest} did not: {', '.join(sorted(mine - other))}.",
            )
    if first.get("metric") == "purity":
        found = [
            _clusters(subject, split, str(score.get("noise")))
            for subject, score in zip((a, b), scores, strict=True)
        ]
        if None not in found and found[0] != found[1]:
            counts = " and ".join(_count(n) for n in found)
            yield Mark("purity", f"Purity rises with the number of clusters: {counts}.")


def _names(a: Subject, b: Subject) -> tuple[str, str]:
    return a.label or a.clusterer, b.label or b.clusterer


def _clusters(subject: Subject, split: str, noise: str) -> int | None:
    """Count the clusters that a score is of: noise may be one, or each of its rows; None: unknown."""
    rows, labels = subject.run.rows, subject.labels
    if labels is None or split not in rows.splits:
        return subject.n_clusters
    here = labels[(rows.split == rows.splits.index(split)) & (rows.truth >= 0)]
    left_out = int((here == -1).sum())
    more = {"cluster": min(left_out, 1), "singletons": left_out}.get(noise, 0)
    return len(np.unique(here[here >= 0])) + more


def _count(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else "an unknown number of"


def _labels_used(subject: Subject) -> set[str]:
    """Return what labels were looked at for this clustering, without what other clusterers did."""
    result = set()
    for what in map(str, subject.run.content.run.get("labels_used") or []):
        of = OF_CLUSTERER.search(what)
        if of is None:
            result.add(what)
        elif of["id"] == subject.clusterer:
            result.add(what[: of.start()])
    return result


def _embedding(a: Opened, b: Opened, split: str) -> Iterator[Mark]:
    why = "an internal score says how an embedding looks, so it can't be compared across them"
    known = [_embedded(run, split) for run in (a, b)]
    if None in known:
        yield Mark("embedding", f"The embeddings can't be told to be the same: {why}.", True)
    elif not set(known[0] or ()) & set(known[1] or ()):
        yield Mark("embedding", f"The embedding is another: {why}.", True)


def _embedded(run: Opened, split: str) -> list[str] | None:
    """Return what names the embedding of a split: its stage's key, and its file's hash."""
    told = run.content.run.get("embedding")
    stage = str(told.get("stage") or "") if isinstance(told, dict) else ""
    stages = run.content.run.get("stages") or []
    keys = [
        str(s["key"])
        for s in stages
        if isinstance(s, dict) and s.get("stage") == stage and s.get("key")
    ]
    _, _, rest = stage.partition(".")
    file = run.files.get(f"encoders/{rest.replace('.', '-', 1)}/{split}.npy")
    return [*keys, *([file] if file else [])] or None
