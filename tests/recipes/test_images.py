"""The short forms of the recipes for images run to the end, and still find what they should.

Texts, with the recipes that use UMAP, and images have a file each, so that two workers share them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.recipes.short_forms import FLOORS, IMAGES, ROOT, SWEEPS, reaches_its_floor


@pytest.fixture(scope="module", autouse=True)
def _one_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compute once what several recipes share, such as the embedding of a frozen encoder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLUSTERFORGE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def test_every_recipe_is_here() -> None:
    assert set(FLOORS) | set(SWEEPS) == {path.stem for path in (ROOT / "recipes").glob("*.toml")}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", IMAGES)
def test_the_short_form_reaches_its_floor(name: str, tmp_path: Path) -> None:
    reaches_its_floor(name, tmp_path)
