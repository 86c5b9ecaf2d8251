"""The border between the core and plugins: whose fault an error is, and what an answer must be."""

from __future__ import annotations

import math
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import (
    Details,
    DetailTable,
    FitReport,
    FloatArray,
    IntArray,
    MergeTree,
    Name,
    RowTree,
    Shortfall,
)
from clusterforge.errors import (
    ClusterforgeError,
    EnvironmentProblem,
    InputError,
    PluginError,
    of_the_disk,
    out_of_memory,
)
from clusterforge.recipe import Entry
from clusterforge.registry import one_line

if TYPE_CHECKING:
    import pyarrow as pa

ROUNDING = 1e-4


class WrongAnswer(Exception):
    """A plugin gave something that its contract does not allow."""


@contextmanager
def calling(entry: Entry, file: str | None) -> Iterator[None]:
    """Run a plugin's code; its errors become ours, placed in the recipe and named.

    Some libraries (numba's OpenMP, on which UMAP rests) change how many threads torch has: that holds for
    the plugin alone.

    Raises
    ------
    InputError
        As the plugin raised it, with the recipe's file and the entry's table.
    EnvironmentProblem
        Where memory or the disk is out.
    PluginError
        Where a plugin that is not ours fails in any other way.
    """
    spec, whose = entry.plugin.spec, entry.plugin.distribution
    torch = sys.modules.get("torch")
    threads = torch.get_num_threads() if torch else 0
    try:
        yield
    except InputError as error:
        raise error.within(file=file, table=entry.table) from error
    except EnvironmentProblem as error:
        place = ": ".join(part for part in (file, entry.table) if part)
        raise EnvironmentProblem(f"{place}: {error}") from error
    except ClusterforgeError:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        if problem := of_the_disk(error):
            raise EnvironmentProblem(f"{entry.stage}: {problem}") from error
        if out_of_memory(error):
            raise EnvironmentProblem(
                f"{entry.stage}: memory ran out; use a smaller dataset.limit or batch"
            ) from error
        if whose.ours and isinstance(error, Exception):
            raise
        raise PluginError(
            f"{entry.table}: {spec.kind} {spec.name!r} of {whose} failed: "
            f"{one_line(error)}{entry.plugin.place(error)}"
        ) from error
    finally:
        if torch and torch.get_num_threads() != threads:
            torch.set_num_threads(threads)


@contextmanager
def restoring() -> Iterator[None]:
    """Say of a failure with what a run has stored that the stored files are at fault.

    Raises
    ------
    InputError
        Where a part can't take up its state, or not answer with it.
    """
    try:
        yield
    except (ClusterforgeError, OSError):
        raise
    except Exception as error:
        if out_of_memory(error):
            raise
        raise InputError(
            f"its stored files don't fit together ({one_line(error)})",
            remedy="restore the folder from a copy, or run the recipe again",
        ) from error


@contextmanager
def unchanged(entry: Entry, *arrays: FloatArray | None) -> Iterator[None]:
    """See that a plugin that is not ours leaves what it is given as it was: others get it next.

    Raises
    ------
    WrongAnswer
        Where it worked in place.
    """
    ours = entry.plugin.distribution.ours
    before = [] if ours else [_checksum(array) for array in arrays]
    yield
    if before and before != [_checksum(array) for array in arrays]:
        raise WrongAnswer("it changed its input rows; make it work on a copy")


def _checksum(array: FloatArray | None) -> int:
    return 0 if array is None else zlib.crc32(np.ascontiguousarray(array).data)


def embedding(values: object, rows: int) -> FloatArray:
    """Return an encoder's answer if it is finite float32 (rows, d), d ≥ 1."""
    if not isinstance(values, np.ndarray) or values.dtype != np.float32 or values.ndim != 2:
        raise WrongAnswer(f"an embedding must be float32 (n, d), not {_described(values)}")
    if len(values) != rows or not values.shape[1]:
        raise WrongAnswer(f"{rows:,} rows were given, the embedding has shape {values.shape}")
    if not np.isfinite(values).all():
        bad = int((~np.isfinite(values).all(axis=1)).sum())
        raise WrongAnswer(f"the embedding is not finite in {bad:,} of {rows:,} rows")
    return np.ascontiguousarray(values)


def values(found: object, table: pa.Table) -> pa.Table:
    """Return the table that a data set has read: the same rows and columns.

    Raises
    ------
    WrongAnswer
        Where it is another.
    """
    import pyarrow as pa

    if not isinstance(found, pa.Table):
        raise WrongAnswer(f"read_values must return an Arrow table, not {type(found).__name__}")
    if found.num_rows != table.num_rows or found.column_names != table.column_names:
        raise WrongAnswer("read_values must keep the rows and the columns of the table")
    return found


def labels(values: object, rows: int, clusters: int | None = None) -> IntArray:
    """Return a clusterer's answer if it is int64 (rows,), each ≥ -1 and below ``clusters``."""
    if not isinstance(values, np.ndarray) or values.dtype != np.int64 or values.ndim != 1:
        raise WrongAnswer(f"labels must be int64 (n,), not {_described(values)}")
    if len(values) != rows:
        raise WrongAnswer(f"{rows:,} rows were given, there are {len(values):,} labels")
    if rows and values.min() < -1:
        raise WrongAnswer(f"labels must be -1 or more, not {values.min()}")
    if clusters is not None and values.max(initial=-1) >= clusters:
        raise WrongAnswer(f"a row is in cluster {values.max()}; the fit has {clusters} clusters")
    return values


def numbered(values: object, rows: int) -> IntArray:
    """Return the labels of a fit, if their clusters are numbered 0, 1, … without gaps."""
    found = labels(values, rows)
    numbers = np.unique(found[found >= 0])
    if len(numbers) and numbers[-1] >= len(numbers):
        missing = int(np.flatnonzero(numbers != np.arange(len(numbers)))[0])
        raise WrongAnswer(
            f"clusters must be numbered without gaps: there is a cluster {numbers[-1]} and no "
            f"cluster {missing}; number them by np.unique(labels, return_inverse=True)"
        )
    return found


def tree(found: MergeTree, leaves: object, fitted: IntArray) -> RowTree:
    """Return a clusterer's tree with the leaf of each row, if both go with its labels."""
    try:
        clusters = found.over_clusters().clusters
    except ValueError as error:
        raise WrongAnswer(f"its tree is invalid: {error}") from error
    if not np.isfinite(found.heights).all():
        raise WrongAnswer("the heights of its tree must be finite")
    numbers = np.unique(fitted[fitted >= 0])
    if list(clusters) != numbers.tolist():
        raise WrongAnswer(f"its tree is over {len(clusters)} clusters, the fit has {len(numbers)}")
    of_leaf = np.array(found.clusters or range(len(found.leaves)), dtype=np.int64)
    if leaves is None:
        if len(of_leaf) != len(numbers):
            raise WrongAnswer("its tree has leaves below the clusters, and leaves() is None")
        place = np.full(int(numbers.max(initial=-1)) + 1, -1, dtype=np.int64)
        place[of_leaf] = np.arange(len(of_leaf))
        return RowTree(found, np.where(fitted >= 0, place[fitted], -1))
    each = labels(leaves, len(fitted), len(of_leaf))
    wrong = int((of_leaf[each] != fitted)[each >= 0].sum())
    if wrong:
        raise WrongAnswer(f"{wrong} rows are in a leaf of another cluster than their own")
    return RowTree(found, each)


def fit_report(report: object, rows: int) -> FitReport:
    """Return what an encoder reports of its fit on so many rows, if it is as agreed."""
    if not isinstance(report, FitReport):
        raise WrongAnswer(f"report() must be a FitReport, not {_described(report)}")
    lines(report.warnings)
    for epoch in report.history:
        if not all(isinstance(v, float | int) and math.isfinite(v) for v in epoch.values.values()):
            raise WrongAnswer(f"the values of epoch {epoch.epoch} must be finite numbers")
    if not report.after:
        return report
    if len(report.after) != len(report.ends):
        raise WrongAnswer(
            f"the embedding was reported after {len(report.after)} of {len(report.ends)} phases"
        )
    sample = report.sample
    if sample is None or sample.dtype != np.int64 or not ((sample >= 0) & (sample < rows)).all():
        raise WrongAnswer(f"sample must be int64 (m,), numbers of the {rows:,} rows")
    for points in report.after:
        embedding(points, len(sample))
    return report


def shortfalls(values: object, rows: int) -> tuple[Shortfall, ...]:
    """Return what an encoder did not read of so many rows, if it is as agreed."""
    if not isinstance(values, list | tuple) or not all(isinstance(v, Shortfall) for v in values):
        raise WrongAnswer(f"shortfalls() must be a tuple of Shortfall, not {values!r:.80}")
    for value in values:
        if count(value.rows, "rows of a Shortfall") > rows:
            raise WrongAnswer(f"{rows:,} rows were encoded, its shortfall is of {value.rows}")
        lines([value.problem, *value.examples, value.remedy], "the words of a Shortfall")
        if value.usual is not None and not 0 <= value.usual <= 1:
            raise WrongAnswer(f"usual of a Shortfall must be a share, not {value.usual!r:.80}")
    return tuple(values)


def details(values: object) -> Details:
    """Return a clusterer's details, if they are, and go into JSON."""
    if not isinstance(values, Details):
        raise WrongAnswer(f"details() must be Details, not {_described(values)}")
    try:
        return Details.read(values.as_json())
    except (TypeError, ValueError) as error:
        text = " ".join(str(error).split())[:200]
        raise WrongAnswer(f"details() does not go into JSON: {text}") from error


def names(values: object, clusters: Sequence[int]) -> dict[int, Name]:
    """Return a namer's answer, if it gives names to clusters that are there."""
    if not isinstance(values, Mapping):
        raise WrongAnswer(
            f"names() must be a mapping of clusters to Name, not {_described(values)}"
        )
    for cluster, name in values.items():
        if cluster not in clusters:
            raise WrongAnswer(f"it names cluster {cluster!r:.40}, which does not exist")
        if not isinstance(name, Name) or not isinstance(name.name, str):
            raise WrongAnswer(f"the name of cluster {cluster} must be a Name, not {name!r:.80}")
        if not any(c.isprintable() and not c.isspace() for c in name.name):
            raise WrongAnswer(f"the name of cluster {cluster} is empty; leave the cluster out")
        lines(name.evidence, "evidence")
    return {int(cluster): Name(name.name, tuple(name.evidence)) for cluster, name in values.items()}


def tables(values: object) -> tuple[DetailTable, ...]:
    """Return a plugin's tables, if each row has a value for each column, and they go into JSON."""
    if not isinstance(values, list | tuple) or not all(isinstance(t, DetailTable) for t in values):
        raise WrongAnswer(f"tables must be DetailTable, not {values!r:.80}")
    for table in values:
        if any(len(row) != len(table.columns) for row in table.rows):
            raise WrongAnswer(f"a row of the table {table.title!r:.80} lacks values")
    try:
        return Details.read(Details(tables=tuple(values)).as_json()).tables
    except (TypeError, ValueError) as error:
        text = " ".join(str(error).split())[:200]
        raise WrongAnswer(f"tables do not go into JSON: {text}") from error


def count(value: object, what: str) -> int:
    """Return a number of rows, if it is one."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise WrongAnswer(f"{what} must be a number of rows, not {value!r:.80}")
    return value


def lines(values: object, what: str = "warnings") -> list[str]:
    """Return warnings, or others, if they are lines of text."""
    if not isinstance(values, list | tuple) or not all(isinstance(line, str) for line in values):
        raise WrongAnswer(f"{what} must be lines of text, not {values!r:.80}")
    return list(values)


def membership(values: object, labels: IntArray) -> FloatArray | None:
    """Return a clusterer's soft membership if it is None, or finite float32 (n, k) as agreed."""
    if values is None:
        return None
    if not isinstance(values, np.ndarray) or values.dtype != np.float32 or values.ndim != 2:
        raise WrongAnswer(f"membership must be float32 (n, k), not {_described(values)}")
    fewest = int(labels.max(initial=-1)) + 1
    if len(values) != len(labels) or values.shape[1] < fewest:
        raise WrongAnswer(
            f"{len(labels):,} rows lie in {fewest} clusters, membership has shape {values.shape}"
        )
    if not np.isfinite(values).all():
        raise WrongAnswer("membership is not finite")
    if (values < 0).any() or (values.sum(axis=1, dtype=np.float64) > 1 + ROUNDING).any():
        raise WrongAnswer("membership must be 0 or more and sum to 1 or less in each row")
    return np.ascontiguousarray(values)


def outlier_scores(values: object, rows: int) -> FloatArray | None:
    """Return a clusterer's outlier scores if they are None, or float32 (rows,) in [0, 1]."""
    if values is None:
        return None
    if not isinstance(values, np.ndarray) or values.dtype != np.float32 or values.ndim != 1:
        raise WrongAnswer(f"outlier scores must be float32 (n,), not {_described(values)}")
    if len(values) != rows:
        raise WrongAnswer(f"{rows:,} rows were given, there are {len(values):,} outlier scores")
    if not np.isfinite(values).all():
        raise WrongAnswer("outlier scores are not finite")
    if ((values < 0) | (values > 1)).any():
        raise WrongAnswer("outlier scores must be 0 to 1")
    return values


def scores(values: object, samples: int) -> npt.NDArray[np.float64]:
    """Return a metric's answer on resamples if it is float (samples,)."""
    if not isinstance(values, np.ndarray) or values.shape != (samples,) or values.dtype.kind != "f":
        raise WrongAnswer(f"scores must be float64 ({samples},), not {_described(values)}")
    return values.astype(np.float64)


def _described(values: object) -> str:
    if isinstance(values, np.ndarray):
        return f"{values.dtype} {values.shape}"
    return type(values).__name__
