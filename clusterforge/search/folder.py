"""The sweep folder: the names of its files, its reader, and the journal that trials are written to."""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import tomli_w
from pydantic import ValidationError

from clusterforge.contracts import IntArray
from clusterforge.errors import InputError
from clusterforge.recipe.source import Source, read
from clusterforge.runs.files import BEST as BEST
from clusterforge.runs.files import SWEEP as SWEEP
from clusterforge.runs.manifest import check_folder, is_complete, read_manifest
from clusterforge.runs.records import damaged
from clusterforge.search.records import SweepRecord, TrialRecord
from clusterforge.search.space import label
from clusterforge.storage.atomic import replacing, write_text, writing
from clusterforge.storage.tree import open_own

if TYPE_CHECKING:
    import pandas as pd


RECIPE, TRIALS, TABLE = "recipe.toml", "trials.jsonl", "trials.parquet"
PAGE, LABELS, WORK, STAGES = "sweep.html", "labels", "work", "stages"
TOP, COMPARISON = "top", "compare.html"


def top(number: int) -> str:
    """Return the folder of the run that a trial was made into, for a comparison."""
    return f"{TOP}/trial-{number}"


def labels(number: int) -> str:
    """Return the file with the clusters of some train rows in a trial: int (m,)."""
    return f"{LABELS}/{number}.npy"


def written_again(name: str) -> bool:
    """Tell whether a file may become another one when the sweep has ended."""
    return name in (PAGE, COMPARISON) or name.startswith(f"{TOP}/")


def holds_sweep(folder: Path) -> bool:
    """Tell whether a folder is that of a sweep, finished or not."""
    return (folder / TRIALS).is_file() and (folder / RECIPE).is_file()


def read_labels(folder: Path, number: int) -> IntArray:
    """Return the clusters of some train rows in a trial: int64 (m,).

    Raises
    ------
    InputError
        Where the file is missing or not what a sweep writes.
    """
    path = folder / labels(number)
    try:
        return np.asarray(np.load(path, allow_pickle=False), np.int64)
    except FileNotFoundError:
        raise damaged(path, "it is missing") from None
    except (ValueError, EOFError) as error:
        raise damaged(path, str(error)) from error


class SweepFolder:
    """A sweep folder, opened.

    Parameters
    ----------
    path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open a finished sweep.

        Raises
        ------
        InputError
            Where the folder holds none.
        """
        folder = Path(path)
        if not holds_sweep(folder):
            check_folder(Path(path))
            raise InputError("holds no sweep", file=str(path), remedy="name the folder of a sweep")
        if not is_complete(folder):
            raise InputError(
                "the sweep was interrupted, or is still running",
                file=str(path),
                remedy=f"finish it: clusterforge sweep --resume {path}",
            )
        read_manifest(folder)
        return cls(folder)

    def verify(self) -> None:
        """Compare the files of the sweep with the manifest, but for pages that are written again.

        Raises
        ------
        InputError
            Where one is missing or not what the sweep wrote.
        """
        for name in read_manifest(self.path).damage(self.path):
            if not written_again(name):
                raise InputError(
                    f"{name} is missing or has changed since the sweep",
                    file=str(self.path),
                    remedy="restore the folder from a copy, or sweep again",
                )

    @cached_property
    def sweep(self) -> SweepRecord:
        """The sweep's record."""
        return SweepRecord.read(self.path / SWEEP)

    @cached_property
    def trials(self) -> tuple[TrialRecord, ...]:
        """The trials, by number."""
        return tuple(sorted(read_journal(self.path / TRIALS), key=lambda trial: trial.number))

    @property
    def best(self) -> TrialRecord:
        """The best trial."""
        return next(trial for trial in self.trials if trial.number == self.sweep.best)

    def frame(self) -> pd.DataFrame:
        """Return the trials as a table: a row for each, a column for each key, objective and score."""
        import pandas as pd

        return pd.read_parquet(self.path / TABLE)

    def _repr_html_(self) -> str:
        """Return the best trials first, for a notebook, and a link to the page."""
        first = self.sweep.objectives[0]
        table = self.frame().sort_values(first.name, ascending=first.direction == "lower")
        page = html.escape(str(self.path / PAGE), quote=True)
        return f'{table.head(10).to_html(index=False)}<a href="{page}">{page}</a>'

    def source(self) -> Source:
        """Return the recipe, with its table ``[search]``."""
        return read(self.path / RECIPE)


class Journal:
    """Takes the trials as they end: a line each, synced, so that none is lost.

    Parameters
    ----------
    path
        The file; what it holds already stays.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with writing(path):
            self._file = os.fdopen(open_own(path), "r+b")
        # What an interrupted write has left after the last whole line is cut.
        whole = self._file.read().rfind(b"\n") + 1
        self._file.truncate(whole)
        self._file.seek(whole)

    def add(self, trial: TrialRecord) -> None:
        """Append a trial.

        Raises
        ------
        EnvironmentProblem
            Where the disk takes no more.
        """
        with writing(self._path):
            self._file.write(_line(trial))
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_journal(path: Path) -> list[TrialRecord]:
    """Return the trials of a journal in the order in which they ended; a torn last line is none.

    Raises
    ------
    InputError
        Where a line is not what a sweep writes.
    """
    trials: dict[int, TrialRecord] = {}
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    for number, line in enumerate(lines[:-1], 1):
        try:
            trial = TrialRecord.model_validate_json(line)
        except ValidationError as error:
            raise damaged(f"{path}, line {number}", error.errors()[0]["msg"]) from error
        if trials.setdefault(trial.number, trial) != trial:
            raise damaged(f"{path}, line {number}", f"trial {trial.number} is there twice")
    return list(trials.values())


def write_journal(path: Path, trials: Sequence[TrialRecord]) -> None:
    """Write all trials anew, with the values that rest on all of them."""
    write_text(path, b"".join(map(_line, trials)).decode())


def _line(trial: TrialRecord) -> bytes:
    return trial.model_dump_json(exclude_defaults=True).encode() + b"\n"


def write_table(path: Path, trials: Sequence[TrialRecord], sweep: SweepRecord) -> None:
    """Write ``trials.parquet``: a row for each trial, a column for each key, objective and score."""
    columns: dict[str, list[object]] = {
        "trial": [trial.number for trial in trials],
        "state": [trial.state for trial in trials],
    }
    for axis in sweep.axes:
        values = [trial.values.get(axis.key) for trial in trials]
        kinds = {type(value) for value in values if value is not None}
        plain = kinds <= {int, float} or kinds == {bool}
        columns[axis.key] = [value if plain or value is None else label(value) for value in values]
    for objective in sweep.objectives:
        found = [trial.objectives.get(objective.name) for trial in trials]
        columns[objective.name] = [None if one is None else one.value for one in found]
    scores = dict.fromkeys(
        (score.clusterer, score.split, score.metric) for trial in trials for score in trial.scores
    )
    for clusterer, split, metric in scores:
        name = f"{clusterer}.{split}.{metric}"
        columns[name] = [trial.score(metric, split, clusterer=clusterer) for trial in trials]
    columns["clusters"] = [trial.clusters for trial in trials]
    columns["noise"] = [trial.noise for trial in trials]
    columns["seconds"] = [trial.seconds for trial in trials]
    columns["problem"] = [trial.problem for trial in trials]
    with replacing(path) as part:
        pq.write_table(pa.table(columns), part)


def write_recipe(path: Path, tables: dict[str, object], comment: str) -> None:
    """Write a recipe below a comment."""
    head = "".join(f"# {line}\n" for line in comment.splitlines())
    write_text(path, f"{head}\n{tomli_w.dumps(tables)}")
