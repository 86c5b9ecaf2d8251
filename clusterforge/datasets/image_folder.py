"""Folders of images: one folder for each class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from clusterforge.builtin.datasets import FilesParams
from clusterforge.contracts import Corpus, IntArray, Split
from clusterforge.datasets import selection
from clusterforge.datasets.arrow_items import FolderFiles, image_splits
from clusterforge.datasets.class_labels import UNLABELLED
from clusterforge.datasets.file_finding import DataFiles

TRAIN, TEST = "train", "test"
NO_CLASS = ""


def classes_of(data_files: DataFiles, split: str) -> list[str]:
    """Return the class folder of each image of a split; empty where it stands in none."""
    root = data_files.roots[split]
    places = [path.relative_to(root).parts for path in data_files.splits[split]]
    return [place[0] if len(place) > 1 else NO_CLASS for place in places]


def image_corpus(data_files: DataFiles, params: FilesParams, source: Mapping[str, Any]) -> Corpus:
    """Return the images as a corpus; ids are the paths below the folder of the classes."""
    folders = {split: classes_of(data_files, split) for split in data_files.splits}
    names = sorted({name for listed in folders.values() for name in listed} - {NO_CLASS})
    code = {NO_CLASS: UNLABELLED, **{name: index for index, name in enumerate(names)}}
    codes = {s: np.array([code[name] for name in listed]) for s, listed in folders.items()}
    ids = {
        split: np.array([path.relative_to(data_files.roots[split]).as_posix() for path in paths])
        for split, paths in data_files.splits.items()
    }
    paths = dict(data_files.splits)
    at = {split: np.arange(len(listed)) for split, listed in paths.items()}
    starts = selection.starts({split: len(listed) for split, listed in paths.items()})
    if params.test_fraction:
        codes[TEST], ids[TEST], paths[TEST] = codes[TRAIN], ids[TRAIN], paths[TRAIN]
        at |= selection.divided(
            len(paths[TRAIN]), codes[TRAIN], params.test_fraction, params.sample_seed
        )
    labels: dict[str, IntArray | None] = {s: codes[s][r] if names else None for s, r in at.items()}
    chosen = {s: selection.choose(s, r, labels[s], params, names) for s, r in at.items()}
    files = {s: FolderFiles([paths[s][row] for row in rows]) for s, rows in chosen.items()}
    items = image_splits(files, params.in_memory, params.resize, "path")
    made = {
        s: Split(
            s, items[s], codes[s][rows] if names else None, ids[s][rows], starts.get(s, 0) + rows
        )
        for s, rows in chosen.items()
    }
    left_out = [
        one
        for s, rows in chosen.items()
        for one in selection.left_out(
            selection.SAMPLE, at[s], rows, start=starts.get(s, 0), ids=ids[s], split=s
        )
    ]
    return Corpus(
        made,
        label_names=tuple(names),
        source={**source, **selection.described(params)},
        notes=("balanced",) if params.balanced else (),
        left_out=tuple(left_out),
    )
