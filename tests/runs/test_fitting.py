"""Poisoned files that stage and manifest agree with: one line, no failure of ours, nobody else's blame."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import clusterforge
from clusterforge.errors import InputError
from clusterforge.runs.manifest import write_manifest
from tests.bench.bench_reliability import flipped_seals, names, poisoned, poisons, status, whole_run

SAMPLED = 7
REFUSED = ("clusterers/kmeans/state", "metrics", "run.json", "evaluation/kmeans/train.silhouette")


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run in ``clean``."""
    folder = tmp_path_factory.mktemp("poisoned")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("CLUSTERFORGE_PLUGINS", "")
        whole_run(30)
    return folder


@pytest.fixture(autouse=True)
def here(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(clean)
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "")


def test_verify_says_a_line_of_poisoned_files_and_never_fails() -> None:
    tried = found = 0
    for name, _, change in list(poisons())[::SAMPLED]:
        if poisoned(name, change):
            problems = clusterforge.verify("run").problems
            assert all("\n" not in line for line in problems)
            tried, found = tried + 1, found + bool(problems)
    assert tried >= 80
    assert found > 0.5 * tried, (found, tried)


@pytest.mark.parametrize(
    "args", [("report", "run"), ("predict", "run", "rows.csv", "--out", "p.csv")]
)
def test_commands_refuse_them_in_one_line(args: tuple[str, ...]) -> None:
    wanted = [one for one in poisons() if one[0].startswith(REFUSED)]
    for name, kind, change in wanted:
        if poisoned(name, change):
            code, said = status(*args)
            assert code in (0, 2), (name, kind, said)
            assert code == 0 or said.count("\n") == 1


def test_no_bit_of_a_seal_is_flipped_unseen() -> None:
    flips, taken = flipped_seals(step=53)
    assert flips > 200
    assert taken == 0


def test_what_the_manifest_covers_up_the_seal_shows() -> None:
    shutil.rmtree("run", ignore_errors=True)
    shutil.copytree("clean", "run")
    path = Path("run/clusterers/kmeans/train.npy")
    content = bytearray(path.read_bytes())
    content[-8] ^= 1
    path.write_bytes(content)
    write_manifest(Path("run"))
    assert "clusterers/kmeans/train.npy" in names(Path("run"))
    with pytest.raises(InputError, match=r"kmeans/train\.npy: its files don't fit together"):
        clusterforge.load("run")
