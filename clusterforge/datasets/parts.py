"""The parts that a data set reads, one for each split, and the corpus of the rows that are chosen of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.builtin.datasets import SampleParams, SplitParams
from clusterforge.contracts import (
    Corpus,
    IntArray,
    ItemKind,
    Items,
    LeftOut,
    Peek,
    PixelFormat,
    SomeItems,
    Split,
)
from clusterforge.datasets.selection import TEST, TRAIN, choose, divided, expected, held_out
from clusterforge.errors import InputError
from clusterforge.formats import are, count, few_of, have

SAMPLE = "not in the sample"
NAMED = 5
Ids = npt.NDArray[Any]


@dataclass(frozen=True)
class Copies:
    """Rows that repeat others.

    Parameters
    ----------
    reason
        How, in a few words.
    rows, originals
        int64 (c,): the rows, and the row that each repeats, which is none of them.
    """

    reason: str
    rows: IntArray
    originals: IntArray


@dataclass(frozen=True)
class Part:
    """The rows that one split may have.

    Parameters
    ----------
    rows
        int64 (m,): the positions to choose from, in the split's source of n rows.
    ids
        int64 or str (n,) of the whole source; or a function that gives those of the rows chosen.
    positions
        int64 (n,): where the rows stand in all that the data set reads.
    labels
        int64 (n,), -1 for unlabelled; or None.
    every, lack
        The positions of the split before rows were found unusable, int64; and what those lack.
    copies
        Rows that are left out as copies.
    """

    rows: IntArray
    ids: Ids | Callable[[IntArray], Ids]
    positions: IntArray
    labels: IntArray | None
    every: IntArray
    lack: str = ""
    copies: tuple[Copies, ...] = ()

    def left_out(
        self, reason: str, rows: IntArray, split: str, same_as: IntArray | None = None
    ) -> LeftOut:
        """Return the record of rows that are left out of a split; ``same_as`` as there."""
        ids = None if callable(self.ids) else self.ids[rows]
        return LeftOut(reason, self.positions[rows], ids, split, same_as)


@dataclass(frozen=True)
class Read:
    """The content of the chosen rows.

    Parameters
    ----------
    items
        The items of each split, without those of rows that can't be read.
    broken
        Of each split, the rows that can't be read, by their place among the chosen, and why.
    pixel_format
        How images were read.
    remarks
        What the user should know of how they were read.
    """

    items: Mapping[str, Items]
    broken: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    pixel_format: PixelFormat | None = None
    remarks: tuple[str, ...] = ()


def corpus_of(
    parts: Mapping[str, Part],
    items: Callable[[Mapping[str, IntArray]], Read],
    params: SampleParams,
    source: Mapping[str, Any],
    label_names: Sequence[str] = (),
    outside: Sequence[LeftOut] = (),
) -> Corpus:
    """Return the rows that the parameters ask for, split by split, and what is left out.

    Parameters
    ----------
    parts
        The rows to choose from, ``train`` among them.
    items
        Reads the items at the chosen positions of each split, int64 (m,).
    params
        Which rows are wanted.
    source
        Where the data came from.
    label_names
        Names of classes.
    outside
        Rows of the source that are in none of the parts.

    Raises
    ------
    InputError
        Where a split has no rows.
    """
    chosen, without, remarks = {}, [*outside], []
    asked: list[str] = []  # rows without content are left out only where `missing` says so
    for split, part in parts.items():
        labels = None if part.labels is None else part.labels[part.rows]
        chosen[split] = choose(split, part.rows, labels, params, label_names)
        every, total = part.every, len(part.every)
        if not len(chosen[split]):
            problem = f"there are no rows for the {split} split"
            if total and part.lack:
                rows_of = "the only row" if total == 1 else f"all {total:,} rows"
                problem = f"{rows_of} of {split} {have(total)} {part.lack}"
            raise InputError(problem, key="path")
        for copies in part.copies:
            every = np.setdiff1d(every, copies.rows)
        if lacking := len(every) - len(part.rows):
            asked.append(
                f"{lacking:,} of the {total:,} rows of {split} {have(lacking)} {part.lack}; left out"
            )
            remarks.append(asked[-1])
        for copies in part.copies:
            originals = part.positions[copies.originals]
            remarks += _of_other_classes(split, part, copies)
            without.append(part.left_out(copies.reason, copies.rows, split, originals))
        stages = ((part.lack, every, part.rows), (SAMPLE, part.rows, chosen[split]))
        for reason, before, after in stages:
            if len(before) != len(after):
                gone = np.setdiff1d(before, after, assume_unique=True)
                without.append(part.left_out(reason, gone, split))
    read = items(chosen)
    for split, why in read.broken.items():
        for reason in sorted(set(why.values())):
            places = sorted(place for place, its in why.items() if its == reason)
            rows = chosen[split][places]
            broken = parts[split].left_out(f"unreadable: {reason}", rows, split)
            without.append(broken)
            asked.append(said(broken))
            remarks.append(asked[-1])
        chosen[split] = np.delete(chosen[split], sorted(why))
        if not len(chosen[split]):
            reasons = few_of(sorted(set(why.values())), 2)
            raise InputError(f"no image of the {split} split can be read: {reasons}", key="path")
    splits = {}
    for split, rows in chosen.items():
        part = parts[split]
        labels = None if part.labels is None else of_rows(part.labels, rows)
        named = part.ids(rows) if callable(part.ids) else of_rows(part.ids, rows)
        positions = of_rows(part.positions, rows)
        splits[split] = Split(split, read.items[split], labels, named, positions)
    sampling = {"limit", "limit_test", "balanced"}
    chosen_by = params.model_dump(include=sampling, exclude_defaults=True)
    if chosen_by:
        chosen_by["sample_seed"] = params.sample_seed
    return Corpus(
        splits,
        label_names=tuple(label_names),
        source={**source, **chosen_by},
        notes=("balanced",) if params.balanced else (),
        pixel_format=read.pixel_format,
        left_out=tuple(without),
        remarks=(*read.remarks, *remarks),
        asked=tuple(asked),
    )


def _of_other_classes(split: str, part: Part, copies: Copies) -> Iterator[str]:
    """Say how many copies have another label than the row that stays, as those of several annotators."""
    if part.labels is None:
        return
    one, other = part.labels[copies.rows], part.labels[copies.originals]
    odd = (one >= 0) & (other >= 0) & (one != other)
    if odd.any():
        yield (
            f"{odd.sum():,} of the {count(len(odd), 'copy')} that {are(len(odd))} left out of {split} "
            f"{have(odd.sum())} another label than the row that they repeat, which is used"
        )


def of_rows(values: npt.NDArray[Any], rows: IntArray) -> npt.NDArray[Any]:
    """Return the values of some rows; those of all of them are no copy."""
    all_rows = len(rows) == len(values) and bool((rows[1:] > rows[:-1]).all())
    return values if all_rows else values[rows]


def said(some: LeftOut) -> str:
    """Say which rows are left out and why."""
    names = some.positions if some.ids is None else some.ids
    first = ", ".join(f"{name!s:.80}" for name in names[:NAMED]) + (", …" * (len(names) > NAMED))
    of = f" of {some.split}" if some.split else ""
    return f"{count(len(some), 'row')}{of} left out, {some.reason}: {first}"


def divide(
    items: Items,
    labels: IntArray,
    label_names: Sequence[str],
    params: SplitParams,
    *,
    ids: npt.NDArray[Any] | None = None,
    source: Mapping[str, Any],
) -> Corpus:
    """Return a corpus with a train and a test split of rows in memory.

    Parameters
    ----------
    items
        All rows: ``Texts``, ``Images`` or a ``Table``.
    labels
        int64 (n,), -1 for unlabelled.
    label_names
        Names of classes.
    params
        Which rows are wanted.
    ids
        int64 or str (n,); default: positions.
    source
        Where the data came from.
    """
    fraction, seed = params.test_fraction, params.sample_seed
    at = divided(len(labels), labels, fraction, seed)
    positions = np.arange(len(labels), dtype=np.int64)
    named = positions if ids is None else ids
    parts = {split: Part(rows, named, positions, labels, rows) for split, rows in at.items()}
    return corpus_of(
        parts,
        lambda chosen: Read({split: SomeItems(items, rows) for split, rows in chosen.items()}),
        params,
        {**source, "test_fraction": fraction, "sample_seed": seed},
        label_names,
    )


def peek(
    rows: int,
    params: SplitParams,
    content: ItemKind,
    classes: int,
    source: str,
    columns: tuple[str, ...] | None = None,
    *,
    shape: tuple[int, ...] | None = None,
    characters: float | None = None,
) -> Peek:
    """Return what is known of a data set of so many rows before it is made."""
    test = held_out(rows, params.test_fraction)
    sizes = expected({TRAIN: rows - test, TEST: test}, params, classes)
    return Peek(
        sizes,
        content,
        columns,
        classes,
        source,
        labelled=True,
        shape=shape,
        characters=characters,
    )
