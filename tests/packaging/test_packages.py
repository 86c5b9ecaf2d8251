"""The table of our packages says what their specs say."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from clusterforge.packages import PACKAGES, Package
from clusterforge.registry import Registry
from clusterforge.specs import ALL_TYPES

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
    kind = next(kind for kind in ALL_TYPES if kind == package.kind)
    found = [p for p in registry.of(kind) if p.distribution.name == package.distribution]
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
