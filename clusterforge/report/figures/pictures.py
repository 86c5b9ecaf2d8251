"""Original images above what the decoder makes of their codes."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt

from clusterforge.report.figures.canvas import COLUMN, QUIET, TEXT, drawing, label, save
from clusterforge.runs.records import Reconstruction

Picture = npt.NDArray[np.uint8]
ACROSS = 6
TILE = 64  # pixels


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
