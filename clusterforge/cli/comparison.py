"""A comparison on the terminal: scores, what changed, clusters, rows that moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile

import click

from clusterforge.cli import terminal
from clusterforge.comparison.comparison import Comparison
from clusterforge.comparison.findings import (
    Alignment,
    Change,
    Pair,
    Panel,
    Reservation,
    ScoreLine,
    cluster_name,
)
from clusterforge.comparison.sentences import sentences
from clusterforge.contracts import Noise
from clusterforge.formats import count, number, share, signed, spread
from clusterforge.report.text import short
from clusterforge.runs.records import ScoreRecord
from clusterforge.runs.score_table import ARROWS, Cell

MAX_CHANGES, MAX_VALUE, HEAD = 16, 44, 14
MAX_EVENTS, MAX_COLUMNS, MAX_PAIRS, MAX_MOVED = 8, 9, 3, 5
MAX_NAME, MAX_TEXT = 16, 140
APART = {True: "yes", False: "no", None: "–"}
TREATMENTS: dict[Noise, str] = {"excluded": "", "cluster": ", noise counted as one cluster"}
TESTS = {
    "paired": "the 95 % interval of the difference, the same resampled rows for both, leaves out 0",
    "intervals": "the 95 % intervals of the two scores don't overlap",
}
COHERENCE = (
    "coherence: whether the words of a cluster stand in the same texts; NPMI from −1 (never) over 0 (by "
    "chance) to 1 (always), C_V from 0 to 1."
)
Letters = Mapping[Reservation, str]


def show(comparison: Comparison) -> None:
    """Print a comparison."""
    terminal.listing(
        [
            (r.letter, r.run, f"{r.name}, seed {r.seed}, {r.started[:16].replace('T', ' ')}")
            for r in comparison.runs
        ]
    )
    terminal.result()
    for sentence in sentences(comparison.panels):
        terminal.wrapped(sentence)
    for note in comparison.notes:
        terminal.wrapped(note, "  ")
    if comparison.changes:
        _heading("What changed")
        letters = [run.letter for run in comparison.runs]
        changes = comparison.changes[:MAX_CHANGES]
        terminal.listing([(f"  {one.where}", one.key, values(one, letters)) for one in changes])
        if (more := len(comparison.changes) - MAX_CHANGES) > 0:
            terminal.result(f"  and {more} more: see --json or --html")
    for panel in comparison.panels:
        # A sentence above says that two are the same, and no figures.
        if not (panel.same and len(panel.labels) == 2 and len(comparison.panels) > 1):
            _panel(panel)


def _heading(text: str) -> None:
    terminal.result()
    terminal.text_result(click.style(terminal.plain(text), bold=True) + "\n")


def values(change: Change, letters: Sequence[str]) -> str:
    """Return the values of a change: ``old → new``, or each with the letters of its runs."""
    texts = _shortened(change.values)
    if len(texts) == 2:
        return " → ".join(texts)
    runs: dict[str, list[str]] = {}
    for letter, text in zip(letters, texts, strict=True):
        runs.setdefault(text, []).append(letter)
    return "; ".join(f"{text} ({' '.join(of)})" for text, of in runs.items())


def _shortened(values: Sequence[str]) -> list[str]:
    """Shorten long values to where they differ: without what all begin with, then without the middle."""
    if max(map(len, values)) <= MAX_VALUE:
        return list(values)
    alike = [*takewhile(lambda letters: len(set(letters)) == 1, zip(*values, strict=False))]
    start = max(values[0].rfind(mark, 0, len(alike)) for mark in "/ ")
    return [_middle_cut(f"…{value[start:]}" if start > 0 else value) for value in values]


def _middle_cut(value: str) -> str:
    return f"{value[:HEAD]}…{value[HEAD + 1 - MAX_VALUE :]}" if len(value) > MAX_VALUE else value


def _panel(panel: Panel) -> None:
    title, two = f"{panel.title}: " if panel.title else "", len(panel.labels) == 2
    letters = panel.footnotes()
    for split, lines in panel.tables().items():
        for noise, words in TREATMENTS.items():
            if of_noise := [line for line in lines if line.noise == noise]:
                _heading(f"{title}scores on {split}{words}")
                (_two if two else _many)(panel.labels, of_noise, letters)
    if two:
        differences = [
            one for lines in panel.tables().values() for n in lines for one in n.differences
        ]
        rules = [
            text for test, text in TESTS.items() if any(one.test == test for one in differences)
        ]
        if rules:
            terminal.wrapped(f"apart: {'; without such an interval, '.join(rules)}.", "  ")
    for reservation, letter in letters.items():
        void = " The difference means nothing." if reservation.void else ""
        terminal.wrapped(f"{letter}  {reservation.text}{void}", "     ", "  ")
    if qualities := panel.qualities():
        _heading(f"{title}quality without labels")
        terminal.grid(["", *panel.labels], [[name, *texts] for name, texts in qualities.items()])
        if any(name.startswith("coherence") for name in qualities):
            terminal.wrapped(COHERENCE, "  ")
    if panel.agreement:
        _heading(f"{title}agreement (ARI) on the shared rows")
        rows = [
            [label, *[""] * i, *[number(o.ari) for o in panel.agreement if o.first == label]]
            for i, label in enumerate(panel.labels[:-1])
        ]
        terminal.grid(["", *panel.labels[1:]], rows)
        if of := panel.agreement_spread:
            terminal.result(f"  {spread(of.mean, of.sd)} between any two (mean ± sd)")
    for pair in panel.pairs:
        _heading(f"{title}clusters of {pair.first} and {pair.second}")
        if pair.alignment is None:
            terminal.wrapped(f"Can't be aligned: {pair.reason}.", "  ")
        else:
            _aligned(pair, pair.alignment, brief=len(panel.pairs) > MAX_PAIRS)


def _two(labels: Sequence[str], lines: Sequence[ScoreLine], letters: Letters) -> None:
    """Print a row per metric, a column per clustering, and the difference."""
    a, b = labels
    rows, means = [], []
    for line in lines:
        one = line.difference(b)
        change = signed(one.value) if one and not one.void else ""
        apart = f"{APART[one.apart]} {_noted(line, b, letters)}".strip() if one else ""
        rows.append([_title(line), *map(_with_interval, line.scores), change, apart])
        means += [f"{line.about.title} {spread(of.mean, of.sd)}" for of in line.spreads[:1]]
    change = f"{b} − {a}" if len(a + b) <= len("change") else "change"
    terminal.grid(["", a, b, change, "apart"], rows)
    if means:
        terminal.wrapped(f"mean ± sd of the seeds: {', '.join(means)}", "  ")


def _many(labels: Sequence[str], lines: Sequence[ScoreLine], letters: Letters) -> None:
    """Print a row per clustering, a column per metric, and what the seeds have in common."""
    rows = [
        [label, *(f"{_text(n.scores[i])} {_noted(n, label, letters)}".strip() for n in lines)]
        for i, label in enumerate(labels)
    ]
    for members in dict.fromkeys(of.clusterings for line in lines for of in line.spreads):
        means = [
            "".join(spread(of.mean, of.sd) for of in line.spreads if of.clusterings == members)
            for line in lines
        ]
        rows.append([f"{members[0]}…{members[-1]} mean ± sd", *means])
    terminal.grid(["", *map(_title, lines)], rows)
    for line in lines:
        for contrast in line.contrasts:
            first, second = (of.clusterings[0] for of in (contrast.first, contrast.second))
            verdict = "lie apart" if contrast.apart else "meet: the seeds don't tell them apart"
            terminal.result(f"  {line.about.title}: mean ± sd of {first}… and {second}… {verdict}")


def _title(line: ScoreLine) -> str:
    return f"{line.about.title} {ARROWS[line.about.direction]}".rstrip()


def _text(score: ScoreRecord | None) -> str:
    """Write a score; ``~`` where it is estimated from a sample."""
    return "" if score is None else f"{Cell(score).text}{'~' if Cell(score).estimated else ''}"


def _with_interval(score: ScoreRecord | None) -> str:
    return f"{_text(score)} {Cell(score).interval}".rstrip() if score else ""


def _noted(line: ScoreLine, label: str, letters: Letters) -> str:
    one = line.difference(label)
    return " ".join(letters[reservation] for reservation in one.reservations) if one else ""


def _aligned(pair: Pair, alignment: Alignment, brief: bool) -> None:
    """Print what became of clusters and rows; ``brief`` leaves out tables and examples."""
    splits = [
        f"{name} {split.shared:,}"
        + ("" if split.whole else f" of {split.first:,} and {split.second:,}")
        for name, split in pair.splits.items()
        if split.shared
    ]
    terminal.wrapped(f"{count(alignment.rows, 'row')} in both ({', '.join(splits)})", "  ")
    stayed = f"{share(alignment.stayed / alignment.rows)} stay in the matching cluster"
    without = alignment.ari_without_noise
    noiseless = f", {number(without)} without noise" if without is not None else ""
    agreement = f"ARI {number(alignment.ari)}{noiseless}; NMI {number(alignment.nmi)}"
    terminal.wrapped(f"{stayed}; {agreement}", "  ")
    kept = [f"{e.first[0]} → {e.second[0]}" for e in alignment.events if e.kind == "kept"]
    others = [event.text for event in alignment.events if event.kind != "kept"]
    for text in ([f"kept: {', '.join(kept)}"] if kept else []) + others[:MAX_EVENTS]:
        terminal.wrapped(text, "    ", "  ")
    if len(others) > MAX_EVENTS:
        terminal.result(f"  and {len(others) - MAX_EVENTS} more")
    if not brief:
        _flows(pair, alignment)
    moved = alignment.moved
    of_splits = ", ".join(f"{name} {n:,}" for name, n in moved.splits.items())
    outcomes = ", ".join(f"{n:,} {outcome}" for outcome, n in moved.outcomes.items())
    text = f"{count(moved.rows, 'row')} moved" + (f" ({of_splits})" if moved.rows else "")
    terminal.wrapped(f"{text}: {outcomes}" if outcomes else text, "    ", "  ")
    for row in () if brief else moved.examples[:MAX_MOVED]:
        label = f", {row.label}: {row.outcome}" if row.label is not None else ""
        before, after = (cluster_name(one) for one in (row.before, row.after))
        move = f"{pair.first} {before} → {pair.second} {after}"
        terminal.result(f"    {row.split} {row.id}: {move}{label}")
        if row.text is not None:
            terminal.wrapped(short(terminal.plain(row.text), MAX_TEXT), "      ")


def _flows(pair: Pair, alignment: Alignment) -> None:
    """Print where the rows of each cluster are, as a table, or the largest moves of many."""
    columns = alignment.diagonal()
    if len(columns) > MAX_COLUMNS or len(alignment.before) > 2 * MAX_COLUMNS:
        moves = [
            f"{cluster_name(flow.before)} → {cluster_name(flow.after)} {flow.rows:,}"
            for flow in alignment.flows
            if alignment.matched.get(flow.before) != flow.after
        ]
        if moves:
            terminal.wrapped(f"largest moves: {', '.join(moves[:MAX_COLUMNS])}", "    ", "  ")
        return
    counts = alignment.counts()
    rows = []
    for one in alignment.before:
        majority = one.majority if one.majority is not None and one.cluster >= 0 else ""
        about = one.about or majority
        cells = [counts.get((one.cluster, of.cluster), 0) for of in columns]
        name = f"  {pair.first} {one.name} {short(about, MAX_NAME)}".rstrip()
        rows.append([name, *(f"{n:,}" if n else "" for n in cells)])
    terminal.grid(["", *(f"{pair.second} {cluster.name}" for cluster in columns)], rows)
