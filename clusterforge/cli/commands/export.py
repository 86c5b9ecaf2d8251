"""``clusterforge export RUN``."""

from __future__ import annotations

from pathlib import Path

import click

from clusterforge.cli import completion, options, terminal
from clusterforge.formats import count
from clusterforge.interrupts import finish


@click.command(
    epilog=options.examples(
        "clusterforge export runs/first --rows tickets.xlsx",
        "clusterforge export runs/first --rows tickets.parquet --clusters clusters.csv",
        "clusterforge export runs/first --rows out.csv --set path=moved/tickets.csv",
        "clusterforge export runs/first --hub models/tickets",
        "clusterforge export taxonomies/tickets --rows april.xlsx",
    )
)
@click.argument("run", metavar="RUN|TAXONOMY", shell_complete=completion.folders)
@options.file(
    "--rows", help="Write every row of the data: a .csv, .tsv, .jsonl, .parquet or .xlsx file."
)
@options.file(
    "--clusters", help="Write one row per cluster; --rows FILE.xlsx has them as its second sheet."
)
@options.folder(
    "--hub",
    help="Write the model as the Hugging Face Hub takes it: card, recipe, safetensors; no rows.",
)
@options.file(
    "--onnx", help="Write the network of the last encoder that the run has trained as ONNX."
)
@options.whose_clusters
@click.option(
    "--generation", type=int, metavar="N", help="Which of a TAXONOMY's; default: the last one."
)
@options.folder("--run", "moved", help="Current folder of the run of a TAXONOMY, if it was moved.")
@options.data_settings
@options.as_is
@options.trust_python
@options.as_json
def export(
    run: str,
    rows: str | None,
    clusters: str | None,
    hub: str | None,
    onnx: str | None,
    clusterer: str | None,
    generation: int | None,
    moved: str | None,
    settings: tuple[str, ...],
    as_is: bool,
    trust_python: bool,
    as_json: bool,
) -> None:
    """Write the data with the cluster of each row, or the model.

    RUN is the folder of a finished run or curation. The rows have every column of the data, unchanged
    and in the same order, then split, cluster, name, parent, confidence, nearest, outlier, edited and
    left_out: rows that the run did not use are included, with the reason. The model in FOLDER is read by
    predict and serve like the run. Of a TAXONOMY, --rows writes the rows of a generation with the ids
    and names of their clusters.
    """
    if (rows, clusters, hub, onnx) == (None,) * 4:
        raise click.UsageError("Give --rows FILE, --clusters FILE, --hub FOLDER or --onnx FILE")
    options.quiet_libraries()
    from clusterforge.pipeline.api import load
    from clusterforge.recipe import source
    from clusterforge.runs.files import TAXONOMY

    changes = source.read({}, settings).data
    if (Path(run) / TAXONOMY).is_file():
        from clusterforge.taxonomy.exporting import export as export_generation

        if rows is None or clusters or hub or onnx or clusterer:
            raise click.UsageError("Of a TAXONOMY, --rows FILE can be written; the rest of its run")
        done = export_generation(
            run,
            rows,
            generation=generation,
            columns=changes,
            run=moved,
            as_is=as_is,
            trust_python=trust_python,
        )
    else:
        if generation is not None or moved is not None:
            raise click.UsageError("--generation and --run go with a TAXONOMY")
        with options.data_of_run(settings):
            done = load(run, trust_python=trust_python).export(
                rows,
                clusters=clusters,
                hub=hub,
                onnx=onnx,
                clusterer=clusterer,
                dataset=changes,
                as_is=as_is,
            )
    finish()
    for note in done.notes:
        terminal.warning(note)
    if as_json:
        from clusterforge.cli.outputs.runs import ExportOutput

        terminal.json_result(ExportOutput.model_validate(done))
        return
    left = f", {done.left_out:,} of them left out by the run" if done.left_out else ""
    left += f", {done.noise:,} noise" if done.noise else ""
    of = f"{count(done.clusters, 'cluster')} of {done.clusterer}"
    if rows or clusters:
        terminal.note(f"{count(done.rows, 'row')}{left}; {of}")
    elif hub:
        terminal.note(f"the model, without rows of the data; {of}")
    for path in done.files:
        terminal.result(path)
