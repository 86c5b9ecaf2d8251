from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import clusterforge
from clusterforge.errors import EnvironmentProblem
from clusterforge.exporting import Record
from clusterforge.models.usable_rows import RowsLeftOut
from clusterforge.pipeline.result import Run
from clusterforge.serving import Limits, Server, application
from clusterforge.serving.requests import NewItems
from tests.serving.conftest import HOSTILE, TOPICS, Start

NEW = [TOPICS[0], TOPICS[1], "courier", " ", "nothing of these"]


def slow(server: Server, monkeypatch: pytest.MonkeyPatch, seconds: float) -> list[int]:
    """Have the model of a server take its time; returns how many requests each batch holds."""
    predictor, sizes = server.application.predictor, []
    answers = predictor.answers

    def slowly(requests: Sequence[NewItems]) -> list[list[Record]]:
        sizes.append(len(requests))
        time.sleep(seconds)
        return answers(requests)

    monkeypatch.setattr(predictor, "answers", slowly)
    return sizes


@pytest.mark.parametrize("clusterer", [None, "dbscan"])
def test_the_answer_has_what_predict_writes(
    texts: Run, start: Start, tmp_path: Path, clusterer: str | None
) -> None:
    status, answer = start(texts, clusterer).predict({"texts": NEW})
    assert status == 200
    (tmp_path / "new.jsonl").write_text("\n".join(json.dumps({"body": text}) for text in NEW))
    with pytest.warns(RowsLeftOut):
        texts.predict_file(tmp_path / "new.jsonl", tmp_path / "out.jsonl", clusterer=clusterer)
    written = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    for row in written:
        del row["body"]
    assert answer["rows"] == written
    assert answer["clusterer"] == (clusterer or "gaussian-mixture")


def test_requests_that_wait_are_computed_together_and_fail_alone(
    texts: Run, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = start(texts)
    alone = [client.predict({"text": text})[1]["rows"] for text in TOPICS]
    sizes = slow(client.server, monkeypatch, 0.1)
    bodies = [{"text": TOPICS[number % 2]} for number in range(12)] + [{"text": " "}, {"rows": [5]}]
    with ThreadPoolExecutor(len(bodies)) as pool:
        answers = list(pool.map(client.predict, bodies))
    assert [status for status, _ in answers] == [200] * 13 + [400]
    for number, (_, answer) in enumerate(answers[:12]):
        (row,), ((expected,)) = answer["rows"], alone[number % 2]
        assert row == {**expected, "confidence": pytest.approx(expected["confidence"])}
    assert sum(sizes) == 13
    assert len(sizes) < 13


def test_one_clear_line_for_every_refusal(texts: Run, start: Start) -> None:
    client = start(texts, body=0.001, rows=2)
    several = client.predict({"texts": ["a"] * 3})
    assert several == (413, {"error": "3 rows are more than 2; send several requests"})
    status, answer, headers = client.ask("POST", "/predict", b" " * 2_000)
    assert (status, headers["Connection"]) == (413, "close")
    assert answer == {"error": "the request is larger than 0.001 MB; send several requests"}
    kind = {"Content-Type": "text/plain"}
    assert client.ask("POST", "/predict", b"x", **kind)[0] == 415
    assert client.ask("GET", "/predict")[0] == 405
    assert client.ask("GET", "/../run.json")[0] == 404
    assert client.predict({"rows": [{"x": 1}]})[1] == {
        "error": "rows: there is no column 'body'; known: x"
    }


def test_a_fault_of_ours_is_500_and_shows_no_path(
    texts: Run, start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = start(texts)

    def broken(requests: object) -> None:
        raise RuntimeError(f"at {texts.folder}")

    monkeypatch.setattr(client.server.application.predictor, "answers", broken)
    status, answer = client.predict({"text": "a"})
    assert (status, answer) == (500, {"error": "internal error; the log of the server says more"})
    assert "RuntimeError: at " in caplog.text


def test_pages_for_people_and_machines(texts: Run, mixed: Run, start: Start) -> None:
    status, page, headers = start(mixed).ask("GET", "/", **{"Host": 'x"><b>'})
    assert status == 200
    assert HOSTILE not in page
    assert "<b>" not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert str(mixed.folder) not in page
    client = start(texts)
    assert client.ask("GET", "/health")[1]["run"] == "tickets"
    client.predict({"texts": ["a", "b"]})
    client.predict({})
    metrics = client.ask("GET", "/metrics")[1].splitlines()
    assert 'clusterforge_requests_total{code="200"} 1' in metrics
    assert "clusterforge_errors_total 1" in metrics
    assert "clusterforge_rows_total 2" in metrics
    assert "clusterforge_in_flight 0" in metrics
    assert 'clusterforge_request_seconds_bucket{le="+Inf"} 2' in metrics


def test_an_answer_is_a_line_that_a_terminal_shows_as_it_is() -> None:
    response = application._json(200, {"name": "a · b\x1b\x9b\u202e\ud800"})
    assert response.body == '{"name": "a · b\\u001b\\u009b\\u202e\\ud800"}\n'.encode()


def test_limits_on_requests_and_time(
    texts: Run, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = start(texts, queue=2, seconds=0.2)
    slow(client.server, monkeypatch, 0.5)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: client.ask("POST", "/predict", {"text": "a"}), range(3)))
    assert sorted(status for status, _, _ in answers) == [429, 503, 503]
    assert {headers["Retry-After"] for _, _, headers in answers} == {"1"}
    unsent = http.client.HTTPConnection("127.0.0.1", client.server.port)
    unsent.putrequest("POST", "/predict")
    unsent.putheader("Content-Type", "application/json")
    unsent.putheader("Content-Length", "10")
    unsent.endheaders(b"{")
    assert unsent.getresponse().status == 408
    assert unsent.sock is None  # the server has closed it


def test_a_signal_finishes_what_was_accepted(texts: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(texts, port=0)
    slow(server, monkeypatch, 0.5)
    answers: list[int] = []
    threads: list[threading.Thread] = []

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        kind = {"Content-Type": "application/json"}
        connection.request("POST", "/predict", json.dumps({"text": "a"}), kind)
        answers.append(connection.getresponse().status)

    def clients() -> None:
        asking = [threading.Thread(target=ask) for _ in range(5)]
        for thread in asking:
            thread.start()
        while server.application.counters.in_flight < 5:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)
        while not server.application.stopping:
            time.sleep(0.01)
        ask()
        for thread in asking:
            thread.join()

    def begin() -> None:
        threads.append(threading.Thread(target=clients))
        threads[0].start()

    before = signal.getsignal(signal.SIGTERM)
    done = server.run(begin)
    threads[0].join()
    assert answers == [503, *[200] * 5]
    assert done.answered == 5
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_is_not_finished_in_time_is_an_error(
    texts: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(texts, port=0, limits=Limits(stop=0))
    slow(server, monkeypatch, 3)
    answers: list[int] = []

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        kind = {"Content-Type": "application/json"}
        connection.request("POST", "/predict", json.dumps({"text": "a"}), kind)
        while not server.application.batches.computed:
            time.sleep(0.01)
        server.stop()
        answers.append(connection.getresponse().status)

    asking = threading.Thread(target=client)
    with pytest.raises(EnvironmentProblem, match="1 of 1 requests was not finished within 0 s"):
        server.run(asking.start)
    asking.join()
    assert answers == [503]


def test_an_address_that_is_taken_is_told_before_the_model_is_loaded(
    texts: Run, start: Start
) -> None:
    server = start(texts).server
    assert server.local
    with pytest.raises(EnvironmentProblem, match="name another --port"):
        clusterforge.serve("no such run", port=server.port)


def test_answers_are_sent_at_once(texts: Run) -> None:
    """What asyncio asks of a socket before it turns the delay of small packets off."""
    server = Server(texts, port=0)
    try:
        assert server._socket.proto == socket.IPPROTO_TCP
    finally:
        server._socket.close()
