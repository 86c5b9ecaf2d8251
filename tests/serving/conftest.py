"""Runs of every kind of rows, small, and servers on them."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import clusterforge
from clusterforge.pipeline.result import Run
from clusterforge.serving import Limits, Server

TOPICS = ("refund money charge card", "late parcel courier van")
HOSTILE = "<script>alert(1)</script>"  # the name of a column
REST: dict[str, Any] = {
    "evaluation": {"refits": 0, "resamples": 0, "null_draws": 0},
    "report": {"projection": "none"},
    "compute": {"threads": 1},
}


@pytest.fixture(scope="session")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("texts")
    rng = np.random.default_rng(0)
    bodies = [" ".join(rng.choice(TOPICS[row % 2].split(), 5)) for row in range(40)]
    (folder / "rows.csv").write_text("\n".join(["body", *bodies]) + "\n")
    recipe = {
        "name": "tickets",
        "dataset": {"use": "files", "path": str(folder / "rows.csv"), "text": "body"},
        "encoder": [{"use": "tfidf"}, {"use": "pca", "components": 2}],
        "clusterer": [
            {"use": "gaussian-mixture", "n_clusters": 2},
            {"use": "dbscan", "eps": 0.1},
        ],
    }
    return clusterforge.run(recipe | REST, out=folder / "run", cache=False)


@pytest.fixture(scope="session")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Rows of an image, a number and a category."""
    folder = tmp_path_factory.mktemp("mixed")
    for value in (0, 255):
        Image.new("L", (4, 4), value).save(folder / f"{value}.png")
    lines = [f"{255 * (row % 2)}.png,{row % 2 * 9 + row / 40},{row % 3}" for row in range(40)]
    (folder / "rows.csv").write_text("\n".join([f"picture,{HOSTILE},kind", *lines]) + "\n")
    recipe = {
        "name": "mixed",
        "dataset": {
            **{"use": "files", "path": str(folder / "rows.csv"), "image": "picture"},
            **{"features": [HOSTILE, "kind"], "types": {"kind": "category"}},
        },
        "encoder": [
            {"use": "flatten", "reads": "image"},
            {"use": "table", "reads": "features"},
            {"use": "join"},
        ],
        "clusterer": [{"use": "kmeans", "n_clusters": 2}],
    }
    return clusterforge.run(recipe | REST, out=folder / "run", cache=False)


@dataclass(frozen=True)
class Client:
    """A server in a thread of its own."""

    server: Server

    def ask(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, Any, Message]:
        """Return the status, the answer and the headers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection.request(method, path, sent, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        kind = answer.headers["Content-Type"]
        return (
            answer.status,
            json.loads(text) if kind == "application/json" else text,
            answer.headers,
        )

    def predict(self, body: object) -> tuple[int, Any]:
        """Return the status and the answer to a request for a prediction."""
        return self.ask("POST", "/predict", body)[:2]


Start = Callable[..., Client]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start servers that stop at the end of a test."""
    begun: list[tuple[Server, threading.Thread]] = []

    def starting(run: Run | Path, clusterer: str | None = None, **limits: float) -> Client:
        server = Server(run, port=0, clusterer=clusterer, limits=Limits(**limits))  # type: ignore[arg-type]
        ready = threading.Event()
        thread = threading.Thread(target=server.run, args=(ready.set,), daemon=True)
        thread.start()
        assert ready.wait(20)
        begun.append((server, thread))
        return Client(server)

    yield starting
    for server, thread in begun:
        server.stop()
        thread.join(20)
        assert not thread.is_alive()
