"""Curves of a run: the losses by epoch, and what clusterers tell of their choices."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

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
RULES = {
    "silhouette": ("silhouette", "Mean silhouette", "mean silhouette"),
    "elbow": ("inertia", "Elbow of the inertia", "inertia"),
    "gap": ("gap", "Gap statistic", "gap, ± its standard error"),
}


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
    """Return a chart for each curve among a clusterer's details: k-distances, scores by k, a tree.

    A curve is a list of numbers, a list of records of two numbers, a mapping from numbers to
    numbers, or a mapping with the lists ``x`` and ``y``. ``merges`` is a tree of merges laid out
    as SciPy's linkage matrix; ``choice`` holds inertia, silhouette and gap by k with the number
    that each suggests.
    """
    result = []
    for clusterer, told in run.clusterers.items():
        about = _details(told)
        for key, value in about.items():
            if key == "choice":
                result += _choices(clusterer, value, about.get("n_clusters"))
                continue
            if key == "merges":
                chart = _tree(clusterer, value, about)
            elif key == "leaves" and "merges" in about:
                chart = None
            else:
                chart = _chart(clusterer, str(key), value, about)
            if chart:
                result.append(chart)
    return result


def _chart(clusterer: str, key: str, value: Any, about: Mapping[str, Any]) -> Curve | None:
    found = _curve(key, value)
    if found is None:
        return None
    x, y, x_label, y_label = found
    title = f"{y_label} by {x_label}"
    rows: Any = about.get(f"{key}_rows")
    mark, axis, label = None, "x", ""
    also: tuple[Mark, ...] = ()
    if isinstance(value, list) and finite(value[0]):
        if finite(about.get("eps")) and (key == "curve" or "distance" in key):
            mark, axis, label = float(about["eps"]), "y", f"eps {about['eps']:.4g}"
            title = y_label = "distance to the k-th neighbour"
            x_label = "rows, in order"
            also = _knee(about.get("knee"), mark)
        if finite(rows) and len(x) > 1:  # the list is a thinned one of so many rows
            x = [1 + (place - 1) * (rows - 1) / (len(x) - 1) for place in x]
    k: Any = about.get("n_clusters")
    if mark is None and x_label != "rank" and finite(k) and float(k) in x:
        mark, label = float(k), f"{k} clusters"
    return Curve(
        name=f"details-{clusterer}-{key}",
        title=title,
        x_label=x_label,
        y_label=y_label,
        series=[Series(y_label, *_thinned(x, y))],
        note=f"of {rows:,} rows" if finite(rows) else "",
        mark=mark,
        mark_axis=axis,
        mark_label=label,
        also=also,
        about={"clusterer": clusterer},
    )


def _knee(told: Any, eps: float) -> tuple[Mark, ...]:
    """Return the knee of a k-distance graph where eps was not taken from it."""
    at: Any = told.get("distance") if isinstance(told, Mapping) else None
    if not finite(at) or math.isclose(at, eps, rel_tol=0.01):
        return ()
    return (Mark(float(at), f"knee {at:.4g}"),)


def _choices(clusterer: str, told: Any, taken: Any) -> list[Curve]:
    """Return what the number of clusters was chosen on: a chart for each rule."""
    if not isinstance(told, Mapping) or not isinstance(told.get("k"), list):
        return []
    suggested = told.get("suggested")
    suggested = suggested if isinstance(suggested, Mapping) else {}
    result = []
    for rule, (key, title, y_label) in RULES.items():
        values, errors = told.get(key), told.get(f"{key}_error")
        if not isinstance(values, list):
            continue
        errors = errors if isinstance(errors, list) else [None] * len(values)
        points = [
            (float(k), float(value), float(error) if finite(error) else 0.0)
            for k, value, error in zip(told["k"], values, errors, strict=False)
            if finite(k) and finite(value) and not (key == "inertia" and value <= 0)
        ]
        if len(points) < 2:
            continue
        x, y, spread = (list(column) for column in zip(*points, strict=True))
        k: Any = suggested.get(rule)
        rows: Any = told.get("gap_rows" if rule == "gap" else "rows")
        differs = finite(taken) and finite(k) and taken != k and float(taken) in x
        result.append(
            Curve(
                name=f"details-{clusterer}-{rule}",
                title=title,
                x_label="clusters",
                y_label=y_label,
                series=[Series(y_label, x, y, error=spread if any(spread) else None)],
                log=key == "inertia",
                note=f"of {rows:,} rows" if finite(rows) else "",
                mark=float(k) if finite(k) else None,
                mark_label=f"{rule} suggests {k}" if finite(k) else "",
                also=(Mark(float(taken), f"{taken} taken"),) if differs else (),
                about={"clusterer": clusterer},
            )
        )
    return result


def _tree(clusterer: str, merges: Any, about: Mapping[str, Any]) -> Curve | None:
    """Return the top of a merge tree, each merge a line: up from a node, across, and down."""
    import numpy as np
    from scipy.cluster.hierarchy import dendrogram, is_valid_linkage

    if not isinstance(merges, list) or len(merges) < 2 or not all(map(_four, merges)):
        return None
    linkage, ends = np.array(merges, np.float64), [1] * (len(merges) + 1)
    for row in linkage:  # SciPy counts the nodes that the tree starts from, not the rows in them
        below = [ends[int(node)] for node in row[:2] if 0 <= node < len(ends)]
        row[3] = sum(below)
        ends.append(sum(below))
    if not is_valid_linkage(linkage):
        return None
    drawn = dendrogram(linkage, SHOWN_ENDS, "lastp", no_plot=True)
    lines = [
        Series("", [float(v) for v in x], [float(v) for v in y])
        for x, y in zip(drawn["icoord"], drawn["dcoord"], strict=True)
    ]
    leaves: Any = about.get("leaves")
    many = isinstance(leaves, list)
    cut = about.get("cut")
    cut = cut if isinstance(cut, Mapping) else {}
    taken = _height(cut, "")
    largest = _height(cut.get("suggested"), "largest step: ")
    note = f"the last {len(lines)} merges" + (f", of {sum(leaves):,} rows" if many else "")
    return Curve(
        name=f"details-{clusterer}-merges",
        title="Merge tree",
        x_label="",
        y_label="height",
        series=lines,
        note=note,
        tree=True,
        mark=taken.value if taken else None,
        mark_axis="y",
        mark_label=taken.label if taken else "",
        also=(largest,) if largest and taken and largest.value != taken.value else (),
        about={"clusterer": clusterer},
    )


def _height(told: Any, before: str) -> Mark | None:
    """Return the height at which a tree is cut, and into how many clusters."""
    known = told if isinstance(told, Mapping) else {}
    height: Any = known.get("height")
    k = known.get("n_clusters")
    if not finite(height):
        return None
    return Mark(float(height), f"{before}{k} cluster{'' if k == 1 else 's'}")


def _four(merge: Any) -> bool:
    return isinstance(merge, list) and len(merge) == 4 and all(finite(value) for value in merge)


def plain_details(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return those of a clusterer's details that are single values, and what rules suggest."""
    choice: Any = _details(told).get("choice")
    suggested = choice.get("suggested") if isinstance(choice, Mapping) else None
    each = suggested.items() if isinstance(suggested, Mapping) else ()
    rules = ", ".join(f"{k} by {rule}" for rule, k in each)
    return ([("clusters suggested", rules)] if rules else []) + [
        (str(key).replace("_", " "), _value(value))
        for key, value in _details(told).items()
        if isinstance(value, str | int | float) and key not in ("n_clusters", "curve_rows")
    ]


def _value(value: str | float) -> str:
    if isinstance(value, float) and abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _details(told: Mapping[str, Any]) -> Mapping[str, Any]:
    about = told.get("details")
    return about if isinstance(about, Mapping) else {}


def _curve(key: str, value: Any) -> tuple[list[float], list[float], str, str] | None:
    name = key.replace("_", " ")
    if isinstance(value, Mapping) and {"x", "y"} <= set(value):
        pairs = list(zip(value["x"], value["y"], strict=False))
        labels = str(value.get("x_label") or "x"), str(value.get("y_label") or name)
    elif isinstance(value, Mapping):
        try:
            pairs = sorted((float(k), v) for k, v in value.items())
        except (TypeError, ValueError):
            return None
        labels = "k", name
    elif isinstance(value, list) and value and all(finite(v) for v in value):
        pairs, labels = list(enumerate(value, start=1)), ("rank", name)
    elif isinstance(value, list) and value and all(_record(v) for v in value):
        labels = tuple(value[0]) if isinstance(value[0], Mapping) else ("k", name)
        pairs = [tuple(v.values()) if isinstance(v, Mapping) else tuple(v) for v in value]
    else:
        return None
    good = [(float(x), float(y)) for x, y in pairs if finite(x) and finite(y)]
    if len(good) < 3:
        return None
    return [x for x, _ in good], [y for _, y in good], *labels


def _record(value: Any) -> bool:
    items = list(value.values()) if isinstance(value, Mapping) else value
    return (
        isinstance(items, list)
        and len(items) == 2
        and all(item is None or finite(item) for item in items)
    )


def _thinned(x: list[float], y: list[float]) -> tuple[list[float], list[float]]:
    step = max(1, -(-len(x) // MAX_POINTS))
    places = sorted({*range(0, len(x), step), len(x) - 1})
    return [x[i] for i in places], [y[i] for i in places]
