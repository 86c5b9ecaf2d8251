"""The map of a run in a terminal: braille dots in the clusters' colours, and a legend."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from clusterforge.cli import terminal

if TYPE_CHECKING:
    from clusterforge.report.folder import RunFolder

LINES = 14
LEAST_COLUMNS = 20
MOST_COLUMNS = 50
LEGEND_COLUMNS = 32
WORDS = 4
# The bit of each dot of a braille character, by its row and column (Unicode, U+2800).
DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
BLANK = 0x2800


def wanted() -> bool:
    """Tell whether stdout shows colours and braille: a terminal, UTF-8, neither dumb nor NO_COLOR."""
    return (
        terminal.is_terminal()
        and (terminal.results().encoding or "").lower().replace("-", "") == "utf8"
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )


def show(folder: Path) -> None:
    """Print the map of a run, if the terminal can show it and the run has one.

    A damaged file leaves the map out: the report tells of it.
    """
    from clusterforge.errors import InputError
    from clusterforge.report.folder import read

    if not wanted():
        return
    try:
        run = read(folder)
    except (InputError, KeyError, TypeError, ValueError):
        return
    if run.map is not None and run.assignments is not None and run.assignments.clusters:
        _print(run, min(terminal.width(), 100))


def _print(run: RunFolder, width: int) -> None:
    from rich.console import Console
    from rich.text import Text

    from clusterforge.report.matching import all_clusters
    from clusterforge.report.palette import colour

    assert run.map is not None
    assert run.assignments is not None
    name, labels = next(iter(run.assignments.clusters.items()))
    clusters = all_clusters(run.assignments)[name]
    known = run.map.position >= 0
    here = np.where(known, labels[np.maximum(run.map.position, 0)], -2)
    columns = _columns(run.map.xy, width)
    dots, owners = braille(run.map.xy, here, columns, LINES)
    legend = _legend(name, labels, clusters.matched, run.assignments.classes, run.explanations)
    console = Console(
        file=terminal.results(),
        width=width,
        markup=False,
        highlight=False,
        emoji=False,
        soft_wrap=True,
    )
    console.print()
    for line, (row, of_row) in enumerate(zip(dots, owners, strict=True)):
        text = Text()
        for character, owner in zip(row, of_row, strict=True):
            text.append(character, colour(clusters.colours.get(int(owner), -1)))
        if line < len(legend):
            i, told = legend[line]
            text.append("  ")
            if i is not None:
                text.append("● ", colour(clusters.colours.get(i, -1)))
            text.append(_fitting(told, width - columns - 4))
        text.rstrip()
        console.print(text)
    note = f": {terminal.plain(run.map.note)}" if run.map.note else ""
    told = f"map of {len(here):,} rows by {terminal.plain(run.map.use or 'the embedding')}{note}"
    console.print(_fitting(told, width))


def _columns(xy: npt.NDArray[np.float32], width: int) -> int:
    """Return the columns that a map of ``LINES`` lines takes, and leave room for the legend."""
    room = min(max(width - LEGEND_COLUMNS - 2, LEAST_COLUMNS), MOST_COLUMNS)
    across, up = np.ptp(xy.astype(np.float64), axis=0)
    needed = 2 * LINES * across / up + 1 if up > 0 else room
    return int(min(room, max(needed, LEAST_COLUMNS)))


def braille(
    xy: npt.NDArray[np.float32], labels: npt.NDArray[np.int64], columns: int, lines: int
) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Return points drawn as braille, and whose each character is.

    Parameters
    ----------
    xy
        float32 (n, 2), finite; y goes up. Both axes have one scale.
    labels
        int64 (n,): the cluster of each point, below 0 for none.
    columns, lines
        The characters of the drawing.

    Returns
    -------
    dots
        ``lines`` texts of ``columns`` characters.
    owners
        int64 (lines, columns): the cluster with most points in a character, of equals the smallest;
        below 0 where there is no cluster's point.
    """
    wide, high = 2 * columns - 1, 4 * lines - 1
    centred = xy.astype(np.float64) - (xy.max(axis=0) + xy.min(axis=0)) / 2
    span = 2 * np.abs(centred).max(axis=0, initial=0)
    scale = min((r / s for r, s in zip((wide, high), span, strict=True) if s > 0), default=0.0)
    x = np.rint(wide / 2 + centred[:, 0] * scale).astype(np.int64).clip(0, wide)
    y = np.rint(high / 2 - centred[:, 1] * scale).astype(np.int64).clip(0, high)
    bits = np.zeros((lines, columns), dtype=np.int64)
    np.bitwise_or.at(bits, (y // 4, x // 2), DOTS[y % 4, x % 2])
    ids = [int(i) for i in np.unique(labels) if i >= 0]
    owners = np.full((lines, columns), -1, dtype=np.int64)
    most = np.zeros((lines, columns), dtype=np.int64)
    for i in ids:
        count = np.zeros((lines, columns), dtype=np.int64)
        mine = labels == i
        np.add.at(count, (y[mine] // 4, x[mine] // 2), 1)
        owners[count > most] = i
        most = np.maximum(most, count)
    return ["".join(chr(BLANK + bit) for bit in row) for row in bits], owners


def _legend(
    name: str,
    labels: npt.NDArray[np.int64],
    matched: Mapping[int, int],
    classes: Sequence[str],
    explanations: Mapping[str, Any],
) -> list[tuple[int | None, str]]:
    """Return the largest clusters, each with what it is about, and how many more there are."""
    ids, counts = np.unique(labels[labels >= 0], return_counts=True)
    order = sorted(range(len(ids)), key=lambda at: (-counts[at], ids[at]))
    words = _words(explanations, name)
    noise = int((labels == -1).sum())
    room = LINES - 1 - (noise > 0)
    shown = order if len(order) <= room else order[: room - 1]
    lines: list[tuple[int | None, str]] = [(None, f"{terminal.plain(name)}, rows by cluster")]
    for at in shown:
        i = int(ids[at])
        about = words.get(i) or (f"≈ {terminal.plain(classes[matched[i]])}" if i in matched else "")
        lines.append((i, f"{i}  {counts[at]:,}  {about}".rstrip()))
    if len(shown) < len(order):
        lines.append((None, f"{len(order) - len(shown):,} more clusters"))
    return [*lines, (-1, f"noise  {noise:,}")] if noise else lines


def _words(explanations: Mapping[str, Any], name: str) -> dict[int, str]:
    """Return the first words of each cluster of a clusterer; without those that are misshapen."""
    found: dict[int, str] = {}
    try:
        for cluster in explanations["clusterers"][name]["clusters"]:
            words = [terminal.plain(entry["word"]) for entry in (cluster["words"] or [])[:WORDS]]
            found[int(cluster["cluster"])] = ", ".join(words)
    except (KeyError, TypeError, ValueError):
        return {}
    return found


def _fitting(text: str, width: int) -> str:
    return terminal.shortened(text, max(width, 1))
