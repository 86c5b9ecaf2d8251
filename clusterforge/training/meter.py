"""The mean losses of an epoch."""

from __future__ import annotations

import time

import torch
from torch import Tensor

from clusterforge.contracts import State
from clusterforge.training import tensors


class Meter:
    """Adds up losses on the device, so that no step waits for a number.

    Parameters
    ----------
    terms
        How many losses there are.
    device
        Where they are computed.
    """

    def __init__(self, terms: int, device: torch.device) -> None:
        self.sums = torch.zeros(terms + 1, dtype=torch.float64, device=device)
        self.first: Tensor | None = None
        self.rows = 0
        self._started = time.perf_counter()

    def add(self, total: Tensor, terms: list[Tensor], rows: int) -> None:
        """Count a batch of so many rows."""
        if self.first is None:
            self.first = total.detach().clone()  # a replayed step writes over it
        values = torch.stack([value.detach().double() for value in (total, *terms)])
        self.sums.add_(values, alpha=rows)
        self.rows += rows

    def means(self) -> list[float]:
        """Return the mean of the sum and of each term."""
        means: list[float] = (self.sums / max(self.rows, 1)).tolist()
        return means

    def first_value(self) -> float:
        """Return the sum on the first batch."""
        return 0.0 if self.first is None else float(self.first)

    def seconds(self) -> float:
        """Return the time since the epoch began, without that between an interruption and going on."""
        return time.perf_counter() - self._started

    def state(self) -> State:
        """Return what :meth:`restore` needs in the middle of an epoch."""
        arrays = {"sums": tensors.to_array(self.sums)}
        if self.first is not None:
            arrays["first"] = tensors.to_array(self.first)
        return State(arrays, {"rows": self.rows, "seconds": self.seconds()})

    def restore(self, state: State) -> None:
        """Take up a state."""
        self.sums.copy_(tensors.to_tensor(state.arrays["sums"]))
        if "first" in state.arrays:
            self.first = tensors.to_tensor(state.arrays["first"])
        self.rows = state.meta["rows"]
        self._started = time.perf_counter() - state.meta["seconds"]
