"""A finished sweep, as Python gets it."""

from __future__ import annotations

from clusterforge.comparison import Comparison
from clusterforge.registry import Registry
from clusterforge.search.folder import SweepFolder
from clusterforge.search.top import compare_best


class Sweep(SweepFolder):
    """A finished sweep, whose best trials can be run in full and compared; parameters as of its base."""

    registry: Registry | None = (
        None  # the plugins that the trials had; None: all that are installed
    )

    def compare(self, many: int = 3) -> Comparison:
        """Run the best trials in full, with reports, and write their comparison next to the page.

        Raises
        ------
        InputError, EnvironmentProblem, PluginError
            As in :func:`clusterforge.search.top.compare_best`.
        """
        return compare_best(self.path, many, registry=self.registry)
