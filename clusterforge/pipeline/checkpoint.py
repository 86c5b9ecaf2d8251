"""The state of a training run, kept in its stage's folder while it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clusterforge.contracts import State
from clusterforge.errors import InputError
from clusterforge.runs.records import Record
from clusterforge.storage.atomic import sha256
from clusterforge.storage.states import ARRAYS, META, read_state, write_state

STAMP = "stamp.json"


class _Stamp(Record):
    """The stage that a state is of, its number in the order of saving, and hashes of its files."""

    key: str
    number: int
    arrays: str
    values: str


@dataclass
class FolderCheckpoint:
    """Keeps the state of a training run in the stage's folder, for this very stage only."""

    folder: Path
    key: str

    def load(self) -> State | None:
        """Return the newest whole state, if it belongs to this stage."""
        numbers = {self._number(place): place for place in self._places}
        newest = max(numbers)
        return read_state(numbers[newest]) if newest else None

    def save(self, state: State) -> None:
        """Save next to the state before, which stays until this one is whole."""
        numbers = [self._number(place) for place in self._places]
        oldest = self._places[numbers.index(min(numbers))]
        (oldest / STAMP).unlink(missing_ok=True)
        oldest.mkdir(parents=True, exist_ok=True)
        write_state(oldest, state)
        self._stamp(oldest, max(numbers) + 1).write(oldest / STAMP)

    @property
    def _places(self) -> tuple[Path, Path]:
        return self.folder / "0", self.folder / "1"

    def _number(self, place: Path) -> int:
        """Return the number of a state that is whole and of this stage, else 0."""
        try:
            stamp = _Stamp.read(place / STAMP)
            return stamp.number if stamp == self._stamp(place, stamp.number) else 0
        except (OSError, InputError):
            return 0

    def _stamp(self, place: Path, number: int) -> _Stamp:
        return _Stamp(
            key=self.key,
            number=number,
            arrays=sha256(place / ARRAYS),
            values=sha256(place / META),
        )
