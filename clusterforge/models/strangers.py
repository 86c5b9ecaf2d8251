"""New rows that are unlike all that a run has."""

from __future__ import annotations

import shlex
from copy import copy
from dataclasses import dataclass

import numpy as np

from clusterforge.contracts import FloatArray
from clusterforge.formats import number
from clusterforge.numerics.rates import clearly_more
from clusterforge.runs import RunFolder, files

LEAST = "least"  # how an exported model calls it
QUANTILE = 0.99  # of the run's own rows: so many lie nearer to a cluster
HELD_OUT = 300  # rows that nothing was fitted on, for a comparison with them


class UnlikeRows(UserWarning):
    """Many new rows are unlike all that a run has."""


@dataclass(frozen=True)
class Strangers:
    """How many new rows lie farther from any cluster than nearly all rows of the run.

    Parameters
    ----------
    rows, of
        So many of how many new rows.
    least
        The least outlier score of such a row, in [0, 1]: 1 per cent of the run's rows have more.
    exported
        Whether the run is an exported model, with which later rows can't be followed.
    """

    rows: int
    of: int
    least: float
    exported: bool = False

    @property
    def many(self) -> bool:
        """Whether there are more of them than ordinary rows would have."""
        return clearly_more(self.rows, self.of, 1 - QUANTILE)

    def line(self, run: str, data: str, by: str = "") -> str:
        """Say it in one line, with the column that it is by, and the command that finds new groups."""
        command = shlex.join(["clusterforge", "follow", "RUN" if self.exported else run, data])
        return (
            f"{self.rows:,} of {self.of:,} rows are unlike anything in the run (outlier > "
            f"{number(self.least, 2)}, which 1 % of its own rows reach){by}; if they "
            f"are written as those of the run are, {command} finds new groups among them"
        )


def least_strange(folder: RunFolder, clusterer: str) -> float | None:
    """Return the outlier score that 1 per cent of a run's own rows reach; None without clusters."""
    if not folder.metrics.clusterings[clusterer].n_clusters:
        return None
    if folder.exported:
        return float(folder.state(files.places(clusterer)).arrays[LEAST][0])
    sizes = folder.metrics.clusterings[clusterer].sizes
    held_out = sum(sizes.get("test", {}).values())
    split = "test" if held_out >= HELD_OUT else "train"
    own = folder.places(clusterer).outlying(folder.embedding(split, mapped=True))
    return float(np.quantile(own, QUANTILE))


class StrangerCount:
    """How many new rows are strangers to the clusters of a clusterer, part by part.

    Parameters
    ----------
    folder, clusterer
        The run, and the id of its clusterer.
    """

    def __init__(self, folder: RunFolder, clusterer: str) -> None:
        self._rows = self._of = 0
        self._least, self._exported = least_strange(folder, clusterer), folder.exported
        if self._least is not None:
            self._places = folder.places(clusterer)

    def anew(self) -> StrangerCount:
        """Return a count of other rows."""
        other = copy(self)
        other._rows = other._of = 0
        return other

    def add(self, embedding: FloatArray) -> None:
        """Count new rows, float32 (n, d)."""
        if self._least is not None:
            self._rows += int((self._places.outlying(embedding) > self._least).sum())
            self._of += len(embedding)

    @property
    def strangers(self) -> Strangers | None:
        """How many there were; None where there are no clusters."""
        if self._least is None:
            return None
        return Strangers(self._rows, self._of, self._least, self._exported)
