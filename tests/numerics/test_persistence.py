import numpy as np
import pytest

from clusterforge.numerics import radius as module
from clusterforge.numerics.neighbors import knn
from clusterforge.numerics.radius import STEPS, longest_range


def graph(rows, k=9):
    neighbors, distances = knn(rows.astype(np.float32), k)
    return neighbors, distances[:, -1]


def naive(neighbors, core):
    """The same by flooding the graph at every radius."""
    n, k = neighbors.shape
    radii = np.geomspace(np.median(core), core.max(), STEPS)
    counts, worth = [], []
    for radius in radii:
        group = [-1] * n
        edges = {i: set() for i in range(n)}
        for i in range(n):
            for j in neighbors[i]:
                if max(core[i], core[j]) <= radius:
                    edges[i].add(int(j))
                    edges[int(j)].add(i)
        for start in range(n):
            if group[start] < 0 and core[start] <= radius:
                todo = [start]
                while todo:
                    i = todo.pop()
                    if group[i] < 0:
                        group[i] = start
                        todo += edges[i]
        sizes = [group.count(i) for i in set(group) - {-1}]
        large = np.array([size for size in sizes if size >= max(0.02 * n, k + 1)])
        shares = large / max(large.sum(), 1)
        counts.append(len(large))
        worth.append(-(shares * np.log(shares)).sum() * large.sum() / n if len(large) > 1 else 0)
    best, start = (0.0, 0, 0), 0
    for i in range(1, STEPS + 1):
        if i == STEPS or counts[i] != counts[start]:
            weight = sum(worth[start:i]) * np.log(radii[1] / radii[0])
            best = max(best, (weight, radii[start], radii[i - 1]))
            start = i
    return best


@pytest.mark.parametrize("seed", range(6))
def test_as_by_flooding(seed):
    rng = np.random.default_rng(seed)
    centres = rng.uniform(-6, 6, size=(4, 2))
    neighbors, core = graph(centres[np.arange(150) % 4] + 0.6 * rng.normal(size=(150, 2)))
    weight, low, high = naive(neighbors, core)
    found = longest_range(neighbors, core)
    if weight < 0.1:
        assert found is None
    else:
        assert (found.weight, found.low, found.high) == pytest.approx((weight, low, high))


@pytest.mark.parametrize("seed", range(5))
def test_rows_without_clusters_have_no_range(seed):
    rng = np.random.default_rng(seed)
    assert longest_range(*graph(rng.random((600, 2)))) is None
    assert longest_range(*graph(rng.normal(size=(600, 4)))) is None
    assert longest_range(*graph(np.ones((40, 2)))) is None


def test_planted_groups_last():
    rng = np.random.default_rng(0)
    rows = 9 * np.eye(5)[np.arange(400) % 5] + rng.normal(size=(400, 5))
    found = longest_range(*graph(rows))
    assert found.clusters == 5
    assert found.low < found.high


@pytest.mark.parametrize("seed", range(4))
def test_components_grow_from_radius_to_radius_as_if_found_anew(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, edges = 120, 400
    a, b = rng.integers(0, n, (2, edges))
    step = rng.integers(0, STEPS + 1, edges)
    for i, found in enumerate(module._joined(a, b, step, n)):
        graph = np.eye(n, dtype=bool)
        graph[a[step <= i], b[step <= i]] = graph[b[step <= i], a[step <= i]] = True
        while not np.array_equal(wider := graph @ graph, graph):
            graph = wider
        assert np.array_equal(found[:, None] == found, graph)
    assert i == STEPS - 1
