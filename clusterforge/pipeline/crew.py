"""Processes that ``torchrun`` starts: the first does the run, the others train networks with it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import JsonValue

from clusterforge.contracts import View
from clusterforge.errors import EnvironmentProblem
from clusterforge.models import compute, guard
from clusterforge.models.build import build_encoder, encoder_spec
from clusterforge.models.compute import Resources
from clusterforge.pipeline.keys import differing, versions
from clusterforge.recipe import Entry
from clusterforge.registry import Registry
from clusterforge.registry.python_names import Imported

if TYPE_CHECKING:
    from clusterforge.training.ranks import Ranks

GRACE = 10.0  # seconds in which the first process may fail of the same, and say so


@dataclass(frozen=True)
class Errand:
    """An encoder that all processes are to train.

    Parameters
    ----------
    place
        The encoder's table in the recipe, and its name.
    use, values
        Its plugin as a recipe names it from any folder, and its parameters.
    view
        What it sees of the data.
    seed, resources
        Of its context.
    like
        The versions of the libraries of the first process, and what it computes on.
    """

    place: tuple[str, str]
    use: str
    values: Mapping[str, JsonValue]
    view: View
    seed: int
    resources: Resources
    like: Mapping[str, str]


def started() -> bool:
    """Tell whether ``torchrun`` has started this process among others."""
    return "TORCHELASTIC_RUN_ID" in os.environ and int(os.environ.get("WORLD_SIZE", "1")) > 1


def first() -> bool:
    """Tell whether this process is the one that does the run."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def assembled() -> Iterator[Ranks]:
    """Join the processes that were started with this one, and part from them at the end.

    Raises
    ------
    EnvironmentProblem
        Where this machine has GPUs, but fewer than processes.
    """
    import torch

    from clusterforge.training.ranks import joined

    gpus, here = torch.cuda.device_count(), int(os.environ["LOCAL_WORLD_SIZE"])
    if gpus and here > gpus and first():
        raise EnvironmentProblem(
            f"torchrun started {here} processes for {gpus} GPUs; set --nproc-per-node to {gpus}, "
            'or CUDA_VISIBLE_DEVICES="" to use none'
        )
    if here <= gpus:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    with joined("cpu:gloo,cuda:nccl" if gpus else "gloo") as ranks:
        yield ranks
        if not ranks.rank:
            with suppress(EnvironmentProblem):  # the run is complete, whatever became of the others
                ranks.told(None)  # there is no more to train


@contextmanager
def led(entry: Entry, view: View, seed: int, resources: Resources) -> Iterator[None]:
    """Let the other processes, if there are any, train an encoder with this one; one that is trained at all.

    Raises
    ------
    EnvironmentProblem
        Where one of them can't.
    """
    if not started() or not encoder_spec(entry).trained:
        yield
        return
    from clusterforge.training.ranks import group, together

    if ranks := group():
        ranks.told(
            Errand(
                (entry.table, entry.id),
                entry.plugin.use,
                entry.values(),
                view,
                seed,
                resources,
                _like(),
            )
        )
        ready: str | None = None
        if wrong := next(filter(None, ranks.answers(ready)), None):
            raise EnvironmentProblem(wrong)
    with together():
        yield


def follow(ranks: Ranks) -> None:
    """Train what the first process trains, until it has no more.

    Raises
    ------
    ClusterforgeError
        Where this process alone can't go on: an error that all have is for the first to tell, which ends
        them.
    """
    from clusterforge.training.ranks import together

    # The first process has refused what it does not trust.
    registry = Registry.installed().naming(Imported())
    while (errand := _next(ranks)) is not None:
        own = _like()
        name = differing(own, errand.like)
        ranks.answers(
            f"process {ranks.rank} has {name} {own[name]}, process 0 {errand.like.get(name)}"
            if name
            else None
        )
        resources = errand.resources
        context = resources.context(errand.seed)
        try:
            plugin = registry.find("encoder", errand.use)
            params = plugin.spec.params.model_validate(errand.values)
            entry = Entry(*errand.place, plugin, params)
            with guard.calling(entry, None), compute.using(resources), together():
                build_encoder(entry, registry).fit(errand.view, context)
        except Exception:
            time.sleep(GRACE)
            raise


def _like() -> Mapping[str, str]:
    """Return all by which processes may decide differently: whether a phase ends, say."""
    import torch

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    kind = torch.backends.cpu.get_cpu_capability()
    return {**versions(), "a processor of the kind": kind, "the GPU": gpu}


def _next(ranks: Ranks) -> Errand | None:
    nothing: Errand | None = None
    with suppress(EnvironmentProblem):  # the first process has ended, and has said why
        return ranks.told(nothing)
    return None
