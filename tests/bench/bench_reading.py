"""Time and memory of reading a csv with mixed columns, against pyarrow.csv and a data frame.

``python -m tests.bench.bench_reading [--rows 1000000] [--pairs 3] [--folder FOLDER]``

20 columns: ten of numbers, two with gaps, four of categories, two of dates, two of free text with quotes.
Each side is a process of its own and they take turns, so that other load on the machine meets both. ``rows``
is the reader alone, up to the Arrow table; ``load`` is the data set with ``features = "all"``, up to typed
columns in one matrix. Memory is the growth of the process over its imports, as a multiple of the Arrow table.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.csv as pacsv

from clusterforge.builtin.datasets import FilesParams
from clusterforge.contracts import Context
from clusterforge.datasets.file_tables import read_table
from clusterforge.datasets.files import Files
from clusterforge.datasets.table_rows import Format

WORDS = np.array(["north", "south", "east", "west", "red, or blue", 'a "quoted" word', "plain"])


def write(path: Path, rows: int) -> None:
    """Write the table block by block."""
    draw = np.random.default_rng(0)
    for start in range(0, rows, 100_000):
        n = min(100_000, rows - start)
        columns: dict[str, Any] = {f"n{i}": draw.normal(size=n).round(4) for i in range(6)}
        columns |= {f"i{i}": draw.integers(0, 10_000, n) for i in range(4)}
        gaps = {f"g{i}": draw.normal(size=n).round(3) for i in range(2)}
        for values in gaps.values():
            values[draw.random(n) < 0.1] = np.nan
        columns |= gaps | {f"c{i}": draw.choice(WORDS, n) for i in range(4)}
        days = np.datetime64("2020-01-01") + draw.integers(0, 2000, (2, n))
        columns |= {f"d{i}": days[i].astype(str) for i in range(2)}
        columns |= {
            f"t{i}": [" ".join(row) for row in draw.choice(WORDS, (n, 3))] for i in range(2)
        }
        pd.DataFrame(columns).to_csv(path, mode="a", header=start == 0, index=False)


def library(path: Path) -> object:
    """Read as a user would."""
    return pacsv.read_csv(path).to_pandas()


def rows(path: Path) -> object:
    """Read an Arrow table."""
    return read_table(path, Format())


def load(path: Path) -> object:
    """Load the data set."""
    drop = ("t0", "t1")  # free text is no feature
    return Files(FilesParams(path=str(path), features="all", drop=drop)).load(Context())


SIDES: dict[str, Callable[[Path], object]] = {"library": library, "rows": rows, "load": load}


def measured(side: str, path: Path) -> dict[str, float]:
    """Measure one side in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "tests.bench.bench_reading",
        "--side",
        side,
        "--file",
        str(path),
    ]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result: dict[str, float] = json.loads(printed)
    return result


def measure(side: str, path: Path) -> dict[str, float]:
    """Return seconds of wall and processor, and the memory that reading has added, in MB."""
    before = peak_memory()
    start, used = time.perf_counter(), time.process_time()
    held = SIDES[side](path)
    wall, processor = time.perf_counter() - start, time.process_time() - used
    added = peak_memory() - before
    del held
    return {"wall": wall, "processor": processor, "memory": added}


def peak_memory() -> float:
    """Return the largest resident size of this process so far, in MB; an exec resets it."""
    status = Path("/proc/self/status").read_text("utf-8")
    return float(status.split("VmHWM:")[1].split()[0]) / 1e3


def spread(what: str, ratios: list[float]) -> str:
    return f"{what} {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side:
        print(json.dumps(measure(asked.side, asked.file)))
        return
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        path = Path(folder) / "mixed.csv"
        write(path, asked.rows)
        table = pacsv.read_csv(path).nbytes / 1e6
        print(f"{asked.rows:,} rows, {path.stat().st_size / 1e6:.0f} MB, as Arrow {table:.0f} MB")
        ratios: dict[str, dict[str, list[float]]] = {}
        for _ in range(asked.pairs):
            results = {side: measured(side, path) for side in SIDES}
            for side, result in results.items():
                mine = ratios.setdefault(side, {"wall": [], "processor": [], "memory": []})
                mine["memory"].append(result["memory"] / table)
                for what in ("wall", "processor"):
                    mine[what].append(result[what] / results["library"][what])
                print(f"  {side}: {result['wall']:.2f} s, {result['memory']:.0f} MB", flush=True)
        for side, of in ratios.items():
            parts = [spread(what, of[what]) for what in ("wall", "processor")]
            print(f"{side} / library: {', '.join(parts)}; {spread('memory / table', of['memory'])}")


if __name__ == "__main__":
    main()
