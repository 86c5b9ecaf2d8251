"""Edits made on the report page, in a real browser: the same clustering as by command."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import clusterforge
from clusterforge.curation import Edits
from clusterforge.pipeline.curate import refer
from clusterforge.runs import RunFolder
from tests.curation.test_command import four_groups
from tests.report.runs import HOSTILE
from tests.report.test_browser import browser, pytestmark

__all__ = ["browser", "pytestmark"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return four_groups(tmp_path_factory.mktemp("page"))


@pytest.fixture
def page(run: Path, browser: Any) -> Any:
    page = browser.new_page(viewport={"width": 390, "height": 800}, accept_downloads=True)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((run / "report.html").as_uri())
    page.wait_for_selector("body[data-map=drawn]", timeout=60_000)
    yield page
    page.close()
    assert errors == []


def tick(page: Any, *numbers: int) -> None:
    for number in numbers:
        name = page.locator("bdi", has_text=re.compile(rf"^{number}( |$)"))
        page.locator("#edit-clusters label", has=name).locator("input").check()


def saved(page: Any, path: Path) -> Edits:
    with page.expect_download() as download:
        page.click("#edit-save")
    download.value.save_as(path)
    return Edits.read(path)


def test_made_undone_saved_applied(run: Path, page: Any, tmp_path: Path) -> None:
    tick(page, 0, 1)
    page.fill("#edit-name", "both")
    page.click("[data-do=merge]")
    tick(page, 2)
    page.click("[data-do=to-noise]")
    page.click("#edit-undo")
    tick(page, 2)
    page.fill("#edit-parts", "3")
    page.click("[data-do=split]")
    page.evaluate("atlas.select([0, 1])")
    tick(page, 3)
    page.click("[data-do=pin]")
    assert page.inner_text("#edit-count") == "3 edits"
    command = shlex.split(page.inner_text("#edit-command"))
    assert command[:4] == ["clusterforge", "edit", str(run), "edits.toml"]
    edits = saved(page, tmp_path / "edits.toml")
    folder = RunFolder.open(run)
    table = folder.assignments
    assert folder.map is not None
    pinned = [
        (table.splits[table.split[row]], str(table.ids[row])) for row in folder.map.position[:2]
    ]
    by_hand = Edits.model_validate(
        {
            "edit": [
                {
                    "do": "merge",
                    "clusters": [refer(folder, "kmeans", number) for number in "01"],
                    "name": "both",
                },
                {"do": "split", "cluster": refer(folder, "kmeans", "2"), "into": 3},
                {"do": "pin", "rows": pinned, "cluster": refer(folder, "kmeans", "3")},
            ]
        }
    )
    one = clusterforge.edit(run, edits, out=tmp_path / "page")
    other = clusterforge.edit(run, by_hand, out=tmp_path / "command")
    for split in ("train", "test"):
        assert np.array_equal(one.labels(split=split), other.labels(split=split))
    assert one.files.names("edited") == other.files.names("edited")


def test_hostile_names_stay_text(page: Any, tmp_path: Path) -> None:
    names = [name.strip() for name in HOSTILE if name.strip()][:50]
    for name in names:
        page.locator("#edit-clusters input").first.check()
        page.fill("#edit-name", name)
        page.click("[data-do=rename]")
    edits = saved(page, tmp_path / "edits.toml")
    assert len(edits) == len(names)
    assert page.locator("#edits script, #edits img, #edits b").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_what_is_missing_is_said(page: Any) -> None:
    page.click("[data-do=merge]")
    assert page.inner_text("#edit-said") == "Tick two clusters or more"
    tick(page, 0)
    page.click("[data-do=rename]")
    assert page.inner_text("#edit-said") == "Write the new name"
    page.click("[data-do=pin]")
    assert "Select rows on the map" in page.inner_text("#edit-said")


def test_the_clusters_of_a_group_are_ticked_together(tmp_path: Path, browser: Any) -> None:
    recipe = {
        "name": "twenty",
        "dataset": {"use": "blobs", "rows": 300, "dimensions": 6, "centers": 20},
        "encoder": [{"use": "scale"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 20, "restarts": 1}],
        "evaluation": {"resamples": 0, "refits": 0, "null_draws": 0},
        "report": {"projection": {"use": "pca", "components": 2}},
    }
    run = clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    page = browser.new_page(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page.goto((run.folder / "report.html").as_uri())
    page.wait_for_selector("body[data-map=drawn]", timeout=60_000)
    clusters = page.evaluate("DATA.editing[0].clusters")
    coarsest = Counter(cluster["groups"][-1] for cluster in clusters)
    (group, _), *_ = coarsest.most_common(1)
    members = {cluster["number"] for cluster in clusters if group in cluster["groups"]}
    assert 1 < len(members) < 20
    assert page.locator("#edit-all").is_disabled()
    page.fill("#edit-find", group)
    page.click("#edit-all")
    page.click("[data-do=merge]")
    (merge,) = saved(page, tmp_path / "edits.toml").edit
    page.set_viewport_size({"width": 390, "height": 900})
    page.fill("#edit-find", "")
    for box in page.locator("#edit-clusters input").all():
        box.check()
    page.fill("#edit-name", "all of them")
    page.click("[data-do=merge]")
    entry = page.locator("#edit-clusters label")
    name, rows = (entry.locator(part).bounding_box() for part in ("bdi", "small"))
    assert name["width"] > 60
    assert (
        rows["x"] + rows["width"] <= entry.bounding_box()["x"] + entry.bounding_box()["width"] + 1
    )
    page.close()
    assert {cluster.number for cluster in merge.clusters} == members
