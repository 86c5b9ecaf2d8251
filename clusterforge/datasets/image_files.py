"""Images in folders: their classes, their corpus, and what is known of them before they are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from os.path import relpath
from pathlib import Path
from typing import Any

import numpy as np

from clusterforge import file_keys
from clusterforge.builtin.datasets import FilesParams
from clusterforge.contracts import Corpus, IntArray, LeftOut, Peek
from clusterforge.datasets import row_size, selection
from clusterforge.datasets.class_folders import NO_CLASS, class_folders
from clusterforge.datasets.class_labels import UNLABELLED
from clusterforge.datasets.copies import copies_in, without
from clusterforge.datasets.file_finding import DataFiles
from clusterforge.datasets.image_folder import is_image, readable
from clusterforge.datasets.image_items import read_images
from clusterforge.datasets.parts import Part, Read, corpus_of, said
from clusterforge.datasets.selection import TRAIN
from clusterforge.datasets.stored_images import FolderFiles

FEW_TABLES = 3  # beside images


def image_peek(files: DataFiles, params: FilesParams) -> Peek:
    """Return what the names of images tell."""
    counts = {split: len(paths) for split, paths in files.splits.items()}
    folders, _ = class_folders(files, params.class_folders)
    names = {name for of_split in folders.values() for name in of_split}
    n_classes = len(names - {NO_CLASS}) or None
    about = selection.expected_of(counts, params, n_classes)
    certain = params.missing != "drop"  # else an image may turn out to be broken
    first = files.splits[TRAIN][0].read_bytes()
    return Peek(
        about if certain else {},
        "image",
        None,
        n_classes,
        params.path,
        labelled=n_classes is not None,
        shape=row_size.of_image(first, params),
        about=about,
        most={} if certain else about,
    )


def image_corpus(files: DataFiles, params: FilesParams, source: Mapping[str, Any]) -> Corpus:
    """Return the images as a corpus; ids are the paths below the folder of the classes."""
    folders, remarks = class_folders(files, params.class_folders)
    names = sorted({name for listed in folders.values() for name in listed} - {NO_CLASS})
    code = {NO_CLASS: UNLABELLED, **{name: index for index, name in enumerate(names)}}
    rows_of = {split: len(listed) for split, listed in folders.items()}
    at = selection.positions(rows_of, np.array([code[name] for name in folders[TRAIN]]), params)
    starts = selection.starts(rows_of)
    places = {split: split if split in folders else TRAIN for split in at}
    paths = {split: files.splits[place] for split, place in places.items()}

    def items(chosen: Mapping[str, IntArray]) -> Read:
        read = {s: FolderFiles([paths[s][row] for row in rows]) for s, rows in chosen.items()}
        return read_images(read, params, "path")

    parts, copies = {}, copies_in(at, items, params)
    for split, place in places.items():
        ids = np.array([readable(files.name(place, path)) for path in paths[split]])
        codes = np.array([code[name] for name in folders[place]]) if names else None
        own = starts[place] + np.arange(len(ids))
        rows = without(at[split], copies[split])
        parts[split] = Part(rows, ids, own, codes, at[split], copies=copies[split])
    outside = _unused(files, sum(rows_of.values()))
    if files.hidden:
        source = {**source, "hidden": files.hidden}
    corpus = corpus_of(parts, items, params, source, names, outside)
    remarks += [*map(said, outside), *_about_images(files)]
    return replace(corpus, remarks=(*remarks, *corpus.remarks))


def _about_images(files: DataFiles) -> Iterator[str]:
    """Say that a table beside images may be about them."""
    kinds = (*file_keys.CSV, ".jsonl", ".parquet", ".xlsx")
    tables = [path for path in files.others if file_keys.kind(path) in kinds]
    if 0 < len(tables) <= FEW_TABLES:
        yield (
            f"{readable(Path(tables[0].name))} may name the images and their labels: to read them by it, set "
            "path to it, and image and label to its columns"
        )


def _unused(files: DataFiles, start: int) -> list[LeftOut]:
    """Return the files of an image folder that are left out; their positions come after the images."""
    by_reason: dict[str, list[str]] = {}
    for path in files.others:
        reason = "in no folder of a split" if is_image(path) else "not an image"
        if not path.is_file():
            reason = "a link that leads nowhere" if path.is_symlink() else "no file"
        name = readable(Path(relpath(path, files.roots[TRAIN][0])))
        by_reason.setdefault(reason, []).append(name)
    left = []
    for reason, names in by_reason.items():
        left.append(LeftOut(reason, start + np.arange(len(names)), np.array(names)))
        start += len(names)
    return left
