"""What code does besides computing: it sleeps, writes files, uses the network, starts processes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any, SupportsIndex

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
DEEDS = {
    "socket.connect": "uses the network",
    "socket.getaddrinfo": "uses the network",
    "socket.bind": "uses the network",
    "urllib.Request": "uses the network",
    "subprocess.Popen": "starts a process",
    "os.posix_spawn": "starts a process",
    "os.fork": "starts a process",
    "os.system": "starts a process",
    "os.mkdir": "writes files",
    "os.remove": "writes files",
    "os.rename": "writes files",
    "os.rmdir": "writes files",
}
_watching: dict[int, list[str]] = {}  # by thread
_installed: list[bool] = []


@contextmanager
def watched() -> Iterator[list[str]]:
    """Collect what this thread does meanwhile, each deed once."""
    if not _installed:
        _installed.append(True)
        sys.addaudithook(_hear)  # there is no way to take it off again
    deeds: list[str] = []
    _watching[get_ident()] = deeds
    sleep = time.sleep

    def heard(seconds: SupportsIndex | float) -> None:
        if deeds is _watching.get(get_ident()) and "sleeps" not in deeds:
            deeds.append("sleeps")
        sleep(seconds)

    time.sleep = heard
    try:
        yield deeds
    finally:
        time.sleep = sleep
        del _watching[get_ident()]


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching or (deeds := _watching.get(get_ident())) is None:
        return
    deed = DEEDS.get(event)
    if event == "open":
        path, _, flags = arguments
        # An import writes compiled modules, which is nobody's deed.
        if flags & WRITING and "__pycache__" not in str(path):
            deed = f"writes {os.path.basename(str(path))}"
    if deed and deed not in deeds:
        deeds.append(deed)
