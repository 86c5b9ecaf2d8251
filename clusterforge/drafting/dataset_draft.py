"""The keys of a recipe's data set while they are decided on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from clusterforge.contracts import Setting
from clusterforge.drafting.sketch import ColumnSketch
from clusterforge.file_keys import matches
from clusterforge.specs import Role


@dataclass
class DatasetDraft:
    """The keys of a data set, as they are decided on.

    Parameters
    ----------
    role
        What the first encoder has to take.
    settings
        The keys that are written.
    hints
        Keys that are written as comments: what else may be said.
    profile
        Columns to compare the clusters with.
    empty, copies
        Rows of the preview that will be left out: without a text, and copies.
    foreign
        What tells that texts are not English; empty where nothing does.
    origin
        The column that may name the model of each vector; empty where there is none.
    folder_labels
        The folders that are taken for labels.
    """

    role: Role
    settings: list[Setting] = field(default_factory=list)
    hints: list[Setting] = field(default_factory=list)
    profile: tuple[str, ...] = ()
    empty: int = 0
    copies: int = 0
    foreign: str = ""
    origin: str = ""
    folder_labels: tuple[str, ...] = ()

    def named(self, *keys: str) -> list[str | int | float]:
        """Return the values of some keys, or of all; of a table its names."""
        return [v for s in self.settings if s.key in (keys or (s.key,)) for v in values_of(s)]

    def columns_used(self, columns: Sequence[ColumnSketch]) -> list[str]:
        """Return the columns that rows are clustered by."""
        if self.role != "table":
            return [str(name) for name in self.named("text", "image", "embedding", "features")]
        features = [str(name) for name in self.named("features")]
        others = [str(name) for name in self.named("drop", "label", "id")]
        usable = [column.name for column in columns if column.usable]
        every = [column.name for column in columns]
        used = usable if features == ["all"] else []
        for asked in features if not used else ():  # a column, several, or a field of one
            used += [name for name in every if matches(name, asked)] or [asked]
        return [
            name for name in dict.fromkeys(used) if not any(matches(name, one) for one in others)
        ]

    def without(self, key: str, reason: str) -> None:
        """Turn a key that can't be used into a comment."""
        self.hints += [Setting(s.key, s.value, reason) for s in self.settings if s.key == key]
        named = self.named(key)
        self.settings = [setting for setting in self.settings if setting.key != key]
        self.drop(named)

    def drop(self, names: Sequence[str | int | float], more: str = "") -> None:
        """Make no features of columns: labels and ids; ``more`` is what else to say of them."""
        if self.role != "table" or not names:
            return
        before = next((s.reason for s in self.settings if s.key == "drop"), "")
        reason = f"{before or 'labels and ids: no features'}{more}"
        drop = Setting("drop", (*self.named("drop"), *names), reason)
        self.settings = [*(s for s in self.settings if s.key != "drop"), drop]


def values_of(setting: Setting) -> tuple[str | int | float, ...]:
    """Return the values of a key: one, several, or the names of a table."""
    if isinstance(setting.value, Mapping):
        return tuple(setting.value)
    return setting.value if isinstance(setting.value, tuple) else (setting.value,)
