"""Our epoch beside a plain DataLoader with Adam in float32: ``python -m tests.bench.bench_training``.

The network is 784-500-500-2000-10 and back, batches have 256 rows. Both sides run by turns, so that
whatever else the machine does hits both; what counts is the ratio and its spread.

``python -m tests.bench.bench_training --texts FILE.parquet`` measures steps of the last two layers of MiniLM
on the texts of a column ``text`` instead, beside batches that are filled up to their longest text.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch
from clusterforge_minilm.minilm import Minilm
from clusterforge_minilm.plugin import MinilmParams
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from clusterforge.builtin.losses import SPECS as LOSSES
from clusterforge.builtin.losses import ReconstructionParams
from clusterforge.builtin.trained_encoders import AutoencoderParams
from clusterforge.contracts import Context, Items, Table, Texts, View
from clusterforge.encoders.trained import Autoencoder
from clusterforge.losses.reconstruction import ReconstructionLoss
from clusterforge.pretrained.by_length import ByLength
from clusterforge.training import NetworkEncoder

LAYERS, DIM, BATCH, WIDTH = (500, 500, 2000), 10, 256, 784


def ours(items: Items, precision: str) -> float:
    """Return the seconds of our second epoch."""
    params = AutoencoderParams(layers=LAYERS, dim=DIM, batch=BATCH, epochs=2)
    loss = ReconstructionLoss(ReconstructionParams())
    encoder = NetworkEncoder(Autoencoder(params), lambda use: (LOSSES[0], loss))
    encoder.fit(View(items), Context(precision=precision))  # type: ignore[arg-type]
    return float(encoder.report().history[-1]["values"]["seconds"])


def plain(values: np.ndarray) -> float:
    """Return the seconds of the second epoch of the loop that everybody writes first."""
    widths = [WIDTH, *LAYERS, DIM]
    torch.random.manual_seed(0)
    layers: list[nn.Module] = []
    for chain in (widths, widths[::-1]):
        for before, after in itertools.pairwise(chain):
            layers += [nn.Linear(before, after), nn.ReLU()]
        layers.pop()
    network = nn.Sequential(*layers)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    loader = DataLoader(TensorDataset(torch.from_numpy(values)), batch_size=BATCH, shuffle=True)
    seconds = 0.0
    for _ in range(2):
        started, total = time.perf_counter(), 0.0
        for (x,) in loader:
            optimiser.zero_grad()
            loss = nn.functional.mse_loss(network(x), x)
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
    options = parser.parse_args()
    if options.texts:
        return texts(options.texts, options.turns, options.precision)
    values = np.random.default_rng(0).random((options.rows, WIDTH), dtype=np.float32)
    pairs = []
    for turn in range(options.turns):
        pair = (plain(values), ours(Table(values), options.precision))
        pairs.append(pair)
        print(f"turn {turn + 1}: plain {pair[0]:.2f} s, ours {pair[1]:.2f} s", flush=True)
    _ratios(pairs, f"{options.rows} rows, {options.precision}")


if __name__ == "__main__":
    main()
