"""Connections on which nothing goes on: an open file each, which others then can't have."""

from __future__ import annotations

from collections.abc import Iterable
from weakref import WeakKeyDictionary

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

State = tuple[RequestResponseCycle | None, int]


class Idle:
    """Ends connections on which neither a request is in work nor an answer is read.

    uvicorn closes those that had a request. It waits without end for the first one, for the rest of its
    headers, and for whoever does not read what was sent. A body that stalls is the application's, which
    answers with 408 after the time of a request (:attr:`Limits.seconds`) and closes; after an answer that
    did not wait for the body, the connection counts as one without a request.

    Parameters
    ----------
    seconds
        How long they stay.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._seen: WeakKeyDictionary[H11Protocol, tuple[State, float]] = WeakKeyDictionary()

    def end(self, connections: Iterable[object], now: float) -> None:
        """End those that have not changed for too long.

        Parameters
        ----------
        connections
            All that are open.
        now
            Seconds, by a clock that never goes back.
        """
        for one in list(connections):
            if not isinstance(one, H11Protocol):
                continue
            cycle = one.cycle
            if cycle is not None and not (cycle.response_complete or one.flow.write_paused):
                self._seen.pop(one, None)
                continue
            state = (cycle, one.transport.get_write_buffer_size())
            before, since = self._seen.get(one, (None, now))
            if before != state:
                self._seen[one] = state, now
            elif now - since > self.seconds:
                one.transport.abort()
