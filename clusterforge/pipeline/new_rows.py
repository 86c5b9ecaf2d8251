"""New rows for a finished run, read from a file the way the run read its own.

They are cleaned when they are encoded, not here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterforge.contracts import Context, Split
from clusterforge.errors import InputError
from clusterforge.recipe import Entry

if TYPE_CHECKING:
    from clusterforge.pipeline.result import Run

READER = "files"
CARRIED = ("text", "separator", "image", "features", "id", "encoding", "delimiter")


def read_rows(run: Run, path: str | Path, columns: dict[str, Any] | None = None) -> Split:
    """Read new rows from a file or folder.

    Parameters
    ----------
    run
        The run whose columns and cleaning apply.
    path
        A csv, tsv, jsonl, parquet, txt or npy file, or a folder of images.
    columns
        Columns that are named otherwise there: ``{"text": "body"}``.

    Raises
    ------
    InputError
        Where the file can't be read or lacks a column.
    """
    from pydantic import ValidationError

    data = run.info["data"]
    own = run.recipe.dataset.params.model_dump(mode="json", exclude_unset=True)
    plugin = run.registry.find("dataset", READER)
    table: dict[str, Any] = {"path": str(Path(path).resolve())}
    table |= {name: own[name] for name in CARRIED if own.get(name) is not None}
    suffix = Path(path).suffix.lower()
    if data["content"] == "text" and suffix != ".txt":
        table.setdefault("text", "text")
    if data["content"] == "table":
        table["features"] = data["feature_names"] or "all"
    if data["content"] == "image":
        shape = data["splits"]["train"]["shape"]
        if shape:
            table["resize"] = shape[:2]
        if Path(path).is_dir():
            table.pop("image", None)
    if suffix == ".npy":
        table = {"path": table["path"]}
    if suffix == ".txt":
        table = {name: table[name] for name in ("path", "encoding") if name in table}
    table |= columns or {}
    try:
        params = plugin.spec.params.model_validate(_as_tuples(table))
    except ValidationError as error:
        problem = error.errors()[0]
        raise InputError(
            str(problem["msg"]), key=".".join(map(str, problem["loc"])) or None, file=str(path)
        ) from None
    entry = Entry("", plugin.spec.name, plugin, params)
    try:
        split: Split = entry.plugin.load()(params).load(Context()).train
    except InputError as error:
        raise error.within(file=str(path)) from None
    if not len(split):
        raise InputError("holds no rows", file=str(path))
    return split


def _as_tuples(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(v) if isinstance(v, list) else v for key, v in table.items()}
