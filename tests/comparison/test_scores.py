from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clusterforge.comparison import Comparison, compare
from clusterforge.comparison.findings import Difference, ScoreLine
from clusterforge.contracts import IntArray, Noise
from clusterforge.params import Params
from clusterforge.runs.records import MetricRecord, ScoreRecord
from clusterforge.specs import MetricSpec
from tests.comparison.conftest import METRICS, Make, score

TRUTH = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2] * 10
GOOD = list(TRUTH)
POOR = [(t + (i % 3 == 0)) % 3 for i, t in enumerate(TRUTH)]


def line(comparison: Comparison, metric: str, noise: Noise = "excluded") -> ScoreLine:
    lines = comparison.panels[0].lines
    (one,) = [line for line in lines if (line.metric, line.noise) == (metric, noise)]
    return one


def difference(comparison: Comparison, metric: str) -> Difference:
    (one,) = line(comparison, metric).differences
    return one


def codes(comparison: Comparison, metric: str) -> set[str]:
    return {reservation.code for reservation in difference(comparison, metric).reservations}


def mean_recall(tables: IntArray) -> np.ndarray:
    """Score tables by a stranger's metric."""
    return (tables.max(axis=2) / np.maximum(tables.sum(axis=2), 1)).mean(axis=1)


STRANGER = MetricSpec(
    "mean-recall",
    "Mean over classes of the largest share of a class in one cluster.",
    Params,
    "recall:MeanRecall",
    needs_labels=True,
    rests_on="table",
    low=0,
    high=1,
    order=1,
)


def test_same_rows_are_told_apart_by_the_paired_test(make: Make) -> None:
    one = difference(
        compare(make("a", {"x": POOR}, TRUTH), make("b", {"x": GOOD}, TRUTH)), "accuracy"
    )

    assert one.value == pytest.approx(1 / 3)
    assert (one.test, one.apart, one.void) == ("paired", True, False)
    assert one.low is not None
    assert 0 < one.low < 1 / 3


def test_a_metric_of_a_package_is_treated_like_ours(make: Make) -> None:
    about = {"metrics": {"mean-recall": MetricRecord.of("mean-recall", STRANGER)}}
    about["indices"] = {"mean-recall": mean_recall}
    a = make("a", {"x": POOR}, TRUTH, scores=[score("x", "mean-recall", 2 / 3)], **about)
    b = make("b", {"x": GOOD}, TRUTH, scores=[score("x", "mean-recall", 1.0)], **about)

    comparison = compare(a, b)

    one = difference(comparison, "mean-recall")
    assert (one.test, one.apart) == ("paired", True)
    text = "mean-recall on test is 0.667 for A and 1.000 for B, which these rows tell apart"
    assert text in str(comparison)


def test_scores_without_resamples_are_left_to_their_intervals(make: Make) -> None:
    def scored(value: float, low: float, high: float) -> list[ScoreRecord]:
        return [score("x", "accuracy", value, low=low, high=high)]

    a = make("a", {"x": POOR}, TRUTH, scores=scored(0.4, 0.35, 0.45), resamples=0)
    b = make("b", {"x": GOOD}, TRUTH, scores=scored(0.5, 0.44, 0.55), resamples=0)
    c = make("c", {"x": GOOD}, TRUTH, scores=scored(0.6, 0.5, 0.65), resamples=0)

    one = difference(compare(a, b), "accuracy")
    assert (one.test, one.apart) == ("intervals", False)
    assert difference(compare(a, c), "accuracy").apart is True


def test_two_metrics_of_one_name_are_not_compared(make: Make) -> None:
    other = METRICS["accuracy"].model_copy(update={"direction": "lower"})
    a, b = make("a", {"x": POOR}, TRUTH), make("b", {"x": GOOD}, TRUTH, metrics={"accuracy": other})

    assert codes(compare(a, b), "accuracy") == {"metric"}
    assert difference(compare(a, b), "accuracy").void


def test_internal_scores_of_another_embedding_mean_nothing(make: Make) -> None:
    comparison = compare(
        make("a", {"x": POOR}, TRUTH), make("b", {"x": GOOD}, TRUTH, embedding="other")
    )

    assert codes(comparison, "silhouette") == {"embedding"}
    assert difference(comparison, "silhouette").void
    assert difference(comparison, "silhouette").apart is None
    assert codes(comparison, "accuracy") == set()


def test_internal_scores_of_one_embedding_may_be_compared(make: Make) -> None:
    assert codes(compare(make("a", {"x": POOR, "y": GOOD}, TRUTH)), "silhouette") == set()


@pytest.mark.parametrize(
    ("code", "first", "second", "void"),
    [
        ("training", {}, {"labels_in_training": True}, True),
        ("labels", {"labels_used": ["number of clusters of clusterer.0.x"]}, {}, False),
        ("labels", {}, {"labels_used": ["balanced"]}, False),
        (None, {"labels_used": ["number of clusters of clusterer.1.other"]}, {}, False),
    ],
)
def test_labels_used_in_one_run_alone_are_marked(
    make: Make, code: str | None, first: dict[str, Any], second: dict[str, Any], void: bool
) -> None:
    a, b = make("a", {"x": POOR}, TRUTH, **first), make("b", {"x": GOOD}, TRUTH, **second)

    assert codes(compare(a, b), "accuracy") == ({code} if code else set())
    assert difference(compare(a, b), "accuracy").void is void


def test_noise_left_out_is_marked_and_counted_instead(make: Make) -> None:
    noisy = [-1 if i % 4 == 0 else t for i, t in enumerate(TRUTH)]
    scores = [
        score("x", "accuracy", 2 / 3, rows=120),
        score("y", "accuracy", 1.0, coverage=0.75, rows=90),
        score("y", "accuracy", 0.75, noise="cluster", rows=120),
    ]
    comparison = compare(make("a", {"x": POOR, "y": noisy}, TRUTH, scores=scores))

    assert codes(comparison, "accuracy") == {"coverage"}
    line_with_noise = line(comparison, "accuracy", "cluster")
    assert [s.value for s in line_with_noise.scores if s] == pytest.approx([2 / 3, 0.75])
    assert not line_with_noise.differences[0].reservations


@pytest.mark.parametrize(("noise", "marked"), [("excluded", True), ("cluster", False)])
def test_noise_counts_as_a_cluster_where_the_score_counts_it(
    make: Make, noise: Noise, marked: bool
) -> None:
    noisy = [-1 if t == 2 else t for t in TRUTH]
    # One without noise has no score of its own in the other treatments.
    scores = [score("x", "purity", 1.0), score("y", "purity", 1.0, noise=noise)]
    comparison = compare(make("a", {"x": TRUTH, "y": noisy}, TRUTH, scores=scores))

    (one,) = line(comparison, "purity", noise).differences
    texts = [r.text for r in one.reservations if r.code == "clusters"]
    assert texts == (["More clusters alone improve Purity: 3 and 2."] if marked else [])


def test_clusters_of_unlabelled_rows_do_not_count(make: Make) -> None:
    truth = [0, 0, 1, 1, -1, -1]
    scores = [score(name, "purity", 1.0) for name in ("x", "y")]
    labels = {"x": [0, 0, 1, 1, 2, 2], "y": [0, 0, 1, 1, 0, 1]}

    assert codes(compare(make("a", labels, truth, scores=scores)), "purity") == set()


def test_an_estimate_next_to_an_exact_score_is_marked(make: Make) -> None:
    scores = [score("x", "silhouette", 0.4), score("y", "silhouette", 0.5, exact=False)]

    assert codes(compare(make("a", {"x": GOOD, "y": POOR}, scores=scores)), "silhouette") == {
        "sampled"
    }


def test_other_rows_are_marked(make: Make) -> None:
    a = make("a", {"x": GOOD}, TRUTH)
    b = make("b", {"x": POOR[:60]}, TRUTH[:60], fingerprint="0" * 64)

    (reservation,) = difference(compare(a, b), "accuracy").reservations
    assert reservation.code == "rows"
    assert "120 and 60, 60 of them shared" in reservation.text


def test_seeds_are_recognised_as_repetitions(make: Make) -> None:
    runs = [
        make(f"r{seed}", {"x": GOOD if seed else POOR}, TRUTH, seed=seed, embedding=str(seed))
        for seed in range(3)
    ]
    comparison = compare(*runs)

    assert [(r.runs, r.seeds) for r in comparison.repetitions] == [(("A", "B", "C"), (0, 1, 2))]
    (spread,) = line(comparison, "accuracy").spreads
    assert spread.mean == pytest.approx((2 / 3 + 1 + 1) / 3)
    assert spread.sd == pytest.approx((1 / 3) / 3**0.5)
    assert [(c.key, c.values) for c in comparison.changes] == [("seed", ("0", "1", "2"))]
    assert [one.ari for one in comparison.panels[0].agreement][2] == 1


def test_one_seed_twice_is_no_repetition(make: Make) -> None:
    comparison = compare(make("a", {"x": GOOD}, TRUTH), make("b", {"x": GOOD}, TRUTH))

    assert not comparison.repetitions
    assert not comparison.changes


def test_two_recipes_over_seeds_are_told_apart_by_their_spread(make: Make) -> None:
    other = {"clusterer": [{"use": "clusterforge:kmeans", "id": "kmeans", "n_clusters": 4}]}
    runs = [make(f"a{s}", {"x": POOR}, TRUTH, seed=s) for s in range(2)]
    runs += [make(f"b{s}", {"x": GOOD}, TRUTH, seed=s, recipe=other) for s in range(2)]

    (contrast,) = line(compare(*runs), "accuracy").contrasts
    assert contrast.apart
    members = contrast.first.clusterings, contrast.second.clusterings
    assert members == (("A", "B"), ("C", "D"))


def test_changes_of_a_recipe_are_dotted(make: Make) -> None:
    encoders = [{"use": "pca", "id": "pca", "dim": 2}, {"use": "scale", "id": "scale", "by": 3}]
    recipe = {"encoder": encoders, "dataset": {"use": "clusterforge:files", "path": "other.csv"}}
    comparison = compare(
        make("a", {"x": GOOD}, TRUTH), make("b", {"x": GOOD}, TRUTH, recipe=recipe)
    )

    changes = {change.key: change.values for change in comparison.changes}
    assert changes["encoder"] == ("scale", "pca, scale")
    assert changes["encoder.scale.by"] == ("–", "3")
    assert changes["dataset.path"] == ("rows.csv", "other.csv")
    assert "encoder.pca.dim" not in changes
