"""Which keys of the data set ``files`` say how a kind of file is read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

COMPRESSED = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd", ".lz4": "lz4"}
_CSV = frozenset({".csv", ".tsv", ".tab"})
_JSON = frozenset({".jsonl", ".ndjson", ".json"})
_BOOKS = frozenset({".xlsx"})
_DATABASES = frozenset({".sqlite", ".sqlite3", ".db"})
_TYPED = frozenset({".parquet", ".feather", ".arrow", ".npz"})
_NAMED = _CSV | _JSON | _BOOKS | _DATABASES | _TYPED
_KINDS = _NAMED | {".txt", ".npy"}

USED_BY: Mapping[str, frozenset[str]] = {
    "delimiter": _CSV,
    "quotes": _CSV,
    "comment": _CSV,
    "header": _CSV | _BOOKS,
    "encoding": _CSV | _JSON | {".txt"},
    "table": _BOOKS | _DATABASES,
    "query": _DATABASES,
    "na_values": _NAMED,
    "decimal": _NAMED,
    "thousands": _NAMED,
}
"""The suffixes of the files that use each key, without that of a compression."""


def kind(path: Path) -> str:
    """Return the suffix that says what a file is, without that of its compression."""
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix in COMPRESSED else suffix


def kinds(path: Path) -> set[str]:
    """Return the kinds of the tables that a path names, or of those in the folder that it names."""
    if not path.is_dir():
        return {kind(path)} & _KINDS
    return _of_tables(path.glob("*")) or _of_tables(path.rglob("*"))


def _of_tables(paths: Iterable[Path]) -> set[str]:
    visible = (path for path in paths if not path.name.startswith((".", "_", "~$")))
    return {kind(path) for path in visible if path.is_file()} & _KINDS


def unused(kinds: Collection[str], keys: Collection[str]) -> list[str]:
    """Return those of some keys that no file uses.

    Examples
    --------
    >>> unused({".parquet"}, ["query", "na_values", "features"])
    ['query']
    """
    return [key for key in keys if key in USED_BY and not USED_BY[key] & {*kinds}]
