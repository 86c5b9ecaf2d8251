"""What clients send that keep to no rule, or to one that nobody thinks of."""

from __future__ import annotations

import gzip
import json
import socket
import time
import tracemalloc

import pytest

from clusterforge.pipeline.result import Run
from clusterforge.serving import Limits, server
from clusterforge.serving.predictor import Predictor
from clusterforge.serving.requests import read_request
from tests.serving.conftest import Client, Start

TEXT = b'{"text": "card refund"}'
SENT = b"Host: x\r\nContent-Type: application/json\r\n"


def connect(client: Client) -> socket.socket:
    return socket.create_connection(("127.0.0.1", client.server.port), timeout=20)


def until_end(connection: socket.socket) -> bytes:
    parts = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts)


def request(*headers: bytes, body: bytes = TEXT) -> bytes:
    lines = b"".join(header + b"\r\n" for header in headers)
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    return b"POST /predict HTTP/1.1\r\n" + SENT + lines + length + body


@pytest.mark.parametrize(
    "headers", [[b"X: " + b"a" * 300_000], [b"X%d: a" % n for n in range(30_000)]]
)
def test_headers_have_a_limit(texts: Run, start: Start, headers: list[bytes]) -> None:
    """Without one, 84 MB of them took 1.5 GB of memory."""
    with connect(start(texts)) as connection:
        try:
            connection.sendall(request(*headers, b"Connection: close"))
            answer = until_end(connection)
        except ConnectionError:  # it was closed while it sent
            answer = b"HTTP/1.1 400"
    assert answer.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket", b"x"])
def test_who_would_rather_speak_another_protocol_is_answered_in_this_one(
    texts: Run, start: Start, protocol: bytes
) -> None:
    """Java's client asks every server for HTTP/2 along with its first request."""
    with connect(start(texts)) as connection:
        connection.sendall(request(b"Connection: Upgrade, close", b"Upgrade: " + protocol))
        answer = until_end(connection)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"cluster": ' in answer


@pytest.mark.parametrize("sent", [b"", b"POST /predict HTTP/1.1\r\nX: ", request() + b"GET "])
def test_who_sends_no_whole_request_is_not_waited_for(
    texts: Run, start: Start, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(server, "IDLE", 0.5)
    begun = time.monotonic()
    with connect(start(texts)) as connection:
        connection.sendall(sent)
        until_end(connection)
    assert time.monotonic() - begun < 15


@pytest.mark.parametrize("first", [b"GET /health", b"POST /nowhere"])
def test_a_body_that_no_answer_needs_is_not_waited_for(
    texts: Run, start: Start, monkeypatch: pytest.MonkeyPatch, first: bytes
) -> None:
    """Each byte of it would begin the time of uvicorn anew."""
    monkeypatch.setattr(server, "IDLE", 0.5)
    begun = time.monotonic()
    with connect(start(texts)) as connection:
        connection.sendall(first + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        connection.settimeout(0.1)
        closed = False
        while not closed and time.monotonic() - begun < 15:
            try:
                connection.sendall(b" ")
                closed = not connection.recv(65_536)
            except TimeoutError:
                pass
            except ConnectionError:
                closed = True
    assert closed


@pytest.mark.parametrize("encoding", ["gzip", "identity, br", "IDENTITY"])
def test_a_body_that_is_compressed_is_refused(texts: Run, start: Start, encoding: str) -> None:
    body = gzip.compress(TEXT) if encoding == "gzip" else TEXT
    headers = {"Content-Encoding": encoding}
    status, answer, sent = start(texts).ask("POST", "/predict", body, **headers)
    if encoding == "IDENTITY":
        assert status == 200
        return
    text = "the body must not be compressed; send it without Content-Encoding"
    assert (status, answer) == (415, {"error": text})
    assert sent["Accept-Encoding"] == "identity"


def test_who_reads_no_answer_keeps_no_place(
    texts: Run, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "IDLE", 1)
    client = start(texts, rows=5_000)
    body = json.dumps({"texts": ["card"] * 5_000}).encode()
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    counters = client.server.application.counters
    with connection:
        connection.connect(("127.0.0.1", client.server.port))
        connection.settimeout(5)
        try:
            for _ in range(20):  # answers of 0.8 MB each, more than the system holds for a reader
                connection.sendall(request(body=body))
        except OSError:
            pass  # it takes no more, or has closed
        deadline = time.monotonic() + 15
        while (counters.in_flight or not counters.accepted) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert counters.accepted > 1
        assert counters.in_flight == 0


def test_no_client_is_sent_to_a_host_that_a_request_names(texts: Run, start: Start) -> None:
    status, answer, headers = start(texts).ask("GET", "/health/", Host="elsewhere.example")
    assert (status, headers["Location"]) == (404, None)
    assert answer == {"error": "there is nothing here; see GET /"}


def test_columns_that_the_run_does_not_use_take_no_memory(texts: Run) -> None:
    """Each row with columns of its own: a table of them all has 200 million cells."""
    predictor = Predictor(texts, None, Limits())
    rows = [{"body": "card"} | {f"{row} {n}": 1 for n in range(200)} for row in range(1_000)]
    request = read_request(json.dumps({"rows": rows}).encode())
    tracemalloc.start()
    try:
        read = predictor.read(request)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(read.left_out) == 1_000
    assert most < 50e6
