"""Whether what a run says of its certainty is true: ``python -m tests.bench.bench_trust``.

Four tables on made data, of which the truth is known: how often the 95 % interval of a score holds the mean
score of other samples of as many rows, and the score of the whole population; how often two clusterings that
are equally good are called apart; how far ``predict`` agrees with a clustering fitted anew on old and new
rows; and what prediction strength is where there are no clusters. ``--draws N``: samples per line, default
500; ``--only`` one of the tables.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.preprocessing import StandardScaler

from clusterforge.comparison.scores import FEWEST, gap_interval
from clusterforge.contracts import (
    Clustering,
    Context,
    FloatArray,
    IntArray,
    Metric,
    MomentMetric,
    Points,
    Score,
    TableMetric,
)
from clusterforge.evaluation.agreement import prediction_strength
from clusterforge.evaluation.intervals import (
    Resampler,
    draws,
    interval,
    jackknife,
    of_moments,
    of_rows,
    of_tables,
    widened,
)
from clusterforge.numerics.contingency import ari, contingency
from clusterforge.numerics.kmeans import assign, kmeans
from clusterforge.recipe.tables import Evaluation
from clusterforge.registry import Registry
from clusterforge.specs import MetricSpec

POPULATION, OF_SILHOUETTE = 200_000, 4_000
RESAMPLES = Evaluation().resamples
METRICS = ("accuracy", "purity", "nmi", "ari", "silhouette", "davies-bouldin")
REGISTRY = Registry.installed()
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Source:
    """Gaussian groups in eight columns, clustered by the nearest of centroids that a sample gave."""

    name: str
    shares: Values
    apart: float
    rows: int

    @classmethod
    def of(cls, name: str, groups: int, apart: float, rows: int, uneven: float = 1.0) -> Source:
        """Return groups of which the largest has ``uneven`` times the rows of the least."""
        shares = np.geomspace(1, uneven, groups)
        return cls(f"{name}, {rows:,} rows", shares / shares.sum(), apart, rows)

    def draw(self, n: int, seed: int) -> tuple[FloatArray, IntArray]:
        """Return rows float32 (n, 8) and their groups int64 (n,)."""
        rng = np.random.default_rng(seed)
        centres = np.random.default_rng(7).normal(size=(len(self.shares), 8)) * self.apart
        truth = rng.choice(len(self.shares), size=n, p=self.shares)
        rows = centres[truth] + rng.normal(size=(n, 8))
        return rows.astype(np.float32), truth.astype(np.int64)

    def centroids(self) -> FloatArray:
        """Return the centroids of k-means on other rows."""
        return kmeans(self.draw(5_000, 1)[0], len(self.shares), seed=0, n_init=3).centroids


SOURCES = (
    Source.of("4 groups", 4, 1.0, 300),
    Source.of("4 groups, 20 : 1", 4, 1.0, 300, uneven=20),
    Source.of("20 groups", 20, 1.3, 1_000),
    Source.of("77 groups", 77, 1.3, 1_000),
)


def metric_of(name: str) -> Metric[Any]:
    """Return a metric with its defaults."""
    plugin = REGISTRY.find("metric", name)
    metric: Metric[Any] = plugin.load()(plugin.spec.params())
    return metric


def scored(
    name: str, points: FloatArray, labels: IntArray, truth: IntArray
) -> tuple[Score, Values]:
    """Return a score, and its resamples float64 (resamples,), as a run computes them."""
    metric, found = metric_of(name), score_of(name, points, labels, truth)
    every = np.ones(len(labels), dtype=bool)
    resampler: Resampler | None
    of: Callable[[Any], Any]
    if isinstance(metric, TableMetric):
        resampler, of = of_tables(truth, labels, every, RESAMPLES), metric.of_tables
    elif isinstance(metric, MomentMetric):
        resampler, of = of_moments(points, labels, every, RESAMPLES), metric.of_moments
    else:
        behind = found.values if found.influence is None else found.influence
        assert behind is not None
        resampler, of = of_rows(behind), np.asarray
    assert resampler is not None
    parts = [of(resampler.of(w)) for w in draws(len(labels), RESAMPLES, resampler.width)]
    drawn = np.concatenate([np.asarray(part, dtype=np.float64) for part in parts])
    if resampler.one_less:
        fewer = np.concatenate([of(tables) for tables in resampler.one_less.tables()])
        less = resampler.one_less
        drawn = widened(drawn, jackknife(fewer, less.times, less.rows))
    return found, drawn


def score_of(name: str, points: FloatArray, labels: IntArray, truth: IntArray) -> Score:
    """Return a score of a clustering without noise."""
    answer = metric_of(name).score(Clustering(points, labels, truth, None, "cpu"))
    found = answer["excluded"] if isinstance(answer, Mapping) else answer
    return found if isinstance(found, Score) else Score(float(found))


def coverage(number: int) -> Iterator[str]:
    """Yield how often intervals hold the mean score of other samples, and that of the population."""
    yield "| source | " + " | ".join(METRICS) + " |"
    yield "|---|" + "---|" * len(METRICS)
    for source in SOURCES:
        centroids = source.centroids()
        points, truth = source.draw(POPULATION, 2)
        labels = assign(points, centroids)[0]
        few = slice(0, OF_SILHOUETTE)
        true = {
            name: score_of(name, points, labels, truth).value
            if name != "silhouette"
            else score_of(name, points[few], labels[few], truth[few]).value
            for name in METRICS
        }
        known: dict[str, list[tuple[float, float, float]]] = {name: [] for name in METRICS}
        for seed in range(number):
            rows, own = source.draw(source.rows, 100 + seed)
            given = assign(rows, centroids)[0]
            for name in METRICS:
                score, resamples = scored(name, rows, given, own)
                spec = REGISTRY.find("metric", name).spec
                assert isinstance(spec, MetricSpec)
                assert score.value is not None
                low, high = interval(resamples, score.value, spec.low, spec.high) or (1, 0)
                known[name].append((score.value, low, high))
        cells = []
        for name in METRICS:
            values, low, high = np.array(known[name]).T
            held = [np.mean((low <= at) & (at <= high)) for at in (values.mean(), true[name])]
            cells.append(" / ".join(f"{share:.1%}" for share in held))
        yield f"| {source.name} | {' | '.join(cells)} |"


def with_errors(truth: IntArray, classes: int, share: float, rng: np.random.Generator) -> IntArray:
    """Return the classes of rows, of which a share is drawn anew: int64 (n,)."""
    wrong = rng.random(len(truth)) < share
    return np.where(wrong, rng.integers(classes, size=len(truth)), truth)


def apart(number: int) -> Iterator[str]:
    """Yield how often two clusterings that are equally good are called apart."""
    names = METRICS[:4]
    yield "| clusterings that are equally good | " + " | ".join(names) + " |"
    yield "|---|" + "---|" * len(names)
    cases = (
        ("300 rows, 4 classes, errors of 20 % each, apart", 300, 4, 0.2, 0.0),
        ("300 rows, 4 classes, errors of 20 %, half of them shared", 300, 4, 0.2, 0.5),
        ("1,000 rows, 20 classes, errors of 40 % each, apart", 1_000, 20, 0.4, 0.0),
        ("1,000 rows, 77 classes, errors of 40 %, half of them shared", 1_000, 77, 0.4, 0.5),
        ("1,000 rows, 4 classes, errors of 1 % each, apart", 1_000, 4, 0.01, 0.0),
    )
    for title, n, classes, share, shared in cases:
        called = dict.fromkeys(names, 0)
        for seed in range(number):
            rng = np.random.default_rng(seed)
            truth = rng.integers(classes, size=n)
            points = np.zeros((n, 1), dtype=np.float32)
            both = rng.random(n) < share * shared
            wrong = rng.integers(classes, size=n)

            rest = share * (1 - shared) / (1 - share * shared)
            one, other = (
                np.where(both, wrong, with_errors(truth, classes, rest, rng)) for _ in range(2)
            )
            few = int((one != other).sum()) < FEWEST
            for name in names:
                a, drawn_a = scored(name, points, one, truth)
                b, drawn_b = scored(name, points, other, truth)
                ends = gap_interval(
                    drawn_b - drawn_a, (b.value or 0) - (a.value or 0), 1.0, few=few
                )
                called[name] += ends is not None and (ends[0] > 0 or ends[1] < 0)
        cells = " | ".join(f"{called[name] / number:.1%}" for name in names)
        yield f"| {title} | {cells} |"


CLUSTERERS: dict[str, Callable[[int], dict[str, object]]] = {
    "kmeans": lambda k: {"n_clusters": k},
    "gaussian-mixture": lambda k: {"n_clusters": k, "covariance": "diag"},
    "hierarchical": lambda k: {"n_clusters": k},
    "spectral": lambda k: {"n_clusters": k},
    "hdbscan": lambda k: {"min_cluster_size": 10},
    "dbscan": lambda k: {},
}


def agreement(number: int) -> Iterator[str]:
    """Yield how far ``predict`` agrees with a refit on old and new rows, and two refits with another."""
    seeds = min(number, 5)
    sets = {"digits": load_digits, "wine": load_wine, "breast-cancer": load_breast_cancer}
    yield "| clusterer | " + " | ".join(sets) + " |"
    yield "|---|" + "---|" * len(sets)
    for name, keys in CLUSTERERS.items():
        plugin, cells = REGISTRY.find("clusterer", name), []
        for load in sets.values():
            data = load()
            points = StandardScaler().fit_transform(data.data).astype(np.float32)
            params = plugin.spec.params.model_validate(keys(len(set(data.target))))
            found = []
            for seed in range(seeds):
                order = np.random.default_rng(seed).permutation(len(points))
                rows, context = points[order], Context(seed=seed)
                half = len(rows) // 2
                old, new = Points(rows[:half]), Points(rows[half:])
                fitted, anew = plugin.load()(params), plugin.load()(params)
                fitted.fit(old, context)
                every = anew.fit(Points(rows), context)
                pairs = (
                    (fitted.predict(new, context), every[half:]),
                    (fitted.fit(old, context), every[:half]),
                )
                found.append([float(ari(contingency(a, b).counts)) for a, b in pairs])
            there, within = np.mean(found, axis=0)
            cells.append(f"{there:.2f} ({within:.2f})")
        yield f"| `{name}` | " + " | ".join(cells) + " |"


def strength(number: int) -> Iterator[str]:
    """Yield prediction strength where there are no clusters, and where there are."""
    yield "| rows | k | mean | 95 % below | share from 0.8 |\n|---|---|---|---|---|"
    for title, columns, gap in (
        ("one normal cloud, 2 columns", 2, 0.0),
        ("one normal cloud, 10 columns", 10, 0.0),
        ("one normal cloud, 64 columns", 64, 0.0),
        ("as many groups as k, 6 apart, 10 columns", 10, 6.0),
    ):
        for k in (2, 4, 10):
            values = []
            for seed in range(min(number, 100)):
                rng = np.random.default_rng(seed)
                group = rng.integers(k, size=1_200)
                centres = np.linalg.qr(rng.normal(size=(columns, columns)))[0][:k] * gap / 2**0.5
                rows = rng.normal(size=(1_200, columns)).astype(np.float32)
                rows += centres[group].astype(np.float32) if gap else 0
                train, test = rows[:600], rows[600:]
                own = kmeans(test, k, seed=seed, n_init=10).labels
                by_train = assign(test, kmeans(train, k, seed=seed, n_init=10).centroids)[0]
                values.append(min(prediction_strength(own, by_train).values()))
            high = np.quantile(values, 0.95)
            sure = np.mean(np.array(values) >= 0.8)
            yield f"| {title} | {k} | {np.mean(values):.2f} | {high:.2f} | {sure:.0%} |"


TABLES = {"coverage": coverage, "apart": apart, "agreement": agreement, "strength": strength}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--only", choices=TABLES)
    options = parser.parse_args()
    for name, table in TABLES.items():
        if options.only in (None, name):
            for line in table(options.draws):
                print(line, flush=True)
            print()


if __name__ == "__main__":
    main()
