"""Series of files: those cut into a number of parts, and those numbered one after another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from clusterforge.datasets.image_folder import readable
from clusterforge.datasets.signatures import PATH
from clusterforge.errors import InputError
from clusterforge.formats import are, few_of

_ONE_OF = re.compile(r"[-_](\d{1,5})[-_]of[-_](\d{1,5})(?!\d)")
_NUMBERED, MOST = re.compile(r"(.*?)(\d{1,9})(\D*)"), 100_000


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


def holes(paths: Sequence[Path]) -> Iterator[str]:
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
