"""A word too many on a command line: the option that it belongs to."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from itertools import pairwise

from clusterforge.cli.options import BROUGHT
from clusterforge.errors import meant

_EXTRA = re.compile(r"Got unexpected extra arguments? \((.*)\)$")
SET = "--set"


def unplaced(problem: str, args: Sequence[str]) -> str:
    """Return what to write in place of a word that has no place, behind a semicolon; else nothing.

    Examples
    --------
    >>> unplaced("Got unexpected extra argument (rows.csv)", ["export", "runs/k5", "rows.csv"])
    '; write --rows rows.csv'
    """
    found = _EXTRA.match(problem)
    if not found:
        return ""
    for at, (key, value) in enumerate(pairwise(args)):
        if at and args[at - 1] == SET and "=" not in key and not value.startswith("-"):
            return f"; write {SET} {shlex.quote(f'{key}={value}')}"
    word = found[1]
    if args[0] == "export":
        return f"; write --rows {word}"
    if args[0] == "list-plugins":
        kind = word if word in BROUGHT else meant(word, BROUGHT).partition("'")[2].partition("'")[0]
        return f"; write --kind {kind}" if kind else ""
    return ""
