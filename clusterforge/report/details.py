"""Charts and facts of what clusterers say of their fit: choices with their curves, a tree of merges."""

from __future__ import annotations

from clusterforge import contracts
from clusterforge.contracts import Details
from clusterforge.formats import count
from clusterforge.report.curves import Curve, Mark, Series
from clusterforge.report.source import Source

MAX_POINTS = 400
SHOWN_ENDS = 40


def details(source: Source) -> list[Curve]:
    """Return a chart for each curve among a clusterer's details, and one for its tree of merges."""
    charts = []
    for clusterer, record in source.metrics.clusterings.items():
        charts += [_curve(clusterer, curve) for curve in record.details.all_curves]
        if record.details.tree and len(record.details.tree.merges) > 1:
            charts.append(_tree(clusterer, record.details.tree))
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
        marks=tuple(Mark(mark.value, mark.label, mark.axis) for mark in curve.marks),
    )


def _tree(clusterer: str, tree: contracts.MergeTree) -> Curve:
    """Return the top of a merge tree, each merge a line: up from a node, across, and down."""
    import numpy as np
    from scipy.cluster.hierarchy import dendrogram

    ends, linkage = [1] * len(tree.leaves), np.empty((len(tree.merges), 4))
    for number, (one, other, height) in enumerate(tree.merges):
        # SciPy counts the nodes that the tree starts from, not the rows in them.
        ends.append(ends[one] + ends[other])
        linkage[number] = one, other, height, ends[-1]
    drawn = dendrogram(linkage, SHOWN_ENDS, "lastp", no_plot=True)
    marks = [("", tree.cut)] if tree.cut else []
    if tree.suggested and tree.cut and tree.suggested.height != tree.cut.height:
        marks.append(("largest step: ", tree.suggested))
    return Curve(
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
