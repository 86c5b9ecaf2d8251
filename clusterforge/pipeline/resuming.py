"""What a run in a folder goes on from, and what that costs where it is not what the run began with."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clusterforge.errors import InputError
from clusterforge.formats import count, duration, first_of
from clusterforge.pipeline.checkpoint import FolderCheckpoint
from clusterforge.runs import files
from clusterforge.runs.records import Compute, PluginRecord, Record, RunRecord, StageRecord
from clusterforge.storage.stages import CHECKPOINT, key_of

ABSENT = "none"
MOST = 6  # differences that a message names


class Begun(Record):
    """All of ``begun.json`` of a run that is not finished: what it is computed with, and its stages so far.

    ``data`` are the fingerprints of the splits, ``recipe`` is every key with its value.
    """

    compute: Compute
    versions: dict[str, str]
    plugins: tuple[PluginRecord, ...]
    data: dict[str, str]
    recipe: dict[str, str]
    stages: tuple[StageRecord, ...] = ()

    @classmethod
    def of(cls, run: RunRecord, recipe: Mapping[str, Any]) -> Begun:
        """Return the same of a finished run."""
        return cls(
            compute=run.compute,
            versions=run.versions,
            plugins=run.plugins,
            data={name: split.fingerprint for name, split in run.data.splits.items()},
            recipe=dict(flat(recipe)),
        )

    def differences(self, now: Begun) -> list[str]:
        """Return what is not the same in another session of the run, one phrase each."""
        return [
            f"{name} {old} before, {new} now"
            for before, after in zip(self._facts(), now._facts(), strict=True)
            for name, old, new in _changes(before, after)
        ]

    def _facts(self) -> Sequence[Mapping[str, str]]:
        """Return the facts by name, those that users change most first."""
        data = {f"fingerprint of {split}": digest[:8] for split, digest in self.data.items()}
        code = {f"code of {one.distribution}": one.code[:8] for one in self.plugins}
        code |= {f"version of {one.distribution}": one.version for one in self.plugins}
        compute = {name: str(value) for name, value in self.compute.model_dump().items()}
        decided = {f"compute.{name}" for name in compute}
        recipe = {name: value for name, value in self.recipe.items() if name not in decided}
        return recipe, data, compute, code, self.versions


@dataclass
class Continuation:
    """A run that goes on in its folder, or begins there.

    Parameters
    ----------
    folder
        The run's folder.
    now
        What this session computes with.
    accepted
        Whether finished work may be computed again.
    """

    folder: Path
    now: Begun
    accepted: bool = False

    def __post_init__(self) -> None:
        place = self.folder / files.BEGUN
        self.before = Begun.read(place) if place.is_file() else None
        if self.before:
            self.now = self.now.model_copy(update={"stages": self.before.stages})
        else:
            self.now.write(place)

    def check(self, stage: str, key: str, folder: Path) -> str | None:
        """See that no finished work has to be computed again, unless that is accepted.

        Parameters
        ----------
        stage, key
            What is to be computed next.
        folder
            Its folder, which may hold another result or a checkpoint.

        Returns
        -------
        str or None
            What a user who has accepted it should know; None where nothing is lost.

        Raises
        ------
        InputError
            With what differs, what that costs, and how to go on.
        """
        if self.before is None:
            return None
        earlier, training = key_of(folder), FolderCheckpoint(folder / CHECKPOINT, key).of_others()
        if earlier in (None, key) and training is None:
            return None
        differ = self.before.differences(self.now) or ["code, files or models that it names"]
        what = first_of(differ, MOST)
        lost = self._lost(stage, earlier, training)
        if self.accepted:
            self.now.write(self.folder / files.BEGUN)
            return f"{stage} is computed again: {what}"
        raise InputError(
            f"going on would compute again {lost}, since something differs: {what}",
            file=str(self.folder),
            remedy="restore that, or go on anyway: "
            f"clusterforge run --resume {shlex.quote(str(self.folder))} --accept",
        )

    def _lost(self, stage: str, earlier: str | None, training: str | None) -> str:
        assert self.before is not None
        stages = self.before.stages
        at = next((n for n, one in enumerate(stages) if one.key == earlier), None)
        if at is None:
            return f"{stage}, trained up to {training}" if training else stage
        after = stages[at + 1 :]
        seconds = duration(sum(one.seconds for one in after))
        follow = f" and at most {count(len(after), 'stage')} after it ({seconds})" if after else ""
        return f"{stage} ({duration(stages[at].seconds)}){follow}"

    def add(self, stage: StageRecord) -> None:
        """Note a stage that was computed now, for a session that goes on after this one."""
        others = [one for one in self.now.stages if one.key != stage.key]
        self.now = self.now.model_copy(update={"stages": (*others, stage)})
        self.now.write(self.folder / files.BEGUN)

    def end(self) -> None:
        """Forget it: the run's own record has it now."""
        (self.folder / files.BEGUN).unlink(missing_ok=True)


def flat(table: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield the values of nested tables with their dotted keys; entries of lists go by their ids."""
    named = isinstance(table, list) and all(isinstance(one, dict) and "id" in one for one in table)
    below: Mapping[str, Any] = {}
    if isinstance(table, list) and table and named:
        below = {one["id"]: one for one in table}
    elif isinstance(table, dict):
        below = table
    if not below:
        yield place, json.dumps(table)
    for name, value in below.items():
        yield from flat(value, f"{place}.{name}" if place else name)


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for name in dict.fromkeys((*before, *now)):
        old, new = before.get(name, ABSENT), now.get(name, ABSENT)
        if old != new:
            yield name, old, new
