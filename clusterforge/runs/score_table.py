"""The scores as tables: one per split, a row per clusterer, a column per metric.

The terminal, the report and comparisons show the same cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clusterforge.contracts import Noise
from clusterforge.formats import count, interval, number, share
from clusterforge.runs.ranking import in_order, winners
from clusterforge.runs.records import MetricRecord, Metrics, ScoreRecord

ARROWS = {"higher": "↑", "lower": "↓", "none": ""}
TREATMENTS: dict[Noise, str] = {
    "excluded": "noise left out",
    "cluster": "noise as one cluster",
    "singletons": "each noise row a cluster of its own",
}


@dataclass(frozen=True)
class Column:
    """The heading of a metric."""

    metric: str
    record: MetricRecord

    @property
    def title(self) -> str:
        """What the metric is called, with an arrow towards the better values."""
        return f"{self.record.title} {ARROWS[self.record.direction]}".rstrip()


@dataclass(frozen=True)
class Cell:
    """A score as tables write it."""

    score: ScoreRecord
    best: bool = False

    @property
    def text(self) -> str:
        """The value."""
        return number(self.score.value)

    @property
    def interval(self) -> str:
        """The bootstrap interval; empty without one, and where it is but the value."""
        low, high, value = self.score.low, self.score.high, self.score.value
        return "" if value is None or low == high == value else interval(low, high)

    @property
    def undefined(self) -> bool:
        """Whether there is no value."""
        return self.score.value is None

    @property
    def estimated(self) -> bool:
        """Whether the value is an estimate from a sample of the rows."""
        return not self.score.exact and not self.undefined

    @property
    def partial(self) -> bool:
        """Whether rows called noise are left out of the value."""
        return self.score.noise == "excluded" and self.score.coverage < 1 and not self.undefined

    @property
    def note(self) -> str:
        """What the value rests on, in one line."""
        score = self.score
        parts = [
            count(score.rows, "row"),
            f"{TREATMENTS[score.noise]}, covers {share(score.coverage)}"
            if score.coverage < 1
            else "",
            f"interval {self.interval}" if self.interval else "",
            "estimated from a sample" if self.estimated else "",
            score.reason or ("no reason given" if self.undefined else ""),
        ]
        return "; ".join(part for part in parts if part)


@dataclass(frozen=True)
class Row:
    """The scores of one clusterer on one split; ``cells`` are in the order of the columns.

    ``coverage`` is the share of the rows that are not noise.
    """

    clusterer: str
    clusters: int
    coverage: float | None
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class ScoreTable:
    """The scores of one split."""

    split: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def cells(self) -> list[Cell]:
        """All cells, row by row."""
        return [cell for row in self.rows for cell in row.cells if cell]


def score_tables(metrics: Metrics) -> list[ScoreTable]:
    """Return a table for each split with scores, noise left out."""
    headline = metrics.headline()
    return [_table(metrics, split, headline) for split in dict.fromkeys(s for _, s, _ in headline)]


def other_treatments(metrics: Metrics) -> list[ScoreRecord]:
    """Return the scores that treat noise in another way."""
    shown = {id(score) for score in metrics.headline().values()}
    return [score for score in metrics.scores if id(score) not in shown]


def _table(
    metrics: Metrics, split: str, headline: Mapping[tuple[str, str, str], ScoreRecord]
) -> ScoreTable:
    here = {(c, m): score for (c, s, m), score in headline.items() if s == split}
    names = [name for name in in_order(metrics.metrics) if any(m == name for _, m in here)]
    best = {
        name: winners((s for (_, m), s in here.items() if m == name), metrics.metrics[name])
        for name in names
    }
    rows = tuple(
        Row(
            clusterer=clusterer,
            clusters=clustering.n_clusters,
            coverage=clustering.coverage(split),
            cells=tuple(
                Cell(here[clusterer, name], clusterer in best[name])
                if (clusterer, name) in here
                else None
                for name in names
            ),
        )
        for clusterer, clustering in metrics.clusterings.items()
        if any(c == clusterer for c, _ in here)
    )
    return ScoreTable(split, tuple(Column(name, metrics.metrics[name]) for name in names), rows)
