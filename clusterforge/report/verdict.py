"""What a run says in a few sentences: how many clusters, how good, how sure, and what to bear in mind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clusterforge.formats import are, count, interval, number, share
from clusterforge.report.source import Source
from clusterforge.runs.doubt import doubt
from clusterforge.runs.ranking import ENOUGH, FITTED, deciding, merit
from clusterforge.runs.records import ScoreRecord

STEADY, SHAKY = 0.9, 0.7
LABELLED_TILES = 2


@dataclass(frozen=True)
class Tile:
    """A number next to the sentences."""

    name: str
    value: str
    interval: str
    note: str


@dataclass(frozen=True)
class Verdict:
    """What to say of a run.

    Parameters
    ----------
    clusterer
        The clusterer that it is about.
    clusters
        How many clusters it has.
    extent
        On how many rows, and how large they are.
    left
        What is in no cluster.
    quality
        How good the clustering is, next to the others.
    firmness
        How far it comes out again; empty where that was not evaluated.
    tiles
        A few numbers.
    caveats
        What to bear in mind, in order of weight.
    """

    clusterer: str
    clusters: int
    extent: str
    left: str
    quality: str
    firmness: str
    tiles: tuple[Tile, ...]
    caveats: tuple[str, ...]


def verdict(source: Source) -> Verdict:
    """Say what a run has found, by its best clustering (:mod:`clusterforge.runs.ranking`)."""
    best = source.best
    return Verdict(
        clusterer=best,
        clusters=source.metrics.clusterings[best].n_clusters,
        extent=_extent(source, best),
        left=_left(source, best),
        quality=_quality(source),
        firmness=_firmness(source, best),
        tiles=tuple(_tiles(source, best)),
        caveats=tuple(_caveats(source)),
    )


def _extent(source: Source, clusterer: str) -> str:
    labels = source.assignments.clusters[clusterer]
    labels = labels[labels >= -1]
    rows = len(labels)
    sizes = np.bincount(labels[labels >= 0])
    sizes = sizes[sizes > 0]
    if not len(sizes):
        return f"in {count(rows, 'row')}: all of them are noise."
    low, high = share(int(sizes.min()) / rows), share(int(sizes.max()) / rows)
    each = f"a cluster has {low}{f' to {high}' if low != high else ''} of them"
    return f"in {count(rows, 'row')}{f'; {each}' if len(sizes) > 1 else ''}."


def _left(source: Source, clusterer: str) -> str:
    labels = source.assignments.clusters[clusterer]
    rows, noise = int((labels >= -1).sum()), int((labels == -1).sum())
    if not noise:
        return "Nothing: every row is in a cluster."
    return f"{count(noise, 'row')}, {share(noise / rows)}, noise that fits no cluster."


def _quality(source: Source) -> str:
    ranking, metrics = source.ranking, source.metrics.metrics
    if ranking is None:
        return "No clustering has a score; the reasons are under Scores."
    record, top, several = metrics[ranking.metric], ranking.best, len(ranking.scores) > 1
    edits = ranking.edits(source.metrics)
    if edits:
        top = edits[0]
    parts = [f"{record.title} {_written(top)}"]
    headline = source.metrics.headline()
    for metric, split in deciding(source.metrics.metrics, source.splits):
        other = headline.get((top.clusterer, split, metric))
        alike = split == ranking.split and metrics[metric].labels == record.labels
        if alike and metric != ranking.metric and other and other.value is not None:
            parts.append(f"{metrics[metric].title} {_written(other)}")
            break
    if record.labels:
        means = "agrees best with the labels" if several else "was compared with the labels"
    else:
        means = f"has the best {record.title}" if several else "was scored without labels"
    covers = "" if top.coverage == 1 else f", which covers {share(top.coverage)} of the rows"
    if edits:
        before = edits[1]
        return (
            f"{top.clusterer} is {before.clusterer} with edits: {' and '.join(parts)} on {ranking.split}"
            f"{covers}; before them {record.title} {_written(before)}{_partly(before)}."
        )
    text = f"{top.clusterer} {means}: {' and '.join(parts)} on {ranking.split}{covers}"
    rivals = [s for s in ranking.scores[1:] if s.coverage >= ENOUGH or top.coverage < ENOUGH]
    if rivals:
        second = rivals[0]
        tie = number(second.value) == number(top.value)
        clear = "; the intervals overlap" if not tie and overlap(top, second) else ""
        order = "level with" if tie else "ahead of"
        text += f", {order} {second.clusterer} ({number(second.value)}{_partly(second)}{clear})"
    partial = [
        s
        for s in ranking.scores
        if s not in (top, *rivals) and merit(s, record) < merit(top, record)
    ]
    if partial:
        other = min(partial, key=lambda score: merit(score, record))
        text += f"; {other.clusterer} has {number(other.value)}, but only{_partly(other)}"
    return f"{text}."


def _written(score: ScoreRecord) -> str:
    between = interval(score.low, score.high)
    return number(score.value) + (f" ({between})" if between else "")


def _partly(score: ScoreRecord) -> str:
    return "" if score.coverage == 1 else f" on {share(score.coverage)} of the rows"


def overlap(one: ScoreRecord, other: ScoreRecord) -> bool:
    """Tell whether the intervals of two scores meet; False where one has none."""
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    return one.low <= other.high and other.low <= one.high


def agreements(source: Source, clusterer: str) -> list[tuple[str, float, int]]:
    """Return the mean agreement (ARI) over ``seeds`` and over ``bootstrap`` samples, with their number."""
    evaluation = source.evaluation.clusterings.get(clusterer)
    if evaluation is None:
        return []
    kinds = {"seeds": evaluation.stability.seeds, "bootstrap": evaluation.stability.bootstrap}
    return [(kind, of.mean, len(of.ari)) for kind, of in kinds.items() if of]


def _firmness(source: Source, clusterer: str) -> str:
    repeats = agreements(source, clusterer)
    if not repeats:
        evaluation = source.evaluation.clusterings.get(clusterer)
        reason = evaluation and evaluation.stability.reason
        return f"Whether it comes out again was not tested: {reason}." if reason else ""
    parts = [f"{number(mean, 2)} over {n} {_repeated(kind)}" for kind, mean, n in repeats]
    how = steadiness(min(mean for _, mean, _ in repeats))
    by_hand = source.metrics.clusterings[clusterer].by_hand
    again = "Clustered again and edited alike" if by_hand else "Clustered again"
    return f"{again}, this embedding gives a {how} result: mean ARI {' and '.join(parts)}."


def _repeated(kind: str) -> str:
    return "seeds" if kind == "seeds" else "bootstrap samples"


def steadiness(agreement: float) -> str:
    """Put a mean agreement (ARI) into words."""
    return "steady" if agreement >= STEADY else "shaky" if agreement < SHAKY else "fairly steady"


def _tiles(source: Source, clusterer: str) -> list[Tile]:
    tiles: list[Tile] = []
    if ranking := source.ranking:
        headline, metrics = source.metrics.headline(), source.metrics.metrics
        able = [m for m, s in deciding(metrics, source.splits) if s == ranking.split]
        labelled = [m for m in able if metrics[m].labels][:LABELLED_TILES]
        for metric in [*labelled, *[m for m in able if not metrics[m].labels][:1]]:
            score = headline.get((clusterer, ranking.split, metric))
            if score and score.value is not None:
                how = "by the labels" if metrics[metric].labels else "needs no labels"
                between = interval(score.low, score.high)
                tiles.append(
                    Tile(
                        metrics[metric].title,
                        number(score.value),
                        between,
                        f"{ranking.split}, {how}",
                    )
                )
        covered = source.metrics.clusterings[clusterer].coverage(ranking.split)
        rest = "; the rest is noise" if covered is not None and covered < 1 else ""
        tiles.append(
            Tile("Coverage", share(covered), "", f"of {ranking.split} is in a cluster{rest}")
        )
    if repeats := agreements(source, clusterer):
        kind, mean, n = min(repeats, key=lambda one: one[1])
        tiles.append(Tile("Stability", number(mean, 2), "", f"mean ARI over {n} {_repeated(kind)}"))
    evaluation = source.evaluation.clusterings.get(clusterer)
    if evaluation and evaluation.prediction_strength.value is not None:
        strength = number(evaluation.prediction_strength.value, 2)
        tiles.append(Tile("Prediction strength", strength, "", f"{FITTED} against held-out rows"))
    return tiles


def labels_used(source: Source) -> list[str]:
    """Return what labels were used for, but for how the rows were drawn."""
    return [use for use in source.run.labels_used if use not in source.run.data.notes]


def _caveats(source: Source) -> list[str]:
    run, metrics, ranking = source.run, source.metrics.metrics, source.ranking
    scores = list(source.metrics.headline().values())
    defined = [score for score in scores if score.value is not None]
    result = []
    if run.labels_in_training:
        result.append(
            "Labels were used in training: don't compare these scores with those of a run that used none."
        )
    if used := labels_used(source):
        result.append(f"Labels were used for this: {', '.join(used)}.")
    result += [
        f"Content of {count(sent.rows, 'row')} was sent to {sent.host} by {sent.use}, for names."
        for sent in run.sent
    ]
    for note in run.data.notes:
        balanced = "The rows were drawn in equal numbers from each class, by the labels"
        result.append(f"{(balanced if note == 'balanced' else note).rstrip('.')}.")
    best = source.evaluation.clusterings.get(source.best)
    if best and (text := doubt(best.chance)):
        result.append(text)
    agreement = source.metrics.clusterings[source.best].agreement
    if agreement is not None and agreement < SHAKY:
        result.append(
            f"New rows are labelled by a stand-in: of rows that were held out, its labels agree with those "
            f"of a fit by {number(agreement, 2)} (ARI)."
        )
    if ranking and not metrics[ranking.metric].labels:
        result.append(
            f"There are no labels to compare with: {metrics[ranking.metric].title} is an internal score, "
            "which rises when an embedding collapses. Never compare it across embeddings."
        )
    elif any(not metrics[score.metric].labels for score in defined):
        result.append(
            "Scores that need no labels compare clusterings of this one embedding, never two embeddings."
        )
    if ranking and ranking.split == FITTED:
        result.append("The scores are of the rows that the clusterers were fitted on.")
    noise = [
        f"{name} on {split} {share(1 - covered)}"
        for name, clustering in source.metrics.clusterings.items()
        for split in clustering.sizes
        if (covered := clustering.coverage(split)) is not None and covered < 1
    ]
    if noise:
        result.append(f"Rows called noise are left out of the scores: {'; '.join(noise)}.")
    if sampled := sorted({metrics[score.metric].title for score in defined if not score.exact}):
        result.append(f"Estimated from a sample of the rows: {', '.join(sampled)}.")
    if len(defined) < len(scores):
        missing = len(scores) - len(defined)
        result.append(
            f"{missing} of {len(scores)} scores {are(missing)} undefined; the reasons are under Scores."
        )
    if any(score.low is not None for score in defined):
        settings = source.evaluation.settings
        result.append(
            f"Ranges are {100 * settings.level:g} % bootstrap intervals of {settings.resamples:,} resamples "
            "of the rows; they leave out the spread over seeds."
        )
    result.append(f"One run with one seed ({run.seed}) says nothing of the spread over seeds.")
    return result
