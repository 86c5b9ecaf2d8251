"""``history.json``: every epoch of training."""

from __future__ import annotations

from clusterforge.runs.records.base import Record


class Epoch(Record):
    """An epoch, from 1; ``values`` are loss terms, their weighted sum ``loss``, ``lr``, ``seconds``."""

    stage: str
    phase: str
    epoch: int
    values: dict[str, float | None]


class History(Record):
    """All of ``history.json``, in the order of training."""

    epochs: tuple[Epoch, ...]
