"""Which rows are used: samples, balanced samples, stratified splits, all seeded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy as np

from clusterforge.builtin.datasets import FilesParams, SampleParams
from clusterforge.contracts import IntArray
from clusterforge.errors import InputError
from clusterforge.formats import count

TRAIN, TEST = "train", "test"


def sample(rows: IntArray, limit: int | None, seed: int) -> IntArray:
    """Return at most ``limit`` of the rows, drawn at random, in their order."""
    if limit is None or limit >= len(rows):
        return rows
    drawn = np.random.default_rng(seed).choice(len(rows), limit, replace=False)
    chosen: IntArray = rows[np.sort(drawn)]
    return chosen


def balanced(
    rows: IntArray, labels: IntArray, limit: int | None, seed: int, names: Sequence[str] = ()
) -> IntArray:
    """Return equally many rows of each class that occurs, in their order.

    Parameters
    ----------
    rows
        int64 (n,): positions to choose from.
    labels
        int64 (n,): the label of each; rows with -1 are not chosen.
    limit
        At most so many rows; None: as many as the smallest class allows.
    seed
        Seed of the choice.
    names
        Names of the classes, for the message.

    Raises
    ------
    InputError
        Where a class has too few rows for the limit.
    """
    classes, sizes = np.unique(labels[labels >= 0], return_counts=True)
    if not len(classes):
        raise InputError("no row of the train split has a label", key="balanced")
    each = int(sizes.min()) if limit is None else limit // len(classes)
    if limit is not None and each == 0:
        raise InputError(
            f"{count(limit, 'row')} can't be balanced over {len(classes)} classes",
            key="limit",
            remedy=f"set it to {len(classes)} or more",
        )
    if each > sizes.min():
        least = int(classes[sizes.argmin()])
        raise InputError(
            f"class {names[least] if names else least!r} has {count(sizes.min(), 'row')}, but {limit} "
            f"balanced rows of {len(classes)} classes need {each:,} of each",
            key="limit",
            remedy=f"set it to {sizes.min() * len(classes)} or less",
        )
    rng = np.random.default_rng(seed)
    drawn = [rng.choice(np.flatnonzero(labels == c), each, replace=False) for c in classes]
    chosen: IntArray = rows[np.sort(np.concatenate(drawn))]
    return chosen


def choose(
    split: str,
    rows: IntArray,
    labels: IntArray | None,
    params: SampleParams,
    names: Sequence[str] = (),
) -> IntArray:
    """Return the rows of a split that the parameters ask for.

    Parameters
    ----------
    split
        ``train`` follows ``limit`` and ``balanced``, every other split ``limit_test``.
    rows
        int64 (n,): positions to choose from.
    labels
        int64 (n,): the label of each, or None.
    params, names
        What is asked for, and the names of the classes for the message.
    """
    if split != TRAIN:
        return sample(rows, params.limit_test, params.sample_seed)
    if not params.balanced:
        return sample(rows, params.limit, params.sample_seed)
    if labels is None:
        raise unlabelled()
    return balanced(rows, labels, params.limit, params.sample_seed, names)


def unlabelled() -> InputError:
    """Return what to raise where a balanced sample is asked of data without labels."""
    return InputError(
        "needs labels, but the data have none", key="balanced", remedy="name a label column"
    )


def held_out(rows: int, fraction: float) -> int:
    """Return how many of the rows are held out: at least one on each side."""
    return min(max(round(rows * fraction), 1), rows - 1)


def stratified(
    rows: int, labels: IntArray | None, fraction: float, seed: int
) -> tuple[IntArray, IntArray]:
    """Split rows into train and test, each class (and the unlabelled) in the same proportion.

    Returns
    -------
    train, test
        Sorted positions, int64; test has exactly ``held_out(rows, fraction)`` of them.
    """
    if rows < 2:
        raise InputError(
            f"{rows} row can't be split into train and test", key="test_fraction", remedy="drop it"
        )
    groups = np.zeros(rows, dtype=np.int64) if labels is None else labels
    values, sizes = np.unique(groups, return_counts=True)
    wanted = held_out(rows, fraction)
    exact = sizes * (wanted / rows)
    counts = np.floor(exact + 1e-9).astype(np.int64)
    # The largest remainders get the rows that rounding down has left over.
    order = np.argsort(-(exact - counts), kind="stable")
    counts[order[: wanted - int(counts.sum())]] += 1
    rng = np.random.default_rng(seed)
    test = np.zeros(rows, dtype=bool)
    for value, some in zip(values, counts, strict=True):
        test[rng.choice(np.flatnonzero(groups == value), int(some), replace=False)] = True
    return np.flatnonzero(~test), np.flatnonzero(test)


def divided(rows: int, labels: IntArray | None, fraction: float, seed: int) -> dict[str, IntArray]:
    """Return the positions of train, and of test, for which a share of the rows is held out."""
    train, test = stratified(rows, labels, fraction, seed)
    return {TRAIN: train, TEST: test}


def positions(
    rows: Mapping[str, int], labels: IntArray | None, params: FilesParams
) -> dict[str, IntArray]:
    """Return the positions of each split of files: all, or train's divided into train and test."""
    if params.test_fraction:
        return divided(rows[TRAIN], labels, params.test_fraction, params.sample_seed)
    return {split: np.arange(n) for split, n in rows.items()}


def expected_of(
    counts: Mapping[str, int], params: FilesParams, classes: int | None
) -> dict[str, int | None]:
    """Return how many rows of each split of files will be used, after train is divided."""
    rows: dict[str, int | None] = {**counts}
    if params.test_fraction and counts[TRAIN] > 1:
        test = held_out(counts[TRAIN], params.test_fraction)
        rows |= {TRAIN: counts[TRAIN] - test, TEST: test}
    return expected(rows, params, classes)


def expected(
    rows: Mapping[str, int | None], params: SampleParams, classes: int | None
) -> dict[str, int | None]:
    """Return how many rows of each split will be used, as far as that is known."""
    sizes: dict[str, int | None] = {}
    for split, known in rows.items():
        limit = params.limit if split == TRAIN else params.limit_test
        if split == TRAIN and params.balanced:
            each = limit // classes if limit and classes else None
            sizes[split] = each * classes if each and classes else None
        else:
            sizes[split] = min(known, limit) if known is not None and limit else known
    return sizes


def starts(sizes: Mapping[str, int]) -> dict[str, int]:
    """Return where the rows of each part stand in a source that has them one after another."""
    return dict(zip(sizes, accumulate(sizes.values(), initial=0), strict=False))
