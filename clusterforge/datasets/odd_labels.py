"""Labels that are read as they stand and may not be meant so: those that nearly agree, -1, ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.contracts import IntArray
from clusterforge.datasets.odd_categories import nearly_one
from clusterforge.datasets.odd_texts import MANY, NAMED, REMEDY, WORDS, lone_sign, several_in_one
from clusterforge.datasets.table_rows import Rows
from clusterforge.formats import count, few_of, first_of, have
from clusterforge.tables import texts
from clusterforge.tables.arrow import in_one

_OBJECTS = ("{}", "[]")
FIRST = 10_000  # rows that tell of most features that they are no labels
_UNLABELLED = r"^-0*1(\.0*)?$"


def odd_labels(name: str, codes: IntArray, names: Sequence[str]) -> Iterator[str]:
    """Say what of the labels of train may not be meant: those that nearly agree, words for nothing, ids.

    Parameters
    ----------
    name
        Their column.
    codes
        int64 (n,), -1 for unlabelled.
    names
        What they stand for.
    """
    rows = np.bincount(codes[codes >= 0], minlength=len(names))
    labelled = int(rows.sum())
    if not labelled:
        yield f"column {name!r:.60} has no label in train"
        return
    ids = labelled >= MANY and rows.max() == 1
    if not ids:
        yield from nearly_one(f"labels of {name!r:.60}", names)
    sign = lone_sign(pa.array(names, pa.large_string()))
    for label, number in zip(names, rows.tolist(), strict=False):
        if number and (label.strip().lower() in WORDS or label == sign):
            yield f"{label!r} is a class of {name!r:.60} with {count(number, 'row')}: {REMEDY}"
    if several := several_in_one(names):
        yield (
            f"labels of {name!r:.60} hold several classes in one value ({several!r:.40}): each combination "
            "is a class of its own"
        )
    written = [
        label
        for label in names
        if label[:1] + label[-1:] in _OBJECTS and any(sign in label for sign in ",:\"'")
    ]
    if written and 2 * len(written) >= len(names):
        yield (
            f"labels of {name!r:.60} hold lists or objects ({written[0]!r:.40}): write each as one name"
        )
    if ids:
        yield f"each of the {labelled:,} labels in {name!r:.60} is that of one row: is it an id?"


def only_elsewhere(labels: Mapping[str, IntArray | None], names: Sequence[str]) -> Iterator[str]:
    """Say which classes other splits have and train has not.

    Parameters
    ----------
    labels
        int64 (n,) for each split, -1 for unlabelled; train first.
    names
        What they stand for.
    """
    train, *others = labels
    known = labels[train]
    if known is None or not (known >= 0).any():
        return
    for split in others:
        codes = labels[split]
        if codes is None:
            continue
        strange = codes[(codes >= 0) & ~np.isin(codes, known)]
        if len(strange):
            listed = few_of([f"{names[code]!r:.60}" for code in np.unique(strange)], NAMED)
            what = f"{count(len(strange), 'row')} of {split} {have(len(strange))} a label"
            yield f"{what} that no row of {train} has: {listed}"


def no_classes(splits: Mapping[str, Rows], name: str, names: Sequence[str]) -> Iterator[str]:
    """Say how many rows have the label -1, which means that they have none.

    Parameters
    ----------
    splits
        All rows.
    name
        The column of labels.
    names
        The other labels.
    """
    if not names or name in next(iter(splits.values())).class_names:
        return
    number = 0
    for rows in splits.values():
        values = rows.table[name]
        if pa.types.is_boolean(values.type):
            continue
        found = pc.match_substring_regex(texts(values), _UNLABELLED)
        number += pc.sum(found).as_py() or 0
    if number:
        yield (
            f"{count(number, 'row')} of label -1 in {name!r:.60} {have(number)} no label, since -1 means "
            "unlabelled; if it is a class, call the classes by names"
        )


def in_other_words(
    rows: Rows, features: Sequence[str], label: str, codes: IntArray
) -> Iterator[str]:
    """Say which features are the labels in another guise: each value has its class, and each class its value.

    Parameters
    ----------
    rows
        The train split.
    features
        Its columns that are features.
    label, codes
        The column of labels; int64 (n,), -1 for unlabelled.
    """
    classes = np.unique(codes[codes >= 0])
    of_one: dict[int, str] = {}
    for name in features if (codes >= 0).sum() >= MANY else ():
        values = rows.table[name]
        if pa.types.is_nested(values.type):
            continue
        if _says(values, codes):
            yield (
                f"feature {name!r:.60} says the labels of {label!r:.60} in other words: clusters would be "
                "found by them; name it in drop"
            )
        elif len(some := values[:FIRST].unique().drop_null()) == 2:
            # Of two values one is that of one class alone.
            for at in _alone(values[:FIRST], some, codes[:FIRST]):
                if _says(values, np.where(codes < 0, codes, codes == at)):
                    of_one[at] = name
    # One of them may be what is known of a class: animals that give milk.
    if len(classes) > 2 and len(of_one) >= len(classes) - 1:
        listed = first_of([f"{name!r:.60}" for name in of_one.values()], NAMED)
        yield (
            f"features {listed} say the labels of {label!r:.60}, one class each: clusters would be found by "
            "them; name them in drop"
        )


def _alone(values: Any, some: Any, codes: IntArray) -> Iterator[int]:
    """Return the classes that alone have one of two values."""
    for value in some:
        has = pc.equal(values, value).fill_null(fill_value=False).to_numpy(zero_copy_only=False)
        own = np.unique(codes[has & (codes >= 0)])
        if len(own) == 1:
            yield int(own[0])


def _says(values: Any, codes: IntArray) -> bool:
    return _one_to_one(values[:FIRST], codes[:FIRST]) and (
        len(values) <= FIRST or _one_to_one(values, codes)
    )


def _one_to_one(values: Any, codes: IntArray) -> bool:
    """Tell whether each value of a column has one class of its own, of two classes or more."""
    known = pa.array(codes >= 0)
    encoded = in_one(in_one(values.filter(known)).dictionary_encode())
    if encoded.null_count or not 2 <= len(encoded.dictionary) <= len(codes) // 2:
        return False
    at, classes = encoded.indices.to_numpy(), codes[codes >= 0]
    pairs = at * (classes.max() + 1) + classes
    return len({len(np.unique(part)) for part in (at, classes, pairs)}) == 1
