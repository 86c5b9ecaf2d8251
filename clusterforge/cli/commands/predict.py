"""``clusterforge predict RUN DATA``."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clusterforge.cli import completion, options, terminal
from clusterforge.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIXES = (".csv", ".parquet", ".jsonl")


@click.command(
    epilog=options.examples(
        "clusterforge predict runs/first new.csv --out labels.csv",
        "clusterforge predict runs/tickets march.csv --set text=body --set encoding=cp1252",
    )
)
@click.argument("run", shell_complete=completion.folders)
@click.argument("data", shell_complete=completion.files)
@click.option(
    "--clusterer",
    metavar="ID",
    help="Only this one; default: all that can predict.",
    shell_complete=completion.clusterers,
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="How DATA is read, as in a [dataset] of files: text=body, delimiter=;. Repeats.",
)
@options.trust_python
@click.option(
    "--out",
    metavar="FILE",
    help="A .csv, .parquet or .jsonl file; default: stdout.",
    shell_complete=completion.files,
)
def predict(
    run: str,
    data: str,
    clusterer: str | None,
    settings: tuple[str, ...],
    trust_python: bool,
    out: str | None,
) -> None:
    """Assign new rows to the clusters of a run.

    RUN is the folder of a finished run; DATA is a csv, tsv, jsonl, parquet, txt or npy file, or a
    folder of images. Prints csv: the id of each row and one column per clusterer; -1 is noise. A
    clusterer that knows how sure it is adds ID.confidence and ID.outlier, from 0 to 1.
    """
    if out is not None and Path(out).suffix not in SUFFIXES:
        raise InputError(f"{out} has no known suffix", key="--out", remedy=" or ".join(SUFFIXES))
    options.quiet_libraries()
    import pyarrow as pa

    from clusterforge.models import LeftOut
    from clusterforge.pipeline.api import load
    from clusterforge.pipeline.new_rows import RowsLeftOut
    from clusterforge.recipe import source

    opened = load(run, trust_python=trust_python)
    with warnings.catch_warnings(record=True) as caught:
        for category in (LeftOut, RowsLeftOut):
            warnings.simplefilter("always", category)
        rows = opened.read(data, **source.read({}, settings).data)
        found = opened.predict_columns(rows.items, clusterer)
    for one in caught:
        terminal.warning(one.message)
    if clusterer is None:
        clusterers = opened.recipe.clusterers
        left = [e.id for e in clusterers if not opened.recipe.can_predict(e)]
        if left:
            terminal.warning(f"can't label new rows: {', '.join(left)}")
    if not found:
        raise InputError("no clusterer of this run can label new rows", file=run)
    table = pa.table({"id": rows.ids.astype(str), **found})
    if out is None:
        _print(table)
    else:
        _write(table, Path(out))
        terminal.result(out)


def _print(table: pa.Table) -> None:
    terminal.text_result(_csv(table))


def _csv(table: pa.Table) -> str:
    """Return a table as csv; ids stay on one line and hold no control characters."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.column_names)
    writer.writerows([terminal.plain(row[0]), *row[1:]] for row in _rows(table))
    return text.getvalue()


def _rows(table: pa.Table) -> list[tuple[object, ...]]:
    return list(zip(*table.to_pydict().values(), strict=True))


def _write(table: pa.Table, path: Path) -> None:
    import json

    from clusterforge.storage.atomic import replacing, write_text

    if path.suffix == ".jsonl":
        lines = [json.dumps(row, ensure_ascii=False) for row in table.to_pylist()]
        write_text(path, "".join(f"{line}\n" for line in lines))
        return
    if path.suffix == ".csv":
        write_text(path, _csv(table))
        return
    import pyarrow.parquet as pq

    with replacing(path) as part:
        pq.write_table(table, part)
