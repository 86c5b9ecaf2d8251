"""Device, precision and threads of a run, decided by what is there and never by timing."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module

from clusterforge.contracts import Context, Precision
from clusterforge.errors import InputError
from clusterforge.numerics.threads import pools
from clusterforge.recipe import Compute

OPENMP = "OMP_NUM_THREADS"  # read when an OpenMP is loaded


@dataclass(frozen=True)
class Resources:
    """What a run computes on; ``processes`` train its networks together."""

    device: str
    precision: Precision
    threads: int
    processes: int = 1

    def context(self, seed: int) -> Context:
        """Return what a plugin is given that computes on it."""
        return Context(seed, self.device, self.precision, self.threads)


def available_threads() -> int:
    """Return how many processors this process may use; ``OMP_NUM_THREADS`` may ask for fewer."""
    there = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    asked = _libraries_to_come.asked()
    return min(there, int(asked)) if asked.isdecimal() and int(asked) else there


def choose(compute: Compute, file: str | None) -> Resources:
    """Turn ``auto`` into what this machine has.

    Raises
    ------
    InputError
        Where the recipe asks for a CUDA device that is not there, or for one by its number where
        each of several processes has its own.
    """
    import torch

    from clusterforge.numerics.precision import has_bf16
    from clusterforge.training.ranks import group

    has_cuda = torch.cuda.is_available()
    device = compute.device
    if device == "auto":
        device = "cuda" if has_cuda else "cpu"
    ranks, number = group(), device.partition(":")[2]
    if ranks and number:
        raise InputError(
            f"torchrun gives each of {ranks.size} processes a device of its own, not {device!r}",
            key="compute.device",
            remedy='use "cuda"',
            file=file,
        )
    index = int(number or 0)
    if device.startswith("cuda") and (not has_cuda or index >= torch.cuda.device_count()):
        raise InputError(
            f"there is no device {device!r} here",
            key="compute.device",
            remedy="use auto or cpu",
            file=file,
        )
    precision: Precision
    if compute.precision == "auto":
        fast = torch.cuda.is_bf16_supported() if device.startswith("cuda") else has_bf16()
        precision = "bfloat16" if fast else "float32"
    else:
        precision = compute.precision
    processes = ranks.size if ranks else 1
    return Resources(device, precision, compute.threads or available_threads(), processes)


class _Within(threading.local):
    """What the innermost block of this thread allows, and how many modules there were then."""

    allowed: tuple[int, int] | None = None


_within = _Within()


class _LibrariesToCome:
    """Limits libraries that are loaded within a block, as scikit-learn, which brings an OpenMP of its own.

    To load it for the limit alone would take a second, and most of a run's stages never need it. What its
    OpenMP reads when it is loaded is a variable of the process, which blocks of several threads share.
    """

    def __init__(self) -> None:
        self._lock, self._blocks = threading.Lock(), 0
        self._asked: str | None = None

    def asked(self) -> str:
        """Return for how many threads the user has asked; empty where for none."""
        with self._lock:
            return (self._asked if self._blocks else os.environ.get(OPENMP)) or ""

    @contextmanager
    def limited(self, threads: int) -> Iterator[None]:
        """Return a block within which they are."""
        with self._lock:
            if not self._blocks:
                self._asked = os.environ.get(OPENMP)
            self._blocks += 1
            os.environ[OPENMP] = str(threads)
        try:
            yield
        finally:
            with self._lock:
                self._blocks -= 1
                if not self._blocks:
                    os.environ.pop(OPENMP, None)
                    os.environ.update({} if self._asked is None else {OPENMP: self._asked})


_libraries_to_come = _LibrariesToCome()


@contextmanager
def using(resources: Resources) -> Iterator[None]:
    """Limit every numeric library to the run's threads, and put their settings back.

    Within a block of the same threads, and without a module imported since, nothing is left to do.
    """
    import torch

    import_module("scipy.linalg")  # brings a pool of its own, which numpy's products do not need
    before, modules = torch.get_num_threads(), len(sys.modules)
    outer = _within.allowed
    if before == resources.threads and outer == (resources.threads, modules):
        yield
        return
    torch.set_num_threads(resources.threads)
    _within.allowed = (resources.threads, modules)
    loaded = pools(modules)
    try:
        with (
            loaded.limit(limits=resources.threads),
            _libraries_to_come.limited(resources.threads),
        ):
            yield
    finally:
        _within.allowed = outer
        torch.set_num_threads(before)
        if outer is None and len(sys.modules) != modules:
            known = {pool.filepath for pool in loaded.lib_controllers}
            for pool in pools(len(sys.modules)).lib_controllers:
                if pool.filepath not in known:
                    pool.set_num_threads(available_threads())
