"""One thread with the model: requests that wait while it computes are answered together."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from clusterforge.exporting import Record
from clusterforge.serving.predictor import Predictor
from clusterforge.serving.requests import NewItems, PredictRequest

T = TypeVar("T")

ROWS = 256
"""Rows that are computed together, unless one request has more."""


@dataclass(frozen=True)
class Answered:
    """The answer to a request: what is known of each row, and what its reader should know."""

    rows: list[Record]
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Job:
    """A request that waits for its answer.

    Parameters
    ----------
    request, count
        The request, and its number of rows.
    future
        Gets the answer, in its own event loop; whoever cancels it does not wait any more.
    """

    request: PredictRequest
    count: int
    future: asyncio.Future[Answered] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Batches:
    """The requests that wait, and the thread that answers them.

    The thread never waits for more requests: what has come while it computed is the next batch, so a
    request alone is answered at once.

    Parameters
    ----------
    predictor
        The model.
    """

    def __init__(self, predictor: Predictor) -> None:
        self.predictor = predictor
        self.computed = 0  # batches
        self._jobs: deque[Job] = deque()
        self._changed = threading.Condition()
        # A computation that outlives the server must not keep the process.
        threading.Thread(target=self._work, name="clusterforge-serve", daemon=True).start()

    def __len__(self) -> int:
        return len(self._jobs)

    def submit(self, job: Job) -> None:
        """Queue a request."""
        with self._changed:
            self._jobs.append(job)
            self._changed.notify()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._jobs:
                    self._changed.wait()
                jobs = [self._jobs.popleft()]
                rows = jobs[0].count
                while self._jobs and rows + self._jobs[0].count <= ROWS:
                    jobs.append(self._jobs.popleft())
                    rows += jobs[-1].count
            self._compute([job for job in jobs if not job.future.cancelled()])

    def _compute(self, jobs: Sequence[Job]) -> None:
        read: list[tuple[Job, NewItems]] = []
        for job in jobs:
            try:
                read.append((job, self.predictor.read(job.request)))
            except Exception as error:
                _deliver(job.future.set_exception, job, error)
        self._answer(read)

    def _answer(self, read: Sequence[tuple[Job, NewItems]]) -> None:
        if not read:
            return
        self.computed += 1
        try:
            answers = self.predictor.answers([rows for _, rows in read])
        except Exception as error:
            if len(read) == 1:
                _deliver(read[0][0].future.set_exception, read[0][0], error)
            # The fault of one request is not that of others.
            for one in read if len(read) > 1 else ():
                self._answer([one])
            return
        for (job, rows), answer in zip(read, answers, strict=True):
            _deliver(job.future.set_result, job, Answered(answer, rows.notes))


def _deliver(settle: Callable[[T], None], job: Job, value: T) -> None:
    """Settle a request in its own event loop, unless nobody waits for it any more."""

    def settled() -> None:
        if not job.future.done():
            settle(value)

    try:
        job.future.get_loop().call_soon_threadsafe(settled)
    except RuntimeError:  # the loop is closed: the server has stopped
        return
