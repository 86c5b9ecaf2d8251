"""Labelling one new row by a loaded run, in milliseconds: ``python -m tests.bench.bench_predict``.

The first call builds the model and is not counted. Prints wall time and the processor's own time per
call, which other load on the machine moves less.
"""

from __future__ import annotations

import statistics
import tempfile
import time

import clusterforge

CALLS = 50
RECIPE = {
    "name": "one-row",
    "dataset": {"use": "digits"},
    "encoder": [{"use": "flatten"}, {"use": "pca", "components": 16}],
    "clusterer": [{"use": "kmeans", "n_clusters": 10}],
    "metric": [{"use": "nmi"}],
    "evaluation": {"refits": 0, "resamples": 0},
    "report": {"projection": "none"},
}


def main() -> None:
    """Print the times."""
    with tempfile.TemporaryDirectory() as folder:
        folder = f"{folder}/run"
        clusterforge.run(RECIPE, out=folder, cache=False)
        run = clusterforge.load(folder)
        from sklearn.datasets import load_digits

        row = (load_digits().images[:1, :, :, None] * 15).astype("uint8")
        run.predict(row)
        wall, cpu = [], []
        for _ in range(CALLS):
            start, used = time.perf_counter(), time.process_time()
            run.predict(row)
            wall.append(1000 * (time.perf_counter() - start))
            cpu.append(1000 * (time.process_time() - used))
    print(f"wall {statistics.median(wall):.2f} ms, processor {statistics.median(cpu):.2f} ms")


if __name__ == "__main__":
    main()
