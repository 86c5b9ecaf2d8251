"""Images per second of the encoder ``efficientnet-lite0``, from pixels to features.

``python -m tests.bench.bench_images [--rows 512] [--side 112] [--threads 2] [--repeats 3]``

The images are 32 × 32 pixels as in CIFAR-10, and scaled to the side as a run does it. Processor seconds are
shown next to those of the clock, since other work on the machine lengthens the latter.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from clusterforge_efficientnet.efficientnet_lite0 import EfficientnetLite0
from clusterforge_efficientnet.plugin import EfficientnetLite0Params

from clusterforge.contracts import Context, Images, View
from clusterforge.models.compute import choose
from clusterforge.recipe.tables import Compute

BATCHES = (8, 16, 32, 64)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=512)
    parser.add_argument("--side", type=int, default=112)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    precision = choose(Compute(), None).precision
    pixels = np.random.default_rng(0).integers(0, 256, (given.rows, 32, 32, 3)).astype(np.uint8)
    print(f"{given.rows} images, side {given.side}, {given.threads} threads, {precision}")
    for batch in BATCHES:
        encoder = EfficientnetLite0(EfficientnetLite0Params(side=given.side, batch=batch))
        encoder.encode(View(Images(pixels[:batch])), Context(precision=precision))
        walls, used = [], []
        for _ in range(given.repeats):
            wall, processor = time.perf_counter(), time.process_time()
            encoder.encode(View(Images(pixels)), Context(precision=precision))
            walls.append(time.perf_counter() - wall)
            used.append(time.process_time() - processor)
        print(
            f"batch {batch:3}: {given.rows / min(walls):6.0f} images/s, "
            f"{given.rows / min(used):6.0f} per processor second"
        )


if __name__ == "__main__":
    main()
