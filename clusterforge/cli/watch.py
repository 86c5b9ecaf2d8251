"""A process next to this one that ends it where a signal is not heard.

Python hears a signal when a library's call returns, which may take minutes. The system tells the watching
process at once (``signal.set_wakeup_fd``), whoever holds the interpreter's lock. After a grace period it
says how to go on, and ends this process by the same signal. Files are whole or absent at any moment, so
nothing that is finished is lost.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from clusterforge.interrupts import SIGNALS, exceptions

GRACE = 5.0  # seconds until a signal that Python has not heard of ends the process
STOPPING = 20.0  # seconds that what it has heard of may take to stop, a last checkpoint included
HEARD = 6

_pipe: int | None = None


@contextmanager
def watched() -> Iterator[None]:
    """Have this process ended some seconds after a signal while it has :func:`last_words`.

    After :func:`~clusterforge.interrupts.finish`, only a second signal ends it before its time.
    """
    global _pipe
    read, write = os.pipe()
    os.set_blocking(write, False)
    parent = os.getpid()
    if os.fork() == 0:
        with suppress(BaseException):
            os.close(write)
            _watch(read, parent)
        os._exit(0)
    os.close(read)
    _pipe = write
    try:
        with exceptions(heard=lambda: _tell(bytes([HEARD])), last=True) as numbers:
            signal.set_wakeup_fd(write, warn_on_full_buffer=False)
            for number in numbers:
                _only_once(number)
            yield
    finally:
        signal.set_wakeup_fd(-1)
        _pipe = None
        os.close(write)


def last_words(text: str) -> None:
    """Set what the watching process says when it has to end this one; one line, empty where it must not.

    A server that finishes what it has accepted, say, stops in its own time.
    """
    _tell(bytes(c for c in text.encode() if c >= ord(" ")) + b"\n")


def _tell(data: bytes) -> None:
    if _pipe is not None:
        with suppress(OSError):
            os.write(_pipe, data)


def _only_once(number: int) -> None:
    """Let a second signal end the process in the system's own way, where the C library can say so."""
    libc = ctypes.CDLL(None)
    try:
        install, replace = libc.sysv_signal, libc.signal
    except AttributeError:
        return
    for function in (install, replace):
        function.restype, function.argtypes = ctypes.c_void_p, [ctypes.c_int, ctypes.c_void_p]
    install(number, replace(number, None))


def _watch(read: int, parent: int) -> None:
    for group in SIGNALS:  # what is for the whole group the parent has, too
        signal.signal(group, signal.SIG_IGN)
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(silence, stream)
    words, number, end = b"", 0, 0.0
    while os.getppid() == parent:
        wait = None if not number else end - time.monotonic()
        if wait is not None and wait <= 0:
            break
        if not select.select([read], [], [], wait)[0]:
            continue
        data = os.read(read, 4096)
        if not data:
            return
        if text := bytes(c for c in data if c >= ord(" ") or c == 10).rpartition(b"\n")[0]:
            words = text.rpartition(b"\n")[2]
        for byte in data:
            if byte in SIGNALS and words and not number:
                number, end = byte, time.monotonic() + GRACE
            elif byte == HEARD:
                end += STOPPING
    if os.getppid() == parent:
        said = SIGNALS[number][1].encode() + (b"; " + words if words else b"") + b"\n"
        with suppress(OSError):  # the terminal has gone
            os.write(2, said)
        os.kill(parent, number)
        time.sleep(1.0)
        if os.getppid() == parent:
            os.kill(parent, signal.SIGKILL)
