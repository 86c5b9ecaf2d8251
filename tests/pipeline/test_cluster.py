"""A clusterer that fails anywhere, not only in ``fit``, is named and never a bug of ours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import clusterforge
from clusterforge.contracts import Clusterer, Context, Corpus, Details, Points, State
from clusterforge.errors import InputError, PluginError
from clusterforge.params import Params
from clusterforge.pipeline.result import Run
from clusterforge.registry import Distribution, Found, Registry
from clusterforge.specs import ClustererSpec
from tests.pipeline import toy

BREAK: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def whole() -> None:
    BREAK.clear()


def broken(where: str, answer: Any) -> Any:
    """Raise or return what the test put there."""
    wanted = BREAK.get(where)
    if isinstance(wanted, BaseException):
        raise wanted
    return answer if wanted is None else wanted


class Halves(Clusterer[Params]):
    """Above ten or below it; each of its methods fails where a test says so."""

    def fit(self, points: Points, context: Context) -> Any:
        self.middle = 10.0
        toy.CALLS.append("halves.fit")
        first = toy.CALLS.count("halves.fit") == 1
        return broken(
            "first fit" if first else "fit of a sample", self.predict(points, context, "")
        )

    def predict(self, points: Points, context: Context, where: str = "predict") -> Any:
        return broken(where, (points.embedding.mean(axis=1) > self.middle).astype(np.int64))

    def details(self) -> Any:
        return broken("details", Details())

    def warnings(self) -> Any:
        return broken("warnings", [])

    def state(self) -> Any:
        return broken("state", State(meta={"middle": self.middle}))

    def restore(self, state: State) -> None:
        self.middle = broken("restore", state).meta["middle"]


class OnlyTrain(toy.Dots):
    """The dots without the split whose labels would be looked at before any others."""

    def load(self, context: Context) -> Corpus:
        corpus = super().load(context)
        return replace(corpus, splits={"train": corpus.train})


def registry() -> Registry:
    spec = ClustererSpec(
        "halves", "Two.", Params, f"{__name__}:Halves", predicts="approximate", rule="ten"
    )
    alone = replace(toy.SPECS[0], name="only-train", target=f"{__name__}:OnlyTrain")
    return Registry([Found(s, Distribution("toy", "1.0")) for s in (*toy.SPECS, alone, spec)])


def run(folder: Path, dataset: str = "dots") -> Run:
    recipe = toy.recipe(
        dataset={"use": dataset},
        clusterer=[{"use": "halves"}],
        report={"projection": "none"},
    )
    return clusterforge.run(recipe, out=folder, registry=registry(), cache=False)


def agreement(run: Run) -> float | None:
    return run.metrics.clusterings["halves"].agreement


FAILED = r"^clusterer\.0: clusterer 'halves' of toy 1\.0 failed: "


@pytest.mark.parametrize(
    ("where", "what", "message"),
    [
        ("first fit", RuntimeError("no"), "RuntimeError: no"),
        ("predict", ZeroDivisionError("by\nzero"), "ZeroDivisionError: by zero"),
        ("predict", np.zeros(3, dtype=np.int64), "WrongAnswer: 60 rows were given, there are 3"),
        ("details", KeyError("k"), "KeyError: 'k'"),
        ("details", {}, "WrongAnswer: details.. must be Details, not dict"),
        ("details", Details({"eps": float("nan")}), "WrongAnswer: .*Out of range float"),
        ("details", Details({"eps": np.float32(1)}), "WrongAnswer: .*Object of type float32"),
        ("details", Details({"eps": [1, 2]}), "WrongAnswer: .*values.eps"),
        ("warnings", "one line", "WrongAnswer: warnings must be lines of text"),
        ("state", SystemExit(0), "SystemExit"),
        ("state", None, ""),
        ("state", {"middle": 1}, "AttributeError"),
        ("state", State(meta={"middle": float("inf")}), "ValueError"),
    ],
)
def test_a_clusterer_that_fails_after_its_fit_is_named(
    tmp_path: Path, where: str, what: Any, message: str
) -> None:
    if what is None:
        assert agreement(run(tmp_path / "run")) == 1.0  # else the others fail for another reason
        return
    BREAK[where] = what
    with pytest.raises(PluginError, match=FAILED + message) as error:
        run(tmp_path / "run")
    assert error.value.exit_code == 4
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("dataset", ["dots", "only-train"])
@pytest.mark.parametrize(
    "what", [InputError("more clusters than rows", key="n_clusters"), ZeroDivisionError("by zero")]
)
def test_a_sample_that_can_not_be_clustered_has_no_agreement(
    tmp_path: Path, dataset: str, what: Exception
) -> None:
    """It may be too small for the parameters, whatever the plugin makes of that."""
    BREAK["fit of a sample" if dataset == "dots" else "predict"] = what

    assert agreement(run(tmp_path / "run", dataset)) is None


@pytest.mark.parametrize("where", ["fit of a sample", "predict"])
@pytest.mark.parametrize(
    "what", [np.zeros(1, dtype=np.int64), np.zeros(60), "text", np.full(12, -7)]
)
def test_labels_of_a_sample_are_checked_like_any_others(
    tmp_path: Path, where: str, what: Any
) -> None:
    BREAK[where] = what
    with pytest.raises(PluginError, match=FAILED + "WrongAnswer: "):
        run(tmp_path / "run", "only-train")


def test_a_clusterer_that_fails_on_new_rows_is_named(tmp_path: Path) -> None:
    done = run(tmp_path / "run")
    rows = np.zeros((5, 4), dtype=np.float32)
    assert done.predict(rows).tolist() == [0] * 5
    for where, what in (
        ("predict", ZeroDivisionError("by zero")),
        ("predict", np.zeros(5)),
    ):
        BREAK.clear()
        BREAK[where] = what
        with pytest.raises(PluginError, match=FAILED):
            Run(tmp_path / "run", registry()).predict(rows)
    BREAK.clear()
    BREAK["restore"] = KeyError("gone")  # what is stored may be at fault as well
    with pytest.raises(InputError, match=r"stored files don't fit together \(KeyError: 'gone'\)"):
        Run(tmp_path / "run", registry()).predict(rows)
