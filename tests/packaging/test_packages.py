"""The table of our packages says what their specs say."""

from __future__ import annotations

import json
import shlex
import tomllib
from pathlib import Path

import pytest

from clusterforge import packages
from clusterforge.errors import InputError
from clusterforge.packages import PACKAGES, TRACKERS, Package, installing
from clusterforge.registry import Registry
from clusterforge.testing.collector import find

PLUGINS = Path(__file__).parents[2] / "plugins"
NAMES = {
    tomllib.loads((folder / "pyproject.toml").read_text())["project"]["name"]
    for folder in PLUGINS.iterdir()
    if (folder / "pyproject.toml").is_file()
}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.use)
def test_a_package_is_what_its_spec_says(package: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    assert package.distribution in NAMES
    monkeypatch.delenv("CLUSTERFORGE_PLUGINS", raising=False)
    registry = Registry.installed()
    found = [p for p in registry.of(package.kind) if p.distribution.name == package.distribution]
    if not found:
        pytest.skip(f"{package.distribution} is not installed")
    spec = next(plugin.spec for plugin in found if plugin.spec.name == package.use)
    proposals = {(proposal.role, proposal.reason) for proposal in spec.proposals}
    assert proposals == ({(package.role, package.reason)} if package.role else set())


def test_the_best_of_a_role_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLUSTERFORGE_PLUGINS", raising=False)
    ranks = {
        plugin.spec.name: (proposal.role, proposal.rank)
        for plugin in Registry.installed().of("encoder")
        for proposal in plugin.spec.proposals
    }
    texts = [ranks[p.use][1] for p in PACKAGES if p.role == "text" and p.use in ranks]
    assert texts == sorted(texts, reverse=True)


def test_every_plugin_of_our_packages_is_in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLUSTERFORGE_PLUGINS", raising=False)
    brought = {
        (plugin.distribution.name, plugin.spec.kind, plugin.spec.name)
        for plugin in Registry.installed().plugins
        if plugin.distribution.name in NAMES
    }
    assert brought <= {(one.distribution, one.kind, one.use) for one in PACKAGES}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one package, in a folder whose name has a blank; clusterforge is not from it."""
    place = tmp_path / "my clone"
    (place / "plugins" / "clusterforge-umap").mkdir(parents=True)
    (place / "plugins" / "clusterforge-umap" / "pyproject.toml").touch()
    (place / "constraints.txt").touch()
    nowhere = tmp_path / "site" / "clusterforge"
    monkeypatch.setattr(packages, "__file__", str(nowhere / "packages.py"))
    monkeypatch.setattr(packages, "INSTALLED", "clusterforge-as-if-unpacked")
    monkeypatch.chdir(tmp_path)
    return place


def _records(url: str, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make clusterforge a package that was installed from somewhere."""
    info = site / "clusterforge_as_if_unpacked-0.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: clusterforge-as-if-unpacked\n")
    (info / "direct_url.json").write_text(url)
    monkeypatch.syspath_prepend(str(site))


def test_in_a_checkout_the_command_is_that_of_the_readme(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout)
    wanted = "pip install -c constraints.txt ./plugins/clusterforge-umap"
    assert installing("clusterforge-umap") == wanted
    (checkout / "pyproject.toml").touch()
    assert installing("clusterforge") == "pip install -c constraints.txt ."


def test_elsewhere_the_command_names_the_checkout_that_was_installed(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = json.dumps({"dir_info": {}, "url": checkout.as_uri()})
    _records(url, tmp_path / "installed", monkeypatch)
    folder = f"{checkout}/plugins/clusterforge-umap"
    command = shlex.split(installing("clusterforge-umap"))
    assert command == ["pip", "install", "-c", f"{checkout}/constraints.txt", folder]


@pytest.mark.parametrize(
    "url", ['{"url": "https://example.org/a.whl"}', '{"url": "file:///gone"}', "[]", "{"]
)
def test_where_no_checkout_is_known_it_says_where_the_command_is_typed(
    url: str, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _records(url, tmp_path / "installed", monkeypatch)
    assert installing("clusterforge-umap") == (
        "in the root of a clone of clusterforge's repository: "
        "pip install -c constraints.txt ./plugins/clusterforge-umap"
    )


def test_the_packages_that_follow_runs_are_named() -> None:
    assert {*TRACKERS} == NAMES - {one.distribution for one in PACKAGES}
    with pytest.raises(InputError, match=r"it is not installed: .*/plugins/clusterforge-mlflow$"):
        find("tracker:clusterforge-mlflow", Registry([]))
