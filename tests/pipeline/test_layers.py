"""Several labelings from one fit, and a tree that is cut elsewhere later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

import clusterforge
from clusterforge.builtin import clusterers
from clusterforge.contracts import ClusterLayer, Context, Corpus, Dataset, Split, Table
from clusterforge.errors import InputError, PluginError
from clusterforge.params import Params
from clusterforge.pipeline.cluster import described
from clusterforge.pipeline.result import Run
from clusterforge.registry import Distribution, Found, Registry
from clusterforge.specs import DatasetSpec
from tests.pipeline import layered, toy

HIERARCHICAL = next(spec for spec in clusterers.SPECS if spec.name == "hierarchical")
NESTED = DatasetSpec("nested", "Three groups of two.", toy.NoParams, f"{__name__}:Nested")
GROUPS = np.arange(60) % 6
LAYERS: dict[str, Any] = {}


class Nested(Dataset[Params]):
    """Six groups, two and two near each other."""

    def load(self, context: Context) -> Corpus:
        splits = {}
        for number, name in enumerate(("train", "test")):
            noise = np.random.default_rng(number).normal(scale=0.1, size=(60, 2))
            places = np.stack([100.0 * (GROUPS // 2), 8.0 * (GROUPS % 2)], axis=1)
            splits[name] = Split(name, Table((places + noise).astype(np.float32)), GROUPS)
        return Corpus(splits, tuple("abcdef"), source={"from": "a test"})


class Broken(layered.Lasting):
    def layers(self, points: Any, context: Context) -> Any:
        return LAYERS.get("fit" if len(points) == 60 and not self._asked() else "new", ())

    def _asked(self) -> bool:
        self.asked, before = True, getattr(self, "asked", False)
        return before


BROKEN = layered.ClustererSpec(
    "broken",
    "Wrong.",
    layered.LastingParams,
    f"{__name__}:Broken",
    predicts="none",
    rule="x",
)


def run(folder: Path, *entries: dict[str, Any]) -> Run:
    ours = Distribution("clusterforge", clusterforge.__version__, "builtin", "clusterforge.builtin")
    specs = (*toy.SPECS, NESTED, layered.SPEC, BROKEN)
    found = [Found(spec, Distribution("toy", "1.0")) for spec in specs]
    registry = Registry([*found, Found(HIERARCHICAL, ours)])
    recipe = toy.recipe(
        dataset={"use": "nested"},
        clusterer=list(entries),
        report={"projection": "none"},
    )
    return clusterforge.run(recipe, out=folder, registry=registry)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Run:
    tree = {"use": "hierarchical", "n_clusters": 3, "linkage": "average"}
    return run(tmp_path_factory.mktemp("runs") / "run", {"use": "lasting"}, tree)


@pytest.mark.parametrize("split", ["train", "test"])
def test_every_layer_is_kept_for_every_split(done: Run, split: str) -> None:
    fine, coarse = done.layers("lasting", split)
    assert adjusted_rand_score(GROUPS, fine) == adjusted_rand_score(GROUPS // 2, coarse) == 1
    np.testing.assert_array_equal(done.labels("lasting", split), coarse)
    assert done.layers("hierarchical", split) == ()


def test_the_layers_are_told_with_their_parents(done: Run) -> None:
    fine, coarse = done.metrics.clusterings["lasting"].details.layers
    assert (fine.clusters, coarse.clusters, coarse.parents) == (6, 3, ())
    labels, above = done.layers("lasting")
    assert [fine.parents[label] for label in labels] == above.tolist()


def test_parents_are_the_most_rows_and_noise_is_none() -> None:
    fine = np.array([0, 0, 0, 1, 1, -1, 2])
    coarse = np.array([0, 0, 1, -1, -1, 0, 1])
    assert described([fine, coarse]) == (ClusterLayer(3, 1, (0, -1, 1)), ClusterLayer(2, 2))


def test_a_finished_run_is_cut_elsewhere(done: Run) -> None:
    labels = done.cut("hierarchical", n_clusters=6)
    for split in ("train", "test"):
        assert adjusted_rand_score(GROUPS, labels[split]) == 1
    halves = done.cut("hierarchical", height=50.0)
    assert adjusted_rand_score(GROUPS // 2, halves["test"]) == 1
    np.testing.assert_array_equal(halves["train"], done.labels("hierarchical"))


@pytest.mark.parametrize(
    ("clusterer", "asked", "problem"),
    [
        ("hierarchical", {"n_clusters": 61}, "61 clusters of 60 clustered rows"),
        ("hierarchical", {"n_clusters": 0}, "0 clusters"),
        ("hierarchical", {}, "needs n_clusters or height"),
        ("lasting", {"n_clusters": 2}, "has no tree to cut"),
    ],
)
def test_a_cut_that_is_none_is_refused(
    done: Run, clusterer: str, asked: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        done.cut(clusterer, **asked)


ZEROS, PAIRS = np.zeros(60, np.int64), np.arange(60) // 30


@pytest.mark.parametrize(
    ("layers", "problem"),
    [
        (3, "layers must be a tuple of labels, not int"),
        ([ZEROS, PAIRS], r"from fine to coarse, these have \[1, 2\] clusters"),
        ([2 * PAIRS], "there is a cluster 2 and no cluster 1"),
        ([PAIRS[:5]], "60 rows were given, there are 5 labels"),
    ],
)
def test_wrong_layers_are_the_plugins_by_name(tmp_path: Path, layers: Any, problem: str) -> None:
    LAYERS["fit"] = layers
    with pytest.raises(PluginError, match=f"clusterer 'broken' of toy 1.0 failed: .*{problem}"):
        run(tmp_path / "run", {"use": "broken"})
