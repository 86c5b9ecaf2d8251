"""``clusterforge predict RUN DATA``."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import click

from clusterforge.cli import completion, options, terminal
from clusterforge.cli.remedies import as_options, for_options
from clusterforge.formats import are, count
from clusterforge.interrupts import finish

BLOCK = 1 << 16  # rows that are written at once

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from clusterforge.runs import RunFolder


@click.command(
    epilog=options.examples(
        "clusterforge predict runs/first new.csv --out labelled.xlsx",
        "clusterforge predict runs/tickets march.csv --set text=body --set encoding=cp1252",
    )
)
@click.argument("run", shell_complete=completion.folders)
@click.argument("data", shell_complete=completion.files)
@options.clusterer(
    help="Only this clusterer; default: all that can label new rows; with --out, of these the one that "
    "the report shows first."
)
@options.new_data_settings
@options.trust_python
@options.file(
    "--out",
    help="A .csv, .tsv, .jsonl, .parquet or .xlsx file, replaced if it is there; default: stdout.",
)
@options.as_is
def predict(
    run: str,
    data: str,
    clusterer: str | None,
    settings: tuple[str, ...],
    trust_python: bool,
    out: str | None,
    as_is: bool,
) -> None:
    """Assign new rows to the clusters of a run.

    RUN is the folder of a finished run; DATA is a csv, tsv, jsonl, parquet, txt or npy file, or a
    folder of documents or images. Prints csv: the id of each row and one column per clusterer; -1 is
    noise. Where clusters have names, ID.name follows; a clusterer that estimates its confidence adds
    ID.confidence and ID.outlier, from 0 to 1. With --out, writes every row and column of DATA, then the
    result of one clusterer, like export. Rows that are unlike all that the run has are counted.
    """
    options.quiet_libraries()
    from clusterforge.models import LeftOut
    from clusterforge.models.rows import ReadingRemark
    from clusterforge.models.strangers import UnlikeRows
    from clusterforge.pipeline.api import load
    from clusterforge.recipe import source
    from clusterforge.tables import UnseenValues

    opened = load(run, trust_python=trust_python)
    own = source.read({}, settings).data
    if clusterer is not None:
        opened.labelling(clusterer)  # said before what takes long
    with (
        terminal.logged_warnings(),
        for_options(),
        warnings.catch_warnings(record=True) as caught,
    ):
        for category in (LeftOut, ReadingRemark, UnseenValues):
            warnings.simplefilter("always", category)
        warnings.simplefilter("ignore", UnlikeRows)  # said below, with the names of the files
        if out is not None:
            done = opened.predict_file(data, out, clusterer=clusterer, as_is=as_is, **own)
            finish()
        else:
            rows = opened.read(data, **own)
            columns = opened.predict_columns(rows.items, clusterer)
            unlike = opened.strangers(rows.items, clusterer)
    for text in dict.fromkeys(str(one.message) for one in caught):
        terminal.warning(as_options(text))
    if out is not None:
        for note in done.notes:
            terminal.warning(note)
        labelled = done.rows - done.left_out
        unused = f", {done.left_out:,} left out" if done.left_out else ""
        noise = f", {done.noise:,} of them noise" if done.noise else ""
        of = f"{done.filled:,} of the {count(done.clusters, 'cluster')} of {done.clusterer}"
        terminal.note(f"{count(labelled, 'row')} labelled{noise}{unused}; rows in {of}")
        terminal.result(out)
        return
    if unlike is not None and unlike.many:
        terminal.warning(unlike.line(run, data, opened.apart(rows.items)))
    if clusterer is None:
        clusterers = opened.recipe.clusterers
        left = [e.id for e in clusterers if not opened.recipe.can_predict(e)]
        if left:
            terminal.warning(f"can't label new rows: {', '.join(left)}")
    for name in (entry.id for entry in opened.recipe.clusterers if entry.id in columns):
        if of_noise := int((columns[name] < 0).sum()):
            terminal.note(
                f"{of_noise:,} of {count(len(rows), 'row')} {are(of_noise)} noise by {name}"
            )
    columns = _with_names(opened.files, columns)
    for start in range(0, len(rows), BLOCK):
        part = slice(start, start + BLOCK)
        values = {"id": rows.ids[part].astype(str)}
        values |= {name: column[part] for name, column in columns.items()}
        terminal.text_result(_csv(values, header=not start))


def _with_names(
    folder: RunFolder, columns: Mapping[str, npt.NDArray[Any]]
) -> dict[str, npt.NDArray[Any]]:
    """Return columns with the names of clusters behind their numbers, where clusters have names."""
    import numpy as np

    from clusterforge.exporting import Clusters

    found: dict[str, npt.NDArray[Any]] = {}
    for name, values in columns.items():
        found[name] = values
        explained = folder.explanations.clusterings.get(name)
        if explained and any(cluster.named for cluster in explained.clusters):
            clusters = Clusters(folder, name)
            names = [clusters.names[number] for number in (*range(clusters.count), -1)]
            found[f"{name}.name"] = np.array(names, dtype=object)[values]
    return found


def _csv(columns: Mapping[str, npt.NDArray[Any]], *, header: bool) -> str:
    """Return columns as csv; texts keep their tabs, stay on one line and are no formulas of a spreadsheet."""
    import csv
    import io

    import numpy as np

    from clusterforge.exporting.cells import quoted

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if header:
        writer.writerow(columns)
    # As text a float32 has the digits that tell it from others, as a Python number those of float64.
    shown = [v.astype(str) if v.dtype == np.float32 else v for v in columns.values()]
    cells = [
        [quoted(_one_line(text)) for text in values.tolist()]
        if own.dtype.kind in "UO"
        else values.tolist()
        for own, values in zip(columns.values(), shown, strict=True)
    ]
    writer.writerows(zip(*cells, strict=True))
    return text.getvalue()


def _one_line(text: str) -> str:
    return "\t".join(map(terminal.plain, text.split("\t")))
