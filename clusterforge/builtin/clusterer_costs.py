"""What the built-in clusterers and metrics cost; the constants are seconds on the reference machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clusterforge.costs import Alternative, Cost, Size
from clusterforge.errors import InputError
from clusterforge.numerics.sizes import (
    STARTS,
    WARD_ROWS,
    compared,
    sampled,
    sampled_again,
    ward_starts,
)

if TYPE_CHECKING:
    from clusterforge.builtin import clusterers, metrics

SECOND = 1.8e11
"""Operations of ``Cost.products`` that stand for one second on the two threads of the reference machine."""
EXACT_ROWS = 50_000  # up to which neighbours are exact
LLOYD_ROWS = 100_000  # up to which every restart of k-means is over all rows
ITERATIONS = 60  # of k-means, for many clusters
PASSES = 10  # of k-means over blocks, over all rows
TRIED = 20  # numbers of clusters that a search looks at
SAMPLED = 5_000  # rows of such a search
BY_GRAPH = ("ward", "single")
FEWEST, MOST, PER_CLUSTER = 5_000, 10_000, 20  # micro-clusters
CACHED = 50e6  # bytes of rows that a processor's cache helps with
WIDE = 1_000  # columns
FIT = 0.028  # seconds of the smallest fit


def neighbors(rows: int, queries: int, width: int) -> Cost:
    """Return the cost of the nearest rows of queries: exact, beyond 50,000 rows by an index."""
    pairs = float(rows) * queries
    if pairs > EXACT_ROWS**2:
        pairs = 40 * queries * rows**0.5
    return Cost(products=pairs * (2 * width + 60), memory=64e6)


def lloyd(rows: int, width: int, clusters: int, restarts: int, iterations: int) -> Cost:
    """Return the cost of k-means."""
    commonly = min(iterations, ITERATIONS, 20 + clusters // 10)
    # Wide rows are read once for many operations each.
    slower = 3.0 if 4.0 * rows * width > CACHED and width < WIDE else 1.0
    values = slower * rows * (width + 3 * clusters) * commonly * restarts
    products = 2.0 * rows * width * clusters * commonly * restarts
    memory = 12.0 * rows * width + 40.0 * rows
    return Cost(FIT + values * 1.1e-9, products + values * 25, memory=memory)


def _search(params: clusterers.CountParams | clusterers.HierarchicalParams, size: Size) -> Cost:
    """Return the cost of finding the number of clusters."""
    if params.n_clusters != "auto":
        return Cost()
    rows, width = min(size.rows, SAMPLED), min(size.width, 64)
    return lloyd(rows, width, TRIED, 3, 10).times(4 * TRIED)


def kmeans(params: clusterers.KmeansParams, size: Size) -> Cost:
    """Return the cost of k-means and its assignment."""
    if kmeans_method(params, size.rows, in_files=size.in_files) == "lloyd":
        return _restarts(params, size, size.rows) + _search(params, size)
    few = sampled(size.rows, size.clusters)
    starts = _restarts(params, size, few)
    more = sampled_again(size.rows, size.width, few)
    many = lloyd(more, size.width, size.clusters, 1, params.max_iter)
    passes = lloyd(size.rows, size.width, size.clusters, 1, PASSES)
    return starts + many + replace(passes, memory=0.0) + _search(params, size)


def _restarts(params: clusterers.KmeansParams, size: Size, rows: int) -> Cost:
    """Return the cost of the restarts of k-means on some rows."""
    by_ward = ward_starts(rows, size.clusters) if params.start == "auto" else 0
    fit = lloyd(rows, size.width, size.clusters, params.restarts + by_ward, params.max_iter)
    return fit + _tree(min(rows, WARD_ROWS)).times(by_ward) if by_ward else fit


def kmeans_method(params: clusterers.KmeansParams, rows: int, *, in_files: bool) -> str:
    """Return how centroids move, where auto is replaced by what is cheap: the labels are as good."""
    if params.method != "auto":
        return params.method
    return "blocks" if in_files or rows > LLOYD_ROWS else "lloyd"


def k_prototypes(params: clusterers.KPrototypesParams, size: Size) -> Cost:
    """Return the cost of k-prototypes."""
    fit = lloyd(size.rows, 4 * size.width, size.clusters, params.restarts, params.max_iter)
    return fit + _search(params, size)


def dbscan(params: clusterers.DbscanParams, size: Size) -> Cost:
    """Return the cost of DBSCAN: neighbourhoods, once more for each radius that is tried."""
    found = neighbors(size.rows, size.every, size.width)
    graph = size.rows > EXACT_ROWS  # one for all radii
    memory = 64e6 + 1.8e3 * size.rows if graph else 0.0
    often = 6 if params.eps == "auto" and not graph else 2
    return Cost(0.09 + size.rows * 4e-5, memory=memory) + found.times(often)


def hierarchical(params: clusterers.HierarchicalParams, size: Size) -> Cost:
    """Return the cost of agglomerative clustering.

    Raises
    ------
    InputError
        Where the distances of so many rows are more than ``max_rows_full`` allows.
    """
    rows = min(size.rows, params.sample or size.rows)
    rest = neighbors(rows, size.every - rows, size.width)
    considered = connectivity(params, rows, size.clusters)
    if considered == "microclusters":
        fit = microclusters(rows, size.width, number_for(size.clusters, rows))
        fit += agreement(rows, size.clusters)
    elif considered == "knn":
        graph = neighbors(rows, rows, size.width)
        merges = rows * params.neighbors * (4e-6 + size.width * 2e-9)
        fit = graph + Cost(merges, memory=rows * (8.0 * size.width + 400 * params.neighbors))
    else:
        full = float(rows) ** 2
        fit = Cost(full * (8e-9 + size.width * 0.5e-9), memory=8 * full + 8.0 * rows * size.width)
    return Cost(FIT) + fit + rest + _search(params, size)


def microclusters(rows: int, width: int, count: int) -> Cost:
    """Return the cost of micro-clusters, and of Ward's tree over them."""
    trained = 9 * min(rows, 40 * count)
    products = float(trained + rows) * count * (2 * width + 60)
    return Cost(1e-7 * count**2, products, memory=20.0 * count**2 + rows * (12.0 * width + 24))


def agreement(rows: int, clusters: int) -> Cost:
    """Return the cost of the exact method on some rows, beside an approximation."""
    return _tree(compared(rows, clusters))


def _tree(rows: int) -> Cost:
    """Return the cost of Ward's tree of all pairs."""
    return Cost(1e-7 * rows**2, memory=20.0 * rows**2)


def merged(rows: int, clusters: int) -> bool:
    """Return whether so many rows are merged into micro-clusters where nothing says otherwise."""
    return rows > EXACT_ROWS and clusters <= MOST // 5


def number_for(clusters: int, rows: int) -> int:
    """Return how many micro-clusters so many clusters are found by."""
    return min(MOST, max(FEWEST, PER_CLUSTER * clusters), max(clusters, rows // 4))


def nodes(params: clusterers.SpectralParams, rows: int, clusters: int) -> int:
    """Return how many micro-clusters spectral clustering merges rows into; 0: none."""
    if params.nodes == "microclusters" or (params.nodes == "auto" and merged(rows, clusters)):
        return number_for(clusters, rows)
    return 0


def connectivity(params: clusterers.HierarchicalParams, rows: int, clusters: int) -> str:
    """Return which merges are considered: ``full``, ``knn`` or ``microclusters``.

    Raises
    ------
    InputError
        Where the distances of so many rows are more than ``max_rows_full`` allows, or micro-clusters are not
        for the linkage.
    """
    limit, linkage = params.max_rows_full, params.linkage
    if params.connectivity == "microclusters":
        if linkage != "ward":
            raise InputError(
                f'"microclusters" is of linkage "ward", not "{linkage}"',
                key="connectivity",
                remedy='use linkage = "ward", or a sample',
            )
        return "microclusters"
    # The others take minutes on a graph of 60,000 rows, because merged neighbourhoods grow.
    by_graph = linkage in BY_GRAPH
    auto = params.connectivity == "auto" and rows > limit
    if auto and linkage == "ward" and merged(rows, clusters):
        return "microclusters"
    if params.connectivity == "knn" or (auto and by_graph):
        return "knn"
    if rows > limit:
        raise InputError(
            f"{linkage} linkage of {rows:,} rows holds {rows * (rows - 1) * 4 / 1e9:.1f} GB of "
            f"distances, and max_rows_full is {limit:,}",
            key="sample",
            remedy=f'use sample = {limit}, connectivity = "knn", or raise max_rows_full',
        )
    return "full"


def less_hierarchical(params: clusterers.HierarchicalParams, size: Size) -> tuple[Alternative, ...]:
    """Return micro-clusters or the k-NN graph, then smaller and smaller samples."""
    other = {"ward": "microclusters", "single": "knn"}.get(params.linkage)
    effect = "merges along a k-NN graph alone" if other == "knn" else "merges micro-clusters"
    fewer = samples(params.sample, size)
    if other is None or params.connectivity == other or size.rows <= FEWEST:
        return fewer
    return (Alternative({"connectivity": other}, effect), *fewer)


def samples(sample: int | None, size: Size) -> tuple[Alternative, ...]:
    """Return samples of fewer rows."""
    fewer = (m for m in (20_000, 5_000, 2_000) if m < min(size.rows, sample or size.rows))
    return tuple(
        Alternative({"sample": m}, f"clusters {m:,} rows; the others are assigned to these")
        for m in fewer
    )


def spectral(params: clusterers.SpectralParams, size: Size) -> Cost:
    """Return the cost of the graph, its eigenvectors, and k-means on them.

    Raises
    ------
    InputError
        Where there are fewer rows than eigenvectors.
    """
    rows = min(size.rows, params.sample or size.rows)
    components = params.components or size.clusters
    if size.exact and components > rows and params.components:
        raise few_rows(components, rows)
    graph = neighbors(rows, size.every, size.width)
    held = 64e6 + rows * (450 + 24.0 * params.neighbors)
    count = nodes(params, rows, max(size.clusters, components))
    if not count:
        vectors = eigenvectors(rows, params.neighbors, components)
        vectors = replace(vectors, memory=vectors.memory + held)
        return graph + vectors + _on_vectors(params, size, rows, components) + _search(params, size)
    small = microclusters(rows, size.width, count)
    small = replace(small, memory=held + rows * (12.0 * size.width + 24))
    parts = [small]
    for n in (count, compared(rows, size.clusters)):
        parts += [eigenvectors(n, params.neighbors, components)]
        parts += [_on_vectors(params, size, n, components)]
    return sum(parts, graph) + _search(params, size)


def eigenvectors(rows: int, neighbors: int, components: int) -> Cost:
    """Return the cost of eigenvectors; of many at once, the steps do not depend on the rows."""
    memory = rows * 8.0 * components * (4 if components <= 50 else 6)
    if components <= 50:  # the solver needs more steps the more rows there are
        return Cost(rows**1.2 * neighbors * components * 4e-7, memory=memory)
    return Cost(rows * components * (2.2e-6 + components * 5e-9), memory=memory)


def _on_vectors(params: clusterers.SpectralParams, size: Size, rows: int, components: int) -> Cost:
    return lloyd(rows, components, size.clusters, params.restarts, ITERATIONS)


def few_rows(components: int, rows: int) -> InputError:
    """Return what to raise where more eigenvectors are asked for than there are rows."""
    return InputError(
        f"{components:,} eigenvectors of {rows:,} rows",
        key="components",
        remedy=f"use at most {rows:,}",
    )


def less_spectral(params: clusterers.SpectralParams, size: Size) -> tuple[Alternative, ...]:
    """Return micro-clusters, then samples."""
    fewer = samples(params.sample, size)
    rows = min(size.rows, params.sample or size.rows)
    if rows <= FEWEST or nodes(params, rows, params.components or size.clusters):
        return fewer
    return (Alternative({"nodes": "microclusters"}, "the graph of micro-clusters"), *fewer)


def gaussian_mixture(params: clusterers.GaussianMixtureParams, size: Size) -> Cost:
    """Return the cost of expectation-maximisation."""
    full = params.covariance in ("full", "tied")
    each = size.clusters * (size.width * (7.2 * size.width if full else 45.0) + 1100.0)

    def fitted(rows: int, steps: int) -> Cost:
        responsibilities = 24.0 * rows * (size.clusters + 2 * size.width)
        return Cost(products=steps * rows * each, memory=responsibilities)

    steps, rows = min(params.max_iter, 40) * params.restarts, size.rows
    passes = Cost()
    if mixture_in_blocks(params, rows, in_files=size.in_files):
        rows = mixture_sample(params, rows, size.width, size.clusters)
        passes = fitted(size.rows, min(params.max_iter, 20))
        passes = replace(passes, memory=3e8)
    start = lloyd(rows, size.width, size.clusters, params.restarts, ITERATIONS)
    return start + fitted(rows, steps) + passes + _search(params, size)


def mixture_in_blocks(
    params: clusterers.GaussianMixtureParams, rows: int, *, in_files: bool
) -> bool:
    """Return whether a mixture is fitted to a sample first, and then in passes over all rows."""
    return params.method == "blocks" or (
        params.method == "auto" and (in_files or rows > EXACT_ROWS)
    )


def mixture_sample(
    params: clusterers.GaussianMixtureParams, rows: int, width: int, clusters: int
) -> int:
    """Return how many rows a mixture is fitted to first: enough for each covariance."""
    each = max(64, 4 * width if params.covariance == "full" else 0)
    return min(rows, max(STARTS, each * clusters))


def less_gaussian_mixture(
    params: clusterers.GaussianMixtureParams, size: Size
) -> tuple[Alternative, ...]:
    """Return axis-parallel components, where rows are wide."""
    if params.covariance == "full" and size.width > 50:
        return (Alternative({"covariance": "diag"}, "axis-parallel components"),)
    return ()


def head(params: object, size: Size) -> Cost:
    """Return the cost of a largest value per row."""
    return Cost(size.every * size.clusters * 5e-9)


def consensus(params: clusterers.ConsensusParams, size: Size) -> Cost | None:
    """Return the cost of the fits that vote, and of their agreement."""
    if any(cost is None for cost in size.bases):
        return None
    fits = sum((cost for cost in size.bases if cost), Cost()).times(params.restarts)
    return fits + Cost(0.5 + size.every * params.restarts * 2e-7, memory=64e6)


def by_rows(params: object, size: Size) -> Cost:
    """Return the cost of looking at each row a few times."""
    return Cost(0.02 + size.every * (2e-6 + size.width * size.clusters * 2e-9))


def silhouette(params: metrics.SilhouetteParams, size: Size) -> Cost:
    """Return the cost of the distances between all rows, or those to a sample."""

    def distances(rows: int) -> float:
        if isinstance(params.rows, int):
            return float(rows) * min(rows, params.rows)
        sample = rows if rows <= 100_000 or params.rows == "all" else 20_000
        return min(float(rows) * sample, 4e9 if sample < rows else float("inf"))

    pairs = distances(size.rows) + distances(size.others)
    through = sum(rows * min(rows, 2_000) for rows in (size.rows, size.others) if rows <= 100_000)
    return Cost(
        through * (6e-9 + min(size.width, WIDE) * 1e-10),
        products=0.2e9 + pairs * (2 * size.width + 200),
        memory=32.0 * size.rows + 64e6,
    )


def less_silhouette(params: metrics.SilhouetteParams, size: Size) -> tuple[Alternative, ...]:
    """Return a sample of the rows."""
    return tuple(
        Alternative({"rows": m}, f"of a sample of {m:,} rows")
        for m in (20_000, 5_000)
        if m < size.rows and (not isinstance(params.rows, int) or m < params.rows)
    )


def moments(params: object, size: Size) -> Cost:
    """Return the cost of the means and spreads of clusters."""
    return Cost(size.every * (size.width * 4e-9 + 5e-8))


def table(params: object, size: Size) -> Cost:
    """Return the cost of counting clusters by classes."""
    return Cost(size.every * 1e-7)
