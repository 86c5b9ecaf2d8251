"""Time and memory of silhouettes against scikit-learn, and of a run's whole evaluation.

``python -m tests.bench.bench_evaluation [--rows 60000] [--pairs 2] [--only NAME] [--recipe FILE]``

Silhouettes: ours and scikit-learn's take turns in one process; ratio: our time over theirs. Memory:
what a fresh process takes at its peak above what it held before. With ``--recipe`` the recipe is run
instead, and the seconds of every stage that judges or shows the result are added up.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import silhouette_samples as reference

from clusterforge.evaluation.intervals import draws, of_rows
from clusterforge.numerics.silhouette import rows_to_measure, silhouette_drawn, silhouette_samples
from clusterforge.report import write_report
from tests.bench.bench_kernels import seconds, spread

JUDGING = ("scores.", "evaluation.", "phases", "explanations", "projection.", "report")
CASES = ("well scaled", "far from the origin", "badly scaled")


def data(case: str, rows: int, dim: int) -> tuple[np.ndarray, np.ndarray]:
    """Ten clusters; float32, so that far or large numbers have lost digits before we see them."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, rows)
    points = 6 * rng.normal(size=(10, dim))[labels] + 9 * rng.standard_normal((rows, dim))
    if case == "far from the origin":
        points += 1e4
    elif case == "badly scaled":  # two groups so far apart that float32 products lose the rest
        points += 1e4 * (labels % 2)[:, None]
    return points.astype(np.float32), labels


def status(field: str) -> float:
    """VmRSS, what this process holds, or VmHWM, the most since it was last reset; in MB (Linux)."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) / 1e3 for line in lines if line.startswith(field))


def memory(case: str, rows: int, dim: int) -> float:
    """Peak memory in MB of one call above the data, in a process of its own."""
    code = (
        "from tests.bench import bench_evaluation as b;"
        f"x, y = b.data({case!r}, {rows}, {dim}); s = b.silhouette_samples;"
        "s(x[:3000], y[:3000]); b.Path('/proc/self/clear_refs').write_text('5');"
        "before = b.status('VmRSS'); s(x, y); print(b.status('VmHWM') - before)"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(told.stdout)


def silhouettes(rows: int, dim: int, pairs: int, only: str) -> None:
    for case in CASES:
        if only not in case:
            continue
        points, labels = data(case, rows, dim)
        times, gap = [], 0.0
        for _ in range(pairs):
            ours, one = seconds(lambda p=points, y=labels: silhouette_samples(p, y))  # type: ignore[misc]
            theirs, two = seconds(lambda p=points, y=labels: reference(p.astype(np.float64), y))  # type: ignore[misc]
            times.append((ours, theirs))
            gap = max(gap, float(np.abs(one - two).max()))
        print(f"{case:22} ours s   {spread([a for a, _ in times])}")
        print(f"{'':22} theirs s {spread([b for _, b in times])}")
        print(f"{'':22} ratio    {spread([a / b for a, b in times])}", end="   ")
        print(f"largest difference {gap:.1e}, {memory(case, rows, dim):.0f} MB above the data")


def million(dim: int, only: str) -> None:
    if only not in "a million rows":
        return
    points, labels = data("well scaled", 1_000_000, dim)
    start = time.perf_counter()
    values = silhouette_drawn(points, labels, rows_to_measure(len(labels)), 0)
    means = of_rows(values).of
    drawn_means = np.concatenate([means(weights) for weights in draws(len(values), 200)])
    low, high = np.nanquantile(drawn_means, [0.025, 0.975])
    taken, drawn = time.perf_counter() - start, int((~np.isnan(values)).sum())
    print(f"{'a million rows':22} {taken:.1f} s from {drawn:,} rows: ", end="")
    print(f"{np.nanmean(values):.4f}, {low:.4f} to {high:.4f}")


def whole(recipe: str, settings: list[str]) -> None:
    """Run a recipe and add up what judging and showing it took."""
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "run")
        sets = [part for setting in settings for part in ("--set", setting)]
        command = [sys.executable, "-m", "clusterforge", "run", recipe, "--out", out, "--no-cache"]
        subprocess.run([*command, "--quiet", *sets], check=True, stdout=subprocess.DEVNULL)
        run = json.loads((Path(out) / "run.json").read_text("utf-8"))
        start = time.perf_counter()
        write_report(Path(out))
        reported = time.perf_counter() - start
    stages = {stage["stage"]: stage["seconds"] for stage in run["stages"]}
    judged = {name: s for name, s in stages.items() if name.startswith(JUDGING)}
    judged["report and figures"] = reported
    for name, taken in judged.items():
        print(f"{name:30} {taken:7.1f} s")
    print(
        f"{'together':30} {sum(judged.values()):7.1f} s; training included {run['seconds']:.1f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--pairs", type=int, default=2)
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--recipe", default="", help="run this recipe instead")
    parser.add_argument("--set", action="append", default=[], help="as of clusterforge run")
    options = parser.parse_args()
    if options.recipe:
        whole(options.recipe, options.set)
        return
    print(f"{options.rows} x {options.dim}, {torch.get_num_threads()} threads; min, median, max")
    silhouettes(options.rows, options.dim, options.pairs, options.only)
    million(options.dim, options.only)


if __name__ == "__main__":
    main()
