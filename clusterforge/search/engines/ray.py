"""A Ray cluster: each trial is a task, wherever there is room for it."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from clusterforge.distributed import Claims, SharedCache, asked, connected, live_nodes, room_for
from clusterforge.errors import EnvironmentProblem, InputError, bounded
from clusterforge.pipeline.keys import differing, versions
from clusterforge.recipe import Source, resolve
from clusterforge.registry import Registry
from clusterforge.registry.python_names import Imported
from clusterforge.search.engines.base import Ended, Engine
from clusterforge.search.engines.local import QUIET, THREADS
from clusterforge.search.trial import Outcome, Setting, Task, Worker

SETTLING = (
    1.0  # seconds in which all hear of a dead node; before, it may be sent the same task again
)


@dataclass(frozen=True)
class Errand:
    """What the tasks of a sweep share on every node.

    Parameters
    ----------
    setting
        What all trials share.
    threads
        Of each.
    versions
        Of the driver's libraries and of clusterforge.
    sweep
        Tells sweeps apart in a process that serves several.
    """

    setting: Setting
    threads: int
    versions: Mapping[str, str]
    sweep: str


class RayCluster(Engine):
    """Runs trials on the nodes of a Ray cluster.

    Finished stages go from node to node, so that the nodes need no common file system; each is computed once.

    Parameters
    ----------
    setting
        What all trials share.
    workers
        Trials at the same time; None: as many as the cluster has room for.
    threads
        Of each trial: its processors.
    device
        Of the recipe: with ``auto`` and ``cuda``, GPUs are shared out.
    address
        Of the cluster; None: one is started here.
    """

    name = "ray"

    def __init__(
        self, setting: Setting, workers: int | None, threads: int, device: str, address: str | None
    ) -> None:
        super().__init__(_absolute(setting), workers or 1)
        self._wanted, self._threads, self._device = workers, threads, device
        self._address = address
        self._stack = ExitStack()
        self._under_way: dict[Any, Task] = {}

    def __enter__(self) -> Self:
        from clusterforge.models.compute import available_threads

        cpus = max(available_threads(), self._threads * (self._wanted or 1))
        self._stack.enter_context(connected(self._address, cpus))
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def _start(self) -> None:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        room = room_for(live_nodes(), self._threads, self._wanted, self._device)
        self.workers = room.workers
        here = ray.get_runtime_context().get_node_id()
        # With soft=True, Ray puts an actor that needs no processor on any node, even if this one is free.
        stays = NodeAffinitySchedulingStrategy(here, soft=False)
        self._claims = (
            ray.remote(Claims)
            .options(num_cpus=0, max_concurrency=10_000, scheduling_strategy=stays)
            .remote()
        )
        errand = Errand(self.setting, self._threads, versions(), self._claims._actor_id.hex())
        self._errand = ray.put(errand)
        self._run = ray.remote(run_trial).options(
            num_cpus=self._threads, num_gpus=room.gpus, max_retries=0
        )

    def __exit__(self, *error: object) -> None:
        import ray

        for reference in self._under_way:
            ray.cancel(reference, force=True)
        self._under_way.clear()
        ray.kill(self._claims)
        self._stack.close()

    def submit(self, task: Task) -> None:
        """Hand a task to the cluster, which begins it where there is room."""
        self._under_way[self._run.remote(task, self._errand, self._claims)] = task

    def wait(self, seconds: float | None = None) -> list[Ended]:
        """Return what has ended since; at least one unless the time is over."""
        import ray
        from ray.exceptions import NodeDiedError, RayError, RayTaskError

        ended = []
        ready, _ = ray.wait(list(self._under_way), num_returns=1, timeout=seconds)
        for reference in ready:
            task = self._under_way.pop(reference)
            try:
                answer = ray.get(reference)
            except RayTaskError as error:  # trials catch everything: the task did not get that far
                reason = bounded(str(error).strip().splitlines()[-1])
                raise EnvironmentProblem(
                    f"a node can't run trials ({reason}); "
                    "clusterforge and the recipe's plugins must be installed on every node"
                ) from error
            except RayError as error:
                asked(self._claims.bury, reference.task_id().hex())
                if isinstance(error, NodeDiedError):
                    time.sleep(SETTLING)
                ended.append(Ended(task, None, _death(error)))
                continue
            if isinstance(answer, EnvironmentProblem):
                raise answer
            ended.append(Ended(task, answer))
        return ended


def _absolute(setting: Setting) -> Setting:
    """Return a setting that means the same in a process that runs in another folder."""
    source = setting.source
    folders = {place: folder.resolve() for place, folder in source.folders.items()}
    source = Source(source.data, source.file, source.folder.resolve(), folders)
    return replace(setting, source=source)


def _death(error: Exception) -> str:
    """Say how the process of a trial has died."""
    kind = type(error).__name__
    known = {
        "WorkerCrashedError": "its process was ended",
        "NodeDiedError": "its node was removed or died",
        "OutOfMemoryError": "its node was out of memory",
    }
    return known.get(kind, f"Ray has lost it ({kind})")


@dataclass
class _Post:
    """What a process of the cluster keeps from trial to trial."""

    worker: Worker
    cache: SharedCache


_posts: dict[str, _Post] = {}


def run_trial(task: Task, errand: Errand, claims: Any) -> Outcome | EnvironmentProblem:
    """Do a trial, in a process of the cluster."""
    import ray

    context = ray.get_runtime_context()
    try:
        if errand.sweep not in _posts:
            _posts.clear()
            _posts[errand.sweep] = _post(errand, claims, context.get_node_id())
        post = _posts[errand.sweep]
        post.cache.holder = context.get_task_id()
        return post.worker.run(task)
    except EnvironmentProblem as error:
        return error


def _post(errand: Errand, claims: Any, node: str) -> _Post:
    """Prepare a process for the trials of a sweep.

    Raises
    ------
    EnvironmentProblem
        Where the node lacks a plugin of the recipe, or has other versions than the driver.
    """
    import ray

    os.environ.update({**QUIET, **dict.fromkeys(THREADS, str(errand.threads))})
    where = f"node {ray.util.get_node_ip_address()}"
    if (name := differing(versions(), errand.versions)) is not None:
        raise EnvironmentProblem(
            f"{where}: another version of {name} than where the sweep was begun, "
            "and so other numbers; install the same on every node"
        )
    registry = Registry.installed().naming(Imported({}))
    try:
        resolve(errand.setting.source, registry)
    except InputError as error:
        raise EnvironmentProblem(
            f"{where}: {error}; what the recipe names must be installed on every node"
        ) from error
    setting = replace(errand.setting, work=_reachable(errand.setting.work, errand.sweep))
    stages = errand.setting.cache
    cache = SharedCache(None if stages is None else _reachable(stages, errand.sweep), claims, node)
    return _Post(Worker(setting, registry, cache), cache)


def _reachable(folder: Path, sweep: str) -> Path:
    """Return a folder of the sweep, or one of this machine where it does not have the sweep's."""
    if folder.parent.is_dir():
        return folder
    return Path(tempfile.gettempdir()) / f"clusterforge-{sweep}" / folder.name
