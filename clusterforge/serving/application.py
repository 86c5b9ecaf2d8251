"""The endpoint as an ASGI application: limits, statuses, and one line for every refusal."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from clusterforge.errors import InputError, PluginError, out_of_memory
from clusterforge.formats import are, count
from clusterforge.serving.batches import Batches, Job
from clusterforge.serving.counters import CONTENT_TYPE, Counters
from clusterforge.serving.limits import MEGABYTE
from clusterforge.serving.page import HEADERS, page
from clusterforge.serving.predictor import Predictor
from clusterforge.serving.requests import TooLarge, read_request

LOGGER = logging.getLogger("clusterforge")
AGAIN = {"Retry-After": "1"}
CLOSE = {"Connection": "close"}
NOSNIFF = {"X-Content-Type-Options": "nosniff"}
PREDICT = "/predict"
UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


class Application:
    """The endpoint of one model.

    Parameters
    ----------
    predictor
        The model.
    """

    def __init__(self, predictor: Predictor) -> None:
        self.predictor, self.limits = predictor, predictor.limits
        self.counters, self.batches = Counters(), Batches(predictor)
        self.stopping = False
        self.given_up = 0  # accepted requests that the end of the server left without a result
        self._clocks: set[asyncio.Timeout] = set()
        self._routes = Starlette(
            routes=[
                Route("/", self._page),
                Route(PREDICT, self._predict, methods=["POST"]),
                Route("/health", self._health),
                Route("/metrics", self._metrics),
            ],
            exception_handlers={HTTPException: _refused_by_routes},
        )
        # The address of a redirect would be the host that the request names.
        self._routes.router.redirect_slashes = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; one for a prediction is counted until its answer is sent."""
        if scope["type"] != "http" or scope["path"] != PREDICT or scope["method"] != "POST":
            await self._routes(scope, receive, send)
            return
        start, code = time.perf_counter(), 500
        refusal = self._refusal()

        async def sending(message: Message) -> None:
            nonlocal code
            if message["type"] == "http.response.start":
                code = message["status"]
            await send(message)

        self.counters.accepted += refusal is None
        self.counters.in_flight += refusal is None
        try:
            await (refusal or self._routes)(scope, receive, sending)
        finally:
            self.counters.in_flight -= refusal is None
            self.counters.answered(code, time.perf_counter() - start)

    def give_up(self) -> None:
        """Answer all requests that are still in work with status 503."""
        self.given_up += len(self._clocks)
        for clock in self._clocks:
            clock.reschedule(asyncio.get_running_loop().time())

    def _refusal(self) -> Response | None:
        """Return why no request is accepted now."""
        if self.stopping:
            return _error(503, "the server is stopping", AGAIN | CLOSE)
        if self.counters.in_flight >= self.limits.queue:
            most = self.limits.queue
            text = f"{count(most, 'request')} {are(most)} being answered; try again later"
            return _error(429, text, AGAIN | CLOSE)
        return None

    async def _predict(self, request: Request) -> Response:
        job: Job | None = None
        clock = asyncio.timeout(self.limits.seconds)
        self._clocks.add(clock)
        try:
            async with clock:
                body = await self._body(request)
                if isinstance(body, Response):
                    return body
                asked = read_request(body)
                _, rows = asked.content()
                if len(rows) > self.limits.rows:
                    text = f"{count(len(rows), 'row')} are more than {self.limits.rows:,}"
                    return _error(413, f"{text}; send several requests")
                job = Job(asked, len(rows))
                self.batches.submit(job)
                answer = await job.future
        except ClientDisconnect:
            return _error(400, "the client has gone")
        except Exception as error:
            return self._late(job) if clock.expired() else self._failed(error)
        finally:
            self._clocks.discard(clock)
        self.counters.rows += len(answer.rows)
        facts = {"clusterer": self.predictor.clusterer, "rows": answer.rows}
        return _json(200, {**facts, "notes": answer.notes})

    def _late(self, job: Job | None) -> Response:
        limit = f"{self.limits.seconds:g} s"
        if self.given_up:
            return _error(503, "the server has stopped", AGAIN | CLOSE)
        if job is None:
            return _error(408, f"the request did not arrive within {limit}", CLOSE)
        return _error(503, f"no answer within {limit}; try again later", AGAIN)

    async def _body(self, request: Request) -> bytes | Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            return _error(415, "the body must be JSON; send Content-Type: application/json", CLOSE)
        if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
            text = "the body must not be compressed; send it without Content-Encoding"
            return _error(415, text, {"Accept-Encoding": "identity"} | CLOSE)
        most = round(self.limits.body * MEGABYTE)
        length = request.headers.get("content-length", "")
        size = int(length) if length.isdecimal() else 0
        parts: list[bytes] = []
        if size <= most:
            size = 0
            async for part in request.stream():
                parts.append(part)
                size += len(part)
                if size > most:
                    break
        if size > most:
            text = f"the request is larger than {self.limits.body:g} MB; send several requests"
            return _error(413, text, CLOSE)
        return b"".join(parts)

    def _failed(self, error: Exception) -> Response:
        """Return one line for an error; what happened here is for the log alone."""
        if isinstance(error, InputError):
            # The file is one of this machine.
            bare = InputError(error.problem, key=error.key, remedy=error.remedy)
            return _error(413 if isinstance(error, TooLarge) else 400, str(bare))
        if out_of_memory(error):
            LOGGER.error("memory ran out")
            return _error(503, "memory ran out; send fewer rows", AGAIN)
        what = "a plugin failed" if isinstance(error, PluginError) else "internal error"
        LOGGER.error("%s: %s: %s", what, type(error).__name__, " ".join(str(error).split()))
        LOGGER.debug("traceback", exc_info=error)
        return _error(500, f"{what}; the log of the server says more")

    async def _health(self, request: Request) -> Response:
        clusters = self.predictor.clusters
        facts = {
            "status": "stopping" if self.stopping else "ok",
            "run": self.predictor.run,
            "clusterer": clusters.clusterer,
            "clusters": clusters.count,
        }
        return _json(503 if self.stopping else 200, facts)

    async def _metrics(self, request: Request) -> Response:
        text = self.counters.text(len(self.batches), self.batches.computed)
        return PlainTextResponse(text, headers=NOSNIFF | {"Content-Type": CONTENT_TYPE})

    async def _page(self, request: Request) -> Response:
        return HTMLResponse(page(self.predictor, str(request.base_url)), headers=HEADERS | NOSNIFF)


def _json(code: int, value: object, headers: Mapping[str, str] | None = None) -> Response:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    # What could move the cursor of a terminal, or turn the line round, is escaped.
    body = UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return Response(f"{body}\n", code, {**NOSNIFF, **(headers or {})}, "application/json")


def _error(code: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    return _json(code, {"error": text}, headers)


async def _refused_by_routes(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    text = {404: "there is nothing here; see GET /", 405: "this method is not allowed; see GET /"}
    return _error(error.status_code, text.get(error.status_code, error.detail), error.headers)
