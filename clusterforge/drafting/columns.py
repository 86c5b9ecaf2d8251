"""What each column of a source looks like: texts, vectors, categories, numbers, dates, ids."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.contracts import Column, ColumnKind, Preview
from clusterforge.drafting.sketch import MOST_CLASSES, NAMES_TEXT, TITLE, ColumnSketch, Kind
from clusterforge.file_keys import IMAGES, IMAGES_AS_TEXT
from clusterforge.tables import (
    amounts,
    are_durations,
    are_whole,
    called_id,
    called_row,
    codes_by_name,
    counted_rows,
    cycle_by_name,
    date_formats,
    described,
    fields,
    lists,
    look_like_lists,
    matrix,
    no_numbers,
    texts,
)
from clusterforge.tables.arrow import is_binary, is_list, is_number, is_text
from clusterforge.tables.dates import dates_but_for_some, fitting, of_birth, unreadable_dates
from clusterforge.tables.kinds import several_numbers
from clusterforge.tables.lists import ANEW, ELIDED, unwrapped
from clusterforge.tables.pixel_arrays import SMALLEST, arrays, is_of_arrays
from clusterforge.tables.scales import in_order, no_answers

_IMAGE = re.compile(r"\.(png|jpe?g|webp|gif|tiff?|bmp)$", re.IGNORECASE)
VECTOR = 8
"""Numbers that a list needs to be taken for a vector."""
FEW = 6
_LONG, _WORDS, _FEW_WORDS = 25.0, 2.5, 1.5
_LISTED = 6  # words that lists of texts hold on average, if they are more than answers or tags
_SEQUENCE = 15  # characters: DNA and SMILES are long
_ADDRESS = re.compile(r"://|@|\.\w{2,5}$")  # of the web, of mail, and of files
COPIES = 20  # of each of a few texts that are categories, on average
SOME = 100  # texts whose letters are counted
_FLOATS = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
NO_VECTORS = "no list of numbers"
BYTES = "bytes that are no images"
_VECTOR = re.compile(r"embedding|vector|(^|_)vec(_|$)|(^|_)emb(_|$)", re.IGNORECASE)
LONGEST_ID = 40  # characters of what is certainly no id in a column called like vectors
_NUMBERED = re.compile(r"(.*[ _.-])?(nr|no|key|index|number)", re.IGNORECASE)
_SPARSE = ("indices", "values")
_TOKENS = re.compile(r"(input|token|token_type|position|word|special|label)s?_?ids?|.*_mask|tokens")
_LABEL = re.compile(
    r"(true|gold|fine|coarse|ground)?[ _.-]?(labels?|class(es)?|targets?|truth|intent)|y|species|topic|"
    r"diagnosis",
    re.IGNORECASE,
)


def sketches(preview: Preview) -> tuple[ColumnSketch, ...]:
    """Return what the columns of a preview look like, in their order."""
    table = preview.table
    if table is None or not table.num_rows:
        return ()
    found = [
        ColumnSketch(name, "unused", "a name that several columns have")
        if table.column_names.count(name) > 1
        else _sketch(table, name, preview)
        for name in table.column_names
    ]
    # What is within fields is for data that have nothing else: texts, or values.
    outer = [column for column in found if not is_within(table, column.name)]
    some: tuple[str, ...] = ()
    if not any(column.kind == "text" for column in outer):
        some = ("text",) if any(column.kind == "vector" for column in outer) else ("text", "vector")
    seen = [column for column in found if column in outer or column.kind in some]
    single = {field.name.lower() for field in table.schema if not pa.types.is_nested(field.type)}
    if {"x", "y"} <= single:  # the places of points, and no label
        found = [replace(c, called_label=c.called_label and c.name.lower() != "y") for c in found]
    if not any(column.usable or column.kind in ("text", "image", "vector") for column in seen):
        some = ("number", "category", "yes-no")
    kept = {column.name for column in outer}
    return tuple(column for column in found if column.name in kept or column.kind in some)


def is_within(table: pa.Table, name: str) -> bool:
    """Tell whether a name with dots is that of a field, which :func:`with_fields` has added."""
    column = fields.owner(name, {*table.column_names} - {name})
    return column is not None and pa.types.is_nested(table[column].type)


def with_fields(table: pa.Table) -> pa.Table:
    """Return a table with fields of objects as columns, by their dotted names; lists of texts are joined."""
    for name, column in zip(table.column_names, table.columns, strict=True):
        for called, values in fields.below(column, name):
            if called not in table.column_names:
                table = table.append_column(called, values)
    for at, name in enumerate(table.column_names):
        if fields.holds_texts(table.column(at).type):
            texts = fields.joined(table.column(at))
            words = pc.count_substring_regex(texts.drop_null(), r"\S+")
            if len(words) and pc.mean(words).as_py() >= _LISTED:  # else they are answers, or tags
                table = table.set_column(at, name, texts)
    return table


def with_lists(table: pa.Table) -> pa.Table:
    """Return a table with lists of numbers in place of texts that hold them, as a csv file has vectors."""
    columns = [column.combine_chunks() for column in table.columns]
    for at, column in enumerate(columns):
        if (inner := unwrapped(column)) is not None:
            columns[at] = inner
        elif look_like_lists(column) and (found := lists(column)) is not None:
            columns[at] = found
    return pa.Table.from_arrays(columns, table.column_names)


def _one_length(column: pa.ChunkedArray) -> bool:
    """Tell whether all bytes are as long."""
    longest = pc.min_max(pc.binary_length(column))
    return bool(longest["min"] == longest["max"])


def _sketch(table: pa.Table, name: str, preview: Preview) -> ColumnSketch:
    column = table[name]
    kind = column.type
    if not name or name in preview.index:
        return ColumnSketch(name, "unused", "an index of the rows")
    if name in preview.images:
        return ColumnSketch(name, "image", "paths of images")
    image = pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0
    if is_binary(kind):
        first = next(iter(column.drop_null().slice(0, 1).to_pylist()), b"")
        image = IMAGES.match(first) or first[4:8] == b"ftyp"
        if not image:
            about = BYTES
            if len(first) % 4 == 0 and len(first) >= 4 * VECTOR and _one_length(column):
                about += (
                    f", {len(first):,} in each row, as those of {len(first) // 4:,} numbers: if they are "
                    "vectors, write each as a list (numpy.frombuffer(…, 'float32').tolist())"
                )
            return ColumnSketch(name, "unused", about)
    if image:
        return ColumnSketch(name, "image", "bytes of files")
    if is_of_arrays(kind):
        some = [*arrays(column.drop_null().slice(0, SOME))]
        shape = some[0].shape if some else ()
        if len(shape) == 2 and any(array.min(initial=0) < 0 for array in some):
            about = f"{shape[0]} lists of {shape[1]} numbers in each row, some below 0: no pixels"
            return ColumnSketch(name, "unused", f"{about}; write one list, as their mean")
        if len(shape) > 1 and min(shape[:2]) >= SMALLEST:
            about = f"arrays of {' × '.join(map(str, shape))} pixels"
            return ColumnSketch(name, "image", about)
        return ColumnSketch(name, "unused", "lists of lists")
    if is_list(kind) and {name} < {*_SPARSE} <= {*table.column_names}:
        about = "part of sparse vectors (indices and values): write whole ones"
        return ColumnSketch(name, "unused", about)
    if is_list(kind):
        return _of_lists(column, name)
    found = described(table, [name])
    if is_text(kind) and (not found.columns or found.columns[0].kind == "category"):
        return _of_texts(column, name, bool(found.columns), preview)
    if not found.columns:
        return ColumnSketch(name, "unused", found.left_out[name].reason)
    return _of_values(column, name, found.columns[0].kind, preview)


def _of_lists(column: Any, name: str) -> ColumnSketch:
    lengths = pc.list_value_length(column.drop_null()).unique().to_pylist()
    item = column.type.value_type
    numbers = is_number(item) or pa.types.is_boolean(item)
    if numbers and _TOKENS.fullmatch(name):
        return ColumnSketch(name, "unused", "numbers of tokens, no embeddings")
    if numbers and len(lengths) == 1 and lengths[0]:
        about = f"{lengths[0]:,} numbers in each row"
        if _LABEL.fullmatch(name) and {*pc.list_flatten(column).unique().to_pylist()} == {0, 1}:
            return ColumnSketch(name, "number", f"{about}, all 0 and 1", called_label=True)
        kind: Kind = "vector" if lengths[0] >= VECTOR else "number"
        return ColumnSketch(name, kind, about + _gaps(column.null_count))
    about = "lists"
    if numbers and len(lengths) > 1:
        every = pc.fill_null(pc.list_value_length(column), 0)
        usual = pc.mode(every)[0]["mode"].as_py()
        row = pc.index(pc.not_equal(every, usual), True).as_py()
        about = (
            f"lists of several lengths: {usual:,} numbers in many rows, {every[row].as_py():,} in "
            f"row {row + 1:,}: write as many in each, or leave such rows out"
        )
    labels = bool(_LABEL.fullmatch(name))
    if not numbers and not labels:
        about = described(pa.table({name: column}), [name]).left_out[name].reason
    return ColumnSketch(name, "unused", about, called_label=labels)


def _of_values(column: Any, name: str, kind: ColumnKind, preview: Preview) -> ColumnSketch:
    filled = column.drop_null()
    if is_text(column.type):
        filled = filled.filter(pc.not_equal(pc.utf8_trim_whitespace(filled), ""))
    if pa.types.is_floating(filled.type) and not pa.types.is_float16(filled.type):
        filled = filled.filter(pc.invert(pc.is_nan(filled)))
    distinct = filled.unique()
    values = len(distinct)
    whole = pa.types.is_integer(column.type)
    called = called_id(name) or called_row(name) or _NUMBERED.fullmatch(name)
    if whole and values == len(column) and (counted_rows(column) or called):
        return ColumnSketch(name, "id", "a different number in each row", values)
    few = 2 <= values <= min(MOST_CLASSES, len(column) // 2)
    whole = whole or (few and pa.types.is_floating(column.type) and are_whole(distinct))
    codes = kind == "number" and codes_by_name(filled, name)
    ordered, unanswered = None, no_answers(())
    if kind == "category" and is_text(filled.type) and preview.complete:
        unanswered = no_answers(distinct.to_pylist())
        ordered = in_order({*distinct.to_pylist()}.difference(unanswered))
        kind = "ordinal" if ordered else kind
    cycle = (kind == "number" and cycle_by_name(filled, name)) or ""
    labels = few and (kind in ("category", "ordinal", "yes-no") or whole)
    named = name in preview.class_names or bool(_LABEL.fullmatch(name))
    about = "one value" if values == 1 else f"{values:,} different values"
    if kind in ("number", "date") and values > 1:
        if not _has_order(filled.type):
            filled = pa.array(matrix(pa.table({name: filled}), [Column(name)])[:, 0])
        extremes = pc.min_max(filled)
        about += f", {_short(extremes['min'])} to {_short(extremes['max'])}"
    elif 1 < values <= FEW:
        about += f": {', '.join(map(_short, distinct if ordered is None else pa.array(ordered)))}"
    elif ordered is not None:
        about += f", {ordered[0]:.30} to {ordered[-1]:.30}"
    return ColumnSketch(
        name,
        "category" if codes else "cycle" if cycle else kind,
        about + _gaps(len(column) - len(filled)),
        values,
        form="category" * codes or cycle or "ordinal" * (ordered is not None),
        gaps=unanswered if ordered else (),
        constant=values == 1 and len(filled) == len(column) > 1,
        may_be_label=labels and not _signs(distinct),
        called_label=labels and named,
    )


def _has_order(kind: Any) -> bool:
    """Tell whether Arrow has the least of such values."""
    return not (pa.types.is_duration(kind) or pa.types.is_float16(kind))


def _of_texts(column: Any, name: str, category: bool, preview: Preview) -> ColumnSketch:
    filled = [text for text in column.to_pylist() if text and text.strip()]
    values = len(set(filled))
    unused = partial(ColumnSketch, name, "unused", values=values)
    if not filled:
        return unused("no values")
    for pattern, what, remedy in IMAGES_AS_TEXT:
        if all(re.match(pattern, text) for text in filled[:SOME]):
            return unused(f"{what}: {remedy}")
    words = float(np.mean([len(text.split()) for text in filled]))
    length = float(np.mean([len(text) for text in filled]))
    images = all(map(_IMAGE.search, filled))
    long = words >= _WORDS or (length >= _LONG and words >= _FEW_WORDS) or _unspaced(filled)
    forms, some = date_formats(filled), "".join(filled[:SOME])
    form = of_birth(filled, _form(filled, forms), name) if preview.complete and forms else ""
    undated = None if forms else unreadable_dates(filled)
    long = long and not (forms or undated or images)
    long = long and sum(map(str.isalpha, some)) > sum(map(str.isdigit, some))
    long = long and (values > FEW or values * COPIES > len(filled))
    long = long and not several_numbers(filled, name)
    different = texts(pa.array(filled)).unique()
    held = no_numbers(different)
    long = long and held is None
    called = bool(NAMES_TEXT.search(name) or TITLE.search(name))
    gaps = _gaps(len(column) - len(filled))
    numbers = None if called_id(name) else amounts(different)
    amount = numbers is not None and numbers.numbers == len(different)  # 3,088 ratings are no texts
    if not amount and (
        (long and (not category or called))
        or (called and not category and (words >= _FEW_WORDS or NAMES_TEXT.fullmatch(name)))
    ):
        about = f"{words:.0f} words on average, {values:,} different texts{gaps}"
        sparse = 2 * len(filled) < len(column)
        return ColumnSketch(name, "text", about, values, words, length, sparse=sparse)
    if category:
        sketch = _of_values(column, name, "category", preview)
        sketch = replace(sketch, form=form or sketch.form)
        if not numbers or numbers.value or preview.complete:
            return sketch
        about = f"{sketch.about}, numbers as texts: is there a word in a row further below?"
        return replace(sketch, about=about)
    if undated:
        return unused(f"dates as {filled[0]}: {undated}")
    if forms:
        named = " or ".join(forms[:2])
        set_form = f"set its form in types, {form or named}"
        return unused(f"dates as {filled[0]}: {set_form}", form=form)
    if are_durations(different, name):
        return unused(f"durations as {filled[0]:.30}: set number in types, to use them as seconds")
    if held is not None:
        value, what, remedy = held
        return unused(f"{what}, as {value:.30}: {remedy}")
    if numbers and not all(map(str.isdecimal, filled)):
        odd = ", ".join(f"{value!r:.30}" for value in numbers.odd or (numbers.value,))
        about = f"numbers, but for {odd}: {numbers.remedy}"
        about = about if numbers.value else "numbers that are written as texts: set number in types"
        form = "number" * (preview.complete and numbers.by_type)
        return unused(about, signed=True, form=form, gaps=numbers.odd)
    most = None if called_id(name) else dates_but_for_some(different)
    if not most and (about := several_numbers(filled, name)):
        return unused(about)
    if all(map(ELIDED.fullmatch, filled)):
        return unused(f"vectors whose numbers were left out when they were written: {ANEW}")
    if all(map(_FLOATS.fullmatch, filled)) and len({*map(len, filled)}) == 1:
        way = "numpy.frombuffer(base64.b64decode(value), '<f4')"
        return unused(
            f"{NO_VECTORS}, but base64 of bytes, as of float32: write the numbers of each, {way}"
        )
    if _VECTOR.search(name) and min(map(len, filled)) > LONGEST_ID:
        return unused(f"{NO_VECTORS}, but {filled[0]:.20}…: write each as [0.1, 0.2, …]")
    if most:
        return unused(f"dates, but for {most.value!r:.30}: {most.remedy}")
    if values == len(column):
        about = "a different value in each row"
        if images:
            what = "addresses" if "://" in filled[0] else "names"
            about += f": {what} of images that are not there"
        sketch = ColumnSketch(name, "id", about, values)
        unspaced = length >= _SEQUENCE and len({*map(len, filled)}) > FEW and not called_id(name)
        if not unspaced or any(map(_ADDRESS.search, filled[:FEW])):
            return sketch
        return replace(sketch, words=words, length=length)
    return unused(f"{values:,} different short texts{gaps}")


def _gaps(empty: int) -> str:
    return f", {empty:,} empty" if empty else ""


def _form(texts: Sequence[str], forms: Sequence[str]) -> str:
    """Return the one of some formats by which all texts are dates; empty where there is none, or several."""
    different = [*{text.strip() for text in texts}]
    certain = [form for form in forms if all(fitting(different, form))]
    return certain[0] if len(certain) == 1 else ""


def _unspaced(texts: Sequence[str]) -> bool:
    """Tell whether texts are of a script without spaces between words."""
    return float(np.mean([len(t) >= 6 and min(map(ord, t[:6])) >= 0x0E00 for t in texts])) > 0.5


def _signs(values: Any) -> bool:
    """Tell whether values are 1 and -1 alone, which can't be labels: -1 means unlabelled."""
    return {*texts(values).to_pylist()} <= {"1", "-1", "+1"}


def _short(value: Any) -> str:
    plain = value.as_py()
    return f"{plain:,.6g}" if isinstance(plain, float) else f"{plain!s:.30}"
