"""Rows larger than memory: ``python -m tests.bench.bench_stream FOLDER 1000000``.

It writes a parquet file of so many rows of 64 float32 columns in 20 groups into the folder, unless it is
there, and prints seconds, the largest memory of the process (``ru_maxrss``) and the adjusted Rand index with
the groups, of our commands and of what else one would run:

- ``run``: ``clusterforge run``, with all scores, explanations and the report;
- ``fit``: the same with nothing but the clusters (no refits, noise draws, intervals and map);
- ``predict``: ``clusterforge predict`` of the same file into parquet, by the run's model;
- ``mini-batch``: scikit-learn's MiniBatchKMeans, ``partial_fit`` and ``predict`` over pyarrow's batches;
- ``faiss``: faiss' k-means on the rows in memory (a sample of 256 rows per cluster, as is its default).

``--only`` some of them; ``--threads`` for all of them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

GROUPS, COLUMNS, BATCH = 20, 64, 100_000
NAMES = [f"x{i}" for i in range(COLUMNS)]
RECIPE = """name = "rows"
[dataset]
use = "files"
path = "{path}"
features = "all"
[[encoder]]
use = "scale"
[[clusterer]]
use = "kmeans"
n_clusters = {groups}
[compute]
threads = {threads}
"""
BARE = """[evaluation]
resamples = 0
refits = 0
null_draws = 0
[report]
projection = "none"
"""


def groups(rows: int) -> npt.NDArray[np.int64]:
    """Return the group of each row."""
    return np.random.default_rng(1).integers(GROUPS, size=rows)


def write(path: Path, rows: int) -> None:
    """Write the rows, in groups of as many as one reads at a time."""
    centres = np.random.default_rng(0).normal(size=(GROUPS, COLUMNS))
    own, noise = groups(rows), np.random.default_rng(2)
    schema = pa.schema([(name, pa.float32()) for name in NAMES])
    with pq.ParquetWriter(path, schema, use_dictionary=False) as writer:
        for start in range(0, rows, BATCH):
            at = centres[own[start : start + BATCH]]
            values = (at + noise.normal(size=at.shape)).astype(np.float32)
            writer.write_table(pa.table([*values.T], schema=schema))


def batches(path: Path):  # type: ignore[no-untyped-def]
    """Yield the rows as matrices."""
    for batch in pq.ParquetFile(path, pre_buffer=False).iter_batches(1 << 16):
        yield np.column_stack([column.to_numpy() for column in batch.columns])


def mini_batch(path: Path, out: Path) -> None:
    """Fit and predict by scikit-learn, batch by batch."""
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.preprocessing import StandardScaler

    scaler, model = StandardScaler(), MiniBatchKMeans(GROUPS, random_state=0)
    for block in batches(path):
        scaler.partial_fit(block)
    for block in batches(path):
        model.partial_fit(scaler.transform(block))
    labels = [model.predict(scaler.transform(block)) for block in batches(path)]
    np.save(out, np.concatenate(labels))


def in_memory(path: Path, out: Path) -> None:
    """Fit and predict by faiss on all rows in memory."""
    import faiss

    rows = np.concatenate([*batches(path)])
    rows -= rows.mean(axis=0)
    rows /= rows.std(axis=0)
    model = faiss.Kmeans(COLUMNS, GROUPS, niter=25, nredo=10, seed=0)
    model.train(rows)
    np.save(out, model.index.search(rows, 1)[1][:, 0])


CHILDREN = {"mini-batch": mini_batch, "faiss": in_memory}


def measured(command: list[str], threads: int) -> tuple[float, float, int]:
    """Return seconds, peak of memory in MB and exit status of a command."""
    start = time.perf_counter()
    child = subprocess.Popen(
        command, env={**os.environ, "OMP_NUM_THREADS": str(threads)}, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - start, usage.ru_maxrss / 1024, child.returncode


def case(name: str, folder: Path, rows: int, threads: int, model: int | None = None) -> str:
    """Run one of them, and return its line."""
    path = folder / f"rows-{rows}.parquet"
    run, out = folder / f"run-{model or rows}", folder / f"{name}-{rows}.npy"
    cli = [sys.executable, "-m", "clusterforge"]
    if name in CHILDREN:
        module = [sys.executable, "-m", "tests.bench.bench_stream", str(folder), str(rows)]
        command = [*module, "--child", name]
    elif name == "predict":
        out = folder / f"predicted-{rows}.parquet"
        out.unlink(missing_ok=True)
        command = [*cli, "predict", str(run), str(path), "--out", str(out)]
    else:
        recipe = folder / f"{name}-{rows}.toml"
        text = RECIPE.format(path=path, groups=GROUPS, threads=threads)
        recipe.write_text(text + BARE * (name == "fit"))
        target = run if name == "run" else folder / f"fit-{rows}"
        subprocess.run(["rm", "-rf", str(target)], check=True)
        out = target / "assignments.parquet"
        command = [*cli, "run", str(recipe), "--no-cache", "--quiet", "--out", str(target)]
    seconds, memory, status = measured(command, threads)
    if status:
        return f"| {name} | {rows:,} | status {status} after {seconds:.0f} s | {memory:.0f} | |"
    return f"| {name} | {rows:,} | {seconds:.0f} | {memory:.0f} | {agreement(out, rows):.3f} |"


def agreement(out: Path, rows: int) -> float:
    """Return the adjusted Rand index of labels with the groups."""
    from clusterforge.numerics.contingency import ari, contingency

    if out.suffix == ".npy":
        labels = np.load(out)
    else:
        names = pq.read_schema(out).names
        column = "kmeans" if "kmeans" in names else "cluster"
        labels = pq.read_table(out, columns=[column])[column].to_numpy()
    return float(ari(contingency(labels, groups(rows)).counts))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("rows", nargs="+", type=int)
    every = ["run", "fit", "predict", *CHILDREN]
    parser.add_argument("--only", nargs="+", choices=every, default=every)
    parser.add_argument("--model", type=int, help="predict by the run of so many rows")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        (rows,) = args.rows
        out = args.folder / f"{args.child}-{rows}.npy"
        CHILDREN[args.child](args.folder / f"rows-{rows}.parquet", out)
        return
    print("| what | rows | seconds | MB | ARI |\n|---|---|---|---|---|")
    for rows in args.rows:
        path = args.folder / f"rows-{rows}.parquet"
        if not path.exists():
            write(path, rows)
        for name in args.only:
            print(case(name, args.folder, rows, args.threads, args.model), flush=True)


if __name__ == "__main__":
    main()
