"""What the synthetic data sets share: class sizes, outliers and the corpus."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from clusterforge.builtin.datasets import BlobsParams, MoonsParams
from clusterforge.contracts import Corpus, IntArray, Table
from clusterforge.datasets.array_corpus import divide
from clusterforge.datasets.class_labels import UNLABELLED

Points = npt.NDArray[np.float64]


def even_labels(params: BlobsParams | MoonsParams, classes: int) -> IntArray:
    """Return the class of each row that is no outlier, in turn: int64 (m,)."""
    return np.arange(params.rows - outlier_rows(params), dtype=np.int64) % classes


def outlier_rows(params: BlobsParams | MoonsParams) -> int:
    """Return how many rows are outliers."""
    return round(params.rows * params.outliers)


def finished(
    points: Points,
    labels: IntArray,
    params: BlobsParams | MoonsParams,
    rng: np.random.Generator,
    name: str,
    classes: int,
) -> Corpus:
    """Add the outliers, shuffle, and split.

    Outliers lie evenly in the box around the points, one and a half times as wide.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    margin = (high - low) / 4
    shape = (outlier_rows(params), points.shape[1])
    outliers = rng.uniform(low - margin, high + margin, shape)
    values = np.concatenate([points, outliers]).astype(np.float32)
    codes = np.concatenate([labels, np.full(len(outliers), UNLABELLED, dtype=np.int64)])
    order = rng.permutation(len(values))
    values, codes = values[order], codes[order]
    return divide(
        lambda rows: Table(values[rows]),
        codes,
        tuple(str(index) for index in range(classes)),
        params,
        feature_names=tuple(f"x{index}" for index in range(values.shape[1])),
        source={"from": "synthetic", "name": name, "rows": params.rows},
    )
