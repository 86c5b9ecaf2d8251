from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clusterforge.errors import InputError
from clusterforge.hub.lookup import find_model, unreachable

ROOT = Path(__file__).parents[2]


def model(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"")
    return folder


@pytest.mark.parametrize(
    ("raised", "why"),
    [
        (
            "Got: [Errno -2] Name or service not known An error happened",
            "Name or service not known",
        ),
        ("offline: outgoing traffic has been disabled", "HF_HUB_OFFLINE is set"),
        ("no answer", "no answer"),
    ],
)
def test_what_keeps_the_hub_from_being_reached(raised: str, why: str) -> None:
    said = str(unreachable("org/net", "model", OSError(raised)))
    assert f"the Hub can't be reached ({why}); set CLUSTERFORGE_MIRROR" in said
    held = str(unreachable("sentence-transformers/all-MiniLM-L6-v2", "model", OSError(raised)))
    assert 'use = "minilm" is this model, without the Hub; else set CLUSTERFORGE_MIRROR' in held


def test_first_mirror_that_has_it_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    second = model(tmp_path / "b" / "org" / "net")
    monkeypatch.setenv(
        "CLUSTERFORGE_MIRROR", os.pathsep.join([str(tmp_path / "a"), str(tmp_path / "b")])
    )
    assert find_model("org/net") == second
    first = model(tmp_path / "a" / "org" / "net")
    assert find_model("org/net") == first


def test_local_folder(tmp_path: Path) -> None:
    assert find_model(str(model(tmp_path / "net"))) == tmp_path / "net"


@pytest.mark.parametrize("left_out", ["config.json", "model.safetensors"])
def test_incomplete_folder(tmp_path: Path, left_out: str) -> None:
    folder = model(tmp_path / "net")
    (folder / left_out).unlink()
    with pytest.raises(InputError, match=r"config\.json|weights") as caught:
        find_model(str(folder))
    assert caught.value.key == "model"


@pytest.mark.parametrize("name", ["a/../../etc", "a/b/c", "x y", "org/../net"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(InputError, match="not a name on the Hub"):
        find_model(name)


def test_missing_folder() -> None:
    with pytest.raises(InputError, match="there is no folder"):
        find_model("./nowhere-at-all")


def offline(home: Path, code: str, **more: str) -> str:
    environment = {
        **os.environ,
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": "1",
        "CLUSTERFORGE_MIRROR": "",
        **more,
    }
    environment.pop("HF_HUB_CACHE", None)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    return done.stdout + done.stderr


FIND = """
from clusterforge.hub.lookup import find_model, unreachable
from clusterforge.errors import ClusterforgeError
try:
    print(find_model("org/nett"))
except ClusterforgeError as error:
    print(error.exit_code, error)
"""


def test_offline_fails_at_once_and_names_model_and_remedy(tmp_path: Path) -> None:
    model(tmp_path / "mirror" / "org" / "net")
    start = time.monotonic()
    said = offline(tmp_path, FIND, CLUSTERFORGE_MIRROR=str(tmp_path / "mirror"))
    assert time.monotonic() - start < 20
    assert said.startswith("3 model 'org/nett' is in no mirror and no cache")
    assert "did you mean 'org/net'?" in said
    assert said.count("\n") == 1


def test_cache_is_used_offline(tmp_path: Path) -> None:
    cached = tmp_path / "hub" / "models--org--nett"
    commit = "0" * 40
    model(cached / "snapshots" / commit)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(commit)
    assert offline(tmp_path, FIND).strip() == str(cached / "snapshots" / commit)
