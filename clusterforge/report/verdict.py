"""What a run says in one sentence, and what to bear in mind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clusterforge.formats import number, share
from clusterforge.report.figures.records import number as numeric
from clusterforge.report.figures.records import numbers, table
from clusterforge.report.folder import RunFolder
from clusterforge.report.scores import ENOUGH, between, coverage, headline

EXTERNAL = ("accuracy", "nmi", "ari", "purity")
INTERNAL = ("silhouette", "davies-bouldin", "calinski-harabasz")
NAMES = {"nmi": "NMI", "ari": "ARI"}


STEADY, SHAKY = 0.9, 0.7


@dataclass(frozen=True)
class Verdict:
    """What to say of a run.

    Parameters
    ----------
    sentence
        The result in a sentence.
    caveats
        What to bear in mind, in order of weight.
    clusterer, split, metric
        What the sentence is about; None where nothing has a score.
    firmness
        How far the best clusterer can be relied on, in a sentence; empty where it was not looked at.
    """

    sentence: str
    caveats: list[str]
    clusterer: str | None = None
    split: str | None = None
    metric: str | None = None
    firmness: str = ""


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
        return sorted(
            names, key=lambda name: (-sign * round(found[name]["value"], 3), -second_by(name))
        )

    def second_by(name: str) -> float:
        """NMI decides between equal accuracies."""
        score = scores.get((name, split, "nmi"), {}).get("value")
        return score if metric == "accuracy" and score is not None else 0.0

    fair = [name for name in found if _coverage(found[name]) >= ENOUGH]
    order = ranked(fair or list(found))
    best = order[0]
    top = found[best]
    what = [f"{NAMES.get(metric, metric)} {number(top['value'])}{_between(top)}"]
    nmi = scores.get((best, split, "nmi"))
    if metric == "accuracy" and nmi and nmi.get("value") is not None:
        what.append(f"NMI {number(nmi['value'])}{_between(nmi)}")
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
        clear = "" if tie or not overlap(top, second) else "; the intervals overlap"
        sentence += f", {beside} {order[1]} ({number(second['value'])}{_partly(second)}{clear})"
    unfair = [n for n in ranked(list(found)) if sign * found[n]["value"] > sign * top["value"]]
    if unfair and fair:
        other = found[unfair[0]]
        sentence += f"; {unfair[0]} has {number(other['value'])}{_partly(other, ', but only')}"
    told = firmness(run, best)
    return Verdict(f"{sentence}.", _caveats(run, split, metric), best, split, metric, told)


def interval(score: dict[str, Any]) -> tuple[float, float] | None:
    """Return the ends of a score's interval; None where it has none."""
    low, high = numeric(score, "low"), numeric(score, "high")
    return None if low is None or high is None else (low, high)


def _between(score: dict[str, Any]) -> str:
    ends = interval(score)
    return f" ({number(ends[0])} to {number(ends[1])})" if ends else ""


def overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Say whether the intervals of two scores meet; False where one has none."""
    first, second = interval(one), interval(other)
    return bool(first and second and first[0] <= second[1] and second[0] <= first[1])


def agreements(run: RunFolder, clusterer: str) -> list[tuple[str, float, int]]:
    """Return the mean agreement (ARI) over seeds and over bootstrap samples, with the number."""
    of = table(run.evaluation, "clusterers", clusterer, "stability")
    result = []
    for kind in ("seeds", "bootstrap"):
        mean = numeric(table(of, kind), "mean")
        if mean is not None:
            result.append((kind, mean, len(numbers(table(of, kind).get("ari")))))
    return result


def firmness(run: RunFolder, clusterer: str) -> str:
    """Say in a sentence how far a clustering comes out again."""
    found = agreements(run, clusterer)
    if not found:
        return ""
    what = {"seeds": "over {} seeds", "bootstrap": "over {} bootstrap samples"}
    parts = [f"{number(mean, 2)} {what[kind].format(n)}" for kind, mean, n in found]
    how = steadiness(min(mean for _, mean, _ in found))
    return f"Clustered again, this embedding gives a {how} result: mean ARI {' and '.join(parts)}."


def steadiness(agreement: float) -> str:
    """Put a mean agreement (ARI) into words."""
    steady = agreement >= STEADY
    return "steady" if steady else "shaky" if agreement < SHAKY else "fairly steady"


def tiles(run: RunFolder, judged: Verdict) -> list[dict[str, str]]:
    """Return the few figures of the best clusterer that stand beside the sentence."""
    if judged.clusterer is None:
        return []
    told = []
    scores, covered = headline(run), None
    for metric in ("accuracy", "nmi", "silhouette"):
        score = scores.get((judged.clusterer, str(judged.split), metric))
        if score is None or score.get("value") is None:
            continue
        covered = _coverage(score) if covered is None else covered
        note = f"{judged.split}, {'labels' if score.get('labels') else 'no labels'}"
        told.append((NAMES.get(metric, metric), number(score["value"]), between(score), note))
    if covered is not None:
        note = "of the rows are scored" + ("; the rest is noise" if covered < 1 else "")
        told.append(("coverage", share(covered), "", note))
    found = agreements(run, judged.clusterer)
    if found:
        kind, mean, n = min(found, key=lambda one: one[1])
        what = "seeds" if kind == "seeds" else "bootstrap samples"
        told.append(("stability", number(mean, 2), "", f"mean ARI over {n} {what}"))
    strength = numeric(
        table(run.evaluation, "clusterers", judged.clusterer, "prediction_strength"), "value"
    )
    if strength is not None:
        note = "train against held-out rows"
        told.append(("prediction strength", number(strength, 2), "", note))
    return [dict(zip(("name", "value", "range", "note"), one, strict=True)) for one in told]


def _coverage(score: dict[str, Any]) -> float:
    value = score.get("coverage")
    return 1.0 if value is None else float(value)


def _partly(score: dict[str, Any], joined: str = "") -> str:
    covered = _coverage(score)
    return "" if covered == 1 else f"{joined} on {share(covered)} of the rows"


def _noise(scores: list[dict[str, Any]]) -> list[tuple[tuple[str, str], float]]:
    """Return the share of noise by clusterer and split, where there is any."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for score in scores:
        groups.setdefault((str(score.get("clusterer")), str(score.get("split"))), []).append(score)
    covered = {place: coverage(of) for place, of in groups.items()}
    return sorted(
        (place, 1 - part) for place, part in covered.items() if part is not None and part < 1
    )


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
    noise = _noise(scores)
    if noise:
        told = "; ".join(f"{name} on {split} {share(part)}" for (name, split), part in noise)
        result.append(f"Rows called noise are left out of the scores: {told}.")
    sampled = {str(s.get("metric")) for s in scores if not s.get("exact", True)}
    if sampled:
        result.append(f"Estimated from a sample of the rows: {', '.join(sorted(sampled))}.")
    missing = sum(s.get("value") is None for s in scores)
    if missing:
        result.append(f"{missing} of {len(scores)} scores are undefined; the reasons are below.")
    intervals = [s for s in scores if interval(s)]
    if intervals:
        level = numeric(table(run.evaluation, "about"), "level")
        resamples = numeric(table(run.evaluation, "about"), "resamples")
        how = f"{f'{100 * level:g}' if level else '95'} % bootstrap intervals"
        of = f" of {number(int(resamples))} resamples" if resamples else ""
        result.append(f"Ranges are {how}{of} of the rows; they leave out the spread over seeds.")
    if run.run.get("seed") is not None:
        result.append(f"One run with one seed ({run.run['seed']}) says nothing of the spread.")
    return result
