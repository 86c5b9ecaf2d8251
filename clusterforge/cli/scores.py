"""The end of a run: the scores of each split, which clusterer is best, and what the numbers rest on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clusterforge.cli import terminal
from clusterforge.formats import have, number, share
from clusterforge.runs.pressed import pressed
from clusterforge.runs.ranking import ENOUGH, rank
from clusterforge.runs.records import Baselines, Metrics, RunRecord, ScoreRecord, Seeds
from clusterforge.runs.score_table import Cell, ScoreTable, score_tables
from clusterforge.runs.side_tables import side_tables

MARKS = {"undefined": "–", "estimated": "*"}


def show(metrics: Metrics, run: RunRecord, *, weights: bool = False) -> None:
    """Print a table per split, a row per metric, and its footnotes.

    Parameters
    ----------
    metrics
        ``metrics.json``.
    run
        ``run.json``.
    weights
        Whether to say what weights from elsewhere were trained on: once, when the run has ended.
    """
    tables = score_tables(metrics)
    if not tables:
        terminal.result("no scores")
        return
    intervals = all(_fits(table) for table in tables)
    for table in tables:
        headers, rows = _cells(table, intervals)
        bold = {
            (number, 1 + column)
            for column, row in enumerate(table.rows)
            for number, cell in enumerate(row.cells)
            if cell and cell.best
        }
        if table is not tables[0]:
            terminal.result()
        terminal.grid(headers, rows, bold, justify="left")
    origins = [
        f"weights of {encoder.id} trained on {encoder.weights}"
        for encoder in run.encoders
        if encoder.weights and weights
    ]
    lines = [*_notes(tables, metrics, run, intervals), *origins]
    if lines:
        terminal.result()
    for line in lines:
        terminal.wrapped(line, "  ", "")


def show_side(seeds: Seeds | None, baselines: Baselines | None, metrics: Metrics) -> None:
    """Print the scores over several seeds, and those of the baselines, where the run has them.

    Parameters
    ----------
    seeds, baselines
        ``seeds.json`` and ``baselines.json``.
    metrics
        ``metrics.json``.
    """
    for table in side_tables(seeds, baselines, metrics):
        bold = {(row, 1 + column) for row, column in table.best}
        rows = [[first, *(text for text, _ in cells)] for first, cells in table.rows]
        terminal.result()
        terminal.grid([table.title, *table.headers], rows, bold, justify="left")
    if seeds:
        terminal.result()
        terminal.wrapped(
            "mean ± standard deviation; clusters and report are those of seed "
            f"{seeds.chosen}, whose clusters are most like those of the other seeds",
            "  ",
            "",
        )
    for one in baselines.baselines if baselines else ():
        if one.reason:
            terminal.wrapped(f"{one.title}: {one.reason}", "  ", "")


def _cells(table: ScoreTable, intervals: bool) -> tuple[list[str], list[list[str]]]:
    headers = [f"scores on {table.split}", *(row.clusterer for row in table.rows)]
    rows = [
        [column.title, *(_text(row.cells[i], intervals) for row in table.rows)]
        for i, column in enumerate(table.columns)
    ]
    return headers, [*rows, ["covered", *(share(row.coverage) for row in table.rows)]]


def _text(cell: Cell | None, intervals: bool) -> str:
    if cell is None:
        return ""
    low, high = cell.score.low, cell.score.high
    half = ""
    if intervals and cell.interval and low is not None and high is not None:
        half = f" ±{number((high - low) / 2)}"
    return f"{cell.text}{MARKS['estimated'] if cell.estimated else ''}{half}"


def _fits(table: ScoreTable) -> bool:
    return terminal.grid_width(*_cells(table, True)) <= terminal.width()


def _outside(scores: Sequence[ScoreRecord], best: ScoreRecord) -> str:
    """Say which clusterings have much noise, so that they do not compete with one that has little."""
    names = [score.clusterer for score in scores if score.coverage < ENOUGH]
    if not names:
        return ""
    text = f"; {' and '.join(names)} {have(len(names))} more than {100 * (1 - ENOUGH):.0f} % noise"
    out = "does" if len(names) == 1 else "do"
    return f"{text} and {out} not compete" if best.coverage >= ENOUGH else text


def _edited(after: ScoreRecord, before: ScoreRecord) -> str:
    """Say what edits made of a score, and how many rows it leaves out."""
    text = (
        f"{number(before.value)} before the edits ({before.clusterer}), "
        f"{number(after.value)} after them ({after.clusterer})"
    )
    if min(after.coverage, before.coverage) >= ENOUGH:
        return text
    noise = f"{share(1 - before.coverage)} of the rows before, {share(1 - after.coverage)} after"
    return f"{text}; without noise, which is {noise}"


def _notes(
    tables: list[ScoreTable], metrics: Metrics, run: RunRecord, intervals: bool
) -> Iterator[str]:
    """Yield what the numbers rest on, one line each."""
    ranking = rank(metrics, run.data.splits)
    title = metrics.metrics[ranking.metric].title if ranking else ""
    if ranking and (edits := ranking.edits(metrics)):
        yield f"{title} on {ranking.split}: {_edited(*edits)}"
    elif ranking and len(ranking.scores) > 1:
        best = ranking.best
        line = f"best by {title} on {ranking.split}: {best.clusterer} {number(best.value)}"
        yield line + _outside(ranking.scores, best)
    cells = [cell for table in tables for cell in table.cells]
    reasons: dict[str, dict[str, None]] = {}
    for cell in cells:
        score = cell.score
        if cell.undefined or cell.estimated:
            mark = MARKS["undefined" if cell.undefined else "estimated"]
            reason = score.reason or (
                "undefined" if cell.undefined else "from a sample of the rows"
            )
            of = f"{metrics.metrics[score.metric].title} of {score.clusterer}"
            reasons.setdefault(f"{mark} {reason}", {})[of] = None
    yield from (f"{reason}: {', '.join(of)}" for reason, of in reasons.items())
    if any(cell.partial for cell in cells):
        yield (
            "covered: the share of rows that are not noise; the scores leave noise out. The report "
            "also counts it as one cluster and as single rows."
        )
    if intervals and any(cell.interval for cell in cells):
        yield "±: half the width of the 95 % bootstrap interval"
    yield from pressed(metrics.phases, metrics.metrics)
    if run.labels_in_training:
        yield "labels were used in training: don't compare with unsupervised scores"
    if run.labels_used:
        yield f"labels used: {', '.join(run.labels_used)}"
    for sent in run.sent:
        yield f"rows sent: content of {sent.rows:,} to {sent.host} by {sent.stage}"
