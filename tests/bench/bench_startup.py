"""Start-up of the command line, in seconds: ``python -m tests.bench.bench_startup [--runs 10]``.

Each command runs in a process of its own; the first run, which fills the file cache, is not
counted. Prints wall time and the processor's own time, which other load on the machine moves less.

``--run RECIPE``: instead, the seconds that a run of a recipe spends on importing, package by package.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter

COMMANDS = (["--help"], ["list-plugins"], ["describe", "encoder", "triplet"])


def measure(command: list[str]) -> tuple[float, float]:
    """Return the wall time and the processor time of one call, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "clusterforge", *command],
        stdout=subprocess.DEVNULL,
        check=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
    )
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, used


def imports(recipe: str) -> None:
    """Print what a run imports, the packages that take the longest first."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-X", "importtime", "-m", "clusterforge", "run", recipe]
        done = subprocess.run(
            [*command, "--out", f"{folder}/run", "--no-cache", "--quiet"],
            capture_output=True,
            check=True,
            text=True,
        )
    seconds: Counter[str] = Counter()
    for own, module in re.findall(r"^import time: +(\d+) \| +\d+ \| +(\S+)", done.stderr, re.M):
        seconds[module.partition(".")[0]] += int(own) / 1e6
    print(f"{'all':<24} {seconds.total():5.2f} s")
    for package, value in seconds.most_common(10):
        print(f"{package:<24} {value:5.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--run", metavar="RECIPE")
    given = parser.parse_args()
    if given.run:
        imports(given.run)
        return
    runs = given.runs
    print(f"{'command':<26}  {'':>5}  {'min':>5}  {'median':>6}  {'max':>5}")
    for command in COMMANDS:
        measure(command)
        times = [measure(command) for _ in range(runs)]
        for name, values in zip(("wall", "cpu"), zip(*times, strict=True), strict=True):
            low, middle, high = min(values), statistics.median(values), max(values)
            shown = " ".join(command)
            print(f"{shown:<26}  {name:>5}  {low:>5.2f}  {middle:>6.2f}  {high:>5.2f}")


if __name__ == "__main__":
    main()
