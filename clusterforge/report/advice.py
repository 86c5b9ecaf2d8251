"""What to try next: a few plain rules over the results of a run, none of them a promise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from clusterforge.formats import count, first_of, number, share
from clusterforge.packages import encoders_for
from clusterforge.report.matching import Confusion
from clusterforge.report.source import Source
from clusterforge.report.verdict import SHAKY, agreements, overlap
from clusterforge.runs.ranking import FITTED
from clusterforge.runs.records import Remedies

SHOWN = 3
GIANT = 0.6  # of the rows in one cluster
NOISY = 0.25  # of the rows are noise
TIGHT = 0.5  # of silhouette
APART = 0.65  # share of rows in the cluster of their label, below which tight clusters follow other lines
GAP = 0.08  # score on train less that on held-out rows
STRONG = 0.8  # prediction strength: Tibshirani and Walther (2005), section 2
MANY = 100  # clusters, more than a reader takes in
SEVERAL, FEW_EACH = 20, 12  # so many clusters of fewer rows each are as hard to read
ENOUGH_ROWS = 30  # held-out rows per cluster, for a prediction strength to mean something
FEWEST = 2  # clusters: a range that begins there can't be widened
MOST = 0.5  # of the clusters may be chance
ALONE = 0.98  # of a cluster's rows with one value of a column
REPEATED = 0.05  # of the rows are copies
Advice = tuple[str, str]


def advice(source: Source) -> list[str]:
    """Return what to try next, the weightiest first; at least one line."""
    clusterings = source.metrics.clusterings
    edited = {record.of[0] for record in clusterings.values() if record.by_hand and record.of}
    names = sorted(clusterings.keys() - edited, key=lambda name: (name != source.best, name))
    lines = [line for name in names for line in _of_clusterer(source, name)]
    lines += _of_data(source)
    first: dict[str, str] = {}  # of each rule the best clusterer's line, where it holds for several
    for rule, line in lines:
        first.setdefault(rule, line)
    return list(first.values())[:SHOWN] or [
        "Nothing stands out. Before you rely on it, run it with several seeds: clusterforge run RECIPE "
        "--set seeds=5."
    ]


def _of_clusterer(source: Source, name: str) -> Iterator[Advice]:
    yield from _of_chance(source, name)
    yield from _of_sizes(source, name)
    yield from _of_number(source, name)
    yield from _of_choices(source, name)
    yield from _of_columns(source, name)
    yield from _of_stability(source, name)
    yield from _of_labels(source, name)
    yield from _of_gap(source, name)


def _of_chance(source: Source, name: str) -> Iterator[Advice]:
    evaluation = source.evaluation.clusterings.get(name)
    if evaluation is None:
        return
    tested = sum(of.q is not None for of in evaluation.chance.clusters)
    doubtful = len(evaluation.chance.doubtful)
    if tested and doubtful > MOST * tested:
        fewer = _remedies(source, name).fewer_clusters
        yield (
            "chance",
            f"{doubtful} of {count(tested, 'cluster')} of {name} may be chance: try "
            f"{f'{fewer}, or ' if fewer else ''}another encoder.",
        )


def _of_sizes(source: Source, name: str) -> Iterator[Advice]:
    record = source.metrics.clusterings[name]
    if record.by_hand:
        return  # a person made them so
    splits = record.sizes
    sizes = dict(splits.get(FITTED) or next(iter(splits.values()), {}))
    rows = sum(sizes.values())
    noise, remedies = sizes.pop(-1, 0), record.remedies
    if rows and noise / rows > NOISY:
        yield (
            "noise",
            f"{name} calls {share(noise / rows)} of the rows noise: "
            f"{remedies.less_noise or 'less strict parameters'} may cover more.",
        )
    if len(sizes) == 1:
        yield (
            "one",
            f"{name} has one cluster only: try {remedies.more_clusters or 'other parameters'}, another "
            "clusterer or another encoder.",
        )
    elif sizes and max(sizes.values()) > GIANT * (rows - noise) and not _uneven(source):
        part = share(max(sizes.values()) / (rows - noise))
        yield (
            "giant",
            f"{name} puts {part} of its rows into one cluster: try "
            f"{remedies.more_clusters or 'more clusters'}, another clusterer or another encoder.",
        )


def _of_number(source: Source, name: str) -> Iterator[Advice]:
    many = source.metrics.clusterings[name].n_clusters
    if name != source.best or 2 * len(source.run.data.label_names) > many:
        return
    grouped = source.explanations.clusterings[name].layers
    if many <= MANY and not _small(source, name, many):
        if many >= SEVERAL and grouped and 2 * (groups := len(grouped[0].groups)) <= many:
            yield (
                "groups",
                f"The {many} clusters of {name} are in {groups} groups. If the groups are what you look for, "
                f"clusterforge edit RUN --reduce {groups} merges the nearest until there are so many.",
            )
        return
    fewer = _remedies(source, name).fewer_clusters
    first = "read the groups of them first" if grouped else "read the largest first"
    few = " of few rows" if many <= MANY else ""
    yield (
        "many",
        f"{name} made {many:,} clusters{few}, more than most people read: {first}. For fewer, "
        f"{f'set {fewer} in the recipe, or ' if fewer else ''}merge the nearest of these: "
        f"clusterforge edit RUN --reduce {min(MANY // 2, many // 4)}.",
    )


def _small(source: Source, name: str, many: int) -> bool:
    """Tell whether clusters are several and of few rows each: as many as the rows allow."""
    rows = sum(source.metrics.clusterings[name].sizes.get(FITTED, {}).values())
    return many >= SEVERAL and rows < FEW_EACH * many


def _of_choices(source: Source, name: str) -> Iterator[Advice]:
    for choice in source.metrics.clusterings[name].details.choices:
        tried = choice.tried
        ends = (tried[0] if tried[0] > FEWEST else None, tried[-1]) if len(tried) > 2 else ()
        if choice.value not in ends:
            continue
        side = "upper" if choice.value == choice.tried[-1] else "lower"
        counted = choice.parameter == "n_clusters"
        if side == "upper" and counted and _small(source, name, int(choice.value)):
            continue
        what = choice.parameter.replace("_", " ")
        remedy = "widen it"
        if counted and side == "upper":
            remedy = "raise k_max where it has one, or give n_clusters"
        yield (
            "range",
            f"{name} chose {choice.value:g} as {what}, the {side} end of the range it tried: {remedy}.",
        )


def _of_columns(source: Source, name: str) -> Iterator[Advice]:
    """Say which column or categories alone divide the rows: what has to do with no other column may."""
    found = source.explanations.clusterings[name]
    if found.told_apart:
        yield "columns", found.told_apart.of(name)
        return
    clusters = found.clusters
    alone = [
        {f.name: f.value for f in of.features or () if f.value is not None and f.mean >= ALONE}
        for of in clusters
    ]
    shared = [column for column in alone[0] if all(column in of for of in alone)] if alone else []
    dividing = [column for column in shared if len({of[column] for of in alone}) > 1]
    if dividing:
        yield (
            "columns",
            f"Each cluster of {name} has one value of {first_of(dividing, SHOWN)} alone: where that is not "
            f"what you look for, name {'it' if len(dividing) == 1 else 'them'} in drop.",
        )


def _of_stability(source: Source, name: str) -> Iterator[Advice]:
    remedies = _remedies(source, name)
    other = " or ".join(filter(None, (remedies.fewer_clusters, remedies.more_clusters)))
    for kind, mean, _ in agreements(source, name):
        if mean < SHAKY:
            what = "seed" if kind == "seeds" else "sample of rows"
            record = source.metrics.clusterings[name]
            remedy = (
                f"edit a steadier clustering than {record.of[0]}"
                if record.by_hand and record.of
                else f"try {other or 'another number of clusters'}"
            )
            yield (
                "shaky",
                f"{name} changes with the {what} (mean ARI {number(mean, 2)}): {remedy}, or look only at "
                "the rows that stay.",
            )
    evaluation = source.evaluation.clusterings.get(name)
    strength = evaluation and evaluation.prediction_strength
    if not strength or strength.value is None or strength.value >= STRONG:
        return
    clusters = source.metrics.clusterings[name].n_clusters
    if clusters > 2 and strength.rows >= ENOUGH_ROWS * clusters:
        yield (
            "strength",
            f"{name}: prediction strength {number(strength.value, 2)} is below {STRONG}, so some "
            "clusters do not come out again in other rows: try "
            f"{remedies.fewer_clusters or 'fewer clusters'}, or another encoder.",
        )


def _of_labels(source: Source, name: str) -> Iterator[Advice]:
    matrices = source.matrices[name]
    if not matrices:
        return
    split, matrix = next(reversed(matrices.items()))
    evaluation = source.evaluation.clusterings.get(name)
    of_split = evaluation.splits.get(split) if evaluation else None
    known = (
        [(c.rows, c.silhouette) for c in of_split.clusters if c.silhouette is not None]
        if of_split
        else []
    )
    rows = sum(n for n, _ in known)
    tightness = sum(n * value for n, value in known) / rows if rows else 0.0
    if tightness > TIGHT and matrix.agreeing / matrix.total < APART:
        yield (
            "labels",
            f"{name} is tight (silhouette {number(tightness)}) but does not follow the labels: read "
            "the cards to see what it groups by, and compare other encoders.",
        )
    lost = _without_cluster(list(matrices.values()))
    if lost:
        listed = first_of(lost, 3)
        word = "label" if len(lost) == 1 else "labels"
        yield (
            "lost",
            f"No cluster of {name} has the {word} {listed} as its largest: its labels by clusters show "
            "where those rows are.",
        )


def _of_gap(source: Source, name: str) -> Iterator[Advice]:
    ranking = source.ranking
    if (
        ranking is None
        or ranking.split == FITTED
        or not source.metrics.metrics[ranking.metric].labels
    ):
        return
    headline = source.metrics.headline()
    fitted = headline.get((name, FITTED, ranking.metric))
    held_out = headline.get((name, ranking.split, ranking.metric))
    if not fitted or not held_out or fitted.value is None or held_out.value is None:
        return
    worse = fitted.value - held_out.value
    if source.metrics.metrics[ranking.metric].direction == "lower":
        worse = -worse
    if worse > GAP and not overlap(fitted, held_out):
        remedy = (
            "fewer epochs, a smaller network or more rows" if source.run.networks else "more rows"
        )
        yield (
            "gap",
            f"The {source.metrics.metrics[ranking.metric].title} of {name} is {number(worse)} worse on "
            f"{ranking.split} than on {FITTED}: try {remedy}.",
        )


def _of_data(source: Source) -> Iterator[Advice]:
    seen = {"image": "pixel by pixel", "text": "word by word"}.get(source.run.data.content)
    blind = not source.run.networks and not any(one.weights for one in source.run.encoders)
    if seen and blind and not (source.run.data.label_names or source.run.data.parts):
        what = "what is in them" if source.run.data.content == "image" else "what they mean"
        yield (
            "seen",
            f"The {source.run.data.content}s were compared {seen}, not by {what}: try the encoder "
            f"{encoders_for(source.run.data.content)[0]}.",
        )
    for split, of in source.evaluation.data.items():
        near = of.near_duplicates
        every = [of.duplicates, near] if near else [of.duplicates]
        in_train = sum(some.in_train or 0 for some in every) / max(of.rows, 1)
        copies = sum(some.rows for some in every) / max(of.rows, 1)
        nearly = near is not None and bool(near.rows or near.in_train)
        what = "copies or near copies" if nearly else "copies"
        if in_train > REPEATED:
            yield (
                "copies",
                f"{share(in_train)} of {split} are {what} of rows of {FITTED}: leave them out, or its "
                "scores are too good.",
            )
        elif copies > REPEATED:
            key = f'deduplicate = "{"near" if nearly else "exact"}"'
            data = source.run.data
            own = bool(data.columns) or data.source.get("from") == "files"
            drop = f"{key} in [dataset] leaves them out" if own else ""
            yield (
                "copies",
                f"{share(copies)} of {split} are {what}: {drop or 'clean the data first'}.",
            )


def _remedies(source: Source, name: str) -> Remedies:
    return source.metrics.clusterings[name].remedies


def _uneven(source: Source) -> bool:
    """Tell whether one class holds most labelled rows, so that one large cluster is right."""
    truth = source.assignments.truth
    counts = np.bincount(truth[truth >= 0])
    return bool(counts.max(initial=0) > GIANT * counts.sum())


def _without_cluster(matrices: list[Confusion]) -> list[str]:
    """Return the classes with rows in clusters that are the largest in none, over all splits."""
    counts: dict[int, np.ndarray[tuple[int], np.dtype[np.int64]]] = {}
    for matrix in matrices:
        for i, cluster in enumerate(matrix.clusters):
            if cluster >= 0:
                counts[cluster] = counts.get(cluster, 0) + matrix.counts[:, i]
    if not counts:
        return []
    own = {int(column.argmax()) for column in counts.values()}
    present = np.flatnonzero(sum(counts.values())).tolist()
    return [matrices[0].rows[c] for c in present if c not in own]
