"""``clusterforge follow TAXONOMY DATA``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from clusterforge.cli import completion, options, terminal
from clusterforge.cli.remedies import as_options, for_options
from clusterforge.errors import InputError, nearest
from clusterforge.formats import are, count
from clusterforge.interrupts import finish

if TYPE_CHECKING:
    from clusterforge.taxonomy import Generation, Taxonomy
    from clusterforge.taxonomy.following import Followed

CHANGED, MAX_NAME = 5, 36
SHOWN = 12  # clusters that are the same
PERIODS = ("day", "week", "month", "quarter", "year", "value")


@click.command(
    epilog=options.examples(
        "clusterforge follow runs/tickets march.csv --out taxonomies/tickets",
        "clusterforge follow taxonomies/tickets april.csv --fail-on new,gone",
        "clusterforge follow runs/tickets --by created --period month --html months.html",
    )
)
@click.argument("folder", metavar="TAXONOMY|RUN", shell_complete=completion.folders)
@click.argument("data", required=False, shell_complete=completion.files)
@click.option(
    "--by", metavar="COLUMN", help="Follow the run's own rows along this column of dates."
)
@click.option(
    "--period",
    type=options.Word(PERIODS),
    help="Length of a generation with --by; default: month. value: one per value.",
)
@click.option(
    "--refit", is_flag=True, help="Also fit the clusterer on DATA, to detect splits and merges."
)
@click.option("--label", metavar="NAME", help="Name of the generation; default: DATA's name.")
@options.clusterer(help="Which clustering of RUN; default: the one that the report shows first.")
@options.folder("--out", help="Folder of a new taxonomy; default: taxonomies/NAME.")
@options.folder("--run", "run", help="Current folder of the taxonomy's run, if it was moved.")
@options.new_data_settings
@click.option(
    "--fail-on",
    metavar="KIND,...",
    help=f"Exit with status {CHANGED} if a cluster is: new, returned, gone, split, "
    "merged, moved, grown, shrunk.",
)
@options.file("--html", "page", help="Also write the page to this file.")
@options.trust_python
@options.as_json
@click.pass_context
def follow(
    context: click.Context,
    folder: str,
    data: str | None,
    by: str | None,
    period: str | None,
    refit: bool,
    label: str | None,
    clusterer: str | None,
    out: str | None,
    run: str | None,
    settings: tuple[str, ...],
    fail_on: str | None,
    page: str | None,
    trust_python: bool,
    as_json: bool,
) -> None:
    """Follow clusters over time; ids, names and colours stay.

    The first time, give a finished RUN and later rows (DATA: a csv, tsv, jsonl, parquet, txt or npy
    file, or a folder of documents or images): this starts a taxonomy. From then on give the TAXONOMY and
    the next rows. Shows for each cluster whether it is the same, grown, shrunk, moved, split, merged, new,
    gone or returned, with a p-value.
    """
    wanted = _kinds(fail_on)
    if period is not None and by is None:
        raise click.UsageError("--period goes with --by COLUMN")
    options.quiet_libraries()
    import warnings

    from clusterforge.models.rows import ReadingRemark
    from clusterforge.recipe import source
    from clusterforge.tables import UnseenValues
    from clusterforge.taxonomy.following import follow as follow_rows

    with for_options(), warnings.catch_warnings(record=True) as caught:
        for category in (ReadingRemark, UnseenValues):
            warnings.simplefilter("always", category)
        done = follow_rows(
            folder,
            data,
            by=by,
            period=period or "month",  # type: ignore[arg-type]
            refit=refit,
            label=label,
            clusterer=clusterer,
            out=out,
            run=run,
            columns=source.read({}, settings).data,
            html=page,
            trust_python=trust_python,
        )
    finish()
    for text in dict.fromkeys(
        str(one.message) for one in caught if issubclass(one.category, ReadingRemark | UnseenValues)
    ):
        terminal.warning(as_options(text))
    if as_json:
        from clusterforge.cli.outputs.taxonomies import FollowOutput

        terminal.json_result(FollowOutput.of(done))
    else:
        _show(done)
    if wanted & {change.kind for one in done.generations for change in one.changed()}:
        context.exit(CHANGED)


def _kinds(fail_on: str | None) -> set[str]:
    from clusterforge.taxonomy.records import KINDS

    kinds = {kind.strip() for kind in (fail_on or "").split(",") if kind.strip()}
    changes = set(KINDS) - {"same"}
    for kind in sorted(kinds - changes):
        raise InputError(
            f"there is no change {kind!r}", key="--fail-on", remedy=nearest(kind, changes)
        )
    return kinds


def _show(done: Followed) -> None:
    from clusterforge.taxonomy.sentences import sentences

    for generation in done.generations:
        if len(done.generations) > 1:
            terminal.result(f"{generation.label}, {count(generation.rows, 'row')}")
        for sentence in sentences(done.taxonomy, generation):
            terminal.wrapped(sentence, "  ", "  " if len(done.generations) > 1 else "")
        for note in generation.notes:
            terminal.wrapped(note, "  ", "  ")
    terminal.result()
    _clusters(done.taxonomy, done.generations[-1])
    terminal.result()
    terminal.result(f"taxonomy: {done.folder}")
    terminal.result(f"page:     {done.page}")


def _clusters(taxonomy: Taxonomy, generation: Generation) -> None:
    from clusterforge.formats import number, share
    from clusterforge.report.text import short

    same = [change for change in generation.changes if change.kind == "same"][SHOWN:]
    rows = [
        [
            f"{change.id} {short(taxonomy.cluster(change.id).title, MAX_NAME)}",
            change.kind,
            f"{change.rows_before:,} → {change.rows:,}",
            share(change.share),
            number(change.p) if change.p is not None else "",
        ]
        for change in generation.changes
        if change not in same
    ]
    if generation.noise:
        part = share(generation.noise / generation.rows)
        rows.append(["noise", "", f"{generation.noise:,}", part, ""])
    terminal.grid(["cluster", "change", "rows", "share", "p"], rows)
    if same:
        terminal.result(f"and {len(same):,} more that {are(len(same))} the same")
