"""Kinds of files with rows, told by their suffixes, and which keys of the data set ``files`` each uses."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

COMPRESSED = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd", ".lz4": "lz4"}
TABBED = (".tsv", ".tab")
CSV = (".csv", *TABBED)
JSON = (".jsonl", ".ndjson", ".json")
SHEETS = (*CSV, ".parquet", ".feather", ".xlsx")
"""What is a table of its own, and mostly no list of what lies beside it where there are several."""
DATABASES = (".sqlite", ".sqlite3", ".db")
TEXTS = (*CSV, *JSON, ".txt")
DOCUMENTS = (".txt", ".md", ".html", ".htm")
"""What may be one text as a whole."""
FILE, FOLDER = "file", "folder"
"""The columns of such texts that say where they stand."""
IDX = ".idx"  # train-images-idx3-ubyte, train-images.idx3-ubyte
TYPED = (".parquet", ".feather", ".arrow", ".npy", ".npz", IDX, ".xlsx", *DATABASES)
TABLES = (*TEXTS, *TYPED)
IMAGES = re.compile(
    rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|RIFF.{4}WEBP|BM.{4}\0{4}|II\*\0|MM\0\*", re.DOTALL
)
"""How files of images begin."""
AS_BASE64 = r"^\s*(data:image/[\w.+-]+[;,]|(iVBORw0KGgo|/9j/|R0lGOD|UklGR|Qk[0-3]|SUkq|TU0A)[\w+/=\s-]{64,}$)"
"""How images are written as base64: PNG, JPEG, GIF, WebP, BMP and TIFF, or any within an address."""
AS_HEX = r"^\s*(\\x|0x|\\\\x)?(?i:89504e47|ffd8ffe|474946383|52494646)[0-9a-fA-F]{48,}\s*$"
"""How databases write them: the bytes as hexadecimal digits."""
FROM_HEX = "write them as files (bytes.fromhex of what follows x), and name their paths"
AS_FILES = "write them as files (base64.b64decode), and name their paths, or as bytes into parquet"
IMAGES_AS_TEXT = (
    (AS_BASE64, "images as base64", AS_FILES),
    (AS_HEX, "images as hexadecimal digits", FROM_HEX),
)
"""How images are written as texts, what to call that, and what to do."""
_DIGITS = re.compile("([0-9]+)")
_CALLED_IDX = re.compile(r"[.-]idx\d-u?\w+$")
_NAMED = frozenset(TABLES) - {".txt", ".npy", IDX}  # their columns have names

USED_BY: Mapping[str, Collection[str]] = {
    "delimiter": CSV,
    "quotes": CSV,
    "comment": CSV,
    "header": (*CSV, ".xlsx"),
    "skip": (*CSV, ".xlsx"),
    "encoding": (*TEXTS, *DOCUMENTS),
    "whole_files": DOCUMENTS,
    "table": (".xlsx", *DATABASES),
    "query": DATABASES,
    "na_values": _NAMED,
    "decimal": _NAMED,
    "thousands": _NAMED,
    "units": _NAMED,
}
"""The suffixes of the files that use each key, without that of a compression."""


def kind(path: Path) -> str:
    """Return the suffix that says what a file is, without that of its compression."""
    name = Path(path.name.lower())
    name = name.with_suffix("") if name.suffix in COMPRESSED else name
    return IDX if _CALLED_IDX.search(name.name) else name.suffix


def in_order(paths: Iterable[Path]) -> list[Path]:
    """Return paths sorted, by the value of numbers in their names: part_2 before part_10."""

    def place(path: Path) -> tuple[list[str | int], Path]:
        parts = _DIGITS.split(path.as_posix().replace("/", "\0"))
        return [int(part) if at % 2 else part for at, part in enumerate(parts)], path

    return sorted(paths, key=place)


def is_visible(path: Path) -> bool:
    """Tell whether a file is neither hidden nor what Office keeps while one is open: ``~$a.xlsx``."""
    return not path.name.startswith((".", "_", "~$"))


def kinds(path: Path) -> set[str]:
    """Return the kinds of the tables that a path names, or of those in the folder that it names."""
    if not path.is_dir():
        return {kind(path)}.intersection(TABLES)
    return _of_tables(path.glob("*")) or _of_tables(path.rglob("*"))


def _of_tables(paths: Iterable[Path]) -> set[str]:
    return {kind(path) for path in paths if is_visible(path) and path.is_file()}.intersection(
        TABLES
    )


def matches(name: str, pattern: str) -> bool:
    """Tell whether a column is called so, or as a pattern says: ``x [mm]`` is itself, too."""
    return name == pattern or fnmatchcase(name, pattern)


def unused(kinds: Collection[str], keys: Collection[str]) -> list[str]:
    """Return those of some keys that no file uses.

    Examples
    --------
    >>> unused({".parquet"}, ["query", "na_values", "features"])
    ['query']
    """
    return [key for key in keys if key in USED_BY and not {*kinds}.intersection(USED_BY[key])]
