"""What a command shows that is silent for seconds: its time so far; without a terminal a line per minute.

A command with a display of its own ends this (:func:`end`) or gives it its own words (:func:`remind`).
Whatever is printed takes away what is drawn, and a minute of silence begins anew.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from clusterforge.formats import duration

SILENT = 2.0  # seconds until something is drawn
REDRAW = 1.0
MINUTE = 60.0  # seconds of silence before a line where there is no terminal
CLEAR = "\r\x1b[K"

_now: _Waiting | None = None


class _Waiting:
    def __init__(self, name: str) -> None:
        self.name, self.since = name, time.monotonic()
        self.drawn = False
        self.line = self._so_far
        self._last = self.since  # when something was printed
        self._ended, self._lock = threading.Event(), threading.Lock()
        work = self._draw if is_screen() else self._remind
        threading.Thread(target=work, daemon=True).start()

    def _so_far(self) -> str:
        return f"{self.name}: under way for {duration(time.monotonic() - self.since)}"

    def _draw(self) -> None:
        pause = SILENT
        while not self._ended.wait(pause):
            with self._lock:
                if not self._ended.is_set():
                    self._write(f"{CLEAR}{self.name}: {duration(time.monotonic() - self.since)}")
                    self.drawn = True
            pause = REDRAW

    def _remind(self) -> None:
        while not self._ended.wait(max(0.0, self._last + MINUTE - time.monotonic())):
            with self._lock:
                if self._last + MINUTE <= time.monotonic() and not self._ended.is_set():
                    self._write(f"{self.line()}\n")
                    self._last = time.monotonic()

    def _write(self, text: str) -> None:
        with suppress(OSError, ValueError, AttributeError):  # its reader has gone, or there is none
            sys.stderr.write(text)
            sys.stderr.flush()

    def clear(self) -> None:
        """Take what is drawn away, since something is to be printed."""
        with self._lock:
            self._last = time.monotonic()
            if self.drawn:
                self._write(CLEAR)
                self.drawn = False

    def end(self) -> None:
        self._ended.set()
        self.clear()


def is_screen() -> bool:
    """Whether something can be drawn on stderr."""
    with suppress(ValueError, AttributeError):  # closed, or none at all
        return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    return False


@contextmanager
def waiting(name: str) -> Iterator[None]:
    """Show that a command is under way, until it ends or shows itself what it does."""
    global _now
    before, _now = _now, _Waiting(name)
    try:
        yield
    finally:
        end()
        _now = before


def clear() -> None:
    """Take away what is drawn: a line is to be printed."""
    if _now:
        _now.clear()


def end() -> None:
    """End it: the command shows itself what it does."""
    if _now:
        _now.end()


def remind(line: Callable[[], str]) -> None:
    """Let the command say in its own words, after a minute of silence, what takes so long."""
    if _now:
        _now.line = line
