"""What the run did: data set, encoders, clusterers and map, as boxes on one line of flow."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterforge.formats import count, duration
from clusterforge.report.figures.canvas import (
    COLUMN,
    INK,
    QUIET,
    TEXT,
    Figure,
    drawing,
    label,
    save,
)
from clusterforge.report.figures.records import records, table, whole
from clusterforge.report.folder import RunFolder

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TINTS = {"data set": "#e7e9ec", "encoder": "#d6e6f2", "clusterer": "#fbeecb", "map": "#d9efe7"}
EDGES = {"data set": QUIET, "encoder": "#0072b2", "clusterer": "#b07a00", "map": "#00795a"}
MAX_CLUSTERERS = 12
LINE, PAD, GAP = 0.125, 0.07, 0.17  # inches
CHARACTER = 0.0625


@dataclass(frozen=True)
class Step:
    """One box: its kind and name, what is worth knowing of it, and how long it took."""

    kind: str
    name: str
    facts: list[str]
    seconds: str


def pipeline(folder: Path, run: RunFolder, dims: dict[str, int]) -> list[Figure]:
    """Draw what the run did.

    Parameters
    ----------
    folder
        Where the figure goes.
    run
        The run.
    dims
        The dimensions of the embedding of each encoder, by stage.
    """
    steps = _steps(run, dims)
    chain = [step for step in steps if step.kind in ("data set", "encoder")]
    ends = [step for step in steps if step.kind not in ("data set", "encoder")]
    if not chain or len(steps) < 2:
        return []
    left, width, indent = 0.06, COLUMN - 0.12, 0.32
    boxes, y = [], 0.3
    for step in (*chain, *ends):
        x = left if step in chain else left + indent
        room = COLUMN - left - x
        lines = _lines(step.facts, int((room - 2 * PAD) / CHARACTER))
        height = LINE * (1.15 + len(lines)) + 2 * PAD
        boxes.append((step, x, y, room, height, lines))
        y += height + (GAP if step in chain else GAP / 2)
    with drawing(COLUMN, y, free=True) as figure:
        axis = figure.add_axes((0, 0, 1, 1))
        axis.set_xlim(0, COLUMN)
        axis.set_ylim(y, 0)
        axis.set_axis_off()
        seconds = run.run.get("seconds")
        total = f" in {duration(seconds)}" if isinstance(seconds, int | float) else ""
        title = f"What the run did{total}"
        axis.text(left, 0.16, title, fontsize=8.5, fontweight="bold", va="center")
        for box in boxes:
            _box(axis, *box)
        arrow = {"arrowstyle": "-|>", "color": QUIET, "lw": 0.9, "shrinkA": 0, "shrinkB": 0}
        for upper, lower in pairwise(boxes[: len(chain)]):
            x = left + width / 2
            axis.annotate("", (x, lower[2]), (x, upper[2] + upper[4]), arrowprops=arrow)
        trunk = left + indent / 2
        last = boxes[len(chain) - 1]
        for _, x, top, _, height, _ in boxes[len(chain) :]:
            axis.annotate("", (x, top + height / 2), (trunk, top + height / 2), arrowprops=arrow)
        if ends:
            bottom = boxes[-1][2] + boxes[-1][4] / 2
            axis.plot([trunk, trunk], [last[2] + last[4], bottom], color=QUIET, lw=0.9)
        named = " → ".join(label(step.name, 30) for step in chain)
        told = f"The run as a flow: {named}, then " + (
            ", ".join(label(step.name, 30) for step in ends) or "nothing more"
        )
        return [save(figure, folder, "pipeline", "What the run did", f"{told}.")]


def _box(
    axis: Axes, step: Step, x: float, y: float, width: float, height: float, lines: list[str]
) -> None:
    from matplotlib.patches import FancyBboxPatch

    shape = FancyBboxPatch(
        (x + 0.04, y + 0.04),
        width - 0.08,
        height - 0.08,
        boxstyle="round,pad=0.04",
        facecolor=TINTS[step.kind],
        edgecolor=EDGES[step.kind],
        linewidth=0.7,
    )
    axis.add_patch(shape)
    top = y + PAD + LINE / 2
    axis.text(x + PAD, top, label(step.name, 26), fontsize=8, fontweight="bold", va="center")
    told = step.kind + (f", {step.seconds}" if step.seconds else "")
    axis.text(x + width - PAD, top, told, fontsize=TEXT, color=QUIET, ha="right", va="center")
    for i, line in enumerate(lines):
        at = top + LINE * (1.15 + i)
        axis.text(x + PAD, at, line, fontsize=TEXT, color=INK, va="center")


def _lines(facts: list[str], length: int) -> list[str]:
    """Set facts side by side in lines of at most so many characters, none of them broken."""
    lines: list[str] = []
    for fact in facts:
        if lines and len(lines[-1]) + len(fact) + 3 <= length:
            lines[-1] += f" · {fact}"
        else:
            lines.append(label(fact, length))
    return lines


def _steps(run: RunFolder, dims: dict[str, int]) -> list[Step]:
    steps: list[Step] = []
    ends: list[Step] = []
    for stage in records(run.run.get("stages")):
        full = str(stage.get("stage") or "")
        kind, _, name = full.partition(".")
        place, _, rest = name.partition(".")
        name = rest if rest and place.isdigit() else name
        taken = stage.get("seconds")
        seconds = duration(taken) if isinstance(taken, int | float) else ""
        if stage.get("reused"):
            seconds = "from the cache"
        if kind == "dataset":
            steps.append(Step("data set", name, _data(run), seconds))
        elif kind == "encoder":
            steps.append(Step("encoder", name, _encoder(run, full, dims), seconds))
        elif kind == "clusterer":
            ends.append(Step("clusterer", name, _clusterer(run, name), seconds))
        elif kind == "projection":
            rows = [f"{count(len(run.map.xy), 'row')} in two dimensions"] if run.map else []
            ends.append(Step("map", name, rows, seconds))
    kept = [step for step in ends if step.kind == "clusterer"]
    if len(kept) > MAX_CLUSTERERS:
        more = f"and {len(kept) - MAX_CLUSTERERS} more"
        others = [step for step in ends if step.kind != "clusterer"]
        ends = [*kept[:MAX_CLUSTERERS], Step("clusterer", more, [], ""), *others]
    return steps + ends


def _data(run: RunFolder) -> list[str]:
    data = table(run.run.get("data"))
    facts = []
    source = table(data, "source")
    if isinstance(path := source.get("path"), str):
        facts.append(label(path, 40))
    for split, told in run.splits.items():
        rows = whole(table(told), "rows")
        facts.append(label(split, 16) + (f" {count(rows, 'row')}" if rows is not None else ""))
    shape = next((table(told).get("shape") for told in run.splits.values()), None)
    if isinstance(content := data.get("content"), str):
        sizes = " × ".join(f"{n:,}" for n in shape) if isinstance(shape, list) else ""
        facts.append(f"{label(content, 16)} {sizes}".strip())
    if isinstance(names := data.get("label_names"), list) and names:
        facts.append(f"{len(names)} classes")
    return facts


def _encoder(run: RunFolder, stage: str, dims: dict[str, int]) -> list[str]:
    facts = []
    if stage in dims:
        facts.append(f"→ {count(dims[stage], 'dimension')}")
    epochs: dict[str, int] = {}
    for entry in run.history:
        if entry.get("stage") == stage:
            phase = label(entry.get("phase") or "train", 20)
            epochs[phase] = epochs.get(phase, 0) + 1
    facts += [f"{phase} {count(n, 'epoch')}" for phase, n in epochs.items()]
    parameters = whole(table(run.run, "networks", stage), "parameters")
    if parameters:
        facts.append(count(parameters, "parameter"))
    return facts


def _clusterer(run: RunFolder, name: str) -> list[str]:
    told = table(run.clusterers.get(name))
    facts = []
    if (clusters := whole(told, "n_clusters")) is not None:
        facts.append(count(clusters, "cluster"))
    for split, of in table(told, "sizes").items():
        rows = {key: n for key, n in table(of).items() if isinstance(n, int)}
        noise = rows.get("-1", 0)
        if noise and sum(rows.values()):
            facts.append(f"noise {100 * noise / sum(rows.values()):.1f} % of {label(split, 16)}")
    return facts


def dimensions(folder: Path) -> dict[str, int]:
    """Return the dimensions of each encoder's embedding, by stage, from its ``stage.json``."""
    found: dict[str, int] = {}
    for path in sorted(folder.glob("encoders/*/stage.json")):
        try:
            dim: Any = whole(table(json.loads(path.read_text("utf-8")), "info"), "dim")
        except (OSError, ValueError, RecursionError):
            continue
        if dim is not None:
            found[f"encoder.{path.parent.name.replace('-', '.', 1)}"] = dim
    return found
