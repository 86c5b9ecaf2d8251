from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
from clusterforge_infonce.infonce import InfonceLoss, infonce
from clusterforge_infonce.plugin import InfonceParams, clusterforge_losses
from hypothesis import given
from hypothesis import strategies as st

import clusterforge
from clusterforge.contracts.training import Batch, Network

SAME = [1.0, 0.0, 1.0, 1.0, 0.0, 1.0]


def pairs(seed: int = 0, same: list[float] = SAME) -> tuple[torch.Tensor, ...]:
    rng = np.random.default_rng(seed)
    z, partner = (torch.from_numpy(rng.normal(size=(len(same), 3))) for _ in range(2))
    return z, partner, torch.tensor(same, dtype=torch.float64)


def cosine(a: list[float], b: list[float]) -> float:
    dot = sum(i * j for i, j in zip(a, b, strict=True))
    return dot / math.sqrt(sum(i * i for i in a) * sum(j * j for j in b))


def cost(a: list[float], p: list[float], candidates: list[list[float]], t: float) -> float:
    return -math.log(
        math.exp(cosine(a, p) / t) / sum(math.exp(cosine(a, c) / t) for c in candidates)
    )


@given(st.integers(0, 1000), st.floats(0.05, 5), st.lists(st.booleans(), min_size=1, max_size=7))
def test_symmetric_equals_a_plain_loop(seed: int, t: float, kinds: list[bool]) -> None:
    z, partner, same = pairs(seed, [float(kind) for kind in kinds])
    rows, others = z.tolist(), partner.tolist()
    like = [i for i, kind in enumerate(kinds) if kind]
    costs = []
    for i in like:
        first = [r for j, r in enumerate(rows) if j != i] + [others[j] for j in like]
        second = rows + [others[j] for j in like if j != i]
        costs += [cost(rows[i], others[i], first, t), cost(others[i], rows[i], second, t)]
    expected = sum(costs) / len(costs) if costs else 0.0
    assert float(infonce(z, partner, same, t)) == pytest.approx(expected, abs=1e-10)


@given(st.integers(0, 1000), st.floats(0.05, 5), st.lists(st.booleans(), min_size=1, max_size=7))
def test_one_sided_equals_a_plain_loop(seed: int, t: float, kinds: list[bool]) -> None:
    z, partner, same = pairs(seed, [float(kind) for kind in kinds])
    rows, others = z.tolist(), partner.tolist()
    like = [i for i, kind in enumerate(kinds) if kind]
    costs = [cost(rows[i], others[i], [others[j] for j in like], t) for i in like]
    expected = sum(costs) / len(costs) if costs else 0.0
    assert float(infonce(z, partner, same, t, symmetric=False)) == pytest.approx(
        expected, abs=1e-10
    )


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("same", [SAME, [1.0] * 4, [0.0] * 4, [1.0]])
def test_gradient(symmetric: bool, same: list[float]) -> None:
    z, partner, like = pairs(same=same)
    z.requires_grad_()
    partner.requires_grad_()
    assert torch.autograd.gradcheck(lambda a, b: infonce(a, b, like, 0.3, symmetric), (z, partner))


@pytest.mark.parametrize("symmetric", [True, False])
def test_partners_of_different_rows_have_no_part(symmetric: bool) -> None:
    z, partner, same = pairs()
    # As with two views: the partner of a different row is the second view of the row before.
    doubled = partner.clone()
    doubled[1], doubled[4] = partner[0], partner[3]
    assert infonce(z, doubled, same, 0.2, symmetric) == infonce(z, partner, same, 0.2, symmetric)


@pytest.mark.parametrize("symmetric", [True, False])
def test_order_length_and_rotation_do_not_matter(symmetric: bool) -> None:
    z, partner, same = pairs()
    value = float(infonce(z, partner, same, 0.2, symmetric))
    order = torch.tensor([3, 5, 0, 1, 4, 2])
    shuffled = infonce(z[order], partner[order], same[order], 0.2, symmetric)
    assert float(shuffled) == pytest.approx(value, abs=1e-12)
    turn = torch.linalg.qr(torch.from_numpy(np.random.default_rng(1).normal(size=(3, 3))))[0]
    turned = infonce(z @ turn * 7, partner @ turn / 3, same, 0.2, symmetric)
    assert float(turned) == pytest.approx(value, abs=1e-12)


def test_the_cold_limit_is_finite() -> None:
    z, partner, same = pairs()
    z.requires_grad_()
    infonce(z, partner, same, 0.001).backward()
    assert z.grad is not None
    assert torch.isfinite(z.grad).all()


def test_the_loss_reads_the_batch_and_its_parameters() -> None:
    z, partner, same = pairs()
    batch = Batch(torch.arange(len(z)), z, z, Network(), partner=partner, same=same)
    loss = InfonceLoss(InfonceParams(temperature=0.2, symmetric=False))
    assert loss(batch) == infonce(z, partner, same, 0.2, symmetric=False)
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
        "report": {"projection": "pca", "figures": False},
    }
    run = clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    epochs = json.loads((run.folder / "history.json").read_text())
    values = [epoch["values"] for epoch in epochs]
    assert values[-1]["infonce"] < values[0]["infonce"]
    assert all(value["validation"] > 0 for value in values)


def test_the_hook_gives_the_spec() -> None:
    (spec,) = clusterforge_losses()
    assert (spec.name, spec.batch) == ("infonce", "pairs")
