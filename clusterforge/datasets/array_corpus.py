"""From arrays that come in one piece to a corpus: held out, balanced, limited."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.builtin.datasets import SplitParams
from clusterforge.contracts import Corpus, IntArray, ItemKind, Items, LeftOut, Peek, Split, Table
from clusterforge.datasets import selection


def divide(
    make: Callable[[IntArray], Items],
    labels: IntArray,
    label_names: Sequence[str],
    params: SplitParams,
    *,
    ids: npt.NDArray[Any] | None = None,
    feature_names: Sequence[str] = (),
    source: Mapping[str, Any],
) -> Corpus:
    """Return a corpus with a train and a test split.

    Parameters
    ----------
    make
        Returns the items at positions int64 (m,).
    labels
        int64 (n,), -1 for unlabelled.
    label_names, feature_names
        Names of classes and of columns.
    params
        Which rows are wanted.
    ids
        int64 or str (n,); default: positions.
    source
        Where the data came from.
    """
    parts = selection.stratified(len(labels), labels, params.test_fraction, params.sample_seed)
    splits = {}
    left_out: list[LeftOut] = []
    names = np.arange(len(labels)) if ids is None else ids
    for split, part in zip(("train", "test"), parts, strict=True):
        rows = selection.choose(split, part, labels[part], params, label_names)
        left_out += selection.left_out(selection.SAMPLE, part, rows, ids=names, split=split)
        splits[split] = Split(split, make(rows), labels[rows], names[rows], rows)
    return Corpus(
        splits,
        label_names=tuple(label_names),
        feature_names=tuple(feature_names),
        source={
            **source,
            "test_fraction": params.test_fraction,
            "sample_seed": params.sample_seed,
            **selection.described(params),
        },
        notes=("balanced",) if params.balanced else (),
        left_out=tuple(left_out),
    )


def peek(
    rows: int,
    params: SplitParams,
    content: ItemKind,
    classes: int,
    source: str,
    columns: tuple[str, ...] | None = None,
) -> Peek:
    """Return what is known of a data set of so many rows before it is made."""
    test = selection.held_out(rows, params.test_fraction)
    sizes = selection.expected({"train": rows - test, "test": test}, params, classes)
    return Peek(sizes, content, columns, classes, source, labelled=True)


def scikit_corpus(bunch: Any, params: SplitParams, name: str) -> Corpus:
    """Return a table that comes with scikit-learn as a corpus."""
    import sklearn

    values = np.ascontiguousarray(bunch.data, dtype=np.float32)
    return divide(
        lambda rows: Table(values[rows]),
        bunch.target.astype(np.int64),
        tuple(map(str, bunch.target_names)),
        params,
        feature_names=tuple(map(str, bunch.feature_names)),
        source={"from": "scikit-learn", "name": name, "version": sklearn.__version__},
    )
