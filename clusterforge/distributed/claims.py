"""Finished stages on nodes that share no file system: who works on what, and who has what."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clusterforge.errors import EnvironmentProblem
from clusterforge.storage.cache import Cache
from clusterforge.storage.stages import Hashes


class Claims:
    """Grants stages to the workers of a cluster, one at a time, and knows which node has which.

    It runs as an actor; everything in it happens in one thread.
    """

    def __init__(self) -> None:
        self._holders: dict[str, str] = {}
        self._dead: set[str] = set()
        self._places: dict[str, dict[str, str]] = {}
        self._changed = asyncio.Condition()

    async def claim(self, key: str, holder: str) -> None:
        """Wait until nobody else works on a stage, and hold it."""
        async with self._changed:
            await self._changed.wait_for(lambda: key not in self._holders or holder in self._dead)
            if holder not in self._dead:
                self._holders[key] = holder

    async def free(self, key: str) -> None:
        """End a claim."""
        async with self._changed:
            self._holders.pop(key, None)
            self._changed.notify_all()

    async def bury(self, holder: str) -> None:
        """End all claims of a worker that has died, those that it still waits for too."""
        async with self._changed:
            self._dead.add(holder)
            self._holders = {key: who for key, who in self._holders.items() if who != holder}
            self._changed.notify_all()

    async def announce(self, key: str, node: str, folder: str) -> None:
        """Note that a node has a finished stage in the cache in a folder."""
        self._places.setdefault(key, {})[node] = folder

    async def places(self, key: str) -> dict[str, str]:
        """Return the folder of the cache that has a stage, by node."""
        return self._places.get(key, {})


class SharedCache(Cache):
    """A node's cache that fetches what other nodes have finished.

    Parameters
    ----------
    folder
        Of the cache on this node; None: the user's.
    claims
        Handle of the actor :class:`Claims`.
    node
        Id of this node.
    """

    def __init__(self, folder: Path | None, claims: Any, node: str) -> None:
        super().__init__(folder)
        self.claims, self.node = claims, node
        self.holder = ""  # who works now
        self._announced: set[str] = set()

    def fetch(self, key: str, into: Path) -> Hashes:
        """Put a stage's files into a folder, from here or from another node."""
        hashes = super().fetch(key, into)
        if not hashes and (packed := self._from_elsewhere(key)):
            self.unpack(key, packed)
            hashes = super().fetch(key, into)
        if hashes:
            self._announce(key)
        return hashes

    @contextmanager
    def claimed(self, key: str) -> Iterator[None]:
        """Hold a stage among all nodes, and among the other processes of this one."""
        asked(self.claims.claim, key, self.holder)
        try:
            with super().claimed(key):
                yield
        finally:
            asked(self.claims.free, key)

    def keep(self, key: str, folder: Path, seconds: float = 0.0) -> None:
        """Take a finished stage in, and let the other nodes know."""
        super().keep(key, folder, seconds)
        self._announce(key)

    def _announce(self, key: str) -> None:
        if key not in self._announced:
            asked(self.claims.announce, key, self.node, str(self.folder))
            self._announced.add(key)

    def _from_elsewhere(self, key: str) -> bytes | None:
        """Return the files of a stage from the first node that still has them."""
        import ray
        from ray.exceptions import RayError
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        places: dict[str, str] = asked(self.claims.places, key)
        for node, folder in places.items():
            if node == self.node and folder == str(self.folder):
                continue
            there = NodeAffinitySchedulingStrategy(node, soft=False)
            read = ray.remote(_packed).options(num_cpus=0, max_retries=0, scheduling_strategy=there)
            try:
                packed: bytes | None = ray.get(read.remote(folder, key))
            except RayError:  # the node has gone
                continue
            if packed is not None:
                return packed
        return None


def asked(method: Any, *arguments: str) -> Any:
    """Call a method of the actor and return its answer.

    Raises
    ------
    EnvironmentProblem
        Where the actor, which is on the driver's node, is not there any more.
    """
    import ray
    from ray.exceptions import RayError

    try:
        return ray.get(method.remote(*arguments))
    except RayError as error:
        raise EnvironmentProblem("the node that the sweep was begun on can't be reached") from error


def _packed(folder: str, key: str) -> bytes | None:
    return Cache(Path(folder)).pack(key)
