"""A right data set, and data sets that are wrong in one thing each. Light: see ``heavy``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from clusterforge.contracts import Corpus, Dataset, Peek, Split, Table, numbers
from clusterforge.params import Params
from clusterforge.specs import DatasetSpec
from tests.testing.wrong_plugins.listing import Listing


class CoinsParams(Params):
    pass


RIGHT = DatasetSpec(
    "coins",
    "Two sorts of coins.",
    CoinsParams,
    "tests.testing.wrong_plugins.datasets:Coins",
)
LISTING = Listing(RIGHT)
wrong = LISTING.add
NAMES = ("penny", "pound")


class Coins(Dataset[CoinsParams]):
    rows = 30, 10

    def load(self, context):
        train, test = (self.split(name, context) for name in ("train", "test"))
        return Corpus({"train": train, "test": test}, label_names=NAMES, source=self.source())

    def peek(self):
        return Peek(dict(zip(("train", "test"), self.rows, strict=True)), "table", n_classes=2)

    def split(self, name, context):
        rng = np.random.default_rng([self.seed(context), name == "test"])
        n, start = (self.rows[0], 0) if name == "train" else (self.rows[1], 100)
        labels = np.arange(n) % 2
        values = (rng.normal(size=(n, 3)) + labels[:, None]).astype(np.float32)
        return Split(name, self.items(values), labels, np.arange(start, start + n))

    def items(self, values):
        return Table(values)

    def seed(self, context):
        return 0

    def source(self):
        return {"made by": "tests"}


LISTING.spec(Coins, "dataset-module-light", target="tests.testing.wrong_plugins.heavy:Heavy")


@wrong("train-not-empty")
class NoTrain(Coins):
    rows = 0, 10


@wrong("run-seed-ignored")
class OfTheRun(Coins):
    def seed(self, context):
        return context.seed


class DoubleTable(Table):
    def take(self, rows):
        return super().take(rows).astype(np.float16)


class SortedTable(Table):
    def take(self, rows):
        return super().take(np.sort(rows))


@wrong("items-as-promised")
class Doubles(Coins):
    def items(self, values):
        return DoubleTable(values)


@wrong("items-in-order")
class Sorts(Coins):
    def items(self, values):
        return SortedTable(values)


@wrong("items-finite")
class Gaps(Coins):
    def items(self, values):
        values[2, 1] = np.nan
        return Table(values)


@wrong("splits-alike")
class Narrows(Coins):
    def items(self, values):
        return Table(values if len(values) == 30 else np.ascontiguousarray(values[:, :2]))


@wrong("ids-unique")
class Repeats(Coins):
    def split(self, name, context):
        found = super().split(name, context)
        return replace(found, ids=found.ids // 2 * 2)


@wrong("source-covered")
class Skips(Coins):
    def split(self, name, context):
        found = super().split(name, context)
        return replace(found, positions=2 * np.arange(len(found)))


@wrong("splits-disjoint")
class Leaks(Coins):
    def split(self, name, context):
        train = super().split("train", context)
        some = np.arange(10)
        if name == "train":
            return train
        return Split("test", Table(train.items.take(some)), train.labels[some], train.ids[some])


@wrong("labels-named")
class OneTooMany(Coins):
    def split(self, name, context):
        found = super().split(name, context)
        return replace(found, labels=found.labels + 1)


@wrong("source-json")
class ShowsNan(Coins):
    def source(self):
        return {"mean": float("nan")}


@wrong("peek-agrees")
class Guesses(Coins):
    def peek(self):
        return Peek({"train": 31}, "table")


@wrong("prepare-keeps-rows")
class DropsLast(Coins):
    def prepare(self, items):
        return Table(items.take(np.arange(len(items) - 1)))


@wrong("read-values-keeps-rows")
class DropsGaps(Coins):
    def read_values(self, table, columns):
        return table.slice(0, 1)


@wrong("read-table-keeps-rows")
class LosesRows(Coins):
    def items(self, values):
        return Table(values, numbers("abc"))

    def read_table(self, table):
        return Corpus({"train": Split("train", Table(np.zeros((1, 3))))})


# what clusterers are caught at, data sets are too


@wrong("same-seed-same-answer", also=("run-seed-ignored",))
class Unseeded(Coins):
    def seed(self, context):
        return int(np.random.default_rng().integers(1 << 30))


@wrong("global-random-untouched")
class Shuffles(Coins):
    def items(self, values):
        np.random.permutation(3)
        return super().items(values)
