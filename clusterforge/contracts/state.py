"""What a fitted plugin hands over to be stored: arrays and JSON, never a pickle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class State:
    """All that a fitted plugin needs to go on in another process.

    Parameters
    ----------
    arrays
        Arrays by name, of bool, integer or floating dtype and any shape; stored as safetensors.
    meta
        JSON values: numbers, strings, lists, dicts; no nan and no infinity.
    """

    arrays: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)

    def part(self, prefix: str) -> State:
        """Return the arrays and values stored below ``prefix.``, without the prefix."""
        start = f"{prefix}."
        return State(
            {k.removeprefix(start): v for k, v in self.arrays.items() if k.startswith(start)},
            {k.removeprefix(start): v for k, v in self.meta.items() if k.startswith(start)},
        )

    def within(self, prefix: str) -> State:
        """Return this state with ``prefix.`` before every name."""
        return State(
            {f"{prefix}.{k}": np.ascontiguousarray(v) for k, v in self.arrays.items()},
            {f"{prefix}.{k}": v for k, v in self.meta.items()},
        )

    def __or__(self, other: State) -> State:
        return State({**self.arrays, **other.arrays}, {**self.meta, **other.meta})
