"""The clusters of each clusterer, one by one: size, name, measures, members."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clusterforge.formats import number
from clusterforge.report.matching import Confusion
from clusterforge.report.palette import colour
from clusterforge.report.source import RowView, Source
from clusterforge.runs.ranking import FITTED
from clusterforge.runs.records import (
    ClassShare,
    ClusterChance,
    ClusterEvaluation,
    ClusterExplanation,
    ClusteringRecord,
)

STRANGEST = 12
STRONGEST = 4.0  # a feature's z that fills its bar
MEASURES = {
    "silhouette": "mean silhouette of its rows: 1 lies well, 0 on the border, less than 0 nearer to another",
    "stability": "share of refits in which its rows stay in it, on average",
    "pred. strength": "prediction strength: share of its pairs that stay together when train predicts them",
    "chance": "real: of clusters as distinct, noise would have 1 in 40 at most; may be chance: more",
    "compactness": "root mean squared distance to the centroid",
    "separation": "distance to the nearest other centroid",
    "nearest": "the cluster with the nearest centroid",
    "coherence": "mean NPMI of its words: 1 always stand together, 0 by chance, -1 never",
    "C_V": "coherence of its words by the company that they keep: 0 to 1, the higher the better",
}


@dataclass(frozen=True)
class ClusterView:
    """One cluster.

    Parameters
    ----------
    cluster
        Its number; -1 for noise.
    about, content
        What it is about, in a few words; its outstanding words or features.
    rows, share, splits
        Its rows: in all, as a share of all rows, and split by split.
    classes
        The classes of its labelled rows, the largest first.
    measures
        Its values by the names of ``MEASURES``, as they are written.
    explanation
        What it is, and its members; None for noise.
    """

    cluster: int
    about: str
    content: str
    colour: str
    rows: int
    share: float
    splits: tuple[int, ...]
    classes: tuple[ClassShare, ...]
    measures: dict[str, str]
    explanation: ClusterExplanation | None

    @property
    def further(self) -> str:
        """Its outstanding words or features, where its name has not all of them."""
        said = self.about.split(" · ")
        return "" if all(part in said for part in self.content.split(", ")) else self.content

    @property
    def name(self) -> str:
        """Its number, or ``noise``."""
        return "noise" if self.cluster < 0 else str(self.cluster)


@dataclass(frozen=True)
class StrangeRow:
    """A row that is an outlier: its cluster (-1 for noise), the nearest one, and its score in [0, 1]."""

    row: RowView
    cluster: int
    nearest: int
    score: float


@dataclass(frozen=True)
class ClusteringView:
    """The clusters of a clusterer, the largest first; ``measured`` is the split of the measures.

    ``strangest`` are the rows that are outliers the most.
    """

    name: str
    record: ClusteringRecord
    splits: tuple[str, ...]
    clusters: tuple[ClusterView, ...]
    noise: ClusterView | None
    measures: tuple[str, ...]
    measured: str | None
    matrices: dict[str, Confusion]
    strangest: tuple[StrangeRow, ...]

    @property
    def largest(self) -> float:
        """The share of the largest of them."""
        return max((c.share for c in (*self.clusters, self.noise) if c), default=1.0)


def clusterings(source: Source) -> list[ClusteringView]:
    """Describe the clusters of each clusterer; the best clusterer comes first."""
    names = sorted(source.clusters, key=lambda name: name != source.best)
    return [_clustering(source, name) for name in names]


def _clustering(source: Source, name: str) -> ClusteringView:
    labels = source.assignments.clusters[name]
    evaluation = source.evaluation.clusterings.get(name)
    splits = evaluation.splits if evaluation else {}
    measured = FITTED if FITTED in splits else next(iter(splits), None)
    evaluated = {of.cluster: of for of in splits[measured].clusters} if measured else {}
    parts = evaluation.prediction_strength.clusters if evaluation else ()
    strengths = {part.cluster: part.value for part in parts}
    chances = {of.cluster: of for of in evaluation.chance.clusters} if evaluation else {}
    present = np.unique(source.assignments.split[labels >= -1]).tolist()
    sizes = [labels[source.assignments.rows(source.splits[s])] for s in present]
    views = [
        _cluster(
            source,
            name,
            i,
            labels == i,
            sizes,
            _measures(evaluated.get(i), strengths.get(i), chances.get(i)),
        )
        for i in (*source.clusters[name].ids, -1)
        if i >= 0 or (labels == -1).any()
    ]
    clusters = sorted((v for v in views if v.cluster >= 0), key=lambda v: (-v.rows, v.cluster))
    return ClusteringView(
        name=name,
        record=source.metrics.clusterings[name],
        splits=tuple(source.splits[s] for s in present),
        clusters=tuple(clusters),
        noise=next((v for v in views if v.cluster < 0), None),
        measures=tuple(m for m in MEASURES if any(m in v.measures for v in clusters)),
        measured=measured,
        matrices=source.matrices[name],
        strangest=_strangest(source, name),
    )


def _strangest(source: Source, name: str) -> tuple[StrangeRow, ...]:
    table, folder = source.assignments, source.folder
    scores = np.zeros(len(table), dtype=np.float32)
    for split in table.splits:
        found = folder.outlying(name, split)
        if found is not None:
            scores[table.rows(split)] = found
    order = np.argsort(-scores, kind="stable")[:STRANGEST]
    strangest = []
    for place in order[scores[order] > 0].tolist():
        split = table.splits[table.split[place]]
        row = place - table.rows(split).start
        cluster = int(table.clusters[name][place])
        nearest = cluster
        if cluster < 0:
            here = folder.embedding(split, mapped=True)[row : row + 1]
            nearest = int(folder.places(name).nearest(here)[0])
        strangest.append(StrangeRow(source.row(split, row), cluster, nearest, float(scores[place])))
    return tuple(strangest)


def _cluster(
    source: Source,
    name: str,
    cluster: int,
    here: npt.NDArray[np.bool_],
    sizes: list[npt.NDArray[np.int64]],
    measures: dict[str, str],
) -> ClusterView:
    rows = int(here.sum())
    explanation = source.explained.get(name, {}).get(cluster)
    coherence = {} if explanation is None else _coherence(explanation)
    return ClusterView(
        cluster=cluster,
        about=source.about(name, cluster),
        content=source.content(name, cluster),
        colour=source.colour(name, cluster),
        rows=rows,
        share=rows / sum(int((labels >= -1).sum()) for labels in sizes),
        splits=tuple(int((labels == cluster).sum()) for labels in sizes),
        classes=_classes(source, here),
        measures=measures | coherence,
        explanation=explanation,
    )


def _measures(
    of: ClusterEvaluation | None, strength: float | None, chance: ClusterChance | None
) -> dict[str, str]:
    if of is None:
        return {}
    values = {
        "silhouette": of.silhouette,
        "stability": of.stability,
        "pred. strength": strength,
        "compactness": of.compactness,
        "separation": of.separation,
    }
    written = {name: number(value) for name, value in values.items() if value is not None}
    if chance is not None and chance.q is not None:
        written["chance"] = "real" if chance.real else "may be chance"
    return written | ({} if of.nearest is None else {"nearest": str(of.nearest)})


def _coherence(of: ClusterExplanation) -> dict[str, str]:
    values = {"coherence": of.coherence, "C_V": of.c_v}
    return {name: number(value) for name, value in values.items() if value is not None}


def _classes(source: Source, here: npt.NDArray[np.bool_]) -> tuple[ClassShare, ...]:
    """Return the classes among some rows, the largest first."""
    truth = source.assignments.truth[here]
    counts = np.bincount(truth[truth >= 0])
    order = [c for c in np.argsort(-counts, kind="stable").tolist() if counts[c]]
    names = source.assignments.classes
    return tuple(
        ClassShare(name=names[c], rows=int(counts[c]), share=float(counts[c] / counts.sum()))
        for c in order
    )


def matrix_data(source: Source, name: str, split: str, matrix: Confusion) -> dict[str, object]:
    """Return a confusion matrix as the scripts of the page take it."""
    return {
        "name": f"confusion-{name}-{split}",
        "title": f"{name} on {split}: labels by clusters",
        "rows": matrix.rows,
        "row_colours": [colour(i) for i in range(len(matrix.rows))],
        "columns": [
            source.name(name, c) if c >= 0 else of
            for c, of in zip(matrix.clusters, matrix.columns, strict=True)
        ],
        "heads": matrix.columns,
        "column_colours": [source.colour(name, c) for c in matrix.clusters],
        "matched": matrix.matched,
        "counts": matrix.counts.tolist(),
    }
