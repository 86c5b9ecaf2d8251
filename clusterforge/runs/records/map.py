"""``projection.json``: how the two-dimensional map was drawn."""

from __future__ import annotations

from pydantic import JsonValue

from clusterforge.runs.records.base import Count, Record


class MapRecord(Record):
    """The encoder of the map (``use``), its rows and parameters, and what a reader should know."""

    use: str
    rows: Count
    params: dict[str, JsonValue]
    note: str
