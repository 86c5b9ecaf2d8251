"""The figures of a run that a paper or a course report needs, as PNG and SVG.

The same run gives the same bytes. Nothing else of the report imports this room, nor matplotlib.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from clusterforge.report.curves import details, losses
from clusterforge.report.figures.charts import confusion, curve, silhouettes
from clusterforge.report.figures.maps import maps
from clusterforge.report.figures.networks import architecture, reconstructions
from clusterforge.report.source import Source
from clusterforge.runs.records import RunRecord

__all__ = ["draw"]


def draw(source: Source, folder: Path) -> list[str]:
    """Write every figure that a run has the data for, and remove those of an earlier report.

    Returns
    -------
    list of str
        The names of the figures: each is a PNG and an SVG of that stem.
    """
    names = list(_drawn(source, folder))
    files = {f"{name}.{kind}" for name in names for kind in ("png", "svg")}
    for path in folder.glob("*.[ps][nv]g"):
        if path.name not in files:
            path.unlink()
    return names


def _drawn(source: Source, folder: Path) -> Iterator[str]:
    if source.map is not None:
        yield from maps(folder, source, source.map)
    for name, matrices in source.matrices.items():
        for split, matrix in matrices.items():
            yield confusion(folder, source, name, split, matrix)
    for name in source.clusters:
        yield from silhouettes(folder, source, name)
    training = [c for c in losses(source.folder.history.epochs) if c.name.startswith("loss-")]
    for chart in (*training, *details(source)):
        yield curve(folder, chart)
    yield from reconstructions(folder, source.explanations.reconstructions)
    for stage, network in source.run.networks.items():
        yield architecture(folder, stage, network, _inputs(source.run, stage))


def _inputs(run: RunRecord, stage: str) -> int:
    """Return how many values the encoder of a stage takes per row; 0 where that varies."""
    position = int(stage.split(".")[1])
    if position:
        return run.encoders[position - 1].dim
    shape = next(iter(run.data.splits.values())).shape
    return math.prod(shape) if shape else 0
