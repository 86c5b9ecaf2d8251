"""A whole plugin package in miniature, for tests of the pipeline that need no built-in."""

from __future__ import annotations

from typing import Any

import numpy as np

from clusterforge.contracts import (
    Clusterer,
    Clustering,
    Context,
    Corpus,
    Dataset,
    Encoder,
    Evidence,
    Metric,
    Name,
    Namer,
    Points,
    Split,
    State,
    Table,
    View,
)
from clusterforge.errors import InputError, Undefined
from clusterforge.params import Field, NClusters, Params
from clusterforge.registry import Distribution, Found, Registry
from clusterforge.specs import ClustererSpec, DatasetSpec, EncoderSpec, MetricSpec, NamerSpec

CALLS: list[str] = []
LABELS_SEEN: list[Any] = []
FAIL: dict[str, Any] = {}


class DotsParams(Params):
    rows: int = Field(60, ge=0, description="Rows.")
    labels: bool = Field(True, description="Whether there are labels.")


class Dots(Dataset[DotsParams]):
    def load(self, context: Context) -> Corpus:
        splits = {}
        for number, name in enumerate(("train", "test")):
            rng = np.random.default_rng(number)
            truth = np.arange(self.params.rows) % 3
            rows = rng.normal(size=(self.params.rows, 4)) + truth[:, None] * 20
            labels = truth.astype(np.int64) if self.params.labels else None
            splits[name] = Split(name, Table(rows.astype(np.float32)), labels)
        names = ("a", "b", "c") if self.params.labels else ()
        return Corpus(splits, names, source={"from": "a test"})


class ShiftParams(Params):
    by: float = Field(1.0, description="Added to every value.")
    noisy: bool = Field(False, description="Add noise by the seed.")
    peeps: bool = Field(False, description="Ask for labels.")

    @property
    def uses_labels(self) -> bool:
        return self.peeps


class Shift(Encoder[ShiftParams]):
    def fit(self, view: View, context: Context) -> None:
        CALLS.append("shift.fit")
        LABELS_SEEN.append(view.labels)
        if "shift" in FAIL:
            raise FAIL["shift"]
        self.amount = np.array([self.params.by], dtype=np.float32)
        if self.params.noisy:
            self.amount = self.amount + np.float32(np.random.default_rng(context.seed).normal())

    def encode(self, view: View, context: Context) -> Any:
        CALLS.append("shift.encode")
        if "encode" in FAIL:
            return FAIL["encode"]
        return (view.rows() + self.amount).astype(np.float32)

    def state(self) -> State:
        return State({"amount": self.amount})

    def restore(self, state: State) -> None:
        self.amount = state.arrays["amount"]


class CutParams(Params):
    n_clusters: NClusters = Field(3, description="Clusters.")
    noise: int = Field(0, ge=0, description="Rows called noise.")


class Cut(Clusterer[CutParams]):
    def fit(self, points: Points, context: Context) -> Any:
        CALLS.append("cut.fit")
        if self.params.n_clusters > len(points):
            raise InputError("more clusters than rows", key="n_clusters", remedy="ask for fewer")
        self.width, self.most = 20.0 * 3 / self.params.n_clusters, 1000
        labels = self.predict(points, context)
        labels[: self.params.noise] = -1
        self.most = int(labels.max(initial=-1))
        if "labels" in FAIL:
            self.most = 0
            return FAIL["labels"]
        return labels

    def predict(self, points: Points, context: Context) -> Any:
        found = np.round(points.embedding.mean(axis=1) / self.width).astype(np.int64).clip(0)
        return np.where(found <= self.most, found, -1)

    def state(self) -> State:
        return State(meta={"width": self.width, "most": self.most})

    def restore(self, state: State) -> None:
        self.width, self.most = state.meta["width"], state.meta["most"]


class NoParams(Params):
    pass


class Largest(Metric[NoParams]):
    def score(self, clustering: Clustering) -> float:
        if "metric" in FAIL:
            raise FAIL["metric"]
        sizes = np.bincount(clustering.labels)
        if len(sizes) < 2:
            raise Undefined("one cluster only")
        return float(sizes.max() / len(clustering.labels))


class Matches(Metric[NoParams]):
    def score(self, clustering: Clustering) -> float:
        assert clustering.truth is not None
        return float((clustering.truth == clustering.labels).mean())


class Widest(Namer[NoParams]):
    def names(self, evidence: Evidence, context: Context) -> Any:
        CALLS.append("widest.names")
        if "names" in FAIL:
            if isinstance(FAIL["names"], Exception):
                raise FAIL["names"]
            return FAIL["names"]
        return {
            c.cluster: Name("wide", (c.traits[0].column,)) for c in evidence.unnamed if c.traits
        }


class Flat(Encoder[NoParams]):
    def encode(self, view: View, context: Context) -> Any:
        return np.ascontiguousarray(view.rows()[:, :2])


HERE = __name__
SPECS = (
    DatasetSpec("dots", "Three groups of dots.", DotsParams, f"{HERE}:Dots"),
    EncoderSpec(
        "shift",
        "Adds a number.",
        ShiftParams,
        f"{HERE}:Shift",
        takes=frozenset({"table", "embedding"}),
        stochastic=True,
    ),
    EncoderSpec("flat", "First two columns.", NoParams, f"{HERE}:Flat"),
    ClustererSpec("cut", "Cuts the mean.", CutParams, f"{HERE}:Cut", predicts="exact", rule="cut"),
    MetricSpec("largest", "Share of the largest.", NoParams, f"{HERE}:Largest", low=0, high=1),
    MetricSpec("matches", "Equal.", NoParams, f"{HERE}:Matches", needs_labels=True),
    NamerSpec("widest", "One name for all.", NoParams, f"{HERE}:Widest"),
)


def registry(distribution: str = "toy") -> Registry:
    """Return a registry of the toy plugins alone."""
    return Registry([Found(spec, Distribution(distribution, "1.0")) for spec in SPECS])


def recipe(**changes: Any) -> dict[str, Any]:
    """Return a recipe that uses them all."""
    tables: dict[str, Any] = {
        "name": "toy",
        "dataset": {"use": "dots"},
        "encoder": [{"use": "shift"}],
        "clusterer": [{"use": "cut"}],
        "namer": {"use": "widest"},
        "evaluation": {"null_draws": 0},
        "report": {"projection": "flat"},
    }
    return tables | changes
