"""The page: what the template and the scripts in it are given."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from jinja2 import ChainableUndefined, Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from clusterforge.report import curves, scores
from clusterforge.report.folder import Assignments, IntArray, Map, RunFolder
from clusterforge.report.matching import Clusters, Confusion
from clusterforge.report.palette import NOISE, colour
from clusterforge.report.text import clean, embedded, short
from clusterforge.report.thumbnails import sheet
from clusterforge.report.verdict import labels_used, notes, verdict

MAX_TEXT = 240
MAX_ID = 80
MAX_LISTED = 30
MAX_CELLS = 20
UNITS = 65_535


def render(
    run: RunFolder,
    found: Mapping[str, Clusters],
    matrices: Mapping[str, list[tuple[str, Confusion]]],
    charts: tuple[list[curves.Curve], list[curves.Curve]],
    figures: list[str],
    picture: bytes | None,
) -> str:
    """Return the page.

    Parameters
    ----------
    run
        The run folder.
    found
        The clusters of each clusterer.
    matrices
        The confusion matrices of each clusterer, by split.
    charts
        The curves of the losses, and those of the clusterers.
    figures
        The stems of the figures' files.
    picture
        The map as PNG.
    """
    environment = Environment(
        loader=PackageLoader("clusterforge.report"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalized,
    )
    environment.filters.update(
        number=scores.number, share=scores.share, seconds=_seconds, moment=_moment
    )
    loss, details = charts
    assignments = run.assignments
    data = {
        "noise": NOISE,
        "map": _map(run.map, assignments, found) if run.map else None,
        "charts": [_chart(chart) for chart in (*loss, *details)],
        "matrices": [
            _matrix(split, matrix)
            for of_name in matrices.values()
            for split, matrix in of_name
            if _large(matrix)
        ],
    }
    style = _source(environment, "report.css")
    script = "".join(_source(environment, name) for name in ("charts.js", "map.js"))
    text = environment.get_template("report.html").render(
        run=run.run,
        data=run.run.get("data") or {},
        splits=run.splits,
        verdict=verdict(run),
        labels_used=labels_used(run),
        notes=notes(run),
        tables=scores.tables(run),
        undefined=scores.undefined(run),
        others=scores.others(run),
        treatments=scores.TREATMENTS,
        clusterers=run.clusterers,
        phases=run.phases,
        plain_details=curves.plain_details,
        loss=loss,
        details=details,
        members=_members(assignments, found) if assignments else {},
        matrices=_numbered(matrices, found),
        map=run.map,
        recipe=run.recipe,
        figures=figures,
        picture=base64.b64encode(picture).decode() if picture else "",
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
        embedded=Markup(embedded(data)),
        max_listed=MAX_LISTED,
    )
    return text.encode("utf-8", "replace").decode("utf-8")


def _finalized(value: Any) -> Any:
    return clean(value) if type(value) is str else value


def _seconds(value: Any) -> str:
    if not isinstance(value, int | float):
        return "–"
    if value < 60:
        return f"{value:.2g} s" if value < 10 else f"{value:.0f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {rest} s"


def _moment(value: Any) -> str:
    """Write an ISO 8601 time for people."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    zone = "UTC" if moment.utcoffset() == timedelta(0) else moment.strftime("%z")
    return f"{moment:%Y-%m-%d %H:%M} {zone}".strip()


def _source(environment: Environment, name: str) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0].strip("\n")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode()


def _chart(chart: curves.Curve) -> dict[str, Any]:
    return {
        "log": chart.log,
        "last": "stage" in chart.about,
        "tree": chart.tree,
        "xLabel": short(chart.x_label, 40),
        "yLabel": short(chart.y_label, 40),
        "mark": chart.mark,
        "markAxis": chart.mark_axis,
        "markLabel": short(chart.mark_label, 40),
        "series": [
            {
                "name": short(line.name, 40),
                "colour": colour(0 if chart.tree else i),
                "dashed": line.dashed,
                "x": line.x,
                "y": line.y,
            }
            for i, line in enumerate(chart.series)
        ],
    }


def _large(matrix: Confusion) -> bool:
    return max(len(matrix.rows), len(matrix.columns)) > MAX_CELLS


def _matrix(split: str, matrix: Confusion) -> dict[str, Any]:
    return {
        "split": split,
        "rows": [short(name, 60) for name in matrix.rows],
        "columns": matrix.columns,
        "counts": matrix.counts.tolist(),
    }


def _numbered(
    matrices: Mapping[str, list[tuple[str, Confusion]]], found: Mapping[str, Clusters]
) -> dict[str, list[dict[str, Any]]]:
    """Return what the template shows of each matrix; a large one is drawn by the script."""
    result: dict[str, list[dict[str, Any]]] = {}
    drawn = 0
    for name, of_name in matrices.items():
        result[name] = []
        for split, matrix in of_name:
            total = int(matrix.counts.sum())
            shown: dict[str, Any] = {
                "split": split,
                "total": total,
                "agreeing": matrix.agreeing,
                "noise": int(matrix.counts[:, -1].sum()) if matrix.noisy else 0,
                "drawn": drawn if _large(matrix) else None,
            }
            if _large(matrix):
                drawn += 1
            else:
                shown |= _cells(matrix, found[name])
            result[name].append(shown)
    return result


def _cells(matrix: Confusion, clusters: Clusters) -> dict[str, Any]:
    shares = matrix.shares
    heads = [
        (name, colour(clusters.colours.get(-1 if of is None else of, -1)))
        for name, of in zip(matrix.columns, matrix.clusters, strict=True)
    ]
    rows = [
        (
            name,
            colour(r),
            [
                {
                    "count": int(count),
                    "share": float(share),
                    "heat": round(10 * float(share)),
                    "matched": matrix.matched[c] == r,
                }
                for c, (count, share) in enumerate(zip(matrix.counts[r], shares[r], strict=True))
            ],
        )
        for r, name in enumerate(matrix.rows)
    ]
    return {"heads": heads, "rows": rows}


def _members(assignments: Assignments, found: Mapping[str, Clusters]) -> dict[str, dict[str, Any]]:
    """Describe the clusters of each clusterer: size by split, class, purity; largest first."""
    result: dict[str, dict[str, Any]] = {}
    for name, labels in assignments.clusters.items():
        clusters = found[name]
        listed: list[dict[str, Any]] = []
        given = labels >= -1
        splits = np.unique(assignments.split[given]).tolist()
        for i in [*clusters.ids, -1]:
            here = labels == i
            count = int(here.sum())
            if not count:
                continue
            truth = assignments.truth[here]
            classes = np.bincount(truth[truth >= 0]) if (truth >= 0).any() else None
            top = int(classes.argmax()) if classes is not None else -1
            listed.append(
                {
                    "name": "noise" if i < 0 else str(i),
                    "colour": colour(clusters.colours.get(i, -1)),
                    "rows": count,
                    "share": count / int(given.sum()),
                    "splits": [int((here & (assignments.split == s)).sum()) for s in splits],
                    "top": assignments.classes[top] if top >= 0 else None,
                    "purity": float(classes[top] / classes.sum()) if classes is not None else None,
                    "last": i < 0,
                }
            )
        listed.sort(key=lambda row: (row["last"], -row["rows"]))
        result[name] = {
            "splits": [assignments.splits[s] for s in splits],
            "listed": listed,
            "largest": max((row["share"] for row in listed), default=1),
            "labelled": bool(assignments.classes),
        }
    return result


def _map(
    shown: Map, assignments: Assignments | None, found: Mapping[str, Clusters]
) -> dict[str, Any]:
    """Return the map for the script, by column."""
    low = shown.xy.min(axis=0)
    extent = float((shown.xy.max(axis=0) - low).max()) or 1.0
    grid = np.rint((shown.xy - low) / extent * UNITS).astype(int)
    splits = list(dict.fromkeys(shown.split))
    texts = [short(item, MAX_TEXT) if isinstance(item, str) else "" for item in shown.items]
    classes = assignments.classes if assignments else []
    result: dict[str, Any] = {
        "x": grid[:, 0].tolist(),
        "y": grid[:, 1].tolist(),
        "units": UNITS,
        "ids": [short(name, MAX_ID) for name in shown.ids],
        "texts": texts if any(texts) else None,
        "sheet": sheet(shown.items),
        "splits": splits,
        "split": [splits.index(name) for name in shown.split],
        "splitColours": [colour(i) for i in range(len(splits))],
        "classes": [short(name, 60) for name in classes],
        "classColours": [colour(i) for i in range(len(classes))],
        "truth": _placed(shown, assignments.truth).tolist() if assignments and classes else None,
        "clusterers": [],
    }
    for name, labels in assignments.clusters.items() if assignments else ():
        clusters = found[name]
        here = _placed(shown, labels)
        result["clusterers"].append(
            {
                "name": name,
                "labels": here.tolist(),
                "colours": {
                    str(i): colour(clusters.colours[i]) for i in np.unique(here).tolist() if i >= 0
                },
                "matched": {str(i): c for i, c in clusters.matched.items()},
            }
        )
    return result


def _placed(shown: Map, values: IntArray) -> IntArray:
    """Return values of all rows at the rows of the map, -2 where a row is unknown."""
    if not len(values):
        return np.full(len(shown.position), -2, np.int64)
    return np.where(shown.position >= 0, values[np.maximum(shown.position, 0)], -2)
