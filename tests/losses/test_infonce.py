from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import clusterforge
from clusterforge.builtin.losses import InfonceParams
from clusterforge.contracts.training import Batch, Network, Sample
from clusterforge.losses.infonce import InfonceLoss, infonce


def views(seed: int = 0, rows: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(seed)
    a, b = (torch.from_numpy(rng.normal(size=(rows, 3))) for _ in range(2))
    return a, b


def cosine(a: list[float], b: list[float]) -> float:
    dot = sum(i * j for i, j in zip(a, b, strict=True))
    return dot / math.sqrt(sum(i * i for i in a) * sum(j * j for j in b))


def cost(a: list[float], p: list[float], candidates: list[list[float]], t: float) -> float:
    return -math.log(
        math.exp(cosine(a, p) / t) / sum(math.exp(cosine(a, c) / t) for c in candidates)
    )


@given(st.integers(0, 1000), st.floats(0.05, 5), st.integers(1, 7))
def test_symmetric_equals_a_plain_loop(seed: int, t: float, rows: int) -> None:
    a, b = views(seed, rows)
    both = [*a.tolist(), *b.tolist()]
    costs = []
    for i, anchor in enumerate(both):
        others = [view for j, view in enumerate(both) if j != i]
        costs.append(cost(anchor, both[(i + rows) % (2 * rows)], others, t))
    assert float(infonce(a, b, t)) == pytest.approx(sum(costs) / len(costs), abs=1e-10)


@given(st.integers(0, 1000), st.floats(0.05, 5), st.integers(1, 7))
def test_one_sided_equals_a_plain_loop(seed: int, t: float, rows: int) -> None:
    a, b = views(seed, rows)
    costs = [cost(a.tolist()[i], b.tolist()[i], b.tolist(), t) for i in range(rows)]
    found = float(infonce(a, b, t, symmetric=False))
    assert found == pytest.approx(sum(costs) / rows, abs=1e-10)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("rows", [1, 6])
def test_gradient(symmetric: bool, rows: int) -> None:
    a, b = (view.requires_grad_() for view in views(rows=rows))
    assert torch.autograd.gradcheck(lambda u, v: infonce(u, v, 0.3, symmetric), (a, b))


@pytest.mark.parametrize("symmetric", [True, False])
def test_order_length_and_rotation_do_not_matter(symmetric: bool) -> None:
    a, b = views()
    value = float(infonce(a, b, 0.2, symmetric))
    order = torch.tensor([3, 5, 0, 1, 4, 2])
    assert float(infonce(a[order], b[order], 0.2, symmetric)) == pytest.approx(value, abs=1e-12)
    turn = torch.linalg.qr(torch.from_numpy(np.random.default_rng(1).normal(size=(3, 3))))[0]
    turned = infonce(a @ turn * 7, b @ turn / 3, 0.2, symmetric)
    assert float(turned) == pytest.approx(value, abs=1e-12)


def test_the_cold_limit_is_finite() -> None:
    a, b = views()
    a.requires_grad_()
    infonce(a, b, 0.001).backward()
    assert a.grad is not None
    assert torch.isfinite(a.grad).all()


def test_the_loss_reads_the_batch_and_its_parameters() -> None:
    a, b = views()
    batch = Batch(torch.arange(len(a)), a, a, Network(), views=(Sample(a, a), Sample(b, b)))
    loss = InfonceLoss(InfonceParams(temperature=0.2, symmetric=False))
    assert loss(batch) == infonce(a, b, 0.2, symmetric=False)
    assert loss(batch) != InfonceLoss(InfonceParams(temperature=0.2))(batch)


@pytest.mark.parametrize("encoder", ["siamese", "autoencoder"])
@pytest.mark.parametrize("pairs", ["neighbors", "augment"])
def test_a_recipe_trains_with_it(encoder: str, pairs: str, tmp_path) -> None:
    phase = {"loss": "infonce", "pairs": pairs, "epochs": 3, "lr": 1e-2, "patience": 3, "batch": 50}
    recipe = {
        "name": "infonce",
        "dataset": {"use": "blobs", "rows": 150, "dimensions": 5},
        "encoder": [{"use": "scale"}, {"use": encoder, "layers": [8], "dim": 4, "phase": [phase]}],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
        "evaluation": {"null_draws": 0},
        "report": {"projection": "pca", "figures": False},
    }
    run = clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    values = [epoch.values for epoch in run.history.epochs]
    assert values[-1]["infonce"] < values[0]["infonce"]
    assert all(value["validation"] > 0 for value in values)
