"""What scores a table of classes by clusters, for each metric of a run that rests on one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from pydantic import JsonValue, ValidationError

from clusterforge.comparison.named_runs import NamedRun
from clusterforge.contracts import IntArray, TableMetric
from clusterforge.errors import InputError
from clusterforge.registry import Registry

Values = npt.NDArray[np.float64]
OfTables = Callable[[IntArray], Values]


class TableMetrics:
    """The metrics of a run that score tables, with the parameters of its recipe.

    Parameters
    ----------
    run
        The run.
    registry
        The plugins; None: all that are installed, looked for when the first metric is.
    """

    def __init__(self, run: NamedRun, registry: Registry | None) -> None:
        self.run, self._registry = run, registry
        self._functions: dict[str, OfTables | None] = {}

    def find(self, metric: str) -> OfTables | None:
        """Return what scores int64 (r, classes, clusters) as float64 (r,), for a metric by its id.

        Returns
        -------
        callable or None
            None where the metric does not rest on tables, or its package is not installed here.

        Raises
        ------
        PluginError
            Where a plugin that is not ours can't be imported, or (when called) fails.
        """
        if self.run.folder.metrics.metrics[metric].rests_on != "table":
            return None
        if metric not in self._functions:
            self._functions[metric] = self._load(metric)
        return self._functions[metric]

    def _load(self, metric: str) -> OfTables | None:
        if self._registry is None:
            self._registry = Registry.installed()
        entry = self._entry(metric)
        try:
            plugin = self._registry.find("metric", str(entry.pop("use")))
            params = plugin.spec.params.model_validate(entry)
        except (InputError, ValidationError):
            return None
        target = plugin.load()
        if not issubclass(target, TableMetric):
            return None

        def of_tables(tables: IntArray) -> Values:
            try:
                return np.asarray(target(params).of_tables(tables), np.float64)
            except Exception as error:
                raise plugin.failed("it can't score tables", error) from error

        return of_tables

    def _entry(self, metric: str) -> dict[str, JsonValue]:
        """Return the table of a metric in the recipe; one that it does not name has its defaults."""
        entries = self.run.folder.recipe.get("metric")
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and entry.get("id") == metric:
                return {key: value for key, value in entry.items() if key != "id"}
        return {"use": metric}
