"""Random views of one row are positives."""

from __future__ import annotations

from clusterforge.builtin.pairs import AugmentPairs
from clusterforge.contracts import IntArray
from clusterforge.contracts.training import Generator, PairSource


class AugmentSource(PairSource[AugmentPairs]):
    """Two views of a row are positives; a view of another row of the batch is the negative."""

    def positive(self, rows: IntArray, rng: Generator) -> None:
        """Return None: the row itself, seen a second time."""

    def negative(self, rows: IntArray, rng: Generator) -> None:
        """Return None: the loop takes another row of the batch, so nothing more is encoded."""
