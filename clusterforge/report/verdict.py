"""What a run says in one sentence, and what to bear in mind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clusterforge.report.folder import RunFolder
from clusterforge.report.scores import headline, number, share

EXTERNAL = ("accuracy", "nmi", "ari", "purity")
INTERNAL = ("silhouette", "davies-bouldin", "calinski-harabasz")
NAMES = {"nmi": "NMI", "ari": "ARI"}
ENOUGH = 0.95


@dataclass(frozen=True)
class Verdict:
    """The sentence, and the caveats in order of weight."""

    sentence: str
    caveats: list[str]


def verdict(run: RunFolder) -> Verdict:
    """Name the best clusterer: by accuracy or NMI where there are labels, else by silhouette.

    One that leaves more than a twentieth of the rows out as noise is named best only where all do.
    """
    scores = headline(run)
    splits = dict.fromkeys([*run.splits, *(key[1] for key in scores)])
    held_out = [name for name in splits if name != "train"]
    held_out.sort(key=lambda name: name != "test")
    for metrics in (EXTERNAL, INTERNAL):
        for split in [*held_out, "train"]:
            for metric in metrics:
                found = {
                    c: s
                    for (c, where, m), s in scores.items()
                    if (where, m) == (split, metric) and s.get("value") is not None
                }
                if found:
                    return _judged(run, scores, split, metric, found)
    sentence = "No clusterer has a score: see below for the reasons."
    return Verdict(sentence, _caveats(run, None, None))


def _judged(
    run: RunFolder,
    scores: dict[tuple[str, str, str], dict[str, Any]],
    split: str,
    metric: str,
    found: dict[str, dict[str, Any]],
) -> Verdict:
    sign = -1 if next(iter(found.values())).get("direction") == "lower" else 1

    def ranked(names: list[str]) -> list[str]:
        return sorted(names, key=lambda name: -sign * found[name]["value"])

    fair = [name for name in found if _coverage(found[name]) >= ENOUGH]
    order = ranked(fair or list(found))
    best = order[0]
    top = found[best]
    what = [f"{NAMES.get(metric, metric)} {number(top['value'])}"]
    nmi = scores.get((best, split, "nmi"))
    if metric == "accuracy" and nmi and nmi.get("value") is not None:
        what.append(f"NMI {number(nmi['value'])}")
    n, covered = top.get("n"), _coverage(top)
    rows = f" ({n:,} rows)" if isinstance(n, int) else ""
    coverage = "" if covered == 1 else f", which covers {share(covered)} of the rows"
    where = f"on {split}{rows}{coverage}"
    if metric in EXTERNAL:
        means = "agrees best with the true labels" if len(found) > 1 else "was scored by the labels"
    else:
        means = f"has the best {metric}" if len(found) > 1 else "was scored without labels"
    sentence = f"{best} {means}: {' and '.join(what)} {where}"
    if len(order) > 1:
        second = found[order[1]]
        tie = number(second["value"]) == number(top["value"])
        beside = "level with" if tie else "ahead of"
        sentence += f", {beside} {order[1]} ({number(second['value'])}{_partly(second)})"
    unfair = [n for n in ranked(list(found)) if sign * found[n]["value"] > sign * top["value"]]
    if unfair and fair:
        other = found[unfair[0]]
        sentence += f"; {unfair[0]} has {number(other['value'])}{_partly(other, ', but only')}"
    return Verdict(f"{sentence}.", _caveats(run, split, metric))


def _coverage(score: dict[str, Any]) -> float:
    value = score.get("coverage")
    return 1.0 if value is None else float(value)


def _partly(score: dict[str, Any], joined: str = "") -> str:
    covered = _coverage(score)
    return "" if covered == 1 else f"{joined} on {share(covered)} of the rows"


def notes(run: RunFolder) -> list[str]:
    """Return what the data set says of how its rows were drawn."""
    return [str(note) for note in (run.run.get("data") or {}).get("notes") or []]


def labels_used(run: RunFolder) -> list[str]:
    """Return what labels were used for, but for how the rows were drawn."""
    used = [str(what) for what in run.run.get("labels_used") or []]
    return [what for what in used if what not in notes(run)]


def _caveats(run: RunFolder, split: str | None, metric: str | None) -> list[str]:
    scores = list(headline(run).values())
    result = []
    if run.run.get("labels_in_training"):
        result.append(
            "Labels were used in training: don't compare these scores with those of a run "
            "that used none."
        )
    if labels_used(run):
        result.append(f"Labels were used for this: {', '.join(labels_used(run))}.")
    for note in notes(run):
        if note == "balanced":
            note = "The rows were drawn in equal numbers from each class, by the labels"
        result.append(f"{note.rstrip('.')}.")
    if metric in INTERNAL:
        result.append(
            f"There are no labels to check against: {metric} is an internal score, which rises "
            "when an embedding collapses. Never compare it across embeddings."
        )
    elif any(s.get("metric") in INTERNAL and s.get("value") is not None for s in scores):
        result.append(
            "Internal scores (silhouette and the like) compare clusterings of this one "
            "embedding, never two embeddings."
        )
    if split == "train":
        result.append("The scores are of the rows that the clusterers were fitted on.")
    partial = {
        f"{s.get('clusterer')} on {s.get('split')} {share(1 - _coverage(s))}"
        for s in scores
        if _coverage(s) < 1 and s.get("n")
    }
    if partial:
        result.append(
            f"Rows called noise are left out of the scores: {'; '.join(sorted(partial))}."
        )
    sampled = {str(s.get("metric")) for s in scores if not s.get("exact", True)}
    if sampled:
        result.append(f"Estimated from a sample of the rows: {', '.join(sorted(sampled))}.")
    missing = sum(s.get("value") is None for s in scores)
    if missing:
        result.append(f"{missing} of {len(scores)} scores are undefined; the reasons are below.")
    if run.run.get("seed") is not None:
        result.append(f"One run with one seed ({run.run['seed']}) says nothing of the spread.")
    return result
