"""A right clusterer, and clusterers that are wrong in one thing each."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import ConfigDict

from clusterforge.contracts import Clusterer, Details, MergeTree, State
from clusterforge.costs import Alternative, Cost
from clusterforge.errors import InputError
from clusterforge.params import Field, Params
from clusterforge.specs import ClustererSpec, Dial
from tests.testing.wrong_plugins.listing import Listing


class HalvesParams(Params):
    column: int = Field(0, ge=0, le=10, description="The column that decides.")


RIGHT = ClustererSpec(
    "halves",
    "Above and below the mean of a column.",
    HalvesParams,
    "tests.testing.wrong_plugins.clusterers:Halves",
    predicts="exact",
    rule="above or below the mean",
    complexity="time n",
)
LISTING = Listing(RIGHT)
wrong = LISTING.add


class Halves(Clusterer[HalvesParams]):
    def fit(self, points, context):
        rows = self.checked(points.embedding)
        if not len(rows):
            raise InputError("there are no rows")
        self.centre = rows.mean(axis=0)
        return self.label(rows)

    def predict(self, points, context):
        rows = self.checked(points.embedding)
        if rows.shape[1] != len(self.centre):
            raise InputError("another width")
        return self.label(rows)

    def label(self, rows):
        column = self.params.column
        return (rows[:, column] > self.centre[column]).astype(np.int64)

    def checked(self, rows):
        if not np.isfinite(rows).all():
            raise InputError("not finite")
        return rows

    def state(self):
        return State({"centre": self.centre})

    def restore(self, state):
        self.centre = state.arrays["centre"]


# what is declared


class BareParams(Params):
    column: int = Field(0, ge=0)


class LooseParams(Params):
    column: int = Field(0, description="Any number.")


class PathParams(HalvesParams):
    folder: Path = Field(Path("x"), description="No JSON value.")


class FileParams(HalvesParams):
    weights: str = Field(__file__, description="A file that is not declared as one.")


class MetricParams(HalvesParams):
    metric: Literal["euclidean"] = Field("euclidean", description="No number.")


class DefaultParams(Params):
    column: int = Field(0, ge=1, le=10, description="Not from 0.")


class SoftParams(HalvesParams):
    model_config = ConfigDict(frozen=False)


class OpenParams(HalvesParams):
    model_config = ConfigDict(extra="ignore")


def endless(params, size):
    return Cost(memory=float("inf"))


def text_dial(params, rows):
    return (Dial("metric", more="higher"),)


def misspelt(params, size):
    return (Alternative({"colum": 2}, "another column"),)


LISTING.spec(Halves, "summary-one-line", summary="Above\nand below.")
LISTING.spec(Halves, "name-law")
LISTING.spec(Halves, "params-documented", params=BareParams)
LISTING.spec(Halves, "params-bounded", params=LooseParams)
LISTING.spec(Halves, "files-declared", params=FileParams)
LISTING.spec(Halves, "params-json", params=PathParams)
LISTING.spec(Halves, "params-defaults-valid", params=DefaultParams)
LISTING.spec(Halves, "params-frozen", params=SoftParams)
LISTING.spec(Halves, "params-unknown-refused", params=OpenParams)
LISTING.spec(Halves, "costs-finite", costs=endless)
LISTING.spec(Halves, "alternatives-valid", alternatives=misspelt)
LISTING.spec(Halves, "hooks-light", hooks="tests.testing.wrong_plugins.heavy")
LISTING.spec(Halves, "rule-stated", complexity="")
LISTING.spec(Halves, "dials-turn", params=MetricParams, dials=text_dial)


@wrong("constructor-stores")
class Copies(Halves):
    def __init__(self, params):
        super().__init__(params.model_copy())


@wrong("constructor-stores")
class Sleeps(Halves):
    def __init__(self, params):
        super().__init__(params)
        time.sleep(0.001)


@wrong("constructor-stores")
class Writes(Halves):
    def __init__(self, params):
        super().__init__(params)
        Path(os.devnull).write_text("made")


@wrong("constructor-stores")
class Connects(Halves):
    def __init__(self, params):
        super().__init__(params)
        with contextlib.suppress(OSError), socket.socket() as line:
            line.connect(("127.0.0.1", 9))


@wrong("constructor-stores", also=("global-random-untouched",))
class SeedsAll(Halves):
    def __init__(self, params):
        super().__init__(params)
        np.random.seed(0)


@wrong("constructor-stores")
class Works(Halves):
    made = 0

    def __init__(self, params):
        super().__init__(params)
        Works.made += 1
        if Works.made > 2:  # the check has seen it
            return
        start = time.perf_counter()
        while time.perf_counter() < start + 0.6:
            pass


@wrong("target-loads")
class Duck:
    __init__ = Halves.__init__
    fit, predict, label, checked = Halves.fit, Halves.predict, Halves.label, Halves.checked
    state, restore = Halves.state, Halves.restore
    details, warnings = Halves.details, Halves.warnings
    leaves, cut = Clusterer.leaves, Clusterer.cut
    membership, outlier_scores = Clusterer.membership, Clusterer.outlier_scores


# seeds, global state, inputs


@wrong("works")
class GivesUp(Halves):
    def fit(self, points, context):
        if len(points) > 50:
            raise RuntimeError("too many")
        return super().fit(points, context)


class Flipped(Halves):
    """Labels 0 and 1 change places where ``flip`` is true, which is part of the state."""

    def fit(self, points, context):
        self.flip = bool(self.chosen(context))
        return super().fit(points, context)

    def label(self, rows):
        return super().label(rows) ^ np.int64(self.flip)

    def state(self):
        return State({"centre": self.centre}, {"flip": self.flip})

    def restore(self, state):
        super().restore(state)
        self.flip = state.meta["flip"]


COUNT = itertools.count()


@wrong("same-seed-same-answer")
class Counts(Flipped):
    def chosen(self, context):
        return next(COUNT) % 2


@wrong("global-random-ignored")
class ReadsGlobal(Flipped):
    def chosen(self, context):
        return np.random.get_state()[1][0] > 4


@wrong("stochastic-honest")
class Seeded(Flipped):
    def chosen(self, context):
        return context.seed % 2


@wrong("global-random-untouched")
class SeedsGlobal(Halves):
    def fit(self, points, context):
        np.random.seed(0)
        return super().fit(points, context)


@wrong("inputs-unchanged")
class Centres(Halves):
    def fit(self, points, context):
        labels = super().fit(points, context)
        points.embedding[:] -= self.centre
        return labels


@wrong("answers-repeat")
class Tires(Halves):
    def predict(self, points, context):
        new = len(points) == 18
        self.asked = getattr(self, "asked", 0) + new
        return super().predict(points, context) ^ np.int64(new and self.asked > 1)


@wrong("any-seed")
class OldGenerator(Halves):
    def fit(self, points, context):
        np.random.RandomState(context.seed + 1)
        return super().fit(points, context)


@wrong("progress-sane")
class Overdoes(Halves):
    def fit(self, points, context):
        context.progress(len(points) + 1, len(points))
        return super().fit(points, context)


# states and answers


@wrong("state-plain", also=("restored-elsewhere",))
class StoresNan(Halves):
    def state(self):
        return State({"centre": self.centre}, {"radius": float("nan")})


@wrong("restored-elsewhere")
class Remembers(Halves):
    def state(self):
        Remembers.kept = self.centre
        return State()

    def restore(self, state):
        self.centre = Remembers.kept


@wrong("details-typed")
class ShowsNan(Halves):
    def details(self):
        return Details({"radius": float("nan")})


@wrong("tree-fits")
class OtherTree(Halves):
    def details(self):
        return Details(tree=MergeTree((30, 30, 30), ((0, 1, 1.0), (2, 3, 2.0))))


@wrong("tree-fits")
class OtherLeaves(Halves):
    def details(self):
        merges = ((0, 1, 1.0), (2, 3, 2.0))
        return Details(tree=MergeTree((30, 30, 30), merges, (0, 0, 1)))

    def leaves(self, points, context):
        return 1 - self.predict(points, context)


@wrong("cut-agrees")
class CutsElsewhere(Halves):
    def cut(self, points, context, *, n_clusters=None, height=None):
        return self.predict(points, context)


@wrong("cut-agrees", predicts="approximate")
class CutsAlone(Halves):
    def cut(self, points, context, *, n_clusters=None, height=None):
        return np.arange(len(points.embedding)) % n_clusters


@wrong("labels-shape")
class Narrow(Halves):
    def label(self, rows):
        return super().label(rows).astype(np.int32)


@wrong("labels-numbered")
class Gaps(Halves):
    def label(self, rows):
        return super().label(rows) * 2


@wrong("predict-agrees")
class Contradicts(Halves):
    def predict(self, points, context):
        return 1 - super().predict(points, context)


@wrong("predict-agrees")
class ExactOnEqualGroups(Halves):
    """Cuts fitted rows at the mean and new ones in the middle: the same where groups are equal."""

    def fit(self, points, context):
        labels = super().fit(points, context)
        rows = points.embedding
        self.middle = (rows.min(axis=0) + rows.max(axis=0)) / 2
        return labels

    def predict(self, points, context):
        super().predict(points, context)
        column = self.params.column
        return (points.embedding[:, column] > self.middle[column]).astype(np.int64)

    def state(self):
        return State({"centre": self.centre, "middle": self.middle})

    def restore(self, state):
        self.centre, self.middle = state.arrays["centre"], state.arrays["middle"]


@wrong("predict-known-clusters")
class Invents(Halves):
    def fit(self, points, context):
        labels = super().fit(points, context)
        self.low, self.high = points.embedding.min(axis=0), points.embedding.max(axis=0)
        return labels

    def predict(self, points, context):
        labels, rows = super().predict(points, context), points.embedding
        outside = ((rows < self.low) | (rows > self.high)).any(axis=1)
        return np.where(outside, np.int64(7), labels)

    def state(self):
        return State({"centre": self.centre, "low": self.low, "high": self.high})

    def restore(self, state):
        super().restore(state)
        self.low, self.high = state.arrays["low"], state.arrays["high"]


@wrong("soft-answers-fit")
class Doubles(Halves):
    def membership(self, points, context):
        return np.ones((len(points), 2), dtype=np.float32)


# soft answers


class Softly(Halves):
    """Gives each row a share of its cluster, and a score of the same size."""

    def membership(self, points, context):
        labels = self.predict(points, context)
        shares = np.zeros((len(labels), 2), dtype=np.float32)
        shares[np.arange(len(labels)), labels] = self.share(points, context)
        return shares

    def outlier_scores(self, points, context):
        return np.full(len(points), self.share(points, context), dtype=np.float32)

    def share(self, points, context):
        return 0.5


SOFT = Listing(replace(RIGHT, name="softly", target=f"{__name__}:Softly"))
soft = SOFT.add


@soft("same-seed-same-answer", also=("answers-repeat", "restored-elsewhere"))
class Draws(Softly):
    def share(self, points, context):
        return np.random.default_rng().random(len(points))


@soft("global-random-ignored", also=("answers-repeat", "restored-elsewhere"))
class ReadsGlobalSoftly(Softly):
    def share(self, points, context):
        return 0.2 + 0.2 * (int(np.random.get_state()[1][1]) % 100_003) / 100_003


@soft("stochastic-honest")
class SeededSoftly(Softly):
    def share(self, points, context):
        return 0.2 if context.seed % 2 else 0.4


@soft("answers-repeat")
class TiresSoftly(Softly):
    def outlier_scores(self, points, context):
        self.asked = getattr(self, "asked", 0) + (len(points) == 18)
        return None if self.asked > 1 else super().outlier_scores(points, context)


@soft("restored-elsewhere")
class ForgetsSoftly(Softly):
    def fit(self, points, context):
        self.fitted = True
        return super().fit(points, context)

    def membership(self, points, context):
        return super().membership(points, context) if hasattr(self, "fitted") else None


@soft("restored-elsewhere")
class LosesScale(Softly):
    def fit(self, points, context):
        self.scale = 0.5
        return super().fit(points, context)

    def outlier_scores(self, points, context):
        return np.full(len(points), self.scale, dtype=np.float32)


def gives(cls, what, change):
    """Return a clusterer whose soft answer of this name is changed."""

    def changed(self, points, context):
        return change(getattr(super(made, self), what)(points, context))

    name = f"{cls.__name__}{len(SOFT.wrong)}"
    made = type(name, (cls,), {what: changed, "__module__": __name__})
    return globals().setdefault(name, made)


ODD = ("one-row", "constant-rows", "duplicate-rows")
for what, change, also in (
    ("membership", lambda shares: shares.astype(np.float64), ()),
    ("membership", lambda shares: shares[:, 0], ()),
    ("membership", lambda shares: shares[:, :1], ()),
    ("membership", lambda shares: shares[1:], ODD),
    ("membership", lambda shares: -shares, ()),
    ("membership", lambda shares: shares * np.float32(2.0001), ()),
    ("membership", lambda shares: shares * np.float32(np.nan), ODD),
    ("outlier_scores", lambda scores: scores.astype(np.float64), ()),
    ("outlier_scores", lambda scores: scores[:, None], ()),
    ("outlier_scores", lambda scores: scores[1:], ODD),
    ("outlier_scores", lambda scores: scores * 3, ()),
    ("outlier_scores", lambda scores: -scores, ()),
):
    SOFT.spec(gives(Softly, what, change), "soft-answers-fit", also=also)


@soft("constant-rows")
class DividesSoftly(Softly):
    def share(self, points, context):
        alike = len(points) > 1 and not np.ptp(points.embedding, axis=0).any()
        return np.nan if alike else 0.5


@soft("no-new-rows")
class TakesLargest(Softly):
    def outlier_scores(self, points, context):
        return np.full(len(points), points.embedding.max() / 9, dtype=np.float32)


# rows that no one hopes for


@wrong("nan-rows")
class RaisesOnNan(Halves):
    def checked(self, rows):
        if np.isnan(rows).any():
            raise ValueError("NaN")
        return super().checked(rows)


@wrong("infinite-rows")
class RaisesOnInfinity(Halves):
    def checked(self, rows):
        if np.isinf(rows).any():
            raise ValueError("infinity")
        return super().checked(rows)


@wrong("no-rows-to-fit")
class TakesFirst(Halves):
    def fit(self, points, context):
        self.first = points.embedding[0]
        return super().fit(points, context)


@wrong("no-new-rows")
class TakesFirstNew(Halves):
    def predict(self, points, context):
        self.first = points.embedding[0]
        return super().predict(points, context)


class Divides(Halves):
    def fit(self, points, context):
        if len(points) and self.hits(points.embedding):
            raise ZeroDivisionError("float division by zero")
        return super().fit(points, context)


@wrong("one-row")
class NeedsTwo(Divides):
    def hits(self, rows):
        return len(rows) == 1


@wrong("constant-rows")
class NeedsSpread(Divides):
    def hits(self, rows):
        return len(rows) > 1 and not np.ptp(rows, axis=0).any()


@wrong("duplicate-rows")
class NeedsDistinct(Divides):
    def hits(self, rows):
        return 1 < len(np.unique(rows, axis=0)) < len(rows)


@wrong("wrong-width-refused")
class AnyWidth(Halves):
    def predict(self, points, context):
        return self.label(self.checked(points.embedding))
