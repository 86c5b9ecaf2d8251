"""The rows of one generation, and what the next one is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from clusterforge.contracts import FloatArray, IntArray, Points, Split, State
from clusterforge.numerics.arrays import BoolArray
from clusterforge.runs.records import ClusterExplanation
from clusterforge.storage.atomic import replacing
from clusterforge.taxonomy.labelling import Centres
from clusterforge.taxonomy.records import (
    KINDS,
    LEVEL,
    Anchor,
    Change,
    Generation,
    How,
    Taxonomy,
)

SAMPLE = 3000
FEWEST = 10  # different earlier rows, that tell something
MOST = 0.8  # of them came again
OFTEN = 1.2  # times as many as the earlier rows, which come again about as often as they did
ROUNDED = 1e-5  # of the largest number of a row


@dataclass(frozen=True)
class NewRows:
    """Rows that came later.

    Parameters
    ----------
    points
        Their embedding by the run's encoders.
    split
        Their ids and items.
    numbers
        The clusters that the run itself gives them, int64 (n,); None for rows that it does not hold.
    label, source
        What their generation is called, and where they come from.
    notes
        What the reader should know of how they were read.
    """

    points: Points
    split: Split
    label: str
    source: str
    numbers: IntArray | None = None
    notes: tuple[str, ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """The sha256 of the rows' content and ids."""
        return self.split.fingerprint()


@dataclass(frozen=True)
class Snapshot:
    """A generation with its rows.

    Parameters
    ----------
    record
        The generation.
    points, ids
        The rows that the next generation is compared with, float32 (m, d) where rows are compared
        (``Fitting.space``), and their clusters' ids.
    embedding
        The embedding of the same rows, float32 (m, e), which clusterers are fitted on.
    centres
        Where its clusters lie, and those before that are gone.
    parts
        Where clusters lay that a person has since merged, each before that: the first of them, too.
    row_ids, row_clusters
        The id of every row, and of its cluster: int64 (n,), -1 for noise.
    state
        What its own clusterer left, where one was fitted.
    """

    record: Generation
    points: FloatArray
    embedding: FloatArray
    ids: IntArray
    centres: Centres
    row_ids: Sequence[str]
    row_clusters: IntArray
    state: State | None = None
    parts: Centres = field(default_factory=lambda: Centres({}, {}))


def repeated_rows(later: FloatArray, earlier: FloatArray) -> tuple[BoolArray, bool]:
    """Return which later rows are earlier ones, bool (n,), and whether most earlier rows are among them.

    Where many rows are alike within the earlier ones, or more later rows are like them than there are
    earlier ones, nothing tells that they came twice: people of one age are others.

    Parameters
    ----------
    later, earlier
        float (n, d) and (m, d): their embeddings by the same encoders.
    """
    again = _among(later, earlier)
    different = len(np.unique(_line(earlier)))
    enough = different >= max(FEWEST, len(earlier) / 2) and again.sum() <= OFTEN * len(earlier)
    return again, bool(enough and _among(earlier, later).mean() >= MOST)


def _line(points: FloatArray) -> npt.NDArray[np.float64]:
    """Return where points lie along a line of some direction: float64 (n,)."""
    direction = np.random.default_rng(0).normal(size=points.shape[1])
    return np.asarray(points, dtype=np.float64) @ direction


def _among(points: FloatArray, others: FloatArray) -> BoolArray:
    """Return which points are others, but for what rounding leaves: bool (n,)."""
    line = _line(others)
    order = np.argsort(line)
    right = np.searchsorted(line, _line(points), sorter=order)
    found = np.zeros(len(points), dtype=bool)
    for at in (right - 1, right):
        near = np.asarray(others)[order[np.clip(at, 0, len(others) - 1)]]
        apart = np.abs(np.asarray(points) - near).max(axis=1)
        found |= apart <= ROUNDED * np.maximum(np.abs(near).max(axis=1), 1e-30)
    return found


def generation(
    number: int,
    rows: NewRows,
    how: How,
    ids: IntArray,
    anchor: Anchor,
    changes: Sequence[Change],
    tested: tuple[int, int] | None,
    clusters: dict[int, ClusterExplanation],
) -> Generation:
    """Return the record of a generation, the most telling changes first."""
    order = sorted(changes, key=lambda c: (KINDS.index(c.kind), -c.rows - c.rows_before, c.id))
    return Generation(
        number=number,
        label=rows.label,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        source=rows.source,
        how=how,
        rows=len(ids),
        fingerprint=rows.fingerprint,
        noise=int((ids < 0).sum()),
        tested=tested,
        level=LEVEL,
        anchor=anchor,
        changes=tuple(order),
        clusters=clusters,
        notes=rows.notes,
    )


def merged(snapshot: Snapshot, taxonomy: Taxonomy) -> Snapshot:
    """Return a generation whose clusters are merged as a person has said since."""
    into = {c.id: taxonomy.lasting(c.id) for c in taxonomy.clusters if c.into is not None}
    if not into:
        return snapshot
    parts = snapshot.parts.over(snapshot.centres.of_ids({*into, *into.values()}))
    ids = np.array([into.get(id, id) for id in snapshot.ids.tolist()], dtype=np.int64)
    whole = Centres.of(snapshot.points, ids)
    wholes = set(into.values())
    centres = Centres(
        {id: mean for id, mean in whole.means.items() if id in wholes},
        {id: reach for id, reach in whole.reach.items() if id in wholes},
    ).over(snapshot.centres)
    sizes: dict[int, Change] = {}
    for change in snapshot.record.changes:
        id = into.get(change.id, change.id)
        rows, share = (sizes[id].rows, sizes[id].share) if id in sizes else (0, 0.0)
        update = {"id": id, "rows": rows + change.rows, "share": min(share + change.share, 1.0)}
        sizes[id] = change.model_copy(update=update)
    anchor = snapshot.record.anchor
    answers = {
        number: tuple(dict.fromkeys(into.get(id, id) for id in answer))
        for number, answer in anchor.ids.items()
    }
    extra = tuple(dict.fromkeys(into.get(id, id) for id in anchor.extra))
    record = snapshot.record.model_copy(
        update={
            "anchor": anchor.model_copy(update={"ids": answers, "extra": extra}),
            "changes": tuple(sizes.values()),
        }
    )
    return replace(snapshot, record=record, ids=ids, row_clusters=ids, centres=centres, parts=parts)


def both_of(
    space: FloatArray, embedding: FloatArray, rows: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return some rows where they are compared and their embedding; one array where these are one."""
    compared = space[rows]
    return compared, compared if space is embedding else embedding[rows]


def sample(rows: int, seed: int) -> IntArray:
    """Return the positions of at most 3,000 of so many rows, sorted: int64 (m,)."""
    if rows <= SAMPLE:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, SAMPLE, replace=False))


def write_rows(path: Path, snapshot: Snapshot) -> None:
    """Write the rows of a generation with the ids of their clusters: ``rows.parquet``."""
    clusters = pa.array(snapshot.row_clusters, pa.int64())
    table = pa.table({"id": pa.array(snapshot.row_ids, pa.string()), "cluster": clusters})
    with replacing(path) as part:
        pq.write_table(table, part)
