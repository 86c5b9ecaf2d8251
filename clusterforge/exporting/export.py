"""Writing the files of an export."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.contracts import UNTYPED
from clusterforge.errors import InputError
from clusterforge.exporting import cells, workbook
from clusterforge.exporting.cluster_sheet import cluster_sheet
from clusterforge.exporting.row_columns import NEW_COLUMNS, Clusters, row_columns
from clusterforge.exporting.sinks import XLSX, Sink, check_suffix, sink
from clusterforge.exporting.source import Source
from clusterforge.exporting.streamed import Columns, StreamedColumns
from clusterforge.formats import are, count
from clusterforge.recipe import Entry
from clusterforge.runs import RunFolder
from clusterforge.storage.atomic import check_apart


def _check_outside(path: Path, folder: RunFolder, key: str) -> None:
    """See that a file to be written is none of the run's own."""
    inside = path.resolve().is_relative_to(folder.path.resolve())
    if inside and folder.has(path.resolve().relative_to(folder.path.resolve()).as_posix()):
        raise InputError(
            f"{path} is a file of the run, and would be overwritten",
            key=key,
            remedy="name another file",
        )


SHEETS = ("rows", "clusters", "outliers")
STRANGEST = 1_000
Tables = Callable[[], Iterator[pa.Table]]


@dataclass(frozen=True)
class Exported:
    """What an export has written.

    Parameters
    ----------
    files
        The files.
    clusterer
        The id of the clusterer whose clusters they show.
    rows, left_out, clusters, noise
        Rows of the source, those of them that the run left out, the number of clusters, and rows that are
        in none of them.
    filled
        In how many of the clusters there are rows.
    notes
        What a reader of the files should know, one line each.
    """

    files: tuple[Path, ...]
    clusterer: str
    rows: int
    left_out: int
    clusters: int
    noise: int
    filled: int
    notes: tuple[str, ...]


def export(
    folder: RunFolder,
    dataset: Entry,
    *,
    rows: Path | None = None,
    clusters: Path | None = None,
    clusterer: str | None = None,
    as_is: bool = False,
) -> Exported:
    """Write every row of the source with its cluster, and the clusters.

    Parameters
    ----------
    folder
        The run.
    dataset
        Its data set, with the place where the data lie now.
    rows, clusters
        The files to write, by their suffix csv, tsv, jsonl, parquet or xlsx; a workbook of rows has the
        clusters as its second sheet, and as its third the 1,000 rows with the highest outlier scores.
    clusterer
        The id of the clusterer; default: the one that the report shows first.
    as_is
        Whether texts that a spreadsheet would execute are left as they are in csv and tsv.

    Raises
    ------
    InputError
        Where there is no such clusterer, a suffix is not known, a file holds the data, the data have
        changed, or rows do not fit into a sheet.
    EnvironmentProblem
        Where a file can't be written, or xlsx files can't be.
    """
    for path, key in ((rows, "--rows"), (clusters, "--clusters")):
        if path is not None:
            check_suffix(path, key)
            check_apart(path, dataset.paths(), key)
            _check_outside(path, folder, key)
            if path.suffix.lower() == XLSX:
                workbook.check_installed()
    if rows is not None and rows == clusters:
        raise InputError(f"{rows} can't be both --rows and --clusters", remedy="name two files")
    chosen = Clusters(folder, folder.clusterer(clusterer))
    sheet = partial(iter, (cluster_sheet(chosen),))
    notes: list[str] = []
    with ExitStack() as files:
        if clusters is not None:
            _write(files, clusters, {SHEETS[1]: sheet}, folder, notes, as_is=as_is)
        source = Source.of_run(folder, dataset) if rows is not None else None
        if rows is not None and source is not None:
            columns = row_columns(chosen)
            tables: dict[str, Tables] = {SHEETS[0]: partial(source.with_columns, columns)}
            if rows.suffix.lower() == XLSX:
                workbook.check_size(rows, len(source), source.width + columns.num_columns)
                tables[SHEETS[1]] = sheet
                tables[SHEETS[2]] = partial(_strangest, source, columns)
            _write(files, rows, tables, folder, notes, as_is=as_is)
            notes += [*source.notes]
    of_source = folder.source_rows
    sizes = folder.metrics.clusterings[chosen.clusterer].sizes
    return Exported(
        files=tuple(path for path in (rows, clusters) if path is not None),
        clusterer=chosen.clusterer,
        rows=len(of_source),
        left_out=int((of_source.row < 0).sum()),
        clusters=chosen.count,
        noise=sum(of_split.get(-1, 0) for of_split in sizes.values()),
        filled=chosen.count,
        notes=tuple(notes),
    )


def export_new(
    folder: RunFolder,
    source: Source,
    clusterer: str,
    parts: Iterable[pa.Table],
    path: Path,
    *,
    as_is: bool,
) -> Exported:
    """Write every row of new data with its cluster.

    Parameters
    ----------
    folder
        The run whose clusters they are.
    source
        The new data.
    clusterer
        The id of the clusterer.
    parts
        What it says of the rows that could be used, in one or more tables; computed while the file is
        written, unless that is a workbook.
    path, as_is
        As in :func:`export`.

    Raises
    ------
    InputError, EnvironmentProblem
        As :func:`export`.
    """
    check_suffix(path, "--out")
    columns: Columns
    counted = _Counted(parts)
    if path.suffix.lower() == XLSX:
        workbook.check_installed()
        workbook.check_size(path, len(source), source.width + len(NEW_COLUMNS))
        columns = pa.concat_tables(counted)
    else:
        columns = StreamedColumns(counted) if source.in_order else pa.concat_tables(counted)
    notes: list[str] = []
    with ExitStack() as files:
        tables: dict[str, Tables] = {SHEETS[0]: partial(source.with_columns, columns)}
        _write(files, path, tables, folder, notes, as_is=as_is)
    return Exported(
        files=(path,),
        clusterer=clusterer,
        rows=len(source),
        left_out=len(source) - counted.rows,
        clusters=folder.metrics.clusterings[clusterer].n_clusters,
        noise=counted.noise,
        filled=len(counted.clusters),
        notes=(*notes, *source.notes),
    )


class _Counted:
    """Tables, how many rows of those that have passed are noise, and in which clusters the others are."""

    def __init__(self, parts: Iterable[pa.Table]) -> None:
        self.parts, self.rows, self.noise = parts, 0, 0
        self.clusters: set[int] = set()

    def __iter__(self) -> Iterator[pa.Table]:
        for part in self.parts:
            self.rows += len(part)
            self.noise += pc.sum(pc.less(part["cluster"], 0)).as_py() or 0
            self.clusters |= {c for c in part["cluster"].unique().to_pylist() if c >= 0}
            yield part


def _write(
    files: ExitStack,
    path: Path,
    sheets: Mapping[str, Tables],
    folder: RunFolder,
    notes: list[str],
    *,
    as_is: bool,
) -> None:
    """Write a file of one table, or a workbook; it is there once the stack is left."""
    if path.suffix.lower() != XLSX:
        _fill(files.enter_context(sink(path, as_is=as_is)), next(iter(sheets.values())))
        return
    created = datetime.fromisoformat(folder.run.finished).replace(tzinfo=None)
    book = files.enter_context(workbook.workbook(path, created))
    for name, tables in sheets.items():
        _fill(book.sheet(name, _numeric(tables)), tables)
    notes += [
        f"{path}: {count(n, 'text')} of column {name!r} {are(n)} cut to {workbook.CHARACTERS:,} "
        "characters, the limit of an xlsx cell; csv and parquet keep the full texts"
        for name, n in book.cut.items()
    ]


def _strangest(source: Source, columns: pa.Table) -> Iterator[pa.Table]:
    """Yield the rows that are outliers the most, the strangest first."""
    row = np.asarray(source.rows.row)
    scores = np.append(columns["outlier"].fill_null(0).to_numpy(), 0)[row]  # -1: left out
    order = np.argsort(-scores, kind="stable")[:STRANGEST]
    order = order[scores[order] > 0]
    in_place, start, parts = np.sort(order), 0, []
    for table in source.with_columns(columns):
        ends = np.searchsorted(in_place, [start, start + len(table)])
        parts.append(table.take(pa.array(in_place[slice(*ends)] - start)))
        start += len(table)
    found = pa.concat_tables(parts, promote_options="permissive")
    yield found.take(pa.array(np.searchsorted(in_place, order)))


def _fill(into: Sink, tables: Tables) -> None:
    for table in tables():
        into.write(table)
    if isinstance(into, workbook.SheetSink):
        into.close()


def _numeric(tables: Tables) -> frozenset[str]:
    """Return the columns whose file has no types and whose texts are all numbers."""
    names: set[str] | None = None
    for table in tables():
        if names is None:
            names = {field.name for field in table.schema if field.metadata == UNTYPED}
        names = {name for name in names if cells.all_numbers(table[name])}
        if not names:
            break
    return frozenset(names or ())
