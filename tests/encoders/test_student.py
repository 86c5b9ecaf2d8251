"""A network that learns from images what the encoders before it found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import clusterforge
from clusterforge.contracts import Context, Images, View
from clusterforge.errors import ClusterforgeError
from tests.training.kit import make

SIDE, GROUPS = 12, 3
SMALL: dict[str, Any] = {"channels": [8, 16], "dim": 8, "epochs": 8, "batch": 64, "n_clusters": 3}


def pictures(rows: int, seed: int) -> tuple[Images, np.ndarray]:
    """Bars that lie, stand or cross, on noise, and the kind of each."""
    rng = np.random.default_rng(seed)
    kinds = np.arange(rows) % GROUPS
    pixels = rng.integers(0, 60, (rows, SIDE, SIDE, 1))
    for image, kind in zip(pixels, kinds, strict=True):
        at = rng.integers(3, SIDE - 3)
        if kind != 1:
            image[at : at + 2] += 180
        if kind != 0:
            image[:, at : at + 2] += 180
    return Images(np.minimum(pixels, 255).astype(np.uint8)), kinds


def seen(rows: int, seed: int, wrong: float = 0.0) -> tuple[View, np.ndarray]:
    """Those images behind encoders that put some of them among another kind."""
    images, kinds = pictures(rows, seed)
    rng = np.random.default_rng(seed)
    others = (kinds + rng.integers(1, GROUPS, rows)) % GROUPS
    said = np.where(rng.random(rows) < wrong, others, kinds)
    return View(images, np.float32(10 * np.eye(GROUPS)[said])), kinds


def right(soft: np.ndarray | None, kinds: np.ndarray) -> float:
    assert soft is not None
    table = np.zeros((GROUPS, GROUPS))
    np.add.at(table, (soft.argmax(axis=1), kinds), 1)
    return float(table.max(axis=1).sum() / len(kinds))


def test_it_is_truer_than_what_it_learns_from() -> None:
    student = make("student", **SMALL)
    train, kinds = seen(600, seed=0, wrong=0.15)
    student.fit(train, Context(seed=0))
    embedding = student.encode(train, Context())
    assert embedding.shape == (600, 8)
    assert right(student.assign(embedding), kinds) > 0.97
    new, of_new = seen(300, seed=1)
    nothing = View(new.items, np.zeros((300, GROUPS), np.float32))
    again = make("student", **SMALL)
    again.restore(student.state())
    found = again.assign(again.encode(nothing, Context()))
    assert right(found, of_new) > 0.97  # of the image alone: what comes in says nothing


def recipe(**encoder: Any) -> dict[str, Any]:
    return {
        "dataset": {"use": "digits"},
        "encoder": [{"use": "pca", "components": 8}, {"use": "student", **encoder}],
        "clusterer": [{"use": "head"}],
        "evaluation": {"refits": 0, "resamples": 0, "null_draws": 0},
        "report": {"projection": "none"},
    }


def test_in_a_chain_it_sees_the_images(tmp_path: Path) -> None:
    of = recipe(channels=[8], dim=4, epochs=1)
    run = clusterforge.run(of, out=tmp_path / "run", cache=False)
    corpus = run.model.recipe.dataset.build().load(Context())
    of_test = run.assignments().query("split == 'test'")
    labels = run.predict(corpus.splits["test"].items)
    assert labels.tolist() == of_test["head"].tolist()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"dataset": {"use": "iris"}, "encoder": [{"use": "scale"}, {"use": "student"}]},
            "reads image, but the data set holds table",
        ),
        ({"encoder": [{"use": "student"}]}, "takes embedding"),
    ],
)
def test_without_images_or_without_a_chain_it_is_refused(
    changed: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ClusterforgeError, match=message):
        clusterforge.run(recipe() | changed, out=tmp_path / "run", cache=False)
