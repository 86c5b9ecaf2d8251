"""Chains find the number of clusters on sets as they are and made uneven."""

from __future__ import annotations

import numpy as np

from tests.bench import unknown_k
from tests.bench.labelled import Labelled
from tests.bench.unknown_k import ALL, CHAINS, Found, measured, page, uneven


def test_classes_become_ten_to_one() -> None:
    labels = np.repeat(np.arange(4), 200)

    sizes = np.bincount(labels[uneven(labels)])

    assert sorted(sizes) == [20, 43, 92, 200]


def test_no_class_is_lost() -> None:
    labels = np.concatenate([np.repeat(np.arange(20), 4), np.full(30, 20)])

    assert np.bincount(labels[uneven(labels)]).min() == 2


def test_a_chain_is_not_told_the_number_of_classes() -> None:
    rows = np.repeat(np.eye(3, dtype=np.float32) * 9, 30, axis=0)
    rows += np.random.default_rng(0).normal(scale=0.1, size=rows.shape).astype(np.float32)
    labels = np.repeat(np.arange(3), 30)
    five = Labelled("blobs", rows, np.where(np.arange(90) < 2, 3 + np.arange(90), labels), False)

    found = measured(CHAINS[0], five, skewed=False)

    assert found.classes == 5
    assert set(found.clusters) == {3}
    assert found.error == 0.4


def test_the_page_has_means_over_the_sets_that_all_chains_were_measured_on(
    tmp_path, monkeypatch
) -> None:
    ones = [
        Found(
            chain=chain.name,
            name=name,
            uneven=skewed,
            classes=3,
            clusters=(3, 6),
            accuracy=(0.5, 0.7),
            ari=(0.25, 0.35),
        )
        for chain in CHAINS
        for name in ("iris", "wine")
        for skewed in (False, True)
    ]
    monkeypatch.setattr(unknown_k, "KEPT", tmp_path / "unknown-k.json")
    unknown_k.KEPT.write_bytes(ALL.dump_json(tuple(ones[:-1])))  # one chain is missing on wine

    lines = list(page())

    assert "| k-means | 0.300 | 0.600 | 0.50 | 0.300 | 0.600 | 0.50 |" in lines
    assert any(line.startswith("| iris | 3 | 3–6; 3–6 |") for line in lines)
    assert not any(line.startswith("| wine") for line in lines)
