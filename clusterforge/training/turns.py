"""Trainings that take turns in one process: while a GPU works on a step of one, the next of another is sent.

Each is in a thread of its own, of which one runs at a time, with random numbers of its own; so each does what
it does alone, to the last bit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import copy_context

import torch

from clusterforge import interrupts
from clusterforge.errors import out_of_memory


class Generators:
    """torch's global generators, as one of several trainings finds and leaves them.

    Parameters
    ----------
    device
        Where it trains. A captured graph reads its place in the random numbers from memory that belongs to
        the state of the generator: so on a GPU each training has a state of its own, never one that is copied
        into that of another.
    """

    def __init__(self, device: torch.device) -> None:
        self.cpu = torch.get_rng_state()
        self.of_device: torch.Generator | None = None
        if device.type == "cuda":
            index = torch.cuda.current_device() if device.index is None else device.index
            self.of_device = torch.cuda.default_generators[index]
            self.cuda = self.of_device.clone_state()

    @contextmanager
    def used(self) -> Iterator[None]:
        """Put them in the place of the process's; take them back afterwards."""
        before = torch.get_rng_state()
        torch.set_rng_state(self.cpu)
        if self.of_device:
            of_process = self.of_device.graphsafe_get_state()
            self.of_device.graphsafe_set_state(self.cuda)
        try:
            yield
        finally:
            self.cpu = torch.get_rng_state()
            torch.set_rng_state(before)
            if self.of_device:
                self.of_device.graphsafe_set_state(of_process)


class Taker(threading.Thread):
    """A training that takes turns.

    Parameters
    ----------
    work
        The training.
    device
        Where it trains.
    """

    def __init__(self, work: Callable[[], None], device: torch.device) -> None:
        super().__init__(daemon=True)
        self.work, self.device, self.context = work, device, copy_context()
        self.generators = Generators(device)
        self.mine, self.others = threading.Semaphore(0), threading.Semaphore(0)
        self.error: BaseException | None = None
        self.begun = self.ended = self.short = False

    def run(self) -> None:
        """Train, beginning with the first turn."""
        _TURN.taker = self
        self.mine.acquire()
        self.begun = True
        try:
            with _stream(self.device):
                self.context.run(self.work)
        except BaseException as error:
            # A traceback would hold what there was no memory for, while it is trained once more.
            self.short = out_of_memory(error.__cause__ or error)
            self.error = None if self.short else error  # the main thread raises it
        self.ended = True
        self.others.release()

    def turn(self) -> None:
        """Let it run until it gives the turn away or ends; for the thread that has them all."""
        with self.generators.used():
            self.mine.release()
            self.others.acquire()

    def stop(self) -> None:
        """Let it stop as for a signal."""
        if not self.begun:
            self.work = _nothing
        with interrupts.asked():
            while not self.ended:
                self.turn()

    def give_away(self) -> None:
        """Wait for the next turn."""
        self.others.release()
        self.mine.acquire()


class _Turn(threading.local):
    """Whose turn it is that this thread trains in."""

    taker: Taker | None = None


_TURN = _Turn()


def give_away() -> None:
    """End the turn of the training under way; nothing where it is the only one."""
    if _TURN.taker:
        _TURN.taker.give_away()


def in_turns(works: Sequence[Callable[[], None]], device: torch.device) -> list[Callable[[], None]]:
    """Run trainings in turns, and return those for which memory ran out.

    Where one fails in another way, or a signal has come, the others stop as for a signal, so that each leaves
    a checkpoint, and the first error is raised.

    Parameters
    ----------
    works
        The trainings; each calls :func:`give_away` after its steps.
    device
        Where they train.
    """
    takers = [Taker(work, device) for work in works]
    with interrupts.postponed():
        for taker in takers:
            taker.start()
        running, failed = list(takers), list[Taker]()
        while running and not failed:
            for taker in running:
                taker.turn()
                if failed := [taker] if taker.error else []:
                    break
            running = [taker for taker in running if not taker.ended]
        for taker in failed:
            for other in running:
                other.stop()
            assert taker.error is not None
            raise taker.error
    return [taker.work for taker in takers if taker.short]


def _nothing() -> None:
    pass


@contextmanager
def _stream(device: torch.device) -> Iterator[None]:
    """Work on a stream of one's own of a GPU, after what has been sent to it before."""
    on_it: AbstractContextManager[object] = nullcontext()
    if device.type == "cuda":
        stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream(device))
        on_it = torch.cuda.stream(stream)
    with on_it:
        yield
        if device.type == "cuda":
            stream.synchronize()
