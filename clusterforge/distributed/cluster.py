"""Joining a Ray cluster or starting one here, and how much room it has."""

from __future__ import annotations

import math
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from clusterforge.errors import EnvironmentProblem, bounded

OBJECTS = 256 << 20  # bytes of the object store of a cluster that is started here
MOST_PER_GPU = 4  # that share one GPU where nobody has said how many there are to be


@dataclass(frozen=True)
class Node:
    """A machine of a cluster: its id and address, and what it offers to all work together."""

    id: str
    address: str
    cpus: float
    gpus: float


@dataclass(frozen=True)
class Room:
    """How many pieces of work run at the same time, and the share of a GPU that each has."""

    workers: int
    gpus: float


@contextmanager
def connected(address: str | None, cpus: int) -> Iterator[None]:
    """Join a cluster, or start one on this machine; leave it, or end it, at the end.

    A process that is connected already stays so.

    Parameters
    ----------
    address
        Of the cluster; default: ``RAY_ADDRESS``, else a cluster is started here.
    cpus
        Processors of a cluster that is started here.

    Raises
    ------
    EnvironmentProblem
        Where Ray is not installed, or no cluster answers at the address.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise EnvironmentProblem("Ray is not installed; pip install 'clusterforge[ray]'") from error
    if ray.is_initialized():
        there = ray.get_runtime_context().gcs_address
        if address not in (None, "auto", there):
            raise EnvironmentProblem(f"this process is already connected to the cluster {there}")
        yield
        return
    address = address or os.environ.get("RAY_ADDRESS") or "local"
    here = {"num_cpus": cpus, "object_store_memory": OBJECTS, "include_dashboard": False}
    try:
        with _signals_as_they_are():
            ray.init(
                address,
                log_to_driver=False,
                logging_level="ERROR",
                **(here if address == "local" else {}),
            )
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        where = "can't be started here" if address == "local" else f"can't be joined at {address}"
        reason = bounded(" ".join(str(error).split()))
        raise EnvironmentProblem(f"a Ray cluster {where}: {reason}") from error
    try:
        yield
    finally:
        ray.shutdown()


@contextmanager
def _signals_as_they_are() -> Iterator[None]:
    """Put the handler of SIGTERM back that Ray replaces."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)


def live_nodes() -> list[Node]:
    """Return the nodes of the cluster that this process is connected to."""
    import ray

    return [
        Node(
            node["NodeID"],
            node["NodeManagerAddress"],
            node["Resources"].get("CPU", 0.0),
            node["Resources"].get("GPU", 0.0),
        )
        for node in ray.nodes()
        if node["Alive"]
    ]


def room_for(nodes: Sequence[Node], threads: int, workers: int | None, device: str) -> Room:
    """Return how many pieces of work run at the same time.

    Parameters
    ----------
    nodes
        The machines.
    threads
        Of each piece of work.
    workers
        How many are wanted; None: as many as there is room for.
    device
        ``"cpu"``, ``"cuda"`` or ``"auto"``: with the latter two, GPUs are shared out if there are any, and
        only nodes that have some take part.

    Raises
    ------
    EnvironmentProblem
        Where no node has room for one.
    """
    gpus = 0.0 if device == "cpu" else sum(node.gpus for node in nodes)
    if gpus:
        nodes = [node for node in nodes if node.gpus]
    per_node = [int(node.cpus // threads) for node in nodes]
    room = sum(per_node)
    if not room:
        raise EnvironmentProblem(
            f"no node of the cluster has {threads} processors; set compute.threads to fewer"
        )
    if not gpus:
        return Room(workers or room, 0.0)
    per_gpu = math.ceil(workers / gpus) if workers else min(MOST_PER_GPU, math.ceil(room / gpus))
    slots = sum(
        min(cpus, int(node.gpus * per_gpu)) for cpus, node in zip(per_node, nodes, strict=True)
    )
    # Ray counts ten-thousandths; rounded down, so that the shares fit.
    return Room(workers or max(1, slots), math.floor(1e4 / per_gpu) / 1e4)
