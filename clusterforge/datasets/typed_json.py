"""Values within their types, as DynamoDB exports them: ``{"Item": {"price": {"N": "12.5"}}}``."""

from __future__ import annotations

from typing import Any

_ITEM = "Item"
_SETS = ("SS", "NS", "L")


def unwrapped(records: list[Any]) -> list[Any]:
    """Return the records of an export of DynamoDB with plain values, and all others as they are."""
    first = records[0] if records else None
    within = isinstance(first, dict) and [*first] == [_ITEM]
    inner: list[dict[str, Any]] = []
    for record in records:
        own = record.get(_ITEM) if isinstance(record, dict) and within else record
        if not isinstance(own, dict) or not own or not _are_typed(own):
            return records
        inner.append(own)
    return [{name: _plain(value) for name, value in one.items()} for one in inner]


def _are_typed(record: dict[str, Any]) -> bool:
    return all(map(_is_typed, record.values()))


def _is_typed(value: Any) -> bool:
    """Tell whether a value is one within its type: numbers are texts there."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    kind, own = next(iter(value.items()))
    if kind in _SETS:
        return isinstance(own, list) and (kind != "L" or all(map(_is_typed, own)))
    if kind == "M":
        return isinstance(own, dict) and _are_typed(own)
    if kind == "N":
        return isinstance(own, str) and _number(own) is not None
    return (kind in ("S", "B") and isinstance(own, str)) or (
        kind in ("BOOL", "NULL") and isinstance(own, bool)
    )


def _plain(value: dict[str, Any]) -> Any:
    kind, own = next(iter(value.items()))
    if kind == "N":
        return _number(own)
    if kind == "NS":
        return [_number(one) for one in own]
    if kind == "L":
        return [_plain(one) for one in own]
    if kind == "M":
        return {name: _plain(one) for name, one in own.items()}
    return None if kind == "NULL" else own


def _number(text: str) -> int | float | None:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return None
