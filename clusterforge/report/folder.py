"""What the report reads: the files of a run folder, each optional but ``run.json``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.errors import InputError

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]
WHY = 200


@dataclass(frozen=True)
class Assignments:
    """The cluster of every row.

    Parameters
    ----------
    splits
        The names of the splits, in order.
    split
        int64 (n,): which split a row is in.
    classes
        The names of the classes; empty without labels.
    truth
        int64 (n,): the class of a row, -1 where it is unlabelled.
    clusters
        For each clusterer int64 (n,): the cluster of a row, -1 for noise, -2 where the clusterer
        has not labelled it.
    ids
        What each row is called; empty where that is not known.
    """

    splits: list[str]
    split: IntArray
    classes: list[str]
    truth: IntArray
    clusters: dict[str, IntArray]
    ids: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Map:
    """The rows shown in two dimensions.

    Parameters
    ----------
    xy
        float32 (m, 2), finite.
    position
        int64 (m,): the row's place in the assignments, -1 where it is in none.
    split
        The split of each row.
    ids
        The id of each row.
    items
        Its text, its thumbnail as PNG, or None.
    use
        The encoder that made the projection.
    note
        What the reader should know of it.
    """

    xy: FloatArray
    position: IntArray
    split: list[str]
    ids: list[str]
    items: list[str | bytes | None]
    use: str = ""
    note: str = ""


@dataclass(frozen=True)
class RunFolder:
    """A run folder, read.

    Parameters
    ----------
    run, metrics, evaluation, explanations, history
        The JSON files of these names; empty where a file is missing.
    recipe
        The text of ``recipe.toml``.
    assignments
        The clusters of every row.
    map
        The rows shown in two dimensions.
    rows
        For each clusterer, ``"silhouette"`` and ``"stability"`` of every row, where they are known:
        float32 (n,) in the order of the assignments, nan for the rest.
    """

    run: dict[str, Any]
    metrics: dict[str, Any] = field(default_factory=dict)
    evaluation: dict[str, Any] = field(default_factory=dict)
    explanations: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    recipe: str = ""
    assignments: Assignments | None = None
    map: Map | None = None
    rows: dict[str, dict[str, FloatArray]] = field(default_factory=dict)

    @property
    def splits(self) -> dict[str, dict[str, Any]]:
        """What ``run.json`` says of each split."""
        data = self.run.get("data")
        return _objects(data.get("splits") if isinstance(data, dict) else None)

    @property
    def clusterers(self) -> dict[str, dict[str, Any]]:
        """What ``metrics.json`` says of each clusterer."""
        return _objects(self.metrics.get("clusterers"))

    @property
    def phases(self) -> list[dict[str, Any]]:
        """What ``metrics.json`` says of the embedding after each phase of training."""
        return _records(self.metrics.get("phases"))

    @property
    def scores(self) -> list[dict[str, Any]]:
        """The scores of ``metrics.json``."""
        return _records(self.metrics.get("scores"))


@contextmanager
def fitting(folder: str | Path) -> Iterator[None]:
    """Say of files that are not of the shape that a run writes that they are not, in one line."""
    from jinja2 import TemplateError
    from pyarrow import ArrowException

    try:
        yield
    except (
        ArrowException,
        AttributeError,
        EOFError,
        LookupError,
        OverflowError,
        RecursionError,
        TemplateError,
        TypeError,
        ValueError,
    ) as error:
        why = " ".join(str(error).split())[:WHY]
        raise InputError(
            f"its files don't fit together ({type(error).__name__}: {why})",
            file=str(folder),
            remedy="run the recipe again",
        ) from error


def read(folder: Path) -> RunFolder:
    """Read a run folder.

    Raises
    ------
    InputError
        Where there is no ``run.json``, or a file is damaged.
    """
    run = _json(folder / "run.json")
    if not isinstance(run, dict):
        raise InputError(
            "there is no run.json", file=str(folder), remedy="name the folder of a run"
        )
    from clusterforge.report.rows import per_row

    recipe = folder / "recipe.toml"
    with fitting(folder):
        assignments = _assignments(folder / "assignments.parquet", run)
        shown = _map(folder, assignments)
        rows = per_row(folder, assignments) if assignments else {}
    return RunFolder(
        run=run,
        metrics=_mapping(folder / "metrics.json"),
        evaluation=_mapping(folder / "evaluation.json"),
        explanations=_mapping(folder / "explanations.json"),
        history=_records(_json(folder / "history.json")),
        recipe=recipe.read_text("utf-8", "replace") if recipe.is_file() else "",
        assignments=assignments,
        map=shown,
        rows=rows,
    )


def _objects(value: object) -> dict[str, dict[str, Any]]:
    """Return what of an object is objects; empty where it is none."""
    items = value.items() if isinstance(value, dict) else ()
    return {name: item for name, item in items if isinstance(item, dict)}


def _records(value: object) -> list[dict[str, Any]]:
    """Return what of a list is objects; empty where it is none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _json(path: Path) -> Any:
    """Read JSON; nan and infinity, which no file should hold, become null."""
    if not path.is_file():
        return None
    try:
        return json.loads(path.read_text("utf-8"), parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is no JSON ({error})", file=str(path)) from error


def _mapping(path: Path) -> dict[str, Any]:
    """Read JSON that should be an object; anything else counts as absent."""
    value = _json(path)
    return value if isinstance(value, dict) else {}


def _table(path: Path, columns: list[str] | None = None) -> dict[str, Any] | None:
    """Read a parquet file as lists and arrays by column."""
    if not path.is_file():
        return None
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(path, columns=columns)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"this is no parquet file ({error})", file=str(path)) from error
    return {
        name: table[name].to_numpy()
        if pa.types.is_primitive(table[name].type) and not table[name].null_count
        else table[name].to_pylist()
        for name in table.column_names
    }


def _assignments(path: Path, run: dict[str, Any]) -> Assignments | None:
    table = _table(path)
    if table is None:
        return None
    rows = table["split"]
    if not len(rows):
        return None
    about = run.get("data")
    data: dict[str, Any] = about if isinstance(about, dict) else {}
    told = list(_objects(data.get("splits")))
    splits = [name for name in told if name in set(rows)]
    splits += sorted(set(rows) - set(splits))
    labels = [n if isinstance(n, str) else None for n in table.get("label", [None] * len(rows))]
    found = {name for name in labels if name is not None}
    classes = [n for n in data.get("label_names") or [] if isinstance(n, str)]
    classes = list(dict.fromkeys([*classes, *sorted(found - set(classes))])) if found else []
    split_of = {name: i for i, name in enumerate(splits)}
    class_of: dict[str | None, int] = {name: i for i, name in enumerate(classes)}
    return Assignments(
        splits=splits,
        split=np.array([split_of[name] for name in rows], np.int64),
        classes=classes,
        truth=np.array([class_of.get(name, -1) for name in labels], np.int64),
        clusters={
            name: _clusters(name, values)
            for name, values in table.items()
            if name not in ("split", "id", "label")
        },
        ids=[str(i) for i in table.get("id", range(len(rows)))],
    )


def _clusters(name: str, values: Iterable[Any]) -> IntArray:
    labels = np.array([-2 if value is None else value for value in values], np.int64)
    if labels.ndim != 1:
        raise TypeError(f"column {name} holds no clusters")
    return labels


def _map(folder: Path, assignments: Assignments | None) -> Map | None:
    table = _table(folder / "projection.parquet")
    if table is None or not len(table["x"]):
        return None
    about = _mapping(folder / "projection.json")
    xy = np.stack([table["x"], table["y"]], axis=1).astype(np.float32)
    keep = np.flatnonzero(np.isfinite(xy).all(axis=1))
    if not len(keep):
        return None
    split = [table["split"][i] for i in keep]
    row = np.asarray(table["row"], np.int64)[keep]
    position = np.full(len(keep), -1, np.int64)
    items: list[str | bytes | None] = [None] * len(keep)
    for name in sorted(set(split)):
        here = np.flatnonzero(np.array([s == name for s in split]))
        if assignments is not None and name in assignments.splits:
            of_split = np.flatnonzero(assignments.split == assignments.splits.index(name))
            known = (row[here] >= 0) & (row[here] < len(of_split))
            position[here[known]] = of_split[row[here][known]]
        for i, item in zip(here, _items(folder, name, row[here]), strict=True):
            items[i] = item
    return Map(
        xy=xy[keep],
        position=position,
        split=split,
        ids=[str(table["id"][i]) for i in keep],
        items=items,
        use=str(about.get("use") or ""),
        note=str(about.get("note") or ""),
    )


def _items(folder: Path, split: str, rows: IntArray) -> list[str | bytes | None]:
    """Return the items of some rows of a split; None for each where there are none."""
    path = folder / "data" / f"{split}.parquet"
    if "/" in split or "\\" in split or not path.is_file():
        return [None] * len(rows)
    from pyarrow import parquet

    if "item" not in parquet.read_schema(path).names:
        return [None] * len(rows)
    column = parquet.read_table(path, columns=["item"])["item"]
    known = (rows >= 0) & (rows < len(column))
    found = iter(column.take(rows[known]).to_pylist())
    return [next(found) if there else None for there in known]
