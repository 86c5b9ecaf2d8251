"""The architecture of a trained network: a block for each layer, as wide as the log of its units."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clusterforge.formats import count
from clusterforge.report.figures.canvas import (
    COLUMN,
    INK,
    QUIET,
    TEXT,
    drawing,
    label,
    save,
)
from clusterforge.runs.records import NetworkRecord

MAX_BLOCKS = 26
ROW, THICK, LETTER = 0.235, 0.17, 0.051  # inches
PARTS = {"encoder": "#bcd7ea", "decoder": "#f6dfab"}
OTHER, CUT = "#dcdfe3", "#f2f3f5"


@dataclass
class Block:
    """A layer with weights, or a change of shape, with what follows it without any."""

    part: str
    names: list[str]
    shape: list[int]
    parameters: int
    units: int = field(init=False)

    def __post_init__(self) -> None:
        self.units = math.prod(self.shape) if self.shape else 0


def architecture(folder: Path, stage: str, network: NetworkRecord, inputs: int) -> str:
    """Draw a trained network that takes so many values, from its input down to its output."""
    blocks = [Block("input", ["input"], [inputs], 0)] if inputs else []
    for layer in network.layers:
        part = layer.name.partition(".")[0]
        same = bool(blocks) and blocks[-1].part == part and list(layer.shape) == blocks[-1].shape
        if layer.type == "Identity" and blocks:
            continue
        if same and (not layer.parameters or layer.type.startswith(("BatchNorm", "LayerNorm"))):
            blocks[-1].names.append(layer.type)
            blocks[-1].parameters += layer.parameters
        else:
            blocks.append(Block(part, [layer.type], list(layer.shape), layer.parameters))
    return _drawn(folder, stage, blocks, network.parameters)


def _drawn(folder: Path, stage: str, blocks: list[Block], total: int) -> str:
    shown = list(blocks)
    if len(shown) > MAX_BLOCKS:
        half = MAX_BLOCKS // 2
        cut = blocks[half : len(blocks) - half]
        between = Block("cut", [count(len(cut), "more layer")], [], sum(b.parameters for b in cut))
        shown = [*blocks[:half], between, *blocks[len(blocks) - half :]]
    most = max((block.units for block in shown), default=1)
    left, middle, widest, top = 0.06, 1.5, 2.3, 0.52
    height = top + ROW * len(shown) + 0.06
    with drawing(COLUMN, height, free=True) as figure:
        axis = figure.add_axes((0, 0, 1, 1))
        axis.set_xlim(0, COLUMN)
        axis.set_ylim(height, 0)
        axis.set_axis_off()
        title = f"{label(stage, 30)}: {count(total, 'parameter')}"
        axis.text(left, 0.16, title, fontsize=8.5, fontweight="bold", va="center")
        head: dict[str, Any] = {"fontsize": TEXT, "color": QUIET, "va": "center"}
        axis.text(middle, 0.37, "layer", ha="center", **head)
        axis.text(COLUMN - left, 0.37, "parameters", ha="right", **head)
        for place, block in enumerate(shown):
            y = top + ROW * (place + 0.5)
            share = math.log1p(block.units) / math.log1p(max(most, 2)) if block.units else 1.0
            name = " · ".join(block.names)
            size = " × ".join(f"{n:,}" for n in block.shape)
            room = 46 - len(size)
            text = f"{label(name, room)}  {size}".strip()
            # As wide as the logarithm of its units, and no narrower than what stands in it.
            _bar(axis, block, middle, y, max(widest * share, LETTER * (len(text) + 2)))
            axis.text(middle, y, text, fontsize=TEXT, ha="center", va="center", color=INK)
            if block.parameters:
                axis.text(COLUMN - left, y, f"{block.parameters:,}", fontsize=TEXT, ha="right",
                          va="center")  # fmt: skip
        sizes = " → ".join(f"{block.units:,}" for block in shown if block.units)
        alt = f"The layers of {stage} from input to output, {count(total, 'parameter')}: {sizes}."
        return save(figure, folder, f"network-{stage}", f"{stage}: architecture", alt)


def _bar(axis: Any, block: Block, middle: float, y: float, width: float) -> None:
    from matplotlib.patches import Rectangle

    face = CUT if block.part == "cut" else PARTS.get(block.part, OTHER)
    corner = (middle - width / 2, y - THICK / 2)
    axis.add_patch(Rectangle(corner, width, THICK, facecolor=face, edgecolor=QUIET, linewidth=0.5))
