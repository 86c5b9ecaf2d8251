"""A drafted recipe as TOML: keys with their reasons, hints as comments. Nothing of the data can break out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from clusterforge.contracts import Setting
from clusterforge.drafting.choice import Chosen
from clusterforge.drafting.dataset_draft import DatasetDraft
from clusterforge.drafting.sketch import ColumnSketch
from clusterforge.inline_toml import inline_toml
from clusterforge.specs import Value

WIDTH, COLUMN = 100, 32
LISTED = 40
_LONGEST = 400


def recipe_text(
    head: Iterable[str],
    columns: Sequence[ColumnSketch],
    remarks: Iterable[str],
    dataset: DatasetDraft,
    plugins: Sequence[Chosen],
) -> str:
    """Return the TOML.

    Parameters
    ----------
    head
        What stands at the top, line by line.
    columns
        The columns of the source.
    remarks
        What the reader says of the data.
    dataset, plugins
        The tables.
    """
    lines = [f"# {plain(line)}" for line in head]
    if columns:
        lines += ["#", "# Its columns:"]
    for column in columns[:LISTED]:
        lines += _comment(f"{_quoted(column.name)}  {column.kind}: {column.about}", "#   ")
    if len(columns) > LISTED:
        lines.append(f"#   and {len(columns) - LISTED:,} more")
    lines += ["", "[dataset]", *_settings(dataset.settings), *_hints(dataset.hints)]
    for remark in remarks:
        lines += _comment(remark)
    for chosen in plugins:
        reason = chosen.proposal.reason
        if chosen.others:
            reason += f"; installed too: {', '.join(chosen.others)}"
        package = chosen.missing
        missing = f"not installed: {package}, which {package.reason}" if package else ""
        reason = "; ".join(filter(None, (reason, chosen.with_more, missing)))
        settings = (Setting("use", chosen.use, reason), *chosen.settings)
        lines += ["", f"[[{chosen.kind}]]", *_settings(settings)]
    if dataset.profile:
        reason = "what the clusters have more of in other columns"
        lines += ["", "[profile]", *_settings([Setting("columns", dataset.profile, reason)])]
    return "\n".join(lines) + "\n"


def _settings(settings: Iterable[Setting]) -> list[str]:
    lines: list[str] = []
    for setting in settings:
        value = f"{setting.key} = {_value(setting.value)}"
        reason = plain(setting.reason)
        beside = f"{value:<{COLUMN - 1}} # {reason}"
        if not reason:
            lines.append(value)
        elif len(beside) <= WIDTH:
            lines.append(beside)
        else:
            lines += [*_comment(reason), value]
    return lines


def _hints(hints: Iterable[Setting]) -> list[str]:
    lines: list[str] = []
    for hint in hints:
        line = f"# {hint.key} = {_value(hint.value):.120}"
        beside = f"{line}  # {plain(hint.reason)}"
        lines += [beside] if len(beside) <= WIDTH else [*_comment(hint.reason), line]
    return lines


def _comment(text: str, start: str = "# ") -> list[str]:
    return textwrap.wrap(
        plain(text), WIDTH, initial_indent=start, subsequent_indent="#   ", break_on_hyphens=False
    )


def _value(value: Value) -> str:
    """Return a value as TOML says it; what moves the cursor or can't be seen is escaped."""
    return "".join(
        c if c.isprintable() or c == "\u3000" else f"\\U{ord(c):08X}" for c in inline_toml(value)
    )


def _quoted(name: str) -> str:
    return _value(name if len(name) <= 60 else f"{name[:59]}…")


def plain(text: str) -> str:
    """Return a text as one line of a comment: without what TOML does not allow there."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
