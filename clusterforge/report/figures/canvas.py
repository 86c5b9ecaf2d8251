"""The sheet that every figure is drawn on: sizes, style, and how it becomes PNG and SVG."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from clusterforge.report.text import short
from clusterforge.storage.atomic import write_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

COLUMN, PAGE = 3.5, 7.2  # inches: a figure fills one column of a printed page, or all of it
TEXT = 7  # points: the smallest text
DPI = 200
INK, QUIET, RULE = "#1f2328", "#5f6670", "#d9dce0"
FONTS = "&apos;DejaVu Sans&apos;, Verdana, sans-serif"
Style = dict[str, Any]
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "clusterforge",
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "text.color": INK,
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.use_mathtext": False,
    "axes.axisbelow": True,
    "grid.color": RULE,
    "grid.linewidth": 0.5,
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "legend.frameon": False,
    "legend.fontsize": TEXT,
    "legend.handlelength": 1.4,
    "legend.handletextpad": 0.5,
    "legend.columnspacing": 1.2,
    "figure.constrained_layout.w_pad": 0.05,
    "figure.constrained_layout.h_pad": 0.05,
    "lines.linewidth": 1.4,
    "hatch.linewidth": 0.5,
}
LEFT_OUT = {"Date": None, "Creator": None, "Format": None, "Type": None}
DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
DOCTYPE = re.compile(r"<!DOCTYPE[^>]*>\s*")


def file_name(name: str) -> str:
    """Return a name that is safe as the stem of a file; other names have other stems."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", name).lstrip(".")[:100] or "_"
    return (
        safe
        if safe == name
        else f"{safe}-{sha256(name.encode('utf-8', 'replace')).hexdigest()[:6]}"
    )


def label(text: object, length: int) -> str:
    """Return a text to be drawn, on one line and without marks that turn the line's direction.

    A legend leaves out what begins with an underscore, so such a text begins with a space.
    """
    text = short(DIRECTIONS.sub("", str(text)), length)
    return f" {text}" if text.startswith("_") else text


@contextmanager
def drawing(width: float, height: float, free: bool = False) -> Iterator[Drawing]:
    """Yield an empty figure of so many inches, within the style of all figures.

    What is drawn ``free`` places its axes itself.
    """
    from matplotlib import rc_context, rcdefaults, rcParams
    from matplotlib.figure import Figure as Drawing

    with rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # drawn as a box
        rcdefaults()
        for key, value in STYLE.items():
            rcParams[key] = value
        yield Drawing(figsize=(width, height), dpi=DPI, layout=None if free else "constrained")


def legend_lines(names: Sequence[str], width: float) -> int:
    """Return how many lines a legend needs in a figure of so many inches."""
    columns = int(17 * width / (max(map(len, names), default=0) + 5))
    return -(-len(names) // max(1, columns))


def legend(figure: Drawing, axis: Axes) -> None:
    """Put the legend of an axis below it, in as many columns as fit, evenly filled."""
    handles, names = axis.get_legend_handles_labels()
    if names:
        columns = -(-len(names) // legend_lines(names, figure.get_figwidth()))
        figure.legend(handles, names, loc="outside lower center", ncols=columns)


def save(figure: Drawing, folder: Path, name: str, title: str, alt: str) -> str:
    """Write a figure as PNG and SVG, and return the stem of both files.

    Parameters
    ----------
    figure
        The drawing.
    folder
        Where the files go.
    name
        Names the files; made safe.
    title, alt
        What it shows, in a few words and in a sentence for those who can't see it.
    """
    if (layout := figure.get_layout_engine()) is not None:
        layout.execute(figure)
        figure.set_layout_engine("none")  # once is enough for both files
    stem = file_name(name)
    for kind, metadata in (("png", {"Software": None}), ("svg", LEFT_OUT)):
        buffer = BytesIO()
        figure.savefig(buffer, format=kind, metadata=metadata)
        data = buffer.getvalue()
        if kind == "svg":
            data = _titled(data.decode("utf-8"), title, alt).encode("utf-8")
        write_bytes(folder / f"{stem}.{kind}", data)
    return stem


def _titled(svg: str, title: str, alt: str) -> str:
    """Return an SVG that names no document elsewhere and says what it shows."""
    svg = DOCTYPE.sub("", svg, count=1).replace("&apos;DejaVu Sans&apos;", FONTS)
    svg = svg.replace("'DejaVu Sans'", FONTS.replace("&apos;", "'"))
    start = svg.index(">", svg.index("<svg")) + 1
    words = f"\n <title>{escape(label(title, 120))}</title><desc>{escape(label(alt, 400))}</desc>"
    return svg[:start].replace("<svg", '<svg role="img"', 1) + words + svg[start:]
