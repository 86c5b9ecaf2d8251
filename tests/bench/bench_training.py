"""Our epoch beside a plain DataLoader with Adam in float32: ``python -m tests.bench.bench_training``.

The network is 784-500-500-2000-10 and back, batches have 256 rows. Both sides run by turns, so that
whatever else the machine does hits both; what counts is the ratio and its spread.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from clusterforge.builtin.losses import SPECS as LOSSES
from clusterforge.builtin.losses import ReconstructionParams
from clusterforge.builtin.trained_encoders import AutoencoderParams
from clusterforge.contracts import Context, Items, Table, View
from clusterforge.encoders.trained import Autoencoder
from clusterforge.losses.reconstruction import ReconstructionLoss
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


def main() -> None:
    """Print seconds an epoch and ratios, over several turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--precision", default="bfloat16", choices=["float32", "bfloat16"])
    options = parser.parse_args()
    values = np.random.default_rng(0).random((options.rows, WIDTH), dtype=np.float32)
    pairs = []
    for turn in range(options.turns):
        pair = (plain(values), ours(Table(values), options.precision))
        pairs.append(pair)
        print(f"turn {turn + 1}: plain {pair[0]:.2f} s, ours {pair[1]:.2f} s", flush=True)
    ratios = sorted(a / b for a, b in pairs)
    print(
        f"{options.rows} rows, {torch.get_num_threads()} threads, {options.precision}: "
        f"{statistics.median(ratios):.2f} times faster (median; {ratios[0]:.2f} to {ratios[-1]:.2f})"
    )


if __name__ == "__main__":
    main()
