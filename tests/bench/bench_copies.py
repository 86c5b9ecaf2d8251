"""How many near copies MNIST and CIFAR-10 have: ``python -m tests.bench.bench_copies``."""

from __future__ import annotations

import time

import numpy as np

from clusterforge.builtin.datasets import HuggingfaceParams
from clusterforge.contracts import Context
from clusterforge.contracts.copies import near_copies
from clusterforge.datasets.huggingface import Huggingface

SETS = (("ylecun/mnist", "image"), ("uoft-cs/cifar10", "img"))


def main() -> None:
    """Print the near copies of each train split, and the processor time of finding them."""
    for path, image in SETS:
        items = Huggingface(HuggingfaceParams(path=path, image=image)).load(Context()).train.items
        start = time.process_time()
        copies = np.count_nonzero(near_copies([items]).first != np.arange(len(items)))
        seconds = time.process_time() - start
        print(f"{path}: {copies} of {len(items):,} images, {seconds:.1f} s")


if __name__ == "__main__":
    main()
