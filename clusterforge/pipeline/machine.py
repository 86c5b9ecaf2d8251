"""What this machine can do: speed by a short measurement, memory and disk by what the system says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from clusterforge.numerics.threads import at_most
from clusterforge.registry import cache_folder

SIDE = 1024  # of the matrices that are multiplied
LOOP = 20_000
LOOP_SECONDS = 0.0009  # of :func:`loop` on the reference machine
BF16 = frozenset({"avx512_bf16", "amx_bf16", "bf16", "svebf16"})
FASTER = 2.5  # a processor's products of bfloat16, against float32
GPU = "speed-gpu.json"
MEASURE = "from clusterforge.pipeline.machine import write_gpu; write_gpu()"


@dataclass(frozen=True)
class Speed:
    """How fast a machine computes.

    Parameters
    ----------
    core
        Speed of one core, 1 being the reference machine's.
    products, network
        Operations per second in matrix products of float32, and in the layers of networks.
    device
        Where the products are: ``cpu``, or the name of the GPU.
    """

    core: float
    products: float
    network: float
    device: str = "cpu"


@cache
def speed(device: str, precision: str, threads: int) -> Speed:
    """Measure the speed of this machine, in about 0.1 s; that of a GPU once, in a process of its own.

    Parameters
    ----------
    device, precision
        As ``[compute]`` of a recipe says.
    threads
        How many may be used.
    """
    core = LOOP_SECONDS / _best(loop, 12)
    if device != "cpu" and (gpu := _gpu()):
        return Speed(core, gpu.products, gpu.network, gpu.device)
    rows = np.full((SIDE, SIDE), 0.5, np.float32)
    with at_most(1):
        products = threads * 2.0 * SIDE**3 / _best(lambda: rows @ rows, 3)
    fast = precision == "bfloat16" or (precision == "auto" and bool(BF16 & _flags()))
    return Speed(core, products, products * (FASTER if fast else 1))


def loop() -> int:
    """Do what the speed of a core is measured by."""
    return sum(number * number for number in range(LOOP))


def _best(
    work: Callable[[], object], times: int, clock: Callable[[], float] = time.thread_time
) -> float:
    """Return the least seconds: of this thread's own, whatever else the machine has to do."""
    seconds = []
    for _ in range(times):
        start = clock()
        work()
        seconds.append(clock() - start)
    return min(seconds)


def _flags() -> frozenset[str]:
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
        named = (line.partition(":")[2] for line in lines if line.startswith(("flags", "Features")))
        return frozenset(next(named, "").split())
    return frozenset()


def _gpu() -> Speed | None:
    """Return the speed of the GPU as it was measured here; None where there is none."""
    if not any(Path("/dev").glob("nvidia[0-9]*")):
        return None
    place = cache_folder() / GPU
    if not place.is_file():
        with suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(  # noqa: S603 this Python
                [sys.executable, "-c", MEASURE], capture_output=True, check=False, timeout=120
            )
    with suppress(OSError, ValueError, TypeError):
        return Speed(**json.loads(place.read_text("utf-8")))
    return None


def write_gpu() -> None:
    """Measure products of the GPU and store the result in the cache."""
    import torch

    if torch.cuda.is_available():
        measured = measure_products("cuda")
        name = torch.cuda.get_device_name()
        cache_folder().mkdir(parents=True, exist_ok=True)
        (cache_folder() / GPU).write_text(json.dumps({**measured, "core": 1.0, "device": name}))


def measure_products(device: str, side: int = 4096) -> dict[str, float]:
    """Return the operations per second of products in float32 and bfloat16, by torch."""
    import torch

    found = {}
    for name, dtype in (("products", torch.float32), ("network", torch.bfloat16)):
        rows = torch.full((side, side), 0.5, dtype=dtype, device=device)

        def product(rows: torch.Tensor = rows) -> None:
            (rows @ rows)[0, 0].item()  # waits for it

        product()
        found[name] = 2.0 * side**3 / _best(product, 3, time.perf_counter)
    return found


def available_memory() -> int | None:
    """Return the bytes of memory that this process may still take; None where the system does not say.

    The smallest of what is free and of what control groups leave.
    """
    free: list[int] = []
    with suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                free.append(int(line.split()[1]) * 1024)
    with suppress(OSError, ValueError, AttributeError):
        if not free:
            free.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for folder, limit, used in (
        (_own_group(), "memory.max", "memory.current"),
        (Path("/sys/fs/cgroup"), "memory.max", "memory.current"),
        (
            Path("/sys/fs/cgroup/memory"),
            "memory.limit_in_bytes",
            "memory.usage_in_bytes",
        ),
    ):
        with suppress(OSError, ValueError):  # "max" is no number
            free.append(_left_in(folder, limit, used))
    return max(0, min(free)) if free else None


def _left_in(folder: Path, limit: str, used: str) -> int:
    """Return the bytes that a control group leaves: what its files take in the page cache is free.

    Raises
    ------
    OSError, ValueError
        Where there is no such group, or no limit.
    """
    left = int((folder / limit).read_text("ascii")) - int((folder / used).read_text("ascii"))
    with suppress(OSError, ValueError):
        for line in (folder / "memory.stat").read_text("ascii").splitlines():
            name, value = line.split()
            prefix = "" if limit == "memory.max" else "total_"  # v1 counts groups below apart
            if name in (f"{prefix}active_file", f"{prefix}inactive_file"):
                left += int(value)
    return left


def _own_group() -> Path:
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text("ascii").splitlines():
            if line.startswith("0::"):
                return Path("/sys/fs/cgroup") / line[3:].strip("/")
    return Path("/sys/fs/cgroup")


def free_disk(folder: Path) -> int | None:
    """Return the free bytes where a folder is, or will be; None where the system does not say."""
    for place in (folder.absolute(), *folder.absolute().parents):
        with suppress(OSError):
            return shutil.disk_usage(place).free
    return None
