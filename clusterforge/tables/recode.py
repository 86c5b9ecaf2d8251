"""Values in the codes of other columns: new rows in those that a model was fitted on."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import UNSEEN, Column
from clusterforge.errors import InputError
from clusterforge.formats import first_of
from clusterforge.inline_toml import inline_toml
from clusterforge.numerics.arrays import DoubleArray
from clusterforge.tables.unseen import FEW, UnseenValues, unseen_remark
from clusterforge.tables.values import check_width, widths


def recoded(
    values: npt.NDArray[np.floating], columns: Sequence[Column], into: Sequence[Column]
) -> DoubleArray:
    """Return rows of a table in the codes of other columns.

    Parameters
    ----------
    values
        float (n, d).
    columns
        What they are; empty where they are numbers and codes in the order of ``into``.
    into
        What they are to be: columns of the same names, in any order.

    Returns
    -------
    float64 (n, len(into))
        A category that the other column does not have is -1.

    Raises
    ------
    InputError
        Where a column is missing or of a kind that can't be changed.

    Warns
    -----
    UnseenValues
        Where rows have a category that the other column does not have.
    """
    if not columns:
        return np.asarray(values, dtype=np.float64)
    place = {column.name: i for i, column in enumerate(columns)}
    wide = widths(columns)
    for name, width in widths(into).items():
        if name in wide:
            check_width(name, wide[name], width)
    result = np.empty((len(values), len(into)))
    for i, wanted in enumerate(into):
        if wanted.name not in place:
            raise InputError(f"there is no column {wanted.name!r}")
        here = columns[place[wanted.name]]
        own = values[:, place[wanted.name]].astype(np.float64)
        if wanted.coded and here.categories != wanted.categories:
            if not here.coded:
                raise InputError(
                    f"column {wanted.name!r} is of the kind {here.kind}, in the run of {wanted.kind}",
                    key="types",
                    remedy=f"write its values as the run has them ({first_of(wanted.categories, FEW)}), and "
                    f"set types = {inline_toml({wanted.name: 'category'})}",
                )
            table = np.array([*_codes(here, wanted), UNSEEN])
            known = ~np.isnan(own)
            places = own[known].astype(np.int64)
            own[known] = table[places]
            foreign = places[own[known] == UNSEEN]
            if len(foreign):
                texts = [here.categories[at] for at in np.unique(foreign) if at >= 0]
                remark = unseen_remark(wanted, len(foreign), texts)
                # The line of the caller of predict.
                warnings.warn(UnseenValues(remark), stacklevel=7)
        result[:, i] = own
    return result


def _codes(here: Column, wanted: Column) -> list[float]:
    """Return the code of each category in another column."""
    code = {text: float(c) for c, text in enumerate(wanted.categories)}
    if "yes-no" not in (here.kind, wanted.kind):
        return [code.get(text, UNSEEN) for text in here.categories]
    code = {text.lower(): c for text, c in code.items()} | code
    return [code.get(text, code.get(text.lower(), UNSEEN)) for text in here.categories]
