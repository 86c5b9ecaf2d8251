from __future__ import annotations

import numpy as np
import pytest

from clusterforge.builtin.frozen_encoders import SmoothParams
from clusterforge.contracts import Context, Table, View
from clusterforge.encoders import smooth
from clusterforge.encoders.smooth import Smooth


def rows(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 5)).astype(np.float32)


def plain(train: np.ndarray, other: np.ndarray, k: int, weight: float) -> np.ndarray:
    out = []
    for row in other.astype(np.float64):
        near = np.argsort(np.square(train - row).sum(axis=1), kind="stable")[:k]
        out.append((1 - weight) * row + weight * train[near].astype(np.float64).mean(axis=0))
    return np.array(out)


@pytest.mark.parametrize(("k", "weight"), [(1, 1.0), (4, 0.5), (7, 0.0), (1000, 0.9)])
def test_equals_a_plain_loop(k: int, weight: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smooth, "ROWS", 7)
    train, other = rows(40), rows(20, seed=1)
    ours = Smooth(SmoothParams(neighbors=k, weight=weight))
    np.testing.assert_allclose(
        ours.fit_encode(View(Table(train)), Context()), plain(train, train, k, weight), atol=1e-5
    )
    np.testing.assert_allclose(
        ours.encode(View(Table(other)), Context()), plain(train, other, k, weight), atol=1e-5
    )


def test_rows_of_a_group_come_closer() -> None:
    train = np.concatenate([rows(50), rows(50, 1) + 20]).astype(np.float32)
    found = Smooth(SmoothParams(neighbors=25, weight=0.5)).fit_encode(View(Table(train)), Context())
    assert found[:50].std() < 0.7 * train[:50].std()
    np.testing.assert_allclose(found[50:].mean(axis=0), train[50:].mean(axis=0), atol=0.3)


def test_rounds_are_smooth_encoders_one_after_the_other() -> None:
    train, other = rows(60), rows(20, seed=1)
    ours = Smooth(SmoothParams(neighbors=6, weight=0.7, rounds=3))
    ours.fit(View(Table(train)), Context())
    chained = [train, other]
    for _ in range(3):
        one = Smooth(SmoothParams(neighbors=6, weight=0.7))
        one.fit(View(Table(chained[0])), Context())
        chained = [one.encode(View(Table(each)), Context()) for each in chained]
    again = Smooth(SmoothParams(neighbors=6, weight=0.7, rounds=3))
    again.restore(ours.state())
    for given, expected in zip((train, other), chained, strict=True):
        np.testing.assert_array_equal(again.encode(View(Table(given)), Context()), expected)
