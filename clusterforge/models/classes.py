"""``n_clusters = "classes"``: the number of true classes in its place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clusterforge.errors import InputError
from clusterforge.params import Params
from clusterforge.recipe import Entry

CLASSES = "classes"


def with_classes(entry: Entry, classes: int | None, file: str | None) -> tuple[Entry, bool]:
    """Replace ``n_clusters = "classes"`` by the number, wherever it stands in the parameters.

    Returns
    -------
    entry, replaced
        The entry as the plugin sees it, and whether it looked at labels.
    """
    params = _replaced(entry.params, classes, entry.table, file)
    return replace(entry, params=params), params is not entry.params


def _replaced(value: Any, classes: int | None, place: str, file: str | None) -> Any:
    if isinstance(value, tuple):
        items = [_replaced(item, classes, f"{place}.{i}", file) for i, item in enumerate(value)]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return value if same else tuple(items)
    if not isinstance(value, Params):
        return value
    changes: dict[str, Any] = {}
    for name, item in {**dict(value), **(value.model_extra or {})}.items():
        if name == "n_clusters" and item == CLASSES:
            if classes is None:
                raise InputError(
                    'is "classes", but the data set has no labels',
                    key=f"{place}.{name}",
                    remedy='give a number or "auto", or name dataset.label',
                    file=file,
                )
            changes[name] = classes
            continue
        new = _replaced(item, classes, f"{place}.{name}", file)
        if new is not item:
            changes[name] = new
    return value.model_copy(update=changes) if changes else value
