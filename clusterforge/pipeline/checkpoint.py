"""The state of a training run, kept in its stage's folder while it goes on."""

from __future__ import annotations

from collections.abc import Callable
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
    tell: Callable[[str], None] = lambda place: None

    def load(self) -> State | None:
        """Return the newest whole state, if it belongs to this stage, and tell how far it is."""
        numbers = {self._number(place): place for place in self._places}
        newest = max(numbers)
        if not newest:
            return None
        state = read_state(numbers[newest])
        self.tell(_place(state))
        return state

    def of_others(self) -> str | None:
        """Return how far training had come, where the states are whole but of a stage with another key."""
        stamps = [(stamp.number, at) for at in self._places if (stamp := self._stamped(at))]
        if not stamps or any(self._number(at) for _, at in stamps):
            return None
        return _place(read_state(max(stamps)[1]))

    def save(self, state: State) -> None:
        """Save next to the state before, which stays until this one is whole."""
        numbers = [self._number(place) for place in self._places]
        oldest = self._places[numbers.index(min(numbers))]
        (oldest / STAMP).unlink(missing_ok=True)
        oldest.mkdir(parents=True, exist_ok=True)
        write_state(oldest, state)
        self._stamp(oldest, max(numbers) + 1, self.key).write(oldest / STAMP)

    @property
    def _places(self) -> tuple[Path, Path]:
        return self.folder / "0", self.folder / "1"

    def _number(self, place: Path) -> int:
        """Return the number of a state that is whole and of this stage, else 0."""
        stamp = self._stamped(place)
        return stamp.number if stamp and stamp.key == self.key else 0

    def _stamped(self, place: Path) -> _Stamp | None:
        """Return the stamp of a state that is whole, of whichever stage."""
        try:
            stamp = _Stamp.read(place / STAMP)
            return stamp if stamp == self._stamp(place, stamp.number, stamp.key) else None
        except (OSError, InputError):
            return None

    def _stamp(self, place: Path, number: int, key: str) -> _Stamp:
        return _Stamp(
            key=key,
            number=number,
            arrays=sha256(place / ARRAYS),
            values=sha256(place / META),
        )


def _place(state: State) -> str:
    return str(state.meta["place"]) if "place" in state.meta else "its last checkpoint"
