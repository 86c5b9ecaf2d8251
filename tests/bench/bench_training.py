"""Our epoch beside a plain DataLoader with Adam in float32: ``python -m tests.bench.bench_training``.

The network is 784-500-500-2000-10 and back, batches have 256 rows. Both sides run by turns, so that
whatever else the machine does hits both; what counts is the ratio and its spread.

``python -m tests.bench.bench_training --texts FILE.parquet`` measures steps of the last two layers of MiniLM
on the texts of a column ``text`` instead, beside batches that are filled up to their longest text.

``--device cuda`` puts rows and networks of both sides on a GPU, where our steps are replayed, and adds two
sides: the plain loop on rows that are on the device, and the same with its step captured as a CUDA graph.
With ``--seeds 5`` networks of five seeds are trained in turns instead, beside one of them alone.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch
from clusterforge_minilm.minilm import Minilm
from clusterforge_minilm.plugin import MinilmParams
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from clusterforge.builtin.losses import ReconstructionParams
from clusterforge.builtin.trained_encoders import AutoencoderParams
from clusterforge.contracts import Context, Items, Table, Texts, View
from clusterforge.encoders.trained import Autoencoder
from clusterforge.losses.reconstruction import ReconstructionLoss
from clusterforge.pretrained.by_length import ByLength
from clusterforge.registry import Registry
from clusterforge.training import NetworkEncoder
from clusterforge.training.parts import Part
from clusterforge.training.steps import CudaRecorder
from clusterforge.training.turns import in_turns

LAYERS, DIM, BATCH, WIDTH = (500, 500, 2000), 10, 256, 784


def encoder(epochs: int) -> NetworkEncoder:
    """Return our encoder, new."""
    params = AutoencoderParams(layers=LAYERS, dim=DIM, batch=BATCH, epochs=epochs)
    plugin = Registry.installed(limit="").find("loss", "reconstruction")
    part = Part(plugin, ReconstructionLoss(ReconstructionParams()))
    return NetworkEncoder(Autoencoder(params), lambda kind, use: part)


def ours(items: Items, precision: str, device: str = "cpu") -> float:
    """Return the seconds of our second epoch."""
    made = encoder(2)
    made.fit(View(items), Context(precision=precision, device=device))  # type: ignore[arg-type]
    return made.report().history[-1].values["seconds"]


def several(items: Items, precision: str, device: str, seeds: int) -> float:
    """Return the seconds of ten epochs of networks of several seeds, trained in turns."""
    works = []
    for seed in range(seeds):
        context = Context(seed=seed, precision=precision, device=device)  # type: ignore[arg-type]
        works.append(partial(encoder(10).fit, View(items), context))
    started = time.perf_counter()
    in_turns(works, torch.device(device))
    return time.perf_counter() - started


def network() -> nn.Sequential:
    """Return the same network as ours, new."""
    widths = [WIDTH, *LAYERS, DIM]
    torch.random.manual_seed(0)
    layers: list[nn.Module] = []
    for chain in (widths, widths[::-1]):
        for before, after in itertools.pairwise(chain):
            layers += [nn.Linear(before, after), nn.ReLU()]
        layers.pop()
    return nn.Sequential(*layers)


def on_device(values: np.ndarray, precision: str, *, captured: bool) -> float:
    """Return the seconds of the second epoch of a plain loop on rows that are on a GPU."""
    rows, made = torch.from_numpy(values).cuda(), network().cuda()
    optimiser = torch.optim.Adam(made.parameters(), lr=1e-3, fused=True, capturable=captured)
    x = rows[:BATCH].clone()

    def step() -> None:
        with torch.autocast("cuda", torch.bfloat16, enabled=precision == "bfloat16"):
            loss = nn.functional.mse_loss(made(x).float(), x)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()

    if captured:
        recorder = CudaRecorder(torch.device("cuda"))
        recorder.warm(step)
        recorder.record(step)
    seconds = 0.0
    for _ in range(2):
        torch.cuda.synchronize()
        started = time.perf_counter()
        order = torch.randperm(len(rows), device="cuda")
        for part in order.split(BATCH):
            if len(part) == BATCH:
                torch.index_select(rows, 0, part, out=x)
                recorder.replay() if captured else step()
        torch.cuda.synchronize()
        seconds = time.perf_counter() - started
    return seconds


def plain(values: np.ndarray, device: str = "cpu") -> float:
    """Return the seconds of the second epoch of the loop that everybody writes first."""
    made = network().to(device)
    optimiser = torch.optim.Adam(made.parameters(), lr=1e-3)
    loader = DataLoader(TensorDataset(torch.from_numpy(values)), batch_size=BATCH, shuffle=True)
    seconds = 0.0
    for _ in range(2):
        started, total = time.perf_counter(), 0.0
        for (batch,) in loader:
            x = batch.to(device)
            optimiser.zero_grad()
            loss = nn.functional.mse_loss(made(x), x)
            loss.backward()
            optimiser.step()
            total += loss.item()
        seconds = time.perf_counter() - started
    return seconds


def texts(file: Path, turns: int, precision: str) -> None:
    """Print seconds a step in groups of about one length and filled up, by turns, and the ratio."""
    every = pq.read_table(file, columns=["text"])["text"].to_pylist()
    some = np.random.default_rng(0).permutation(len(every))[: turns * BATCH]
    upper = Minilm(MinilmParams()).upper(2)
    inputs = upper.inputs(Texts([every[row] for row in some]), Context(), again=True)
    grouped = upper.module()
    assert isinstance(grouped, ByLength)

    def step(network: nn.Module, batch: Mapping[str, Tensor]) -> float:
        started = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            z = network(batch)
        z.float()[:, 0].sum().backward()
        return time.perf_counter() - started

    pairs = []
    for rows in np.split(np.arange(len(some)), turns):
        batch = inputs.batch(rows)
        pairs.append((step(grouped.network, batch), step(grouped, batch)))
        print(f"filled up {pairs[-1][0]:.2f} s, in groups {pairs[-1][1]:.2f} s", flush=True)
    _ratios(pairs, f"steps of {BATCH} texts, {precision}")


def _ratios(pairs: Sequence[tuple[float, float]], what: str) -> None:
    ratios = sorted(a / b for a, b in pairs)
    print(
        f"{what}, {torch.get_num_threads()} threads: {statistics.median(ratios):.2f} times faster "
        f"(median; {ratios[0]:.2f} to {ratios[-1]:.2f})"
    )


def main() -> None:
    """Print seconds an epoch and ratios, over several turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--precision", default="bfloat16", choices=["float32", "bfloat16"])
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    options = parser.parse_args()
    if options.texts:
        return texts(options.texts, options.turns, options.precision)
    values = np.random.default_rng(0).random((options.rows, WIDTH), dtype=np.float32)
    if options.seeds > 1:
        pairs = []
        for _ in range(options.turns):
            one, many = (
                several(Table(values), options.precision, options.device, n)
                for n in (1, options.seeds)
            )
            print(f"one {one:.3g} s, {options.seeds} in turns {many:.3g} s", flush=True)
            pairs.append((one * options.seeds, many))
        return _ratios(pairs, f"{options.seeds} seeds in turns beside one after the other")
    sides: dict[str, Callable[[], float]] = {"plain": lambda: plain(values, options.device)}
    if options.device == "cuda":
        sides |= {
            name: partial(on_device, values, options.precision, captured=captured)
            for name, captured in (("rows on the device", False), ("captured", True))
        }
    turns = []
    for turn in range(options.turns):
        seconds = {name: side() for name, side in sides.items()}
        seconds["ours"] = ours(Table(values), options.precision, options.device)
        turns.append(seconds)
        told = ", ".join(f"{name} {value:.3g} s" for name, value in seconds.items())
        print(f"turn {turn + 1}: {told}", flush=True)
    for name in sides:
        pairs = [(seconds[name], seconds["ours"]) for seconds in turns]
        _ratios(pairs, f"ours beside {name}: {options.rows} rows, {options.precision}")


if __name__ == "__main__":
    main()
