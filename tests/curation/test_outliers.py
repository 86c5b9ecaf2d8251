"""Policies that give noise back, alone and as an edit."""

from __future__ import annotations

import numpy as np
import pytest

from clusterforge.contracts import Texts
from clusterforge.curation import Edits, Labelling, apply
from clusterforge.curation.outliers import POLICIES, propose
from clusterforge.curation.rules import follow
from clusterforge.evaluation.noise import noise_policies

RNG = np.random.default_rng(0)
GROUP = np.repeat(np.arange(3), 30)
CENTRES = np.array([[0, 0], [10, 0], [0, 10]], dtype=np.float32)
POINTS = (CENTRES[GROUP] + RNG.normal(0, 0.7, (90, 2))).astype(np.float32)
WORDS = ("card payment bank", "flight airport seat", "goal match team")
NOISE = np.arange(0, 90, 10)


def rows() -> Labelling:
    labels = GROUP.astype(np.int64)
    labels[NOISE] = -1
    share = np.full((90, 3), 0.1, dtype=np.float32)
    share[np.arange(90), GROUP] = 0.7
    return Labelling(
        ids=np.arange(90).astype(str),
        split="train",
        embedding=POINTS,
        labels=labels,
        texts=Texts([WORDS[group] for group in GROUP]),
        membership=share,
    )


@pytest.mark.parametrize("policy", ["nearest", "membership", "neighbors", "words"])
def test_each_policy_finds_the_group(policy: str) -> None:
    proposal = propose(policy, rows(), NOISE)
    assert proposal is not None
    assert np.array_equal(proposal.labels, GROUP[NOISE])
    assert ((proposal.certainty > 0) & (proposal.certainty <= 1)).all()
    assert (proposal.above(1.01) == -1).all()


def test_noise_alone_becomes_clusters_of_its_own() -> None:
    labels = np.where(GROUP > 0, -1, 0).astype(np.int64)
    proposal = propose("recluster", rows().relabelled(labels), np.flatnonzero(labels < 0))
    assert proposal is not None
    found = proposal.labels[proposal.labels >= 0]
    assert set(found.tolist()) == {1, 2}
    assert len(found) >= 40


def test_a_policy_without_what_it_reads_is_refused() -> None:
    plain = Labelling(np.arange(90).astype(str), "train", POINTS, rows().labels)
    assert propose("words", plain, NOISE) is None
    assert propose("membership", plain, NOISE) is None
    edits = Edits.model_validate({"edit": [{"do": "outliers", "policy": "words"}]})
    outcome = apply(edits, plain).outcomes[0]
    assert outcome.status == "refused"
    assert "no texts" in outcome.reason


def test_nearest_holds_for_new_rows_and_membership_follows_merges() -> None:
    edits = Edits.model_validate(
        {
            "edit": [
                {"do": "merge", "clusters": [{"rows": ["1"]}, {"rows": ["31"]}]},
                {"do": "outliers", "policy": "membership", "threshold": 0.75},
                {"do": "outliers", "policy": "nearest"},
            ]
        }
    )
    curated = apply(edits, rows())
    wanted = np.where(GROUP == 2, 1, 0)
    assert np.array_equal(curated.rows.labels, wanted)
    # 0.7 + 0.1 of the two merged clusters is enough; 0.7 of the third is not.
    assert [outcome.rows for outcome in curated.outcomes][1:] == [6, 3]
    assert (follow(curated.rules, rows().labels, POINTS) >= 0).all()


def test_the_price_is_coverage_against_accuracy() -> None:
    truth = GROUP.copy()
    truth[0] = 2  # a row that every policy takes for another class
    policies = {p.policy: p.points for p in noise_policies(rows(), truth, seed=0, device="cpu")}
    assert set(policies) <= set(POLICIES)
    for policy in ("nearest", "neighbors"):
        points = policies[policy]
        assert points[0].coverage == pytest.approx(0.9)
        assert points[0].accuracy == 1
        assert points[-1].coverage == 1
        assert points[-1].accuracy == pytest.approx(89 / 90)
    assert noise_policies(rows().relabelled(GROUP), truth, seed=0, device="cpu") == ()


def test_the_price_is_measured_on_a_sample_of_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clusterforge.evaluation.noise.MOST", 60)
    policies = noise_policies(rows(), GROUP, seed=0, device="cpu")
    assert {policy.policy for policy in policies} >= {"nearest", "membership", "words"}
    assert all(policy.rows == 60 for policy in policies)
    assert policies[0].points[0].coverage == pytest.approx(0.9, abs=0.1)
    assert policies[0].points[-1].accuracy == 1
