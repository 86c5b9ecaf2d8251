"""The closing table of a run: clusterers and splits by metrics, and what the numbers rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clusterforge.cli import terminal

ARROWS = {"higher": " ↑", "lower": " ↓"}
HEADLINE = "excluded"
Score = Mapping[str, Any]
Row = tuple[str, str]


def show(scores: Sequence[Score], info: Mapping[str, Any]) -> None:
    """Print the headline scores of a run and their footnotes.

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
    rows = list(dict.fromkeys((score["clusterer"], score["split"]) for score in headline))
    metrics = {score["metric"]: score["direction"] for score in headline}
    found = {(score["clusterer"], score["split"], score["metric"]): score for score in headline}
    headers = ["clusterer", "split"]
    headers += [name + ARROWS.get(direction, "") for name, direction in metrics.items()]
    digits = {name: _digits(name, headline) for name in metrics}
    table = []
    for row in rows:
        shown = [number(found.get((*row, name)), digits[name]) for name in metrics]
        table.append([*row, *shown, f"{coverage(headline, row):.1%}"])
    columns = list(metrics)
    bold = {
        (rows.index(row), 2 + columns.index(name))
        for name, direction in metrics.items()
        for row in _best(rows, name, direction, found)
    }
    terminal.grid([*headers, "covered"], table, bold, keep=2)
    for line in footnotes(headline, rows, info):
        terminal.wrapped(line, "  ", "")


def number(score: Score | None, digits: int) -> str:
    """Return a score as a cell, with an asterisk where it is estimated."""
    if score is None or score["value"] is None:
        return "–"
    return f"{score['value']:,.{digits}f}{'' if score['exact'] else '*'}"


def _digits(metric: str, headline: Sequence[Score]) -> int:
    values = [score["value"] for score in headline if score["metric"] == metric]
    return 1 if any(abs(value) >= 100 for value in values if value is not None) else 3


def coverage(headline: Sequence[Score], row: Row) -> float:
    """Return the share of a row's points that are not noise."""
    of_row = [score for score in headline if (score["clusterer"], score["split"]) == row]
    # Scores that need labels are of the labelled rows alone.
    of_all = [score for score in of_row if not score["labels"]]
    known = [score["coverage"] for score in of_all or of_row if of_all or score["n"]]
    return float(min(known, default=0.0))


def footnotes(headline: Sequence[Score], rows: Sequence[Row], info: Mapping[str, Any]) -> list[str]:
    """Return what the numbers rest on, one line each."""
    lines = []
    reasons: dict[str, list[str]] = {}
    for score in headline:
        if score["value"] is None or not score["exact"]:
            sign = "–" if score["value"] is None else "*"
            reason = score["reason"] or (
                "undefined" if sign == "–" else "from a sample of the rows"
            )
            where = f"{score['metric']} of {score['clusterer']} on {score['split']}"
            reasons.setdefault(f"{sign} {reason}", []).append(where)
    lines += [f"{reason}: {', '.join(where)}" for reason, where in reasons.items()]
    if any(coverage(headline, row) < 1 for row in rows):
        lines.append(
            "covered: share of rows that are not noise; the scores leave noise out. The report "
            "also counts it as one cluster and as single rows."
        )
    if info.get("labels_in_training"):
        lines.append("labels were used in training: don't compare with unsupervised scores")
    if info.get("labels_used"):
        lines.append(f"labels used: {', '.join(info['labels_used'])}")
    return lines


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
