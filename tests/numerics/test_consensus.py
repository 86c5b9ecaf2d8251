import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from clusterforge.clusterers.hierarchical import cut
from clusterforge.numerics import consensus
from clusterforge.numerics.consensus import Votes


def votes_of(labels):
    return Votes(labels, np.zeros(labels.shape[1], dtype=bool))


def noisy_votes(n=60, fits=15, wrong=0.2, seed=0):
    """Return three groups, and what fits with mistakes and their own numbering say."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 3
    columns = []
    for _ in range(fits):
        labels = np.where(rng.random(n) < wrong, rng.integers(0, 3, n), truth)
        columns.append(rng.permutation(3)[labels])
    return truth, np.stack(columns, axis=1)


def test_the_tree_is_wards_over_the_rows_by_the_share_of_fits_that_part_them():
    _, labels = noisy_votes(n=30, wrong=0.4)
    merges = votes_of(labels).merges(np.arange(30), seed=0)
    parted = squareform(pdist(labels, "hamming"))
    # Points at these squared distances, whose places do not matter: Ward's rule needs distances alone.
    centre = np.eye(30) - 1 / 30
    values, vectors = np.linalg.eigh(-centre @ parted @ centre)
    places = vectors * np.sqrt(np.maximum(values, 0))
    expected = AgglomerativeClustering(4).fit_predict(places)
    ours = cut(merges.children, merges.groups, 4)[merges.group]
    assert adjusted_rand_score(expected, ours) == 1


def test_a_majority_of_fits_wins_over_their_mistakes():
    truth, labels = noisy_votes()
    merges = votes_of(labels).merges(np.arange(60), seed=0)
    assert adjusted_rand_score(truth, cut(merges.children, merges.groups, 3)[merges.group]) == 1
    single = np.mean([adjusted_rand_score(truth, each) for each in labels.T])
    assert single < 0.7


def test_more_distinct_votes_than_groups_are_grouped_first(monkeypatch):
    truth, labels = noisy_votes(n=150)
    monkeypatch.setattr(consensus, "GROUPS", 40)
    merges = votes_of(labels).merges(np.arange(150), seed=0)
    assert merges.groups <= 40
    found = cut(merges.children, merges.groups, 3)[merges.group]
    assert adjusted_rand_score(truth, found) > 0.95


def test_shares_of_votes_by_hand():
    rows = np.array([[0, 0], [0, 1], [1, 1], [-1, 1], [-2, -1], [-2, -2]])
    votes = Votes(rows, np.array([True, True]))
    labels = np.array([0, 0, 1, 1, -1, -1])
    assert votes.noise.tolist() == [0, 0, 0, 0.5, 1, 1]
    assert Votes(rows, np.array([True, False])).noise.tolist() == [0, 0, 0, 1, 1, 1]
    assert Votes(rows, np.array([False, False])).noise.tolist() == [0, 0, 0, 0, 1, 1]
    shares = votes.shares(labels)
    np.testing.assert_allclose(shares, [[1, 0], [0, 1], [1, 0], [1 / 3, 2 / 3]], atol=1e-6)
    expected = [
        [1.0, 0.0],  # cluster 0 of both fits holds rows of cluster 0 alone
        [(1 + 1 / 3) / 2, (2 / 3) / 2],  # cluster 1 of the second holds one row of 0 and two of 1
        [(1 / 3) / 2, (1 + 2 / 3) / 2],
        [(1 / 3) / 2, (2 / 3) / 2],  # the other half is noise
        [0.0, 0.0],
        [0.0, 0.0],
    ]
    np.testing.assert_allclose(votes.membership(shares), expected, atol=1e-6)


@pytest.mark.parametrize("order", [[2, 0, 1], [1, 2, 0]])
def test_the_numbering_of_fits_does_not_matter(order):
    _, labels = noisy_votes(n=30)
    renumbered = np.array(order)[labels]
    one, two = (votes_of(each).merges(np.arange(30), seed=0) for each in (labels, renumbered))
    cuts = [cut(each.children, each.groups, 3)[each.group] for each in (one, two)]
    assert adjusted_rand_score(*cuts) == 1
