"""DEC here beside ClustPy's: ``python -m tests.bench.bench_clustpy [--epochs N M]``.

Needs ``pip install --no-deps clustpy`` (0.0.3 was tried). ClustPy imports torchvision, which it does
not need for this; an empty stand-in is put in its place. Both train 784-500-500-2000-10 and back on
the images of MNIST (``CLUSTERFORGE_MIRROR``), batches of 256, and otherwise by their defaults; ours in
the precision that ``auto`` chooses. They run by turns, each with a seed of its own, so that whatever
else the machine does hits both; what counts are the ratio and its spread, and, with ``--epochs 10 10``
or more, the accuracy of each.
"""

from __future__ import annotations

import argparse
import copy
import importlib.abc
import importlib.machinery
import itertools
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from clusterforge.contracts import Context, Table, View
from clusterforge.models.build import build_encoder
from clusterforge.numerics.contingency import accuracy, contingency
from clusterforge.numerics.precision import has_bf16
from clusterforge.recipe import Entry
from clusterforge.registry import Registry

WIDTHS, DIM, BATCH = (500, 500, 2000), 10, 256
Times = tuple[float, float]


class Stand_in(importlib.abc.MetaPathFinder, importlib.abc.Loader):  # noqa: N801
    """Gives an empty module for every module of torchvision."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        if name.split(".")[0] == "torchvision":
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: Any) -> ModuleType:
        module = ModuleType(spec.name)
        module.__getattr__ = _anything  # type: ignore[method-assign]
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing."""


def _anything(name: str) -> type:
    if name.startswith("__"):
        raise AttributeError(name)
    return type(name, (), {})


def mnist() -> tuple[np.ndarray, np.ndarray]:
    """Return the training images as float32 (60000, 784) in [0, 1], and their labels."""
    from datasets import load_dataset

    mirrors = os.environ.get("CLUSTERFORGE_MIRROR")
    if not mirrors:
        raise SystemExit("set CLUSTERFORGE_MIRROR to a folder that holds ylecun/mnist")
    data = load_dataset(str(Path(mirrors) / "ylecun" / "mnist"), split="train")
    images = np.stack([np.asarray(image) for image in data["image"]]).reshape(len(data), -1)
    return (images / np.float32(255)).astype(np.float32), np.array(data["label"])


def ours(values: np.ndarray, epochs: tuple[int, int], seed: int) -> tuple[Times, np.ndarray]:
    """Return the seconds of an epoch of pre-training and of clustering, and the labels."""
    registry = Registry.installed(limit="")
    plugin = registry.find("encoder", "dec")
    params = {"layers": WIDTHS, "dim": DIM, "batch": BATCH, "n_clusters": 10}
    spans = {"pretrain_epochs": epochs[0], "epochs": epochs[1]}
    entry = Entry("encoder.0", "dec", plugin, plugin.spec.params.model_validate(params | spans))
    encoder, view = build_encoder(entry, registry), View(Table(values))
    context = Context(seed=seed, precision="bfloat16" if has_bf16() else "float32")
    encoder.fit(view, context)
    seconds = [
        statistics.median(
            line.values["seconds"] for line in encoder.report().history if line.phase == phase
        )
        for phase in ("pretrain", "dec")
    ]
    soft = encoder.assign(encoder.encode(view, context))
    assert soft is not None
    return (seconds[0], seconds[1]), soft.argmax(axis=1)


def theirs(values: np.ndarray, epochs: tuple[int, int], seed: int) -> tuple[Times, np.ndarray]:
    """Return the same of ClustPy; setting up and k-means are not counted."""
    from clustpy.deep import DEC
    from clustpy.deep.neural_networks import FeedforwardAutoencoder

    torch.manual_seed(seed)
    network = FeedforwardAutoencoder([values.shape[1], *WIDTHS, DIM])
    started = time.perf_counter()
    network.fit(n_epochs=epochs[0], batch_size=BATCH, data=values, optimizer_params={"lr": 1e-3})
    pretraining = (time.perf_counter() - started) / epochs[0]
    network.fitted = True

    from clustpy.deep.dec import _DEC_Module

    marks: list[float] = []
    fit = _DEC_Module.fit

    def timed(self: Any, *args: Any) -> Any:
        begun = time.perf_counter()
        done = fit(self, *args)
        marks.append(time.perf_counter() - begun)
        return done

    _DEC_Module.fit = timed
    try:
        model = DEC(
            10,
            batch_size=BATCH,
            neural_network=network,
            clustering_epochs=epochs[1],
            random_state=seed,
        ).fit(values)
    finally:
        _DEC_Module.fit = fit
    return (pretraining, marks[0] / epochs[1]), model.dec_labels_


def products(dtype: torch.dtype, steps: int = 20) -> float:
    """Return the seconds of the matrix products of a step of pre-training, which no loop can do without."""
    widths = (784, *WIDTHS, DIM, *reversed(WIDTHS), 784)
    weights = [torch.randn(after, before).to(dtype) for before, after in itertools.pairwise(widths)]
    rows = [torch.randn(BATCH, width).to(dtype) for width in widths]
    started = 0.0
    for step in range(steps + 1):
        if step == 1:  # the first sets up
            started = time.perf_counter()
        for at, weight in enumerate(weights):
            rows[at] @ weight.t()
            rows[at + 1].t() @ rows[at]
            if at:  # nothing asks for the gradient of what goes in
                rows[at + 1] @ weight
    return (time.perf_counter() - started) / steps


def ideas(turns: int) -> dict[str, list[float]]:
    """Return what a step of pre-training takes in other ways, over one in float32 by a plain loop.

    What stands first is what training does here; the others were tried to make it faster.
    """
    steps = {
        "float32, Adam as it comes": step(torch.float32, fused=False),
        "bfloat16 by autocast, fused Adam (as here)": step(torch.bfloat16),
        "weights in bfloat16 beside those in float32": step(torch.bfloat16, beside=True),
        "weights and Adam in bfloat16": step(torch.bfloat16, whole=True),
        "compiled by inductor": step(torch.bfloat16, compiled=True),
        "batches of 512": step(torch.bfloat16, rows=2 * BATCH),
        "batches of 1,024": step(torch.bfloat16, rows=4 * BATCH),
    }
    taken: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(turns + 1):
        for name, take in steps.items():
            started = time.perf_counter()
            take()
            if turn:  # the first sets up
                taken[name].append(time.perf_counter() - started)
    plain = taken.pop("float32, Adam as it comes")
    return {
        name: sorted(a / b for a, b in zip(seconds, plain, strict=True))
        for name, seconds in taken.items()
    }


def step(
    dtype: torch.dtype,
    *,
    rows: int = BATCH,
    fused: bool = True,
    beside: bool = False,
    whole: bool = False,
    compiled: bool = False,
) -> Callable[[], None]:
    """Return what takes 2,048 rows through steps of pre-training."""
    torch.manual_seed(0)
    widths = (784, *WIDTHS, DIM, *reversed(WIDTHS), 784)
    layers: list[nn.Module] = []
    for before, after in itertools.pairwise(widths):
        layers += [nn.Linear(before, after), nn.ReLU()]
    del layers[2 * len(WIDTHS) + 1], layers[-1]  # the code and the output have none
    network, values = nn.Sequential(*layers), torch.rand(2_048, 784)
    seen = copy.deepcopy(network).to(dtype) if beside else network.to(dtype) if whole else network
    kept = list(network.parameters())
    optimiser = torch.optim.Adam(kept, lr=1e-3, fused=fused)

    def loss(x: Tensor) -> Tensor:
        with torch.autocast("cpu", dtype, enabled=dtype is not torch.float32):
            made: Tensor = seen(x.to(dtype) if beside or whole else x)
        return (made.float() - x).square().mean()

    judge = torch.compile(loss) if compiled else loss

    def take() -> None:
        for x in values.split(rows):
            seen.zero_grad()
            judge(x).backward()
            if beside:
                for own, other in zip(kept, seen.parameters(), strict=True):
                    assert other.grad is not None
                    own.grad = other.grad.float()
            optimiser.step()
            if beside:
                with torch.no_grad():
                    torch._foreach_copy_(list(seen.parameters()), kept)

    return take


def main() -> None:
    """Print seconds an epoch, ratios and accuracies, over several turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--epochs", type=int, nargs=2, default=(2, 2))
    options = parser.parse_args()
    sys.meta_path.insert(0, Stand_in())
    values, labels = mnist()
    values, labels = values[: options.rows], labels[: options.rows]
    turns: list[tuple[Times, Times]] = []
    accuracies: list[tuple[float, float]] = []
    for turn in range(options.turns):
        (a, found_a), (b, found_b) = (
            f(values, tuple(options.epochs), turn) for f in (theirs, ours)
        )
        turns.append((a, b))
        accuracies.append(
            (
                float(accuracy(contingency(labels, found_a).counts)),
                float(accuracy(contingency(labels, found_b).counts)),
            )
        )
        print(
            f"turn {turn + 1}: pre-training {a[0]:.2f} s and {b[0]:.2f} s, clustering {a[1]:.2f} s and "
            f"{b[1]:.2f} s; accuracy {accuracies[-1][0]:.3f} and {accuracies[-1][1]:.3f} "
            "(ClustPy, ours)",
            flush=True,
        )
    for number, name in enumerate(("pre-training", "clustering")):
        ratios = sorted(b[number] / a[number] for a, b in turns)
        print(
            f"{name}: an epoch takes {statistics.median(ratios):.2f} of ClustPy's time "
            f"(median of {len(ratios)}; {ratios[0]:.2f} to {ratios[-1]:.2f})"
        )
    shares = sorted(
        products(torch.bfloat16) / products(torch.float32) for _ in range(options.turns)
    )
    print(
        f"the matrix products of pre-training alone: bfloat16 takes {statistics.median(shares):.2f} of "
        f"float32's time ({shares[0]:.2f} to {shares[-1]:.2f})"
    )
    for name, ratios in ideas(5 * options.turns).items():
        print(
            f"a step of pre-training, {name}: {statistics.median(ratios):.2f} of a plain loop in float32 "
            f"({ratios[0]:.2f} to {ratios[-1]:.2f})"
        )
    for name, found in zip(("ClustPy", "ours"), zip(*accuracies, strict=True), strict=True):
        spread = statistics.stdev(found) if len(found) > 1 else 0.0
        print(f"accuracy, {name}: {statistics.mean(found):.3f} ± {spread:.3f}")
    print(f"{len(values)} rows, {torch.get_num_threads()} threads, bf16: {has_bf16()}")


if __name__ == "__main__":
    main()
