"""Scores as plain values: for lifecycle hooks and ``run --json``."""

from __future__ import annotations

from typing import Any

from clusterforge.runs.records import Metrics


def plain_scores(metrics: Metrics) -> list[dict[str, Any]]:
    """Return every score with the direction of its metric and whether that compares with labels."""
    rows = []
    for score in metrics.scores:
        metric = metrics.metrics[score.metric]
        row = score.model_dump(mode="json")
        rows.append({**row, "direction": metric.direction, "labels": metric.labels})
    return rows
