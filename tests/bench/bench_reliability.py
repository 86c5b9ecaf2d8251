"""What damaged, flipped and poisoned files of a run do: ``python -m tests.bench.bench_reliability``.

Prints a table: every bit of every ``stage.json`` flipped, every file removed, torn and flipped, and files
poisoned so that stage and manifest agree with them. None may end in an internal error, or blame a plugin.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import pickle
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import load_file, save_file

import clusterforge
from clusterforge.cli.main import main as command
from clusterforge.runs.manifest import write_manifest
from clusterforge.storage.stages import STAGE, seal, sealed

Change = Callable[[Path], object]
RECIPE = {
    "name": "damaged",
    "dataset": {"use": "files", "path": "rows.csv", "features": "all", "label": "kind"},
    "encoder": [{"use": "scale"}],
    "clusterer": [{"use": "kmeans", "n_clusters": 3}, {"use": "dbscan"}],
    "evaluation": {"null_draws": 0, "refits": 0, "resamples": 20},
    "report": {"projection": "pca"},
}
BOMB = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }"
COMMANDS = (
    ("verify", "run"),
    ("report", "run"),
    ("predict", "run", "rows.csv", "--out", "predicted.csv"),
)


def whole_run(rows: int = 45) -> None:
    """Write ``rows.csv`` and ``clean``, a run of it, into the current folder."""
    rng = np.random.default_rng(0)
    lines = ["a,b,c,kind"]
    for number in range(rows):
        values = rng.normal(size=3) + number % 3 * 8
        lines.append(",".join(f"{value:.4f}" for value in values) + f",k{number % 3}")
    Path("rows.csv").write_text("\n".join(lines) + "\n")
    clusterforge.run(RECIPE, out="clean", cache=False)


def of_json() -> dict[str, Change]:
    """Return ways to poison JSON."""

    def edited(edit: Callable[[Any], Any]) -> Change:
        return lambda path: path.write_text(json.dumps(edit(json.loads(path.read_text()))))

    def each(change: Callable[[Any], Any]) -> Change:
        def walk(tree: Any) -> Any:
            if isinstance(tree, dict):
                tree = {key: walk(value) for key, value in tree.items()}
            elif isinstance(tree, list):
                tree = [walk(value) for value in tree]
            return change(tree)

        return edited(walk)

    def number(value: float) -> Change:
        plain = lambda tree: isinstance(tree, int | float) and not isinstance(tree, bool)  # noqa: E731
        return each(lambda tree: value if plain(tree) else tree)

    return {
        "torn": lambda path: path.write_text('{"a'),
        "empty": lambda path: path.write_text(""),
        "object": lambda path: path.write_text("{}"),
        "list": lambda path: path.write_text("[]"),
        "deep": lambda path: path.write_text("[" * 100_000),
        "bytes": lambda path: path.write_bytes(b"\xff\xfe\x00\x80"),
        "nan": number(float("nan")),
        "huge": number(10**30),
        "negative": number(-7),
        "shorter": each(lambda tree: tree[:-1] if isinstance(tree, list) else tree),
        "longer": each(lambda tree: tree + tree if isinstance(tree, list) else tree),
        "first-key": edited(lambda tree: dict(list(tree.items())[1:])),
        "other-keys": each(
            lambda tree: {f"{k}x": v for k, v in tree.items()} if isinstance(tree, dict) else tree
        ),
    }


def of_arrays() -> dict[str, Change]:
    """Return ways to poison npy files."""

    def to(change: Callable[[Any], Any]) -> Change:
        def poison(path: Path) -> None:
            array = np.load(path, allow_pickle=False)
            path.unlink()
            with path.open("wb") as file:
                np.save(file, change(array), allow_pickle=True)

        return poison

    return {
        "pickle": lambda path: path.write_bytes(pickle.dumps({"x": 1})),
        "objects": to(lambda a: np.array([{"x": 1}, None], dtype=object)),
        "torn": lambda path: path.write_bytes(path.read_bytes()[:-8]),
        "bomb": lambda path: path.write_bytes(
            b"\x93NUMPY\x01\x00v\x00" + BOMB.ljust(117).encode() + b"\n"
        ),
        "shorter": to(lambda a: a[:-1]),
        "none": to(lambda a: a[:0]),
        "longer": to(lambda a: np.concatenate([a, a])),
        "scalar": to(lambda a: np.array(1.0)),
        "deeper": to(lambda a: a[..., None, None]),
        "text": to(lambda a: a.astype(str)),
        "complex": to(lambda a: a.astype(complex)),
        "nan": to(lambda a: np.full(a.shape, np.nan)),
        "other": to(lambda a: a + 50 if a.dtype.kind == "i" else np.full(a.shape, np.inf)),
        "wider": to(lambda a: np.concatenate([a, a], axis=-1)),
    }


def of_tables() -> dict[str, Change]:
    """Return ways to poison parquet files."""

    def to(change: Callable[[pa.Table], pa.Table]) -> Change:
        return lambda path: pq.write_table(change(pq.read_table(path)), path)

    return {
        "text": lambda path: path.write_bytes(b"PAR1 no PAR1"),
        "torn": lambda path: path.write_bytes(path.read_bytes()[:-20]),
        "shorter": to(lambda t: t.slice(0, t.num_rows - 1)),
        "none": to(lambda t: t.slice(0, 0)),
        "longer": to(lambda t: pa.concat_tables([t, t])),
        "renamed": to(lambda t: t.rename_columns([f"{name}x" for name in t.column_names])),
        "first-column": to(lambda t: t.drop_columns(t.column_names[:1])),
        "last-column": to(lambda t: t.drop_columns(t.column_names[-1:])),
        "numbers": to(
            lambda t: pa.table({name: np.full(t.num_rows, 77) for name in t.column_names})
        ),
        "no-columns": to(lambda t: pa.table({})),
    }


def of_tensors() -> dict[str, Change]:
    """Return ways to poison safetensors files."""

    def to(change: Callable[[Any], Any]) -> Change:
        def poison(path: Path) -> None:
            arrays = {name: change(array) for name, array in load_file(path).items()}
            save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, path)

        return poison

    return {
        "torn": lambda path: path.write_bytes(path.read_bytes()[:-4]),
        "pickle": lambda path: path.write_bytes(pickle.dumps({"x": 1})),
        "header": lambda path: path.write_bytes(
            (2**62).to_bytes(8, "little") + path.read_bytes()[8:]
        ),
        "none": lambda path: save_file({}, path),
        "renamed": lambda path: save_file({f"{k}x": v for k, v in load_file(path).items()}, path),
        "flat": to(np.ravel),
        "scalar": to(lambda a: np.array(1.0)),
        "nan": to(lambda a: a * np.nan if a.dtype.kind == "f" else a),
        "wider": to(lambda a: np.concatenate([a, a], axis=-1) if a.ndim else a),
        "no-rows": to(lambda a: a[:0] if a.ndim else a),
    }


POISONS: dict[str, Callable[[], dict[str, Change]]] = {
    ".json": of_json,
    ".npy": of_arrays,
    ".parquet": of_tables,
    ".safetensors": of_tensors,
}


def names(run: Path) -> list[str]:
    """Return the files of a run, but for its manifest."""
    paths = sorted(path for path in run.rglob("*") if path.is_file())
    return [p.relative_to(run).as_posix() for p in paths if p.name != "manifest.json"]


def poisoned(name: str, change: Change) -> bool:
    """Make ``run`` of ``clean`` with one file poisoned, sealed and listed anew; tell whether it differs."""
    shutil.rmtree("run", ignore_errors=True)
    shutil.copytree("clean", "run")
    path = Path("run") / name
    try:
        change(path)
    except (ValueError, TypeError, AttributeError, pa.ArrowException):
        return False
    if path.read_bytes() == (Path("clean") / name).read_bytes():
        return False
    if (path.parent / STAGE).exists() and path.name != STAGE:
        seal(path.parent, json.loads((path.parent / STAGE).read_text())["key"])
    write_manifest(Path("run"))
    return True


def poisons() -> Iterator[tuple[str, str, Change]]:
    """Yield each file of ``clean`` with each way to poison it."""
    for name in names(Path("clean")):
        for kind, change in POISONS.get(Path(name).suffix, dict)().items():
            yield name, kind, change


def status(*args: str) -> tuple[int, str]:
    """Return the exit status of a command and what it said on stderr."""
    err = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(err):
        return command(args), err.getvalue()


def flipped_seals(step: int = 1) -> tuple[int, int]:
    """Flip every so many bits of the seals; return how many, and how often a stage was taken for whole."""
    flips = taken = 0
    for place in Path("clean").rglob(STAGE):
        content = place.read_bytes()
        key = json.loads(content)["key"]
        for bit in range(0, 8 * len(content), step):
            damaged = bytearray(content)
            damaged[bit // 8] ^= 1 << bit % 8
            place.write_bytes(damaged)
            flips, taken = flips + 1, taken + bool(sealed(place.parent, key))
        place.write_bytes(content)
    return flips, taken


def damaged_files() -> tuple[int, int]:
    """Return how many files were removed, torn or flipped, and how often ``verify`` did not see it."""
    count = unseen = 0
    for name in names(Path("clean")):
        content = (Path("clean") / name).read_bytes()
        flipped = bytearray(content)
        flipped[len(content) // 2] ^= 1
        for damage in (None, content[:-1], bytes(flipped)):
            place = Path("clean") / name
            place.unlink()
            if damage is not None:
                place.write_bytes(damage)
            count, unseen = count + 1, unseen + clusterforge.verify("clean").whole
            place.write_bytes(content)
    return count, unseen


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        os.environ["CLUSTERFORGE_CACHE"] = f"{folder}/cache"
        os.environ["CLUSTERFORGE_PLUGINS"] = ""  # a tracker's files are no part of a run
        whole_run()
        flips, taken = flipped_seals()
        print(f"bits of stage.json flipped: {flips:,}; taken for whole: {taken}")
        count, unseen = damaged_files()
        print(f"files removed, torn, flipped: {count:,}; not seen: {unseen}")
        files, statuses = 0, Counter[str]()
        for name, kind, change in poisons():
            if not poisoned(name, change):
                continue
            files += 1
            for args in COMMANDS:
                code, said = status(*args)
                statuses[f"status {code}"] += 1
                if code not in (0, 2) or said.count("\n") > 1:
                    print(f"  {name} {kind}: {args[0]}: {code} {said.strip()[:200]}")
        print(f"poisoned files: {files}, each under {len(COMMANDS)} commands: {dict(statuses)}")


if __name__ == "__main__":
    main()
