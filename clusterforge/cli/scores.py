"""The closing table of a run: clusterers and splits by metrics, and what the numbers rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from clusterforge.cli import terminal

ARROWS = {"higher": " ↑", "lower": " ↓"}
HEADLINE = "excluded"
Score = Mapping[str, Any]
Row = tuple[str, str]


def show(scores: Sequence[Score], info: Mapping[str, Any]) -> None:
    """Print the headline scores of a run and their footnotes.

    Of these the first that fits is taken: a row for each clusterer and split with intervals, a row
    for each metric with intervals, both without intervals, the latter in parts.

    Parameters
    ----------
    scores
        As in ``metrics.json``.
    info
        As in ``run.json``.
    """
    headline = [score for score in scores if score["noise"] == HEADLINE]
    if not headline:
        terminal.result("no scores")
        return
    table = Table.of(headline)
    intervals = table.with_intervals() if any(map(half, headline)) else table
    shapes = [intervals.wide(), intervals.tall(), table.wide(), table.tall()]
    best = next((shape for shape in shapes if shape.size <= terminal.width()), shapes[-1])
    terminal.grid(best.headers, best.rows, best.bold, keep=best.keep)
    for line in footnotes(headline, table.names, info):
        terminal.wrapped(line, "  ", "")
    if best in shapes[:2] and intervals is not table:
        terminal.wrapped("±: half of the 95 % bootstrap interval", "  ", "")


@dataclass(frozen=True)
class Shape:
    """A table as it is printed: ``keep`` columns name a row, ``bold`` are the cells (row, column)."""

    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    bold: set[tuple[int, int]]
    keep: int

    @property
    def size(self) -> int:
        """The columns of the terminal that it takes."""
        return terminal.grid_width(self.headers, self.rows)


@dataclass(frozen=True)
class Table:
    """The headline: for each clusterer and split its cells by metric, and its coverage."""

    headline: Sequence[Score]
    names: Sequence[Row]
    metrics: Mapping[str, str]
    cells: Mapping[tuple[str, str, str], str]
    best: set[tuple[str, str, str]]

    @classmethod
    def of(cls, headline: Sequence[Score]) -> Table:
        """Return the table of scores that leave noise out."""
        names = list(dict.fromkeys((score["clusterer"], score["split"]) for score in headline))
        metrics = {score["metric"]: score["direction"] for score in headline}
        found = {(s["clusterer"], s["split"], s["metric"]): s for s in headline}
        digits = {name: _digits(name, headline) for name in metrics}
        cells = {
            (*row, name): number(found.get((*row, name)), digits[name])
            for row in names
            for name in metrics
        }
        best = {
            (*row, name)
            for name, direction in metrics.items()
            for row in _best(names, name, direction, found)
        }
        return cls(headline, names, metrics, cells, best)

    def with_intervals(self) -> Table:
        """Return the table with half of each interval behind its value, in line."""
        found = {(s["clusterer"], s["split"], s["metric"]): s for s in self.headline}
        cells = {}
        for name in self.metrics:
            digits = _digits(name, self.headline)
            parts = {row: half(found.get((*row, name))) for row in self.names}
            shown = {row: "" if v is None else f" ±{v:,.{digits}f}" for row, v in parts.items()}
            widest = max(map(len, shown.values()))
            for row in self.names:
                cells[*row, name] = f"{self.cells[*row, name]}{shown[row]:<{widest}}"
        return replace(self, cells=cells)

    def wide(self) -> Shape:
        """Return a row for each clusterer and split."""
        columns = list(self.metrics)
        rows = [
            [*row, *(self.cells[*row, name] for name in columns), self._covered(row)]
            for row in self.names
        ]
        bold = {(self.names.index((c, s)), 2 + columns.index(m)) for c, s, m in self.best}
        return Shape(["clusterer", "split", *self._titles(), "covered"], rows, bold, 2)

    def tall(self) -> Shape:
        """Return a row for each metric."""
        metrics = list(self.metrics)
        rows = [["", *(split for _, split in self.names)]]
        rows += [
            [title, *(self.cells[*row, name].rstrip() for row in self.names)]
            for title, name in zip(self._titles(), metrics, strict=True)
        ]
        rows.append(["covered", *map(self._covered, self.names)])
        bold = {(1 + metrics.index(m), 1 + self.names.index((c, s))) for c, s, m in self.best}
        return Shape(["", *(clusterer for clusterer, _ in self.names)], rows, bold, 1)

    def _titles(self) -> list[str]:
        return [name + ARROWS.get(direction, "") for name, direction in self.metrics.items()]

    def _covered(self, row: Row) -> str:
        share = covered(self.headline, row)
        return "–" if share is None else f"{share:.1%}"


def number(score: Score | None, digits: int) -> str:
    """Return a score as a cell, with an asterisk where it is estimated."""
    if score is None or score["value"] is None:
        return "–"
    return f"{score['value']:,.{digits}f}{'' if score['exact'] else '*'}"


def half(score: Score | None) -> float | None:
    """Return half of a score's interval; None where it has none."""
    if score is None or score["value"] is None:
        return None
    low, high = score.get("low"), score.get("high")
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return None
    return (high - low) / 2


def _digits(metric: str, headline: Sequence[Score]) -> int:
    values = [score["value"] for score in headline if score["metric"] == metric]
    return 1 if any(abs(value) >= 100 for value in values if value is not None) else 3


def covered(headline: Sequence[Score], row: Row) -> float | None:
    """Return the share of a row's points that are not noise; None where nothing tells."""
    of_row = [s for s in headline if (s["clusterer"], s["split"]) == row]
    of_all = [s for s in of_row if not s["labels"]]  # the others are of labelled rows alone
    return min((s["coverage"] for s in of_all or of_row if s["coverage"] is not None), default=None)


def footnotes(headline: Sequence[Score], rows: Sequence[Row], info: Mapping[str, Any]) -> list[str]:
    """Return what the numbers rest on, one line each."""
    lines = []
    reasons: dict[str, dict[Row, list[str]]] = {}
    for score in headline:
        if score["value"] is None or not score["exact"]:
            sign = "–" if score["value"] is None else "*"
            reason = score["reason"] or (
                "undefined" if sign == "–" else "from a sample of the rows"
            )
            row = score["clusterer"], score["split"]
            reasons.setdefault(f"{sign} {reason}", {}).setdefault(row, []).append(score["metric"])
    lines += [f"{reason}: {'; '.join(_where(found))}" for reason, found in reasons.items()]
    shares = [covered(headline, row) for row in rows]
    if any(share is not None and share < 1 for share in shares):
        lines.append(
            "covered: share of rows that are not noise; the scores leave noise out. The report "
            "also counts it as one cluster and as single rows."
        )
    if info.get("labels_in_training"):
        lines.append("labels were used in training: don't compare with unsupervised scores")
    if info.get("labels_used"):
        lines.append(f"labels used: {', '.join(info['labels_used'])}")
    return lines


def _where(found: Mapping[Row, Sequence[str]]) -> list[str]:
    """Return whose scores are meant; the splits in which they are the same ones together."""
    splits: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (clusterer, split), metrics in found.items():
        splits.setdefault((clusterer, tuple(metrics)), []).append(split)
    return [
        f"{', '.join(metrics)} of {clusterer} on {' and '.join(of)}"
        for (clusterer, metrics), of in splits.items()
    ]


def _best(
    rows: Sequence[Row], metric: str, direction: str, found: Mapping[tuple[str, str, str], Score]
) -> list[Row]:
    """Return the best row of each split, where several clusterers compete."""
    if direction not in ARROWS or len({clusterer for clusterer, _ in rows}) < 2:
        return []
    best = []
    for split in dict.fromkeys(split for _, split in rows):
        values = {
            row: found[(*row, metric)]["value"]
            for row in rows
            if row[1] == split and (*row, metric) in found
        }
        known = {row: value for row, value in values.items() if value is not None}
        if known:
            top = (max if direction == "higher" else min)(known.values())
            best += [row for row, value in known.items() if value == top]
    return best
