"""What a sweep costs besides its trials: ``python -m tests.bench.bench_sweep``.

Overhead: k-means with ten numbers of clusters and many seeds on iris, one worker; everything but the stages
and objectives of a trial, per trial. Speed: the shipped digits_sweep with one worker and with two, three
times each; it says something only on a quiet machine. Page: how long the page of as many trials takes to be
written and, where playwright and Chromium are there, to open.

Arguments: trials (default 1,000); ``--speed`` for the second.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import clusterforge
from clusterforge.search.folder import PAGE, SweepFolder
from clusterforge.search.page import write_page

OVERHEAD, OPENED, SPEED = 50, 2.0, 1.6  # ms, s, times
CLUSTERS, PAIRS = 10, 3


def toy(trials: int) -> dict[str, object]:
    """Return a recipe whose trials are as small as they can be."""
    return {
        "name": "toy",
        "dataset": {"use": "iris"},
        "encoder": [{"use": "scale"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 3, "restarts": 1}],
        "metric": [{"use": "silhouette"}],
        "search": {
            "objective": "silhouette",
            "space": {
                "seed": list(range(max(1, trials // CLUSTERS))),
                "clusterer.0.n_clusters": list(range(2, 2 + CLUSTERS)),
            },
        },
    }


def swept(recipe: object, folder: Path, workers: int) -> SweepFolder:
    """Run a sweep with a cache of its own."""
    os.environ["CLUSTERFORGE_CACHE"] = str(folder / "cache")
    return clusterforge.sweep(recipe, out=folder / "sweep", workers=workers)  # type: ignore[arg-type]


def overhead(folder: Path, trials: int) -> SweepFolder:
    """Print what a trial costs besides its own work."""
    swept(toy(CLUSTERS), folder / "warm", 1)
    start, cpu = time.perf_counter(), time.process_time()
    done = swept(toy(trials), folder / "toy", 1)
    many = len(done.trials)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    work = sum(trial.work for trial in done.trials)
    print(
        f"{many} trials: {1000 * wall / many:.1f} ms each ({1000 * cpu / many:.1f} ms CPU), of which "
        f"{1000 * work / many:.1f} ms work; overhead {1000 * done.sweep.overhead:.1f} ms (at most {OVERHEAD})"
    )
    return done


def page(done: SweepFolder) -> None:
    """Print how long the page takes to be written and to open."""
    start = time.perf_counter()
    write_page(done.path, done.sweep, done.trials)
    path = done.path / PAGE
    print(f"page: {time.perf_counter() - start:.2f} s to write, {path.stat().st_size / 1e6:.2f} MB")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        print("page: no playwright, or no Chromium")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        opened = browser.new_page()
        opened.goto(path.as_uri())
        opened.wait_for_selector("body[data-page]")
        ready = opened.evaluate("performance.getEntriesByName('interactive')[0].startTime")
        print(f"page: all charts drawn after {ready / 1000:.2f} s (at most {OPENED:.0f})")
        browser.close()


def speed(folder: Path) -> None:
    """Print how much faster two workers are than one: whole commands, in turn, each from an empty cache."""
    ratios = []
    for number in range(PAIRS):
        seconds = []
        for workers in (1, 2):
            place = folder / f"{number}-{workers}"
            command = [sys.executable, "-m", "clusterforge", "sweep", "digits_sweep"]
            command += ["--out", str(place / "sweep"), "--workers", str(workers)]
            environment = {**os.environ, "CLUSTERFORGE_CACHE": str(place / "cache")}
            start = time.perf_counter()
            subprocess.run(command, env=environment, check=True, capture_output=True)
            seconds.append(time.perf_counter() - start)
            best = SweepFolder.open(place / "sweep").sweep.best
            print(f"digits_sweep, {workers} workers: {seconds[-1]:.1f} s, best trial {best}")
        ratios.append(seconds[0] / seconds[1])
    low, middle, high = min(ratios), median(ratios), max(ratios)
    print(f"{middle:.2f} times faster ({low:.2f} to {high:.2f}; at least {SPEED})")


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description="What a sweep costs besides its trials.")
    parser.add_argument("trials", nargs="?", type=int, default=1_000)
    parser.add_argument("--speed", action="store_true", help="two workers against one")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        page(overhead(Path(home), arguments.trials))
        if arguments.speed:
            speed(Path(home))


if __name__ == "__main__":
    main()
