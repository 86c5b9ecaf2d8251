"""What the names of files say: of which split they are, of what series, and whether some are missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from os.path import commonpath
from pathlib import Path

from clusterforge import file_keys
from clusterforge.datasets.image_folder import readable
from clusterforge.datasets.signatures import PATH
from clusterforge.errors import InputError
from clusterforge.formats import are, few_of, first_of

_SPLITS = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
}
_BESIDE_TRAIN = {"dev": "validation", "eval": "test", "evaluation": "test", "holdout": "test"}
_CALLED = re.compile(
    rf"({'|'.join(_SPLITS)})([-_ ]?(set|data|split|images)|(19|20)\d\d)?", re.IGNORECASE
)
_SHARD = re.compile(r"[-_]?(?<!\d)(?!(?:19|20)\d\d$)\d{1,5}([-_]of[-_]\d{1,5})?$")  # a year is none
_WORDS = re.compile(r"[^a-z]+")
_HELD = frozenset({*_SPLITS} - {"train", "training"})
FEW = 20  # folders that may be classes
_CONFLICT = re.compile(
    r"(.+?)(\.sync-conflict-[\w-]+| \(.{0,40}conflict(ed copy)?.{0,40}\)| \(\d+\)"
    r"|[ _.-]+(copy|kopie|copie|backup)( ?\d+)?)",
    re.IGNORECASE,
)
_ONE_OF = re.compile(r"[-_](\d{1,5})[-_]of[-_](\d{1,5})(?!\d)")
_NUMBERED, MOST = re.compile(r"(.*?)(\d{1,9})(\D*)"), 100_000


def bare(path: Path) -> str:
    """Return what a file is called, without suffixes and what numbers it."""
    name = path.name.split(".")[0].lower()
    if file_keys.kind(path) == file_keys.IDX:
        return name.partition("-images")[0].replace("t10k", "test")
    return _SHARD.sub("", name)


def split_called(name: str) -> str | None:
    """Return the split that a file or folder is called after: ``test``, ``testing``, ``test_set``."""
    found = _CALLED.fullmatch(name)
    return _SPLITS[found[1].lower()] if found else None


def splits_called(names: Sequence[str]) -> dict[str, str]:
    """Return the split of each of the names in a folder that is called after one; dev is, next to train."""
    found = {name: split for name in names if (split := split_called(name))}
    if "train" not in found.values():
        return found
    beside = {name: _BESIDE_TRAIN[name.lower()] for name in names if name.lower() in _BESIDE_TRAIN}
    return found | beside


def is_held_out(name: str) -> bool:
    """Tell whether a split is called as if it were held out."""
    return not _HELD.isdisjoint(_WORDS.split(name.lower()))


def _of_conflicts(paths: Sequence[Path]) -> Iterator[str]:
    """Say that files are called as other states of ones beside them, as programs of folders call them."""
    there = {*paths}
    found = {
        path: whole
        for path in paths
        if (called := _CONFLICT.fullmatch(path.stem))
        and (whole := path.with_name(f"{called[1]}{path.suffix}")) in there
    }
    if found:
        first = min(found)
        yield (
            f"{len(found):,} of {len(paths):,} files are called as other states of ones beside them, such as "
            f"{readable(Path(first.name))} of {readable(Path(found[first].name))}: put them elsewhere"
        )


def said_of_names(
    paths: Sequence[Path], *, of_documents: bool = False, labelled: bool = False
) -> Iterator[str]:
    """Say what the names of the files of train tell that is not read.

    Parameters
    ----------
    paths
        The files.
    of_documents
        Whether each is one text.
    labelled
        Whether their folders are the labels.
    """
    yield from [*_held_out(paths)] or ([] if labelled else _unread_folders(paths, of_documents))
    yield from lacking(paths)
    yield from _of_conflicts(paths)
    yield from _holes(paths)


def check_shards(paths: Sequence[Path], key: str = PATH) -> None:
    """Refuse some of the files of what is cut into several: ``train-00000-of-00002.parquet`` alone."""
    for what in lacking(paths):
        raise InputError(
            what,
            key=key,
            remedy="download all of them, or rename those that are there if no others are wanted",
        )


def lacking(paths: Sequence[Path]) -> Iterator[str]:
    """Say which files of what is cut into several are not there."""
    shards: dict[tuple[str, str], set[int]] = {}
    for path in paths:
        match = _ONE_OF.search(path.name)
        if match:
            stem = f"{path.parent / path.name[: match.start()]}{match.group()[0]}"
            shards.setdefault((stem, match[2]), set()).add(int(match[1]))
    for (stem, last), there in shards.items():
        total = int(last)
        missing = total - len(there)
        # One file alone may be called so: season_2_of_5_notes.
        if missing > 0 and (len(there) > 1 or len(last) > 1):
            yield f"{missing:,} of the {total:,} files {stem}* {are(missing)} missing"


def _holes(paths: Sequence[Path]) -> Iterator[str]:
    """Say which numbers some files lack that are numbered one after another: ``data_4.csv``."""
    series: dict[tuple[Path, str, str], dict[int, Path]] = {}
    for path in paths:
        match = _NUMBERED.fullmatch(path.name)
        if match and not _ONE_OF.search(path.name):
            series.setdefault((path.parent, match[1], match[3]), {})[int(match[2])] = path
    for numbered in series.values():
        first, last = min(numbered), max(numbered)
        absent = sorted({*range(first, last + 1)} - {*numbered}) if last - first < MOST else []
        if absent and len(absent) <= len(numbered) // 3:
            names = " to ".join(readable(Path(numbered[at].name)) for at in (first, last))
            listed = few_of([*map(str, absent)], 3)
            yield f"of the files {names} there is none of number {listed}: are rows missing?"


def _held_out(paths: Sequence[Path]) -> Iterator[str]:
    """Say which of several files of train are called as if they were held out: ``my_test.csv``.

    Parameters
    ----------
    paths
        The files.
    """
    base = Path(commonpath([path.parent for path in paths]))
    words = {path: {*_WORDS.split(str(path.relative_to(base)).lower())} for path in paths}
    held = _HELD | {*(_BESIDE_TRAIN if any("train" in of for of in words.values()) else ())}
    called = [path for path in paths if held & words[path]]
    if 0 < len(called) < len(paths):
        names = first_of([readable(path.relative_to(base)) for path in called], 1)
        remedy = "if its rows are held out, call it test, or name it in test alone"
        yield f"{names} is read as train: {remedy}"


def _unread_folders(paths: Sequence[Path], of_documents: bool) -> Iterator[str]:
    """Say that the folders of files, which may be classes, are no column: ``pos/1.txt``, ``neg/1.txt``.

    Parameters
    ----------
    paths, of_documents
        The files, and whether each is one text.
    """
    folders = [path.parent for path in paths]
    base = Path(commonpath(folders))
    names = {folder.relative_to(base).parts[:1] for folder in folders}
    called = sorted(name for of in names for name in of)
    if not 1 < len(called) <= FEW or () in names or not all(name.isalpha() for name in called):
        return
    remedy = (
        'set label = "folder"'
        if of_documents
        else 'set whole_files = true and label = "folder" if each file is one text'
        if file_keys.kind(paths[0]) == ".txt"
        else f"call them label={called[0]} and so on"
    )
    yield (
        f"the folders {few_of(called, 3)} of the files are not read as labels: if they are some, {remedy}"
    )
