"""What to try next: a few plain rules over what a run has found, none of them a promise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from clusterforge.formats import number, share
from clusterforge.report.curves import details_of
from clusterforge.report.figures.records import number as numeric
from clusterforge.report.figures.records import table, whole
from clusterforge.report.folder import RunFolder
from clusterforge.report.scores import headline
from clusterforge.report.verdict import SHAKY, Verdict, agreements, overlap

SHOWN = 3
GIANT = 0.6  # of the rows in one cluster
NOISY = 0.25  # of the rows are noise
TIGHT = 0.5  # of silhouette
APART = 0.65  # accuracy below which tight clusters are not the classes
GAP = 0.08  # accuracy on train less that on test
STRONG = 0.8  # prediction strength: Tibshirani and Walther (2005), section 2
ENOUGH_ROWS = 30  # held-out rows a cluster, for a prediction strength to tell something
REPEATED = 0.05  # of the rows are copies


def advice(run: RunFolder, judged: Verdict) -> list[str]:
    """Return what to try next, the weightiest first; at least one line.

    Parameters
    ----------
    run
        The run.
    judged
        Its verdict: the clusterer it names comes first.
    """
    names = [name for name in run.clusterers if name != judged.clusterer]
    if judged.clusterer is not None:
        names.insert(0, judged.clusterer)
    told = [line for name in names for line in _of_clusterer(run, name, judged)]
    told += _of_data(run)
    first = dict[
        str, str
    ]()  # of each rule the first: the best clusterer's, where it holds for several
    for rule, line in told:
        first.setdefault(rule, line)
    if not first:
        return [
            "Nothing stands out. Run it with other seeds and set them side by side with "
            "“clusterforge compare” before you rely on it."
        ]
    return list(first.values())[:SHOWN]


def _of_clusterer(run: RunFolder, name: str, judged: Verdict) -> Iterator[tuple[str, str]]:
    about = run.clusterers.get(name) or {}
    details = details_of(about)
    found = {
        m: s for (c, split, m), s in headline(run).items() if (c, split) == (name, judged.split)
    }
    value = {metric: s["value"] for metric, s in found.items() if isinstance(s.get("value"), float)}
    sizes = _sizes(about)
    rows = sum(sizes.values())
    noise = sizes.pop(-1, 0)
    looked_for = details.choice("eps") is not None
    eps = looked_for or "eps" in details.values
    if rows and noise / rows > NOISY:
        remedy = (
            "a larger eps or a smaller min_samples covers more"
            if eps
            else "a smaller least cluster size covers more"
        )
        yield "noise", (f"{name} calls {share(noise / rows)} of the rows noise: {remedy}.")
    if len(sizes) == 1:
        # An eps that was looked for has no smaller one that would do better.
        remedy = "another clusterer" if looked_for else "a smaller eps" if eps else "more clusters"
        yield "one", (f"{name} found one cluster only: try {remedy}, or another encoder.")
    elif sizes and max(sizes.values()) > GIANT * (rows - noise) and not _uneven(run):
        remedy = "more clusters or another encoder"
        if eps:
            remedy = "another clusterer or encoder" if looked_for else "a smaller eps"
        part = share(max(sizes.values()) / (rows - noise))
        yield "giant", (f"{name} puts {part} of its rows into one cluster: try {remedy}.")
    choice = details.choice("n_clusters")
    ends = _ends(choice.tried) if choice else None
    if choice and ends and choice.value in ends:
        side = "upper" if choice.value == ends[1] else "lower"
        yield (
            "range",
            (
                f"{name} chose {choice.value} clusters, the {side} end of the range it "
                "tried: widen the range."
            ),
        )
    shaky = [(kind, mean) for kind, mean, _ in agreements(run, name) if mean < SHAKY]
    if shaky:
        kind = {"seeds": "seed", "bootstrap": "sample of rows"}[shaky[0][0]]
        yield (
            "shaky",
            (
                f"{name} changes with the {kind} (mean ARI {number(shaky[0][1], 2)}): try another "
                "number of clusters, more starts, or look only at the rows that stay."
            ),
        )
    strength = numeric(table(run.evaluation, "clusterers", name, "prediction_strength"), "value")
    held_out = run.splits.get(str(judged.split), {}).get("rows") or 0
    enough = held_out >= ENOUGH_ROWS * len(sizes)
    if strength is not None and strength < STRONG and len(sizes) > 2 and enough:
        yield (
            "strength",
            (
                f"{name}: prediction strength {number(strength, 2)} is below {STRONG}, so some "
                "clusters are not found again in other rows: try another number of clusters, or "
                "another encoder."
            ),
        )
    if value.get("silhouette", 0.0) > TIGHT and value.get("accuracy", 1.0) < APART:
        yield (
            "labels",
            (
                f"{name} is tight (silhouette {number(value['silhouette'])}) but does not follow the "
                "labels: read the cards to see what it groups by, and compare other encoders."
            ),
        )
    seen, unseen = headline(run).get((name, "train", "accuracy")), found.get("accuracy")
    if seen and unseen and not overlap(seen, unseen):
        worse = (seen.get("value") or 0.0) - value.get("accuracy", 1.0)
        remedy = "fewer epochs, a smaller network or " if run.run.get("networks") else ""
        if worse > GAP:
            yield (
                "gap",
                (
                    f"{name} is {number(worse)} less accurate on {judged.split} than on train: "
                    f"{remedy}more rows."
                ),
            )
    lost = _without_cluster(run, name)
    if lost:
        shown = ", ".join(lost[:3]) + (f" and {len(lost) - 3} more" if len(lost) > 3 else "")
        word = "label" if len(lost) == 1 else "labels"
        yield (
            "lost",
            (
                f"No cluster of {name} has {word} {shown} as its largest: see under its labels by "
                "clusters where those rows are."
            ),
        )


def _of_data(run: RunFolder) -> Iterator[tuple[str, str]]:
    for split, about in table(run.evaluation, "data").items():
        rows = whole(table(about), "rows") or 0
        again = whole(table(about, "duplicates"), "in_train")
        copies = whole(table(about, "duplicates"), "rows") or 0
        if rows and again and again / rows > REPEATED:
            yield (
                "copies",
                (
                    f"{share(again / rows)} of {split} are copies of rows of train: leave them out, "
                    "or its scores are too good."
                ),
            )
        elif rows and copies / rows > REPEATED:
            yield (
                "copies",
                (f"{share(copies / rows)} of {split} are exact copies: clean the data first."),
            )


def _sizes(about: dict[str, Any]) -> dict[int, int]:
    """Return the sizes of the clusters on train, else on the first split; -1 is noise."""
    splits = table(about, "sizes")
    of = table(splits.get("train") or next(iter(splits.values()), None))
    return {int(c): n for c, n in of.items() if isinstance(n, int) and c.lstrip("-").isdigit()}


def _uneven(run: RunFolder) -> bool:
    """Say whether one class holds most labelled rows, so that one large cluster is right."""
    if run.assignments is None or not run.assignments.classes:
        return False
    counts = np.bincount(run.assignments.truth[run.assignments.truth >= 0])
    return bool(counts.max(initial=0) > GIANT * counts.sum())


def _ends(tried: tuple[float, ...]) -> tuple[float, float] | None:
    """Return the least and the largest number of clusters that were tried."""
    if len(tried) < 3:
        return None
    return (min(tried) if min(tried) > 2 else -1, max(tried))


def _without_cluster(run: RunFolder, name: str) -> list[str]:
    """Return the classes with rows that are the largest in no cluster, over all splits."""
    if run.assignments is None or not run.assignments.classes:
        return []
    truth, labels = run.assignments.truth, run.assignments.clusters[name]
    known = (truth >= 0) & (labels >= 0)
    size = len(run.assignments.classes)
    own = {
        int(np.bincount(truth[known & (labels == i)], minlength=size).argmax())
        for i in np.unique(labels[known])
    }
    there = set(np.unique(truth[known]).tolist())
    return [run.assignments.classes[c] for c in sorted(there - own)] if own else []
