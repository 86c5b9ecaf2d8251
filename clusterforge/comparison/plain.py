"""A comparison as JSON values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from clusterforge.comparison.alignment import Cluster
from clusterforge.comparison.comparison import Comparison, LaneResult, Pair
from clusterforge.comparison.scores import Difference, Line

TEXT = 400


def as_dict(found: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON values, without nan."""
    return {
        "runs": [
            {
                "letter": run.letter,
                "run": run.given,
                "name": run.content.run.get("name"),
                "seed": run.seed,
                "started": run.content.run.get("started"),
                "labels_in_training": run.content.run.get("labels_in_training"),
                "clusterers": run.clusterers,
            }
            for run in found.runs
        ],
        "repetitions": [
            {"runs": [found.runs[i].letter for i in group.runs], "seeds": group.seeds}
            for group in found.groups
        ],
        "notes": found.notes,
        "changes": [asdict(change) for change in found.changes],
        "lanes": [_lane(lane) for lane in found.lanes],
    }


def _lane(result: LaneResult) -> dict[str, Any]:
    names = [subject.label for subject in result.lane.subjects]
    return {
        "clusterer": result.lane.title or None,
        "subjects": [
            {
                "label": subject.label,
                "run": subject.run.letter,
                "clusterer": subject.clusterer,
                "n_clusters": subject.n_clusters,
            }
            for subject in result.lane.subjects
        ],
        "scores": [
            {"split": table.split, **_line(line, names)}
            for table in result.tables
            for line in table.lines
        ],
        "agreement": [
            {"first": names[i], "second": names[j], "ari": value}
            for (i, j), value in result.agreement.items()
        ],
        "pairs": [_pair(pair, names) for pair in result.pairs],
    }


def _line(line: Line, names: list[str]) -> dict[str, Any]:
    return {
        "metric": line.metric,
        "noise": line.noise,
        "direction": line.direction,
        "labels": line.labels,
        "cells": [
            None if cell is None else {"subject": name, **asdict(cell)}
            for name, cell in zip(names, line.cells, strict=True)
        ],
        "differences": [_difference(difference, names) for difference in line.differences],
        "spreads": [
            {"subjects": [names[i] for i in s.members], "mean": s.mean, "sd": s.sd}
            for s in line.spreads
        ],
        "apart": [
            {
                "first": [names[i] for i in contrast.first.members],
                "second": [names[i] for i in contrast.second.members],
                "apart": contrast.apart,
            }
            for contrast in line.contrasts
        ],
    }


def _difference(difference: Difference, names: list[str]) -> dict[str, Any]:
    return {
        "first": names[difference.first],
        "second": names[difference.second],
        "difference": difference.value,
        "low": difference.low,
        "high": difference.high,
        "apart": difference.apart,
        "by": difference.by or None,
        "means_nothing": difference.void,
        "marks": [asdict(mark) for mark in difference.marks],
    }


def _pair(pair: Pair, names: list[str]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "first": names[pair.first],
        "second": names[pair.second],
        "splits": {name: asdict(told) for name, told in pair.shared.splits.items()},
        "rows": 0,
        "reason": pair.reason or None,
    }
    found, moved = pair.alignment, pair.moved
    if found is None or moved is None:
        return result
    return {
        **result,
        "rows": found.rows,
        "stayed": found.stayed,
        "ari": found.ari,
        "nmi": found.nmi,
        "ari_without_noise": found.both,
        "before": [_cluster(cluster) for cluster in found.before],
        "after": [_cluster(cluster) for cluster in found.after],
        "matched": [{"from": a, "to": b} for a, b in sorted(found.matched.items()) if a >= 0],
        "events": [asdict(event) for event in found.events],
        "flows": found.flows(),
        "moved": {
            "rows": moved.rows,
            "splits": moved.splits,
            "outcomes": moved.outcomes,
            "telling": [
                {
                    "split": row.split,
                    "row": row.row,
                    "id": row.id,
                    "text": row.item[:TEXT] if isinstance(row.item, str) else None,
                    "from": row.before,
                    "to": row.after,
                    "label": row.label,
                    "outcome": row.outcome or None,
                }
                for row in moved.telling
            ],
        },
    }


def _cluster(cluster: Cluster) -> dict[str, Any]:
    return {
        "cluster": cluster.id,
        "rows": cluster.rows,
        "class": cluster.name,
        "purity": cluster.purity,
    }
