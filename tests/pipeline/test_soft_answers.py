"""Soft membership and outlier scores, from the clusterer to the run and to new rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import clusterforge
from clusterforge.contracts import Context, Points
from clusterforge.errors import InputError, PluginError
from clusterforge.pipeline.result import Run
from clusterforge.registry import Distribution, Found, Registry
from clusterforge.specs import ClustererSpec
from tests.pipeline import toy

N, K = 60, 3
GIVES: dict[str, Any] = {}


class Sure(toy.Cut):
    """Half sure of its label, and a tenth of every other; the first rows are outliers."""

    def membership(self, points: Points, context: Context) -> Any:
        if "membership" in GIVES:
            return GIVES["membership"]
        labels = self.predict(points, context)
        return np.where(np.arange(K) == labels[:, None], 0.5, 0.1).astype(np.float32)

    def outlier_scores(self, points: Points, context: Context) -> Any:
        if "outlier" in GIVES:
            return GIVES["outlier"]
        return np.linspace(1, 0, len(points), dtype=np.float32)


SPEC = ClustererSpec(
    "sure", "Cuts.", toy.CutParams, f"{__name__}:Sure", predicts="exact", rule="cut"
)
ONCE = ClustererSpec("once", "Cuts.", toy.CutParams, f"{__name__}:Sure", predicts="none")


@pytest.fixture(autouse=True)
def gives() -> None:
    GIVES.clear()


def registry() -> Registry:
    found = [Found(spec, Distribution("toy", "1.0")) for spec in (*toy.SPECS, SPEC, ONCE)]
    return Registry(found)


def run(folder: Path, *names: str, **params: Any) -> Run:
    clusterers = [{"use": name, **params} for name in names or ("sure", "cut")]
    recipe = toy.recipe(clusterer=clusterers)
    return clusterforge.run(recipe, out=folder, registry=registry())


def test_the_run_keeps_them_for_every_split(tmp_path: Path) -> None:
    done = run(tmp_path / "run")
    for split in ("train", "test"):
        membership, outlier = done.membership("sure", split), done.outlier_scores("sure", split)
        assert membership is not None
        assert outlier is not None
        assert (membership.dtype, membership.shape) == (np.float32, (N, K))
        np.testing.assert_array_equal(membership.argmax(axis=1), done.labels("sure", split))
        assert outlier.tolist() == np.linspace(1, 0, N, dtype=np.float32).tolist()
        assert (done.folder / f"clusterers/sure/{split}.membership.npy").is_file()
        assert (done.folder / f"clusterers/sure/{split}.outlier.npy").is_file()
        assert done.membership("cut", split) is None
        assert done.outlier_scores("cut", split) is None
    with pytest.raises(InputError, match="no split 'tset'; did you mean 'test'"):
        done.membership("sure", "tset")


def test_a_reused_stage_has_them_too(tmp_path: Path) -> None:
    first, second = run(tmp_path / "first"), run(tmp_path / "second")
    assert all(s.reused for s in second.info.stages if s.stage.startswith("clusterer"))
    np.testing.assert_array_equal(first.membership("sure"), second.membership("sure"))


def test_one_that_can_not_predict_is_asked_for_the_train_split(tmp_path: Path) -> None:
    done = run(tmp_path / "run", "once")
    assert done.membership("once") is not None
    with pytest.raises(InputError, match="has not labelled split"):
        done.membership("once", "test")


def test_new_rows_get_confidence_and_outlier_columns(tmp_path: Path) -> None:
    run(tmp_path / "run", "cut", "sure", "once")
    opened = Run(tmp_path / "run", registry())
    rows = toy.Dots(toy.DotsParams()).load(Context()).splits["test"].items.values  # type: ignore
    columns = opened.predict_columns(rows)
    assert list(columns) == ["cut", "sure", "sure.confidence", "sure.outlier"]
    np.testing.assert_array_equal(columns["sure"], opened.predict(rows, "sure"))
    assert columns["sure.confidence"].tolist() == [0.5] * N
    assert columns["sure.outlier"][[0, -1]].tolist() == [1.0, 0.0]
    assert list(opened.predict_columns(rows, "cut")) == ["cut"]


def test_noise_has_no_confidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path / "run", "sure")
    given = Sure.predict
    membership = np.full((N, K), 0.25, np.float32)
    GIVES["membership"] = membership
    rows = toy.Dots(toy.DotsParams()).load(Context()).splits["test"].items.values  # type: ignore

    def predict(self: Sure, points: Points, context: Context) -> Any:
        labels = given(self, points, context)
        labels[:5] = -1
        return labels

    monkeypatch.setattr(Sure, "predict", predict)
    opened = Run(tmp_path / "run", registry())
    found = opened.predict_columns(rows)
    assert found["sure.confidence"].tolist() == [0.0] * 5 + [0.25] * (N - 5)
    nearest = found["sure.nearest"]
    assert nearest[5:].tolist() == found["sure"][5:].tolist()
    train, labels = opened.embedding("train"), opened.labels("sure")
    means = np.stack([train[labels == c].mean(axis=0) for c in np.unique(labels)])
    far = np.linalg.norm(opened.encode(rows)[:5, None] - means, axis=2)
    assert nearest[:5].tolist() == np.unique(labels)[far.argmin(axis=1)].tolist()


WRONG = [
    ("membership", np.zeros((N, K)), r"membership must be float32 \(n, k\), not float64 \(60, 3\)"),
    ("membership", np.zeros(N, np.float32), r"not float32 \(60,\)"),
    ("membership", [[0.0]], "not list"),
    ("membership", np.zeros((N - 1, K), np.float32), r"60 rows lie in 3 .* shape \(59, 3\)"),
    ("membership", np.zeros((N, K - 1), np.float32), r"60 rows lie in 3 .* shape \(60, 2\)"),
    ("membership", np.full((N, K), np.nan, np.float32), "membership is not finite"),
    ("membership", np.full((N, K), 0.4, np.float32), "sum to 1 or less"),
    ("membership", np.full((N, K), -0.1, np.float32), "0 or more"),
    ("outlier", np.zeros((N, 1), np.float32), r"outlier scores must be float32 \(n,\)"),
    ("outlier", np.zeros(N), "not float64"),
    ("outlier", np.zeros(N + 1, np.float32), "60 rows were given, there are 61 outlier scores"),
    ("outlier", np.full(N, np.inf, np.float32), "not finite"),
    ("outlier", np.full(N, 1.5, np.float32), "outlier scores must be 0 to 1"),
]


@pytest.mark.parametrize(("what", "answer", "message"), WRONG)
def test_a_wrong_answer_is_the_plugins_by_name(
    tmp_path: Path, what: str, answer: Any, message: str
) -> None:
    GIVES[what] = answer
    with pytest.raises(PluginError, match=message) as error:
        run(tmp_path / "run")
    assert error.value.exit_code == 4
    assert "clusterer.0: clusterer 'sure' of toy 1.0 failed" in str(error.value)
