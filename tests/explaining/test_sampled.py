"""Many clusters' rows, explained by some of them."""

import numpy as np

from clusterforge.contracts import Corpus, Split, Table
from clusterforge.contracts.trees import centroid_tree
from clusterforge.explaining import Explained, explain, explain_layers, sampled
from clusterforge.explaining.sampled import Sampled

RNG = np.random.default_rng(0)
LABELS = np.repeat([0, 1, 2, -1], [120, 60, 6, 14])
ROWS = (np.eye(4)[LABELS] * 9 + RNG.normal(size=(200, 4))).astype(np.float32)
CORPUS = Corpus({"train": Split("train", Table(ROWS), LABELS % 2)}, ("even", "odd"))
CLUSTERING = Explained(ROWS, LABELS)


def test_all_rows_drawn_say_what_all_rows_say(monkeypatch):
    monkeypatch.setattr(sampled, "MOST", 200)
    found = Sampled.of(CORPUS, CLUSTERING)
    known = explain(CORPUS, CLUSTERING)
    assert found.explain() == known
    tree = centroid_tree(ROWS, LABELS)
    layers = explain_layers(CORPUS, CLUSTERING, known.clusters, tree.tree, (2,))
    assert found.layers(known, tree.tree, (2,)) == layers


def test_sizes_and_classes_are_of_all_rows_and_members_stand_where_they_stand(monkeypatch):
    monkeypatch.setattr(sampled, "MOST", 50)
    monkeypatch.setattr(sampled, "LEAST", 5)
    found = Sampled.of(CORPUS, CLUSTERING)
    explained = found.explain()
    assert len(found.rows) < 60
    assert [(c.cluster, c.rows) for c in explained.clusters] == [(0, 120), (1, 60), (2, 6)]
    assert [sum(share.rows for share in c.classes) for c in explained.clusters] == [120, 60, 6]
    for cluster in explained.clusters:
        members = [member.row for member in (*cluster.typical, *cluster.borderline)]
        assert members
        assert set(LABELS[members]) == {cluster.cluster}
        assert [m.id for m in cluster.typical] == [str(m.row) for m in cluster.typical]
    tree = centroid_tree(ROWS, LABELS)
    (layer,) = found.layers(explained, tree.tree, (2,))
    assert sum(group.rows for group in layer.groups) == 186
