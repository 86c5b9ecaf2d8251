"""What each column of a table is: by its Arrow type, by what its texts look like, or as the user says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.contracts import Column, ColumnKind
from clusterforge.errors import InputError
from clusterforge.tables import fields
from clusterforge.tables.arrow import all_match, is_list, is_text
from clusterforge.tables.by_name import CYCLE, called_id
from clusterforge.tables.dates import ISO
from clusterforge.tables.scales import in_order
from clusterforge.tables.values import (
    CLOCKS,
    GAPS,
    clock_format,
    flattened,
    is_numbers,
    texts,
)

MOST_CATEGORIES = 100
"""A text column with more values is no category unless the user says so."""
FEW_CATEGORIES = 20
AS_IDS = "each in few rows, as ids are"
_NUMBER = r"[+-]?\d+(\.\d+)?"
_SEVERAL = re.compile(
    rf"POINT ?\({_NUMBER}( {_NUMBER})+\)|"
    rf"""[\[{{(]?{_NUMBER}(( ?[/,;:×x±|] ?|[°'"]+ ?){_NUMBER})+ ?["'°′″%]*([NSEW]| ?[mck]?m)?[\]}})]?"""
)
"""Several numbers in one value: a blood pressure, a place, a ratio."""
_MONEY = re.compile(
    rf"\s*[$€£¥] ?{_NUMBER}[\d.,]*[KkMm]? ?(-|–|to) ?[$€£¥]? ?{_NUMBER}[\d.,]*[KkMm]?"
)
"""An amount of money, from and to: ``$53K-$91K``."""
FEW_FIELDS = 4
_OF_SPARK = {"type", "size", "indices", "values"}
Kind = ColumnKind | str | tuple[str, ...]
"""A kind, the format of a date (``%d.%m.%Y``), or the values of an ordinal in their order."""

_YES_NO = (("no", "yes"), ("n", "y"), ("false", "true"), ("f", "t"))


@dataclass(frozen=True)
class Unusable:
    """Why a column is left out, and whether it holds text: then its kind can be said."""

    reason: str
    of_text: bool = False


@dataclass(frozen=True)
class Description:
    """What the columns of a table are.

    Parameters
    ----------
    columns
        Those that can be used, in the order of the table.
    left_out
        Why the others can't, by name.
    """

    columns: tuple[Column, ...]
    left_out: Mapping[str, Unusable]


def described(
    table: pa.Table, names: Sequence[str], types: Mapping[str, Kind] | None = None
) -> Description:
    """Find out what columns are.

    Numbers are numbers, also where they stand for categories; ``types`` says otherwise. Texts of at
    most 100 different values are a category, or yes/no, or dates.

    Parameters
    ----------
    table
        The train split.
    names
        The columns.
    types
        What some of them are.

    Raises
    ------
    InputError
        Where a column can't be what ``types`` says.
    """
    columns: list[Column] = []
    left_out: dict[str, Unusable] = {}
    for name in names:
        values = table[name]
        if types and name in types:
            columns.append(_as_said(values, name, types[name]))
            continue
        found = _column(values, name)
        if isinstance(found, Unusable):
            left_out[name] = found
        else:
            columns += found
    return Description(tuple(columns), left_out)


def _column(values: Any, name: str) -> list[Column] | Unusable:
    """Return what a column is, or why it can't be used."""
    kind = values.type
    t = pa.types
    if values.null_count == len(values):
        return Unusable("it has no values")
    if t.is_nested(kind):
        if t.is_struct(kind):
            if {field.name for field in kind} == _OF_SPARK:
                return Unusable(
                    "it holds vectors of Spark, to be written as lists: vector_to_array(…)"
                )
            if fields.of_ids(values):
                return Unusable(
                    f"it holds {kind.num_fields:,} fields, {AS_IDS} "
                    f"({kind.field(0).name!r:.24}): write each as a row (jq -c "
                    f"'..|.{name}?|select(.)|.[]' FILE > rows.jsonl)"
                )
            return Unusable(f"it holds fields: name them, as {_within(kind, name, '')}")
        if is_list(kind) and pa.types.is_struct(kind.value_type):
            some = _within(kind.value_type, name, "0.")
            return Unusable(f"it holds lists of objects: name what stands at a place, as {some}")
        if is_list(kind) and pa.types.is_null(kind.value_type):
            return Unusable("it holds empty lists alone")
        if is_list(kind) and is_text(kind.value_type):
            return Unusable("it holds lists of texts: write a column of yes and no for each text")
        if not is_numbers(kind):
            each = "key" if t.is_map(kind) else "value"
            return Unusable(
                f"it holds {kind}: to use it, write a column of its own for each {each}"
            )
        if is_list(kind) and not pc.max(pc.list_value_length(values)).as_py():
            return Unusable("it holds empty lists alone")
        width = flattened(values, name).shape[1]
        return [Column(f"{name}.{i}", place=i) for i in range(width)]
    if t.is_boolean(kind):
        return [Column(name, "yes-no", ("false", "true"))]
    if is_numbers(kind):
        return [Column(name)]
    if t.is_date(kind) or t.is_timestamp(kind):
        return [Column(name, "date")]
    if t.is_time(kind):
        return [Column(name, "time")]
    if t.is_dictionary(kind):
        ordered = kind.ordered and is_text(kind.value_type)
        return [Column(name, "ordinal" if ordered else "category", _sorted(values))]
    if not is_text(kind):
        return Unusable(f"it holds {kind}")
    return _of_texts(values, name)


def _within(kind: Any, name: str, place: str) -> str:
    some = [*kind][:FEW_FIELDS]
    return ", ".join(f"{f'{name}.{place}{field.name}'!r:.60}" for field in some)


def _of_texts(column: Any, name: str) -> list[Column] | Unusable:
    counts = pc.value_counts(column)  # before texts are trimmed: there are fewer
    written = texts(counts.field("values")).dictionary_encode()
    filled = written.is_valid()
    values = written.dictionary
    if not len(values):
        return Unusable("it has no values")
    at = written.indices.filter(filled).to_numpy()
    rows = np.bincount(at, counts.field("counts").filter(filled).to_numpy())
    if all_match(values, ISO):
        return [Column(name, "date")]
    few = values.to_pylist() if len(values) <= MOST_CATEGORIES else []
    answers = [text for text in few if text not in GAPS]
    for no, yes in _YES_NO:
        if len(answers) == 2 and {text.lower() for text in answers} == {no, yes}:
            return [
                Column(name, "yes-no", tuple(sorted(answers, key=lambda text: text.lower() == yes)))
            ]
    single = len(values) > 2 and bool((rows == 1).all())
    mostly = len(values) > FEW_CATEGORIES and float(np.median(rows)) == 1
    if not few or single or mostly:
        each = "each" if single else "most of them"
        once = f", {each} in one row" if single or mostly else ""
        return Unusable(f"it holds text of {len(values):,} different values{once}", of_text=True)
    return [Column(name, "category", tuple(sorted(few)))]


def several_numbers(written: Sequence[str], name: str) -> str:
    """Say that all texts, if these are no ids, hold several numbers each, and what to do."""
    if not written or called_id(name):
        return ""
    behind = [text[one.end() :] for text in written if (one := _MONEY.match(text))]
    ranges = len(behind) == len(written) and len({*behind}) <= FEW_FIELDS
    if not ranges and not all(map(_SEVERAL.fullmatch, written)):
        return ""
    return f"several numbers in one value, as {written[0]:.30}: write each in a column of its own"


def _as_said(values: Any, name: str, kind: Kind) -> Column:
    if isinstance(kind, tuple):
        extra = sorted(set(texts(values).drop_null().unique().to_pylist()) - set(kind))
        if extra:
            raise InputError(
                f"column {name!r} has the value {extra[0]!r:.60}, which is not in its order",
                key="types",
                remedy="add it to the list, or name it in na_values",
            )
        return Column(name, "ordinal", kind)
    if kind in CLOCKS or kind == "time":
        return Column(name, "time", format=kind if kind in CLOCKS else clock_format(values))
    if "%" in kind:
        return Column(name, "date", format=kind)
    if kind.startswith(CYCLE):
        return Column(name, "cycle", format=kind)
    if kind in ("number", "date"):
        return Column(name, kind)  # type: ignore[arg-type]
    categories = _sorted(values)
    if kind == "yes-no":
        if len(categories) > 2:
            raise InputError(
                f"column {name!r} has {len(categories):,} values, not two", key="types"
            )
        no = {no for no, _ in _YES_NO}
        categories = tuple(sorted(categories, key=lambda text: text.lower() not in no))
        return Column(name, "yes-no", categories)
    if kind == "ordinal":
        if len(categories) > 2 and not _has_order(values, categories):
            if (ordered := in_order(categories)) is not None:
                return Column(name, "ordinal", ordered)
            listed = ", ".join(f'"{text}"' for text in categories[:3])
            listed = f"{listed:.60}" + ", …" * (len(categories) > 3)
            raise InputError(
                f"column {name!r} is an ordinal of texts, whose order nothing says",
                key="types",
                remedy=f"list its values from the least to the greatest: [{listed}]",
            )
        return Column(name, "ordinal", categories)
    return Column(name, "category", categories)


def _has_order(values: Any, categories: Sequence[str]) -> bool:
    """Tell whether values come with an order: their type's, or that of numbers."""
    if pa.types.is_dictionary(values.type) and values.type.ordered:
        return True
    return all(map(_is_number, categories))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _sorted(values: Any) -> tuple[str, ...]:
    """Return the values that occur, numbers in their order, as texts."""
    kind = values.type
    if pa.types.is_dictionary(kind) and kind.ordered:
        return _dictionary(values)
    found: list[str] = texts(values).drop_null().unique().to_pylist()
    try:
        return tuple(sorted(found, key=float))
    except ValueError:
        return tuple(sorted(found))


def _dictionary(values: Any) -> tuple[str, ...]:
    listed: dict[str, None] = {}
    for chunk in values.chunks:
        listed.update(dict.fromkeys(texts(chunk.dictionary).drop_null().to_pylist()))
    return tuple(listed)
