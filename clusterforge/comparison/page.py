"""A comparison as one page that needs no network and runs no script, and as a table in a notebook."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from clusterforge.comparison.findings import Findings, ScoreLine, cluster_name
from clusterforge.comparison.flow_chart import flow_chart
from clusterforge.comparison.sentences import sentences
from clusterforge.report.html import environment, page
from clusterforge.report.paths import Paths
from clusterforge.report.text import short
from clusterforge.runs.score_table import ARROWS, TREATMENTS, Cell

STAMP = "<!-- clusterforge compare -->"
MAX_CELLS = 16
MAX_PARTS = 3


def render(findings: Findings) -> str:
    """Return the page; the same comparison gives the same text."""
    return page(
        _environment(_paths(findings)),
        "compare.html",
        ["report.css", "compare.css"],
        stamp=Markup(STAMP),  # noqa: S704 a constant
        findings=findings,
        title=_title(findings),
        sentences=sentences(findings.panels),
    )


def notebook(findings: Findings, page: Path | None) -> str:
    """Return the scores as a table for a notebook, with links to the page and the reports."""
    reports = [(run.letter, Path(run.run) / "report.html") for run in findings.runs]
    return (
        _environment()
        .get_template("notebook.html")
        .render(
            findings=findings,
            sentences=sentences(findings.panels),
            page=page and _link(page),
            reports=[(letter, _link(path)) for letter, path in reports if path.is_file()],
        )
    )


def _link(path: Path) -> str:
    """Return the address of a file; a relative one can't be taken for a scheme."""
    return path.as_uri() if path.is_absolute() else f"./{path.as_posix()}"


def _paths(findings: Findings) -> Paths:
    """Return the folders of the runs, and the paths in what differs between them."""
    values = (text for change in findings.changes for text in change.values)
    return Paths(
        [run.run for run in findings.runs], [p for text in values for p in text.split(", ")]
    )


def _environment(paths: Paths | None = None) -> Environment:
    return environment(
        "clusterforge.comparison",
        paths=paths,
        ARROWS=ARROWS,
        TREATMENTS=TREATMENTS,
        Cell=Cell,
        MAX_CELLS=MAX_CELLS,
        MAX_PARTS=MAX_PARTS,
        cluster_name=cluster_name,
        flow_chart=flow_chart,
        places=places,
    )


def _title(findings: Findings) -> str:
    names = list(dict.fromkeys(run.name for run in findings.runs))
    seeds = list(dict.fromkeys(str(run.seed) for run in findings.runs))
    if len(names) == 1 and len(seeds) == len(findings.runs) > 1:
        return f"{names[0]}, seeds {', '.join(seeds)}"
    return short(" and ".join(names), 120)


def places(line: ScoreLine) -> list[tuple[float, float, float]]:
    """Return value, low and high of the scores on one scale, 0 to 100; none without intervals."""
    ends = [
        (score.value, score.low, score.high)
        for score in line.scores
        if score and score.value is not None and score.low is not None and score.high is not None
    ]
    values = [value for of_score in ends for value in of_score]
    if len(ends) < 2:
        return []
    least, extent = min(values), (max(values) - min(values)) or 1.0
    value, low, high = (
        [round(4 + 92 * (part - least) / extent, 2) for part in parts]
        for parts in zip(*ends, strict=True)
    )
    return list(zip(value, low, high, strict=True))
