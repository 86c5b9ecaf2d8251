"""Estimates next to what runs take: ``python -m tests.bench.bench_preflight [RECIPE …] [--keep FOLDER]``.

``--refusals`` instead shows how long a run takes that can't fit, and what it says.

The shipped recipes, on fewer rows and epochs where they take many minutes (``SHIPPED``), each in a process
of its own with one thread, without a cache. Time is that of the processor, which other programs of the
machine do not change much; the speed of the machine is that before and after each run, averaged. With
``--keep`` what was measured stays in a folder, and is not measured again.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

MNIST = ("dataset.limit=10000", "dataset.limit_test=2000")
NEWS = ("dataset.limit=1500", "dataset.limit_test=500")
FEW = ("dataset.limit=4000", "dataset.limit_test=1000")
CIFAR = ("dataset.limit=1500", "dataset.limit_test=300")
SHIPPED: dict[str, tuple[str, ...]] = {
    "quickstart": (),
    "quickstart_text": (),
    "mnist_pca": (),
    "mnist_pixels": MNIST,
    "mnist_autoencoder": (*MNIST, "encoder.1.epochs=5"),
    "mnist_regularised_ae": (*MNIST, "encoder.1.epochs=3"),
    "mnist_classifier": MNIST,
    "mnist_siamese": (*MNIST, "encoder.0.pretrain_epochs=2", "encoder.0.epochs=3"),
    "mnist_triplet": (*MNIST, "encoder.0.epochs=3"),
    "mnist_dec": (*MNIST, "encoder.1.pretrain_epochs=5", "encoder.1.epochs=4"),
    "mnist_best": (
        *MNIST,
        "encoder.0.phase.0.epochs=3",
        "encoder.0.phase.1.epochs=3",
        "encoder.1.epochs=1",
    ),
    "mnist_conv_dec": (*FEW, "encoder.0.phase.0.epochs=1", "encoder.0.phase.1.epochs=1"),
    "mnist_n2d": (*FEW, "encoder.1.phase.0.epochs=3"),
    "agnews_tfidf": NEWS,
    "agnews_dec": NEWS,
    "agnews_triplet": NEWS,
    "agnews_best": NEWS,
    "agnews_umap_hdbscan": NEWS,
    "text_best": (*NEWS, "encoder.0.epochs=3"),
    "sst2_siamese": ("dataset.limit=4000",),
    "sst2_unsupervised": ("dataset.limit=4000",),
    "cifar10_features": CIFAR,
    "cifar10_pixels": MNIST,
}
BLOBS = "[dataset]\nuse = 'blobs'\nrows = {}\ndimensions = 64\n[[encoder]]\nuse = 'scale'\n"
CLUSTERER = "[[clusterer]]\nuse = '{}'\nn_clusters = 10\n{}\n"
REFUSED: tuple[tuple[int, str, str, tuple[str, ...]], ...] = (
    (300_000, "hierarchical", "linkage = 'average'", ()),
    (300_000, "hierarchical", "linkage = 'complete'", ()),
    (300_000, "hierarchical", "connectivity = 'full'\nmax_rows_full = 300000", ()),
    (300_000, "hierarchical", "linkage = 'average'", ("--within", "10s")),
    (1_000_000, "spectral", "", ("--within", "20s")),
    (1_000_000, "kmeans", "", ("--memory", "1GB")),
    (10_000_000, "kmeans", "", ("--memory", "2GB")),
    (10_000_000, "gaussian-mixture", "", ("--memory", "2GB")),
)
SHOWN = 2.0  # seconds of a stage from which it is in the table
PAGE = os.sysconf("SC_PAGE_SIZE")


def measure(name: str, overrides: list[str], out: Path) -> None:
    """Run a recipe in this process; write seconds, memory and disk of its stages."""
    from clusterforge.pipeline import api
    from clusterforge.pipeline.events import Observer

    class Watching(Observer):
        def __init__(self) -> None:
            self.stages: list[dict[str, Any]] = []
            self.peak, self.start = 0, 0.0
            threading.Thread(target=self._watch, daemon=True).start()

        def _watch(self) -> None:
            while True:
                self.peak = max(self.peak, resident())
                time.sleep(0.02)

        def stage_started(self, stage: str) -> None:
            self.peak, self.start = resident(), time.process_time()

        def stage_finished(self, stage: str, reused: bool, seconds: float) -> None:
            cpu = time.process_time() - self.start
            peak = max(self.peak, resident()) / 1e6
            self.stages.append({"stage": stage, "cpu": cpu, "peak": peak})

    speeds = [measured_speed()]
    watching, start = Watching(), time.process_time()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "run"
        api.run(name, overrides=overrides, out=folder, cache=False, observer=watching)
        disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    cpu = time.process_time() - start
    speeds.append(measured_speed())
    found = {"name": name, "over": overrides, "cpu": cpu, "disk": disk, "stages": watching.stages}
    out.write_text(json.dumps({**found, "speeds": speeds}))


def measured_speed() -> list[float]:
    """Return how fast this machine is now, with what else it has to do."""
    from clusterforge.pipeline import machine

    machine.speed.cache_clear()
    now = machine.speed("cpu", "auto", 1)
    return [now.core, now.products, now.network]


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def compare(measured: dict[str, Any]) -> tuple[str, list[str]]:
    """Return a row on the whole run, and one for each stage that took seconds."""
    from clusterforge.pipeline import api, limits
    from clusterforge.pipeline.machine import Speed

    speed = Speed(*(sum(of_both) / 2 for of_both in zip(*measured["speeds"], strict=True)))
    limits.speed_of = lambda recipe: speed
    checked = api.check(measured["name"], measured["over"])
    found = checked.estimate
    assert found
    peak = max(stage["peak"] for stage in measured["stages"])
    pairs = (
        (found.seconds, measured["cpu"]),
        (found.memory / 1e6, peak),
        (found.disk / 1e6, measured["disk"] / 1e6),
    )
    row = " | ".join(f"{about:.0f} / {taken:.0f} | {about / taken:.2f}" for about, taken in pairs)
    stages = []
    own = {stage.stage: stage for stage in found.stages}
    for stage in measured["stages"]:
        about = own[stage["stage"]].seconds
        if about is not None and stage["cpu"] >= SHOWN:
            ratio = f"{about:.1f} / {stage['cpu']:.1f} | {about / stage['cpu']:.2f}"
            stages.append(f"| `{measured['name']}` | `{stage['stage']}` | {ratio} |")
    return f"| `{measured['name']}` | {row} |", stages


def refusals() -> None:
    """Print how long it takes until a run is refused, and what it says."""
    print(
        "| rows × 64 | clusterer | s | s of the processor | what it says |\n|---|---|---|---|---|"
    )
    for rows, use, keys, more in REFUSED:
        with tempfile.TemporaryDirectory() as folder:
            recipe = Path(folder) / "r.toml"
            recipe.write_text(BLOBS.format(rows) + CLUSTERER.format(use, keys))
            command = ["clusterforge", "run", "r.toml", *more]
            before, start = os.times(), time.perf_counter()
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            taken, after = time.perf_counter() - start, os.times()
            left = sorted(path.name for path in Path(folder).iterdir())
        assert (done.returncode, left) == (2, ["r.toml"]), (done.returncode, left)
        cpu = after.children_user + after.children_system
        cpu -= before.children_user + before.children_system
        said = " ".join([keys.replace("\n", ", "), *more]).strip()
        text = done.stderr.strip().removeprefix("error: r.toml: ")
        print(f"| {rows:,} | `{use}` {said} | {taken:.1f} | {cpu:.1f} | {text} |", flush=True)


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--refusals", action="store_true")
    parser.add_argument("recipes", nargs="*", default=list(SHIPPED))
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    if options.refusals:
        refusals()
        return
    keep = options.keep or Path(tempfile.mkdtemp())
    keep.mkdir(parents=True, exist_ok=True)
    os.environ["OMP_NUM_THREADS"] = "1"
    rows: list[str] = []
    stages: list[str] = []
    for name in options.recipes:
        out = keep / f"m-{name}.json"
        if not out.is_file():
            code = "from tests.bench.bench_preflight import measure; import sys, pathlib; "
            code += "measure(sys.argv[1], sys.argv[3:], pathlib.Path(sys.argv[2]))"
            subprocess.run(
                [sys.executable, "-c", code, name, str(out), *SHIPPED[name]],
                check=True,
                stdout=subprocess.DEVNULL,
            )
        row, more = compare(json.loads(out.read_text()))
        rows.append(row)
        stages += more
    print("| recipe | s: about / taken | ratio | MB of memory | ratio | MB on the disk | ratio |")
    print("|---|---|---|---|---|---|---|", *rows, sep="\n")
    print("\n| recipe | stage | s: about / taken | ratio |\n|---|---|---|---|", *stages, sep="\n")
    if options.keep is None:
        shutil.rmtree(keep)


if __name__ == "__main__":
    main()
