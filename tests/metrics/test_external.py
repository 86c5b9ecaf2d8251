"""Accuracy, purity, NMI, ARI and top-1."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as theirs

from clusterforge.builtin.metrics import (
    AccuracyParams,
    AriParams,
    NmiParams,
    PurityParams,
    Top1Params,
)
from clusterforge.contracts import Clustering, Score
from clusterforge.errors import Undefined
from clusterforge.metrics.external import Accuracy, Ari, Nmi, Purity, Top1

METRICS = {
    "accuracy": Accuracy(AccuracyParams()),
    "purity": Purity(PurityParams()),
    "nmi": Nmi(NmiParams()),
    "ari": Ari(AriParams()),
    "top-1": Top1(Top1Params()),
}
NAMELESS = ["accuracy", "purity", "nmi", "ari"]
pairs = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5)), min_size=1, max_size=40)


def score(name, truth, labels):
    truth, labels = np.array(truth, dtype=np.int64), np.array(labels, dtype=np.int64)
    rows = np.zeros((len(labels), 1), np.float32)
    found = METRICS[name].score(Clustering(rows, labels, truth))
    return found.value if isinstance(found, Score) else found


@settings(deadline=None, max_examples=200)
@given(pairs)
def test_accuracy_is_the_best_of_all_maps(rows):
    truth, labels = zip(*rows, strict=True)
    best = max(
        sum(mapping[label] == true for true, label in rows) for mapping in permutations(range(6))
    )
    assert score("accuracy", truth, labels) == pytest.approx(best / len(rows))


@settings(deadline=None, max_examples=200)
@given(pairs)
def test_purity_counts_majorities(rows):
    truth, labels = zip(*rows, strict=True)
    members = {label: [t for t, found in rows if found == label] for label in labels}
    majority = sum(max(values.count(v) for v in values) for values in members.values())
    assert score("purity", truth, labels) == pytest.approx(majority / len(rows))


@settings(deadline=None, max_examples=200)
@given(pairs)
def test_nmi_and_ari_as_scikit_learn(rows):
    truth, labels = zip(*rows, strict=True)
    nmi = theirs.normalized_mutual_info_score(truth, labels)
    assert score("nmi", truth, labels) == pytest.approx(nmi, abs=1e-9)
    ari = theirs.adjusted_rand_score(truth, labels)
    assert score("ari", truth, labels) == pytest.approx(ari, abs=1e-9)


@settings(deadline=None, max_examples=200)
@given(pairs)
def test_top_1_matches_nothing(rows):
    truth, labels = zip(*rows, strict=True)
    assert score("top-1", truth, labels) == np.mean([t == found for t, found in rows])


@pytest.mark.parametrize("name", NAMELESS)
@settings(deadline=None, max_examples=200)
@given(rows=pairs, names=st.permutations(range(6)), data=st.data())
def test_names_and_order_do_not_matter(name, rows, names, data):
    truth, labels = zip(*rows, strict=True)
    mixed = data.draw(st.permutations([(t, names[found]) for t, found in rows]))
    value = score(name, *zip(*mixed, strict=True))
    assert value == pytest.approx(score(name, truth, labels), abs=1e-9)


@pytest.mark.parametrize("name", ["nmi", "ari"])
@settings(deadline=None, max_examples=200)
@given(rows=pairs)
def test_symmetry(name, rows):
    truth, labels = zip(*rows, strict=True)
    assert score(name, truth, labels) == pytest.approx(score(name, labels, truth), abs=1e-9)


@pytest.mark.parametrize("name", METRICS)
@given(values=st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_a_clustering_agrees_with_itself(name, values):
    assert score(name, values, values) == pytest.approx(1)


@pytest.mark.parametrize("name", METRICS)
def test_no_labelled_rows(name):
    rows = np.zeros((2, 1), np.float32)
    with pytest.raises(Undefined, match="no labelled rows"):
        METRICS[name].score(Clustering(rows, np.array([0, 1])))
    with pytest.raises(Undefined, match="no labelled rows"):
        score(name, [], [])


def test_treatments_of_noise_as_the_core_numbers_them():
    """Two rows of noise, first as one cluster, then alone."""
    truth = [0, 0, 0, 1, 1, 1]
    together, alone = [0, 0, 2, 1, 1, 2], [0, 0, 2, 1, 1, 3]
    assert score("accuracy", truth, together) == pytest.approx(4 / 6)
    assert score("accuracy", truth, alone) == pytest.approx(4 / 6)
    assert score("purity", truth, together) == pytest.approx(5 / 6)
    assert score("purity", truth, alone) == 1
