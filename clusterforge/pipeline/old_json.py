"""The run folder's files as readers of the old form want them; goes once nobody reads them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from clusterforge.runs.records import (
    Evaluation,
    Explanations,
    History,
    MapRecord,
    Metrics,
    RunRecord,
    ScoreRecord,
)
from clusterforge.storage.atomic import write_json


def write_old(
    folder: Path,
    run: RunRecord,
    metrics: Metrics,
    evaluation: Evaluation,
    explanations: Explanations,
    history: History,
    map_record: MapRecord | None,
) -> None:
    """Write run.json, metrics.json and so on at the top of the folder."""
    of_run = run.model_dump(mode="json")
    last = run.encoders[-1]
    of_run["embedding"] = {
        "stage": f"encoder.{len(run.encoders) - 1}.{last.id}",
        "dim": last.dim,
    }
    write_json(folder / "run.json", of_run)
    write_json(folder / "metrics.json", _metrics(metrics))
    write_json(folder / "evaluation.json", _evaluation(evaluation))
    write_json(folder / "explanations.json", _explanations(explanations))
    write_json(folder / "history.json", history.model_dump(mode="json")["epochs"])
    if map_record:
        write_json(folder / "projection.json", map_record.model_dump(mode="json"))


def old_scores(scores: Iterable[ScoreRecord], metrics: Metrics) -> list[dict[str, Any]]:
    """Return scores as hooks and ``run --json`` have them."""
    rows = []
    for score in scores:
        row = score.model_dump(mode="json")
        row["n"] = row.pop("rows")
        metric = metrics.metrics[score.metric]
        rows.append({**row, "direction": metric.direction, "labels": metric.labels})
    return rows


def _metrics(metrics: Metrics) -> dict[str, Any]:
    phases = [phase.model_dump(mode="json") for phase in metrics.phases]
    return {
        "scores": old_scores(metrics.scores, metrics),
        "clusterers": metrics.model_dump(mode="json")["clusterings"],
        "phases": [{**phase, **phase.pop("scores")} for phase in phases],
    }


def _evaluation(evaluation: Evaluation) -> dict[str, Any]:
    value = evaluation.model_dump(mode="json")
    for clustering in value["clusterings"].values():
        for split in clustering["splits"].values():
            for cluster in split["clusters"]:
                cluster["class"] = cluster.pop("majority")
            for group in split["by_length"] or ():
                group["from"], group["to"] = group.pop("low"), group.pop("high")
    return {
        "about": value["settings"],
        "data": value["data"],
        "clusterers": value["clusterings"],
    }


def _explanations(explanations: Explanations) -> dict[str, Any]:
    value = explanations.model_dump(mode="json")
    for clustering in value["clusterings"].values():
        clustering["left_out"] = 0
        for cluster in clustering["clusters"]:
            for kind in ("typical", "borderline"):
                cluster[kind] = [
                    {name: part for name, part in member.items() if part is not None}
                    for member in cluster[kind]
                ]
    words = value["words_rows"]
    about = {"split": value["split"], "shown": 12, "clusters": 50}
    return {
        "content": value["content"],
        "about": about if words is None else {**about, "words_rows": words},
        "clusterers": value["clusterings"],
        "reconstructions": value["reconstructions"],
    }
