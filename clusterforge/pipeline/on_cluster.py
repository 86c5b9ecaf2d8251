"""Encoding rows on a Ray cluster: blocks of rows go out through Ray Data, their embeddings come back."""

from __future__ import annotations

import logging
import pickle
import uuid
import warnings
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import (
    Context,
    Encoder,
    FloatArray,
    Images,
    IntArray,
    Items,
    Shortfall,
    State,
    Texts,
    View,
)
from clusterforge.contracts.encoder import added
from clusterforge.distributed import Room, connected, live_nodes, room_for
from clusterforge.errors import ClusterforgeError, EnvironmentProblem, bounded
from clusterforge.models import compute, guard
from clusterforge.models.build import encoder_spec
from clusterforge.models.compute import Resources, available_threads
from clusterforge.models.image_rows import AnyImages
from clusterforge.pipeline.keys import differing, versions
from clusterforge.recipe import Compute, Entry
from clusterforge.registry import PREFIX

ROWS = 1_024  # in a block
BLOCKS = 256  # that are out at the same time: the object store spills to disk what it can't hold


@dataclass(frozen=True)
class Errand:
    """What every node needs in order to encode blocks of rows.

    Parameters
    ----------
    id
        Tells this encoder from others that the same process serves.
    entry, state
        The encoder, and what it has learnt.
    seed, resources
        Of its context.
    file
        The recipe's, for messages.
    versions
        Of the libraries here.
    """

    id: str
    entry: Entry
    state: State
    seed: int
    resources: Resources
    file: str | None
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Encoded:
    """What a node made of a block."""

    start: int
    embedding: FloatArray
    shortfalls: tuple[Shortfall, ...]


class RowsOnCluster:
    """Encodes rows on a Ray cluster, which is joined or started when the first rows come.

    Every encoder that is not trained and that reads texts or images goes there: by contract it encodes
    each row by itself.

    Parameters
    ----------
    table
        ``[compute]`` of the recipe.
    resources
        What the run computes on here.
    """

    def __init__(self, table: Compute, resources: Resources) -> None:
        self._table = table
        self.resources = Resources(resources.device, resources.precision, table.threads or 1)
        self._stack = ExitStack()
        self._room: Room | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    @property
    def key(self) -> tuple[object, ...]:
        """What results rest on: rows that are encoded together are padded to the same length."""
        return ROWS, self.resources.threads

    @staticmethod
    def takes(entry: Entry) -> bool:
        """Tell whether the rows of an encoder are encoded on the cluster.

        One that is named by its place in Python can't be found from there.
        """
        spec = encoder_spec(entry)
        reads_items = spec.takes <= {"text", "image"}
        named = not entry.plugin.use.startswith(PREFIX)
        return reads_items and named and spec.inductive and not spec.trained

    def encode(
        self, entry: Entry, encoder: Encoder[Any], view: View, context: Context, file: str | None
    ) -> tuple[FloatArray, tuple[Shortfall, ...]]:
        """Return the embedding of a view, float32 (n, d), and what was not read of its rows.

        Raises
        ------
        ClusterforgeError
            As the encoder raises it, or where the cluster can't do the work.
        """
        room = self._connected()
        errand = Errand(
            uuid.uuid4().hex,
            entry,
            encoder.state(),
            context.seed,
            self.resources,
            file,
            versions(),
        )
        n, embedding = len(view), np.empty((0, 0), dtype=np.float32)
        done: npt.NDArray[np.bool_] = np.zeros(n, dtype=np.bool_)
        short: list[Shortfall] = []
        for block in _encoded(errand, view, room):
            end = block.start + len(block.embedding)
            if not embedding.size:
                embedding = np.empty((n, block.embedding.shape[1]), dtype=np.float32)
            assert not done[block.start : end].any()
            embedding[block.start : end] = block.embedding
            done[block.start : end] = True
            short.extend(block.shortfalls)
            context.progress(int(done.sum()), n, "encoding on the cluster")
        assert done.all()
        return embedding, added(short)

    def _connected(self) -> Room:
        if self._room is None:
            table, threads = self._table, self.resources.threads
            cpus = max(available_threads(), threads * (table.workers or 1))
            self._stack.enter_context(connected(table.address, cpus))
            device = self.resources.device.partition(":")[0]
            self._room = room_for(live_nodes(), threads, table.workers, device)
        return self._room


def cluster_of(
    table: Compute, resources: Resources
) -> AbstractContextManager[RowsOnCluster | None]:
    """Return where encoders encode rows that need not do it here, if the recipe names a cluster."""
    return RowsOnCluster(table, resources) if table.engine == "ray" else nullcontext()


def _encoded(errand: Errand, view: View, room: Room) -> Iterator[Encoded]:
    """Yield the blocks of a view as they are done; those of a node that is lost are done again."""
    import pyarrow as pa
    import ray
    from ray.exceptions import RayError

    with warnings.catch_warnings(action="ignore"):  # it deprecates its own settings
        import ray.data

    settings = ray.data.DataContext.get_current()
    settings.enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    starts = range(0, max(len(view), 1), ROWS)
    for first in range(0, len(starts), BLOCKS):
        blocks = [
            ray.put(pa.table({"block": pa.array([_packed(view, start)], pa.large_binary())}))
            for start in starts[first : first + BLOCKS]
        ]
        # Functions rather than actors: an actor of a node that is lost would wait for a new node,
        # and its blocks with it. What processes need they keep from block to block.
        encoded = ray.data.from_arrow_refs(blocks).map_batches(
            partial(encode_block, errand=errand),
            batch_format="pyarrow",
            num_cpus=errand.resources.threads,
            num_gpus=room.gpus or None,
            concurrency=min(room.workers, len(blocks)),
        )
        try:
            for table in encoded.iter_batches(batch_size=None, batch_format="pyarrow"):
                for answer in table.column("answer").to_pylist():
                    block = pickle.loads(answer)  # noqa: S301 of our own tasks
                    if isinstance(block, ClusterforgeError):
                        raise block
                    yield block
        except RayError as error:
            reason = bounded(str(error).strip().splitlines()[-1])
            raise EnvironmentProblem(
                f"{errand.entry.stage}: the cluster can't encode rows ({reason}); clusterforge and the "
                "recipe's plugins must be installed on every node"
            ) from error


def _packed(view: View, start: int) -> bytes:
    """Return a block of rows, with the position of its first, for another machine."""
    rows = np.arange(start, min(start + ROWS, len(view)))
    return pickle.dumps((start, _in_memory(view.items, rows)))


def _in_memory(items: Items, rows: IntArray) -> Items:
    """Return some rows of texts or images without what they are read from."""
    taken: Any = items.take(rows)
    if items.content == "text":
        return Texts(tuple(taken))
    return Images(taken) if isinstance(taken, np.ndarray) else AnyImages(taken)


_encoders: dict[str, Encoder[Any]] = {}


def encode_block(table: Any, errand: Errand) -> Any:
    """Encode a block of rows, in a process of the cluster: a table with one row in, one out."""
    import pyarrow as pa

    start, items = pickle.loads(table.column("block")[0].as_py())  # noqa: S301 of our driver
    answer: Encoded | ClusterforgeError
    try:
        answer = _encode(errand, start, items)
    except ClusterforgeError as error:
        answer = error
    return pa.table({"answer": pa.array([pickle.dumps(answer)], pa.large_binary())})


def _encode(errand: Errand, start: int, items: Items) -> Encoded:
    entry, resources = errand.entry, errand.resources
    context = replace(resources, device=resources.device.partition(":")[0]).context(errand.seed)
    view = View(items)
    with guard.calling(entry, errand.file), compute.using(resources):
        if errand.id not in _encoders:
            if (name := differing(versions(), errand.versions)) is not None:
                raise EnvironmentProblem(f"a node has another version of {name} than this machine")
            _encoders.clear()
            _encoders[errand.id] = entry.build()
            _encoders[errand.id].restore(errand.state)
        encoder = _encoders[errand.id]
        embedding = guard.embedding(encoder.encode(view, context), len(view))
        return Encoded(start, embedding, tuple(guard.shortfalls(encoder.shortfalls(), len(view))))
