"""Which columns of a table are features, by names, patterns and kinds; and their content in every split."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np

from clusterforge.builtin.datasets import ColumnParams, FilesParams
from clusterforge.contracts import Column, ColumnKind, IntArray, Numbers, Table
from clusterforge.contracts.far import LARGEST, check_far
from clusterforge.datasets.large_integers import merged
from clusterforge.datasets.nearly_dates import after_today, nearly_dates, nearly_durations
from clusterforge.datasets.nearly_numbers import nearly_numbers
from clusterforge.datasets.odd_labels import nearly_one
from clusterforge.datasets.odd_rows import blank_rows, first_of_groups, of_reports, total, totals
from clusterforge.datasets.odd_values import (
    LOOKED_AT,
    called_ids,
    called_versions,
    coded_gaps,
    long_form,
    ranges_as_dates,
    several_in_one,
    splits_in,
    stand_ins,
    units_in,
)
from clusterforge.datasets.selection import TRAIN, Read
from clusterforge.datasets.table_rows import Rows, type_setting
from clusterforge.errors import InputError, nearest
from clusterforge.file_keys import AS_BASE64, AS_FILES, kinds, matches, unused
from clusterforge.formats import are, count, first_of
from clusterforge.numerics.arrays import BoolArray
from clusterforge.numerics.stored_rows import Marks, StoredRows, marked, row_blocks, spilled
from clusterforge.tables import Kind, Unusable, described, matrix, of_a_run, unseen, with_fill
from clusterforge.tables.arrow import is_text

ALL = "all"
KINDS = {
    "numbers": "number",
    "categories": "category",
    "ordinals": "ordinal",
    "yes-no": "yes-no",
    "dates": "date",
    "times": "time",
}
FEW = 5
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
    patterns = (
        () if params.features == ALL else set(params.features or ()) - {*named(params), *KINDS}
    )
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
                raise InputError(
                    f"no column matches {name!r}"
                    if WILD & {*name}
                    else f"there is no column {name!r}",
                    key=key,
                    remedy=nearest(name, names),
                )
    for name in params.types:
        if any(matches(name, one) for one in params.drop):
            raise InputError(
                f"column {name!r} is left out by drop", key="types", remedy="take it out of drop"
            )


def features(
    table: Any, params: ColumnParams, nearly: Mapping[str, str] | None = None
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
    exact = {*named(params)}
    for name, why in found.left_out.items():
        if name in exact:
            said = f", or say what it is: {type_setting(name, 'category')}" * why.of_text
            raise InputError(
                f"column {name!r} can't be a feature: {why.reason}",
                key="features",
                remedy=(nearly or {}).get(name) or f"leave it out{said}",
            )
    columns = _asked(found.columns, params, names)
    if not columns:
        first = [*found.left_out.items()][:FEW]
        reasons = "; ".join(f"{name!r:.60}: {why.reason}" for name, why in first)
        raise InputError(
            "no column can be a feature" + (f" ({reasons})" if reasons else ""), key="features"
        )
    return columns, (*_remarks(found.left_out), *_passed_over(found.columns, columns))


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
    return "date" if "%" in kind else kind  # type: ignore[return-value]


def read(
    splits: Mapping[str, Rows], params: ColumnParams
) -> tuple[dict[str, Numbers], tuple[Column, ...], tuple[str, ...]]:
    """Return the features of every split, float (n, d) each, their columns, and remarks."""
    train = splits[TRAIN]
    untyped = [n for n in candidates(train.table.column_names, params) if n not in params.types]
    separators = None
    known = None
    if isinstance(params, FilesParams) and not unused(kinds(Path(params.path)), ("na_values",)):
        known = params.gaps
    if isinstance(params, FilesParams) and (params.decimal != "." or params.thousands):
        separators = params.decimal, params.thousands
    found = {name: _nearly(train, name, separators) for name in untyped}
    by_name = {name: text for name, text in found.items() if text}
    written = [name for name in untyped if is_text(train.table[name].type)]
    nearly = of_reports(train, written) or tuple(by_name.values())
    try:
        columns, remarks = features(train.table, params, by_name)
    except InputError as error:
        if nearly and error.remedy is None:
            raise InputError(error.problem, key=error.key, remedy=nearly[0]) from None
        raise
    coded = [column.source for column in columns if column.kind == "category"]
    for column in columns:
        if column.kind == "category":
            about = f"categories of {column.name!r:.60}"
            remarks = (
                *remarks,
                *nearly_one(about, column.categories),
                *totals(about, column.categories),
                *ranges_as_dates(about, column.categories),
            )
    numbers = {c.source for c in columns if c.kind == "number"}
    unsaid = [name for name in untyped if name in numbers and name not in by_name]
    remarks = (
        *remarks,
        *nearly,
        *first_of_groups(train, written),
        *stand_ins(train, [name for name in coded if name not in by_name]),
        *called_ids(train, unsaid),
        *called_versions(train, unsaid),
        *_added(train.table.column_names, columns),
        *splits_in(columns),
        *units_in(columns),
        *long_form(columns),
    )
    values: dict[str, Numbers] = {}
    for split, rows in splits.items():
        try:
            values[split] = matrix(rows.table, columns)
        except InputError as error:
            if split == TRAIN:
                raise
            raise InputError(
                f"{split}: {error.problem}", key=error.key, remedy=error.remedy
            ) from None
        if _extreme(values[split]) > LARGEST:
            infinite = marked(values[split], lambda block: np.abs(block) > LARGEST)
            number = int(infinite.counts.sum())
            what = (
                f"{count(number, 'value')} in {_named(infinite, columns)} of {split} {are(number)}"
            )
            first = f"the first is {rows.place(infinite.first)}"
            if params.missing in (None, "error"):
                raise InputError(
                    f"{what} infinite or beyond 3.4e38, {first}",
                    key="features",
                    remedy=next(
                        (
                            rows.doubts[key]
                            for key in rows.doubts
                            if key[0] == columns[infinite.columns[0]].source
                        ),
                        'set missing = "drop" or "mean"',
                    ),
                )
            remarks = (*remarks, f"{what} infinite or beyond 3.4e38, read as gaps, {first}")
            values[split] = _without_infinite(values[split])
        if split == TRAIN:
            check_far(values[split], columns, rows.place)
            remarks = (*remarks, *merged(rows.table, columns))
            remarks = (*remarks, *after_today(values[split], columns, rows.table))
            remarks = (*remarks, *coded_gaps(values[split], columns, rows.table, known))
            remarks = (*remarks, *total(values[split], columns, rows))
        else:
            remarks = (*remarks, *unseen(rows.table, columns, values[split], split))
        if params.missing in (None, "mean"):
            remarks = (*remarks, *blank_rows(values[split], rows, split))
    return values, columns, remarks


def _added(names: Sequence[str], columns: Sequence[Column]) -> tuple[str, ...]:
    """Say which features an export of a run has added: its clusters, and what it says of them."""
    used = {column.source for column in columns}
    added = [name for name in of_a_run(names) if name in used]
    if not added:
        return ()
    return (
        f"{_columns(added)} of the export of a run: clusters would be found by its clusters; leave out what "
        "it has added, by drop",
    )


def _nearly(rows: Rows, name: str, separators: tuple[str, str | None] | None) -> str | None:
    """Say as what the values of a column nearly are: numbers, dates, times."""
    if durations := nearly_durations(rows, name):
        return durations
    if is_text(rows.table[name].type) and (nearly := nearly_numbers(rows, name, separators)):
        return nearly
    if (dates := nearly_dates(rows, name)) or not is_text(rows.table[name].type):
        return dates
    different = rows.table[name].unique().drop_null().slice(0, LOOKED_AT).to_pylist()
    if different and all(re.match(AS_BASE64, value) for value in different):
        return f"column {name!r:.60} holds images as base64: {AS_FILES}"
    several = several_in_one(different)
    return several and (
        f"column {name!r:.60} holds several answers in one value ({several!r:.40}): write a column of yes "
        "and no for each answer"
    )


def _extreme(values: Numbers) -> float:
    """Return the largest distance of a number from 0, without another array of this size."""
    extreme = 0.0
    for _, block in row_blocks(values):
        high, low = (f.reduce(block, axis=None, initial=0) for f in (np.fmax, np.fmin))
        extreme = max(extreme, float(high), -float(low))
    return extreme


def _without_infinite(values: Numbers) -> Numbers:
    """Return values with gaps in place of what is infinite or beyond float32."""
    if not isinstance(values, StoredRows):
        return np.where(np.abs(values) > LARGEST, values.dtype.type(np.nan), values)
    parts = (np.where(np.abs(block) > LARGEST, np.nan, block) for _, block in row_blocks(values))
    return spilled(parts, values.shape, values.dtype)


def items_of(
    values: Mapping[str, Numbers],
    columns: tuple[Column, ...],
    params: ColumnParams,
    remarks: tuple[str, ...],
) -> Callable[[Mapping[str, IntArray]], Read]:
    """Return what gives the items at the chosen rows of each split, gaps filled where that is wanted."""

    def items(chosen: Mapping[str, IntArray]) -> Read:
        tables = {split: Table(_of(values[split], rows), columns) for split, rows in chosen.items()}
        if params.missing == "mean":
            # The test split is filled with train's means: it must not tell of itself.
            fitted = with_fill(columns, np.asarray(tables[TRAIN].values, np.float64))
            tables = {s: replace(table, columns=fitted).filled() for s, table in tables.items()}
        return Read(dict(tables), remarks=remarks)

    return items


def _of(values: Numbers, rows: IntArray) -> Numbers:
    """Return rows of a matrix, which are in its order; all of them are no copy."""
    chosen: Numbers = values if len(rows) == len(values) else values[rows]
    return chosen


def missing_in(values: Numbers, columns: Sequence[Column]) -> str:
    """Say which columns have gaps."""
    return _named(marked(values, np.isnan), columns)


def _named(marks: Marks, columns: Sequence[Column]) -> str:
    return _listed([columns[i].name for i in marks.columns])


def complete(values: Numbers) -> BoolArray:
    """Return which rows have no gap: bool (n,)."""
    whole = np.empty(len(values), dtype=bool)
    for start in range(0, len(values), BLOCK):
        block = slice(start, start + BLOCK)
        whole[block] = ~np.isnan(values[block]).any(axis=1)
    return whole


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


def _passed_over(every: Sequence[Column], chosen: Sequence[Column]) -> tuple[str, ...]:
    """Name the columns that can be features, but are of none of the kinds that are."""
    used = set(chosen)
    passed = dict.fromkeys(c.source for c in every if c not in used)
    if not passed:
        return ()
    return (f"{_columns([*passed])} of none of the kinds in features and left out",)


def _remarks(left_out: Mapping[str, Unusable]) -> tuple[str, ...]:
    by_reason: dict[Unusable, list[str]] = {}
    for name, why in left_out.items():
        by_reason.setdefault(why, []).append(name)
    remedy = "; name its kind in dataset.types to use it"
    return tuple(
        f"{_columns(names)} left out: "
        f"{why.reason if len(names) == 1 else why.reason.replace('it', 'each', 1)}{remedy * why.of_text}"
        for why, names in by_reason.items()
    )


def _columns(names: Sequence[str]) -> str:
    return f"column {_listed(names)} is" if len(names) == 1 else f"columns {_listed(names)} are"


def _listed(names: Sequence[str]) -> str:
    return first_of([f"{name!r:.60}" for name in names], FEW)
