"""The way to the Hub, against a Hub on this machine, each in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
import time

import pytest

from .fake_hub import COMMIT, serve

CODE = """
import json, sys
import numpy as np
from clusterforge.builtin.datasets import HuggingfaceParams
from clusterforge.contracts import Context
from clusterforge.datasets.huggingface import Huggingface
from clusterforge.errors import ClusterforgeError

for params in json.loads(sys.argv[1]):
    try:
        corpus = Huggingface(HuggingfaceParams(**params)).load(Context())
        print(json.dumps({
            "rows": len(corpus.train), "names": corpus.label_names, "source": corpus.source,
            "print": corpus.train.fingerprint(),
        }))
    except ClusterforgeError as error:
        print(json.dumps({"status": error.exit_code, "error": str(error)}))
"""


@pytest.fixture
def ask(tmp_path):
    def call(endpoint, *params, **more):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "CLUSTERFORGE_"))}
        env |= {"HF_ENDPOINT": endpoint, "HF_HOME": str(tmp_path / "hf"), **more}
        done = subprocess.run(
            [sys.executable, "-c", CODE, json.dumps(params)],
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.stderr == ""
        assert done.returncode == 0
        return [json.loads(line) for line in done.stdout.splitlines()]

    return call


TOY = {"path": "lab/toy", "config": "plain", "text": "text", "label": "label"}
CLOSED = "http://127.0.0.1:9"


def test_from_the_hub_and_then_from_its_cache(mirror, ask, tmp_path):
    server = serve(mirror, "lab/toy")
    try:
        endpoint = f"http://127.0.0.1:{server.server_port}"
        fetched, no_name, no_revision, no_config = ask(
            endpoint,
            TOY,
            {**TOY, "path": "lab/other"},
            {**TOY, "revision": "v9"},
            {**TOY, "config": "plane"},
        )
    finally:
        server.shutdown()
        server.server_close()
    assert (fetched["rows"], fetched["names"]) == (60, ["zero", "one", "two"])
    assert (fetched["source"]["from"], fetched["source"]["revision"]) == ("hub", COMMIT)
    assert "there is no data set 'lab/other' on the Hub" in no_name["error"]
    assert "has no revision 'v9'" in no_revision["error"]
    assert no_config["status"] == 2
    assert no_config["error"].startswith("config: ")
    (again,) = ask(CLOSED, TOY)
    assert (again["source"]["from"], again["source"]["revision"]) == ("cache", COMMIT)
    assert again["print"] == fetched["print"]
    # Without the downloaded files there is still what the library has prepared from them.
    shutil.rmtree(tmp_path / "hf" / "hub")
    prepared, other = ask(CLOSED, TOY, {**TOY, "revision": "0" * 40})
    assert (prepared["source"]["from"], prepared["source"]["revision"]) == ("cache", COMMIT)
    assert prepared["print"] == fetched["print"]
    assert other["status"] == 3


@pytest.mark.parametrize("more", [{}, {"HF_HUB_OFFLINE": "1"}])
def test_out_of_reach_fails_fast_and_says_what_to_do(ask, more):
    start = time.monotonic()
    (answer,) = ask(CLOSED, TOY, **more)
    assert answer["status"] == 3
    assert "can't be reached" in answer["error"]
    assert "set CLUSTERFORGE_MIRROR to a folder that holds lab/toy" in answer["error"]
    assert "in the mirror" not in answer["error"]  # there is none
    assert time.monotonic() - start < 15
