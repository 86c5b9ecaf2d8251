"""The page: what the templates and the scripts in it get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from markupsafe import Markup

from clusterforge.report import details, evaluated
from clusterforge.report.advice import advice
from clusterforge.report.clusters import (
    MEASURES,
    STRONGEST,
    ClusteringView,
    clusterings,
    matrix_data,
)
from clusterforge.report.curves import Curve, lengths, losses, noise_policies
from clusterforge.report.curves import evaluated as evaluated_curves
from clusterforge.report.editing import editing
from clusterforge.report.html import environment, page
from clusterforge.report.map_data import MapView, map_view
from clusterforge.report.palette import NOISE, colour
from clusterforge.report.source import Source
from clusterforge.report.text import embedded
from clusterforge.report.verdict import drawn_by, labels_used, verdict
from clusterforge.runs.ranking import in_order
from clusterforge.runs.records import PhaseRecord
from clusterforge.runs.score_table import TREATMENTS, other_treatments, score_tables

MAX_LISTED, MAX_CARDS, MAX_OPENING = 30, 12, 12
REPORT_STAGE = "report"
SCRIPTS = (
    *("make", "save", "charts", "tables", "columns", "modes", "points", "grid", "legend"),
    *("map", "selection", "cards", "edits", "start"),
)


@dataclass(frozen=True)
class Step:
    """A step of a run: the data set, an encoder, or the clusterers together."""

    kind: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class PhaseTable:
    """How k-means does after each phase of a stage; ``metrics`` are names and titles."""

    rows: tuple[PhaseRecord, ...]
    metrics: tuple[tuple[str, str], ...]


def render(source: Source) -> str:
    """Return the page of a run."""
    run, metrics = source.run, source.metrics
    training = losses(source.folder.history.epochs)
    of_clusterers = [
        *details.details(source),
        *evaluated_curves(source),
        *noise_policies(source),
    ]
    facts = {name: details.facts(of.details) for name, of in metrics.clusterings.items()}
    views = clusterings(source, of_clusterers, facts)
    charts = [*training, *of_clusterers, *lengths(source)]
    shown = map_view(source)
    return page(
        environment(colour=colour, records=metrics.metrics, measures=MEASURES),
        "report.html",
        ["report.css"],
        [f"{name}.js" for name in SCRIPTS],
        run=run,
        stages=[stage for stage in run.stages if stage.stage != REPORT_STAGE],
        chain=_chain(source),
        verdict=verdict(source),
        advice=advice(source),
        labels_used=labels_used(source),
        drawn_by=drawn_by(source),
        tables=score_tables(metrics),
        undefined=[s for s in metrics.headline().values() if s.value is None],
        others=other_treatments(metrics),
        treatments=TREATMENTS,
        clusterings=views,
        training=training,
        phases=_phases(source),
        data=evaluated.data(source),
        trust=evaluated.trust(source),
        reconstructions=evaluated.reconstructions(source),
        map=source.folder.map_record if shown else None,
        map_view=shown,
        recipe=source.folder.recipe_text,
        strongest=STRONGEST,
        embedded=Markup(embedded(_scripted(source, views, charts, shown))),
        max_listed=MAX_LISTED,
        max_cards=MAX_CARDS,
        max_opening=MAX_OPENING,
    )


def _scripted(
    source: Source, views: Sequence[ClusteringView], charts: Sequence[Curve], shown: MapView | None
) -> dict[str, object]:
    """Return what the scripts read."""
    matrices = [
        matrix_data(source, view.name, split, matrix)
        for view in views
        for split, matrix in view.matrices.items()
    ]
    return {
        "run": source.run.name,
        "noise": NOISE,
        "best": source.best,
        "editing": [asdict(clustering) for clustering in editing(source)],
        "colours": [colour(i) for i in range(max((len(c.series) for c in charts), default=0))],
        "map": shown.about if shown else None,
        "charts": {chart.name: asdict(chart) for chart in charts},
        "matrices": {matrix["name"]: matrix for matrix in matrices},
    }


def _chain(source: Source) -> list[Step]:
    datasets = tuple(p.name for p in source.run.plugins if p.kind == "dataset")
    encoders = [Step("encoder", (encoder.id,)) for encoder in source.run.encoders]
    return [
        Step("data set", datasets),
        *encoders,
        Step("clusterer", tuple(source.metrics.clusterings)),
    ]


def _phases(source: Source) -> dict[str, PhaseTable]:
    tables: dict[str, PhaseTable] = {}
    records = source.metrics.metrics
    for stage in dict.fromkeys(row.stage for row in source.metrics.phases):
        rows = tuple(row for row in source.metrics.phases if row.stage == stage)
        names = [name for name in in_order(records) if any(name in row.scores for row in rows)]
        tables[stage] = PhaseTable(rows, tuple((name, records[name].title) for name in names))
    return tables
