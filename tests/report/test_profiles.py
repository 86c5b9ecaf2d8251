# ruff: noqa: F811
"""Clusters against other columns, on the page and on the map."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest

from clusterforge.explaining.metadata import values_of
from clusterforge.explaining.profiles import profiles
from clusterforge.exporting.cells import executed
from clusterforge.report import write_report
from clusterforge.runs import RunFolder, files
from clusterforge.runs.manifest import write_manifest
from clusterforge.runs.profiled import Profiled
from clusterforge.runs.records import Profiles
from tests.report.runs import HOSTILE
from tests.report.test_browser import browser, opened, pytestmark  # noqa: F401

COLUMN = "</td><script>alert(9)</script>"


@pytest.fixture(scope="module")
def profiled(texts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of hostile texts with one column that goes with its clusters and one that does not."""
    folder = shutil.copytree(texts, tmp_path_factory.mktemp("profiled") / "run")
    table = RunFolder.open(folder).assignments
    labels = table.clusters["kmeans"]
    country = [HOSTILE[label] if n % 9 else None for n, label in enumerate(labels)]
    rng = np.random.default_rng(0)
    coin = rng.choice(["heads", "tails"], len(labels)).tolist()
    values = {
        COLUMN: values_of(pa.chunked_array([pa.array(country, pa.string())])),
        "coin": values_of(pa.chunked_array([pa.array(coin)])),
    }
    clusterings = {name: profiles(values, of) for name, of in table.clusters.items()}
    record = Profiles(clusterings=clusterings, skipped={"id": "it has 200 values"})
    record.write(folder / files.PROFILES)
    Profiled.of(values).write(folder / files.PROFILED)
    write_manifest(folder)
    write_report(folder)
    write_manifest(folder)
    return folder / "report.html"


def test_the_page_lists_what_each_cluster_has_more_often(
    opened: Callable[..., Any],
    profiled: Path,
) -> None:
    page = opened(profiled)
    articles = page.locator("section:has(#profiles) details").first.locator("article")
    assert articles.count() == 2
    country = articles.nth(0)
    assert country.locator("h3").inner_text().startswith(COLUMN)
    assert "p < 0.001" in country.locator("h3").inner_text()
    assert country.locator("tbody tr").count() == 3
    assert "100 %" in country.locator("tbody tr").first.inner_text()
    assert "no value that is surely more frequent" in articles.nth(1).inner_text()
    assert page.locator("nav a[href='#profiles']").count() == 1
    assert "id (it has 200 values)" in page.locator("section:has(#profiles)").inner_text()


def test_the_map_is_coloured_and_filtered_by_a_column(
    opened: Callable[..., Any],
    profiled: Path,
) -> None:
    page = opened(profiled)
    page.locator("#map-panels select").nth(1).select_option(label="coin")
    keys = page.locator("#map-panels .keys").nth(1).locator("button")
    assert [name.split()[0] for name in keys.all_inner_texts()] == ["heads", "tails"]
    off = "atlas.panels[1].mode.off.size"
    assert page.evaluate(off) == 0
    keys.first.click()
    assert page.evaluate(off) == 1
    column = RunFolder.open(profiled.parent).profiled
    assert column is not None
    position = RunFolder.open(profiled.parent).map.position
    here = np.array(column.table["coin"].to_pylist())[position]
    assert keys.first.inner_text().split()[1] == str((here == "heads").sum())


def test_the_selection_is_saved_as_csv(opened: Callable[..., Any], profiled: Path) -> None:
    page = opened(profiled)
    page.evaluate("atlas.select([...Array(atlas.count).keys()])")
    with page.expect_download() as saved:
        page.click("#map-csv")
    run = RunFolder.open(profiled.parent)
    table = pacsv.read_csv(
        saved.value.path(), parse_options=pacsv.ParseOptions(newlines_in_values=True)
    )
    assert table.column_names[:2] == ["split", "id"]
    assert table.column_names[-2:] == ["label", "text"]
    ids = run.assignments.ids[run.map.position].tolist()
    assert table["id"].to_pylist() == ids
    assert len(table) == len(ids)
    texts = table["text"].to_pylist()
    assert all(text.startswith("'") for text in texts if executed(text))
    assert [text for text in texts if text.startswith("'=")]


def test_a_report_without_profiles_says_nothing_of_them(texts: Path) -> None:
    assert 'id="profiles"' not in (texts / "report.html").read_text("utf-8")
