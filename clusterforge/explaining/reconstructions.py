"""Original images beside what a decoder makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from clusterforge.contracts import FloatArray, IntArray, Split
from clusterforge.explaining.pictures import LARGE, png
from clusterforge.explaining.selection import spaced
from clusterforge.runs.records import Reconstruction

SHOWN = 12


def spread(split: Split, many: int = SHOWN) -> IntArray:
    """Return some rows: evenly over the classes, and spaced within each; without labels spaced."""
    if split.labels is None or not split.labelled:
        return spaced(len(split), many)
    classes = np.unique(split.labels[split.labels >= 0])
    classes = classes[spaced(len(classes), many)]
    each, more = divmod(many, len(classes))
    rows = []
    for i, label in enumerate(classes):
        members = np.flatnonzero(split.labels == label)
        rows.append(members[spaced(len(members), each + (i < more))])
    return np.concatenate(rows).astype(np.int64)


def reconstructions(
    stage: str, split: str, original: FloatArray, decoded: FloatArray, shape: tuple[int, ...]
) -> tuple[Reconstruction, ...]:
    """Return each image and its reconstruction as base64 PNG, with the mean squared error.

    Parameters
    ----------
    stage, split
        The encoder's stage, and the split of the images.
    original, decoded
        float32 (n, d): pixels in [0, 1], channels last; the error is of these values.
    shape
        Height, width and channels.
    """
    return tuple(
        Reconstruction(
            stage=stage,
            split=split,
            original=png(_pixels(one, shape), LARGE),
            reconstruction=png(_pixels(other, shape), LARGE),
            error=round(float(np.mean((one - other) ** 2, dtype=np.float64)), 8),
        )
        for one, other in zip(original, decoded, strict=True)
    )


def _pixels(values: FloatArray, shape: tuple[int, ...]) -> Any:
    return np.floor(values.clip(0, 1) * 255 + 0.5).astype(np.uint8).reshape(shape)
