"""What scikit-learn's users call X, as items."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from clusterforge.contracts import Items, Table
from clusterforge.pipeline.apply import as_items

TWO = 2


def items_of(estimator: Any, X: Any, *, reset: bool) -> Items:
    """Return rows as items.

    Parameters
    ----------
    estimator
        Learns the number and the names of a table's columns where ``reset``, else checks them.
    X
        Texts (a list, array or column of str), images (uint8, of 3 or 4 dimensions), Items, or
        whatever scikit-learn takes for a table of numbers.
    reset
        Whether this is ``fit``.

    Raises
    ------
    ValueError
        As scikit-learn raises it.
    """
    if isinstance(X, Items):
        return X
    values = X.to_numpy() if hasattr(X, "to_numpy") else X
    if isinstance(values, np.ndarray):
        if values.dtype == np.uint8 and values.ndim in (3, 4):
            return as_items(values)
        one = values.ndim == 1 or (values.ndim == TWO and values.shape[1] == 1)
        if values.dtype.kind in "OUT" and one:
            values = values.ravel().tolist()
    if isinstance(values, list | tuple) and values and all(isinstance(v, str) for v in values):
        return as_items([str(text) for text in values])
    # A clustering of one row says nothing.
    rows = TWO if reset else 1
    table = validate_data(
        estimator, X, reset=reset, dtype=np.float32, order="C", ensure_min_samples=rows
    )
    return Table(table)
