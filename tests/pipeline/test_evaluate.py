"""The evaluation as a stage: intervals in the scores, ``evaluation.json``, values of rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import clusterforge
from clusterforge.contracts import (
    Clusterer,
    Clustering,
    Metric,
    MomentMetric,
    Moments,
    Points,
    Score,
    State,
    TableMetric,
)
from clusterforge.errors import PluginError
from clusterforge.pipeline import evaluate
from clusterforge.pipeline.result import Run
from clusterforge.registry import Distribution, Found, Registry
from clusterforge.runs import files
from clusterforge.runs.records import ClusteringEvaluation, EvaluationSettings
from clusterforge.specs import ClustererSpec, MetricSpec
from tests.pipeline import toy

SMALL = {"resamples": 50, "refits": 3, "rows": 50, "null_draws": 0}
BUILT_IN: dict[str, Any] = {
    "name": "small",
    "dataset": {"use": "digits"},
    "encoder": [{"use": "flatten"}, {"use": "pca", "components": 5}],
    "clusterer": [
        {"use": "kmeans", "n_clusters": 10},
        {"use": "dbscan", "eps": 0.5, "min_samples": 4},
    ],
    "evaluation": {"resamples": 200, "refits": 3, "rows": 300},
    "report": {"projection": "none"},
}


class Mood(Clusterer[toy.NoParams]):
    """Halves by the seed; fails where a test asks for it."""

    def fit(self, points: Points, context: Any) -> Any:
        toy.CALLS.append("mood.fit")
        if "refit" in toy.FAIL and toy.CALLS.count("mood.fit") > 1:
            raise toy.FAIL["refit"]
        if "noise" in toy.FAIL:
            return np.full(len(points), -1)
        return np.random.default_rng(context.seed).integers(0, 2, len(points))

    def state(self) -> State:
        return State()

    def restore(self, state: State) -> None:
        pass


class Rowwise(Metric[toy.NoParams]):
    def score(self, clustering: Clustering) -> Any:
        values = clustering.embedding[:, 0].astype(float)
        if "values" in toy.FAIL:
            values = toy.FAIL["values"]
        return Score(float(np.mean(values)), values=values)


HERE = f"{__name__}:"


class Cell(TableMetric[toy.NoParams]):
    def of_tables(self, tables: Any) -> Any:
        return tables.max(axis=(1, 2)) / tables.sum(axis=(1, 2))


class Radius(MomentMetric[toy.NoParams]):
    def of_moments(self, moments: Moments) -> Any:
        return (moments.sizes * moments.deviations).sum(axis=1) / moments.sizes.sum(axis=1)


class Largest(toy.Largest):
    pass


def registry() -> Registry:
    here = Distribution("toy", "1.0")
    specs = (
        ClustererSpec("mood", "By the seed.", toy.NoParams, f"{HERE}Mood", stochastic=True),
        MetricSpec("rowwise", "First column.", toy.NoParams, f"{HERE}Rowwise", rests_on="rows"),
        MetricSpec(
            "cell",
            "Share of the largest cell.",
            toy.NoParams,
            f"{HERE}Cell",
            low=0,
            high=1,
            needs_labels=True,
            rests_on="table",
        ),
        MetricSpec(
            "radius", "Mean radius.", toy.NoParams, f"{HERE}Radius", low=0, rests_on="moments"
        ),
        MetricSpec("mislabelled", "No table.", toy.NoParams, f"{HERE}Largest", rests_on="table"),
        MetricSpec("whole", "Values unsaid.", toy.NoParams, f"{HERE}Rowwise"),
    )
    return Registry([Found(spec, here) for spec in (*toy.SPECS, *specs)])


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return clusterforge.run(BUILT_IN, out=tmp_path_factory.mktemp("evaluate") / "run", cache=False)


def test_every_score_of_ours_lies_in_its_interval(done: Run) -> None:
    assert {score.clusterer for score in done.scores} == {"kmeans", "dbscan"}
    assert {score.noise for score in done.scores} == {"excluded", "cluster", "singletons"}
    without = set()
    for score in done.scores:
        if score.low is None:
            without.add((score.metric, score.noise))
        else:
            assert score.low <= score.value + 1e-6, score
            assert score.value <= score.high + 1e-6, score
            assert score.high - score.low < max(1, abs(score.value)), score
    ours = {(metric, noise) for metric, noise in without if metric != "dbcv"}
    assert ours == set()


def test_what_evaluation_json_holds(done: Run) -> None:
    found = done.evaluation
    assert found.settings == EvaluationSettings(
        level=0.95, resamples=200, refits=3, rows=300, null_draws=39, seed=0
    )
    assert set(found.data) == {"train", "test"}
    assert found.data["test"].duplicates.in_train == 0
    for name, clusterer in found.clusterings.items():
        for split, part in clusterer.splits.items():
            labels = done.labels(name, split)
            values = np.load(done.folder / "evaluation" / name / f"{split}.silhouette.npy")
            assert values.dtype == np.float32
            assert part.rows == len(labels) == len(values)
            assert part.noise == (labels < 0).sum() == np.isnan(values).sum()
            assert part.exact
            assert part.silhouette_rows == (labels >= 0).sum()
            assert sum(cluster.rows for cluster in part.clusters) == (labels >= 0).sum()
            score = next(
                s
                for s in done.scores
                if (s.clusterer, s.split, s.metric, s.noise)
                == (name, split, "silhouette", "excluded")
            )
            assert np.nanmean(values) == pytest.approx(score.value, abs=1e-6)
            curve = part.coverage_curve.points
            assert curve[-1].accuracy == pytest.approx(
                done.score("accuracy", clusterer=name, split=split)
            )
            assert curve[-1].coverage == pytest.approx((labels >= 0).mean())
        if name == "dbscan":  # of its own: see below
            continue
        stability = np.load(done.folder / "evaluation" / name / "train.stability.npy")
        assert (~np.isnan(stability)).sum() == clusterer.stability.rows == 300
        assert clusterer.stability.unstable[0].stability == np.nanmin(stability)
        assert len(clusterer.stability.bootstrap.ari) == 3
        assert 0 <= clusterer.prediction_strength.value <= 1
    chance = found.clusterings["kmeans"].chance
    assert (chance.rows, chance.reason) == (300, None)
    assert 1 <= chance.draws <= 39
    assert [of.cluster for of in chance.clusters] == list(range(10))
    assert len(chance.doubtful) < 10
    kmeans = found.clusterings["kmeans"].stability
    assert kmeans.seeds.mean > kmeans.bootstrap.mean > 0.3


def test_a_sample_that_is_too_sparse_for_the_parameters_says_nothing(tmp_path: Path) -> None:
    recipe = {
        "name": "sparse",
        "dataset": {"use": "blobs", "rows": 2500, "centers": 3, "spread": 0.5},
        "encoder": [{"use": "flatten"}],
        "clusterer": [{"use": "dbscan", "eps": 0.3, "min_samples": 25}],
        "report": {"projection": "none"},
    }
    few = {"resamples": 0, "refits": 3, "null_draws": 0}
    part = clusterforge.run(recipe | {"evaluation": few | {"rows": 300}}, out=tmp_path / "part")
    found = part.evaluation.clusterings["dbscan"]
    said = (
        "clustered without the others, 300 of the 2,000 train rows fall into other clusters (ARI 0."
    )
    assert found.stability.reason.startswith(said)
    assert found.prediction_strength.value is None
    assert found.prediction_strength.reason.startswith(said)
    assert (found.stability.bootstrap, found.stability.unstable) == (None, ())
    assert np.isnan(np.load(part.folder / "evaluation/dbscan/train.stability.npy")).all()

    whole = clusterforge.run(recipe | {"evaluation": few | {"rows": 2000}}, out=tmp_path / "whole")
    found = whole.evaluation.clusterings["dbscan"].stability
    assert (found.rows, found.seeds, found.reason) == (2000, None, None)
    assert found.bootstrap.mean > 0.8


def test_silhouettes_are_computed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(evaluate, "silhouettes", never)
    clusterforge.run({**BUILT_IN, "evaluation": {"refits": 0}}, out=tmp_path / "run", cache=False)


def test_silhouettes_without_the_metric(tmp_path: Path) -> None:
    recipe = {**BUILT_IN, "metric": [{"use": "nmi"}], "evaluation": {"null_draws": 0}}
    again = clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    assert {score.metric for score in again.scores} == {"nmi"}
    part = again.evaluation.clusterings["kmeans"].splits["test"]
    assert part.silhouette_rows == part.rows


def test_the_evaluation_is_kept_when_only_the_report_changes(tmp_path: Path) -> None:
    def stages(out: str, **changes: Any) -> dict[str, bool]:
        recipe = toy.recipe(evaluation=SMALL, **changes)
        run = clusterforge.run(recipe, out=tmp_path / out, registry=toy.registry())
        return {stage.stage: stage.reused for stage in run.info.stages}

    assert not stages("a")["evaluation.cut"]
    again = stages("b", report={"projection": "none"})
    assert again["evaluation.cut"]
    assert again["evaluation.data"]
    assert not stages("c", seed=1)["evaluation.cut"]
    files = [(tmp_path / out / "evaluation.json").read_bytes() for out in "ab"]
    assert files[0] == files[1]


def test_same_recipe_same_bytes(tmp_path: Path) -> None:
    for out in "ab":
        clusterforge.run(
            toy.recipe(evaluation=SMALL, clusterer=[{"use": "mood"}]),
            out=tmp_path / out,
            registry=registry(),
            cache=False,
        )
    for name in ("evaluation.json", "metrics.json", "evaluation/mood/train.stability.npy"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def mood(tmp_path: Path, **changes: Any) -> Run:
    recipe = toy.recipe(**{"evaluation": SMALL, "clusterer": [{"use": "mood"}], **changes})
    return clusterforge.run(recipe, out=tmp_path / "run", registry=registry())


def test_labels_at_random_are_not_stable(tmp_path: Path) -> None:
    found = mood(tmp_path).evaluation.clusterings["mood"]
    assert abs(found.stability.seeds.mean) < 0.2
    strength = found.prediction_strength
    assert strength.value is None
    assert strength.reason == "it can't label rows it has not seen"
    assert set(found.splits) == {"train"}


@pytest.mark.parametrize("error", [RuntimeError("too few"), SystemExit(2), MemoryError()])
def test_a_fit_that_fails_is_left_out(tmp_path: Path, error: BaseException) -> None:
    toy.FAIL["refit"] = error
    found = mood(tmp_path).evaluation.clusterings["mood"].stability
    assert found.reason.startswith("no fit succeeded: ")
    assert (found.seeds, found.bootstrap, found.unstable) == (None, None, ())


def test_one_cluster_of_all_rows_is_not_fitted_again(tmp_path: Path) -> None:
    few = {"dataset": {"use": "digits", "limit": 300}, "evaluation": SMALL}
    clusterer = [{"use": "kmeans", "n_clusters": 1}, {"use": "dbscan", "eps": 1000.0}]
    run = clusterforge.run(
        {**BUILT_IN, **few, "clusterer": clusterer}, out=tmp_path / "run", cache=False
    )

    for about in run.evaluation.clusterings.values():
        assert about.stability.reason.startswith("it put all rows into one cluster")
        assert about.prediction_strength.value is None


def test_the_rows_of_a_small_test_split_are_not_the_recipes_fault(tmp_path: Path) -> None:
    rows = "a,b\n" + "".join(f"{i % 3},{i}\n" for i in range(40))
    (tmp_path / "train.csv").write_text(rows)
    (tmp_path / "test.csv").write_text("a,b\n1,1\n")
    files = {"use": "files", "path": "train.csv", "test": "test.csv", "features": "all"}
    files |= {key: str(tmp_path / str(files[key])) for key in ("path", "test")}
    own = {"dataset": files, "encoder": [{"use": "scale"}]}
    recipe = {
        **BUILT_IN,
        **own,
        "evaluation": SMALL,
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
    }
    run = clusterforge.run(recipe, out=tmp_path / "run", cache=False)

    reason = run.evaluation.clusterings["kmeans"].prediction_strength.reason
    assert reason == "the test rows alone: 3 clusters of 1 row"


def test_all_noise(tmp_path: Path) -> None:
    toy.FAIL["noise"] = True
    run = mood(tmp_path)
    found = run.evaluation.clusterings["mood"]
    assert found.stability.reason == "every row is noise"
    train = found.splits["train"]
    assert (train.noise, train.clusters, train.coverage_curve) == (60, (), None)


@pytest.mark.parametrize("rows", [1, 2])
def test_next_to_no_rows(tmp_path: Path, rows: int) -> None:
    recipe = toy.recipe(
        dataset={"use": "dots", "rows": rows}, clusterer=[{"use": "cut", "n_clusters": 1}]
    )
    run = clusterforge.run(recipe, out=tmp_path / "run", registry=toy.registry())
    assert run.evaluation.clusterings["cut"].splits["test"].rows == rows


def test_off(tmp_path: Path) -> None:
    run = mood(tmp_path, evaluation={"resamples": 0, "refits": 0})
    found = run.evaluation.clusterings["mood"]
    assert found.stability.reason == "evaluation.refits is 0"
    assert found.prediction_strength.reason == "evaluation.refits is 0"
    assert all(score.low is None for score in run.scores)
    assert toy.CALLS.count("mood.fit") == 1


@pytest.mark.parametrize("metric", ["rowwise", "cell", "radius"])
def test_a_metric_of_a_package_has_an_interval_by_what_it_rests_on(
    tmp_path: Path, metric: str
) -> None:
    recipe = {"clusterer": [{"use": "cut", "noise": 6}], "metric": [{"use": metric}]}
    run = mood(tmp_path, **recipe)
    resamples = np.load(run.folder / files.resamples("cut"))
    assert resamples.shape == (len(run.scores), 50)
    for score, values in zip(run.scores, resamples, strict=True):
        assert score.low < score.value < score.high
        assert np.std(values) > 0


@pytest.mark.parametrize(
    ("metric", "problem"), [("mislabelled", "no TableMetric"), ("whole", 'say rests_on="rows"')]
)
def test_what_a_metric_rests_on_must_be_true(tmp_path: Path, metric: str, problem: str) -> None:
    with pytest.raises(PluginError, match=problem):
        mood(tmp_path, metric=[{"use": metric}])


def test_resamples_draw_the_same_rows_in_runs_of_any_seed(tmp_path: Path) -> None:
    recipe = {"clusterer": [{"use": "cut"}], "metric": [{"use": "rowwise"}, {"use": "cell"}]}
    first, second = (mood(tmp_path / str(seed), seed=seed, **recipe) for seed in (0, 1))
    found = [np.load(run.folder / files.resamples("cut")) for run in (first, second)]
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("values", [[1.0], np.zeros(3), np.zeros(60, int)])
def test_values_must_be_those_of_the_rows(tmp_path: Path, values: Any) -> None:
    toy.FAIL["values"] = values
    with pytest.raises(PluginError, match=r"values behind a score must be a float array \(60,\)"):
        mood(tmp_path, metric=[{"use": "rowwise"}])


@pytest.mark.parametrize("value", [np.inf, -1e300])
def test_values_must_fit_float32(tmp_path: Path, value: float) -> None:
    toy.FAIL["values"] = np.full(60, value)
    with pytest.raises(PluginError, match="must be finite as float32, or nan"):
        mood(tmp_path, metric=[{"use": "rowwise"}])


def test_other_plugins_metrics_have_none(tmp_path: Path) -> None:
    run = clusterforge.run(toy.recipe(), out=tmp_path / "run", registry=toy.registry())
    assert {(score.low, score.high) for score in run.scores} == {(None, None)}


@pytest.mark.parametrize("of", ["kmeans", "dbscan"])
def test_a_clustering_made_of_another_is_tried_like_it(tmp_path: Path, of: str) -> None:
    edits = tmp_path / "edits.toml"
    edits.write_text("")
    made_of = {"use": "edited", "of": of, "edits": str(edits)}
    recipe = {**BUILT_IN, "clusterer": [*BUILT_IN["clusterer"], made_of]}
    recipe["evaluation"] = {"resamples": 0, "refits": 3, "rows": 1797, "null_draws": 0}
    done = clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    found = done.evaluation.clusterings
    edited, below = found["edited"].stability, found[of].stability
    assert edited.bootstrap == below.bootstrap
    assert edited.seeds == below.seeds


def edited_blobs(
    folder: Path, dataset: dict[str, Any], below: dict[str, Any], **evaluation: int
) -> Mapping[str, ClusteringEvaluation]:
    """Return the evaluations of a clusterer of three blobs, and of edits of it that change nothing."""
    edits = folder / "edits.toml"
    edits.write_text("")
    recipe = {
        "name": "blobs",
        "dataset": {"use": "blobs", "centers": 3, **dataset},
        "encoder": [{"use": "flatten"}],
        "clusterer": [{"use": "edited", "of": below["use"], "edits": str(edits)}, below],
        "evaluation": {"resamples": 0, "refits": 3, **evaluation},
        "report": {"projection": "none"},
    }
    return clusterforge.run(recipe, out=folder / "run", cache=False).evaluation.clusterings


def test_seeds_that_agree_count_where_the_clustering_below_draws_by_them(tmp_path: Path) -> None:
    kmeans = {"use": "kmeans", "n_clusters": 3}
    found = edited_blobs(tmp_path, {"rows": 300, "spread": 0.1}, kmeans, null_draws=0)
    edited = found["edited"].stability.seeds
    assert edited == found["kmeans"].stability.seeds
    assert edited is not None
    assert edited.mean == 1


def test_what_is_made_of_a_clustering_that_can_not_be_tried_is_not_tried(tmp_path: Path) -> None:
    dbscan = {"use": "dbscan", "eps": 0.3, "min_samples": 25}
    found = edited_blobs(tmp_path, {"rows": 2500, "spread": 0.5}, dbscan, rows=300, null_draws=39)
    below = found["dbscan"].stability.reason
    assert below.startswith("clustered without the others")
    assert found["edited"].stability.reason == f"dbscan, of which it is made, can't be: {below}"
    assert found["edited"].prediction_strength.reason == found["edited"].stability.reason
    assert "which are tested themselves" in found["edited"].chance.reason
