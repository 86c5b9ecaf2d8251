"""From tables with named columns to a corpus: labels, chosen rows, items and ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.builtin.datasets import ColumnParams
from clusterforge.contracts import Corpus, IntArray, Items, LeftOut, Split, Table
from clusterforge.datasets import class_labels, columns, selection
from clusterforge.datasets.arrow_items import ArrowFiles, ArrowTexts, image_splits, text_splits
from clusterforge.errors import InputError

TRAIN = selection.TRAIN


@dataclass(frozen=True)
class Rows:
    """One split as it was read, before rows are chosen.

    Parameters
    ----------
    table
        An Arrow table with every column that is needed.
    ids
        int64 or str (n,): what each row is called where no column says it.
    positions
        int64 (n,): where each row stood in the source, counted over all splits.
    class_names
        The names that integer labels of a column index.
    """

    table: Any
    ids: npt.NDArray[Any]
    positions: IntArray
    class_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def at(self, positions: IntArray) -> Rows:
        """Return some of the rows."""
        return Rows(
            self.table.take(positions),
            self.ids[positions],
            self.positions[positions],
            self.class_names,
        )


def label_codes(
    splits: Mapping[str, Rows], column: str | None
) -> tuple[dict[str, IntArray | None], tuple[str, ...]]:
    """Return the label codes of each split, None where no column is named, and their names."""
    if column is None:
        return dict.fromkeys(splits), ()
    names = splits[TRAIN].class_names.get(column, ())
    codes, names = class_labels.encode({s: r.table[column] for s, r in splits.items()}, names)
    return {split: codes[split] for split in splits}, names


def assemble(
    splits: Mapping[str, Rows],
    params: ColumnParams,
    source: Mapping[str, Any],
    left_out: Sequence[LeftOut] = (),
) -> Corpus:
    """Make a corpus of tables.

    Parameters
    ----------
    splits
        The splits as they were read, ``train`` among them.
    params
        What the columns mean and which rows are wanted.
    source
        Where the data came from.
    left_out
        Rows of the source that are in none of the splits as they were read.

    Raises
    ------
    InputError
        Where a column is missing or holds what can't be used; the key is the parameter.
    """
    for rows in splits.values():
        columns.check(rows.table.schema, params)
    labels, names = label_codes(splits, params.label)
    content = _CONTENTS[columns.content(params) or "text"](splits, params)
    chosen: dict[str, IntArray] = {}
    without = [*left_out]
    for split, rows in splits.items():
        usable = _kept(split, content, params)
        codes = labels[split]
        codes_of_rows = None if codes is None else codes[usable]
        chosen[split] = selection.choose(split, usable, codes_of_rows, params, names)
        if not len(chosen[split]):
            raise InputError(f"there are no rows for the {split} split", key="path")
        for why, before, after in (
            (content.lack, np.arange(len(rows.positions)), usable),
            (selection.SAMPLE, usable, chosen[split]),
        ):
            for one in selection.left_out(why, before, after, split=split):
                without.append(replace(one, positions=rows.positions[one.positions]))
    items = content.items(chosen)
    result = {}
    for split, rows in splits.items():
        codes, at = labels[split], chosen[split]
        own = rows.table[params.id].take(at) if params.id else None
        result[split] = Split(
            split,
            items[split],
            None if codes is None else codes[at],
            rows.ids[at] if own is None else columns.ids(own, params.id or ""),
            rows.positions[at],
        )
    return Corpus(
        result,
        label_names=names,
        feature_names=content.feature_names,
        columns=columns.text_names(params) or ((params.image,) if params.image else ()),
        separator=params.separator,
        source={**source, **selection.described(params)},
        notes=("balanced",) if params.balanced else (),
        left_out=tuple(without),
    )


def _kept(split: str, content: _Content, params: ColumnParams) -> IntArray:
    """Return the positions of the rows whose content can be used."""
    present = content.present[split]
    absent = len(present) - int(present.sum())
    if not absent or params.missing == "drop":
        return np.flatnonzero(present)
    if params.missing == "mean":
        return np.arange(len(present))
    where = content.missing_in(split)
    few = 'set missing = "drop"' + (' or "mean"' if content.key == "features" else "")
    raise InputError(
        f"{absent} of {len(present)} rows of {split} have no value in {where}",
        key=content.key,
        remedy=few,
    )


class _Content:
    """The content of every split, before rows are chosen."""

    key, lack = "text", "no text"
    feature_names: tuple[str, ...] = ()
    present: dict[str, npt.NDArray[np.bool_]]

    def __init__(self, splits: Mapping[str, Rows], params: ColumnParams) -> None:
        self.splits, self.params = splits, params
        self.read()

    def read(self) -> None:
        """Find out which rows have content."""
        raise NotImplementedError

    def items(self, chosen: Mapping[str, IntArray]) -> dict[str, Items]:
        """Return the items at the chosen positions of each split."""
        raise NotImplementedError

    def missing_in(self, split: str) -> str:
        """Say which columns have rows without a value."""
        raise NotImplementedError


class _TextContent(_Content):
    def read(self) -> None:
        self.names = columns.text_names(self.params)
        self.columns = {s: [r.table[n] for n in self.names] for s, r in self.splits.items()}
        self.present = {s: columns.has_text(column) for s, column in self.columns.items()}

    def missing_in(self, split: str) -> str:
        return " and ".join(map(repr, self.names))

    def items(self, chosen: Mapping[str, IntArray]) -> dict[str, Items]:
        texts = {
            split: ArrowTexts(column, chosen[split], self.params.separator, self.params.clean)
            for split, column in self.columns.items()
        }
        return text_splits(texts, self.params.in_memory)


class _ImageContent(_Content):
    key, lack = "image", "no image"

    def read(self) -> None:
        name = self.params.image
        self.bytes = {s: columns.image_bytes(r.table[name]) for s, r in self.splits.items()}
        self.present = {s: column.is_valid().to_numpy() for s, column in self.bytes.items()}

    def missing_in(self, split: str) -> str:
        return f"{self.params.image!r}"

    def items(self, chosen: Mapping[str, IntArray]) -> dict[str, Items]:
        files = {s: ArrowFiles(column, chosen[s]) for s, column in self.bytes.items()}
        return image_splits(files, self.params.in_memory, self.params.resize, self.key)


class _TableContent(_Content):
    key, lack = "features", "a missing value"

    def read(self) -> None:
        names = columns.feature_names(self.splits[TRAIN].table.schema, self.params)
        self.values: dict[str, npt.NDArray[np.float32]] = {}
        for split, rows in self.splits.items():
            self.values[split], features = columns.features(rows.table, names)
            self.feature_names = self.feature_names or features
            if features != self.feature_names:
                raise InputError(
                    f"split {split!r} has {len(features)} features, train {len(self.feature_names)}",
                    key=self.key,
                )
        self.present = {s: np.all(np.isfinite(v), axis=1) for s, v in self.values.items()}

    def missing_in(self, split: str) -> str:
        counts = np.isnan(self.values[split]).sum(axis=0)
        bad = [name for name, count in zip(self.feature_names, counts, strict=True) if count]
        listed = ", ".join(map(repr, bad[:5])) + (" …" if len(bad) > 5 else "")
        return f"{listed} (empty, not finite or beyond float32)"

    def items(self, chosen: Mapping[str, IntArray]) -> dict[str, Items]:
        taken = {split: self.values[split][rows] for split, rows in chosen.items()}
        if self.params.missing == "mean":
            # The test split is filled with train's means: it must not tell of itself.
            self._fill(taken)
        return {split: Table(values) for split, values in taken.items()}

    def _fill(self, taken: dict[str, npt.NDArray[np.float32]]) -> None:
        train = taken[TRAIN]
        counts = (~np.isnan(train)).sum(axis=0)
        if not counts.all():
            empty = self.feature_names[int(counts.argmin())]
            raise InputError(f"column {empty!r} has no value in the train split", key=self.key)
        means = np.nansum(train, axis=0, dtype=np.float64) / counts
        for values in taken.values():
            rows, at = np.nonzero(np.isnan(values))
            values[rows, at] = means[at].astype(np.float32)


_CONTENTS: dict[str, type[_Content]] = {
    "text": _TextContent,
    "image": _ImageContent,
    "table": _TableContent,
}
