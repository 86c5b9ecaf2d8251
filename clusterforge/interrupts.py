"""Signals that end a process, let through where what is under way can stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(KeyboardInterrupt):
    """SIGTERM. A KeyboardInterrupt, because that is what nobody swallows."""


class HungUp(KeyboardInterrupt):
    """SIGHUP: the terminal has gone."""


SIGNALS: dict[int, tuple[type[KeyboardInterrupt], str]] = {
    signal.SIGINT: (KeyboardInterrupt, "interrupted"),
    signal.SIGTERM: (Terminated, "terminated"),
}
"""Signals that end a command: the exception of each, and the word for it."""
ALWAYS = tuple(SIGNALS)
if hasattr(signal, "SIGHUP"):
    SIGNALS[signal.SIGHUP] = (HungUp, "hung up")


def signal_of(error: BaseException) -> int:
    """Return the signal that an exception stands for; SIGINT where it is none of ours."""
    return next((n for n, (kind, _) in SIGNALS.items() if type(error) is kind), signal.SIGINT)


class _Signals:
    def __init__(self) -> None:
        self.postponed = 0
        self.finished = False
        self.pending: type[KeyboardInterrupt] | None = None
        self.raised: type[KeyboardInterrupt] | None = None
        self.heard: Callable[[], None] = lambda: None

    def stop(self, number: int, frame: FrameType | None) -> None:
        if self.finished:
            return
        self.heard()
        self.pending = SIGNALS[number][0]
        if not self.postponed:
            self.let_through()

    def let_through(self) -> None:
        if pending := self.pending:
            self.pending, self.raised = None, pending
            raise pending


_SIGNALS = _Signals()


@contextmanager
def exceptions(
    heard: Callable[[], None] = lambda: None, *, last: bool = False
) -> Iterator[Collection[int]]:
    """Turn signals into exceptions, so that a run stops where it can be resumed.

    Yields the signals that are; a SIGHUP that is ignored (``nohup``) stays so.

    Parameters
    ----------
    heard
        Called when Python hears of one, which is not before a library's call returns.
    last
        Whether the process ends then: after :func:`finish` no signal has an effect any more, else the next
        one ends it at once.
    """
    before = {}
    try:
        for number in SIGNALS:
            if number in ALWAYS or signal.getsignal(number) != signal.SIG_IGN:
                before[number] = signal.signal(number, _SIGNALS.stop)
    except ValueError:  # not in the main thread
        pass
    _SIGNALS.heard, _SIGNALS.finished = heard, False
    try:
        yield before.keys()
    except BaseException as error:
        if (ended := cause(error)) is error:
            raise
        raise ended from error
    finally:
        _SIGNALS.pending = _SIGNALS.raised = None
        if not (last and _SIGNALS.finished):
            for number, handler in before.items():
                signal.signal(number, signal.SIG_DFL if last else handler)


def finish() -> None:
    """Let no signal through any more: all is done and whole, and only has to be shown."""
    _SIGNALS.finished = True


def finished() -> bool:
    """Tell whether all is done and whole, and only has to be shown."""
    return _SIGNALS.finished


@contextmanager
def postponed() -> Iterator[None]:
    """Let signals through only at :func:`let_through`, and when this ends.

    They come to the main thread alone, so in others this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _SIGNALS.postponed += 1
    try:
        yield
    finally:
        _SIGNALS.postponed -= 1
    _SIGNALS.let_through()


@contextmanager
def asked() -> Iterator[None]:
    """Have what is under way stop as for a signal, without one."""
    before = _SIGNALS.pending, _SIGNALS.raised
    _SIGNALS.pending = KeyboardInterrupt
    try:
        yield
    finally:
        _SIGNALS.pending, _SIGNALS.raised = before


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


def cause(error: BaseException) -> BaseException:
    """Return what ends a command: the signal that a library has made another error of, else the error.

    NumPy, for example, has a TypeError where a signal comes while it reads a file.
    """
    if _SIGNALS.raised is None or isinstance(error, KeyboardInterrupt):
        return error
    return _SIGNALS.raised()


def raise_swallowed() -> None:
    """Raise the exception of a signal again that was caught on its way.

    Raises
    ------
    KeyboardInterrupt
        Or one of ours, where a signal has come and what it was to end goes on.
    """
    if _SIGNALS.raised:
        raise _SIGNALS.raised
