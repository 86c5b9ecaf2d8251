"""A long fit in passes over the rows, which goes on where an interrupted one has come to."""

from __future__ import annotations

import time
from collections.abc import Callable

from clusterforge.contracts.context import Context, State

EVERY = 5.0
"""Seconds between two states that are kept; what is computed after the last one is lost by a kill."""


class Passes:
    """Keeps what passes over the rows have come to, in ``Context.checkpoint`` where there is one.

    A clusterer whose spec says ``in_blocks`` asks for :meth:`load` before its first pass, and calls
    :meth:`after` after each; the state holds all that the next pass rests on, so that a resumed fit gives the
    same bytes::

        passes = Passes(context)
        saved = passes.load()
        done, means = (saved.meta["done"], saved.arrays["means"]) if saved else (0, start(rows))
        while not rest(means):
            done, means = done + 1, moved(rows, means)
            passes.after(lambda: State({"means": means}, {"done": done, "place": f"pass {done}"}))

    Parameters
    ----------
    context
        What the stage was given.
    """

    def __init__(self, context: Context) -> None:
        self._checkpoint = context.checkpoint
        self._next = time.monotonic() + EVERY

    def load(self) -> State | None:
        """Return the state that an interrupted fit of this very stage left last, or None."""
        return self._checkpoint.load() if self._checkpoint else None

    def after(self, state: Callable[[], State]) -> None:
        """Keep the state after a pass, where the last one was kept some seconds ago.

        Parameters
        ----------
        state
            Returns it; its value ``place`` says in words how far it is.
        """
        if self._checkpoint and time.monotonic() >= self._next:
            self._checkpoint.save(state())
            self._next = time.monotonic() + EVERY
