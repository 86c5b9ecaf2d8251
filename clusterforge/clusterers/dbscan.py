"""DBSCAN by blocks: no neighbourhood is ever held."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from clusterforge.builtin.clusterers import DbscanParams
from clusterforge.clusterers.anchored import Anchored, numbered
from clusterforge.contracts import Context, Points, State, checked_rows
from clusterforge.contracts.details import Choice, Curve, Details, Mark
from clusterforge.errors import InputError
from clusterforge.numerics.arrays import FloatArray, IntArray, evenly
from clusterforge.numerics.near import EXACT_ROWS, near, recalled
from clusterforge.numerics.neighbors import knee, knn
from clusterforge.numerics.radius import RadiusSearch, Range, block_pairs, blocks, longest_range

CURVE_ROWS = 2000
CURVE_POINTS = 500
RANGE_ROWS = 5000
GRAPH = 32  # nearest rows, at least, by which clusters are joined where rows are many
ONE = 0.95
ROUNDING = 1e-5


class Dbscan(Anchored[DbscanParams]):
    """Core points within eps of each other share a cluster; rows near none are noise.

    Labels are those of scikit-learn's DBSCAN: clusters are numbered by their first core point, and
    a border row within eps of several clusters takes the first of them.

    Cosine distance is 1 - cos, on rows scaled to length one in float32. A row of zeros is at
    distance 1 from all rows but other rows of zeros.

    ``eps = "auto"`` is the knee of the k-distance graph, as long as it lies where clusters last over
    the longest range of radii (of at most 5,000 rows, evenly spaced); else the nearest end of that
    range: a knee beyond it merges what is apart, one before it leaves fragments.

    Of more than 50,000 rows on a processor, only the nearest rows of each are looked at: min_samples
    of them, or 32, found by an index whose recall is in the details.

    References
    ----------
    Ester, Kriegel, Sander & Xu 1996, KDD-96. Schubert et al. 2017, doi:10.1145/3068335.
    Sander, Ester, Kriegel & Xu 1998, doi:10.1023/A:1009745219419 (min_samples of twice the
    dimensions). Campello, Moulavi & Sander 2013, doi:10.1007/978-3-642-37456-2_14.
    """

    eps: float

    def fit(self, points: Points, context: Context) -> IntArray:
        """Cluster the rows: int64 (n,), -1 for noise."""
        rows = self._measured(checked_rows(points.embedding))
        wanted = self.params.min_samples
        columns = points.embedding.shape[1]
        min_samples = min(max(2 * columns, 10), 20) if wanted == "auto" else wanted
        curve = self._curve(rows, min_samples, context.device)
        lasting, moved = None, 1.0
        if self.params.eps == "auto":
            lasting, moved = self._lasting(rows, min_samples, context.device)
            self.eps = chosen(curve) * moved
        else:
            self.eps = float(self.params.eps)
        recall = None
        if len(rows) > EXACT_ROWS and context.device == "cpu":
            context.progress(0.0, 1.0, "neighbourhoods")
            labels, core, recall = by_graph(rows, self._radius(), min_samples)
        else:
            labels, core = self._by_blocks(rows, min_samples, context)
        self.anchors, self.labels = points.embedding[core], labels[core]
        values: dict[str, int | float] = {"min_samples": min_samples, "core_points": len(core)}
        values |= recalled(recall)
        if lasting is not None:
            values |= {
                "clusters_that_last": lasting.clusters,
                "they_last_from_eps": lasting.low,
                "they_last_to_eps": lasting.high,
            }
        graph = self._graph(curve)
        if self.params.eps == "auto":
            suggested = {"knee": chosen(curve), **({"lasting": self.eps} if moved != 1 else {})}
            choice = Choice("eps", self.eps, list(suggested)[-1], suggested, curves=(graph,))
            self._details = Details(values, (choice,))
        else:
            self._details = Details({"eps": self.eps, **values}, curves=(graph,))
        self._warnings = self._concerns(labels, lasting)
        return labels

    def _by_blocks(
        self, rows: FloatArray, min_samples: int, context: Context
    ) -> tuple[IntArray, IntArray]:
        """Return the labels int64 (n,) and the core points int64 (c,), exactly."""
        search = RadiusSearch(rows, self._radius(), context.device)

        def tell(start: float, stop: float, text: str) -> Callable[[float], None]:
            return lambda share: context.progress(start + share * (stop - start), 1.0, text)

        counts = search.counts(tell(0.0, 0.45, "neighbourhoods"))
        core = np.flatnonzero(counts >= min_samples)
        labels = np.full(len(rows), -1, dtype=np.int64)
        labels[core] = components(search, core, tell(0.45, 0.9, "clusters"))
        border = np.flatnonzero(counts < min_samples)
        labels[border] = first_cluster(search, border, core, labels, tell(0.9, 1.0, "borders"))
        return labels, core

    def _concerns(self, labels: IntArray, lasting: Range | None) -> list[str]:
        sizes = np.bincount(labels[labels >= 0])
        if self.params.eps != "auto" or not len(sizes) or sizes.max() < ONE * sizes.sum():
            return []
        if lasting is not None:
            return ["nearly all rows are in one cluster: try a smaller eps"]
        return [
            "nearly all rows are in one cluster: no radius splits them into dense groups that last, "
            "so density does not tell clusters apart here"
        ]

    def _lasting(
        self, rows: FloatArray, min_samples: int, device: str
    ) -> tuple[Range | None, float]:
        """Return the radii over which clusters last longest, and by what to move the knee there."""
        picked = evenly(len(rows), RANGE_ROWS)
        if min_samples < 2 or len(picked) <= 2 * min_samples:
            return None, 1.0
        neighbors, distances = knn(rows[picked], min_samples - 1, device=device)
        core = self._distances(distances[:, -1])
        lasting = longest_range(neighbors, core)
        knee_at = chosen(np.sort(core))
        # A sample is sparser than the whole, so it tells by how much, not where to.
        return lasting, 1.0 if lasting is None else min(
            max(knee_at, lasting.low), lasting.high
        ) / knee_at

    def _distances(self, euclidean: FloatArray) -> FloatArray:
        """Return Euclidean distances of measured rows in the metric, float32 (m,), finite."""
        if self.params.metric == "cosine":
            euclidean = euclidean * euclidean / np.float32(2)
        if not np.isfinite(euclidean).all():
            raise InputError("the distances between rows overflow", remedy="scale the embedding")
        return euclidean

    def predict(self, points: Points, context: Context) -> IntArray:
        """Give each row the label of the nearest core point within eps, else -1: int64 (n,)."""
        embedding = checked_rows(points.embedding, self.anchors.shape[1])
        labels = np.full(len(embedding), -1, dtype=np.int64)
        if not len(embedding) or not len(self.anchors):
            return labels
        rows, cores = self._measured(embedding), self._measured(self.anchors)
        nearest = near(cores, 1, queries=rows, device=context.device).indices[:, 0]
        gap = rows.astype(np.float64) - cores[nearest]
        within = np.einsum("ij,ij->i", gap, gap) <= self._radius() ** 2
        labels[within] = self.labels[nearest[within]]
        return labels

    def state(self) -> State:
        """Return core points as anchors, their labels, and eps."""
        return super().state() | State(meta={"eps": self.eps})

    def restore(self, state: State) -> None:
        """Take up core points, labels and eps."""
        super().restore(state)
        self.eps = state.meta["eps"]

    def _measured(self, embedding: FloatArray) -> FloatArray:
        """Return rows whose Euclidean distance tells the metric's: float32 (n, d or d + 1)."""
        if self.params.metric == "euclidean":
            return embedding
        rows = embedding.astype(np.float64)
        largest = np.abs(rows).max(axis=1, keepdims=True)
        zero = largest == 0
        rows /= np.where(zero, 1, largest)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True) + zero
        return np.hstack([rows, zero]).astype(np.float32)

    def _radius(self) -> float:
        # |u - v|² = 2 (1 - cos) for rows of length one
        cosine = self.params.metric == "cosine"
        return float(np.sqrt(2 * self.eps)) if cosine else self.eps

    def _curve(self, rows: FloatArray, min_samples: int, device: str) -> FloatArray:
        """Return the sorted distances of rows to their min_samples-th nearest, itself the first.

        Of evenly spaced rows where there are more than ``CURVE_ROWS``.
        """
        n = len(rows)
        positions = evenly(n, CURVE_ROWS)
        k = min(min_samples, n)
        with np.errstate(over="ignore"):
            distances = knn(rows, k, queries=rows[positions], device=device)[1][:, -1]
        return np.sort(self._distances(distances))

    def _graph(self, curve: FloatArray) -> Curve:
        """Return the k-distance graph of at most ``CURVE_POINTS`` points, eps and knee marked."""
        places = evenly(len(curve), CURVE_POINTS)
        at = float(curve[knee(curve)])
        marks = [Mark(self.eps, f"eps {self.eps:.4g}", "y")]
        if not math.isclose(at, self.eps, rel_tol=0.01):
            marks.append(Mark(at, f"knee {at:.4g}", "y"))
        return Curve(
            name="k-distance",
            title="Distance to the k-th neighbour",
            x_label="rows, in order",
            y_label="distance to the k-th neighbour",
            x=tuple(float(place + 1) for place in places),
            y=tuple(map(float, curve[places])),
            rows=len(curve),
            marks=tuple(marks),
        )


def chosen(curve: FloatArray) -> float:
    """Return eps at the knee of an increasing k-distance curve float32 (m,), above zero.

    Where the knee is at 0 because rows repeat, the smallest distance above 0; where all are 0, any
    radius does and it is 1.
    """
    at = curve[knee(curve)]
    if at == 0:
        positive = curve[curve > 0]
        at = positive[0] if len(positive) else np.float32(1)
    # Distances that differ by rounding only are on the same side of it.
    return float(at) * (1 + ROUNDING)


def by_graph(
    rows: FloatArray, radius: float, min_samples: int, *, exact_rows: int = EXACT_ROWS
) -> tuple[IntArray, IntArray, float | None]:
    """Return labels int64 (n,), core points int64 (c,) and recall, by the nearest rows of each row alone.

    Core points are those of the definition, as far as the neighbours are right. Two of them share a
    cluster if a chain of near ones joins them in which one is among the other's nearest. A border
    row has the label of its nearest core point.

    Parameters
    ----------
    rows
        float32 (n, d).
    radius, min_samples
        Euclidean distance; how many rows within it make a core point, itself included.
    exact_rows
        As of :func:`clusterforge.numerics.near.near`.
    """
    n = len(rows)
    found = near(rows, min(n - 1, max(min_samples - 1, GRAPH)), exact_rows=exact_rows)
    close = found.distances <= radius
    is_core = close.sum(axis=1) >= min_samples - 1
    joined = close & is_core[:, None] & is_core[found.indices]
    here, column = np.nonzero(joined)
    edges = (here, found.indices[here, column])
    graph = coo_array((np.ones(len(here), dtype=np.int8), edges), shape=(n, n))
    member = connected_components(graph, directed=False)[1].astype(np.int64)
    core = np.flatnonzero(is_core)
    labels = np.full(n, -1, dtype=np.int64)
    labels[core] = numbered(member[core])
    beside = close & is_core[found.indices]
    border = np.flatnonzero(~is_core & beside.any(axis=1))
    labels[border] = labels[found.indices[border, beside[border].argmax(axis=1)]]
    return labels, core, found.recall


def components(search: RadiusSearch, core: IntArray, progress: Callable[[float], None]) -> IntArray:
    """Return the connected component of each core point, numbered by first member: int64 (c,).

    A block adds one edge at most for each of its rows at a time, so edges never pile up.
    """
    component: npt.NDArray[np.integer[Any]] = np.arange(len(core))
    for share, a, b in block_pairs(np.arange(len(core))):
        progress(share)
        # A whole block of one component and another of the same have nothing to add.
        if (component[a] == component[a[0]]).all() and (component[b] == component[a[0]]).all():
            continue
        near = search.near(core[a], core[b])
        while True:
            near &= component[a][:, None] != component[b][None, :]
            first = near.argmax(axis=1)
            joins = near[np.arange(len(a)), first]
            if not joins.any():
                break
            edges = (component[a[joins]], component[b[first[joins]]])
            shape = (len(core), len(core))
            graph = coo_array((np.ones(len(edges[0]), dtype=np.int8), edges), shape=shape)
            component = connected_components(graph, directed=False)[1][component]
    return numbered(component.astype(np.int64))


def first_cluster(
    search: RadiusSearch,
    border: IntArray,
    core: IntArray,
    labels: IntArray,
    progress: Callable[[float], None],
) -> IntArray:
    """Return the lowest label among the core points near each border row, else -1: int64 (b,)."""
    lowest = np.full(len(border), -1, dtype=np.int64)
    ordered = core[np.argsort(labels[core], kind="stable")]
    for part in blocks(np.arange(len(border))):
        progress(part[0] / len(border))
        for cores in blocks(ordered):
            near = search.near(border[part], cores)
            first = near.argmax(axis=1)
            hit = near[np.arange(len(part)), first]
            lowest[part[hit]] = labels[cores[first[hit]]]
            part = part[~hit]
            if not len(part):
                break
    return lowest
