"""Cluster cards: what each cluster is, from the assignments, the evaluation and the explanations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from clusterforge.report.figures.records import number as numeric
from clusterforge.report.figures.records import records, table, whole
from clusterforge.report.folder import Assignments, RunFolder
from clusterforge.report.matching import Clusters
from clusterforge.report.palette import colour
from clusterforge.report.rows import Places

PICTURE = re.compile(r"[A-Za-z0-9+/]+={0,2}")
MAX_TEXT = 280
MAX_PICTURE = 60_000
STRONGEST = 4.0  # a feature's z that fills its bar


def cards(
    run: RunFolder, found: Mapping[str, Clusters], places: Places
) -> dict[str, dict[str, Any]]:
    """Describe the clusters of each clusterer, the largest first.

    Parameters
    ----------
    run
        The run.
    found
        The clusters of each clusterer.
    places
        Where rows stand on the map.

    Returns
    -------
    dict
        For each clusterer ``splits``, ``listed``, ``largest`` (share), ``labelled``, ``judged`` (the split
        that silhouette and the like are of) and ``told`` (whether members are shown).
    """
    assignments = run.assignments
    if assignments is None:
        return {}
    return {
        name: _clusterer(run, assignments, name, clusters, places)
        for name, clusters in found.items()
    }


def _clusterer(
    run: RunFolder, assignments: Assignments, name: str, clusters: Clusters, places: Places
) -> dict[str, Any]:
    labels = assignments.clusters[name]
    given = labels >= -1
    splits = np.unique(assignments.split[given]).tolist()
    evaluated = table(run.evaluation, "clusterers", name)
    by_split = table(evaluated, "splits")
    judged = "train" if "train" in by_split else next(iter(by_split), None)
    values = _by_id(table(by_split.get(judged or "")).get("clusters"))
    strength = _by_id(table(evaluated, "prediction_strength").get("clusters"))
    told = _by_id(table(run.explanations, "clusterers", name).get("clusters"))
    listed: list[dict[str, Any]] = []
    for i in [*clusters.ids, -1]:
        here = labels == i
        rows = int(here.sum())
        if not rows:
            continue
        value, mix = values.get(i, {}), _mix(assignments, here)
        of_class = clusters.like.get(i)
        listed.append(
            {
                "cluster": i,
                "name": "noise" if i < 0 else str(i),
                "like": assignments.classes[of_class] if of_class is not None else None,
                "colour": colour(clusters.colours.get(i, -1)),
                "rows": rows,
                "share": rows / int(given.sum()),
                "splits": [int((here & (assignments.split == s)).sum()) for s in splits],
                "top": mix[0]["name"] if mix else None,
                "purity": mix[0]["share"] if mix else None,
                **{
                    key: numeric(value, key)
                    for key in ("silhouette", "stability", "compactness", "separation")
                },
                "nearest": whole(value, "nearest"),
                "strength": numeric(strength.get(i, {}), "value"),
                "last": i < 0,
                "card": _card(told[i], mix, places) if i in told else None,
            }
        )
    listed.sort(key=lambda row: (row["last"], -row["rows"]))
    measures = ("silhouette", "stability", "strength", "compactness", "separation", "nearest")
    return {
        "splits": [assignments.splits[s] for s in splits],
        "listed": listed,
        "largest": max((row["share"] for row in listed), default=1),
        "labelled": bool(assignments.classes),
        "judged": judged,
        "measures": [m for m in measures if any(row[m] is not None for row in listed)],
        "told": bool(told),
    }


def _by_id(value: object) -> dict[int, dict[str, Any]]:
    return {i: of for of in records(value) if (i := whole(of, "cluster")) is not None}


def _mix(assignments: Assignments, here: np.ndarray[Any, Any]) -> list[dict[str, Any]]:
    """Return the classes among some rows, the largest first."""
    truth = assignments.truth[here]
    counts = np.bincount(truth[truth >= 0])
    order = [c for c in np.argsort(-counts, kind="stable").tolist() if counts[c]]
    return [
        {"name": assignments.classes[c], "share": float(counts[c] / counts.sum())} for c in order
    ]


def _card(told: dict[str, Any], mix: list[dict[str, Any]], places: Places) -> dict[str, Any]:
    return {
        "words": [str(word.get("word")) for word in records(told.get("words"))],
        "mean_image": picture(told.get("mean_image")),
        "features": [_feature(f) for f in records(told.get("features"))],
        "classes": mix,
        "typical": [item(of, places) for of in records(told.get("typical"))],
        "borderline": [item(of, places) for of in records(told.get("borderline"))],
    }


def _feature(of: dict[str, Any]) -> dict[str, Any]:
    z = numeric(of, "z") or 0.0
    return {
        "name": str(of.get("name")),
        "mean": numeric(of, "mean"),
        "overall": numeric(of, "overall"),
        "z": z,
        "part": min(abs(z) / STRONGEST, 1.0),
    }


def item(of: dict[str, Any], places: Places) -> dict[str, Any]:
    """Return one member as the page shows it; ``at`` is its number on the map, None if not there."""
    text = of.get("text")
    text = text if isinstance(text, str) else None
    return {
        "id": str(of.get("id") if of.get("id") is not None else of.get("row")),
        "at": places(of.get("split"), of.get("row")),
        "text": text[: MAX_TEXT - 1] + "…" if text and len(text) > MAX_TEXT else text,
        "picture": picture(of.get("image")),
        "values": [
            {"name": str(value.get("name")), "value": numeric(value, "value")}
            for value in records(of.get("values"))
        ],
        "next": whole(of, "next"),
    }


def picture(value: object) -> str | None:
    """Return a picture in base64; None where it is none, or too large."""
    fine = isinstance(value, str) and len(value) <= MAX_PICTURE and PICTURE.fullmatch(value)
    return value if fine and isinstance(value, str) else None
