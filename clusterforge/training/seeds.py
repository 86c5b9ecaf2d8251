"""Seeds of the parts of a training run, each from the run's seed and a path, never from a state."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from clusterforge.contracts import State


def derive(seed: int, *path: str | int) -> int:
    """Return a seed of 63 bits for one purpose: equal paths, equal seeds."""
    text = "|".join(map(str, (seed, *path)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) >> 1


def generator(seed: int, *path: str | int) -> np.random.Generator:
    """Return NumPy's generator for one purpose."""
    return np.random.default_rng(derive(seed, *path))


@contextmanager
def seeded(device: torch.device, seed: int, *path: str | int) -> Iterator[None]:
    """Seed torch for one purpose; afterwards its global generators are as they were."""
    cuda = [device] if device.type == "cuda" else []
    value = derive(seed, *path)
    with torch.random.fork_rng(devices=cuda):
        # torch.manual_seed would also touch the generators of devices that are not forked.
        torch.default_generator.manual_seed(value)
        if cuda:
            with torch.cuda.device(device):
                torch.cuda.manual_seed(value)
        yield


def generators(device: torch.device) -> State:
    """Return where torch's global generators are: that of the processor, and that of a CUDA device."""
    arrays = {"cpu": torch.get_rng_state().numpy().copy()}
    if device.type == "cuda":
        arrays["cuda"] = torch.cuda.get_rng_state(device).numpy().copy()
    return State(arrays)


def restore_generators(device: torch.device, state: State) -> None:
    """Take up what :func:`generators` returned."""
    torch.set_rng_state(torch.tensor(np.asarray(state.arrays["cpu"])))
    if device.type == "cuda":
        torch.cuda.set_rng_state(torch.tensor(np.asarray(state.arrays["cuda"])), device)
