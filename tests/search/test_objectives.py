from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import adjusted_rand_score, silhouette_score

import clusterforge
from clusterforge.contracts import Noise
from clusterforge.errors import InputError
from clusterforge.recipe import read, resolve
from clusterforge.registry import Registry
from clusterforge.runs.records import ScoreRecord
from clusterforge.search import folder
from clusterforge.search.correlation import spearman
from clusterforge.search.folder import SweepFolder
from clusterforge.search.objectives.combined import Combination
from clusterforge.search.objectives.common import common_encoder
from clusterforge.search.objectives.comparisons import rand_indices
from clusterforge.search.objectives.guards import collapsed, trivial
from clusterforge.search.records import ObjectiveRecord, ObjectiveValue, TrialRecord

ALSO = ["silhouette@input", "prediction-strength", "ari", "balanced"]
PARTS = ["silhouette@input", "agreement"]


@pytest.fixture(scope="module")
def rows() -> npt.NDArray[np.float32]:
    """Three clusters of 20 rows, far apart; the third column says nothing."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(60, 3)) + 12 * np.eye(3)[np.arange(60) % 3, [[0], [1], [1]]].T
    return rows.astype(np.float32)


@pytest.fixture(scope="module")
def done(rows: npt.NDArray[np.float32], tmp_path_factory: pytest.TempPathFactory) -> SweepFolder:
    """Return a sweep over k in two spaces, with objectives that are shown."""
    path = tmp_path_factory.mktemp("objectives")
    np.save(path / "rows.npy", rows)
    np.save(path / "labels.npy", np.arange(60) % 3)
    recipe = {
        "name": "three",
        "dataset": {
            "use": "files",
            "path": str(path / "rows.npy"),
            "features": "all",
            "label": str(path / "labels.npy"),
        },
        "encoder": [{"use": "scale"}, {"use": "pca"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 3, "restarts": 2}],
        "metric": [{"use": "silhouette"}, {"use": "ari"}],
        "search": {
            "objective": "silhouette",
            "also": ALSO,
            "space": {"encoder.1.components": [1, 2], "clusterer.0.n_clusters": [2, 3, 4]},
        },
    }
    return clusterforge.sweep(recipe, out=path / "s", workers=1, cache=False)


def values(done: SweepFolder, objective: str) -> list[float]:
    """Return the values of an objective, by trial."""
    return [trial.objectives[objective].value or 0.0 for trial in done.trials]


def labels(done: SweepFolder) -> list[npt.NDArray[Any]]:
    """Return the clusters of the rows, by trial."""
    return [np.load(done.path / folder.labels(trial.number)) for trial in done.trials]


def test_what_is_named_in_also_is_shown_and_does_not_choose(done: SweepFolder) -> None:
    chooses = {one.name: one.chooses for one in done.sweep.objectives}
    assert chooses == {"silhouette": True, **dict.fromkeys([*ALSO, "agreement"], False)}
    own, truth = values(done, "silhouette"), values(done, "ari")
    assert done.sweep.best == np.argmax(own)
    records = {(one.objective, one.metric): one for one in done.sweep.against_labels}
    record = records["silhouette", "ari"]
    assert record.correlation == pytest.approx(spearmanr(own, truth).statistic)
    assert record.choice == truth[int(np.argmax(own))]
    assert record.regret == pytest.approx(max(truth) - record.choice)


def test_agreement_is_the_mean_index_with_trials_in_another_space(done: SweepFolder) -> None:
    clusterings = labels(done)
    for number, value in enumerate(values(done, "agreement")):
        others = clusterings[3:] if number < 3 else clusterings[:3]
        indices = [adjusted_rand_score(clusterings[number], other) for other in others]
        assert value == pytest.approx(np.mean(indices))


def test_balanced_is_the_mean_of_its_parts(done: SweepFolder) -> None:
    assert values(done, "balanced") == pytest.approx(
        np.mean([values(done, part) for part in PARTS], axis=0)
    )


def test_a_part_without_a_value_counts_nothing() -> None:
    part = ObjectiveRecord(
        name="a", title="a", direction="higher", labels=False, chooses=False, about=""
    )
    mean = Combination([part, part.model_copy(update={"name": "b"})], chooses=True)
    nothing = ObjectiveValue(value=None, reason="no")
    assert mean.combined({"a": ObjectiveValue(value=0.5), "b": nothing}).value == 0.25
    assert mean.combined({"a": nothing, "b": nothing}) == nothing


def test_what_can_not_wait_is_balanced_without_agreement(
    recipe: Mapping[str, Any], tmp_path: Path
) -> None:
    search = {**recipe["search"], "objective": "balanced", "method": "tpe", "trials": 2}
    done = clusterforge.sweep({**recipe, "search": search}, out=tmp_path / "s", workers=1)
    assert values(done, "balanced") == pytest.approx(values(done, "silhouette@input"))
    assert "agreement" not in done.trials[0].objectives


def test_the_common_space_is_the_same_for_all_trials(
    done: SweepFolder, rows: npt.NDArray[np.float32]
) -> None:
    scaled = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    for value, clusters in zip(values(done, "silhouette@input"), labels(done), strict=True):
        assert value == pytest.approx(silhouette_score(scaled, clusters), abs=1e-4)


def test_prediction_strength_falls_where_there_are_too_many_clusters(done: SweepFolder) -> None:
    strengths = values(done, "prediction-strength")[3:]  # two components: k is 2, 3, 4
    assert strengths[1] == 1
    assert strengths[2] < 0.9


def test_what_needs_all_trials_can_not_choose_one_by_one(
    recipe: Mapping[str, Any], tmp_path: Path
) -> None:
    search = {**recipe["search"], "objective": "agreement", "method": "tpe"}
    with pytest.raises(InputError, match="agreement compares all trials"):
        clusterforge.sweep({**recipe, "search": search}, out=tmp_path / "s", workers=1)


def test_an_objective_named_twice_is_refused(recipe: Mapping[str, Any], tmp_path: Path) -> None:
    search = {**recipe["search"], "also": ["silhouette"]}
    with pytest.raises(InputError, match=r"search.also: names 'silhouette' twice"):
        clusterforge.sweep({**recipe, "search": search}, out=tmp_path / "s", workers=1)


def test_rand_indices_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    labels = [rng.integers(-1, k, 40) for k in (1, 2, 5, 12)]
    indices = rand_indices(labels, labels[1:])
    for i, own in enumerate(labels):
        for j, other in enumerate(labels[1:]):
            assert indices[i, j] == pytest.approx(adjusted_rand_score(own, other))


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        (["clusterer.0.n_clusters"], 1),
        (["encoder.1.components"], 0),
        (["encoder.pca.components"], 0),
        (["encoder.1"], 0),
        (["encoder.0.kind"], None),
        (["encoder"], None),
    ],
)
def test_the_common_space_ends_before_what_varies(
    recipe: Mapping[str, Any], keys: list[str], place: int | None
) -> None:
    registry = Registry.installed()
    search = {"space": {key: [2, 3] for key in keys}}
    resolved = resolve(read({**recipe, "search": search}), registry)
    assert common_encoder(resolved, registry) == place


@pytest.mark.parametrize(
    ("sizes", "noise", "reason"),
    [
        ((30, 30), 0, None),
        ((60,), 0, "fewer than two"),
        ((59, 1), 0, "98% of the clustered rows are in one cluster"),
        ((10, 10), 40, "67% of the rows are noise"),
        ((30, 25, 1, 1, 1, 1, 1), 0, "5 of the 7 clusters have a single row"),
    ],
)
def test_trivial_splits_are_refused(sizes: tuple[int, ...], noise: int, reason: str | None) -> None:
    labels = np.repeat([*range(len(sizes)), -1], [*sizes, noise])
    found = trivial(labels)
    assert (found is None) if reason is None else (found is not None and reason in found)


def test_collapsed_embeddings_are_refused() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(50, 5)).astype(np.float32)
    line = np.outer(rows[:, 0], np.ones(3, np.float32))
    assert collapsed(rows, rows) is None
    assert "one line" in (collapsed(line, rows) or "")
    assert collapsed(line, line) is None  # the rows themselves lie on one
    assert collapsed(line[:, :1], rows) is None  # one dimension was asked for
    assert "one point" in (collapsed(100 + 1e-5 * rows, rows) or "")


def test_correlation_needs_values_that_differ() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 4, 20).astype(float), rng.integers(0, 4, 20).astype(float)
    assert spearman(a, b) == pytest.approx(spearmanr(a, b).statistic)
    assert spearman(a, np.zeros(20)) is None
    assert spearman(a[:2], b[:2]) is None


def test_reconstruction_is_the_lost_share_of_the_variance(
    recipe: Mapping[str, Any], tmp_path: Path
) -> None:
    encoder = {"use": "autoencoder", "layers": [8], "dim": 2, "batch": 32}
    search = {"objective": "silhouette", "space": {"encoder.1.epochs": [1, 30]}}
    recipe = {**recipe, "encoder": [{"use": "scale"}, encoder], "search": search}
    done = clusterforge.sweep(recipe, out=tmp_path / "s", workers=1)
    short, long = values(done, "reconstruction")
    assert 0 < long < short


def test_a_score_is_of_the_clusterer_that_the_trial_has() -> None:
    def score(clusterer: str, noise: Noise, value: float) -> ScoreRecord:
        return ScoreRecord(
            clusterer=clusterer,
            split="train",
            metric="ari",
            noise=noise,
            value=value,
            rows=9,
            coverage=1.0,
        )

    scores = (score("a", "excluded", 0.1), score("b", "excluded", 0.2), score("b", "cluster", 0.3))
    trial = TrialRecord(
        number=0, values={}, state="complete", seconds=0.0, clusterer="b", scores=scores
    )
    assert (trial.score("ari"), trial.score("ari", noise="cluster")) == (0.2, 0.3)
    assert trial.score("ari", noise="cluster", clusterer="a") == 0.1
