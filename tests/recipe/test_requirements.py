"""What recipes say at their top that they need is what they name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clusterforge.recipe.requirements import Requirements, requirements
from clusterforge.recipe.shipped import COMMAND, shipped_recipes
from clusterforge.registry import Registry

REGISTRY = Registry.installed()


@pytest.mark.parametrize("name", shipped_recipes())
def test_the_comment_says_what_the_recipe_names(name: str) -> None:
    path = shipped_recipes()[name].path
    comment = " ".join(path.read_text("utf-8").partition(COMMAND)[0].split("\n# "))
    needs = comment.partition(" Needs ")[2]
    found = requirements(path, REGISTRY)
    assert ("Hub" in needs) == found.hub
    assert set(re.findall(r"clusterforge-[a-z-]+[a-z]", needs)) == set(found.packages)
    assert needs.rstrip().endswith(".")
    assert needs.count(". ") == 0  # nothing behind it: what follows is in no list


def test_packages_of_all_that_it_extends(tmp_path: Path) -> None:
    base = tmp_path / "base.toml"
    base.write_text('[dataset]\nuse = "digits"\n[[encoder]]\nuse = "static-embedding"\n')
    own = tmp_path / "own.toml"
    own.write_text('extends = "base.toml"\n[[clusterer]]\nuse = "hdbscan"\n')
    wanted = ("clusterforge-hdbscan", "clusterforge-static-embedding")
    assert requirements(own, REGISTRY) == Requirements(hub=False, packages=wanted)
