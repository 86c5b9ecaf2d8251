"""What scikit-learn's users call X, as items."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from clusterforge.contracts import Items, Table
from clusterforge.models import RowFormat
from clusterforge.models.rows import as_items, content_of

LEAST = 2  # a clustering of one row says nothing


def items_of(estimator: Any, X: Any, form: RowFormat | None = None) -> Items:
    """Return rows as items.

    Parameters
    ----------
    estimator
        Learns the number and the names of a table's columns in ``fit``, and checks them afterwards.
    X
        Texts, images, Items, or whatever scikit-learn takes for a table of numbers.
    form
        What the rows of ``fit`` looked like; None: this is ``fit``.

    Raises
    ------
    ValueError
        As scikit-learn raises it.
    """
    content = form.content if form and form.content != "table" else content_of(X)
    if isinstance(X, Items) or content != "table":
        return as_items(X, form or RowFormat(content=content, shape=None))
    fitting = form is None
    table = validate_data(
        estimator,
        X,
        reset=fitting,
        dtype=np.float32,
        order="C",
        ensure_min_samples=LEAST if fitting else 1,
    )
    return Table(table)
