"""A generation in words, for the page and the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from clusterforge.formats import count, first_of, number
from clusterforge.report.text import short
from clusterforge.taxonomy.records import Change, Generation, Kind, Taxonomy

MAX_NAMES, MAX_NAME = 4, 40
WORDS: dict[Kind, str] = {
    "new": "new",
    "returned": "back again",
    "gone": "gone",
    "split": "split",
    "merged": "merged with others",
    "moved": "moved",
    "grown": "grown",
    "shrunk": "shrunk",
    "same": "the same",
}


def p_text(p: float | None) -> str:
    """Write a p-value."""
    return "" if p is None else f"p = {number(round(p, 3))}"


def sentences(taxonomy: Taxonomy, generation: Generation) -> tuple[str, ...]:
    """Say what a generation brought, the most telling first."""
    if generation.tested is None:
        alive = sum(change.rows > 0 for change in generation.changes)
        what = "The first generation" if generation.number == 1 else "Not compared"
        return (f"{what}: {count(alive, 'cluster')}.",)
    parts = [
        _listed(taxonomy, kind, changes)
        for kind in WORDS
        if kind != "same"
        and (changes := [change for change in generation.changes if change.kind == kind])
    ]
    same = [change for change in generation.changes if change.kind == "same"]
    empty = [change for change in same if not change.rows and change.rows_before]
    if not parts:
        least = min((c.p for c in generation.changes if c.p is not None), default=1.0)
        parts = [
            f"Nothing has changed: all {count(len(same), 'cluster')} are the same (least {p_text(least)})."
        ]
    elif same:
        parts.append(f"The same: {count(len(same), 'cluster')}.")
    if empty:
        names = _names(taxonomy, empty)
        parts.append(f"Without a row, but too few before to be called gone: {names}.")
    return tuple(parts)


def headline(generations: Sequence[Generation]) -> str:
    """Say in one line what is new since the generation before; empty where nothing is."""
    last = generations[-1]
    if len(generations) < 2 or last.tested is None:
        return ""
    since, kinds = short(generations[-2].label, MAX_NAME), [change.kind for change in last.changes]
    found = [
        f"{kinds.count(kind)} {WORDS[kind]}" for kind in WORDS if kind != "same" and kind in kinds
    ]
    same = kinds.count("same")
    return f"Since {since}: {', '.join(found)}; {same} the same." if found else ""


def _listed(taxonomy: Taxonomy, kind: Kind, changes: Sequence[Change]) -> str:
    p = max(change.p or 0.0 for change in changes)
    word = WORDS[kind]
    return f"{word[0].upper()}{word[1:]}: {_names(taxonomy, changes)} ({p_text(p)})."


def _names(taxonomy: Taxonomy, changes: Sequence[Change]) -> str:
    names = [short(taxonomy.cluster(change.id).title, MAX_NAME) for change in changes]
    return first_of(names, MAX_NAMES)
