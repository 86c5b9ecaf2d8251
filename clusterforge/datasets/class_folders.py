"""The classes of images by the folders that they stand in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Literal

from clusterforge.datasets.file_finding import DataFiles
from clusterforge.datasets.file_names import splits_called
from clusterforge.datasets.image_folder import readable
from clusterforge.datasets.odd_categories import nearly_one
from clusterforge.datasets.selection import TRAIN
from clusterforge.errors import InputError
from clusterforge.formats import few_of

NO_CLASS = ""
_DATE = re.compile(
    r"\d+|(18|19|20)\d\d[-_. ]?[01]\d([-_. ]?[0-3]\d)?|[0-3]?\d[-_. ][01]?\d[-_. ]\d{4}"
)
_OF_ANOTHER = r"(masks?|seg(mentation)?s?|labels?|annotations?|gt|ground[-_ ]?truth|thumb(nail)?s?)"
_FOLDER = re.compile(rf"{_OF_ANOTHER}|(images?|imgs?|pictures|photos|originals?)", re.IGNORECASE)
_FILE = re.compile(rf"(.+)[-_. ]({_OF_ANOTHER}|\d{{2,4}}x\d{{2,4}})(_\d+)?", re.IGNORECASE)
_PART = re.compile(
    r"(.+)[-_. ]((ch|channel|c|w|z)\d{1,2}|[lr]|left|right|rgb|depth|nir|dapi|gfp)", re.IGNORECASE
)
_CHANGED = (
    r"copy|kopie|copie|copia|edited|bearbeitet|modifié|editado|aug(mented)?|[hv]?flip(ped)?|mirror(ed)?|"
    r"rot(ated?)?|crop(ped)?|blur(red)?|nois[ey]|bright(er|ness)?|dark(er)?|zoom(ed)?|shift(ed)?|scaled?|"
    r"resized|contrast|jitter"
)
_COPY = re.compile(
    rf"(.+?)([-_. ]+({_CHANGED})([-_. ]?(\d+|left|right|up|down|h|v|lr|ud))*| ?\(\d+\))+",
    re.IGNORECASE,
)
_VERSION = re.compile(r"(.+)\.rf\.[0-9a-f]{16,40}")
_NUMBERED = re.compile(r"([^\W\d]\D*?)[-_. (]*\d+\)?\.\w+")
_CAMERA = re.compile(
    r"[A-Z_]{1,6}|(?i:image|img|photo|pic|picture|frame|page|scan|file|screenshot|video)s?"
)
FEWEST, FEW_EACH, FEW_COPIES = 3, 4, 12


def class_folders(
    data_files: DataFiles, asked: Literal["auto"] | bool
) -> tuple[dict[str, list[str]], list[str]]:
    """Return the class of each image of each split, empty where it has none, and what to say of it.

    Raises
    ------
    InputError
        Where folders are called by dates or numbers, and nothing says whether they are classes.
    """
    parts = {
        split: [data_files.parts_below(split, path) for path in paths]
        for split, paths in data_files.splits.items()
    }
    every = [part for of in parts.values() for part in of]
    within = [(split, *part) for split, of in parts.items() for part in of]
    odd = [*_of_others(within)] or [*_of_copies(within)] or [*_of_one(within)]
    inner = splits_called(sorted({name for part in parts[TRAIN] for name in part[:-1]}))
    if several := {TRAIN} < {*inner.values()}:
        held = next(name for name, split in inner.items() if split != TRAIN)
        odd.append(
            f"images in folders called {held!r} are read as {TRAIN}: name the folders of the splits alone, "
            "one in path, one in test"
        )
    unlabelled = {split: [NO_CLASS] * len(of) for split, of in parts.items()}
    if asked is False:
        return unlabelled, odd
    if asked == "auto":  # that all are in one folder says nothing of any
        above, least = 0, min(map(len, every)) - 1
        while above < least and len({part[above] for part in every}) == 1:
            above += 1
        parts = {split: [part[above:] for part in of] for split, of in parts.items()}
    shown = {name: readable(Path(name)) for of in parts.values() for name in {p[0] for p in of}}
    folders = {
        split: [shown[part[0]] if len(part) > 1 else NO_CLASS for part in of]
        for split, of in parts.items()
    }
    names = sorted({name for of in folders.values() for name in of})
    if asked == "auto" and len(splits_called(names)) == len(names) - (NO_CLASS in names):
        return unlabelled, odd if several else [*odd, *_classes_in_names(every)]
    names = [name for name in names if name != NO_CLASS]
    codes = {*map(str, range(len(names)))}  # of classes, as 0, 1, 2 … without a gap
    if asked == "auto" and names and all(map(_DATE.fullmatch, names)) and {*names} != codes:
        raise InputError(
            f"the folders are called by numbers or dates ({', '.join(names[:3])}): are they classes?",
            key="class_folders",
            remedy="set it to true if they are, to false if not",
            options=(False,),
        )
    deep = next((part for of in parts.values() for part in of if len(part) > 2), None)
    odd += nearly_one("folders", names)
    if deep is not None:
        at = readable(Path(*deep[:-1]))
        odd.append(f"folders within folders ({at}): the first, {deep[0]!r}, is the class")
    return folders, odd


def _of_others(paths: Collection[tuple[str, ...]]) -> Iterator[str]:
    """Say that images are called as masks or thumbnails of others: ``masks/0.png``, ``0-90x60.png``.

    Parameters
    ----------
    paths
        The split and the parts of each path.
    """
    whole: dict[tuple[str, ...], tuple[str, ...]] = {}
    marked: dict[tuple[str, ...], tuple[str, ...]] = {}
    folders = {folder for path in paths for folder in path[:-1]}
    kinds = {folder: _FOLDER.fullmatch(folder) for folder in folders}
    for path in paths:
        stem = _stem(path)
        of = _FILE.fullmatch(stem)
        of_folders = [kinds[folder] for folder in path[:-1]]
        plain = (folder for folder in path[:-1] if not kinds[folder])
        key = (*plain, of[1] if of else stem)
        if of or any(kind and kind[1] for kind in of_folders):
            marked[path] = key
        else:
            whole[key] = path
    found = [path for path, key in marked.items() if key in whole]
    if 2 * len(found) <= len(marked):
        return
    first = min(found)
    shown, other = (readable(Path(*path[1:])) for path in (first, whole[marked[first]]))
    more = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
    yield (
        f"{shown}{more} may be masks or thumbnails of others, such as {other}: "
        "if they are, put them elsewhere, or name the others alone in path"
    )


def _of_copies(paths: Collection[tuple[str, ...]]) -> Iterator[str]:
    """Say that images are called as changed copies of others: ``a_flip.jpg``, ``a (1).jpg`` beside ``a.jpg``.

    Parameters
    ----------
    paths
        The split and the parts of each path.
    """
    there = {(*path[:-1], _stem(path)): path for path in paths}
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for path in paths:
        called = _COPY.fullmatch(_stem(path))
        if called and (whole := there.get((*path[:-1], called[1]))):
            found[path] = whole
    versions: dict[tuple[str, ...], tuple[str, ...]] = {}
    for path in paths if not found else ():  # as Roboflow calls them: a_jpg.rf.0123….jpg
        if called := _VERSION.fullmatch(_stem(path)):
            first_one = versions.setdefault((*path[:-1], called[1]), path)
            if first_one != path:
                found[path] = first_one
    bases = len({*found.values()})
    if len(found) < FEWEST or FEW_COPIES * bases < len(
        found
    ):  # download (1).jpg is another picture
        return
    first = min(found)
    shown, other = (readable(Path(*path[1:])) for path in (first, found[first]))
    yield (
        f"{len(found):,} of {len(paths):,} images are called as copies of others, such as {shown} of "
        f"{other}: each counts as a row; if they are copies or changed ones, put them elsewhere"
    )


def _of_one(paths: Collection[tuple[str, ...]]) -> Iterator[str]:
    """Say that images may be versions or parts of one: ``a.heic`` and ``a.jpg``, ``a_ch0`` and ``a_ch1``.

    Parameters
    ----------
    paths
        The split and the parts of each path.
    """
    alike: dict[tuple[str, ...], list[str]] = {}
    for path in paths:
        stem = _stem(path)
        part = _PART.fullmatch(stem)
        alike.setdefault((*path[:-1], part[1] if part else stem), []).append(path[-1])
    several = [names for names in alike.values() if len(names) > 1]
    if len(several) < FEWEST or 2 * sum(map(len, several)) <= len(paths):
        return
    one, other = (readable(Path(name)) for name in several[0][:2])
    yield (
        f"{one} and {other}, and {len(several) - 1:,} more such groups, may be versions or parts of one "
        "image: if they are, keep one of each, or merge them"
    )


def _stem(path: tuple[str, ...]) -> str:
    """Return what an image is called, without its suffix."""
    return path[-1].rpartition(".")[0] or path[-1]


def _classes_in_names(paths: Collection[tuple[str, ...]]) -> Iterator[str]:
    """Say that the names of images, in no folders of classes, may begin with them: ``cat.1.jpg``."""
    found = [_NUMBERED.fullmatch(path[-1]) for path in paths]
    rows = Counter(match[1] for match in found if match)
    classes = [*rows]
    if (
        None in found
        or not 1 < len(classes) <= len(paths) // FEW_EACH
        or any(map(_CAMERA.fullmatch, classes))
    ):
        return
    listed = few_of([repr(readable(Path(name))) for name in classes], FEWEST)
    yield (
        f"the names of the images begin with {listed}, which are not read as labels: "
        "if they are classes or splits, put the images of each into a folder of its own"
    )
