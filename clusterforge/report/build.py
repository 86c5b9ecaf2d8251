"""A finished run made readable: its figures and its report."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from clusterforge.report import curves, figures
from clusterforge.report.figures import Figure
from clusterforge.report.figures.records import records, table
from clusterforge.report.folder import RunFolder, read
from clusterforge.report.matching import Clusters, Confusion, all_clusters, confusion
from clusterforge.report.page import render
from clusterforge.storage.atomic import write_text

REPORT = "report.html"
FIGURES = "figures"


def write_report(folder: Path, *, figures: bool = True) -> None:
    """Write ``figures/*.png``, ``figures/*.svg`` and ``report.html`` of a run.

    Parameters
    ----------
    folder
        The run folder; only ``run.json`` must be there, and what is missing is left out. The
        same files give the same figures and page, byte for byte. Figures that an earlier report
        names and this one does not are removed.
    figures
        Whether the figures are drawn; without them the page stands alone.

    Raises
    ------
    InputError
        Where the folder is not that of a run, or one of its files is damaged.
    EnvironmentProblem
        Where a file can't be written.
    """
    run = read(folder)
    drawn = figures_of(folder, run) if figures else []
    made = {f"{stem}.{kind}" for stem in drawn for kind in ("png", "svg")}
    before = (folder / REPORT).read_text("utf-8", "replace") if (folder / REPORT).is_file() else ""
    for path in (folder / FIGURES).glob("*.[ps][nv]g"):
        if path.name not in made and f'href="{FIGURES}/{path.name}"' in before:
            path.unlink()
    picture = (folder / FIGURES / "map.png").read_bytes() if "map" in drawn else None
    found = all_clusters(run.assignments) if run.assignments else {}
    charts = curves.losses(run), curves.details(run)
    text = render(run, found, _matrices(run, found), charts, [*drawn], picture)
    write_text(folder / REPORT, text)


def figures_of(folder: Path, run: RunFolder) -> list[Figure]:
    """Write every figure that a run has the data for.

    Returns
    -------
    list of Figure
        The stems of the files under ``figures/``, in the order in which they are read.
    """
    return list(_drawn(folder, run, all_clusters(run.assignments) if run.assignments else {}))


def _matrices(
    run: RunFolder, found: Mapping[str, Clusters]
) -> dict[str, list[tuple[str, Confusion]]]:
    """Return the confusion matrices of each clusterer by split; none without labels."""
    if run.assignments is None or not run.assignments.classes:
        return {}
    matrices = {}
    for name in found:
        of_splits = [
            (split, confusion(run.assignments, name, i))
            for i, split in enumerate(run.assignments.splits)
        ]
        matrices[name] = [(split, matrix) for split, matrix in of_splits if matrix is not None]
    return matrices


def _drawn(folder: Path, run: RunFolder, found: Mapping[str, Clusters]) -> Iterator[Figure]:
    target, assignments = folder / FIGURES, run.assignments
    dims = figures.dimensions(folder)
    data = table(run.evaluation, "data")
    yield from figures.pipeline(target, run, dims)
    if assignments:
        if run.map:
            yield from figures.maps(target, run.map, assignments, found)
        yield from figures.sizes(target, assignments, found)
    for name, of in _matrices(run, found).items():
        yield from figures.confusions(target, name, found[name], of)
    for name, clusters in found.items():
        yield from _of_clusterer(target, run, name, clusters)
    charts = (*curves.losses(run), *curves.details(run))
    yield from (figures.curve(target, chart) for chart in charts if chart.series)
    yield from figures.phases(target, run.phases)
    yield from figures.reconstructions(target, run.explanations.get("reconstructions"))
    yield from figures.architectures(target, run.run.get("networks"), _inputs(run, dims))
    yield from figures.classes(target, data, assignments)
    yield from figures.lengths(target, data)


def _of_clusterer(target: Path, run: RunFolder, name: str, clusters: Clusters) -> Iterator[Figure]:
    assignments = run.assignments
    assert assignments is not None
    classes, labels = assignments.classes, assignments.clusters[name]
    judged = table(run.evaluation, "clusterers", name)
    splits, explained = table(judged, "splits"), table(run.explanations, "clusterers", name)
    values = run.rows.get(name, {}).get("silhouette")
    for place, split in enumerate(assignments.splits):
        here = assignments.split == place
        if values is not None:
            yield from figures.silhouettes(
                target, name, split, values[here], labels[here], clusters, classes
            )
    yield from figures.stability(target, name, judged, clusters, classes)
    yield from figures.coverage(target, name, splits)
    yield from figures.by_length(target, name, splits)
    yield from figures.words(target, name, explained, clusters, classes)
    yield from figures.members(target, name, explained, clusters, classes)


def _inputs(run: RunFolder, dims: Mapping[str, int]) -> dict[str, int]:
    """Return how many values each encoder takes: those of the encoder before, or of an item."""
    stages = [str(stage.get("stage") or "") for stage in records(run.run.get("stages"))]
    chain = [stage for stage in stages if stage.startswith("encoder.")]
    inputs = {after: dims[before] for before, after in pairwise(chain) if before in dims}
    shapes = [table(told).get("shape") for told in run.splits.values()]
    if chain and shapes and isinstance(shapes[0], list):
        sizes = [n for n in shapes[0] if isinstance(n, int)]
        if len(sizes) == len(shapes[0]):
            inputs[chain[0]] = math.prod(sizes)
    return inputs
