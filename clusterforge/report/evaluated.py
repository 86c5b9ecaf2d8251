"""What the evaluation says of the data and of how far a clustering can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

from clusterforge.report.curves import Curve, lengths
from clusterforge.report.source import RowView, Source
from clusterforge.report.verdict import steadiness
from clusterforge.runs.records import Agreement, ClusteringEvaluation, Reconstruction, SplitContents

EXAMPLES = 10
UNSTABLE = 24


@dataclass(frozen=True)
class DataView:
    """What a split holds: ``copies`` are pairs of equal rows, ``empty`` rows with next to nothing."""

    split: str
    contents: SplitContents
    largest: int
    lengths: Curve | None
    copies: tuple[tuple[RowView, RowView], ...]
    empty: tuple[RowView, ...]


@dataclass(frozen=True)
class Repeat:
    """How far refits of one kind agree with the run."""

    kind: str
    agreement: Agreement
    steadiness: str


@dataclass(frozen=True)
class TrustView:
    """How often a clustering comes out alike, and the rows that move between its clusters."""

    name: str
    evaluation: ClusteringEvaluation
    repeats: tuple[Repeat, ...]
    unstable: tuple[tuple[RowView, float], ...]


def data(source: Source) -> list[DataView]:
    """Describe each split: classes, lengths, copies, rows with next to nothing in them."""
    charts = {chart.owner: chart for chart in lengths(source)}
    return [
        DataView(
            split=split,
            contents=of,
            largest=max((c.rows for c in of.classes or ()), default=0) or 1,
            lengths=charts.get(split),
            copies=tuple(
                (source.row(split, a), source.row(split, b))
                for a, b in of.duplicates.examples[:EXAMPLES]
            ),
            empty=tuple(source.row(split, row) for row in of.near_empty.examples[:EXAMPLES]),
        )
        for split, of in source.evaluation.data.items()
    ]


def trust(source: Source) -> list[TrustView]:
    """Say of each clusterer how often it comes out alike, and which rows move."""
    views = []
    for name, of in source.evaluation.clusterings.items():
        kinds = {"over seeds": of.stability.seeds, "over bootstrap samples": of.stability.bootstrap}
        repeats = [Repeat(kind, a, steadiness(a.mean)) for kind, a in kinds.items() if a]
        unstable = [
            (source.row("train", one.row), one.stability)
            for one in of.stability.unstable[:UNSTABLE]
        ]
        views.append(TrustView(name, of, tuple(repeats), tuple(unstable)))
    return views


def reconstructions(source: Source) -> dict[str, list[Reconstruction]]:
    """Return originals and what a decoder made of them, by stage and split."""
    groups: dict[str, list[Reconstruction]] = {}
    for of in source.explanations.reconstructions:
        groups.setdefault(f"{of.stage}, {of.split}", []).append(of)
    return groups
