"""A comparison on the terminal: scores, what changed, clusters, rows that moved."""

from __future__ import annotations

from collections.abc import Sequence

import click

from clusterforge.cli import terminal
from clusterforge.comparison.alignment import Alignment, Cluster
from clusterforge.comparison.comparison import Comparison, LaneResult, Pair
from clusterforge.comparison.recipes import Change
from clusterforge.comparison.scores import Cell, Difference, Line
from clusterforge.comparison.summary import sentences, signed, spread
from clusterforge.formats import number, share
from clusterforge.report.scores import ARROWS

MAX_CHANGES = 16
MAX_VALUE = 44
MAX_EVENTS = 8
MAX_COLUMNS = 9
MAX_PAIRS = 3
MAX_MOVED = 5
MAX_TEXT = 140
Footnotes = dict[str, str]


def show(found: Comparison) -> None:
    """Print a comparison."""
    rows = []
    for run in found.runs:
        told = run.content.run
        seed = f"seed {run.seed}" if run.seed is not None else ""
        about = [told.get("name"), seed, str(told.get("started") or "")[:16].replace("T", " ")]
        rows.append([run.letter, run.given, ", ".join(str(part) for part in about if part)])
    terminal.listing(rows)
    terminal.result()
    for sentence in sentences(found):
        terminal.wrapped(sentence)
    for note in found.notes:
        terminal.wrapped(note, "  ", "  ")
    if found.changes:
        _title("What changed")
        _changes(found)
    for lane in found.lanes:
        _lane(lane)


def _title(text: str) -> None:
    terminal.result()
    terminal.text_result(click.style(terminal.plain(text), bold=True) + "\n")


def _changes(found: Comparison) -> None:
    rows = []
    for change in found.changes[:MAX_CHANGES]:
        rows.append([f"  {change.where}", change.key, values(change, found)])
    terminal.listing(rows)
    if (more := len(found.changes) - MAX_CHANGES) > 0:
        terminal.result(f"  and {more} more: see --json or --html")


def values(change: Change, found: Comparison) -> str:
    """Return the values of a change: ``old → new``, or each with the runs that have it."""
    cut = [v if len(v) <= MAX_VALUE else f"{v[: MAX_VALUE - 1]}…" for v in change.values]
    if len(cut) == 2:
        return f"{cut[0]} → {cut[1]}"
    letters: dict[str, list[str]] = {}
    for run, value in zip(found.runs, cut, strict=True):
        letters.setdefault(value, []).append(run.letter)
    return "; ".join(f"{value} ({' '.join(of)})" for value, of in letters.items())


def _lane(result: LaneResult) -> None:
    lane = result.lane
    names = [subject.label for subject in lane.subjects]
    title = f"{lane.title}: " if lane.title else ""
    footnotes: Footnotes = {}
    compared: list[Line] = []
    for table in result.tables:
        for noise, words in (("excluded", ""), ("cluster", ", noise counted as one cluster")):
            lines = [line for line in table.lines if line.noise == noise]
            if not lines:
                continue
            _title(f"{title}scores on {table.split}{words}")
            if len(names) == 2:
                _side_by_side(names, lines, footnotes)
                compared += lines
            else:
                _one_below_the_other(names, lines, footnotes)
    if known := _how(compared):
        terminal.wrapped(known, "  ")
    for text, letter in footnotes.items():
        terminal.wrapped(f"{letter}  {text}", "     ", "  ")
    if result.agreement:
        _agreement(title, names, result)
    for pair in result.pairs:
        _pair(title, names, pair, brief=len(result.pairs) > MAX_PAIRS)


def _side_by_side(names: Sequence[str], lines: Sequence[Line], footnotes: Footnotes) -> None:
    a, b = names
    rows = []
    for line in lines:
        one = line.differences[0] if line.differences else None
        rows.append(
            [
                f"{line.metric} {ARROWS.get(line.direction, '')}".rstrip(),
                *[interval(cell) for cell in line.cells],
                signed(one.value) if one and not one.void else "",
                f"{apart(one) or ('–' if one else '')} {_noted(one, footnotes)}".strip(),
            ]
        )
    change = f"{b} − {a}" if len(a + b) <= len("change") else "change"
    terminal.grid(["", a, b, change, "apart"], rows, set(), keep=1)
    means = [f"{line.metric} {spread(line.spreads[0])}" for line in lines if line.spreads]
    if means:
        terminal.wrapped(f"mean ± sd of the seeds: {', '.join(means)}", "  ", "  ")


def _how(lines: Sequence[Line]) -> str:
    by = {difference.by for line in lines for difference in line.differences}
    paired = "whether the interval of the difference (95 %, the same resampled rows for both) leaves out 0"
    overlap = "whether the intervals (95 %) don't overlap"
    if {"paired", "intervals"} <= by:
        return f"apart: with labels, {paired}; without, {overlap}."
    return (
        f"apart: {paired if 'paired' in by else overlap}." if by & {"paired", "intervals"} else ""
    )


def _one_below_the_other(names: Sequence[str], lines: Sequence[Line], footnotes: Footnotes) -> None:
    rows: list[list[str]] = []
    for i, name in enumerate(names):
        row = [name]
        for line in lines:
            cell = line.cells[i]
            one = next((d for d in line.differences if d.second == i), None)
            row.append(" ".join(filter(None, [plain(cell), _noted(one, footnotes)])))
        rows.append(row)
    for members in dict.fromkeys(tuple(s.members) for line in lines for s in line.spreads):
        row = [f"{names[members[0]]}…{names[members[-1]]} mean ± sd"]
        for line in lines:
            of = [s for s in line.spreads if tuple(s.members) == members]
            row.append(spread(of[0]) if of else "")
        rows.append(row)
    headers = [f"{line.metric} {ARROWS.get(line.direction, '')}".rstrip() for line in lines]
    terminal.grid(["", *headers], rows, set(), keep=1)
    for line in lines:
        for contrast in line.contrasts:
            first, second = (names[s.members[0]] for s in (contrast.first, contrast.second))
            told = "lie apart" if contrast.apart else "meet: the seeds don't tell them apart"
            terminal.result(f"  {line.metric}: mean ± sd of {first}… and of {second}… {told}")


def interval(cell: Cell | None) -> str:
    """Return a score with its interval: ``0.845 0.836–0.853``."""
    if cell is None or cell.low is None or cell.high is None:
        return plain(cell)
    return f"{plain(cell)} {number(cell.low)}–{number(cell.high)}"


def plain(cell: Cell | None) -> str:
    """Return a score; ``~`` where it is estimated from a sample."""
    if cell is None:
        return ""
    return number(cell.value) + ("" if cell.exact or cell.value is None else "~")


def apart(one: Difference | None) -> str:
    """Return ``yes`` or ``no``; empty where it is unknown."""
    return {True: "yes", False: "no", None: ""}[one.apart if one else None]


def _noted(one: Difference | None, footnotes: Footnotes) -> str:
    letters = []
    for mark in one.marks if one else ():
        text = mark.text if not mark.void else f"{mark.text} The difference means nothing."
        letters.append(footnotes.setdefault(text, _letter(len(footnotes))))
    return " ".join(letters)


def _letter(number: int) -> str:
    return chr(ord("a") + number) if number < 26 else f"n{number}"


def _agreement(title: str, names: Sequence[str], result: LaneResult) -> None:
    _title(f"{title}agreement (ARI) on the rows both hold")
    rows = [
        [
            name,
            *["" if i >= j else number(result.agreement.get((i, j))) for j in range(1, len(names))],
        ]
        for i, name in enumerate(names[:-1])
    ]
    terminal.grid(["", *names[1:]], rows, set(), keep=1)
    if result.spread:
        terminal.result(f"  {spread(result.spread)} between any two (mean ± sd)")


def _pair(title: str, names: Sequence[str], pair: Pair, brief: bool) -> None:
    a, b = names[pair.first], names[pair.second]
    _title(f"{title}clusters of {a} and {b}")
    found, moved = pair.alignment, pair.moved
    if found is None or moved is None:
        terminal.wrapped(f"Nothing to set beside each other: {pair.reason}.", "  ", "  ")
        return
    splits = [
        f"{name} {told.shared:,}"
        + ("" if told.whole else f" of {told.first:,} and {told.second:,}")
        for name, told in pair.shared.splits.items()
        if told.shared
    ]
    terminal.wrapped(f"{found.rows:,} rows in both ({', '.join(splits)})", "  ", "  ")
    both = f", {number(found.both)} without noise" if found.both is not None else ""
    terminal.wrapped(
        f"{share(found.stayed / found.rows)} stay in the matching cluster; "
        f"ARI {number(found.ari)}{both}; NMI {number(found.nmi)}",
        "  ",
        "  ",
    )
    kept = [event for event in found.events if event.kind == "kept"]
    others = [event for event in found.events if event.kind != "kept"]
    if kept:
        pairs = ", ".join(f"{e.first[0]} → {e.second[0]}" for e in kept)
        terminal.wrapped(f"kept: {pairs}", "    ", "  ")
    for event in others[:MAX_EVENTS]:
        terminal.wrapped(event.text, "    ", "  ")
    if len(others) > MAX_EVENTS:
        terminal.result(f"  and {len(others) - MAX_EVENTS} more")
    if not brief:
        _flows(a, b, found)
    told = ", ".join(f"{n:,} {what}" for what, n in moved.outcomes.items())
    where = ", ".join(f"{name} {n:,}" for name, n in moved.splits.items())
    terminal.wrapped(
        f"{moved.rows:,} rows moved"
        + (f" ({where})" if moved.rows else "")
        + (f": {told}" if told else ""),
        "    ",
        "  ",
    )
    for row in moved.telling[: 0 if brief else MAX_MOVED]:
        label = f", {row.label}" if row.label is not None else ""
        outcome = f": {row.outcome}" if row.outcome and row.label is not None else ""
        terminal.result(
            f"    {row.split} {row.id}: {_name(row.before)} → {_name(row.after)}{label}{outcome}"
        )
        if isinstance(row.item, str):
            text = " ".join(row.item.split())
            cut = text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"
            terminal.wrapped(cut, "      ", "      ")


def _flows(a: str, b: str, found: Alignment) -> None:
    """Print where the rows of each cluster went, as a table, or the largest flows of many."""
    if len(found.after) > MAX_COLUMNS or len(found.before) > 2 * MAX_COLUMNS:
        moves = [f for f in found.flows() if found.matched.get(f["from"]) != f["to"]]
        told = [f"{_name(f['from'])} → {_name(f['to'])} {f['rows']:,}" for f in moves]
        if told:
            terminal.wrapped(f"largest moves: {', '.join(told[:MAX_COLUMNS])}", "    ", "  ")
        return
    order = found.columns()
    rows = [
        [
            f"  {a} {_called(cluster)}",
            *[f"{n:,}" if n else "" for n in found.counts[i, order].tolist()],
        ]
        for i, cluster in enumerate(found.before)
    ]
    headers = [f"{b} {_name(found.after[j].id)}" for j in order]
    terminal.grid(["", *headers], rows, set(), keep=1)


def _called(cluster: Cluster) -> str:
    if cluster.name is None or cluster.id < 0:
        return _name(cluster.id)
    name = cluster.name if len(cluster.name) <= 16 else f"{cluster.name[:15]}…"
    return f"{cluster.id} {name}"


def _name(cluster: int) -> str:
    return "noise" if cluster < 0 else str(cluster)
