"""Evaluations and explanations by hand, for run folders that a test has written."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np

from clusterforge.report.folder import read


def evaluate(folder: Path, seed: int = 0) -> Path:
    """Write evaluation.json, explanations.json and the values of single rows; none is measured."""
    rng = np.random.default_rng(seed)
    run = read(folder)
    rows = run.assignments
    assert rows is not None
    split_rows = {name: np.flatnonzero(rows.split == i) for i, name in enumerate(rows.splits)}
    scores = [
        {**score, "low": value - 0.01, "high": value + 0.012}
        if (value := score.get("value")) is not None
        else score
        for score in run.scores
    ]
    _json(folder / "metrics.json", {**run.metrics, "scores": scores})
    clusterers, explained = {}, {}
    for name, labels in rows.clusters.items():
        home = folder / "evaluation" / name
        home.mkdir(parents=True, exist_ok=True)
        splits = {}
        for split, here in split_rows.items():
            if (labels[here] < -1).all():
                continue
            silhouette = rng.uniform(-0.2, 0.8, len(here)).astype(np.float32)
            np.save(home / f"{split}.silhouette.npy", silhouette)
            ids = [int(i) for i in np.unique(labels[here]) if i >= 0]
            splits[split] = {
                "rows": len(here),
                "noise": int((labels[here] == -1).sum()),
                "silhouette_rows": len(here),
                "exact": True,
                "clusters": [
                    {
                        "cluster": i,
                        "rows": int((labels[here] == i).sum()),
                        "silhouette": round(float(rng.uniform(0, 0.6)), 3),
                        "compactness": 1.25,
                        "separation": 3.5,
                        "nearest": ids[(place + 1) % len(ids)],
                        "stability": round(float(rng.uniform(0.4, 1)), 3),
                        "class": rows.classes[0] if rows.classes else None,
                        "purity": 0.8 if rows.classes else None,
                    }
                    for place, i in enumerate(ids)
                ],
                "coverage_curve": {
                    "by": "membership",
                    "points": [
                        {"coverage": c / 20, "accuracy": 1 - 0.3 * c / 20} for c in range(1, 21)
                    ],
                },
                "by_length": None,
            }
        train = split_rows["train"]
        stable = rng.uniform(0, 1, len(train)).astype(np.float32)
        stable[::7] = np.nan
        np.save(home / "train.stability.npy", stable)
        order = np.argsort(stable)[:30]
        clusterers[name] = {
            "splits": splits,
            "stability": {
                "rows": len(train),
                "seeds": {"ari": [0.51, 0.55, 0.6, 0.48, 0.7], "mean": 0.568, "sd": 0.08},
                "bootstrap": {"ari": [0.8, 0.82, 0.9], "mean": 0.84, "sd": 0.05},
                "reason": None,
                "unstable": [{"row": int(r), "stability": float(stable[r])} for r in order],
            },
            "prediction_strength": {"value": 0.71, "split": "test", "clusters": [], "reason": None},
        }
        explained[name] = _explained(folder, run, name, train)
    sizes = {name: len(here) for name, here in split_rows.items()}
    _json(
        folder / "evaluation.json",
        {
            "about": {"resamples": 200, "level": 0.95, "refits": 5, "rows": 5000, "seed": 0},
            "data": {name: _data(run, name, n) for name, n in sizes.items()},
            "clusterers": clusterers,
        },
    )
    content = {"image": "images", "text": "texts"}.get(run.run["data"]["content"], "table")
    _json(
        folder / "explanations.json",
        {
            "content": content,
            "about": {"shown": 12},
            "clusterers": explained,
            "reconstructions": [],
        },
    )
    return folder


def _explained(folder: Path, run: Any, name: str, train: np.ndarray) -> dict[str, Any]:
    from pyarrow import parquet

    items = parquet.read_table(folder / "data" / "train.parquet").to_pydict()
    labels = run.assignments.clusters[name][train]

    def item(row: int) -> dict[str, Any]:
        value = items["item"][row]
        about = {"split": "train", "row": row, "id": items["id"][row]}
        if isinstance(value, bytes):
            return {**about, "image": base64.b64encode(value).decode()}
        return {**about, "text": value}

    clusters = []
    for i in np.unique(labels[labels >= 0]).tolist():
        here = np.flatnonzero(labels == i).tolist()
        texts = isinstance(items["item"][here[0]], str)
        clusters.append(
            {
                "cluster": i,
                "rows": len(here),
                "typical": [item(row) for row in here[:12]],
                "borderline": [{**item(row), "next": 0} for row in here[-8:]],
                "words": [
                    {"word": word, "score": 0.5, "rows": 9}
                    for word in items["item"][here[0]].split()[:9]
                ]
                if texts
                else None,
                "mean_image": None if texts else item(here[0])["image"],
                "features": None,
                "classes": [
                    {"name": c, "rows": 9, "share": 0.3} for c in run.assignments.classes[:3]
                ],
            }
        )
    return {"left_out": 0, "clusters": clusters}


def _data(run: Any, split: str, rows: int) -> dict[str, Any]:
    texts = run.run["data"]["content"] == "text"
    return {
        "rows": rows,
        "classes": [{"name": c, "rows": 10 + i} for i, c in enumerate(run.assignments.classes)],
        "unlabelled": 0,
        "lengths": {
            "unit": "characters",
            "min": 3,
            "median": 220,
            "mean": 230.5,
            "max": 800,
            "edges": list(range(0, 820, 40)),
            "counts": [int(300 * np.exp(-(((i - 6) / 3) ** 2))) for i in range(20)],
        }
        if texts
        else None,
        "duplicates": {"rows": 2, "in_train": 0, "examples": [[0, 1]]},
        "near_empty": {"rows": 1, "what": "fewer than 3 words", "examples": [2]},
    }


def _json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, allow_nan=False), "utf-8")
