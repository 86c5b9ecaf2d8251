"""Objects in a recipe from Python: what a table can say becomes one, the rest is held."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import DBSCAN, KMeans
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import silhouette_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from clusterforge.builtin.clusterers import KmeansParams
from clusterforge.clusterers.kmeans import Kmeans
from clusterforge.errors import RecipeError
from clusterforge.registry.python_objects import without_objects


class Local:
    """Not reachable by a name of the module it says it comes from."""

    def fit_predict(self, X: Any) -> Any:
        return np.zeros(len(X), dtype=int)


def table(use: Any, kind: str = "clusterer", **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    tables, held = without_objects({kind: [{"use": use, **more}]})
    json.dumps(tables, allow_nan=False)
    return tables[kind][0], held


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (KMeans(5), {"use": "python:sklearn.cluster:KMeans", "n_clusters": 5}),
        (KMeans(), {"use": "python:sklearn.cluster:KMeans"}),
        (KMeans, {"use": "python:sklearn.cluster:KMeans"}),
        (DBSCAN(eps=0.25), {"use": "python:sklearn.cluster:DBSCAN", "eps": 0.25}),
        (
            TfidfVectorizer(ngram_range=(1, 2)),
            {
                "use": "python:sklearn.feature_extraction.text:TfidfVectorizer",
                "ngram_range": [1, 2],
            },
        ),
        (
            Kmeans(KmeansParams(n_clusters=4)),
            {"use": "python:clusterforge.clusterers.kmeans:Kmeans", "n_clusters": 4},
        ),
        (silhouette_score, {"use": "python:sklearn.metrics:silhouette_score"}),
        ("kmeans", {"use": "kmeans"}),
    ],
)
def test_what_a_table_can_say(given: Any, expected: dict[str, Any]) -> None:
    assert table(given) == (expected, {})


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (make_pipeline(StandardScaler(), PCA(2)), "steps=[('standardscaler', StandardScaler())"),
        (KMeans(2, init=np.zeros((2, 3))), "init=array([[0., 0., 0.],"),
        (KMeans(np.int64(3)), "n_clusters=np.int64(3)"),
        (KMeans(2, random_state=np.random.RandomState(0)), "random_state=RandomState(MT19937)"),
        (FunctionTransformer(lambda X: X), "func=<function <lambda>>"),
        (TruncatedSVD(tol=float("inf")), "tol=inf"),
        (Local(), "Local()"),
    ],
)
def test_what_a_table_cannot_say_is_held(given: Any, shown: str) -> None:
    name = type(given).__name__

    found, held = table(given)

    assert found["use"] == f"python:<object>:{name}"
    assert held == {found["use"]: given}
    assert shown in found["object"]


def test_a_function_of_this_session_keeps_its_keys() -> None:
    def score(X: Any, labels: Any, power: int = 2) -> float:
        return float(power)

    found, held = table(score, "metric", power=3)

    assert found == {"use": "python:<object>:score", "power": 3}
    assert held == {"python:<object>:score": score}


def test_two_objects_of_one_class() -> None:
    first, second = KMeans(np.int64(2)), KMeans(np.int64(3))

    tables, held = without_objects(
        {"clusterer": [{"use": first, "id": "a"}, {"use": second, "id": "b"}]}
    )

    assert [held[entry["use"]] for entry in tables["clusterer"]] == [first, second]
    assert [entry["id"] for entry in tables["clusterer"]] == ["a", "b"]


def test_a_projection_may_be_an_object() -> None:
    tables, _ = without_objects({"report": {"projection": {"use": PCA(2), "rows": 50}}})

    assert tables["report"]["projection"] == {
        "use": "python:sklearn.decomposition:PCA",
        "n_components": 2,
        "rows": 50,
    }


def test_an_object_has_its_parameters_already() -> None:
    with pytest.raises(
        RecipeError, match=r"clusterer\.0\.tol: an object already has its parameters"
    ):
        table(KMeans(5), tol=1.0)


def test_the_recipe_itself_is_not_changed() -> None:
    recipe = {"clusterer": [{"use": KMeans(5)}]}

    without_objects(recipe)

    assert isinstance(recipe["clusterer"][0]["use"], KMeans)
