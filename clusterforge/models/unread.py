"""What encoders do not read of new rows, added up over the parts in which these are encoded."""

from __future__ import annotations

from collections.abc import Iterable

from clusterforge.contracts import Shortfall
from clusterforge.contracts.encoder import added
from clusterforge.formats import are, count


class Unread:
    """What the encoders of a chain do not read of some rows.

    Parameters
    ----------
    rows
        How many rows there are in all.
    """

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self._of: dict[str, tuple[Shortfall, ...]] = {}

    def add(self, stage: str, some: Iterable[Shortfall]) -> None:
        """Add what an encoder has not read of a part of the rows."""
        self._of[stage] = added((*self._of.get(stage, ()), *some))

    def lines(self) -> list[str]:
        """Return what is worth saying, a line for each shortfall."""
        return [
            f"{stage}: {some.rows:,} of {count(self.rows, 'row')} {are(some.rows)} {some.line}"
            for stage, several in self._of.items()
            for some in several
            if some.notable(self.rows)
        ]
