"""The rows that moved between two clusterings, and the most telling of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from clusterforge.comparison.alignment import Alignment, to_classes
from clusterforge.comparison.folders import Opened, Subject

TELLING = 12
OUTCOMES = ("made right", "made wrong", "wrong in both", "right in both", "no label")
MADE_RIGHT, MADE_WRONG, BOTH_WRONG, BOTH_RIGHT, UNKNOWN = range(5)


@dataclass(frozen=True)
class MovedRow:
    """One row that moved; ``item`` is its text, its thumbnail as PNG, or None."""

    split: str
    row: int
    id: str
    item: str | bytes | None
    before: int
    after: int
    label: str | None
    outcome: str


@dataclass(frozen=True)
class Moved:
    """The rows that are not in the cluster that theirs is matched to.

    Parameters
    ----------
    rows
        How many.
    splits
        How many, by split.
    outcomes
        How many by what the move made of them, by the true labels.
    telling
        Some of them: a few from each of the largest flows, first those that a label calls right or
        wrong, then those that lay well within their clusters.
    """

    rows: int
    splits: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    telling: list[MovedRow] = field(default_factory=list)


def moved_rows(a: Subject, b: Subject, found: Alignment) -> Moved:
    """Find the rows that moved.

    A row is right where its cluster is matched to its class, one to one over all shared rows, as
    accuracy does.
    """
    moved = np.flatnonzero(found.expected != found.second)
    rows = a.run.rows
    outcome = _outcomes(found)[moved]
    split = rows.split[found.at[moved]]
    counts = np.bincount(outcome, minlength=len(OUTCOMES))
    labelled = bool((found.truth >= 0).any())
    return Moved(
        rows=len(moved),
        splits={
            name: n
            for i, name in enumerate(rows.splits)
            if (n := int((split == i).sum())) or (rows.split[found.at] == i).any()
        },
        outcomes={name: int(n) for name, n in zip(OUTCOMES, counts, strict=True) if n}
        if labelled
        else {},
        telling=_telling(a, b, found, moved, outcome, labelled),
    )


def _outcomes(found: Alignment) -> npt.NDArray[np.int64]:
    right = [
        to_classes(labels, found.truth) == found.truth for labels in (found.first, found.second)
    ]
    known = found.truth >= 0
    choices = [~known, ~right[0] & right[1], right[0] & ~right[1], right[0] & right[1]]
    told: npt.NDArray[np.int64] = np.select(
        choices, [UNKNOWN, MADE_RIGHT, MADE_WRONG, BOTH_RIGHT], BOTH_WRONG
    ).astype(np.int64)
    return told


def _telling(
    a: Subject,
    b: Subject,
    found: Alignment,
    moved: npt.NDArray[np.int64],
    outcome: npt.NDArray[np.int64],
    labelled: bool,
) -> list[MovedRow]:
    if not len(moved):
        return []
    items = Items(a.run)
    at = found.at[moved]
    shown = items.has(at)
    secure = np.minimum(silhouettes(a)[at], silhouettes(b)[found.to[moved]])
    secure = np.where(np.isfinite(secure), secure, -2.0)
    held_out = a.run.rows.split[at] != _train(a.run)
    # np.lexsort sorts by its last key first.
    order = np.lexsort((moved, -secure, ~held_out, outcome > MADE_WRONG, ~shown))
    flows: dict[tuple[int, int], list[int]] = {}
    for i in order.tolist():
        key = (int(found.first[moved[i]]), int(found.second[moved[i]]))
        flows.setdefault(key, []).append(i)
    largest = sorted(flows, key=lambda key: (-len(flows[key]), key))
    chosen: list[int] = []
    turn = 0
    while len(chosen) < TELLING and any(len(flows[key]) > turn for key in largest):
        chosen += [flows[key][turn] for key in largest if len(flows[key]) > turn]
        turn += 1
    chosen = chosen[:TELLING]
    rows = a.run.rows
    result = []
    for i in chosen:
        place = moved[i]
        where = int(found.at[place])
        split = rows.splits[int(rows.split[where])]
        truth = int(found.truth[place])
        result.append(
            MovedRow(
                split=split,
                row=items.row(where),
                id=str(a.run.ids[where]) if a.run.ids is not None else str(items.row(where)),
                item=items.of(where),
                before=int(found.first[place]),
                after=int(found.second[place]),
                label=found.classes[truth] if truth >= 0 else None,
                outcome=OUTCOMES[int(outcome[i])] if labelled else "",
            )
        )
    return result


def _train(run: Opened) -> int:
    return run.rows.splits.index("train") if "train" in run.rows.splits else -1


def silhouettes(subject: Subject) -> npt.NDArray[np.float64]:
    """Return the silhouette of every row of the run: float64 (n,), nan where it is not known."""
    run = subject.run
    result = np.full(len(run.rows.split), np.nan)
    for split in run.rows.splits:
        places = run.places(split)
        path = _inside(run.folder / "evaluation", subject.clusterer, f"{split}.silhouette.npy")
        if path is None or not path.is_file():
            continue
        try:
            values = np.load(path, allow_pickle=False)
        except (EOFError, OSError, ValueError):
            continue
        if values.shape == places.shape and values.dtype.kind == "f":
            result[places] = values
    return result


class Items:
    """What a reader sees of each row of a run, from ``data/<split>.parquet``.

    A file that is missing or damaged gives nothing.
    """

    def __init__(self, run: Opened) -> None:
        rows = run.rows
        self._split = rows.split
        self._row = np.zeros(len(rows.split), np.int64)
        self._columns = []
        for split in rows.splits:
            places = run.places(split)
            self._row[places] = np.arange(len(places))
            column = _column(_inside(run.folder, "data", f"{split}.parquet"))
            self._columns.append(
                column if column is not None and len(column) == len(places) else None
            )

    def row(self, place: int) -> int:
        """Return a row's number within its split."""
        return int(self._row[place])

    def of(self, place: int) -> str | bytes | None:
        """Return a row's text or thumbnail."""
        column = self._columns[int(self._split[place])]
        value = None if column is None else column[self.row(place)].as_py()
        return value if isinstance(value, str | bytes) else None

    def has(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Tell for which rows there is something to see: bool (n,)."""
        result = np.zeros(len(places), bool)
        for i, column in enumerate(self._columns):
            here = self._split[places] == i
            if column is not None and here.any():
                result[here] = column.is_valid().to_numpy()[self._row[places[here]]]
        return result


def _column(path: Path | None):  # type: ignore[no-untyped-def]
    """Return the column of items, as pyarrow has it; None where there is none."""
    if path is None or not path.is_file():
        return None
    import pyarrow as pa
    from pyarrow import parquet

    try:
        if "item" not in parquet.read_schema(path).names:
            return None
        return parquet.read_table(path, columns=["item"])["item"]
    except (pa.ArrowException, OSError):
        return None


def _inside(folder: Path, *parts: str) -> Path | None:
    """Return a path below a folder; None where a name from the data would lead elsewhere."""
    if any(part in ("", ".", "..") or "/" in part or "\\" in part for part in parts):
        return None
    return folder.joinpath(*parts)
