"""The tree over the clusters of a run: its layers, their names and columns, and cuts elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

import clusterforge
from clusterforge.builtin import clusterers
from clusterforge.contracts import (
    Clusterer,
    Context,
    Corpus,
    Dataset,
    Details,
    Evidence,
    IntArray,
    MergeTree,
    Points,
    Split,
    Table,
)
from clusterforge.errors import InputError, PluginError, RecipeError
from clusterforge.params import Params
from clusterforge.pipeline.result import Run
from clusterforge.registry import Distribution, Found, Registry
from clusterforge.specs import ClustererSpec, DatasetSpec, NamerSpec
from tests.pipeline import toy

BUILT_IN = [spec for spec in clusterers.SPECS if spec.name in ("hierarchical", "kmeans")]
NESTED = DatasetSpec("nested", "Four groups of five.", toy.NoParams, f"{__name__}:Nested")
GROUPS = np.arange(200) % 20
ANSWER: dict[str, Any] = {}
ASKED: list[dict[int, tuple[str | None, tuple[int, ...]]]] = []


class Nested(Dataset[Params]):
    """Twenty groups of ten, five and five near each other."""

    def load(self, context: Context) -> Corpus:
        splits = {}
        for number, name in enumerate(("train", "test")):
            noise = np.random.default_rng(number).normal(scale=0.1, size=(200, 2))
            places = np.stack([100.0 * (GROUPS // 5), 8.0 * (GROUPS % 5)], axis=1)
            splits[name] = Split(name, Table((places + noise).astype(np.float32)), GROUPS)
        return Corpus(splits, tuple("abcdefghijklmnopqrst"), source={"from": "a test"})


class Asked(toy.Widest):
    """Gives all one name, and remembers what it was asked."""

    def names(self, evidence: Evidence, context: Context) -> Any:
        ASKED.append({c.cluster: (c.parent, c.siblings) for c in evidence.clusters})
        return super().names(evidence, context)


class Broken(Clusterer[Params]):
    def fit(self, points: Points, context: Context) -> IntArray:
        return np.arange(len(points)) % 3

    def details(self) -> Details:
        return Details(tree=ANSWER["tree"])

    def leaves(self, points: Any, context: Context) -> Any:
        return ANSWER.get("leaves")


def run(folder: Path, *entries: dict[str, Any], **changes: Any) -> Run:
    ours = Distribution("clusterforge", clusterforge.__version__, "builtin", "clusterforge.builtin")
    broken = ClustererSpec(
        "broken", "Wrong.", toy.NoParams, f"{__name__}:Broken", predicts="none", rule="x"
    )
    asked = NamerSpec("asked", "One name for all.", toy.NoParams, f"{__name__}:Asked")
    specs = (*toy.SPECS, NESTED, broken, asked)
    found = [Found(spec, Distribution("toy", "1.0")) for spec in specs]
    registry = Registry([*found, *(Found(spec, ours) for spec in BUILT_IN)])
    recipe = toy.recipe(
        dataset={"use": "nested"},
        clusterer=list(entries),
        report={"projection": "none"},
        namer={"use": "asked"},
        **changes,
    )
    return clusterforge.run(recipe, out=folder, registry=registry, cache=False)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Run:
    ASKED.clear()
    return run(
        tmp_path_factory.mktemp("runs") / "run",
        {"use": "kmeans", "n_clusters": 20, "layers": [10, 4, 30]},
        {"use": "hierarchical", "n_clusters": 20, "linkage": "average"},
        {"use": "kmeans", "id": "flat", "n_clusters": 20, "layers": False},
        {"use": "hierarchical", "id": "few", "n_clusters": 4},
    )


def test_layers_are_asked_for_or_last_longest(done: Run) -> None:
    assert [len(layer.members) for layer in done.layers("kmeans")] == [10, 4]
    assert [len(layer.members) for layer in done.layers("hierarchical")] == [4]
    assert done.layers("flat") == done.layers("few") == ()
    assert any("layers = [30]" in warning and "kmeans" in warning for warning in done.info.warnings)


def test_too_many_clusters_for_a_tree_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("contracts.trees", "pipeline.explain"):
        monkeypatch.setattr(f"clusterforge.{module}.MOST_CLUSTERS", 10)
    many = run(
        tmp_path / "run",
        {"use": "kmeans", "n_clusters": 20, "layers": [4]},
        {"use": "kmeans", "id": "flat", "n_clusters": 20, "layers": False},
        {"use": "hierarchical", "n_clusters": 20},
    )
    assert many.layers("kmeans") == ()
    assert len(many.layers("hierarchical")) == 1
    (warning,) = [text for text in many.info.warnings if "too many for a tree" in text]
    assert warning.startswith("clusterer.0.kmeans has 20 clusters")


def test_groups_have_columns_in_every_split(done: Run) -> None:
    frame = done.assignments()
    for column in ("kmeans/4", "hierarchical/4"):
        for _, rows in frame.groupby("split"):
            assert adjusted_rand_score(GROUPS // 5, rows[column]) == 1
    assert set(frame["kmeans/10 name"]) == set(done.layers("kmeans")[0].names.values())
    assert [*done.files.assignments.clusters] == ["kmeans", "hierarchical", "flat", "few"]


def test_parents_go_along_the_tree(done: Run) -> None:
    fine, coarse = done.layers("kmeans")
    for cluster, group in fine.of_cluster.items():
        assert fine.parents[group] == coarse.of_cluster[cluster]
    assert coarse.parents == ()
    assert sum(group.rows for group in coarse.groups) == 200


def test_the_namer_is_asked_from_coarse_to_fine(done: Run) -> None:
    fine, coarse = done.layers("kmeans")
    names = [*coarse.names.values()]
    assert len({name.casefold() for name in names}) == 4
    assert names[0] == "wide"
    assert names[1].startswith("wide · ")
    asked = [{parent for parent, _ in level.values()} for level in ASKED[:3]]
    assert asked == [{None}, {*names}, {*fine.names.values()}]


def test_siblings_are_children_of_one_parent(done: Run) -> None:
    fine = done.layers("kmeans")[0]
    for group, (_, siblings) in ASKED[1].items():
        mine = [g for g in range(10) if fine.parents[g] == fine.parents[group] and g != group]
        if mine:
            assert set(siblings) == set(mine)


def test_a_finished_run_is_cut_elsewhere(done: Run) -> None:
    for clusterer in ("kmeans", "hierarchical"):
        labels = done.cut(clusterer, 4)
        for split in ("train", "test"):
            assert adjusted_rand_score(GROUPS // 5, labels[split]) == 1
    assert done.cut("kmeans", 1)["test"].max() == 0
    np.testing.assert_array_equal(
        done.cut("hierarchical", height=50.0)["train"], done.cut("hierarchical", 4)["train"]
    )


def test_the_own_tree_goes_on_below_the_clusters(done: Run) -> None:
    assert done.metrics.clusterings["few"].details.tree is not None
    for split, labels in done.cut("few", 20).items():
        assert adjusted_rand_score(GROUPS, labels) == 1, split


@pytest.mark.parametrize(
    ("clusterer", "asked", "problem"),
    [
        ("hierarchical", {"n_clusters": 201}, "201 clusters of 200 clustered rows"),
        ("hierarchical", {"n_clusters": 0}, "0 clusters"),
        ("hierarchical", {}, "needs n_clusters or height"),
        ("kmeans", {"n_clusters": 21}, "Kmeans can't divide its clusters further"),
    ],
)
def test_a_cut_that_is_none_is_refused(
    done: Run, clusterer: str, asked: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        done.cut(clusterer, **asked)


THIRDS = ((0, 1, 1.0), (2, 3, 2.0))


@pytest.mark.parametrize(
    ("tree", "leaves", "problem"),
    [
        (MergeTree((1, 1), ((0, 1, 1.0),)), None, "its tree is over 2 clusters, the fit has 3"),
        (MergeTree((1, 1, 1), ()), None, "0 merges do not join 3 leaves into one tree"),
        (MergeTree((1, 1, 1), THIRDS), np.zeros(9, np.int64), "200 rows were given"),
        (MergeTree((1, 1, 1), THIRDS), np.zeros(200, np.int64), "a leaf of another cluster"),
        (
            MergeTree((1, 1, 1, 1), (*THIRDS, (4, 5, 3.0)), (0, 0, 1, 2)),
            None,
            "leaves below the clusters",
        ),
    ],
)
def test_wrong_trees_are_the_plugins_by_name(
    tmp_path: Path, tree: MergeTree, leaves: Any, problem: str
) -> None:
    ANSWER.update(tree=tree, leaves=leaves)
    with pytest.raises(PluginError, match=f"clusterer 'broken' of toy 1.0 failed: .*{problem}"):
        run(tmp_path / "run", {"use": "broken"})


@pytest.mark.parametrize("layers", [[], [1], [4.5], "deep", [2, 3, 4, 5, 6, 7]])
def test_layers_are_numbers_or_a_word_of_two(tmp_path: Path, layers: Any) -> None:
    with pytest.raises(RecipeError, match=r"clusterer\.0\.layers"):
        run(tmp_path / "run", {"use": "kmeans", "n_clusters": 4, "layers": layers})
