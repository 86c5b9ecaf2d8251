"""A finished run made readable: its figures and its report."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from clusterforge.report import curves, figures
from clusterforge.report.folder import RunFolder, read
from clusterforge.report.matching import Confusion, all_clusters, confusion
from clusterforge.report.page import render
from clusterforge.storage.atomic import write_text

REPORT = "report.html"
FIGURES = "figures"


def write_report(folder: Path) -> None:
    """Write ``figures/*.png``, ``figures/*.svg`` and ``report.html`` of a run.

    Parameters
    ----------
    folder
        The run folder; only ``run.json`` must be there, and what is missing is left out. The
        same files give the same figures and page, byte for byte.

    Raises
    ------
    InputError
        Where the folder is not that of a run, or one of its files is damaged.
    EnvironmentProblem
        Where a file can't be written.
    """
    run = read(folder)
    assignments = run.assignments
    found = all_clusters(assignments) if assignments else {}
    matrices: dict[str, list[tuple[str, Confusion]]] = {}
    if assignments and assignments.classes:
        for name in found:
            of_splits = [
                (split, confusion(assignments, name, i))
                for i, split in enumerate(assignments.splits)
            ]
            matrices[name] = [(split, matrix) for split, matrix in of_splits if matrix is not None]
    loss, details = curves.losses(run), curves.details(run)

    target = folder / FIGURES
    stems = []
    if run.map and assignments:
        stems.append(figures.maps(target, run.map, assignments, found))
    stems += [figures.curve(target, chart) for chart in (*loss, *details) if chart.series]
    stems += [figures.confusions(target, name, of) for name, of in matrices.items() if of]
    bars = _sizes(run)
    if bars:
        stems.append(figures.sizes(target, bars, found))
    picture = (target / "map.png").read_bytes() if "map" in stems else None
    write_text(folder / REPORT, render(run, found, matrices, (loss, details), stems, picture))


def _sizes(run: RunFolder) -> dict[str, dict[int, int]]:
    """Return the rows in each cluster of each clusterer, over all splits."""
    if run.assignments is None:
        return {}
    result = {}
    for name, labels in run.assignments.clusters.items():
        ids, counts = np.unique(labels[labels >= -1], return_counts=True)
        if len(ids):
            result[name] = {int(i): int(n) for i, n in zip(ids, counts, strict=True)}
    return result
