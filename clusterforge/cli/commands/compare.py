"""``clusterforge compare RUN RUN…``."""

from __future__ import annotations

from pathlib import Path

import click

from clusterforge.cli import completion, options, terminal


@click.command(
    epilog=options.examples(
        "clusterforge compare runs/first runs/second --html difference.html",
        "clusterforge compare runs/first:kmeans runs/first:dbscan",
    )
)
@click.argument(
    "runs",
    nargs=-1,
    required=True,
    metavar="RUN[:CLUSTERER]...",
    shell_complete=completion.runs,
)
@options.file("--html", "page", help="Also write an HTML page.")
@options.as_json
def compare(runs: tuple[str, ...], page: str | None, as_json: bool) -> None:
    """Compare runs, or the clusterers of one run.

    Shows scores side by side and whether they differ by more than chance, what changed in the
    recipe, how the clusters of one became those of the other, and the rows that moved. Runs that
    differ in the seed only are shown as mean and standard deviation.
    """
    from clusterforge import comparison
    from clusterforge.cli.comparison import show
    from clusterforge.errors import InputError

    if page is not None and not _free(Path(page)):
        problem = f"{page} exists" if page else "names no file"
        raise InputError(problem, key="--html", remedy="name another file")
    result = comparison.compare(*runs)
    if page is not None:
        result.write_html(page)
    if as_json:
        terminal.json_result(result)
        return
    show(result)
    if page is not None:
        terminal.result()
        terminal.result(f"page: {page}")


def _free(path: Path) -> bool:
    """Tell whether a page can be written here: over nothing, or over an older page of ours."""
    from clusterforge.comparison import STAMP

    if not path.exists():
        return True
    if not path.is_file():  # a pipe would be waited for
        return False
    try:
        with path.open("rb") as file:
            return STAMP.encode() in file.read(200)
    except OSError:
        return False
