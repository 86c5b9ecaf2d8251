"""Tables of numbers in npy files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from clusterforge.builtin.datasets import FilesParams
from clusterforge.contracts import Corpus, FloatArray, LeftOut, Split, Table
from clusterforge.datasets import selection
from clusterforge.datasets.file_finding import DataFiles
from clusterforge.errors import InputError

TRAIN, TEST = "train", "test"


def array_corpus(data_files: DataFiles, params: FilesParams, source: Mapping[str, Any]) -> Corpus:
    """Return the rows of npy files as a corpus without labels."""
    if params.features not in (None, "all"):
        raise InputError("an npy file has no named columns", key="features", remedy="drop it")
    arrays = {split: _stacked(paths) for split, paths in data_files.splits.items()}
    widths = {values.shape[1] for values in arrays.values()}
    if len(widths) > 1:
        raise InputError("has another number of columns than path", key="test")
    at = {split: np.arange(len(values)) for split, values in arrays.items()}
    starts = selection.starts({split: len(values) for split, values in arrays.items()})
    if params.test_fraction:
        arrays[TEST] = arrays[TRAIN]
        at = selection.divided(len(arrays[TRAIN]), None, params.test_fraction, params.sample_seed)
    made = {}
    left_out: list[LeftOut] = []
    for split, positions in at.items():
        finite = np.isfinite(arrays[split][positions]).all(axis=1)
        if not finite.all() and params.missing != "drop":
            raise InputError(
                f"{int((~finite).sum())} rows of {split} hold values that are not finite",
                key="missing",
                remedy='set it to "drop"',
            )
        rows = selection.choose(split, positions[finite], None, params)
        start, ids = starts.get(split, 0), np.arange(len(arrays[split]))
        for why, before, after in (
            ("a missing value", positions, positions[finite]),
            (selection.SAMPLE, positions[finite], rows),
        ):
            left_out += selection.left_out(why, before, after, start=start, ids=ids, split=split)
        if not len(rows):
            raise InputError(f"there are no rows for the {split} split", key="path")
        made[split] = Split(split, Table(arrays[split][rows]), None, rows, start + rows)
    names = tuple(str(index) for index in range(widths.pop()))
    return Corpus(
        made,
        feature_names=names,
        source={**source, **selection.described(params)},
        left_out=tuple(left_out),
    )


def _stacked(paths: Sequence[Path]) -> FloatArray:
    """Read npy files as one table: float32 (n, d)."""
    arrays = []
    for path in paths:
        try:
            array = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError, MemoryError) as error:
            why = " ".join(str(error).split())[:200]
            raise InputError(f"{path} can't be read as npy: {why}", key="path") from None
        if array.ndim != 2 or array.dtype.kind not in "biuf" or not array.size:
            raise InputError(
                f"{path} holds {array.dtype} {array.shape}, not a table of numbers (n, d)",
                key="path",
            )
        with np.errstate(over="ignore"):
            arrays.append(array.astype(np.float32))
    if len({array.shape[1] for array in arrays}) > 1:
        raise InputError("the npy files differ in their number of columns", key="path")
    return np.concatenate(arrays)
