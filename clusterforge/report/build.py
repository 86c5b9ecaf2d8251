"""A finished run made readable: its report, and its figures where they are wanted."""

from __future__ import annotations

from pathlib import Path

from clusterforge.report.page import render
from clusterforge.report.source import Source
from clusterforge.runs import RunFolder, files
from clusterforge.runs.manifest import is_complete
from clusterforge.storage.atomic import write_text


def write_report(folder: Path, *, figures: bool = False) -> None:
    """Write ``report.html`` of a run, and ``figures/*.png`` and ``figures/*.svg`` where wanted.

    Parameters
    ----------
    folder
        The run folder. The same files give the same page and figures, byte for byte, however long the
        report takes.
    figures
        Whether the figures for papers are drawn.

    Raises
    ------
    InputError
        Where the folder is not that of a run, or one of its files is damaged.
    EnvironmentProblem
        Where a file can't be written.
    """
    run = RunFolder.open(folder) if is_complete(folder) else RunFolder(folder, None)
    source = Source(run)
    write_text(folder / files.REPORT, render(source))
    if figures:
        from clusterforge.report.figures import draw

        draw(source, folder / files.FIGURES)
