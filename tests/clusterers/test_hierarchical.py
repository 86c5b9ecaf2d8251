import numpy as np
import pytest
from scipy.cluster.hierarchy import cut_tree, dendrogram, is_valid_linkage, linkage
from sklearn.metrics import adjusted_rand_score

from clusterforge.builtin.clusterer_costs import connectivity, hierarchical
from clusterforge.builtin.clusterers import HierarchicalParams
from clusterforge.clusterers import hierarchical as hierarchical_module
from clusterforge.clusterers.anchored import drawn
from clusterforge.clusterers.hierarchical import (
    Hierarchical,
    cut,
    height_of,
    largest_step,
    last_merges,
)
from clusterforge.contracts import Context, MergeTree, Points
from clusterforge.costs import Cost, Size
from clusterforge.errors import InputError
from clusterforge.numerics.graph import means
from clusterforge.numerics.microclusters import Microclusters

LINKAGES = ["ward", "complete", "average", "single"]


def make(**params):
    return Hierarchical(HierarchicalParams(**{"n_clusters": 4, **params}))


@pytest.mark.parametrize("method", LINKAGES)
@pytest.mark.parametrize("k", [2, 4, 9])
def test_full_is_as_scipy(method, k):
    rows = np.random.default_rng(k).normal(size=(150, 3)).astype(np.float32)
    labels = make(n_clusters=k, linkage=method).fit(Points(rows), Context())
    tree = linkage(rows.astype(np.float64), method)
    assert adjusted_rand_score(cut_tree(tree, k).ravel(), labels) == 1


@pytest.mark.parametrize("method", LINKAGES)
@pytest.mark.parametrize("extra", [{"connectivity": "knn"}, {"sample": 120}])
def test_graph_and_sample_find_clear_groups(method, extra, blobs):
    labels = make(linkage=method, **extra).fit(blobs[0], Context())
    assert adjusted_rand_score(blobs[1], labels) == 1


def test_clusters_are_numbered_by_first_member(blobs):
    labels = make().fit(blobs[0], Context())
    assert np.unique(labels, return_index=True)[1].argsort().tolist() == [0, 1, 2, 3]


def test_new_rows_under_ward_go_to_the_nearest_mean(blobs):
    clusterer = make()
    labels = clusterer.fit(blobs[0], Context())
    means = np.stack([blobs[0].embedding[labels == j].mean(0) for j in range(4)])
    rows = np.random.default_rng(2).normal(scale=5, size=(80, 5)).astype(np.float32)
    expected = [int(np.linalg.norm(means - row, axis=1).argmin()) for row in rows]
    assert clusterer.predict(Points(rows), Context()).tolist() == expected


@pytest.mark.parametrize("method", ["complete", "average", "single"])
def test_new_rows_take_the_label_of_the_nearest(method, blobs):
    clusterer = make(linkage=method)
    labels = clusterer.fit(blobs[0], Context())
    rows = np.random.default_rng(2).normal(scale=5, size=(80, 5)).astype(np.float32)
    expected = [
        int(labels[np.linalg.norm(blobs[0].embedding - row, axis=1).argmin()]) for row in rows
    ]
    assert clusterer.predict(Points(rows), Context()).tolist() == expected


def test_connectivity_by_size(blobs):
    small = make(max_rows_full=240)
    small.fit(blobs[0], Context())
    assert small.details().values["connectivity"] == "full"
    large = make(max_rows_full=239)
    large.fit(blobs[0], Context())
    assert large.details().values["connectivity"] == "knn"


@pytest.mark.parametrize(
    "params", [{"connectivity": "full"}, {"linkage": "average"}, {"linkage": "complete"}]
)
def test_too_many_rows_are_refused_with_the_memory_they_need(params):
    rows = np.zeros((60_000, 2), np.float32)
    with pytest.raises(InputError, match=r"60,000 rows holds 14\.4 GB") as caught:
        make(**params).fit(Points(rows), Context())
    assert "sample = 20000" in str(caught.value)


def test_more_clusters_than_sampled_rows(blobs):
    with pytest.raises(InputError, match="12 clusters of 10 sampled rows"):
        make(n_clusters=12, sample=10).fit(blobs[0], Context())


def test_the_sample_follows_the_seed(blobs):
    one, two, other = (make(sample=50) for _ in range(3))
    one.fit(blobs[0], Context(seed=1))
    two.fit(blobs[0], Context(seed=1))
    other.fit(blobs[0], Context(seed=2))
    assert one.details() == two.details()
    assert one.details().tree != other.details().tree
    assert one.details().values["rows"] == 50


def test_merges_draw_a_dendrogram():
    rows = np.random.default_rng(0).normal(size=(300, 3)).astype(np.float32)
    clusterer = make(n_clusters=3)
    clusterer.fit(Points(rows), Context())
    drawn = clusterer.details().tree
    assert (len(drawn.leaves), sum(drawn.leaves)) == (201, 300)
    below = [1] * len(drawn.leaves)  # leaves under each node, SciPy's fourth column
    for a, b, _ in drawn.merges:
        below.append(below[a] + below[b])
    tree = np.column_stack([np.array(drawn.merges), below[201:]])
    assert tree.shape == (200, 4)
    whole = linkage(rows.astype(np.float64), "ward")
    np.testing.assert_allclose(tree[:, 2], whole[-200:, 2])
    assert tree[-1, 3] == 201
    assert is_valid_linkage(tree)
    assert sorted(dendrogram(tree, no_plot=True)["leaves"]) == list(range(201))


def test_merges_of_a_small_tree():
    labels = np.array([0, 1, 0])
    shown, leaves = last_merges(np.array([[0, 2], [1, 3]]), np.array([1.0, 4.0]), labels)
    assert shown == MergeTree((1, 1, 1), ((0, 2, 1.0), (1, 3, 4.0)), (0, 1, 0))
    assert leaves.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "params", [{}, {"n_clusters": 150}, {"linkage": "single"}, {"sample": 250}]
)
def test_the_clusters_are_branches_and_a_cut_of_the_tree_is_a_coarser_fit(params):
    rows = np.random.default_rng(0).normal(size=(300, 3)).astype(np.float32)
    clusterer = make(**params)
    labels = clusterer.fit(Points(rows), Context())
    tree, leaves = clusterer.details().tree, clusterer.leaves(Points(rows), Context())
    assert (np.array(tree.clusters)[leaves] == labels)[leaves >= 0].all()
    assert (leaves < 0).sum() == 300 - params.get("sample", 300)
    coarser = make(**{**params, "n_clusters": 3}).fit(Points(rows), Context())
    cut = tree.over_clusters().grouped(labels, 3)
    assert (cut == coarser)[leaves >= 0].all()


def test_sampled_rows_keep_the_label_of_their_own_clustering():
    rows = np.random.default_rng(0).normal(size=(300, 3)).astype(np.float32)
    picked = drawn(300, 200, 0)
    labels = make(sample=200).fit(Points(rows), Context())
    assert labels[picked].tolist() == make().fit(Points(rows[picked]), Context()).tolist()


@pytest.mark.parametrize("method", LINKAGES)
def test_any_cut_is_as_scipy(method):
    rows = np.random.default_rng(1).normal(size=(40, 2))
    tree = linkage(rows, method)
    children = tree[:, :2].astype(np.int64)
    for k in range(1, 41):
        expected = cut_tree(tree, k).ravel()
        assert adjusted_rand_score(expected, cut(children, 40, k)) == 1
        height = height_of(tree[:, 2], k)
        if k > 1:
            assert (tree[:, 2] > height).sum() == k - 1


def test_the_largest_step():
    assert largest_step(np.array([1.0, 1.5, 9.0, 10.0]), 20) == 3
    assert largest_step(np.array([1.0, 1.5, 9.0, 10.0]), 2) == 2
    assert largest_step(np.array([1.0, 5.0, 4.0, 9.0]), 20) == 2  # an inversion counts as 5
    assert largest_step(np.array([2.0, 2.0]), 20) == 1
    assert largest_step(np.empty(0), 20) == 1


def test_auto_by_the_heights(blobs):
    clusterer = make(n_clusters="auto", choose_by="heights")
    labels = clusterer.fit(blobs[0], Context())
    assert adjusted_rand_score(blobs[1], labels) == 1
    details = clusterer.details()
    assert details.choice("n_clusters").suggested["heights"] == details.tree.cut.n_clusters == 4
    assert details.tree.suggested == details.tree.cut


def test_a_number_given_is_cut_beside_the_suggestion(blobs):
    clusterer = make(n_clusters=2)
    assert clusterer.fit(blobs[0], Context()).max() == 1
    tree = clusterer.details().tree
    assert (tree.cut.n_clusters, tree.suggested.n_clusters) == (2, 4)
    assert tree.cut.height > tree.suggested.height


@pytest.mark.parametrize("params", [{"linkage": "ward"}, {"linkage": "average"}, {"sample": 120}])
def test_a_restored_clusterer_is_cut_as_one_that_was_fitted_so(blobs, params):
    fitted = make(n_clusters=2, **params)
    fitted.fit(blobs[0], Context())
    restored = make(n_clusters=2, **params)
    restored.restore(fitted.state())
    other = make(n_clusters=7, **params)
    expected = other.fit(blobs[0], Context())
    height = other.details().tree.cut.height
    for asked in ({"n_clusters": 7}, {"height": height}):
        assert (restored.cut(blobs[0], Context(), **asked) == expected).all()
    new = Points(blobs[0].embedding + np.float32(0.5))
    assert (restored.predict(new, Context()) == other.predict(new, Context())).all()
    with pytest.raises(InputError, match="not those that were fitted"):
        restored.cut(Points(blobs[0].embedding[:50]), Context(), n_clusters=2)


@pytest.mark.parametrize("linkage", ["ward", "average", "single"])
def test_equal_rows_are_not_parted(linkage):
    rows = Points(np.repeat(np.eye(3, dtype=np.float32), 10, axis=0))
    with pytest.raises(InputError, match="4 clusters of 3 distinct rows; use at most 3"):
        make(n_clusters=4, linkage=linkage).fit(rows, Context())
    fitted = make(n_clusters=3, linkage=linkage)
    assert fitted.fit(rows, Context()).tolist() == [0] * 10 + [1] * 10 + [2] * 10
    with pytest.raises(InputError, match="4 clusters of 3 distinct rows"):
        fitted.cut(rows, Context(), n_clusters=4)


def test_what_memory_does_not_hold_is_refused_before_anything_is_trained():
    def cost(rows: int, **params: object) -> Cost:
        return hierarchical(make(max_rows_full=100, **params).params, Size(rows, 0, 4))

    assert cost(100, linkage="average").memory > 8 * 100**2
    assert cost(300_000, linkage="average", sample=100).memory < 1e9
    assert cost(300_000, linkage="ward").memory < 10e9
    with pytest.raises(InputError, match=r"average linkage of 300,000 rows holds"):
        cost(300_000, linkage="average")


@pytest.fixture(scope="module")
def many():
    """Twelve groups of unequal spread, 6,000 rows in 6 dimensions, and the group of each."""
    rng = np.random.default_rng(5)
    groups = rng.integers(12, size=6000)
    spread = rng.uniform(0.3, 1.2, size=(12, 1))[groups]
    rows = 4 * rng.normal(size=(12, 6))[groups] + spread * rng.normal(size=(6000, 6))
    return Points(rows.astype(np.float32)), groups


def test_micro_clusters_are_merged_as_rows_are(many):
    exact = make(n_clusters=12).fit(many[0], Context())
    clusterer = make(n_clusters=12, connectivity="microclusters")
    labels = clusterer.fit(many[0], Context())
    assert adjusted_rand_score(exact, labels) > 0.97
    values = clusterer.details().values
    assert 1000 < values["microclusters"] <= 1500
    assert values["exact_agreement"] == pytest.approx(adjusted_rand_score(exact, labels), abs=0.03)
    member = clusterer.member
    assert all(len(set(labels[member == one].tolist())) == 1 for one in range(member.max() + 1))
    tree, leaves = clusterer.details().tree, clusterer.leaves(many[0], Context())
    assert (np.bincount(leaves) == tree.leaves).all()
    assert (np.array(tree.clusters)[leaves] == labels).all()
    whole = linkage(many[0].embedding.astype(np.float64), "ward")[-11:, 2]
    np.testing.assert_allclose(clusterer.heights[-11:], whole, rtol=0.03)


def test_a_restored_tree_of_micro_clusters_is_cut_as_one_that_was_fitted_so(many):
    fitted = make(n_clusters=12, connectivity="microclusters")
    fitted.fit(many[0], Context())
    restored = make(n_clusters=12, connectivity="microclusters")
    restored.restore(fitted.state())
    expected = make(n_clusters=5, connectivity="microclusters").fit(many[0], Context())
    assert (restored.cut(many[0], Context(), n_clusters=5) == expected).all()
    with pytest.raises(InputError, match="micro-clusters"):
        restored.cut(many[0], Context(), n_clusters=5999)


def test_the_agreement_with_the_exact_method_falls_where_micro_clusters_are_wrong(
    many, monkeypatch
):
    def shuffled(rows, count):
        member = np.random.default_rng(0).permutation(np.arange(len(rows)) % count)
        return Microclusters(member, means(rows, member, count), np.bincount(member).astype(float))

    monkeypatch.setattr(hierarchical_module, "microclusters", shuffled)
    clusterer = make(n_clusters=12, connectivity="microclusters")
    clusterer.fit(many[0], Context())
    assert clusterer.details().values["exact_agreement"] < 0.3


def test_micro_clusters_are_of_ward(blobs):
    with pytest.raises(InputError, match='"microclusters" is of linkage "ward"') as caught:
        make(linkage="average", connectivity="microclusters").fit(blobs[0], Context())
    assert caught.value.key == "connectivity"


@pytest.mark.parametrize(
    ("rows", "clusters", "expected"),
    [
        (20_000, 10, "full"),
        (50_000, 10, "knn"),
        (50_001, 10, "microclusters"),
        (50_001, 2_001, "knn"),
    ],
)
def test_what_is_merged_by_the_number_of_rows(rows, clusters, expected):
    assert connectivity(HierarchicalParams(n_clusters=clusters), rows, clusters) == expected
