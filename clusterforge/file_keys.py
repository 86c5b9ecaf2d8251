"""Which keys of the data set ``files`` say how a kind of file is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping

_CSV = frozenset({".csv", ".tsv", ".tab"})
_JSON = frozenset({".jsonl", ".ndjson", ".json"})
_BOOKS = frozenset({".xlsx"})
_DATABASES = frozenset({".sqlite", ".sqlite3", ".db"})
_TYPED = frozenset({".parquet", ".feather", ".arrow", ".npz"})
_NAMED = _CSV | _JSON | _BOOKS | _DATABASES | _TYPED

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


def unused(kinds: Collection[str], keys: Collection[str]) -> list[str]:
    """Return those of some keys that no file uses.

    Examples
    --------
    >>> unused({".parquet"}, ["query", "na_values", "features"])
    ['query']
    """
    return [key for key in keys if key in USED_BY and not USED_BY[key] & {*kinds}]
