"""What the evaluation says of the data and of how far a clustering can be trusted."""

from __future__ import annotations

from typing import Any

import numpy as np

from clusterforge.formats import number
from clusterforge.report.cards import item, picture
from clusterforge.report.curves import Curve, Series
from clusterforge.report.figures.records import number as numeric
from clusterforge.report.figures.records import numbers, records, table, whole
from clusterforge.report.folder import RunFolder
from clusterforge.report.rows import Places
from clusterforge.report.verdict import steadiness

EXAMPLES = 10
UNSTABLE = 24
BARS = 40


def data(run: RunFolder, places: Places) -> list[dict[str, Any]]:
    """Describe each split: classes, lengths, copies, rows with next to nothing in them."""
    result = []
    for split, value in table(run.evaluation, "data").items():
        about = table(value)
        copies, empty = table(about, "duplicates"), table(about, "near_empty")
        classes = records(about.get("classes"))
        most = max((whole(of, "rows") or 0 for of in classes), default=0) or 1
        result.append(
            {
                "split": split,
                "rows": whole(about, "rows"),
                "unlabelled": whole(about, "unlabelled") or 0,
                "classes": [
                    {
                        "name": str(of.get("name")),
                        "rows": whole(of, "rows") or 0,
                        "part": (whole(of, "rows") or 0) / most,
                        "share": (whole(of, "rows") or 0) / (whole(about, "rows") or 1),
                    }
                    for of in classes
                ],
                "lengths": _lengths(table(about, "lengths")),
                "copies": whole(copies, "rows"),
                "in_train": whole(copies, "in_train"),
                "pairs": [
                    [_row(run, split, row, places) for row in pair[:2]]
                    for pair in _list(copies.get("examples"))[:EXAMPLES]
                    if isinstance(pair, list)
                ],
                "empty": whole(empty, "rows"),
                "what": str(empty.get("what") or ""),
                "empty_rows": [
                    _row(run, split, row, places) for row in _list(empty.get("examples"))[:EXAMPLES]
                ],
            }
        )
    return result


def trust(run: RunFolder, places: Places) -> list[dict[str, Any]]:
    """Say of each clusterer how often it comes out alike, and which rows move."""
    result = []
    for name, value in table(run.evaluation, "clusterers").items():
        about = table(value)
        stability, strength = table(about, "stability"), table(about, "prediction_strength")
        result.append(
            {
                "name": name,
                "rows": whole(stability, "rows"),
                "repeats": [
                    _repeat(kind, table(stability, kind))
                    for kind in ("seeds", "bootstrap")
                    if numeric(table(stability, kind), "mean") is not None
                ],
                "reason": stability.get("reason"),
                "strength": numeric(strength, "value"),
                "strength_split": strength.get("split"),
                "strength_reason": strength.get("reason"),
                "unstable": [
                    _row(run, "train", row.get("row"), places)
                    | {"stability": numeric(row, "stability")}
                    for row in records(stability.get("unstable"))[:UNSTABLE]
                ],
                "moving": whole(stability, "moving"),
            }
        )
    return result


def charts(run: RunFolder) -> list[Curve]:
    """Return accuracy against coverage, and scores by length, of each clusterer."""
    result = []
    for name, value in table(run.evaluation, "clusterers").items():
        covered, long = [], []
        by = ""
        for split, of in table(value, "splits").items():
            curve = table(of, "coverage_curve")
            points = [
                (c, a)
                for point in records(curve.get("points"))
                if (c := numeric(point, "coverage")) is not None
                and (a := numeric(point, "accuracy")) is not None
            ]
            if len(points) > 1:
                by = str(curve.get("by") or "")
                points.sort()
                covered.append(Series(split, [c for c, _ in points], [a for _, a in points]))
            for key in ("accuracy", "silhouette"):
                bins = [
                    ((low + high) / 2, v)
                    for one in records(table(of).get("by_length"))
                    if (low := numeric(one, "from")) is not None
                    and (high := numeric(one, "to")) is not None
                    and (v := numeric(one, key)) is not None
                ]
                if len(bins) > 1:
                    x, y = [b for b, _ in bins], [v for _, v in bins]
                    long.append(Series(f"{split}, {key}", x, y, dashed=key == "silhouette"))
        if covered:
            result.append(
                Curve(
                    name=f"coverage-{name}",
                    title="accuracy against coverage",
                    x_label="share of the rows kept",
                    y_label="accuracy",
                    series=covered,
                    note=f"the surest rows first, by {by}" if by else "",
                    about={"clusterer": name},
                )
            )
        if long:
            result.append(
                Curve(
                    name=f"length-{name}",
                    title="scores by length",
                    x_label="characters",
                    y_label="score",
                    series=long,
                    about={"clusterer": name},
                )
            )
    return result


def reconstructions(run: RunFolder) -> list[dict[str, Any]]:
    """Return originals and what an autoencoder made of them, by stage."""
    by_stage: dict[str, list[dict[str, Any]]] = {}
    for of in records(run.explanations.get("reconstructions")):
        pair = picture(of.get("original")), picture(of.get("reconstruction"))
        if all(pair):
            shown = {"original": pair[0], "made": pair[1], "error": numeric(of, "error")}
            by_stage.setdefault(f"{of.get('stage')}, {of.get('split')}", []).append(shown)
    return [{"stage": stage, "pairs": pairs} for stage, pairs in by_stage.items()]


def _repeat(kind: str, of: dict[str, Any]) -> dict[str, Any]:
    mean = numeric(of, "mean") or 0.0
    values = numbers(of.get("ari"))
    return {
        "kind": {"seeds": "over seeds", "bootstrap": "over bootstrap samples"}[kind],
        "mean": mean,
        "sd": numeric(of, "sd"),
        "values": [{"at": 100 * min(max(v, 0.0), 1.0), "text": number(v)} for v in values],
        "how": steadiness(mean),
    }


def _lengths(of: dict[str, Any]) -> dict[str, Any] | None:
    counts, edges = numbers(of.get("counts")), numbers(of.get("edges"))
    if not counts or len(edges) != len(counts) + 1 or len(counts) > 4 * BARS:
        return None
    most = max(counts) or 1.0
    return {
        "unit": str(of.get("unit") or ""),
        **{key: _characters(numeric(of, key)) for key in ("min", "median", "max")},
        "bars": [
            {
                "x": round(100 * i / len(counts), 3),
                "width": round(100 / len(counts) * 0.9, 3),
                "height": round(40 * count / most, 2),
                "text": f"{_characters(edges[i])} to {_characters(edges[i + 1])}: {count:,.0f} rows",
            }
            for i, count in enumerate(counts)
        ],
        "low": _characters(edges[0]),
        "high": _characters(edges[-1])
        + (" or more" if (numeric(of, "max") or 0) > edges[-1] else ""),
    }


def _characters(length: float | None) -> str:
    return number(length if length is None else round(length))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _id(run: RunFolder, split: str, row: object) -> str:
    if run.assignments is not None and split in run.assignments.splits and isinstance(row, int):
        here = np.flatnonzero(run.assignments.split == run.assignments.splits.index(split))
        if 0 <= row < len(here) and run.assignments.ids:
            return str(run.assignments.ids[here[row]])
    return f"{split} {row}"


def _row(run: RunFolder, split: str, row: object, places: Places) -> dict[str, Any]:
    """Return a row as the page shows it: its text if it stands on the map, and its id."""
    at = places(split, row)
    shown = run.map.items[at] if run.map and at is not None else None
    name = run.map.ids[at] if run.map and at is not None else _id(run, split, row)
    text = shown if isinstance(shown, str) else None
    return item({"split": split, "row": row, "id": name, "text": text}, places) | {
        "tile": isinstance(shown, bytes)
    }
