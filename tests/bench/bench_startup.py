"""Start-up of the command line, in seconds: ``python -m tests.bench.bench_startup [--runs 10]``.

Each command runs in a process of its own; the first run, which fills the file cache, is not
counted. Prints wall time and the processor's own time, which other load on the machine moves less.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
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
