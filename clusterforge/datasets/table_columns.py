"""Which columns of a table are features: by names, patterns and kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from clusterforge.builtin.datasets import ColumnParams, FilesParams
from clusterforge.contracts import Column, ColumnKind
from clusterforge.errors import InputError, NoColumn, nearest
from clusterforge.file_keys import matches
from clusterforge.formats import first_of
from clusterforge.tables import Kind, Unusable, described, texts
from clusterforge.tables.by_name import CYCLE
from clusterforge.tables.kinds import several_numbers
from clusterforge.tables.type_setting import type_setting

ALL = "all"
KINDS = {
    "numbers": "number",
    "categories": "category",
    "ordinals": "ordinal",
    "yes-no": "yes-no",
    "dates": "date",
    "times": "time",
    "cycles": "cycle",
}
FEW = 5
LOOKED_AT = 1000  # texts
BLOCK = 1 << 14
WILD = frozenset("*?[")


def named(params: ColumnParams) -> tuple[str, ...]:
    """Return the columns that are features by their own names: they have to be there."""
    if params.features is None or params.features == ALL:
        return ()
    return tuple(name for name in params.features if not _is_pattern(name))


def candidates(names: Sequence[str], params: ColumnParams) -> tuple[str, ...]:
    """Return the columns that can be features, in the order of the table.

    Parameters
    ----------
    names
        The columns of the table.
    params
        What its columns mean.
    """
    texts = (params.text,) if isinstance(params.text, str) else params.text or ()
    others = {params.label, params.id, params.image, params.embedding, *texts}
    asked = (ALL,) if params.features == ALL else params.features or ()
    exact = {*asked} & {*names}
    patterns = [name for name in asked if name not in exact]
    by_kind = ALL in patterns or any(name in KINDS for name in patterns)

    def wanted(name: str) -> bool:
        if name in exact:
            return True
        if name in others or name.startswith("__index_level_"):
            return False
        return by_kind or any(fnmatchcase(name, pattern) for pattern in patterns)

    dropped = tuple(params.drop)
    return tuple(
        name for name in names if wanted(name) and not any(matches(name, one) for one in dropped)
    )


def check_names(names: Sequence[str], params: ColumnParams) -> None:
    """Check that a table has what ``drop``, ``types``, ``na_values`` and the patterns of ``features`` name.

    Raises
    ------
    InputError
        With the parameter's name as the key.
    """
    there = {*names}
    asked = () if params.features == ALL else params.features or ()
    patterns = {*asked} - {*named(params), *KINDS}
    gaps = params.gaps if isinstance(params, FilesParams) else ()
    for key, listed in (
        ("drop", params.drop),
        ("types", params.types),
        ("na_values", gaps),
        ("features", patterns),
    ):
        for name in listed:
            as_pattern = key != "types" and any(fnmatchcase(one, name) for one in there)
            if name not in there and not as_pattern:
                problem = "no column matches" if WILD & {*name} else "there is no column"
                raise NoColumn(f"{problem} {name!r}", key=key, remedy=nearest(name, names))
    for name in params.types:
        if any(matches(name, one) for one in params.drop):
            raise InputError(
                f"column {name!r} is left out by drop", key="types", remedy="take it out of drop"
            )


def features(
    table: Any, params: ColumnParams, nearly: Mapping[str, str]
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """Return the features of the train split, and what the user should know of those left out.

    Parameters
    ----------
    table, params
        The split, and which of its columns are wanted.
    nearly
        As what the values of columns nearly are.

    Raises
    ------
    InputError
        Where a column that is named can't be used, or none is left.
    """
    names = candidates(table.column_names, params)
    found = described(table, names, params.types)
    unused = {
        name: _of_numbers(why, table[name], name, nearly) for name, why in found.left_out.items()
    }
    exact = {*named(params)}
    for name, why in unused.items():
        if name in exact:
            said = (
                f", or say what it is: {type_setting(name, 'category', bool(params.types))}"
                * why.of_text
            )
            raise InputError(
                f"column {name!r} can't be a feature: {why.reason}",
                key="features",
                remedy=nearly.get(name) or f"leave it out{said}",
            )
    columns = _asked(found.columns, params, names)
    if not columns:
        first = [*unused.items()][:FEW]
        reasons = "; ".join(f"{name!r:.60}: {why.reason}" for name, why in first)
        raise InputError(
            "no column can be a feature" + (f" ({reasons})" if reasons else ""), key="features"
        )
    return columns, (*_remarks(unused, nearly), *_passed_over(found.columns, columns))


def expected(table: Any, params: ColumnParams) -> tuple[Column, ...]:
    """Return what the features are as far as the first rows tell: their kinds, not all their categories."""
    # Columns without a name are an index, or commas at the end of each row.
    names = tuple(filter(None, candidates(table.column_names, params)))
    found = described(table, [name for name in names if name not in params.types]).columns
    said = [Column(n, _kind(params.types[n])) for n in names if n in params.types]
    return _asked((*found, *said), params, names)


def _kind(kind: Kind) -> ColumnKind:
    if isinstance(kind, tuple):
        return "ordinal"
    if kind.startswith(CYCLE):
        return "cycle"
    return "date" if "%" in kind else kind  # type: ignore[return-value]


def _is_pattern(name: str) -> bool:
    return name in KINDS or bool(WILD & set(name))


def _asked(
    columns: Sequence[Column], params: ColumnParams, names: Sequence[str]
) -> tuple[Column, ...]:
    """Return the columns that features name by themselves, by a pattern or by their kind."""
    if params.features == ALL:
        return tuple(columns)
    asked = {*(params.features or ())}
    kinds = {KINDS[name] for name in asked & {*KINDS} - {*names}}
    patterns = [name for name in asked if WILD & {*name}]
    return tuple(
        column
        for column in columns
        if column.kind in kinds
        or asked & {column.name, column.source}
        or any(fnmatchcase(n, p) for p in patterns for n in (column.name, column.source))
    )


def _passed_over(every: Sequence[Column], chosen: Sequence[Column]) -> Iterator[str]:
    """Name the columns that can be features, but are of none of the kinds that are."""
    used = set(chosen)
    passed = dict.fromkeys(c.source for c in every if c not in used)
    if passed:
        yield f"{columns_are([*passed])} of none of the kinds in features and left out"


def _of_numbers(why: Unusable, values: Any, name: str, nearly: Mapping[str, str]) -> Unusable:
    """Return why a column of texts can't be used: where nothing else is known of it, for several numbers."""
    if not why.of_text or name in nearly:
        return why
    several = several_numbers(texts(values.slice(0, LOOKED_AT)).drop_null().to_pylist(), name)
    return Unusable(f"it holds {several}") if several else why


def _remarks(left_out: Mapping[str, Unusable], nearly: Mapping[str, str]) -> Iterator[str]:
    by_reason: dict[Unusable, list[str]] = {}
    for name, why in left_out.items():
        of_text = why.of_text and name not in nearly  # which says what to do
        by_reason.setdefault(replace(why, of_text=of_text), []).append(name)
    remedy = "; name its kind in dataset.types to use it"
    yield from (
        f"{columns_are(names)} left out: "
        f"{why.reason if len(names) == 1 else why.reason.replace('it', 'each', 1)}{remedy * why.of_text}"
        for why, names in by_reason.items()
    )


def columns_are(names: Sequence[str]) -> str:
    """Begin what is said of columns: which they are."""
    return f"column {listed(names)} is" if len(names) == 1 else f"columns {listed(names)} are"


def listed(names: Sequence[str]) -> str:
    """Name the first of some columns."""
    return first_of([f"{name!r:.60}" for name in names], FEW)
