"""The page: what the template and the scripts in it are given."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from clusterforge.formats import duration, number, share
from clusterforge.report import curves, evaluated, scores
from clusterforge.report.advice import advice
from clusterforge.report.cards import cards
from clusterforge.report.folder import RunFolder
from clusterforge.report.map_data import map_data
from clusterforge.report.matching import Clusters, Confusion
from clusterforge.report.palette import NOISE, colour
from clusterforge.report.rows import Places
from clusterforge.report.text import clean, embedded, short
from clusterforge.report.verdict import interval, labels_used, notes, tiles, verdict

MAX_LISTED = 30
MAX_CARDS = 12
MAX_CELLS = 20
MEASURES = {
    "silhouette": "mean silhouette of its rows: 1 lies well, 0 on the border, less than 0 in another's",
    "stability": "share of refits in which its rows stay in it, on average",
    "strength": "prediction strength: share of its pairs that stay together when train predicts them",
    "compactness": "root mean squared distance to the centroid",
    "separation": "distance to the nearest other centroid",
    "nearest": "the cluster with the nearest centroid",
}
SCRIPTS = [
    "make",
    "charts",
    "columns",
    "modes",
    "points",
    "grid",
    "legend",
    "map",
    "selection",
    "cards",
    "start",
]


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
    environment.filters.update(number=number, share=share, seconds=duration, moment=_moment)
    loss, details = charts
    details = [*details, *evaluated.charts(run)]
    about, columns, pictures = map_data(run, found)
    places = Places(run.map, run.assignments)
    judged = verdict(run)
    members = cards(run, found, places)
    data = {
        "noise": NOISE,
        "best": judged.clusterer,
        "map": about,
        "charts": [_chart(chart) for chart in (*loss, *details)],
        "matrices": [
            _matrix(split, matrix)
            for of_name in matrices.values()
            for split, matrix in of_name
            if _large(matrix)
        ],
    }
    tables = scores.tables(run)
    style = _source(environment, "report.css")
    script = "\n".join(_source(environment, f"{name}.js") for name in SCRIPTS)
    text = environment.get_template("report.html").render(
        run=run.run,
        data=run.run.get("data") or {},
        splits=run.splits,
        verdict=judged,
        advice=advice(run, judged),
        tiles=tiles(run, judged),
        chain=_chain(run),
        labels_used=labels_used(run),
        notes=notes(run),
        tables=tables,
        marked=any(cell and cell.best for t in tables for row in t.rows for cell in row.cells),
        undefined=scores.undefined(run),
        others=scores.others(run),
        treatments=scores.TREATMENTS,
        clusterers=run.clusterers,
        phases=run.phases,
        plain_details=curves.plain_details,
        loss=loss,
        details=details,
        members=dict(sorted(members.items(), key=lambda of: of[0] != judged.clusterer)),
        judged_data=evaluated.data(run, places),
        trust=evaluated.trust(run, places),
        reconstructions=evaluated.reconstructions(run),
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
        intervals=any(interval(score) for score in run.scores),
        measures=MEASURES,
        shown_first=judged.clusterer or next(iter(found), None),
        columns=columns,
        pictures=pictures,
        max_listed=MAX_LISTED,
        max_cards=MAX_CARDS,
    )
    return text.encode("utf-8", "replace").decode("utf-8")


def _finalized(value: Any) -> Any:
    return clean(value) if type(value) is str else value


def _chain(run: RunFolder) -> list[dict[str, Any]]:
    """Return the stages of a run as steps: the data set, the encoders, the clusterers together."""
    steps: list[dict[str, Any]] = []
    for stage in run.run.get("stages") or []:
        kind, _, name = str(stage.get("stage") if isinstance(stage, dict) else "").partition(".")
        if kind not in ("dataset", "encoder", "clusterer") or not name:
            continue
        place, _, rest = name.partition(".")
        name = rest if place.isdigit() and rest else name
        if kind == "clusterer" and steps and steps[-1]["kind"] == kind:
            steps[-1]["names"].append(name)
        else:
            steps.append({"kind": kind, "names": [name]})
    return steps


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
                "error": line.error,
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
