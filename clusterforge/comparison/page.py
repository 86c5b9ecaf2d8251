"""A comparison as one page that needs no network and runs no script."""

from __future__ import annotations

import base64
import hashlib
from io import BytesIO
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from clusterforge.comparison.comparison import STAMP, Comparison, LaneResult, Pair
from clusterforge.comparison.flow import colours, flow
from clusterforge.comparison.moved import MovedRow
from clusterforge.comparison.scores import Cell, Difference, Line
from clusterforge.comparison.summary import sentences, signed, spread
from clusterforge.formats import number, share
from clusterforge.report.palette import NOISE
from clusterforge.report.scores import ARROWS, TREATMENTS
from clusterforge.report.text import clean, short

MAX_TEXT = 300
MAX_SIDE = 256
MAX_CELLS = 16
SINGLE = "singletons"


def render(found: Comparison) -> str:
    """Return the page; the same comparison gives the same text."""
    environment = Environment(
        loader=PackageLoader("clusterforge.comparison"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: clean(value) if type(value) is str else value,
    )
    environment.filters.update(number=number, spread=spread, share=share, short=short)
    style = _style("clusterforge.report", "report.css") + _style(
        "clusterforge.comparison", "compare.css"
    )
    text = environment.get_template("compare.html").render(
        stamp=Markup(STAMP),
        style=Markup(style),
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        found=found,
        title=_title(found),
        sentences=sentences(found),
        lanes=[_lane(lane) for lane in found.lanes],
    )
    return text.encode("utf-8", "replace").decode("utf-8")


def _style(package: str, name: str) -> str:
    loader = PackageLoader(package)
    return (
        loader.get_source(Environment(loader=loader, autoescape=True), name)[0].strip("\n") + "\n"
    )


def _title(found: Comparison) -> str:
    names = list(dict.fromkeys(str(run.content.run.get("name") or "run") for run in found.runs))
    if len(names) == 1 and len(found.runs) > 1:
        seeds = [str(run.seed) for run in found.runs if run.seed is not None]
        if len(set(seeds)) == len(found.runs):
            return f"{names[0]}, seeds {', '.join(seeds)}"
    return short(" and ".join(names), 120)


def _lane(result: LaneResult) -> dict[str, Any]:
    names = [subject.label for subject in result.lane.subjects]
    marks: dict[str, dict[str, Any]] = {}
    tables = [
        {
            "split": table.split,
            "lines": [_line(line, names, marks) for line in table.lines if line.noise != SINGLE],
        }
        for table in result.tables
    ]
    by = {d.by for table in result.tables for line in table.lines for d in line.differences}
    return {
        "title": result.lane.title,
        "names": names,
        "two": len(names) == 2,
        "tables": tables,
        "groups": list(
            dict.fromkeys(
                tuple(spread.members)
                for table in result.tables
                for line in table.lines
                for spread in line.spreads
            )
        ),
        "intervals": any(
            cell and cell.low is not None
            for table in result.tables
            for line in table.lines
            for cell in line.cells
        ),
        "paired": "paired" in by,
        "noise": any(line.noise == SINGLE for table in result.tables for line in table.lines),
        "marks": list(marks.values()),
        "agreement": result.agreement,
        "spread": result.spread,
        "pairs": [_pair(pair, result) for pair in result.pairs],
    }


def _line(line: Line, names: list[str], marks: dict[str, dict[str, Any]]) -> dict[str, Any]:
    of = {difference.second: difference for difference in line.differences}
    return {
        "metric": line.metric,
        "arrow": ARROWS.get(line.direction, ""),
        "noise": "" if line.noise == "excluded" else TREATMENTS[line.noise],
        "cells": [
            None if cell is None else _cell(cell, of.get(i), line, marks)
            for i, cell in enumerate(line.cells)
        ],
        "one": _difference(of.get(1), line, marks) if len(names) == 2 else None,
        "spreads": {tuple(spread.members): spread for spread in line.spreads},
        "contrasts": line.contrasts,
        "plot": _plot(line),
    }


def _cell(
    cell: Cell, difference: Difference | None, line: Line, marks: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    parts = [
        f"{cell.n:,} rows" if cell.n is not None else "",
        f"covers {share(cell.coverage)}" if cell.coverage is not None else "",
        "" if cell.exact else "estimated from a sample",
        cell.reason if cell.reason or cell.value is not None else "no reason given",
    ]
    return {
        "text": number(cell.value) + ("" if cell.exact or cell.value is None else "~"),
        "low": cell.low,
        "high": cell.high,
        "title": "; ".join(part for part in parts if part),
        "undefined": cell.value is None,
        "notes": _notes(difference, marks),
    }


def _difference(
    one: Difference | None, line: Line, marks: dict[str, dict[str, Any]]
) -> dict[str, Any] | None:
    if one is None or one.value is None:
        return None
    better = {"higher": one.value > 0, "lower": one.value < 0}.get(line.direction)
    return {
        "text": signed(one.value),
        "low": one.low,
        "high": one.high,
        "void": one.void,
        "apart": one.apart,
        "better": better,
        "notes": _notes(one, marks),
    }


def _notes(one: Difference | None, marks: dict[str, dict[str, Any]]) -> list[str]:
    letters = []
    for mark in one.marks if one else ():
        known = marks.setdefault(
            mark.text, {"letter": _letter(len(marks)), "text": mark.text, "void": mark.void}
        )
        letters.append(str(known["letter"]))
    return letters


def _letter(place: int) -> str:
    return chr(ord("a") + place) if place < 26 else f"n{place}"


def _plot(line: Line) -> list[dict[str, Any]] | None:
    """Return the intervals of a line on one scale from 0 to 100; None where there are none."""
    cells = [cell for cell in line.cells if cell and cell.value is not None]
    if len(cells) < 2 or all(cell.low is None for cell in cells):
        return None
    values = [v for c in cells for v in (c.value, c.low, c.high) if v is not None]
    least, extent = min(values), (max(values) - min(values)) or 1.0

    def place(value: float | None) -> float | None:
        return None if value is None else round(4 + 92 * (value - least) / extent, 2)

    return [
        {"value": place(cell.value), "low": place(cell.low), "high": place(cell.high)}
        for cell in cells
    ]


def _pair(pair: Pair, result: LaneResult) -> dict[str, Any]:
    a, b = result.lane.subjects[pair.first], result.lane.subjects[pair.second]
    told: dict[str, Any] = {"a": a.label, "b": b.label, "pair": pair}
    found = pair.alignment
    if found is None or pair.moved is None:
        return told
    paints = colours(a, b, found)
    small = max(found.counts.shape) <= MAX_CELLS
    return {
        **told,
        "found": found,
        "flow": flow((a.label, b.label), found, paints),
        "table": _table(pair, paints) if small else None,
        "flows": found.flows()[:MAX_CELLS],
        "kept": [event for event in found.events if event.kind == "kept"],
        "events": [event for event in found.events if event.kind != "kept"],
        "moved": pair.moved,
        "telling": [_row(row, paints) for row in pair.moved.telling],
        "noise": NOISE,
    }


def _table(pair: Pair, paints: tuple[dict[int, str], dict[int, str]]) -> dict[str, Any]:
    found = pair.alignment
    assert found is not None
    total, order = found.counts.sum(axis=1), found.columns()
    return {
        "heads": [
            (_name(c.id), paints[1].get(c.id, NOISE)) for c in (found.after[j] for j in order)
        ],
        "rows": [
            {
                "name": _name(c.id),
                "class": c.name if c.id >= 0 else None,
                "paint": paints[0].get(c.id, NOISE),
                "cells": [
                    {
                        "count": int(n),
                        "heat": round(10 * int(n) / int(total[i])),
                        "matched": found.matched.get(c.id) == found.after[j].id,
                    }
                    for j, n in zip(order, found.counts[i, order], strict=True)
                ],
            }
            for i, c in enumerate(found.before)
        ],
    }


def _row(row: MovedRow, paints: tuple[dict[int, str], dict[int, str]]) -> dict[str, Any]:
    return {
        "split": row.split,
        "id": short(row.id, 40),
        "text": short(row.item, MAX_TEXT) if isinstance(row.item, str) else None,
        "image": _png(row.item) if isinstance(row.item, bytes) else None,
        "before": _name(row.before),
        "after": _name(row.after),
        "paints": (paints[0].get(row.before, NOISE), paints[1].get(row.after, NOISE)),
        "label": None if row.label is None else short(row.label, 60),
        "outcome": row.outcome if row.label is not None else "",
    }


def _png(data: bytes) -> str | None:
    """Return a thumbnail as base64, written anew; None where it is no small PNG."""
    from PIL import Image

    try:
        picture = Image.open(BytesIO(data), formats=["PNG"])
        if max(picture.size) > MAX_SIDE:
            return None
        buffer = BytesIO()
        picture.convert("L" if picture.mode in ("L", "1") else "RGB").save(buffer, "PNG")
    except (OSError, ValueError, SyntaxError):
        return None
    return base64.b64encode(buffer.getvalue()).decode()


def _name(cluster: int) -> str:
    return "noise" if cluster < 0 else str(cluster)
