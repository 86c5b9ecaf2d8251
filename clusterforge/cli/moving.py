"""What moves on a terminal while a command works: bars, a table; without a terminal, lines on stderr."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from clusterforge.cli import terminal, waiting

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.progress import Progress

D = TypeVar("D", bound="Progress | Live")


class Moving(ABC, Generic[D]):
    """Shows the progress of a command.

    Parameters
    ----------
    quiet
        Show warnings only.
    """

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet
        self.folder: Path | None = None
        self._drawn: D | None = None

    @abstractmethod
    def _drawing(self) -> D:
        """Return what is drawn on a terminal, not begun."""

    @abstractmethod
    def _under_way(self) -> str:
        """Return what takes so long, where nothing is drawn."""

    def __enter__(self) -> Self:
        if not self.quiet and not waiting.is_screen():
            waiting.remind(self._under_way)
            return self
        waiting.end()
        if not self.quiet:
            self._drawn = self._drawing()
            self._drawn.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._drawn:
            self._drawn.stop()
            self._drawn = None

    def _line(self, line: str) -> None:
        if self._drawn:
            # Through its console, which draws it again below the line.
            self._drawn.console.print(
                terminal.plain(line), markup=False, highlight=False, soft_wrap=True
            )
        else:
            terminal.note(line)


def console() -> Console:
    """Return the console of what is drawn on stderr."""
    from rich.console import Console

    return Console(stderr=True, markup=False, highlight=False, emoji=False)
