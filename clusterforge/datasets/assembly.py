"""From tables with named columns to a corpus: labels, chosen rows, items and ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.builtin.datasets import ColumnParams
from clusterforge.contracts import (
    Corpus,
    Embedded,
    FloatArray,
    IntArray,
    Items,
    LeftOut,
    Parts,
    SomeItems,
    Split,
    taken_in_blocks,
)
from clusterforge.contracts.items import PART_OF
from clusterforge.datasets import class_labels, columns, parts, table_columns, table_values
from clusterforge.datasets.alike_texts import alike_texts
from clusterforge.datasets.arrow_items import ArrowTexts, text_splits
from clusterforge.datasets.copies import copies_in, without
from clusterforge.datasets.image_items import read_images
from clusterforge.datasets.image_names import LONGEST, exists
from clusterforge.datasets.odd_labels import in_other_words, no_classes, odd_labels, only_elsewhere
from clusterforge.datasets.odd_numbers import packed_bits
from clusterforge.datasets.odd_rows import of_reports
from clusterforge.datasets.odd_texts import of_texts
from clusterforge.datasets.odd_vectors import odd_vectors, of_dimensions
from clusterforge.datasets.parts import Read
from clusterforge.datasets.selection import TRAIN
from clusterforge.datasets.stored_images import ArrayImages, ArrowFiles, FolderFiles, ImageFiles
from clusterforge.datasets.table_rows import Rows
from clusterforge.datasets.text_cleaning import emptied
from clusterforge.errors import InputError, bounded
from clusterforge.formats import count, have
from clusterforge.numerics.arrays import BoolArray
from clusterforge.specs import Part
from clusterforge.tables.pixel_arrays import is_of_arrays
from clusterforge.tables.vector_models import several_models


def label_codes(
    splits: Mapping[str, Rows], column: str | None
) -> tuple[dict[str, IntArray | None], tuple[str, ...]]:
    """Return the label codes of each split, None where no column is named, and their names."""
    if column is None:
        return dict.fromkeys(splits), ()
    names = splits[TRAIN].class_names.get(column, ())
    codes, names = class_labels.encode({s: r.table[column] for s, r in splits.items()}, names)
    return {split: codes[split] for split in splits}, names


def assemble(
    splits: Mapping[str, Rows],
    params: ColumnParams,
    source: Mapping[str, Any],
    outside: Sequence[LeftOut] = (),
    remarks: Sequence[str] = (),
) -> Corpus:
    """Make a corpus of tables.

    Parameters
    ----------
    splits
        The splits as they were read, ``train`` among them, with columns that have been checked.
    params
        What the columns mean and which rows are wanted.
    source
        Where the data came from.
    outside
        Rows of the source that are in none of the splits as they were read.
    remarks
        What the user should know of how they were read.

    Raises
    ------
    InputError
        Where a column holds what can't be used; the key is the parameter.
    """
    splits = {split: replace(rows, typed=bool(params.types)) for split, rows in splits.items()}
    labels, names = label_codes(splits, params.label)
    embeddings: dict[str, FloatArray] = {}
    if params.embedding is not None:
        embeddings = {s: columns.embedding(rows, params.embedding) for s, rows in splits.items()}
    content = _content(splits, params, embeddings)
    of_splits = {}
    usable = {split: content.usable(split, rows, params) for split, rows in splits.items()}
    copies = copies_in(usable, content.items, params)
    for split, rows in splits.items():
        of_splits[split] = parts.Part(
            without(usable[split], copies[split]),
            partial(_ids, rows, params.id),
            rows.positions,
            labels[split],
            np.arange(len(rows.positions)),
            content.lack,
            copies[split],
        )
    corpus = parts.corpus_of(of_splits, content.items, params, source, names, outside)
    if embeddings:
        own = {s: _embedded(split, splits[s], embeddings[s]) for s, split in corpus.splits.items()}
        corpus = replace(corpus, splits=own)
    return replace(
        corpus,
        columns=columns.text_names(params) or ((params.image,) if params.image else ()),
        image_column=params.image,
        separator=params.separator,
        remarks=(
            *remarks,
            *(
                remark
                for split, values in embeddings.items()
                for remark in odd_vectors(splits[split], values, columns.text_names(params), split)
            ),
            *(
                remark
                for look in (packed_bits, of_dimensions)
                for remark in (look(embeddings[TRAIN], str(params.embedding)) if embeddings else ())
            ),
            *(several_models(splits[TRAIN].table, str(params.embedding)) if embeddings else ()),
            *_odd(splits, params, labels[TRAIN], names),
            *only_elsewhere({TRAIN: labels[TRAIN], **labels}, names),
            *corpus.remarks,
        ),
    )


def _odd(
    splits: Mapping[str, Rows],
    params: ColumnParams,
    labels: IntArray | None,
    names: Sequence[str],
) -> Iterator[str]:
    """Return what of texts and labels may not be meant as it stands."""
    rows, written = splits[TRAIN], columns.text_names(params)
    yield from of_texts(rows, written, params.clean)
    yield from alike_texts(rows, written)
    yield from of_reports(rows, written)
    if labels is not None and params.label is not None:
        yield from odd_labels(params.label, labels, names)
        yield from no_classes(splits, params.label, names)
        features = table_columns.candidates(rows.table.column_names, params)
        yield from in_other_words(rows, features, params.label, labels)


def _with_embeddings(
    content: _Content, embeddings: Mapping[str, FloatArray], params: ColumnParams
) -> _Content:
    """Return content that is there only where an embedding is."""
    if not embeddings:
        return content
    if len({values.shape[1] for values in embeddings.values()}) > 1:
        raise InputError("embeddings of the splits differ in their dimensions", key="embedding")
    present = {
        split: content.present[split] & np.isfinite(values).all(axis=1)
        for split, values in embeddings.items()
    }
    return replace(
        content,
        present=present,
        lack=f"{content.lack} or no embedding",
        missing_in=lambda split: (
            f"{content.missing_in(split)} or no finite numbers in {params.embedding!r}"
        ),
    )


def _embedded(split: Split, rows: Rows, embedding: FloatArray) -> Split:
    """Return a split whose rows come with their embedding."""
    assert split.positions is not None
    order = np.argsort(rows.positions)
    at = order[np.searchsorted(rows.positions, split.positions, sorter=order)]
    return replace(split, items=Embedded(split.items, embedding[at]))


def _ids(source: Rows, name: str | None, rows: IntArray) -> npt.NDArray[Any]:
    if name is None:
        return parts.of_rows(source.ids, rows)
    return columns.ids(source.table[name].take(rows), name)


@dataclass(frozen=True)
class _Content:
    """The content of every split, before rows are chosen.

    Parameters
    ----------
    key, lack
        The parameter that names its columns, and what rows without content lack.
    present
        Which rows have content: bool (n,) for each split.
    items
        Reads the items at the chosen positions of each split.
    missing_in
        Says which columns of a split have rows without a value.
    """

    key: str
    lack: str
    present: Mapping[str, BoolArray]
    items: Callable[[Mapping[str, IntArray]], Read]
    missing_in: Callable[[str], str]

    def usable(self, split: str, rows: Rows, params: ColumnParams) -> IntArray:
        """Return the positions of the rows whose content can be used: int64 (m,)."""
        present = self.present[split]
        absent = len(present) - int(present.sum())
        if not absent or params.missing == "drop":
            return np.flatnonzero(present)
        if self.key == "features" and params.missing in (None, "mean"):
            return np.arange(len(present))
        few = 'set missing = "drop"' + (' or "mean"' if self.key == "features" else "")
        first = rows.place(int(np.argmin(present)))
        raise InputError(
            f"{absent:,} of {count(len(present), 'row')} of {split} {have(absent)} no value in "
            f"{self.missing_in(split)}, the first is {first}",
            key=self.key,
            remedy=few,
        )


@dataclass(frozen=True)
class _Several:
    """Contents of one row, side by side."""

    contents: Mapping[Part, _Content]

    @property
    def lack(self) -> str:
        """What rows without one of them lack."""
        return " or ".join(content.lack for content in self.contents.values())

    def usable(self, split: str, rows: Rows, params: ColumnParams) -> IntArray:
        """Return the positions of the rows of which every content can be used: int64 (m,)."""
        usable = [content.usable(split, rows, params) for content in self.contents.values()]
        return reduce(np.intersect1d, usable)

    def items(self, chosen: Mapping[str, IntArray]) -> Read:
        """Read all contents of the chosen rows; a row of which one can't be read has none."""
        reads = {name: content.items(chosen) for name, content in self.contents.items()}
        broken: dict[str, dict[int, str]] = {split: {} for split in chosen}
        for read in reads.values():
            for split, why in read.broken.items():
                broken[split] |= why
        items = {}
        for split, rows in chosen.items():
            usable = np.setdiff1d(np.arange(len(rows)), sorted(broken[split]))
            items[split] = Parts(
                {
                    name: _of(read, split, len(rows), usable)
                    if broken[split]
                    else read.items[split]
                    for name, read in reads.items()
                }
            )
        form = next((read.pixel_format for read in reads.values() if read.pixel_format), None)
        remarks = tuple(remark for read in reads.values() for remark in read.remarks)
        return Read(items, broken, form, remarks)


def _of(read: Read, split: str, count: int, usable: IntArray) -> Items:
    """Return the usable rows of one content, which may have left some of its own out already."""
    own = np.setdiff1d(np.arange(count), sorted(read.broken.get(split, {})))
    return SomeItems(read.items[split], np.searchsorted(own, usable))


def _content(
    splits: Mapping[str, Rows], params: ColumnParams, embeddings: Mapping[str, FloatArray]
) -> _Content | _Several:
    kinds = columns.contents(params) or ("text",)
    contents = {PART_OF[kind]: _CONTENTS[kind](splits, params) for kind in kinds}
    first = next(iter(contents))
    contents[first] = _with_embeddings(contents[first], embeddings, params)
    return _Several(contents) if len(contents) > 1 else contents[first]


def _texts(splits: Mapping[str, Rows], params: ColumnParams) -> _Content:
    names = columns.text_names(params)
    read = {s: [rows.table[name] for name in names] for s, rows in splits.items()}

    def items(chosen: Mapping[str, IntArray]) -> Read:
        texts = {
            split: ArrowTexts(column, chosen[split], params.separator, params.clean)
            for split, column in read.items()
        }
        return Read(text_splits(texts, params.in_memory))

    present = {split: _has_text(column, params) for split, column in read.items()}
    listed = " and ".join(map(repr, names)) + (" after cleaning" if params.clean else "")
    return _Content("text", "no text", present, items, lambda split: listed)


def _has_text(read: Sequence[Any], params: ColumnParams) -> BoolArray:
    """Return which rows have a text that cleaning leaves something of: bool (n,)."""
    present = columns.has_text(read)
    if not params.clean:
        return present
    rows = np.flatnonzero(present)
    texts = ArrowTexts(read, rows, params.separator)
    for start, block in taken_in_blocks(texts):
        here = rows[start : start + len(block)]
        present[here] = ~np.array(emptied(list(map(str, block)), params.clean))
    return present


def _images(splits: Mapping[str, Rows], params: ColumnParams) -> _Content:
    read = {s: columns.image_bytes(rows.table[params.image]) for s, rows in splits.items()}

    def items(chosen: Mapping[str, IntArray]) -> Read:
        files = {split: _files(read[split], rows) for split, rows in chosen.items()}
        return read_images(files, params, "image")

    def absent(split: str) -> str:
        first = read[split][int(np.argmin(present[split]))].as_py()
        no_file = f" (no such file: {bounded(first, LONGEST)})" if first is not None else ""
        return f"{params.image!r}{no_file}"

    present = {split: column.is_valid().to_numpy() for split, column in read.items()}
    for split, column in read.items():
        if columns.holds_text(column.type):
            present[split] = np.array([bool(n) and exists(Path(n)) for n in column.to_pylist()])
    return _Content("image", "no image", present, items, absent)


def _files(column: Any, rows: IntArray) -> ImageFiles:
    """Return the image files in a column, or those whose paths are in it."""
    if is_of_arrays(column.type):
        return ArrayImages(column, rows)
    if not columns.holds_text(column.type):
        return ArrowFiles(column, rows)
    return FolderFiles([Path(name) for name in column.take(rows).to_pylist()])


def _table(splits: Mapping[str, Rows], params: ColumnParams) -> _Content:
    values, found, remarks = table_values.read(splits, params)
    return _Content(
        "features",
        "a missing value",
        {split: table_values.complete(rows) for split, rows in values.items()},
        table_values.items_of(values, found, params, remarks),
        lambda split: table_values.missing_in(values[split], found),
    )


_CONTENTS: Mapping[str, Callable[[Mapping[str, Rows], ColumnParams], _Content]] = {
    "text": _texts,
    "image": _images,
    "table": _table,
}
