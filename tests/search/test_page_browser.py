"""The page of a sweep in a real browser: what its parts do when they are used."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clusterforge.search.page import render
from clusterforge.search.records import SweepRecord, TrialRecord
from tests.search.records import ANY, DIM, ERROR, LR, STABILITY, K, made, twelve

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Open the page of a sweep; at the end no error was logged and nothing was asked of the network."""
    contexts, wrong = [], []

    def open_page(made: tuple[SweepRecord, list[TrialRecord]], width: int = 1240) -> Any:
        path = tmp_path / "sweep.html"
        path.write_text(render(*made, 'name = "best"\n'), "utf-8")
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
        page.on(
            "request",
            lambda request: (
                None if request.url == path.as_uri() else wrong.append(f"request: {request.url}")
            ),
        )
        page.goto(path.as_uri())
        page.wait_for_selector("body[data-page]")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not wrong


def rows(page: Any) -> list[str]:
    return page.eval_on_selector_all(
        "#table tbody tr:not([hidden])", "rows => rows.map((row) => row.cells[0].innerText)"
    )


def test_brush_search_and_order_change_what_is_shown(opened: Callable[..., Any]) -> None:
    sweep, trials = made(60, [K, LR, DIM])
    page = opened((sweep, trials))
    assert rows(page)[0] == f"{sweep.best} best"
    zone = page.locator("#parallel .zone").first
    zone.scroll_into_view_if_needed()
    box = zone.bounding_box()
    page.mouse.click(
        box["x"] + box["width"] / 2, box["y"] + box["height"] - 20
    )  # the lowest option
    few = sum(trial.values[K.key] == 4 for trial in trials)
    assert page.locator("#many").inner_text() == f"{few} of 60 trials"
    assert len(rows(page)) == few
    page.click("#clear")
    assert len(rows(page)) == 60
    page.locator("#table thead button", has_text="trial").click()
    assert rows(page)[1] == "1"
    page.locator("#table thead button", has_text="trial").click()
    assert rows(page)[0] == "59"
    page.fill("#find", "59")
    assert "59" in rows(page)[0]
    assert len(rows(page)) < 60


def test_another_measure_colours_and_a_click_shows_the_command(opened: Callable[..., Any]) -> None:
    sweep, trials = made(30, [ANY, K], (STABILITY, ERROR))
    page = opened((sweep, trials))
    page.select_option("#measure", label="ARI")
    assert (page.locator("#parallel .name").last.text_content() or "").startswith("ARI")
    page.locator("#table tbody tr").nth(1).click()
    command = page.locator("#picked pre").inner_text()
    assert "--set 'clusterer.0.n_clusters=" in command
    page.keyboard.press("Escape")
    assert page.locator("#picked").is_hidden()
    with page.expect_download() as saved:
        page.locator("#parallel .save button").first.click()
    assert saved.value.suggested_filename.endswith("parallel.svg")


def test_many_trials_and_keys_fit_a_phone(opened: Callable[..., Any]) -> None:
    page = opened(made(300, twelve(), failed=range(5)), width=390)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert len(rows(page)) == 100
    page.click("#more")
    assert len(rows(page)) == 300
    assert page.locator("#slices figure").count() == 12
