"""The rows of a generation with their clusters, as a file."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from clusterforge.errors import InputError
from clusterforge.exporting import Exported, Source, check_suffix, export_new
from clusterforge.formats import count
from clusterforge.registry import Registry
from clusterforge.storage.atomic import check_apart
from clusterforge.taxonomy.folder import GENERATION, ROWS, TaxonomyFolder
from clusterforge.taxonomy.following import later_rows, run_of
from clusterforge.taxonomy.records import Generation, Taxonomy

CLUSTER, NAME = "cluster", "name"


def export(
    folder: str | Path,
    rows: str | Path,
    *,
    generation: int | None = None,
    columns: Mapping[str, object] | None = None,
    run: str | Path | None = None,
    as_is: bool = False,
    registry: Registry | None = None,
    trust_python: bool = False,
) -> Exported:
    """Write every row of a generation's file with the id and the name of its cluster.

    Parameters
    ----------
    folder
        The taxonomy.
    rows
        The file to write, by its suffix csv, tsv, jsonl, parquet or xlsx.
    generation
        Its number; default: the last one.
    columns
        As in :meth:`Run.read`; ``path`` says where the rows lie now.
    run, registry, trust_python
        As in :func:`clusterforge.follow`.
    as_is
        As in :meth:`Run.export <clusterforge.pipeline.result.Run.export>`.

    Raises
    ------
    InputError
        Where there is no such generation, it is of the run's own rows, or its file has other rows now.
    EnvironmentProblem
        Where the file can't be written.
    """
    target, path, said = TaxonomyFolder(Path(folder)), Path(rows), dict(columns or {})
    taxonomy = target.read()
    check_suffix(path, "--rows")
    number = len(taxonomy.generations) if generation is None else generation
    if not 1 <= number <= len(taxonomy.generations):
        there = count(len(taxonomy.generations), "generation")
        raise InputError(f"is {number}, but there are {there}", key="--generation")
    opened = run_of(target, taxonomy, run, registry, trust_python)
    record = Generation.read(target.file(taxonomy, number, GENERATION))
    if record.how in {"run", "period"}:
        raise InputError(
            f"generation {number} ({record.label}) is of the run's own rows, and has its ids",
            file=str(target.path),
            remedy=f"clusterforge export {opened.folder} --rows {path}",
        )
    data = str(said.pop("path", record.source))
    # Said when the rows were followed; each row left out says why.
    with warnings.catch_warnings(action="ignore"):
        read, shown, _ = later_rows(opened, data, said)
    check_apart(path, read.entry.paths(), "--rows")
    if shown.fingerprint() != record.fingerprint:
        raise InputError(
            f"has not the rows that were generation {number} ({record.label})",
            file=data,
            remedy="say where they are, and how they were read, by --set: path=FILE",
        )
    columns_of = _columns(taxonomy, target.file(taxonomy, number, ROWS))
    source = Source.of_corpus(read.entry, read.corpus, data)
    done = export_new(opened.files, source, taxonomy.clusterer, [columns_of], path, as_is=as_is)
    clusters = len({*columns_of[CLUSTER].unique().to_pylist()} - {-1})
    return replace(done, clusters=clusters)


def _columns(taxonomy: Taxonomy, rows: Path) -> pa.Table:
    """Return the id and the name of the cluster of each row, as they are by now."""
    ids, at = np.unique(np.array(pq.read_table(rows)[CLUSTER]), return_inverse=True)
    now = np.array([taxonomy.lasting(id) if id >= 0 else id for id in ids.tolist()], np.int64)
    titles = pa.array(["noise" if id < 0 else taxonomy.cluster(id).title for id in now.tolist()])
    return pa.table({CLUSTER: now[at], NAME: titles.take(pa.array(at))})
