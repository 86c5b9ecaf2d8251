"""Scores of made-up clusterings, as a run records them."""

from __future__ import annotations

from clusterforge.contracts import Details
from clusterforge.runs.records import ClusteringRecord, MetricRecord, Metrics, ScoreRecord

ROWS = 100


def metric(order: int, **changes: object) -> MetricRecord:
    """Return a metric that compares with labels, higher is better."""
    values = {
        "title": f"Metric {order}",
        "order": order,
        "direction": "higher",
        "labels": True,
        "headline": True,
        "rests_on": "table",
        "grows_with_clusters": False,
        "low": None,
        "high": None,
    }
    return MetricRecord.model_validate(values | changes)


def score(clusterer: str, name: str, value: float | None, **changes: object) -> ScoreRecord:
    """Return a score on the split ``test`` that covers all rows."""
    values = {
        "clusterer": clusterer,
        "split": "test",
        "metric": name,
        "noise": "excluded",
        "value": value,
        "rows": ROWS,
        "coverage": 1.0,
    }
    return ScoreRecord.model_validate(values | changes)


def metrics(records: dict[str, MetricRecord], *scores: ScoreRecord) -> Metrics:
    """Return the metrics of a run whose clusterings have as much noise as the scores leave out."""
    clusterings = {}
    for one in scores:
        noise = round(ROWS * (1 - one.coverage))
        clusterings[one.clusterer] = ClusteringRecord(
            use=one.clusterer,
            n_clusters=3,
            predicts="exact",
            rule="nearest centroid",
            agreement=None,
            sizes={one.split: {-1: noise, 0: ROWS - noise}},
            details=Details(),
        )
    return Metrics(metrics=records, scores=scores, clusterings=clusterings, phases=())
