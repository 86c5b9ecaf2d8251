"""A CUDA graph's stand-in on a processor: the operations of a step, run again. Imports torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from clusterforge.training.seeds import seeded

READS = torch.ops.aten._local_scalar_dense.default
PICKS = torch.ops.aten.index.Tensor


class Tape(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records each operation with the very tensors that it reads and writes.

    Between two replays nothing of the step's Python runs, as with a CUDA graph: what the step reads from
    anywhere but tensors is what it was when it was recorded. A step is refused where it reads a number
    or makes a tensor whose size depends on values; both fail in a capture too. Unlike a capture, the
    recording takes the step.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[tuple[Any, Sequence[Any], Mapping[str, Any], list[Any]]] = []
        self.replays = 0

    def warm(self, step: Callable[[], None]) -> None:
        """Take a step as it is."""
        step()

    def record(self, step: Callable[[], None]) -> None:
        """Take a step and keep what it did to tensors."""
        self.calls = []
        with self:
            step()

    def replay(self) -> None:
        """Do it again, into the same tensors."""
        self.replays += 1
        with torch.no_grad():
            for func, args, kwargs, answers in self.calls:
                again = tree_leaves(func(*args, **kwargs))
                for kept, new in zip(answers, again, strict=True):
                    if isinstance(kept, Tensor) and not _one_memory(kept, new):
                        kept.copy_(new)

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run an operation, and keep it."""
        if func is READS:
            raise RuntimeError("the step reads a number from a tensor")
        if torch.Tag.dynamic_output_shape in func.tags and not (
            func is PICKS and _by_place(args[1])
        ):
            raise RuntimeError(f"the step calls {func}, whose size depends on values")
        answer = func(*args, **(kwargs or {}))
        self.calls.append((func, args, kwargs or {}, tree_leaves(answer)))
        return answer


def three_times(step: Callable[[], None], before: Callable[[int], None], *, replayed: bool) -> None:
    """Take three steps after what comes before each; the third by its Python, or replayed.

    Parameters
    ----------
    step
        What leaves its results in tensors.
    before
        Changes, in place, what the step numbered so (from 0) reads.
    """
    tape = Tape()
    with seeded(torch.device("cpu"), 0, "step"):
        for number in range(3):
            before(number)
            if replayed and number == 2:
                tape.replay()
            elif replayed and number == 1:
                tape.record(step)
            else:
                step()


def _by_place(indices: Sequence[Tensor | None]) -> bool:
    return not any(index is not None and index.dtype == torch.bool for index in indices)


def _one_memory(a: Tensor, b: Tensor) -> bool:
    return a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()
