"""Data sets, and the checks that are theirs."""

from __future__ import annotations

from typing import Any

import numpy as np

from clusterforge.contracts import UNSEEN, Context, Corpus, Items, Split, columns_of
from clusterforge.errors import InputError
from clusterforge.specs import DatasetSpec
from clusterforge.testing.check import NotApplicable, check, require, require_json, skip_if
from clusterforge.testing.subject import Arrays, Subject, same

ROWS = 200  # looked at of each split
LEAK = 0.5  # share of common ids with the same content that can't be chance


class DatasetSubject(Subject[DatasetSpec]):
    """A data set, loaded."""

    def inputs(self) -> None:
        """Return nothing: a data set has its parameters."""

    def start(self, made: Any, inputs: None, context: Context) -> Arrays:
        """Load, and return the fingerprint of each split."""
        self.loaded = made.load(context)
        splits = getattr(self.loaded, "splits", {})
        return {name: np.array(split.fingerprint()) for name, split in splits.items()}

    @property
    def corpus(self) -> Corpus:
        """The corpus of the base trial."""
        if not hasattr(self, "_corpus"):
            self.base  # noqa: B018 - loads
            self._corpus = self.loaded
        require(isinstance(self._corpus, Corpus), f"load gave {type(self._corpus).__name__}")
        return self._corpus  # type: ignore[no-any-return]

    def splits(self) -> list[Split]:
        """Return the splits of the corpus."""
        return list(self.corpus.splits.values())


@check("dataset")
def train_not_empty(subject: DatasetSubject) -> None:
    """Everything is fitted on the split train."""
    require(len(subject.corpus.train), "train has no rows")


@check("dataset")
def run_seed_ignored(subject: DatasetSubject) -> None:
    """Five seeds of a run share the data; random choices have a seed among the parameters."""
    other = subject.make().load(Context(seed=99))
    for name, split in subject.corpus.splits.items():
        require(
            other.splits[name].fingerprint() == split.fingerprint(),
            f"another seed of the run changes split {name!r}",
        )


@check("dataset")
def items_as_promised(subject: DatasetSubject) -> None:
    """Encoders take text as str, images as uint8 (h, w, c), tables as float32 or float64 (d,)."""
    for split in subject.splits():
        rows = np.arange(min(ROWS, len(split)))
        taken = split.items.take(rows)
        require(len(taken) == len(rows), f"{split.name}: take gives {len(taken)} of {len(rows)}")
        for item in taken:
            problem = _wrong(item, split.items)
            require(not problem, f"{split.name}: {problem}")


@check("dataset")
def items_in_order(subject: DatasetSubject) -> None:
    """Batches take rows in any order; row i is the same row however it is asked for."""
    for split in subject.splits():
        n = min(ROWS, len(split))
        rows = np.arange(n)[::-1]
        mixed, straight = split.items.take(rows), split.items.take(np.arange(n))
        wrong = [i for i in range(n) if not same(mixed[n - 1 - i], straight[i])]
        require(not wrong, f"{split.name}: {len(wrong)} rows differ when taken backwards")


@check("dataset")
def items_finite(subject: DatasetSubject) -> None:
    """No encoder takes infinity, and few take gaps: a table that has them says what its columns are."""
    skip_if(subject.corpus.content != "table", "it is no table")
    for split in subject.splits():
        rows = np.asarray(split.items.take(np.arange(min(ROWS, len(split)))))
        columns = columns_of(split.items)
        require(not np.isinf(rows).any(), f"{split.name} holds infinity")
        require(columns or not np.isnan(rows).any(), f"{split.name} holds NaN without columns")
        for values, column in zip(rows.T, columns, strict=False):
            codes = {UNSEEN, *range(len(column.categories))}
            strange = set(values[~np.isnan(values)].tolist()) - codes if column.coded else set()
            require(not strange, f"{split.name}: {column.name!r} has codes without a category")


@check("dataset")
def splits_alike(subject: DatasetSubject) -> None:
    """What is fitted on train has to fit the other splits: one content, one shape of rows."""
    train = subject.corpus.train.items
    for split in subject.splits():
        found = split.items.content, split.items.shape
        require(found == (train.content, train.shape), f"{split.name} is {found}, train is not")


@check("dataset")
def ids_unique(subject: DatasetSubject) -> None:
    """Assignments are told apart by split and row id."""
    for split in subject.splits():
        require(split.ids.dtype.kind in "iuU", f"{split.name}: ids are {split.ids.dtype}")
        require(len(np.unique(split.ids)) == len(split), f"{split.name}: an id occurs twice")


@check("dataset")
def source_covered(subject: DatasetSubject) -> None:
    """An export shows every row of the source once, those that were left out marked with why."""
    require(subject.corpus.covers_source(), "positions and left_out are not each row once")


@check("dataset")
def splits_disjoint(subject: DatasetSubject) -> None:
    """A row in train and in test makes the score on test worthless."""
    splits = subject.splits()
    for number, one in enumerate(splits):
        for other in splits[number + 1 :]:
            _, here, there = np.intersect1d(
                one.ids.astype(str), other.ids.astype(str), return_indices=True
            )
            if not len(here):
                continue
            # Ids may be positions in a source of each split's own: then the rows differ.
            pairs = zip(one.items.take(here), other.items.take(there), strict=True)
            equal = sum(same(a, b) for a, b in pairs)
            require(
                equal <= LEAK * len(here),
                f"{equal} rows of {one.name} are rows of {other.name}, by id and content",
            )


@check("dataset")
def labels_named(subject: DatasetSubject) -> None:
    """A label is an index into the label names, or -1 for a row without one."""
    names = subject.corpus.label_names
    require(len(set(names)) == len(names), "a label name occurs twice")
    for split in subject.splits():
        if split.labels is None:
            continue
        require(split.labels.dtype == np.int64, f"{split.name}: labels are {split.labels.dtype}")
        low, high = int(split.labels.min(initial=0)), int(split.labels.max(initial=-1))
        require(low >= -1, f"{split.name}: a label is {low}")
        require(high < len(names), f"{split.name}: label {high} of {len(names)} names")


@check("dataset")
def source_json(subject: DatasetSubject) -> None:
    """Where the data came from is stored with the run."""
    require_json(dict(subject.corpus.source), "source")


@check("dataset")
def peek_agrees(subject: DatasetSubject) -> None:
    """What `check` says of the data before a run has to be true of the run."""
    peek = subject.make().peek()
    if peek is None:
        raise NotApplicable("it does not peek")
    corpus = subject.corpus
    for name, rows in peek.rows.items():
        split = corpus.splits.get(name)
        require(split is not None, f"peek knows a split {name!r} that load does not give")
        found = -1 if split is None else len(split)
        require(rows in (None, found), f"{name}: peek says {rows} rows, load gives {found}")
    require(peek.content in (None, corpus.content), f"peek says that it is {peek.content}")
    classes = len(corpus.label_names)
    require(peek.n_classes in (None, classes), f"peek says {peek.n_classes} classes of {classes}")


@check("dataset")
def prepare_keeps_rows(subject: DatasetSubject) -> None:
    """`predict` sends new rows through `prepare`, and needs an answer to each."""
    items = subject.corpus.train.items
    again = subject.make().prepare(items)
    require(len(again) == len(items), f"{len(items)} rows become {len(again)}")
    require(again.content == items.content, f"{items.content} becomes {again.content}")


@check("dataset")
def read_values_keeps_rows(subject: DatasetSubject) -> None:
    """`predict` sends data frames through `read_values`, and needs the same rows and columns."""
    import pyarrow as pa

    columns = columns_of(subject.corpus.train.items)
    names = list(dict.fromkeys(column.source for column in columns)) or ["text"]
    table = pa.table({name: pa.array(["1", None, "2"], pa.large_string()) for name in names})
    again = subject.make().read_values(table, columns)
    require(isinstance(again, pa.Table), f"it gives {type(again).__name__}, no Arrow table")
    require(len(again) == 3, f"3 rows become {len(again)}")
    require(again.column_names == names, f"columns become {', '.join(again.column_names)}")


@check("dataset")
def read_table_keeps_rows(subject: DatasetSubject) -> None:
    """An estimator has an answer to each row of a data frame, by positions and what is left out."""
    import pyarrow as pa

    columns = columns_of(subject.corpus.train.items)
    names = list(dict.fromkeys(column.source for column in columns)) or list(subject.corpus.columns)
    table = pa.table({name: ["1", "2", "3"] for name in names})
    try:
        corpus = subject.make().read_table(table) if names else None
    except InputError:
        raise NotApplicable("it reads other tables") from None
    if corpus is None:
        raise NotApplicable("it reads no data frames")
    require(isinstance(corpus, Corpus), f"it gives {type(corpus).__name__}, no Corpus")
    require([*corpus.splits] == ["train"], f"it has the splits {', '.join(corpus.splits)}")
    rows = len(corpus.train) + sum(map(len, corpus.left_out))
    require(rows == 3 and corpus.covers_source(), f"3 rows become {rows}")


def _wrong(item: Any, items: Items) -> str:
    """Return what is wrong with one row, or nothing."""
    if items.content == "text":
        return "" if isinstance(item, str) else f"a text is {type(item).__name__}"
    wanted = ("uint8",) if items.content == "image" else ("float32", "float64")
    dimensions = 3 if items.content == "image" else 1
    if not isinstance(item, np.ndarray) or item.dtype not in wanted or item.ndim != dimensions:
        found = getattr(item, "dtype", type(item).__name__), getattr(item, "shape", ())
        return f"a row of {items.content} is {found}, not {' or '.join(wanted)}"
    if items.shape is not None and item.shape != tuple(items.shape):
        return f"a row has shape {item.shape}, items say {items.shape}"
    return ""
