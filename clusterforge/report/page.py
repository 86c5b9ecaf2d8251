"""The page: what the templates and the scripts in it get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import groupby

from markupsafe import Markup

from clusterforge.contracts import DetailTable
from clusterforge.report import curves
from clusterforge.report.advice import advice
from clusterforge.report.clusters import (
    MEASURES,
    STRONGEST,
    ClusteringView,
    clusterings,
    matrix_data,
)
from clusterforge.report.editing import editing
from clusterforge.report.groups import groups
from clusterforge.report.html import environment, page
from clusterforge.report.map_data import MapView, map_view
from clusterforge.report.palette import NOISE, colour
from clusterforge.report.profiles import profile_tables
from clusterforge.report.source import Source
from clusterforge.report.text import embedded
from clusterforge.report.verdict import labels_used, steadiness, verdict
from clusterforge.runs.pressed import pressed
from clusterforge.runs.ranking import in_order
from clusterforge.runs.records import PhaseRecord
from clusterforge.runs.score_table import TREATMENTS, other_treatments, score_tables
from clusterforge.runs.side_tables import side_tables

MAX_LISTED, MAX_CARDS, MAX_OPENING = 30, 12, 16
MAX_EXAMPLES, MAX_UNSTABLE = 10, 24
REPORT_STAGE = "report"
SCRIPTS = (
    *(
        "make",
        "save",
        "charts",
        "tables",
        "tree",
        "columns",
        "scale",
        "modes",
        "points",
        "grid",
        "lines",
    ),
    *("legend", "names", "map", "selection", "cards", "edits", "start"),
)


def render(source: Source) -> str:
    """Return the page of a run."""
    run, metrics = source.run, source.metrics
    training = curves.losses(source.folder.history.epochs)
    of_clusterers = [
        *curves.details(source),
        *curves.evaluated(source),
        *curves.noise_policies(source),
    ]
    views = clusterings(source)
    of_data = curves.lengths(source)
    charts = [*training, *of_clusterers, *of_data]
    shown = map_view(source)
    pages = environment(
        records=metrics.metrics, ordered=in_order(metrics.metrics), measures=MEASURES
    )
    pages.filters |= {"steadiness": steadiness, "facts": curves.facts}
    return page(
        pages,
        "report.html",
        ["report.css"],
        [f"{name}.js" for name in SCRIPTS],
        source=source,
        run=run,
        stages=[stage for stage in run.stages if stage.stage != REPORT_STAGE],
        verdict=verdict(source),
        advice=advice(source),
        labels_used=labels_used(source),
        tables=score_tables(metrics),
        seeds=source.folder.seeds,
        sides=side_tables(source.folder.seeds, source.folder.baselines, metrics),
        undefined=[s for s in metrics.headline().values() if s.value is None],
        others=other_treatments(metrics),
        treatments=TREATMENTS,
        clusterings=views,
        groups={view.name: groups(source, view) for view in views},
        curves=of_clusterers,
        training=training,
        phases=_phases(source),
        pressed=list(pressed(source.metrics.phases, source.metrics.metrics)),
        lengths={chart.owner: chart for chart in of_data},
        map=source.folder.map_record if shown else None,
        map_view=shown,
        naming=_naming(source),
        profiles=profile_tables(source),
        strongest=STRONGEST,
        embedded=Markup(embedded(_scripted(source, views, charts, shown))),  # noqa: S704 escapes
        max_listed=MAX_LISTED,
        max_cards=MAX_CARDS,
        max_opening=MAX_OPENING,
        max_examples=MAX_EXAMPLES,
        max_unstable=MAX_UNSTABLE,
    )


def _scripted(
    source: Source,
    views: Sequence[ClusteringView],
    charts: Sequence[curves.Curve],
    shown: MapView | None,
) -> dict[str, object]:
    """Return what the scripts read."""
    matrices = [
        matrix_data(source, view.name, split, matrix)
        for view in views
        for split, matrix in view.matrices.items()
    ]
    return {
        "run": source.run.name,
        "folder": source.run.id,
        "noise": NOISE,
        "best": source.best,
        "editing": [asdict(clustering) for clustering in editing(source)],
        "colours": [colour(i) for i in range(max((len(c.series) for c in charts), default=0))],
        "map": shown.about if shown else None,
        "charts": {chart.name: asdict(chart) for chart in charts},
        "matrices": {matrix["name"]: matrix for matrix in matrices},
    }


def _phases(source: Source) -> dict[str, list[PhaseRecord]]:
    stages = groupby(source.metrics.phases, lambda row: row.stage)
    return {stage: list(rows) for stage, rows in stages}


def _naming(source: Source) -> dict[str, list[DetailTable]]:
    """Return what the names of each clusterer were made from, the clusters before the layers."""
    levels = source.folder.naming.levels if source.folder.naming else {}
    found: dict[str, list[DetailTable]] = {}
    for name, level in sorted(levels.items()):
        clusterer, layer, number = name.partition("/")
        title = f"{number} groups: " if layer else ""
        tables = [replace(table, title=f"{title}{table.title}") for table in level.tables]
        found.setdefault(clusterer, []).extend(tables)
    return found
