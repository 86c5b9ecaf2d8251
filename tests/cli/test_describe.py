from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest

from clusterforge.cli.snippet import IN_PHASE
from clusterforge.registry import Plugin, Registry, discovery
from clusterforge.registry.distributions import Distribution
from tests.cli import toy
from tests.cli.conftest import Cli
from tests.registry.conftest import Install

CUT = """\
clusterer cut
  Cuts the embedding into slices of equal width, from the left to the right, and
  counts.

  from           clusterforge 0.1.0
  predicts       exact: the slice it falls into
  complexity     time n
  uses the seed  yes
  source         Knife 1999
  code           toy.cut:Cut

parameters
  n_clusters: integer ≥ 1 or "auto" or "classes"; required
      Number of clusters.
  width: number > 0 or "auto", in metres; default "auto"
      Width of a slice.
  sides: list of (integer, integer); optional
      Left and right.
  optimizer: name or table; optional
      How it learns.

optimizer = {use = "adam"}
  Adam (Kingma and Ba, ICLR 2015).
  use: "adam"; default "adam"
"""
SNIPPET = """
in a recipe
  [[clusterer]]
  use = "cut"
  n_clusters = 10
  # width = "auto"
"""
ALL = Registry.installed("").plugins


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Registry, "installed", toy.registry)


@pytest.mark.usefixtures("toys")
def test_the_whole_description_at_80_columns(cli: Cli) -> None:
    done = cli("describe", "clusterer", "cut")

    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(CUT)
    assert done.out.endswith(SNIPPET)
    for optimizer in ("adamw", "sgd"):
        assert f'\noptimizer = {{use = "{optimizer}"}}\n' in done.out


@pytest.mark.usefixtures("toys")
def test_a_shadowed_plugin_says_how_to_name_it(cli: Cli) -> None:
    out = cli("describe", "clusterer", "clusterforge-toy:cut").out

    assert "shadowed: a recipe must use clusterforge-toy:cut" in out
    assert 'use = "clusterforge-toy:cut"' in out


@pytest.mark.usefixtures("toys")
def test_hostile_words_are_only_words(cli: Cli) -> None:
    out = cli("describe", "clusterer", "odd").out

    assert "Odd: red [bold]x[/bold] [/nope]evil next\n" in out
    assert "no parameters" in out
    assert not any(ord(c) < 32 and c != "\n" for c in out)


@pytest.mark.usefixtures("toys")
def test_what_is_for_projections_only_goes_there(cli: Cli) -> None:
    assert '[report.projection]\n  use = "flat"' in cli("describe", "encoder", "flat").out


@pytest.mark.parametrize("plugin", ALL, ids=lambda p: f"{p.spec.kind}-{p.spec.name}")
def test_every_parameter_of_every_plugin_is_told(plugin: Plugin, cli: Cli) -> None:
    spec = plugin.spec

    text = cli("describe", spec.kind, spec.name)
    told = json.loads(cli("describe", spec.kind, spec.name, "--json").out)

    assert text.status == 0
    assert max(map(len, text.out.splitlines())) <= 80
    assert {key["name"] for key in told["parameters"]} == set(spec.params.model_fields)
    for key in told["parameters"]:
        assert key["help"], key
        assert key["type"] != "anything", key
        assert f"  {key['name']}: " in text.out


@pytest.mark.parametrize("plugin", ALL, ids=lambda p: f"{p.spec.kind}-{p.spec.name}")
def test_the_snippet_of_every_plugin_is_valid(plugin: Plugin, cli: Cli) -> None:
    spec = plugin.spec
    snippet = json.loads(cli("describe", spec.kind, spec.name, "--json").out)["snippet"]

    for text in (snippet, snippet.replace("\n# ", "\n")):
        table: Any = tomllib.loads(text)
        if spec.kind in IN_PHASE:
            table = table["encoder"]["phase"][0][IN_PHASE[spec.kind]]
            table.pop("weight", None)
        else:
            table = table.get("report", {}).get("projection") or table[spec.kind]
        table = table[0] if isinstance(table, list) else table
        assert table.pop("use") == spec.name
        spec.params.model_validate_json(json.dumps(table))


def test_what_a_phase_takes_from_its_encoder_is_described_once(cli: Cli) -> None:
    out = cli("describe", "encoder", "triplet").out
    assert out.count("Passes over the training rows.") == 1
    phase = out[out.index("\nphase\n") : out.index("\nbackbone\n")]
    assert "  epochs, lr, batch, optimizer," in phase
    assert "pairs: as above\n" in phase
    assert "  loss: " in phase


def test_an_unknown_name_lists_what_exists(cli: Cli) -> None:
    done = cli("describe", "clusterer", "k-means")

    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("error: no clusterer is named 'k-means'; did you mean 'kmeans'?")
    assert done.err.count("\n") == 1


def test_a_name_alone_is_enough_where_one_kind_has_it(cli: Cli) -> None:
    assert cli("describe", "kmeans").out.startswith("clusterer kmeans")
    done = cli("describe", "clusterer", "gower")
    assert "no clusterer is named 'gower'; 'gower' is of the kind encoder;" in done.err
    assert "did you mean 'kmeans'" in cli("describe", "kmean").err
    assert (
        "describe encoder triplet or clusterforge describe loss triplet"
        in cli("describe", "triplet").err
    )
    assert "Name a clusterer as well" in cli("describe", "clusterer").err


def test_what_an_encoder_reads_besides_the_embedding_is_said(cli: Cli) -> None:
    out = cli("describe", "encoder", "student").out
    assert "\n  takes          embedding\n  also reads     image\n" in out


@pytest.fixture
def without_leiden(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after ``pip uninstall clusterforge-leiden``."""
    points = list(discovery.entry_points())
    others = [p for p in points if isinstance(p, Distribution) and p.name != "clusterforge-leiden"]
    monkeypatch.setattr(discovery, "entry_points", lambda: others)


@pytest.mark.usefixtures("without_leiden")
@pytest.mark.parametrize(
    "command",
    [
        ("describe", "clusterer", "leiden"),
        ("describe", "leiden"),
        ("check-plugin", "leiden"),
        ("check-plugin", "clusterer:leiden"),
        ("check", "blobs.toml", "--set", "clusterer.1.use=leiden"),
        ("run", "blobs.toml", "--set", "clusterer.1.use=leiden"),
        ("edit", "done", "--split", "1", "--by", "leiden", "--out", "edited"),
    ],
)
def test_a_package_that_is_not_installed_is_named_with_its_command(
    command: tuple[str, ...], cli: Cli, blobs: str
) -> None:
    if command[0] == "edit":
        cli("run", blobs, "--out", "done")

    done = cli(*command)

    assert done.status == 2
    assert done.err.count("\n") == 1 or command[0] == "edit"
    assert "it is in the package clusterforge-leiden, which is not installed: pip " in done.err
    assert done.err.endswith("/plugins/clusterforge-leiden\n")


@pytest.mark.usefixtures("without_leiden")
def test_recipes_name_the_packages_that_are_not_installed(cli: Cli) -> None:
    assert "not installed: clusterforge-" in (said := cli("recipes").out)
    assert "\n  pip install -c " in said or "\n  in the root of a clone" in said


FOLLOWER = "\n@hookimpl\ndef clusterforge_run_finished(folder):\n    pass\n"
TRACKER = """\
tracker follower
  Follows every run: run finished.

  from           follower 1.0
  hooks          clusterforge_run_finished
  code           follower
  turned off by  CLUSTERFORGE_PLUGINS=-follower
"""


def test_a_tracker_is_known_to_every_command_about_plugins(
    cli: Cli, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("follower", FOLLOWER)
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "follower")

    assert cli("describe", "tracker", "follower").out == TRACKER
    assert cli("describe", "follower").out == TRACKER
    found = json.loads(cli("describe", "follower", "--json").out)
    assert (found["kind"], found["qualified"]) == ("tracker", "tracker:follower")
    assert found["parameters"] == []
    listed = cli("list-plugins", "--kind", "tracker")
    assert listed.status == 0
    assert listed.out.splitlines()[:2] == [
        "kind     name      package   summary",
        "tracker  follower  follower  Follows every run: run finished.",
    ]
    found = json.loads(cli("list-plugins", "--kind", "tracker", "--json").out)
    assert found["plugins"] == []
    assert [tracker["distribution"] for tracker in found["trackers"]] == ["follower"]
    assert "trackers" in found
    assert json.loads(cli("list-plugins", "--kind", "loss", "--json").out)["trackers"] == []
    assert json.loads(cli("doctor", "--json").out)["facts"]["trackers"] == "follower 1.0"


def test_a_tracker_that_is_not_there_says_what_is(cli: Cli) -> None:
    assert json.loads(cli("doctor", "--json").out)["facts"]["trackers"] == "none"
    assert cli("list-plugins", "--kind", "tracker").status == 0
    done = cli("describe", "tracker", "followe")
    assert (done.status, done.out) == (2, "")
    assert "no package named 'followe' follows runs" in done.err
    assert "pip install" in cli("describe", "tracker", "clusterforge-mlflow").err
    assert "pip install" in cli("describe", "clusterforge-mlflow").err
