"""``clusterforge profile RUN``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from clusterforge.cli import completion, options, terminal
from clusterforge.formats import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterforge.runs import RunFolder
    from clusterforge.runs.records import ColumnProfile, Test, ValueProfile

SHOWN = 3
NONE_OFTEN = "no value that is surely more frequent than in all rows"
CRAMER = "Cramér's V"
STRENGTH: dict[Test, str] = {
    "chi-square": CRAMER,
    "permutation": CRAMER,
    "kruskal-wallis": "epsilon²",
}


@click.command(
    epilog=options.examples(
        "clusterforge profile runs/first --columns product,country",
        "clusterforge profile runs/first --json",
    )
)
@click.argument("run", shell_complete=completion.folders)
@click.option(
    "--columns",
    default="all",
    metavar="NAMES",
    help="Columns of the data, separated by commas; default: all that were not used for "
    "clustering.",
)
@options.whose_clusters
@options.data_settings
@options.trust_python
@options.as_json
def profile(
    run: str,
    columns: str,
    clusterer: str | None,
    settings: tuple[str, ...],
    trust_python: bool,
    as_json: bool,
) -> None:
    """Compare clusters with columns not used for clustering.

    For each column (categories, months of dates, ranges of numbers): whether it is associated with
    the clusters at all, and which values are more frequent in a cluster than in other rows. The run is
    not changed; with [profile] in a recipe, the report and exports show the same.
    """
    options.quiet_libraries()
    from clusterforge.pipeline.api import load
    from clusterforge.recipe import source

    opened = load(run, trust_python=trust_python)
    names = columns if columns == "all" else columns.split(",")
    chosen = opened.files.clusterer(clusterer)
    with options.data_of_run(settings):
        profiles = opened.profile(names, clusterer=chosen, dataset=source.read({}, settings).data)
    if as_json:
        from clusterforge.cli.outputs.runs import ProfileOutput

        terminal.json_result(
            ProfileOutput(
                clusterer=chosen, columns=profiles.clusterings[chosen], skipped=profiles.skipped
            )
        )
        return
    for column in profiles.clusterings[chosen]:
        _show(column, opened.files, chosen)
    for name, reason in profiles.skipped.items():
        terminal.note(f"{name}: left out, {reason}")
    terminal.note(
        "p-values adjusted by Holm (columns) and by Benjamini and Hochberg (values of a column); "
        "shown: values more frequent in a cluster, p < 0.05; Cramér's V and epsilon²: 0 no association, "
        "1 a full one"
    )


def _show(column: ColumnProfile, folder: RunFolder, clusterer: str) -> None:
    from clusterforge.formats import number

    strength = f"{STRENGTH[column.test]} {number(column.effect)}"
    missing = f", {count(column.missing, 'row')} without a value" if column.missing else ""
    terminal.result(f"{column.name} ({column.kind}): {strength}, p {small(column.p)}{missing}")
    names = folder.names(clusterer)
    largest = sorted(column.clusters, key=lambda cluster: -cluster.rows)
    lines = [
        (f"  {names.get(cluster.cluster, f'cluster {cluster.cluster}')}", _values(marked))
        for cluster in largest
        if (marked := cluster.marked()[:SHOWN])
    ]
    terminal.listing(lines)
    if same := sum(cluster.rows > 0 for cluster in largest) - len(lines):
        terminal.result(f"  {count(same, 'other cluster' if lines else 'cluster')}: {NONE_OFTEN}")


def _values(marked: Sequence[ValueProfile]) -> str:
    from clusterforge.formats import share

    return ", ".join(f"{v.value} {share(v.share)} (×{v.lift:.1f})" for v in marked)


def small(p: float) -> str:
    """Write a p-value."""
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"
