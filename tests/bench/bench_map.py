"""The map of up to a million rows in a browser: ``python -m tests.bench.bench_map``.

For each number of rows (default 10,000, 100,000 and 1,000,000) it writes a run of texts with two
clusterings, labels and silhouettes, all rows on the map, builds its report, opens it in headless Chromium
(without a GPU) and prints one line: size, seconds to build it and the peak of memory, seconds until the map
is drawn, milliseconds to point at a row (200 random places, until the frame after it: median and the slowest
twentieth) and to pan by one step, at the whole map and at ten times its size, and seconds of the first
search.

``--next-to`` also builds the same points as an HTML file of plotly's ``scattergl``, with its script inside,
where plotly is installed. ``--keep FOLDER`` leaves the pages there.
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from clusterforge.report import write_report
from clusterforge.runs import RunFolder
from tests.bench.bench_report import ARGUMENTS, write_run

PLACES = 200
POINTING = """async ([places, zoom]) => {
  const panel = atlas.panels[0], area = panel.over.getBoundingClientRect(), times = [];
  atlas.fit();
  if (zoom > 1) {
    const i = atlas.panels[0].order[0], { view } = atlas;
    view.zoom = zoom;
    atlas.move(0.5 - view.x, 0.5 - view.y);
  }
  const frame = () => new Promise(requestAnimationFrame);
  await frame(); await frame();
  let texts = 0;
  for (const [x, y] of places) {
    await frame();
    const start = performance.now();
    const clientX = area.left + x * area.width, clientY = area.top + y * area.height;
    panel.over.dispatchEvent(new PointerEvent("pointermove", { pointerType: "mouse", clientX, clientY }));
    const tip = document.getElementById("map-tip");
    while (!tip.hidden && tip.textContent.includes("…") && !tip.querySelector("p"))
      await new Promise((next) => setTimeout(next));
    if (tip.querySelector("p")) texts++;
    await frame();
    times.push(performance.now() - start);
  }
  return { times, texts };
}"""
PANNING = """async () => {
  const times = [];
  for (let k = 0; k < 60; k++) {
    const start = performance.now();
    atlas.move(k % 20 < 10 ? 0.005 : -0.005, 0);
    await new Promise(requestAnimationFrame);
    await new Promise((next) => setTimeout(next));
    times.push(performance.now() - start);
  }
  return times;
}"""
PLOTLY_POINTING = """async (places) => {
  const box = document.querySelector(".plotly-graph-div"), drag = box.querySelector(".nsewdrag");
  const area = drag.getBoundingClientRect(), times = [];
  const frame = () => new Promise(requestAnimationFrame);
  for (const [x, y] of places) {
    await frame();
    const start = performance.now();
    const event = { bubbles: true, clientX: area.left + x * area.width, clientY: area.top + y * area.height };
    drag.dispatchEvent(new MouseEvent("mousemove", event));
    await frame();
    times.push(performance.now() - start);
  }
  return times;
}"""
WEBGL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


def opened(path: Path, ready: str, arguments: list[str], use: Any) -> Any:
    """Open a page, wait for an element, and return what `use` measures and the seconds it took to open."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(300_000)
        start = time.perf_counter()
        page.goto(path.as_uri(), timeout=300_000)
        page.wait_for_selector(ready)
        page.evaluate("() => new Promise(requestAnimationFrame)")
        seconds = time.perf_counter() - start
        found = use(page)
        browser.close()
    return seconds, found


def places() -> list[list[float]]:
    """Return random places of a panel, as shares of its sides."""
    return np.random.default_rng(0).uniform(0.05, 0.95, (PLACES, 2)).tolist()


def middle(times: list[float]) -> str:
    """Write the median and the 95th percentile of some times."""
    return f"{np.median(times):.0f} / {np.quantile(times, 0.95):.0f}"


def map_page(rows: int, scratch: Path) -> str:
    """Build a report, and return its line."""
    folder = write_run(scratch / f"run-{rows}", "texts", rows)
    start = time.perf_counter()
    write_report(folder)
    built = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    path = folder / "report.html"

    def use(page: Any) -> list[str]:
        page.locator(".over").first.scroll_into_view_if_needed()
        columns = []
        for zoom in (1, 10):
            told = page.evaluate(POINTING, [places(), zoom])
            assert told["texts"] > PLACES / 4
            columns += [middle(told["times"]), middle(page.evaluate(PANNING))]
        start = time.perf_counter()
        page.fill("#map-search", "ing")
        page.locator("#map-count", has_text=" of ").wait_for()
        return [*columns, f"{time.perf_counter() - start:.1f}"]

    drawn, columns = opened(path, "body[data-map]", ARGUMENTS, use)
    size = path.stat().st_size / 1e6
    return f"{rows:>9,}  {size:5.1f} {built:6.1f} {memory:6.0f} {drawn:6.2f}   " + "   ".join(
        f"{value:>9}" for value in columns
    )


def plotly_page(rows: int, scratch: Path) -> str:
    """Build plotly's page of the same points, and return its line."""
    import plotly.graph_objects as go

    run = RunFolder.open(scratch / f"run-{rows}")
    data, table = run.map, run.assignments
    assert data is not None
    texts = [str(item)[:30] for item in run.items("train").take(np.arange(rows - rows // 7))]
    texts += [str(item)[:30] for item in run.items("test").take(np.arange(rows // 7))]
    labels = table.clusters["kmeans"][data.position]
    figure = go.Figure()
    for label in np.unique(labels).tolist():
        here = np.flatnonzero(labels == label)
        words = [f"{table.ids[i]}<br>{texts[i]}" for i in here]
        x, y = data.xy[here].T
        figure.add_scattergl(x=x, y=y, text=words, mode="markers", marker={"size": 3})
    path = scratch / f"plotly-{rows}.html"
    start = time.perf_counter()
    figure.write_html(path, include_plotlyjs=True)
    built = time.perf_counter() - start

    def use(page: Any) -> str:
        return middle(page.evaluate(PLOTLY_POINTING, places()))

    size = path.stat().st_size / 1e6
    drawn, pointing = opened(path, ".plotly-graph-div .nsewdrag", [*ARGUMENTS, *WEBGL], use)
    return f"   plotly  {size:5.1f} {built:6.1f}        {drawn:6.2f}   {pointing:>9}"


def main() -> None:
    """Print a line for each number of rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", type=int, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--next-to", action="store_true", help="also plotly's page")
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    print(
        "     rows     MB  built memory  drawn       point         pan    point x10    pan x10   search"
    )
    with tempfile.TemporaryDirectory() as scratch:
        home = options.keep or Path(scratch)
        for rows in options.rows:
            print(map_page(rows, home), flush=True)
            if options.next_to and importlib.util.find_spec("plotly"):
                print(plotly_page(rows, home), flush=True)


if __name__ == "__main__":
    main()
