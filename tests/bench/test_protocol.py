"""Chains are ranked over sets, and a change counts by the two rules."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.bench import protocol
from tests.bench.labelled import Labelled
from tests.bench.protocol import ALL, CHAINS, KMEANS, Chain, Measured, compare, measured, standings

SETS = protocol.KINDS["table"][:3]


@pytest.fixture
def keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(protocol, "KEPT", tmp_path / "protocol.json")

    def write(values: dict[str, tuple[float, ...]]) -> None:
        ones = [
            Measured(chain=chain, name=name, accuracy=(value, value))
            for chain, own in values.items()
            for name, value in zip(SETS, own, strict=False)
        ]
        protocol.KEPT.write_bytes(ALL.dump_json(tuple(ones)))

    return write


def test_chains_are_ranked_over_the_sets_and_one_that_misses_a_set_is_left_out(keep) -> None:
    keep({"k-means": (0.5, 0.6, 0.7), "DEC": (0.6, 0.7, 0.6), "IDEC": (0.9, 0.9)})

    found = {row.chain.name: row for row in standings("table")}

    assert found.keys() == {"k-means", "DEC"}
    assert found["DEC"].rank == pytest.approx(4 / 3)
    assert found["k-means"].rank == pytest.approx(5 / 3)
    assert found["k-means"].against is None
    assert found["DEC"].against == 1.0  # of three differences, two up and one down
    lines = list(protocol.page())
    assert any(line.startswith("| *DEC* | **0.600** | **0.700** | 0.600 |") for line in lines)


@pytest.mark.parametrize(
    ("values", "counts"),
    [((0.51, 0.62, 0.70), True), ((0.70, 0.70, 0.68), False), ((0.495, 0.6, 0.70), False)],
)
def test_a_change_counts_where_the_mean_rises_and_no_set_falls_by_more_than_a_point(
    keep, values, counts
) -> None:
    keep({"k-means": (0.5, 0.6, 0.7), "DEC": values})

    assert compare("DEC", "k-means") is counts


def test_a_chain_gets_the_number_of_classes_and_noise_is_wrong() -> None:
    rows = np.repeat(np.eye(3, dtype=np.float32) * 9, 20, axis=0)
    rows += np.random.default_rng(0).normal(scale=0.1, size=rows.shape).astype(np.float32)
    labelled = Labelled("three", rows, np.repeat(np.arange(3), 20), held_back=True)
    noise = Chain("noise", {"use": "dbscan", "eps": 1e-6, "min_samples": 5})
    head = Chain("head", {"use": "head"})

    assert measured(Chain("k-means", KMEANS), labelled).accuracy == (1.0,) * protocol.SEEDS
    assert measured(noise, labelled).accuracy == (0.0,) * protocol.SEEDS
    assert "head" in (measured(head, labelled).refused or "")


def test_no_chain_has_the_name_of_another() -> None:
    assert len({chain.name for chain in CHAINS}) == len(CHAINS)
