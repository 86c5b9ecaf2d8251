"""``clusterforge.plugins()``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import clusterforge
from clusterforge.errors import InputError, PluginError
from clusterforge.registry import Registry
from tests.pipeline import toy
from tests.registry.conftest import Install


def test_every_plugin_by_kind_and_name() -> None:
    found = clusterforge.plugins(registry=toy.registry())

    assert [(plugin.kind, plugin.name) for plugin in found] == [
        ("dataset", "dots"),
        ("encoder", "flat"),
        ("encoder", "shift"),
        ("clusterer", "cut"),
        ("metric", "largest"),
        ("metric", "matches"),
        ("namer", "widest"),
    ]
    cut = found[3]
    assert (cut.use, cut.distribution, cut.version, cut.state) == ("cut", "toy", "1.0", "ok")
    assert cut.summary == "Cuts the mean."
    assert cut.schema["properties"]["noise"]["minimum"] == 0


def test_one_kind() -> None:
    kinds = {plugin.kind for plugin in clusterforge.plugins("loss")}

    assert kinds == {"loss"}
    with pytest.raises(InputError, match="did you mean 'loss'"):
        clusterforge.plugins("losses")  # type: ignore[arg-type]


def test_a_shadowed_plugin_says_what_to_write(install: Install) -> None:
    install("copycat", "@hookimpl\ndef clusterforge_clusterers():\n    return [easy('kmeans')]\n")

    shadowed = [p for p in clusterforge.plugins("clusterer") if p.distribution == "copycat"]

    assert [(p.name, p.use, p.state) for p in shadowed] == [
        ("kmeans", "copycat:kmeans", "shadowed")
    ]


def test_parameters_that_cannot_be_described_are_their_owner_s_fault(install: Install) -> None:
    install(
        "odd",
        "class OddParams(Params):\n    x: 'Nowhere' = None\n"
        "@hookimpl\ndef clusterforge_clusterers():\n"
        "    return [ClustererSpec('odd', 'Odd.', OddParams, 'odd:Odd')]\n",
    )
    odd = next(p for p in clusterforge.plugins("clusterer") if p.name == "odd")

    with pytest.raises(PluginError, match=r"odd 1\.0: its parameters can't be described"):
        _ = odd.schema


def test_nothing_heavy_is_imported(tmp_path: Path) -> None:
    code = (
        "import json, sys, clusterforge\n"
        "found = [plugin.schema for plugin in clusterforge.plugins()]\n"
        "heavy = {'numpy', 'torch', 'sklearn', 'scipy', 'pandas'} & set(sys.modules)\n"
        "print(json.dumps([len(found), sorted(heavy)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "CLUSTERFORGE_PLUGINS": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    count, heavy = json.loads(done.stdout)
    assert count == len(Registry.installed("").plugins)
    assert heavy == []
