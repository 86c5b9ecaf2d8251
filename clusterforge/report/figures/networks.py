"""Trained networks: a block for each layer, and what a decoder makes of its codes."""

from __future__ import annotations

import math
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from clusterforge.formats import count
from clusterforge.report.figures.canvas import COLUMN, INK, QUIET, TEXT, Style, drawing, label, save
from clusterforge.runs.records import NetworkRecord, Reconstruction

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_BLOCKS = 26
ROW, THICK, LETTER = 0.235, 0.17, 0.051  # inches
PARTS = {"encoder": "#bcd7ea", "decoder": "#f6dfab"}
OTHER, CUT = "#dcdfe3", "#f2f3f5"
Picture = npt.NDArray[np.uint8]
ACROSS = 6
TILE = 64  # pixels


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
    return _architecture(folder, stage, blocks, network.parameters)


def _architecture(folder: Path, stage: str, blocks: list[Block], total: int) -> str:
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
        head: Style = {"fontsize": TEXT, "color": QUIET, "va": "center"}
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


def _bar(axis: Axes, block: Block, middle: float, y: float, width: float) -> None:
    from matplotlib.patches import Rectangle

    face = CUT if block.part == "cut" else PARTS.get(block.part, OTHER)
    corner = (middle - width / 2, y - THICK / 2)
    axis.add_patch(Rectangle(corner, width, THICK, facecolor=face, edgecolor=QUIET, linewidth=0.5))


def pixels(encoded: str) -> Picture:
    """Return a PNG in base64 as uint8 (height, width, 3)."""
    from PIL import Image

    return np.asarray(Image.open(BytesIO(b64decode(encoded)), formats=["PNG"]).convert("RGB"))


def tile(picture: Picture) -> Picture:
    """Return a picture within a square of ``TILE`` pixels, its shape kept and its pixels sharp."""
    height, width = picture.shape[:2]
    scale = TILE / max(height, width)
    rows = (np.arange(max(1, round(height * scale))) / scale).astype(np.int64).clip(0, height - 1)
    columns = (np.arange(max(1, round(width * scale))) / scale).astype(np.int64).clip(0, width - 1)
    square = np.full((TILE, TILE, 3), 255, np.uint8)
    top, left = (TILE - len(rows)) // 2, (TILE - len(columns)) // 2
    square[top : top + len(rows), left : left + len(columns)] = picture[rows][:, columns]
    return square


def reconstructions(folder: Path, pairs: Sequence[Reconstruction]) -> Iterator[str]:
    """Draw original images above what the decoder makes of their codes, stage by stage."""
    for stage in dict.fromkeys(pair.stage for pair in pairs):
        yield _reconstructed(folder, stage, [p for p in pairs if p.stage == stage][: 2 * ACROSS])


def _reconstructed(folder: Path, stage: str, pairs: Sequence[Reconstruction]) -> str:
    blocks = -(-len(pairs) // ACROSS)
    across = min(ACROSS, len(pairs))
    step = TILE + 6
    with drawing(COLUMN, 0.3 + blocks * ((COLUMN - 0.75) / ACROSS * 2 + 0.28)) as figure:
        axes = figure.subplots(blocks, 1, squeeze=False).ravel()
        for row, axis in enumerate(axes):
            block = pairs[row * ACROSS : (row + 1) * ACROSS]
            sheet = np.full((2 * step - 6, max(across, ACROSS) * step - 6, 3), 255, np.uint8)
            for i, pair in enumerate(block):
                for line, encoded in enumerate((pair.original, pair.reconstruction)):
                    place = slice(line * step, line * step + TILE), slice(i * step, i * step + TILE)
                    sheet[place] = tile(pixels(encoded))
                axis.text(i * step + TILE / 2, 2 * step, f"{pair.error:.3g}", ha="center", va="top",
                          fontsize=TEXT, color=QUIET)  # fmt: skip
            axis.imshow(sheet, interpolation="nearest")
            axis.set_yticks([TILE / 2, step + TILE / 2], ["original", "decoded"])
            axis.set_xticks([])
            axis.tick_params(length=0)
            for side in axis.spines.values():
                side.set_visible(False)
        splits = sorted({pair.split for pair in pairs})
        of = f" of {label(splits[0], 14)}" if len(splits) == 1 else ""
        title = f"Originals{of} and reconstructions"
        axes[0].set_title(title)
        axes[-1].set_xlabel("below each pair: mean squared error", labelpad=12)
        alt = f"{len(pairs)} original images{of} above what {stage} decodes from their codes."
        return save(figure, folder, f"reconstructions-{stage}", title, alt)
