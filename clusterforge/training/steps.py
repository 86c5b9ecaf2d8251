"""The steps of an epoch: each by its Python, or recorded once and replayed on a GPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch
from torch import Tensor

from clusterforge.contracts.training import Batch
from clusterforge.errors import PluginError, out_of_memory
from clusterforge.training.batches import Job
from clusterforge.training.seeds import generators, restore_generators

WORTH = 8  # steps of an epoch from which on one is recorded


@dataclass(frozen=True)
class Step:
    """What one step has made: the batch as the network saw it, the sum of the losses, and each."""

    batch: Batch
    total: Tensor
    terms: list[Tensor]


class Recorder(Protocol):
    """Records what a step does to tensors, and does it again without the step's Python."""

    def warm(self, step: Callable[[], None]) -> None:
        """Take a step as it is, so that the next one can be recorded."""

    def record(self, step: Callable[[], None]) -> None:
        """Record a step, and take it.

        Raises
        ------
        RuntimeError
            Where it does what can't be recorded, as to read a number from the device.
        """

    def replay(self) -> None:
        """Take the recorded step again, on what its tensors hold now."""


class CudaRecorder:
    """A CUDA graph, and the stream on which it is captured.

    Parameters
    ----------
    device
        A CUDA device.
    """

    def __init__(self, device: torch.device) -> None:
        self.stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self.graph: torch.cuda.CUDAGraph | None = None

    def warm(self, step: Callable[[], None]) -> None:
        """Take a step on the stream of the capture: kernels are chosen, and states are made."""
        self.stream.wait_stream(torch.cuda.current_stream(self.stream.device))
        with torch.cuda.stream(self.stream):
            step()
        torch.cuda.current_stream(self.stream.device).wait_stream(self.stream)

    def record(self, step: Callable[[], None]) -> None:
        """Capture a step, which does not run it, and then run it."""
        self.graph = None  # its memory is free for the next one
        graph, before = torch.cuda.CUDAGraph(), torch.cuda.current_stream(self.stream.device)
        try:
            # Other threads may copy to the device meanwhile.
            with torch.cuda.graph(graph, stream=self.stream, capture_error_mode="thread_local"):
                step()
        except BaseException:
            # A capture that fails does not put the stream back, and holds the generators.
            torch.cuda.set_stream(before)
            graph.reset()
            raise
        self.graph = graph
        self.replay()

    def replay(self) -> None:
        """Launch the graph."""
        assert self.graph is not None
        self.graph.replay()


class Steps:
    """Takes the steps of one epoch.

    Without a recorder each is taken as it is. With one, the first is too, the second of its shape is
    recorded, and those after it are replayed; a step of another shape, as the last may be, is taken as
    the first is. What a replayed step has made is in the tensors of the recorded one, until the next.

    Parameters
    ----------
    take
        Takes one step as it is.
    recorder
        None where steps can't be replayed.
    steps
        About how many there are.
    """

    def __init__(
        self, take: Callable[[Job, Any], Step], recorder: Recorder | None, steps: int
    ) -> None:
        self.take, self.recorder = take, recorder if steps >= WORTH else None
        self.shapes: list[torch.Size] | None = None
        self.given: list[Tensor] = []
        self.made: Step | None = None
        self.refused: str | None = None

    def __call__(self, job: Job, x: Any) -> Step:
        """Take the next step."""
        if self.recorder is None:
            return self.take(job, x)
        tensors = [*_tensors(job), x]
        shapes = [tensor.shape for tensor in tensors]
        if self.shapes is None:
            self.shapes = shapes
            return self._made(self.recorder.warm, job, x)
        if shapes != self.shapes:
            return self._made(self.recorder.warm, job, x)
        if self.made is None:
            return self._record(self.recorder, job, x)
        for kept, new in zip(self.given, tensors, strict=True):
            kept.copy_(new)
        self.recorder.replay()
        return self.made

    def _record(self, recorder: Recorder, job: Job, x: Tensor) -> Step:
        x, kept = x.clone(), _cloned(job)
        drawn = generators(x.device)
        try:
            made = self._made(recorder.record, kept, x)
        except (RuntimeError, PluginError) as error:
            cause = error.__cause__ if isinstance(error, PluginError) else error
            if not isinstance(cause, RuntimeError) or out_of_memory(cause):
                raise
            self.recorder, self.refused = None, str(cause)
            restore_generators(x.device, drawn)
            return self.take(job, x)
        self.given, self.made = [*_tensors(kept), x], made
        return made

    def _made(self, way: Callable[[Callable[[], None]], None], job: Job, x: Any) -> Step:
        made: list[Step] = []
        way(lambda: made.append(self.take(job, x)))
        return made[0]


def _tensors(job: Job) -> Iterator[Tensor]:
    yield job.rows
    yield from (rows for _, rows in job.others)
    yield job.same


def _cloned(job: Job) -> Job:
    others = tuple((role, rows.clone()) for role, rows in job.others)
    return replace(job, rows=job.rows.clone(), others=others, same=job.same.clone())
