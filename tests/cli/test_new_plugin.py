from __future__ import annotations

import os
from pathlib import Path

import pytest

from clusterforge.registry.discovery import HEAVY
from tests.cli.conftest import Cli
from tests.cli.test_imports import looked

NEXT = """\
pip install -e './clusterforge-demo[test]'
pytest clusterforge-demo
clusterforge list-plugins
clusterforge run clusterforge-demo/demo.toml
"""


def test_it_prints_what_to_type_next(cli: Cli, tmp_path: Path) -> None:
    done = cli("new-plugin", "demo", "--kind", "clusterer")

    assert (done.status, done.out) == (0, NEXT)
    assert done.err == "wrote clusterforge-demo; next:\n"
    assert [path.name for path in tmp_path.iterdir()] == ["clusterforge-demo"]


def test_the_commands_name_another_folder_as_a_shell_wants_it(cli: Cli, tmp_path: Path) -> None:
    relative = cli("new-plugin", "demo", "--kind", "metric", "--out", "my plugins")
    absolute = cli("new-plugin", "demo", "--kind", "metric", "--out", str(tmp_path / "there"))

    assert relative.out.splitlines()[0] == "pip install -e './my plugins/clusterforge-demo[test]'"
    assert relative.out.splitlines()[1] == "pytest 'my plugins/clusterforge-demo'"
    assert (
        absolute.out.splitlines()[0] == f"pip install -e '{tmp_path}/there/clusterforge-demo[test]'"
    )
    assert (tmp_path / "my plugins" / "clusterforge-demo" / "demo.toml").is_file()


def test_what_it_writes_has_the_modes_of_any_file(cli: Cli, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        cli("new-plugin", "demo", "--kind", "loss", "--kind", "loss")
    finally:
        os.umask(before)

    assert (tmp_path / "clusterforge-demo").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["demo"],
            "--kind: is missing; name the kind of plugin, once or more: dataset, encoder, "
            "trained-encoder, loss, clusterer, metric, namer, tracker",
        ),
        (
            ["demo", "--kind", "clusterr"],
            "--kind: no kind is named 'clusterr'; did you mean 'clusterer'? known: clusterer, "
            "dataset, encoder, loss, metric, namer, tracker, trained-encoder",
        ),
        (
            ["demo", "--kind", "encoder", "--kind", "trained-encoder"],
            "--kind: encoder and trained-encoder would be two encoders with one name; choose one of "
            "them",
        ),
        (
            ["My_Plugin", "--kind", "loss"],
            "NAME: 'My_Plugin' is not a valid plugin name; use 'my-plugin'",
        ),
        (
            ["3", "--kind", "loss"],
            "NAME: '3' is not a valid plugin name; use lower-case letters and digits, words joined by "
            "hyphens, a letter first",
        ),
        (
            ["clusterforge-", "--kind", "loss"],
            "NAME: '' is not a valid plugin name; use lower-case letters and digits, words joined by "
            "hyphens, a letter first",
        ),
        (["../up", "--kind", "loss"], "NAME: '../up' is not a valid plugin name; use 'up'"),
        (
            ["lambda", "--kind", "loss"],
            "NAME: 'lambda' is a Python keyword and can't name a module or a class; choose "
            "a name like 'my-lambda'",
        ),
        (
            ["none", "--kind", "metric"],
            "NAME: 'None' is a Python keyword and can't name a module or a class; choose "
            "a name like 'my-none'",
        ),
        (
            ["clusterforge-kmeans", "--kind", "metric", "--kind", "clusterer"],
            "NAME: there is a built-in clusterer 'kmeans'; choose another name, "
            "such as 'my-kmeans'",
        ),
        (
            ["autoencoder", "--kind", "trained-encoder"],
            "NAME: there is a built-in encoder 'autoencoder'; choose another name, "
            "such as 'my-autoencoder'",
        ),
        (
            ["there", "--kind", "loss"],
            "clusterforge-there exists; choose another name, or --out DIR",
        ),
        (["demo", "--kind", "loss", "--out", "file"], "--out: file is not a folder"),
    ],
    ids=lambda value: "_".join(value).replace("/", "") if isinstance(value, list) else "",
)
def test_bad_input_is_one_line_and_leaves_nothing(
    arguments: list[str], says: str, cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "clusterforge-there").mkdir()
    (tmp_path / "file").touch()

    done = cli("new-plugin", *arguments)

    assert (done.status, done.out) == (2, "")
    assert done.err == f"error: {says}\n"
    assert {path.name for path in tmp_path.iterdir()} == {"clusterforge-there", "file"}
    assert list((tmp_path / "clusterforge-there").iterdir()) == []


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="there is no /proc")
def test_where_no_folder_can_be_made_is_one_line(cli: Cli) -> None:
    done = cli("new-plugin", "demo", "--kind", "loss", "--out", "/proc/there")

    assert (done.status, done.out) == (3, "")
    assert done.err == (
        "error: /proc/there/clusterforge-demo: can't be written (No such file or directory)\n"
    )


def test_help_names_every_kind(cli: Cli) -> None:
    from clusterforge.scaffold import KINDS

    said = cli("new-plugin", "--help").out

    assert all(kind in said for kind in KINDS)


def test_it_imports_nothing_heavy(tmp_path: Path) -> None:
    status, modules, said = looked("new-plugin", "demo", "--kind", "loss", home=tmp_path)

    assert status == 0, said
    assert not (HEAVY | {"numpy", "rich"}) & modules
