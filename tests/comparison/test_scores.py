from __future__ import annotations

from typing import Any

import pytest

from clusterforge.comparison import compare
from clusterforge.comparison.comparison import Comparison
from clusterforge.comparison.scores import Difference, Line
from tests.comparison.conftest import Make
from tests.report.conftest import score

TRUTH = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2] * 10
GOOD = list(TRUTH)
POOR = [(t + (i % 3 == 0)) % 3 for i, t in enumerate(TRUTH)]


def line(found: Comparison, metric: str, noise: str = "excluded") -> Line:
    (told,) = [
        line
        for table in found.lanes[0].tables
        for line in table.lines
        if (line.metric, line.noise) == (metric, noise)
    ]
    return told


def difference(found: Comparison, metric: str) -> Difference:
    (told,) = line(found, metric).differences
    return told


def codes(found: Comparison, metric: str) -> set[str]:
    return {mark.code for mark in difference(found, metric).marks}


def test_same_rows_are_told_apart_by_the_paired_bootstrap(make: Make) -> None:
    found = compare(make("a", {"x": POOR}, TRUTH), make("b", {"x": GOOD}, TRUTH))

    told = difference(found, "accuracy")
    assert told.value == pytest.approx(1 / 3)
    assert (told.by, told.apart, told.void) == ("paired", True, False)
    assert told.low is not None
    assert 0 < told.low < 1 / 3


def test_another_index_of_the_same_name_is_left_to_its_intervals(make: Make) -> None:
    def scored(value: float, low: float, high: float) -> list[dict[str, Any]]:
        return [score("x", "test", "accuracy", value, low=low, high=high)]

    a = make("a", {"x": POOR}, TRUTH, scores=scored(0.4, 0.35, 0.45))
    b = make("b", {"x": GOOD}, TRUTH, scores=scored(0.5, 0.44, 0.55))
    c = make("c", {"x": GOOD}, TRUTH, scores=scored(0.6, 0.5, 0.65))

    told = difference(compare(a, b), "accuracy")
    assert (told.by, told.apart) == ("intervals", False)
    assert difference(compare(a, c), "accuracy").apart is True


def test_internal_scores_of_another_embedding_mean_nothing(make: Make) -> None:
    a, b = make("a", {"x": POOR}, TRUTH), make("b", {"x": GOOD}, TRUTH, embedding="other")

    found = compare(a, b)

    assert codes(found, "silhouette") == {"embedding"}
    assert difference(found, "silhouette").void
    assert difference(found, "silhouette").apart is None
    assert codes(found, "accuracy") == set()


def test_internal_scores_of_one_embedding_may_be_compared(make: Make) -> None:
    found = compare(make("a", {"x": POOR, "y": GOOD}, TRUTH))

    assert codes(found, "silhouette") == set()


@pytest.mark.parametrize(
    ("code", "first", "second", "void"),
    [
        ("training", {}, {"labels_in_training": True}, True),
        ("labels", {"labels_used": ["number of clusters of clusterer.0.x"]}, {}, False),
        ("labels", {}, {"labels_used": ["balanced"]}, False),
    ],
)
def test_labels_used_in_one_run_alone_are_marked(
    make: Make, code: str, first: dict[str, Any], second: dict[str, Any], void: bool
) -> None:
    found = compare(make("a", {"x": POOR}, TRUTH, **first), make("b", {"x": GOOD}, TRUTH, **second))

    assert codes(found, "accuracy") == {code}
    assert difference(found, "accuracy").void is void


def test_labels_that_another_clusterer_used_are_no_matter(make: Make) -> None:
    used = {"labels_used": ["number of clusters of clusterer.1.other"]}
    found = compare(make("a", {"x": POOR}, TRUTH, **used), make("b", {"x": GOOD}, TRUTH))

    assert codes(found, "accuracy") == set()


def test_noise_left_out_is_marked_and_counted_instead(make: Make) -> None:
    noisy = [-1 if i % 4 == 0 else t for i, t in enumerate(TRUTH)]
    scores = [
        score("x", "test", "accuracy", 2 / 3, coverage=1.0, n=120),
        score("y", "test", "accuracy", 1.0, coverage=0.75, n=90),
        score("y", "test", "accuracy", 0.75, noise="cluster", n=120),
    ]
    found = compare(make("a", {"x": POOR, "y": noisy}, TRUTH, scores=scores))

    assert codes(found, "accuracy") == {"coverage"}
    counted = line(found, "accuracy", "cluster")
    assert [cell.value for cell in counted.cells if cell] == pytest.approx([2 / 3, 0.75])
    assert not counted.differences[0].marks


@pytest.mark.parametrize(("noise", "marked"), [("excluded", True), ("cluster", False)])
def test_noise_counts_among_the_clusters_where_purity_counts_it(
    make: Make, noise: str, marked: bool
) -> None:
    noisy = [-1 if t == 2 else t for t in TRUTH]
    # One without noise has no score of its own in the other treatments.
    own = {"x": "excluded", "y": noise}
    scores = [score(n, "test", "purity", 1.0, noise=t, labels=True) for n, t in own.items()]
    found = compare(make("a", {"x": TRUTH, "y": noisy}, TRUTH, scores=scores))

    told = line(found, "purity", noise).differences[0].marks
    assert any(mark.code == "purity" for mark in told) is marked
    assert all("3 and 2" in mark.text for mark in told if mark.code == "purity")


def test_clusters_of_unlabelled_rows_do_not_count_for_purity(make: Make) -> None:
    truth = [0, 0, 1, 1, -1, -1]
    scores = [score(n, "test", "purity", 1.0, labels=True) for n in ("x", "y")]
    labels = {"x": [0, 0, 1, 1, 2, 2], "y": [0, 0, 1, 1, 0, 1]}

    assert codes(compare(make("a", labels, truth, scores=scores)), "purity") == set()


def test_a_sample_beside_an_exact_score_and_purity_of_more_clusters_are_marked(make: Make) -> None:
    finer = [t + 3 * (i % 2) for i, t in enumerate(TRUTH)]

    def scored(value: float, **more: Any) -> list[dict[str, Any]]:
        return [
            score("x", "test", "silhouette", value, **more),
            score("x", "test", "purity", value, labels=True),
        ]

    a = make("a", {"x": GOOD}, TRUTH, scores=scored(0.4))
    b = make("b", {"x": finer}, TRUTH, scores=scored(0.5, exact=False))
    found = compare(a, b)

    assert codes(found, "silhouette") == {"sampled"}
    assert codes(found, "purity") == {"purity"}


def test_other_rows_are_marked(make: Make) -> None:
    a = make("a", {"x": GOOD}, TRUTH)
    b = make("b", {"x": POOR[:60]}, TRUTH[:60], print_="0" * 64)
    found = compare(a, b)

    assert codes(found, "accuracy") == {"rows"}
    assert "120 and 60, 60 of them shared" in difference(found, "accuracy").marks[0].text


def test_seeds_are_recognised_as_repetitions(make: Make) -> None:
    made = [
        make(f"r{seed}", {"x": GOOD if seed else POOR}, TRUTH, seed=seed, embedding=str(seed))
        for seed in range(3)
    ]
    found = compare(*made)

    assert [(group.runs, group.seeds) for group in found.groups] == [([0, 1, 2], [0, 1, 2])]
    (spread,) = line(found, "accuracy").spreads
    assert spread.mean == pytest.approx((2 / 3 + 1 + 1) / 3)
    assert spread.sd == pytest.approx((1 / 3) / 3**0.5)
    assert [(change.key, change.values) for change in found.changes] == [("seed", ["0", "1", "2"])]
    assert found.lanes[0].agreement[1, 2] == 1


def test_one_seed_twice_is_no_repetition(make: Make) -> None:
    found = compare(make("a", {"x": GOOD}, TRUTH), make("b", {"x": GOOD}, TRUTH))

    assert not found.groups
    assert not found.changes


def test_two_recipes_over_seeds_are_told_apart_by_their_spread(make: Make) -> None:
    other = {"clusterer": [{"use": "clusterforge:kmeans", "id": "kmeans", "n_clusters": 4}]}
    made = [make(f"a{s}", {"x": POOR}, TRUTH, seed=s) for s in range(2)]
    made += [make(f"b{s}", {"x": GOOD}, TRUTH, seed=s, recipe=other) for s in range(2)]

    found = compare(*made)

    (contrast,) = line(found, "accuracy").contrasts
    assert contrast.apart
    assert (contrast.first.members, contrast.second.members) == ([0, 1], [2, 3])


def test_changes_of_a_recipe_are_dotted(make: Make) -> None:
    encoders = [{"use": "pca", "id": "pca", "dim": 2}, {"use": "scale", "id": "scale", "by": 3}]
    recipe = {"encoder": encoders, "dataset": {"use": "clusterforge:files", "path": "other.csv"}}
    found = compare(make("a", {"x": GOOD}, TRUTH), make("b", {"x": GOOD}, TRUTH, recipe=recipe))

    told = {change.key: change.values for change in found.changes}
    assert told["encoder"] == ["scale", "pca, scale"]
    assert told["encoder.scale.by"] == ["–", "3"]
    assert told["dataset.path"] == ["rows.csv", "other.csv"]
    assert "encoder.pca.dim" not in told
