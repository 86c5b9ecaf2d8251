"""The features of a table in every split, as numbers, and what of them may not be meant as it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from clusterforge.builtin.datasets import ColumnParams, FilesParams
from clusterforge.contracts import Column, IntArray, Numbers, Table
from clusterforge.contracts.far import LARGEST, check_far
from clusterforge.datasets.called_columns import (
    called_cycles,
    called_ids,
    called_places,
    called_versions,
    called_weights,
    exchanged_places,
)
from clusterforge.datasets.large_integers import merged
from clusterforge.datasets.long_form import long_form
from clusterforge.datasets.lost_points import lost_points
from clusterforge.datasets.nearly_dates import after_today, nearly_dates, nearly_durations
from clusterforge.datasets.nearly_numbers import nearly_numbers, odd_among_numbers
from clusterforge.datasets.odd_categories import (
    languages_in,
    nearly_one,
    ranges_as_dates,
    splits_in,
    totals,
    transposed,
    units_in,
)
from clusterforge.datasets.odd_numbers import (
    SOME,
    coded_gaps,
    counters,
    of_few_bits,
    packed_bits,
    stuck,
)
from clusterforge.datasets.odd_rows import (
    blank_rows,
    boxes_alone,
    few_values,
    first_of_groups,
    of_reports,
    total,
)
from clusterforge.datasets.odd_texts import LOOKED_AT, several_in_one, stand_ins
from clusterforge.datasets.odd_vectors import of_dimensions, zero_vectors
from clusterforge.datasets.parts import Read, of_rows
from clusterforge.datasets.repeated_things import copied, repeated_things
from clusterforge.datasets.selection import TRAIN
from clusterforge.datasets.shifted_rows import shifted_rows
from clusterforge.datasets.table_columns import candidates, columns_are, features, listed
from clusterforge.datasets.table_rows import Rows
from clusterforge.datasets.twice import across_diagonal, twice
from clusterforge.datasets.unlike_files import unlike_files
from clusterforge.errors import InputError
from clusterforge.file_keys import IMAGES_AS_TEXT, kinds, unused
from clusterforge.formats import are, count
from clusterforge.numerics.arrays import BoolArray
from clusterforge.numerics.stored_rows import Marks, StoredRows, marked, row_blocks, spilled
from clusterforge.tables import (
    OddValues,
    Part,
    matrix,
    of_a_run,
    spreads,
    two_totals,
    two_units,
    unlike,
    unseen,
    with_fill,
    with_gaps,
)
from clusterforge.tables.arrow import is_text
from clusterforge.tables.vector_models import several_models

_OF_CLUSTERS = re.compile(
    r"(?i:(k_?means[ _.-]?)?clusters?([ _.-]?(id|no|nr|label|labels|number))?"
    r"|dist(ance)?[ _.-]to[ _.-](cent(er|re|roid)|cluster)s?|silhouette([ _.-]?(score|width))?)"
)

_FORMS = ("redcap_repeat_instrument", "redcap_repeat_instance")
FEWEST_PLACES = 8  # of a vector that is an embedding: zeros alone may be counts


def read(
    splits: Mapping[str, Rows], params: ColumnParams
) -> tuple[dict[str, Numbers], tuple[Column, ...], tuple[str, ...]]:
    """Return the features of every split, float (n, d) each, their columns, and remarks."""
    train = splits[TRAIN]
    columns, remarks = _columns(train, params)
    known = _gaps(params)
    values: dict[str, Numbers] = {}
    sources = dict.fromkeys(column.source for column in columns if column.place is not None)
    vectors = {
        name: np.flatnonzero([column.source == name for column in columns]) for name in sources
    }
    usual = None
    for split, rows in splits.items():
        try:
            own = matrix(rows.table, columns)
        except InputError as error:
            remedy = error.remedy_beside(known) if isinstance(error, OddValues) else error.remedy
            where = f"{split}: " * (split != TRAIN)
            raise InputError(f"{where}{error.problem}", key=error.key, remedy=remedy) from None
        if _extreme(own) > LARGEST:
            remarks += _infinite(own, columns, rows, split, params)
            own = _without_infinite(own)
        if split == TRAIN:
            check_far(own, columns, rows.place)
            remarks += merged(rows.table, columns)
            remarks += after_today(own, columns, rows)
            remarks += coded_gaps(own, columns, rows.table, known)
            remarks += of_few_bits(own, columns)
            remarks += lost_points(own, columns, rows)
            remarks += stuck(own, columns, rows)
            remarks += counters(own, columns)
            remarks += exchanged_places(own, columns, rows)
            remarks += total(own, columns, rows)
            remarks += boxes_alone(own, columns, rows)
            remarks += shifted_rows(own, columns, rows)
            remarks += across_diagonal(own)
            remarks += twice(own, columns, rows.table.column_names)
            remarks += units_in(own, columns, rows.table)
            remarks += long_form(own, columns, rows)
            remarks += repeated_things(own, columns, rows)
            if not params.deduplicate:
                remarks += copied(own, columns, rows)
            remarks += languages_in(columns, rows.table)
            for name, at in vectors.items():
                remarks += packed_bits(own[: SOME // 10][:, at], name)
                remarks += of_dimensions(own[:LOOKED_AT][:, at], name)
                remarks += several_models(rows.table, name)
            usual = Part(TRAIN, spreads(own, columns)) if len(splits) > 1 else None
        else:
            remarks += unseen(rows.table, columns, own, split)
            if usual:
                found = unlike(Part(split, spreads(own, columns)), usual, columns)
                remarks += (one.remark for one in found)
        for at in vectors.values():
            if len(at) >= FEWEST_PLACES:
                some = np.empty(len(own), dtype=bool)
                for part, block in row_blocks(own):
                    some[part] = block[:, at].any(axis=1)
                remarks += zero_vectors(rows, some, split)
        of_files = [*unlike_files(rows, own, columns)]
        remarks += of_files
        if split == TRAIN and not of_files:
            remarks += two_units(own, columns)
            remarks += two_totals(own, columns)
        if params.missing in (None, "mean"):
            remarks += blank_rows(own, rows, split)
        values[split] = own
    return values, columns, tuple(remarks)


def _gaps(params: ColumnParams) -> Mapping[str, Sequence[str]] | None:
    """Return what is no value already; None where a data set has no key for it."""
    if isinstance(params, FilesParams) and not unused(kinds(Path(params.path)), ("na_values",)):
        return params.gaps
    return None


def _columns(train: Rows, params: ColumnParams) -> tuple[tuple[Column, ...], list[str]]:
    """Return the features of the train split, and what of their values may not be meant."""
    untyped = [n for n in candidates(train.table.column_names, params) if n not in params.types]
    separators = None
    if isinstance(params, FilesParams) and (params.decimal != "." or params.thousands):
        separators = params.decimal, params.thousands
    found = {name: _nearly(train, name, separators) for name in untyped}
    by_name = {name: text for name, text in found.items() if text}
    written = [name for name in untyped if is_text(train.table[name].type)]
    called = [params.id] if params.id and is_text(train.table[params.id].type) else []
    nearly = [*of_reports(train, [*written, *called])]
    remedies = [] if nearly else [*_as_gaps(train, by_name, params)]
    nearly = nearly or [*by_name.values()]
    try:
        columns, left_out = features(train.table, params, by_name)
    except InputError as error:
        if nearly and error.remedy is None:
            remedy = "; ".join([nearly[0], *remedies])
            raise InputError(error.problem, key=error.key, remedy=remedy) from None
        raise
    remarks = [*left_out]
    categories = [column for column in columns if column.kind == "category"]
    for column in categories:
        about = f"categories of {column.name!r:.60}"
        for look in (nearly_one, totals, ranges_as_dates):
            remarks += look(about, column.categories)
    numbers = {c.source for c in columns if c.kind == "number"}
    unsaid = [name for name in untyped if name in numbers and name not in by_name]
    remarks += (*nearly, *remedies)
    remarks += first_of_groups(train, written)
    remarks += stand_ins(train, [c.source for c in categories if c.source not in by_name])
    for of_numbers in (called_ids, called_cycles, called_versions, called_places):
        remarks += of_numbers(train, unsaid)
    remarks += called_weights(train, columns)
    remarks += few_values(train, columns)
    remarks += transposed(train.table.column_names, columns, train.table)
    remarks += _added(train.table.column_names, columns)
    remarks += splits_in(columns)
    return columns, remarks


def _as_gaps(train: Rows, by_name: Mapping[str, str], params: ColumnParams) -> Iterator[str]:
    """Say which key makes gaps of all values that keep columns from being numbers, where they are several."""
    known = _gaps(params)
    few = [n for n, text in by_name.items() if "in na_values" in text and "are names" not in text]
    odd = odd_among_numbers(train, few)
    if known is not None and sum(map(len, odd.values())) > 1:
        yield f"if these values stand for none, set na_values = {with_gaps(known, odd)}"


def _infinite(
    values: Numbers, columns: Sequence[Column], rows: Rows, split: str, params: ColumnParams
) -> Iterator[str]:
    """Say which values are infinite or beyond float32; refuse them where the parameters do."""
    infinite = marked(values, lambda block: np.abs(block) > LARGEST)
    number = int(infinite.counts.sum())
    what = f"{count(number, 'value')} in {_named(infinite, columns)} of {split} {are(number)}"
    first = f"the first is {rows.place(infinite.first)}"
    if params.missing in (None, "error"):
        source = columns[infinite.columns[0]].source
        doubts = (text for (name, _), text in rows.doubts.items() if name == source)
        raise InputError(
            f"{what} infinite or beyond 3.4e38, {first}",
            key="features",
            remedy=next(doubts, 'set missing = "drop" or "mean"'),
        )
    yield f"{what} infinite or beyond 3.4e38, read as gaps, {first}"


def _added(names: Sequence[str], columns: Sequence[Column]) -> Iterator[str]:
    """Say which features an export of a run has added: its clusters, and what it says of them."""
    used = dict.fromkeys(column.source for column in columns)
    added = [name for name in of_a_run(names) if name in used]
    if added:
        yield (
            f"{columns_are(added)} of the export of a run: clusters would be found by its clusters; leave "
            "out what it has added, by drop"
        )
    elif forms := [name for name in used if name in _FORMS]:
        yield (
            f"{columns_are(forms)} of REDCap, whose rows are of several forms: keep those of one, and name "
            f"{'it' if len(forms) == 1 else 'both'} in drop"
        )
    elif found := [name for name in used if _OF_CLUSTERS.fullmatch(name)]:
        yield (
            f"{columns_are(found)} called like what a clustering has found: if so, leave "
            f"{'it' if len(found) == 1 else 'them'} out, by drop"
        )


_LISTED = re.compile(r"(?s)\s*\[\s*([{\"'].*)?\]\s*")
"""Lists of objects or words, as JSON and Python write them."""
_OBJECT = re.compile(r"(?s)\s*\{\s*[\"'].*:.*\}\s*")


def _nearly(rows: Rows, name: str, separators: tuple[str, str | None] | None) -> str | None:
    """Say as what the values of a column nearly are: numbers, dates, times."""
    if durations := nearly_durations(rows, name):
        return durations
    if is_text(rows.table[name].type) and (nearly := nearly_numbers(rows, name, separators)):
        return nearly
    if (dates := nearly_dates(rows, name)) or not is_text(rows.table[name].type):
        return dates
    different = rows.table[name].unique().drop_null().slice(0, LOOKED_AT).to_pylist()
    for pattern, what, remedy in IMAGES_AS_TEXT if different else ():
        if all(re.match(pattern, value) for value in different):
            return f"column {name!r:.60} holds {what}: {remedy}"
    listed = next((value for value in different if "," in value), "")
    if listed and all(map(_LISTED.fullmatch, different)):
        return (
            f"column {name!r:.60} holds lists in one value ({listed!r:.40}): write a column of yes and "
            "no for each of what they list"
        )
    if different and all(map(_OBJECT.fullmatch, different)):
        return (
            f"column {name!r:.60} holds an object of JSON in each value ({different[0]!r:.40}): write a "
            "column for each of its keys (pandas.json_normalize)"
        )
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
        tables = {s: Table(of_rows(values[s], rows), columns) for s, rows in chosen.items()}
        if params.missing == "mean":
            # The test split is filled with train's means: it must not tell of itself.
            fitted = with_fill(columns, np.asarray(tables[TRAIN].values, np.float64))
            tables = {s: replace(table, columns=fitted).filled() for s, table in tables.items()}
        return Read(dict(tables), remarks=remarks)

    return items


def missing_in(values: Numbers, columns: Sequence[Column]) -> str:
    """Say which columns have gaps."""
    return _named(marked(values, np.isnan), columns)


def _named(marks: Marks, columns: Sequence[Column]) -> str:
    return listed([columns[i].name for i in marks.columns])


def complete(values: Numbers) -> BoolArray:
    """Return which rows have no gap: bool (n,)."""
    whole = np.empty(len(values), dtype=bool)
    for part, block in row_blocks(values):
        whole[part] = ~np.isnan(block).any(axis=1)
    return whole
