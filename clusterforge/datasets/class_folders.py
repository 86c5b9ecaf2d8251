"""The classes of images by the folders that they stand in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from clusterforge.datasets.file_finding import DataFiles
from clusterforge.datasets.image_folder import readable
from clusterforge.datasets.odd_labels import nearly_one
from clusterforge.errors import InputError

NO_CLASS = ""
_DATE = re.compile(
    r"\d+|(18|19|20)\d\d[-_. ]?[01]\d([-_. ]?[0-3]\d)?|[0-3]?\d[-_. ][01]?\d[-_. ]\d{4}"
)


def class_folders(
    data_files: DataFiles, asked: Literal["auto"] | bool
) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    """Return the class of each image of each split, empty where it has none, and what to say of it.

    Raises
    ------
    InputError
        Where folders are called by dates or numbers, and nothing says whether they are classes.
    """
    parts = {
        split: [data_files.below_root(split, path).parts for path in paths]
        for split, paths in data_files.splits.items()
    }
    if asked is False:
        return {split: [NO_CLASS] * len(of) for split, of in parts.items()}, ()
    folders = {
        split: [readable(Path(part[0])) if len(part) > 1 else NO_CLASS for part in of]
        for split, of in parts.items()
    }
    names = sorted({name for of in folders.values() for name in of} - {NO_CLASS})
    if asked == "auto" and names and all(map(_DATE.fullmatch, names)) and not _codes(names):
        raise InputError(
            f"the folders are called by numbers or dates ({', '.join(names[:3])}): are they classes?",
            key="class_folders",
            remedy="set it to true if they are, to false if not",
            options=(False,),
        )
    deep = next((part for of in parts.values() for part in of if len(part) > 2), None)
    remarks = nearly_one("folders", names)
    if deep is None:
        return folders, remarks
    at = readable(Path(*deep[:-1]))
    return folders, (
        *remarks,
        f"folders within folders ({at}): the first, {deep[0]!r}, is the class",
    )


def _codes(names: list[str]) -> bool:
    """Tell whether names are the codes of classes: 0, 1, 2 … without a gap."""
    return set(names) == {str(code) for code in range(len(names))}
