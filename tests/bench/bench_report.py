"""The report of 70,000 rows: its size, how soon it answers, and how long a frame takes.

Run ``python -m tests.bench.bench_report``. It reads AG News and MNIST from ``CLUSTERFORGE_MIRROR`` where
they are there, else it makes texts and pictures; the rows lie in ten clouds, nothing is clustered.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from clusterforge.report import write_report
from clusterforge.runs import Assignments, files
from clusterforge.runs.assignments import id_names, write_assignments
from clusterforge.runs.manifest import write_manifest
from clusterforge.runs.map_data import write_map
from clusterforge.runs.records import Metrics, RunRecord
from tests.report.runs import digits, topics
from tests.report.runs import write_run as write_small

ROWS = 70_000
LIMITS = {"texts": 15, "images": 25}  # MB
READY = 3.0  # s
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-sync"]


def mirrored(path: str, column: str) -> list[Any]:
    """Return a column of a data set in the mirror, over all its files; [] where it is not there."""
    home = Path(os.environ.get("CLUSTERFORGE_MIRROR", "/nonexistent")) / path
    values: list[Any] = []
    for file in sorted(home.rglob("*.parquet")):
        if column in parquet.read_schema(file).names:
            values += parquet.read_table(file, columns=[column])[column].to_pylist()
    return values


def texts(rows: int = ROWS) -> list[str]:
    """Return so many texts, each its own."""
    found = mirrored("fancyzhx/ag_news", "text")
    rng = np.random.default_rng(0)
    if not found:
        letters = np.array(list("etaoinshrdlu"))
        words = np.array(["".join(rng.choice(letters, n)) for n in rng.integers(2, 10, 8000)])
        return [" ".join(chosen) for chosen in words[rng.integers(0, len(words), (rows, 38))]]
    # the mirror holds fewer: a text of two halves is as long and is seen once
    first, second = rng.integers(0, len(found), (2, rows))
    halves = [(text[: len(text) // 2], text[len(text) // 2 :]) for text in found]
    return [halves[a][0] + halves[b][1] for a, b in zip(first, second, strict=True)]


def images() -> list[bytes]:
    """Return as many pictures as rows, PNG."""
    found = [image["bytes"] for image in mirrored("ylecun/mnist", "image")]
    if len(found) >= ROWS:
        return found[:ROWS]
    from PIL import Image

    rng = np.random.default_rng(0)
    made = []
    for _ in range(ROWS):
        buffer = io.BytesIO()
        small = Image.fromarray(rng.integers(0, 255, (5, 5), np.uint8))
        small.resize((28, 28), Image.Resampling.BICUBIC).save(buffer, "PNG")
        made.append(buffer.getvalue())
    return made


def write_run(folder: Path, kind: str, rows: int = ROWS) -> Path:
    """Write a run folder of so many rows, all on the map, a seventh of them in the split ``test``."""
    rng = np.random.default_rng(0)
    small = digits(60) if kind == "images" else topics(10, 60, [str(i) for i in range(10)])
    write_small(folder, small, 10, name=kind)
    truth = rng.integers(0, 10, rows)
    angle = 2 * np.pi * truth / 10
    xy = 5 * np.stack([np.cos(angle), np.sin(angle)], 1) + rng.normal(size=(rows, 2))
    labels = np.where(rng.random(rows) < 0.1, rng.integers(0, 10, rows), truth)
    sizes = {"train": rows - rows // 7, "test": rows // 7}
    run = RunRecord.read(folder / files.RUN)
    splits = {s: run.data.splits[s].model_copy(update={"rows": n}) for s, n in sizes.items()}
    data = run.data.model_copy(update={"splits": splits})
    encoders = tuple(encoder.model_copy(update={"dim": 2}) for encoder in run.encoders)
    run.model_copy(update={"data": data, "encoders": encoders}).write(folder / files.RUN)
    ids = np.concatenate([[f"{name}-{i}" for i in range(n)] for name, n in sizes.items()])
    split = np.repeat([0, 1], [*sizes.values()])
    assignments = Assignments(
        tuple(sizes),
        split,
        id_names(ids),
        data.label_names,
        truth,
        {"kmeans": labels, "density": labels},
    )
    write_assignments(folder / files.ASSIGNMENTS, assignments)
    here = {name: assignments.rows(name) for name in sizes}
    counts = {s: dict(enumerate(np.bincount(labels[of]).tolist())) for s, of in here.items()}
    metrics = Metrics.read(folder / files.METRICS)
    counted = {n: c.model_copy(update={"sizes": counts}) for n, c in metrics.clusterings.items()}
    metrics.model_copy(update={"clusterings": counted}).write(folder / files.METRICS)
    write_map(
        folder / files.MAP,
        {name: np.arange(n) for name, n in sizes.items()},
        {name: xy[of].astype(np.float32) for name, of in here.items()},
    )
    items = texts(rows) if kind == "texts" else images()
    for name, of in here.items():
        values = rng.random(sizes[name], np.float32)
        np.save(folder / files.row_values("kmeans", name, files.SILHOUETTE), values)
        points = xy[of].astype(np.float32)
        np.save(folder / files.embedding(0, run.encoders[0].id, name), points)
        columns = {"id": ids[of].tolist(), "item": items[of]}
        parquet.write_table(pa.table(columns), folder / files.rows(name))
    write_manifest(folder)
    return folder


FRAMES = """async () => {
  const times = [], step = 0.3 / 60;
  for (let k = 0; k < 60; k++) {
    await new Promise(requestAnimationFrame);
    const start = performance.now();
    atlas.move(k < 30 ? step : -step, 0);
    atlas.panels.forEach(atlas.draw);
    times.push(performance.now() - start);
  }
  return times;
}"""


def measure(path: Path) -> dict[str, float]:
    """Open a report in Chromium and pan it; times in seconds and milliseconds."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1240, "height": 900})
        page.goto(path.as_uri())
        page.wait_for_selector("body[data-map]", timeout=60_000)
        ready = page.evaluate("performance.getEntriesByName('interactive')[0].startTime")
        frames = np.array(page.evaluate(FRAMES))
        start = time.perf_counter()
        page.fill("#map-search", "1")
        searched = time.perf_counter() - start
        browser.close()
    return {
        "ready": ready / 1000,
        "frame": float(np.median(frames)),
        "slowest": float(frames.max()),
        "search": searched,
    }


def main(kinds: list[str]) -> None:
    """Print a line for each kind of report."""
    with tempfile.TemporaryDirectory() as scratch:
        for kind in kinds or list(LIMITS):
            folder = write_run(Path(scratch) / kind, kind)
            start = time.perf_counter()
            write_report(folder)
            built = time.perf_counter() - start
            size = (folder / "report.html").stat().st_size / 1e6
            print(f"{kind}: {size:.1f} MB (at most {LIMITS[kind]}), built in {built:.0f} s")
            times = measure(folder / "report.html")
            print(
                f"  interactive in {times['ready']:.2f} s (at most {READY:g}); frame "
                f"{times['frame']:.1f} ms, slowest {times['slowest']:.1f} ms; first search "
                f"{times['search']:.2f} s",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:])
