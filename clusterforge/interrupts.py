"""Signals that end a process, let through where what is under way can stop."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Terminated(KeyboardInterrupt):
    """SIGTERM. A KeyboardInterrupt, because that is what nobody swallows."""


class _Signals:
    def __init__(self) -> None:
        self.postponed = 0
        self.pending: type[KeyboardInterrupt] | None = None
        self.heard: Callable[[], None] = lambda: None

    def stop(self, number: int, frame: FrameType | None) -> None:
        self.heard()
        self.pending = Terminated if number == signal.SIGTERM else KeyboardInterrupt
        if not self.postponed:
            self.let_through()

    def let_through(self) -> None:
        if pending := self.pending:
            self.pending = None
            raise pending


_SIGNALS = _Signals()


@contextmanager
def exceptions(heard: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Turn SIGINT and SIGTERM into exceptions, so that a run stops where it can be resumed.

    Parameters
    ----------
    heard
        Called when Python hears of one, which is not before a library's call returns.
    """
    before = {}
    try:
        for number in SIGNALS:
            before[number] = signal.signal(number, _SIGNALS.stop)
    except ValueError:  # not in the main thread
        pass
    _SIGNALS.heard, _SIGNALS.pending = heard, None
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def postponed() -> Iterator[None]:
    """Let signals through only at :func:`let_through`, and when this ends."""
    _SIGNALS.postponed += 1
    try:
        yield
    finally:
        _SIGNALS.postponed -= 1
    _SIGNALS.let_through()


def pending() -> bool:
    """Tell whether a signal waits to be let through."""
    return _SIGNALS.pending is not None


def let_through() -> None:
    """Raise what a signal asks for that came meanwhile.

    Raises
    ------
    KeyboardInterrupt
        Or :class:`Terminated`, which is one.
    """
    _SIGNALS.let_through()
