"""Right encoders, and encoders that are wrong in one thing each."""

from __future__ import annotations

import numpy as np

from clusterforge.contracts import Encoder, Epoch, FitReport, Shortfall, State
from clusterforge.errors import InputError
from clusterforge.params import Params
from clusterforge.specs import EncoderSpec
from tests.testing.wrong_plugins.listing import Listing


class CentreParams(Params):
    pass


RIGHT = EncoderSpec(
    "centre",
    "The mean is taken off.",
    CentreParams,
    "tests.testing.wrong_plugins.encoders:Centre",
    takes=frozenset({"embedding", "table"}),
)
RIGHT_OF_TEXT = EncoderSpec(
    "lengths",
    "How many letters and words a text has.",
    CentreParams,
    "tests.testing.wrong_plugins.encoders:Lengths",
    takes=frozenset({"text"}),
)
LISTING, OF_TEXT = Listing(RIGHT), Listing(RIGHT_OF_TEXT)
wrong = LISTING.add


class Centre(Encoder[CentreParams]):
    def fit(self, view, context):
        rows = self.rows(view)
        if not len(rows):
            raise InputError("there are no rows")
        self.mean = rows.mean(axis=0)

    def encode(self, view, context):
        rows = self.rows(view)
        if rows.shape[1] != len(self.mean):
            raise InputError("another width")
        return rows - self.mean

    def rows(self, view):
        rows = view.rows()
        if not np.isfinite(rows).all():
            raise InputError("not finite")
        return rows

    def state(self):
        return State({"mean": self.mean})

    def restore(self, state):
        self.mean = state.arrays["mean"]


class Lengths(Encoder[CentreParams]):
    def encode(self, view, context):
        texts = view.items.take(np.arange(len(view)))
        counts = [(len(text), len(self.words(text))) for text in texts]
        return np.array(counts, dtype=np.float32).reshape(-1, 2)

    def words(self, text):
        return text.split()


@OF_TEXT.add("odd-texts")
class FirstWord(Lengths):
    def words(self, text):
        return text.split()[0]


@wrong("embedding-shape")
class Wide(Centre):
    def encode(self, view, context):
        return super().encode(view, context).astype(np.float64)


@wrong("assignment-shape")
class Doubtful(Centre):
    def assign(self, embedding):
        return np.ones((len(embedding), 3), dtype=np.float32)


LISTING.spec(Centre, "inductive-honest", inductive=False)


@wrong("fit-encode-agrees")
class Shortcut(Centre):
    def fit_encode(self, view, context):
        return super().fit_encode(view, context) * np.float32(2)


@wrong("rows-independent")
class CentresEach(Centre):
    def encode(self, view, context):
        rows = super().encode(view, context)
        return rows - rows.mean(axis=0) if len(rows) else rows


@wrong("takes-honest", takes=frozenset({"embedding", "image"}))
class Boasts(Centre):
    def rows(self, view):
        assert view.embedding is not None
        return super().rows(view)


# what clusterers are caught at, encoders are too


@wrong("same-seed-same-answer", also=("fit-encode-agrees",))
class Blurs(Centre):
    def fit(self, view, context):
        super().fit(view, context)
        self.mean = self.mean + np.float32(np.random.default_rng().normal())


@wrong("global-random-untouched")
class Shuffles(Centre):
    def fit(self, view, context):
        np.random.shuffle(np.arange(5))
        super().fit(view, context)


@wrong("inputs-unchanged")
class InPlace(Centre):
    def fit_encode(self, view, context):
        embedding = super().fit_encode(view, context)
        if view.embedding is not None:
            view.embedding[:] = embedding
        return embedding


@wrong("nan-rows")
class PassesNan(Centre):
    def rows(self, view):
        rows = view.rows()
        return rows if np.isnan(rows).any() else super().rows(view)


@wrong("constant-rows")
class DividesByZero(Centre):
    def fit(self, view, context):
        super().fit(view, context)
        spread = float(np.ptp(self.rows(view)[:, 0]))
        self.mean = self.mean * np.float32(1 if len(view) != 20 else spread / spread)


@wrong("restored-elsewhere")
class Forgets(Centre):
    def state(self):
        return State({"mean": self.mean * 0})


@wrong("report-typed")
class ReportsNan(Centre):
    def report(self):
        return FitReport(history=(Epoch("fit", 1, {"loss": float("nan")}),))


@wrong("shortfalls-typed")
class LeavesOutMoreThanThereIs(Centre):
    def shortfalls(self):
        return (Shortfall(10**6, "too long"),)


@wrong("reconstruction-fits")
class MakesHalf(Centre):
    def reconstruct(self, view, context):
        return view.rows()[:, :1].copy()
