"""Curves of a run: the losses by epoch, and what clusterers tell of their choices."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from clusterforge import contracts
from clusterforge.report.folder import RunFolder

NOT_LOSSES = frozenset({"lr", "seconds", "epoch"})
SHARES = {
    "active": "triplets that still teach",
    "changed": "rows that changed cluster",
    "smallest": "rows in the smallest cluster",
}
MAX_POINTS = 400
LOG_RANGE = 100
SHOWN_ENDS = 40


@dataclass(frozen=True)
class Series:
    """One line: ``x`` ascending, ``y`` finite; ``error`` is what y may be off by, up and down."""

    name: str
    x: list[float]
    y: list[float]
    dashed: bool = False
    error: list[float] | None = None


@dataclass(frozen=True)
class Mark:
    """A value marked on an axis."""

    value: float
    label: str


@dataclass(frozen=True)
class Curve:
    """One chart.

    Parameters
    ----------
    name
        Names its figure: ``loss-encoder.1.dec-pretrain``.
    title, note
        What it shows, and one line on it.
    x_label, y_label
        What the axes are.
    series
        The lines.
    log
        Whether the vertical axis is logarithmic.
    mark
        The value that was chosen, on the axis ``mark_axis``.
    tree
        Whether the lines are the merges of one tree.
    also
        More values marked on the same axis, fainter.
    """

    name: str
    title: str
    x_label: str
    y_label: str
    series: list[Series]
    log: bool = False
    note: str = ""
    mark: float | None = None
    mark_axis: str = "x"
    mark_label: str = ""
    tree: bool = False
    also: tuple[Mark, ...] = ()
    about: dict[str, Any] = field(default_factory=dict)


def losses(run: RunFolder) -> list[Curve]:
    """Return the charts of each stage and phase: the terms of the loss, and what is a share of rows."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for entry in run.history:
        groups.setdefault((str(entry.get("stage")), str(entry.get("phase"))), []).append(entry)
    charts = []
    for (stage, phase), entries in groups.items():
        entries = sorted(entries, key=lambda entry: entry.get("epoch") or 0)
        told = _told(entries)
        shares = [Series(SHARES[line.name], line.x, line.y) for line in told if line.name in SHARES]
        terms = [line for line in told if line.name not in SHARES]
        same = [line for line in terms[1:] if line.y == terms[0].y]
        if same:  # an only term is the loss itself
            name = " = ".join(line.name for line in (terms[0], *same))
            terms = [replace(terms[0], name=name), *(t for t in terms[1:] if t not in same)]
        about = {"stage": stage}
        charts.append(
            Curve(
                name=f"loss-{stage}-{phase}",
                title=phase,
                x_label="epoch",
                y_label="loss",
                series=terms,
                log=wide(terms),
                note=_note(entries),
                about=about,
            )
        )
        if shares:
            charts.append(
                Curve(
                    name=f"shares-{stage}-{phase}",
                    title=f"{phase}, what moves",
                    x_label="epoch",
                    y_label="share",
                    series=shares,
                    log=wide(shares),
                    about=about,
                )
            )
    return charts


def _told(entries: Sequence[Mapping[str, Any]]) -> list[Series]:
    """Return what was told of the epochs, by name: the loss first, the validation last."""
    values = [entry.get("values") or {} for entry in entries]
    names = dict.fromkeys(n for v in values for n in v if n not in NOT_LOSSES)
    series = []
    for name in sorted(names, key=lambda n: (n != "loss", n.startswith("validation"))):
        points = [
            (float(entry.get("epoch") or 0), float(value[name]))
            for entry, value in zip(entries, values, strict=True)
            if finite(value.get(name))
        ]
        if points:
            x, y = zip(*points, strict=True)
            series.append(Series(name, list(x), list(y), name.startswith("validation")))
    return series


def _note(entries: Sequence[Mapping[str, Any]]) -> str:
    values = [entry.get("values") or {} for entry in entries]
    seconds = sum(value["seconds"] for value in values if finite(value.get("seconds")))
    rates = [value["lr"] for value in values if finite(value.get("lr"))]
    note = f"{len(entries)} epochs" + (f" in {seconds:.1f} s" if seconds else "")
    if rates:
        ends = f"{rates[0]:g}" + (f" to {rates[-1]:g}" if rates[-1] != rates[0] else "")
        note += f", learning rate {ends}"
    return note


def wide(series: Sequence[Series]) -> bool:
    """Tell whether the values are positive and span more than two powers of ten."""
    values = [value for line in series for value in line.y]
    return bool(values) and min(values) > 0 and max(values) / min(values) > LOG_RANGE


def finite(value: object) -> bool:
    """Tell whether a value is a number that can be drawn."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def details(run: RunFolder) -> list[Curve]:
    """Return a chart for each curve among a clusterer's details, and one for its tree of merges."""
    result = []
    for clusterer, about in run.clusterers.items():
        told = details_of(about)
        result += [_drawn(clusterer, curve) for curve in told.all_curves]
        if told.tree and len(told.tree.merges) > 1:
            result.append(_tree(clusterer, told.tree))
    return [chart for chart in result if any(len(line.x) > 1 for line in chart.series)]


def details_of(about: Mapping[str, Any]) -> contracts.Details:
    """Return the details in a clusterer's record."""
    return contracts.Details.read(about.get("details") or {})


def _drawn(clusterer: str, curve: contracts.Curve) -> Curve:
    errors = curve.error or (None,) * len(curve.y)
    points = [
        (x, y, error or 0.0)
        for x, y, error in zip(curve.x, curve.y, errors, strict=True)
        if y is not None and not (curve.log and y <= 0)
    ]
    step = max(1, -(-len(points) // MAX_POINTS))
    places = sorted({*range(0, len(points), step), len(points) - 1} - {-1})
    x, y, spread = ([points[i][column] for i in places] for column in range(3))
    main = curve.marks[0] if curve.marks else None
    return Curve(
        name=f"details-{clusterer}-{curve.name}",
        title=curve.title,
        x_label=curve.x_label,
        y_label=curve.y_label,
        series=[Series(curve.y_label, x, y, error=spread if any(spread) else None)],
        log=curve.log,
        note=f"of {curve.rows:,} rows" if curve.rows else "",
        mark=main.value if main else None,
        mark_axis=main.axis if main else "x",
        mark_label=main.label if main else "",
        also=tuple(Mark(mark.value, mark.label) for mark in curve.marks[1:]),
        about={"clusterer": clusterer},
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
    lines = [
        Series("", [float(v) for v in x], [float(v) for v in y])
        for x, y in zip(drawn["icoord"], drawn["dcoord"], strict=True)
    ]
    cut, suggested = tree.cut, tree.suggested
    other_cut = suggested and cut and suggested.height != cut.height
    return Curve(
        name=f"details-{clusterer}-merges",
        title="Merge tree",
        x_label="",
        y_label="height",
        series=lines,
        note=f"the last {len(lines)} merges, of {sum(tree.leaves):,} rows",
        tree=True,
        mark=cut.height if cut else None,
        mark_axis="y",
        mark_label=_clusters(cut) if cut else "",
        also=(Mark(suggested.height, f"largest step: {_clusters(suggested)}"),)
        if suggested and other_cut
        else (),
        about={"clusterer": clusterer},
    )


def _clusters(cut: contracts.Cut) -> str:
    return f"{cut.n_clusters} cluster{'' if cut.n_clusters == 1 else 's'}"


def plain_details(about: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what was chosen and by which rule, and the single values of a clusterer's details."""
    told = details_of(about)
    chosen = []
    for choice in told.choices:
        name = choice.parameter.replace("_", " ")
        by = f" by {choice.by}" if choice.by else ""
        chosen.append((name, f"{_value(choice.value)}{by}"))
        rules = ", ".join(f"{_value(v)} by {rule}" for rule, v in choice.suggested.items())
        if rules:
            chosen.append((f"{name} suggested", rules))
    return chosen + [
        (key.replace("_", " "), _value(value))
        for key, value in told.values.items()
        if value is not None
    ]


def _value(value: str | float) -> str:
    if isinstance(value, float) and abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
