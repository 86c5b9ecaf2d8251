"""The thread pools of the numeric libraries that are loaded: looked for once, limited within a block."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


@contextmanager
def at_most(threads: int) -> Iterator[None]:
    """Limit every library to so many threads.

    A sum over several threads can depend on how many there are, and above two on which comes first.
    """
    with pools(len(sys.modules)).limit(limits=threads):
        yield


@lru_cache(maxsize=1)
def pools(modules: int) -> ThreadpoolController:
    """Return the thread pools of the libraries that are loaded.

    Looking for them takes milliseconds, more than labelling one row, and only a module that was
    imported since, ``modules`` being their number, can have brought another library.
    """
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
