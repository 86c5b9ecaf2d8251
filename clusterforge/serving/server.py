"""The server: uvicorn on one socket, and a stop that finishes what was accepted."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from clusterforge.errors import EnvironmentProblem, InputError
from clusterforge.pipeline.api import load
from clusterforge.pipeline.result import Run
from clusterforge.serving.limits import Limits

if TYPE_CHECKING:
    from clusterforge.serving.application import Application

HOST, PORT = "127.0.0.1", 8000
IDLE = 30  # seconds that a connection stays open without a request, or without a reader
CLOSING = 1  # seconds that connections have to close in the end


@dataclass(frozen=True)
class Served:
    """What a server has done when it ends.

    Parameters
    ----------
    answered
        Requests for a prediction that were accepted; each has got its answer.
    """

    answered: int


class Server:
    """An endpoint for a run that is loaded and has its address, and does not listen yet.

    Parameters
    ----------
    run
        The run, or its folder.
    host, port
        Where it listens; port 0: one that is free. By default only this machine can reach it.
    clusterer
        Which one answers; default: as of :meth:`clusterforge.pipeline.result.Run.labelling`.
    limits
        What it accepts.

    Raises
    ------
    InputError
        Where the folder holds no finished run, or no clusterer can label new rows.
    EnvironmentProblem
        Where starlette and uvicorn are not installed, or the address is taken.
    """

    def __init__(
        self,
        run: Run | str | Path,
        *,
        host: str = HOST,
        port: int = PORT,
        clusterer: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        for package in ("starlette", "uvicorn"):
            if find_spec(package) is None:
                raise EnvironmentProblem(
                    f"serving needs {package}, which is not installed; "
                    "pip install 'clusterforge[serve]'"
                )
        from clusterforge.serving.application import Application
        from clusterforge.serving.predictor import Predictor

        self.limits = limits or Limits()
        # The address first: it is known in no time, and a model may take long to load.
        self._socket = _bound(host, port)
        try:
            opened = run if isinstance(run, Run) else load(run)
            self.application: Application = Application(Predictor(opened, clusterer, self.limits))
        except BaseException:
            self._socket.close()
            raise
        self.host, self.port = self._socket.getsockname()[:2]
        self._stop: Callable[[], None] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        return ip_address(self.host).is_loopback

    def run(self, ready: Callable[[], None] | None = None) -> Served:
        """Answer requests until a signal, or ``stop``.

        In the main thread, SIGTERM and SIGINT stop it: new requests are refused with status 503, accepted
        ones are finished. A second signal ends it at once.

        Parameters
        ----------
        ready
            Called when it listens.

        Raises
        ------
        EnvironmentProblem
            Where accepted requests were not finished in time; they have been answered with status 503.
        """
        import uvicorn

        from clusterforge.serving.idle import Idle

        watch = Idle(IDLE)
        application, limits = self.application, self.limits

        class Uvicorn(uvicorn.Server):
            deadline = float("inf")

            def handle_exit(self, sig: int, frame: FrameType | None) -> None:
                if application.stopping:
                    self.deadline = time.monotonic()
                self.drain()

            def drain(self) -> None:
                if not application.stopping:
                    self.deadline = time.monotonic() + limits.stop
                    application.stopping = True

            async def on_tick(self, counter: int) -> bool:
                late = time.monotonic() - self.deadline
                if late > 0:
                    application.give_up()
                idle = not application.counters.in_flight
                self.should_exit = application.stopping and (idle or late > CLOSING)
                if counter == 0 and ready is not None:
                    ready()
                watch.end(self.server_state.connections, time.monotonic())
                return await super().on_tick(counter)

        server = Uvicorn(
            uvicorn.Config(
                application,
                log_config=None,
                # Warnings are of requests that are none: everybody who can reach it could fill the log.
                log_level="error",
                # httptools has no limit on headers, and loses the body of a request to upgrade.
                http="h11",
                access_log=False,
                server_header=False,
                lifespan="off",
                ws="none",
                timeout_keep_alive=IDLE,
                timeout_graceful_shutdown=CLOSING,
            )
        )
        self._stop = server.drain
        server.run(sockets=[self._socket])
        accepted, unfinished = application.counters.accepted, application.given_up
        if unfinished:
            raise EnvironmentProblem(
                f"{unfinished:,} of {accepted:,} requests {'was' if unfinished == 1 else 'were'} not "
                f"finished within {limits.stop:g} s"
            )
        return Served(accepted)

    def stop(self) -> None:
        """Stop as after a signal, from any thread; ``run`` returns when it is done."""
        if self._stop is not None:
            self._stop()


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, OverflowError, UnicodeError):
        raise InputError(
            f"{host!r} and {port} are no address of this machine",
            key="--host",
            remedy=f"give {HOST}, or 0.0.0.0 for all of its addresses",
        ) from None
    # asyncio sends at once only where the socket says TCP: else an answer waits 40 ms for the client.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except (OSError, OverflowError) as error:
        bound.close()
        why = getattr(error, "strerror", None) or str(error)
        raise EnvironmentProblem(
            f"{host}:{port} can't be used ({why}); name another --port, or 0 for a free one"
        ) from error
    return bound


def serve(
    run: Run | str | Path,
    *,
    host: str = HOST,
    port: int = PORT,
    clusterer: str | None = None,
    limits: Limits | None = None,
    ready: Callable[[Server], None] | None = None,
) -> Served:
    """Answer requests for the clusters of new rows over HTTP, until SIGTERM or SIGINT.

    Parameters
    ----------
    run, host, port, clusterer, limits
        As of :class:`Server`.
    ready
        Called with the server when it listens.

    Raises
    ------
    InputError, EnvironmentProblem
        As :class:`Server` and :meth:`Server.run`.
    """
    server = Server(run, host=host, port=port, clusterer=clusterer, limits=limits)
    return server.run(None if ready is None else lambda: ready(server))
