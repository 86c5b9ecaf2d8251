"""The figures of a run as PNG and SVG; the same run gives the same bytes."""

from clusterforge.report.figures.bars import classes, sizes, stability
from clusterforge.report.figures.canvas import Figure, file_name
from clusterforge.report.figures.diagrams import dimensions, pipeline
from clusterforge.report.figures.lines import by_length, coverage, curve, phases
from clusterforge.report.figures.maps import maps
from clusterforge.report.figures.matrices import confusions
from clusterforge.report.figures.networks import architectures
from clusterforge.report.figures.pictures import members, reconstructions
from clusterforge.report.figures.silhouettes import silhouettes
from clusterforge.report.figures.texts import lengths, words

__all__ = [
    "Figure",
    "architectures",
    "by_length",
    "classes",
    "confusions",
    "coverage",
    "curve",
    "dimensions",
    "file_name",
    "lengths",
    "maps",
    "members",
    "phases",
    "pipeline",
    "reconstructions",
    "silhouettes",
    "sizes",
    "stability",
    "words",
]
