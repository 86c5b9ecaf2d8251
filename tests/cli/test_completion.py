"""What the Tab key offers: by the protocol, and in the shells that are here."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clusterforge.cli import completion
from tests.cli.conftest import Cli

RECIPE = """
extends = "quickstart"
[[encoder]]
use = "dec"
[[encoder.phase]]
loss = [{use = "dec", n_clusters = 3}, "contrastive"]
pairs = "neighbors"
"""
RUN = '[[clusterer]]\nuse = "kmeans"\n[[clusterer]]\nuse = "kmeans"\nid = "fine"\n'


@pytest.fixture
def offered(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> object:
    """Return what is offered for a line, as (type, value) pairs."""
    Path("mine.toml").write_text(RECIPE)
    Path("done").mkdir()
    Path("done/recipe.toml").write_text(RUN)

    def offer(line: str, breaks: str = "", shell: str = "zsh") -> list[tuple[str, str]]:
        monkeypatch.setenv(completion.VARIABLE, shell)
        monkeypatch.setenv("COMP_LINE", f"clusterforge {line}")
        monkeypatch.setenv("COMP_WORDBREAKS", breaks)
        done = cli()
        assert (done.status, done.err) == (0, "")
        lines = [row.split("\t") for row in done.out.splitlines()]
        assert all(len(row) == 3 for row in lines)
        return [(kind, value) for kind, value, _ in lines]

    return offer


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("", ("plain", "check")),
        ("ch", ("plain", "check")),
        ("run quick", ("plain", "quickstart")),
        ("run --resume ru", ("dir", "ru")),
        ("check done/", ("file", "done/")),
        ("recipes --copy sst2_s", ("plain", "sst2_siamese")),
        ("report do", ("dir", "do")),
        ("compare done:f", ("plain", "done:fine")),
        ("compare done done", ("dir", "done")),
        ("predict done new", ("file", "new")),
        ("predict done new.csv --clusterer ", ("plain", "kmeans")),
        ("predict done new.csv --clusterer f", ("plain", "fine")),
        ("describe clus", ("plain", "clusterer")),
        ("describe metric silh", ("plain", "silhouette")),
        ("describe pairs nei", ("plain", "neighbors")),
        ("check-plugin augmentation:ran", ("plain", "augmentation:random")),
        ("check-plugin loss:tri", ("plain", "loss:triplet")),
        ("list-plugins --kind d", ("plain", "dataset")),
        ("schema --out s", ("file", "s")),
        ("completion z", ("plain", "zsh")),
        ("run mine.toml --set see", ("key", "seed=")),
        ("run mine.toml --set dataset.lim", ("key", "dataset.limit=")),
        ("run mine.toml --set encoder.dec.phase.0.pairs.", ("key", "encoder.dec.phase.0.pairs.use=")),
        ("run mine.toml --set encoder.0.alp", ("key", "encoder.0.alpha=")),
        ("run mine.toml --set encoder.dec.pairs=n", ("plain", "encoder.dec.pairs=neighbors")),
        ("run mine.toml --set encoder.dec.schedule=st", ("plain", "encoder.dec.schedule=step")),
        ("run quickstart --set evaluation.ref", ("key", "evaluation.refits=")),
        ("check quickstart --set clusterer.kmeans.use=hier", ("plain", "clusterer.kmeans.use=hierarchical")),
        ("run quickstart --set compute.precision=f", ("plain", "compute.precision=float32")),
    ],
)  # fmt: skip
def test_what_fits_comes_first(line: str, first: tuple[str, str], offered: object) -> None:
    assert offered(line)[0] == first  # type: ignore[operator]


@pytest.mark.parametrize(
    "line",
    [
        "run gone.toml --set see",
        "run --set see",
        "predict gone x --clusterer ",
        "compare gone:",
        "run 'half",
    ],
)
def test_where_nothing_is_known_nothing_is_said(line: str, offered: object) -> None:
    assert [item for item in offered(line) if item[0] != "file"] == []  # type: ignore[operator]


def test_bash_gets_the_part_behind_its_last_word_break(offered: object) -> None:
    optimiser = "run mine.toml --set encoder.dec.pretrain_optimizer="
    assert offered(optimiser, " =:") == [("plain", name) for name in ("adam", "adamw", "sgd")]  # type: ignore[operator]
    assert offered("compare done:k", " =:") == [("plain", "kmeans")]  # type: ignore[operator]
    assert offered("run --out=d", " =:") == [("dir", "d")]  # type: ignore[operator]


def test_a_shell_that_is_not_known_is_status_2(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli("completion", "csh").status == 2
    monkeypatch.setenv(completion.VARIABLE, "csh")
    assert cli().status == 2


@pytest.fixture
def program(tmp_path: Path, offered: object) -> dict[str, str]:
    """Put a command ``clusterforge`` on the path of a shell."""
    command = tmp_path / "bin" / "clusterforge"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m clusterforge "$@"\n')
    command.chmod(0o755)
    root = str(Path(__file__).parents[2])
    return {
        **os.environ,
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "PYTHONPATH": root,
        "HOME": str(tmp_path),
    }


def shell(name: str, script: str, env: dict[str, str]) -> str:
    if shutil.which(name) is None:
        pytest.skip(f"no {name} here")
    done = subprocess.run(
        [name, "-c", script], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(os.name != "posix", reason="no such shells here")
def test_bash(program: dict[str, str]) -> None:
    script = """
    eval "$(clusterforge completion bash)"
    for COMP_LINE in "clusterforge run mi" "clusterforge run mine.toml --set encoder.dec.pretrain_l"; do
        COMP_POINT=${#COMP_LINE}
        _clusterforge clusterforge 2>/dev/null
        echo "${COMPREPLY[@]}"
    done
    complete -p clusterforge
    """
    found = shell("bash", script, program)
    assert found.splitlines() == [
        "mine.toml",
        "encoder.dec.pretrain_lr=",
        "complete -o nosort -F _clusterforge clusterforge",
    ]


def test_fish(program: dict[str, str]) -> None:
    script = """
    clusterforge completion fish | source
    complete -C "clusterforge run mine.toml --set encoder.dec.pretrain_l"
    complete -C "clusterforge run min"
    """
    found = shell("fish", script, program).splitlines()
    assert found == ["encoder.dec.pretrain_lr=\tLearning rate of the pre-training.", "mine.toml"]


def test_zsh(program: dict[str, str]) -> None:
    script = 'compdef() { print "$@" }; eval "$(clusterforge completion zsh)"; which _clusterforge'
    found = shell("zsh", script, program)
    assert found.splitlines()[0] == "_clusterforge clusterforge"
