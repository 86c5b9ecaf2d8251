"""Charts of a run: losses, accuracy by coverage, lengths, and what clusterers say of their fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from clusterforge import contracts
from clusterforge.contracts import Details, Mark
from clusterforge.formats import count, duration, number
from clusterforge.report.source import Source
from clusterforge.runs.records import Epoch, SplitEvaluation

NOT_LOSSES = frozenset({"lr", "seconds"})
SHARES = {
    "active": "triplets that still teach",
    "changed": "rows that changed cluster",
    "smallest": "rows in the smallest cluster",
}
LOG_RANGE = 100
MAX_POINTS = 400
SHOWN_ENDS = 40


@dataclass(frozen=True)
class Series:
    """One line: ``x`` ascending, ``y`` finite; ``error`` is what y may be off by, up and down."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    dashed: bool = False
    error: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Curve:
    """One chart.

    Parameters
    ----------
    name
        Names it on the page, and its figure: ``loss-encoder.1.dec-pretrain``.
    owner
        The stage, clusterer or split that it is of.
    title, note
        What it shows, and one line on it.
    x_label, y_label
        What the axes are.
    series
        The lines.
    kind
        ``lines``; ``tree``: each series is a merge; ``bars``: ``x`` are the edges of the bars.
    log
        Whether the vertical axis is logarithmic.
    marks
        Values marked on the axes, the one that was chosen first.
    last
        Whether the legend shows the last value of each line.
    """

    name: str
    owner: str
    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    note: str = ""
    kind: Literal["lines", "tree", "bars"] = "lines"
    log: bool = False
    marks: tuple[Mark, ...] = ()
    last: bool = False


def losses(epochs: Iterable[Epoch]) -> list[Curve]:
    """Return the charts of each stage and phase: the terms of the loss, and what is a share of rows."""
    charts = []
    for (stage, phase), group in groupby(epochs, lambda epoch: (epoch.stage, epoch.phase)):
        of_phase = list(group)
        series = _series(of_phase)
        shares = tuple(replace(s, name=SHARES[s.name]) for s in series if s.name in SHARES)
        terms = _distinct([s for s in series if s.name not in SHARES])
        chart = Curve(
            name=f"loss-{stage}-{phase}",
            owner=stage,
            title=phase,
            x_label="epoch",
            y_label="loss",
            series=terms,
            note=_pace(of_phase),
            log=wide(terms),
            last=True,
        )
        if terms:
            charts.append(chart)
        if shares:
            charts.append(
                replace(
                    chart,
                    name=f"shares-{stage}-{phase}",
                    title=f"{phase}: what moves",
                    y_label="share",
                    series=shares,
                    note="",
                    log=wide(shares),
                )
            )
    return charts


def _series(epochs: Sequence[Epoch]) -> list[Series]:
    """Return the values of the epochs by name: the loss first, the validation last."""
    names = dict.fromkeys(n for epoch in epochs for n in epoch.values if n not in NOT_LOSSES)
    order = sorted(names, key=lambda n: (n != "loss", n.startswith("validation")))
    result = []
    for name in order:
        points = [
            (float(epoch.epoch), value)
            for epoch in epochs
            if (value := epoch.values.get(name)) is not None
        ]
        if points:
            x, y = zip(*points, strict=True)
            result.append(Series(name, x, y, name.startswith("validation")))
    return result


def _distinct(terms: list[Series]) -> tuple[Series, ...]:
    """Join the terms that equal the loss with it: an only term is the loss itself."""
    same = [term for term in terms[1:] if term.y == terms[0].y]
    if not same:
        return tuple(terms)
    name = " = ".join(term.name for term in (terms[0], *same))
    return (replace(terms[0], name=name), *(t for t in terms[1:] if t not in same))


def _pace(epochs: Sequence[Epoch]) -> str:
    seconds = sum(epoch.values.get("seconds") or 0.0 for epoch in epochs)
    rates = [rate for epoch in epochs if (rate := epoch.values.get("lr")) is not None]
    note = count(len(epochs), "epoch") + (f" in {duration(seconds)}" if seconds else "")
    if rates:
        ends = number(rates[0]) + (f" to {number(rates[-1])}" if rates[-1] != rates[0] else "")
        note += f", learning rate {ends}"
    return note


def wide(series: Iterable[Series]) -> bool:
    """Tell whether the values are positive and span more than two powers of ten."""
    values = [value for line in series for value in line.y]
    return bool(values) and min(values) > 0 and max(values) / min(values) > LOG_RANGE


def evaluated(source: Source) -> list[Curve]:
    """Return accuracy against coverage of each clusterer."""
    charts = []
    for name, evaluation in source.evaluation.clusterings.items():
        splits = evaluation.splits.items()
        covered = [_coverage(split, of) for split, of in splits if of.coverage_curve]
        by = next((of.coverage_curve.by for _, of in splits if of.coverage_curve), "")
        if covered:
            charts.append(
                Curve(
                    name=f"coverage-{name}",
                    owner=name,
                    title="Accuracy against coverage",
                    x_label="share of the rows that are kept",
                    y_label="accuracy",
                    series=tuple(covered),
                    note=f"the surest rows first, by {by}",
                )
            )
    return charts


def noise_policies(source: Source) -> list[Curve]:
    """Return, of each clusterer that leaves rows out, what giving them back costs."""
    charts = []
    for name, evaluation in source.evaluation.clusterings.items():
        points = [point for policy in evaluation.noise for point in policy.points]
        scored = any(point.accuracy is not None for point in points)
        series = []
        x_label = "share of the rows in clusters"
        if any(policy.rows < evaluation.splits["train"].rows for policy in evaluation.noise):
            x_label = f"share of {evaluation.noise[0].rows:,} sampled rows in clusters"
        for policy in evaluation.noise:
            pairs = [(p.coverage, p.accuracy if scored else p.silhouette) for p in policy.points]
            known = [(x, y) for x, y in pairs if y is not None]
            series.append(
                Series(policy.policy, tuple(x for x, _ in known), tuple(y for _, y in known))
            )
        option = "" if name == source.best else f" --clusterer {name}"
        charts.append(
            Curve(
                name=f"noise-{name}",
                owner=name,
                title="What giving noise back costs",
                x_label=x_label,
                y_label="accuracy" if scored else "mean silhouette",
                series=tuple(series),
                note=f"clusterforge edit RUN --outliers POLICY{option}",
            )
        )
    return [chart for chart in charts if any(len(line.x) > 1 for line in chart.series)]


def _coverage(split: str, of: SplitEvaluation) -> Series:
    points = of.coverage_curve.points if of.coverage_curve else ()
    return Series(split, tuple(p.coverage for p in points), tuple(p.accuracy for p in points))


def lengths(source: Source) -> list[Curve]:
    """Return the histogram of the lengths of the texts of each split."""
    charts = []
    for split, of in source.evaluation.data.items():
        if of.lengths is None:
            continue
        cut = of.lengths.max > of.lengths.edges[-1]
        charts.append(
            Curve(
                name=f"lengths-{split}",
                owner=split,
                title="Lengths of the texts",
                x_label=of.lengths.unit,
                y_label="rows",
                series=(Series("rows", of.lengths.edges, tuple(map(float, of.lengths.counts))),),
                note="the last bar also holds the longest 1 %" if cut else "",
                kind="bars",
            )
        )
    return charts


def details(source: Source) -> list[Curve]:
    """Return a chart for each curve among a clusterer's details, and one for its tree of merges."""
    charts = []
    for clusterer, record in source.metrics.clusterings.items():
        charts += [_curve(clusterer, curve) for curve in record.details.all_curves]
        if record.details.tree and len(record.details.tree.merges) > 1:
            charts += _tree(clusterer, record.details.tree)
    return [chart for chart in charts if any(len(line.x) > 1 for line in chart.series)]


def _curve(clusterer: str, curve: contracts.Curve) -> Curve:
    errors = curve.error or (None,) * len(curve.y)
    points = [
        (x, y, error or 0.0)
        for x, y, error in zip(curve.x, curve.y, errors, strict=True)
        if y is not None and not (curve.log and y <= 0)
    ]
    step = max(1, -(-len(points) // MAX_POINTS))
    points = [p for i, p in enumerate(points) if not i % step or i == len(points) - 1]
    x, y, spread = zip(*points, strict=True) if points else ((), (), ())
    return Curve(
        name=f"details-{clusterer}-{curve.name}",
        owner=clusterer,
        title=curve.title,
        x_label=curve.x_label,
        y_label=curve.y_label,
        series=(Series(curve.y_label, x, y, error=spread if any(spread) else None),),
        log=curve.log,
        note=f"of {count(curve.rows, 'row')}" if curve.rows else "",
        marks=curve.marks,
    )


def _tree(clusterer: str, tree: contracts.MergeTree) -> list[Curve]:
    """Return the top of a merge tree, each merge a line: up from a node, across, and down.

    Where all of several merges have one height, as of groups that are far apart, it shows nothing.
    """
    import numpy as np
    from scipy.cluster.hierarchy import dendrogram

    ends, linkage = [1] * len(tree.leaves), np.empty((len(tree.merges), 4))
    for row, (one, other, height) in enumerate(tree.merges):
        # SciPy counts the nodes that the tree starts from, not the rows in them.
        ends.append(ends[one] + ends[other])
        linkage[row] = one, other, height, ends[-1]
    drawn = dendrogram(linkage, SHOWN_ENDS, "lastp", no_plot=True)
    tops = {max(heights) for heights in drawn["dcoord"]}
    if len(tops) == 1 < len(drawn["dcoord"]):
        return []
    marks = [("", tree.cut)] if tree.cut else []
    if tree.suggested and tree.cut and tree.suggested.height != tree.cut.height:
        marks.append(("largest step: ", tree.suggested))
    return [
        Curve(
            name=f"details-{clusterer}-merges",
            owner=clusterer,
            title="Merge tree",
            x_label="",
            y_label="height",
            series=tuple(
                Series("", tuple(map(float, x)), tuple(map(float, y)))
                for x, y in zip(drawn["icoord"], drawn["dcoord"], strict=True)
            ),
            kind="tree",
            note=f"the last {count(len(drawn['icoord']), 'merge')}, of {count(sum(tree.leaves), 'row')}",
            marks=tuple(
                Mark(cut.height, f"{text}{count(cut.n_clusters, 'cluster')}", "y")
                for text, cut in marks
            ),
        )
    ]


def facts(details: Details) -> tuple[tuple[str, str], ...]:
    """Return what was chosen and by which rule, and the single values of a clusterer's details."""
    rows = []
    for choice in details.choices:
        name = choice.parameter.replace("_", " ")
        rows.append((name, _value(choice.value) + (f" by {choice.by}" if choice.by else "")))
        if choice.suggested:
            rules = ", ".join(f"{_value(v)} by {rule}" for rule, v in choice.suggested.items())
            rows.append((f"{name} suggested", rules))
    rows += [
        (key.replace("_", " "), _value(v)) for key, v in details.values.items() if v is not None
    ]
    return tuple(rows)


def _value(value: str | float) -> str:
    if isinstance(value, float) and abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
