"""An endpoint on loopback that can be right, slow, wrong, rude and down."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[["Handler", dict[str, Any], int], None]


class Handler(BaseHTTPRequestHandler):
    """Hands each request to the stub's behaviour."""

    protocol_version = "HTTP/1.1"
    stub: Stub

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = json.loads(self.rfile.read(length))
        with self.stub.lock:
            self.stub.requests.append(body)
            self.stub.times.append(time.monotonic())
            self.stub.headers.append(dict(self.headers))
            number = len(self.stub.requests)
        self.stub.behaviour(self, body, number)

    def send(self, status: int, text: str | bytes, **headers: str) -> None:
        """Send a whole response."""
        data = text.encode() if isinstance(text, str) else text
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def complete(self, content: str | None) -> None:
        """Send a chat completion."""
        self.send(200, completion(content))

    def log_message(self, *values: Any) -> None:
        """Print nothing."""


def completion(content: str | None) -> str:
    """Return a chat completion."""
    return json.dumps(
        {
            "choices": [{"message": {"role": "assistant", "content": content}}],
            "usage": {"prompt_tokens": 120, "completion_tokens": 8},
        }
    )


def data(body: dict[str, Any]) -> dict[str, Any]:
    """Return what a prompt says of a cluster."""
    text = body["messages"][1]["content"]
    return dict(json.loads(text.removeprefix("<data>").removesuffix("</data>")))


def named(body: dict[str, Any]) -> str:
    """Return the right reply: a name of the cluster's first word."""
    return json.dumps({"name": f"All about {data(body)['words'][0]}"})


def right(handler: Handler, body: dict[str, Any], number: int) -> None:
    """Behave."""
    handler.complete(named(body))


@dataclass
class Stub:
    """The endpoint, and what it was asked."""

    behaviour: Behaviour = right
    port: int = 0
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def count(self) -> int:
        return len(self.requests)


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away."""


def started(behaviour: Behaviour = right) -> tuple[Stub, Quiet]:
    """Serve for as long as the process lives."""
    stub = Stub(behaviour)
    server = Quiet(("127.0.0.1", 0), type("OfStub", (Handler,), {"stub": stub}))
    stub.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return stub, server


@contextmanager
def serving(behaviour: Behaviour = right) -> Iterator[Stub]:
    """Serve until the block ends."""
    stub, server = started(behaviour)
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
