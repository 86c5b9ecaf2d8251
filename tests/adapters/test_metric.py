"""Functions as metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, davies_bouldin_score, silhouette_score

from clusterforge.contracts import Clustering, Score
from clusterforge.errors import InputError, Undefined
from tests.adapters.conftest import Made

LABELS = np.repeat([0, 1, 2], 30)


def weighted(X: Any, labels: Any, truth: Any, *, weight: float = 1.0) -> float:
    return weight * float((labels == truth).mean())


class Scorer:
    """Called with rows and labels."""

    def __init__(self, factor: float = 2.0) -> None:
        self.factor = factor

    def __call__(self, points: Any, labels: Any) -> Score:
        return Score(self.factor * len(np.unique(labels)), exact=False)


def test_functions_of_scikit_learn(made: Made, rows: Any) -> None:
    truth = np.roll(LABELS, 5)
    clustering = Clustering(rows, LABELS, truth)

    assert made("metric", silhouette_score).score(clustering) == silhouette_score(rows, LABELS)
    assert made("metric", davies_bouldin_score).score(clustering) == davies_bouldin_score(
        rows, LABELS
    )
    assert made("metric", silhouette_score, metric="manhattan").score(
        clustering
    ) == silhouette_score(rows, LABELS, metric="manhattan")
    assert made("metric", adjusted_rand_score).score(clustering) == adjusted_rand_score(
        truth, LABELS
    )


def test_a_function_with_the_truth_and_a_key(made: Made, rows: Any) -> None:
    metric = made("metric", weighted, weight=0.5)

    assert metric.score(Clustering(rows, LABELS, LABELS)) == 0.5


@pytest.mark.parametrize("target", [Scorer, Scorer(3.0)], ids=["class", "object"])
def test_something_that_is_called(made: Made, rows: Any, target: Any) -> None:
    found = made("metric", target).score(Clustering(rows, LABELS))

    assert found == Score(6.0 if target is Scorer else 9.0, exact=False)


def picky(X: Any, labels: Any, truth: Any = None) -> float:
    raise ValueError("no")


@pytest.mark.parametrize(
    ("labels", "truth"),
    [
        (np.zeros(90, dtype=np.int64), None),
        (np.arange(90), None),
        (LABELS, np.zeros(90, dtype=np.int64)),
    ],
    ids=["one cluster", "a cluster a row", "one class"],
)
def test_a_value_error_where_there_is_nothing_to_score(
    made: Made, rows: Any, labels: Any, truth: Any
) -> None:
    with pytest.raises(Undefined, match="no"):
        made("metric", picky).score(Clustering(rows, labels, truth))


def test_any_other_value_error_is_a_failure(made: Made, rows: Any) -> None:
    with pytest.raises(ValueError, match="no"):
        made("metric", picky).score(Clustering(rows, LABELS, LABELS))


def test_a_wrong_parameter_is_the_user_s(made: Made, rows: Any) -> None:
    with pytest.raises(InputError, match=r"^metric: The 'metric' parameter of silhouette_score"):
        made("metric", silhouette_score, metric="nonsense").score(Clustering(rows, LABELS))
