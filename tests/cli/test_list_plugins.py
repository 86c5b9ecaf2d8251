from __future__ import annotations

import json

import pytest

from clusterforge.registry import Registry
from tests.cli import toy
from tests.cli.conftest import Cli
from tests.registry.conftest import Install

AT_80 = """\
kind       name  package           summary
encoder    flat  clusterforge      Flat.
clusterer  cut   clusterforge      Cuts the embedding into slices of equal widt…
clusterer  cut   clusterforge-toy  [shadowed: use clusterforge-toy:cut] Cuts th…
clusterer  odd   clusterforge-toy  Odd: red [bold]x[/bold] [/nope]evil next
metric     mean  clusterforge      The mean.

broken: clusterforge-ill 0.3 (ill.hooks)
  its import failed (RuntimeError: red [bold]x[/bold] [/nope]evil next)
  report it to its author, or uninstall it: pip uninstall clusterforge-ill

shadowed: clusterforge-toy 2.1 (toy.hooks)
  clusterforge 0.1.0 also provides clusterer cut, and the bare name means that
  one
  use clusterforge-toy:cut in a recipe
"""


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Registry, "installed", toy.registry)


@pytest.mark.usefixtures("toys")
def test_the_whole_list_at_80_columns(cli: Cli) -> None:
    done = cli("list-plugins")

    assert (done.status, done.err) == (0, "")
    assert done.out == AT_80


@pytest.mark.usefixtures("toys")
def test_one_line_a_plugin_for_a_pipe(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS")

    lines = cli("list-plugins").out.splitlines()

    assert len([line for line in lines if line.startswith("clusterer")]) == 3
    assert lines[2].endswith("from the left to the right, and counts.")


@pytest.mark.usefixtures("toys")
def test_one_kind(cli: Cli) -> None:
    assert cli("list-plugins", "--kind", "metric").out.splitlines()[1].startswith("metric")
    assert "clusterer" not in cli("list-plugins", "--kind", "metric").out.partition("\n\n")[0]


@pytest.mark.usefixtures("toys")
def test_json(cli: Cli) -> None:
    found = json.loads(cli("list-plugins", "--json").out)

    assert [plugin["qualified"] for plugin in found["plugins"]] == [
        "clusterforge:flat",
        "clusterforge:cut",
        "clusterforge-toy:cut",
        "clusterforge-toy:odd",
        "clusterforge:mean",
    ]
    assert found["plugins"][2]["state"] == "shadowed"
    assert [(problem["distribution"], problem["state"]) for problem in found["problems"]] == [
        ("clusterforge-ill", "broken"),
        ("clusterforge-toy", "shadowed"),
    ]
    assert found["problems"][1]["remedy"] == "use clusterforge-toy:cut in a recipe"
    assert cli("list-plugins", "--json").out.isascii()


def test_every_built_in_is_listed_with_its_name_whole(cli: Cli) -> None:
    out = cli("list-plugins").out

    for plugin in Registry.installed("").plugins:
        assert f"  {plugin.spec.name}  " in out
    table, _, _ = out.partition("\n\n")
    assert max(map(len, table.splitlines())) <= 80


def test_a_broken_package_is_listed_and_the_status_is_0(
    cli: Cli, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("ill", "\nimport sys\nsys.exit(5)")
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "ill")

    done = cli("list-plugins")

    assert done.status == 0
    assert (
        "broken: ill 1.0 (ill)\n  its import failed (SystemExit: 5) at ill/ill.py:13\n" in done.out
    )
    assert "kmeans" in done.out


def test_an_unknown_kind_lists_the_kinds(cli: Cli) -> None:
    done = cli("list-plugins", "--kind", "clusters")

    assert done.status == 2
    assert done.err.count("\n") == 1
    assert "'clusterer'" in done.err
