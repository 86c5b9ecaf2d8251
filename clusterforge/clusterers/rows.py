"""What several clusterers ask of rows: how many clusters, which are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np

from clusterforge.contracts import Choice, Context, Curve, FloatArray, IntArray, Mark
from clusterforge.errors import InputError
from clusterforge.numerics.choose import Search, search_k
from clusterforge.params import NClusters

REFERENCE_ROWS = 20_000
Y_LABELS = {
    "silhouette": "mean silhouette",
    "elbow": "inertia",
    "gap": "gap, ± its standard error",
}


class HowMany(Protocol):
    """The parameters of a clusterer that is told how many clusters to find."""

    @property
    def n_clusters(self) -> NClusters:
        """A number, or how to come by it."""

    @property
    def choose_by(self) -> str:
        """The rule that ``"auto"`` follows."""

    @property
    def k_max(self) -> int:
        """The largest number that ``"auto"`` tries."""


@dataclass(frozen=True)
class Chosen:
    """A number of clusters, given or searched for.

    Parameters
    ----------
    given
        The number given; of no account where there was a search.
    search
        What the rules found.
    by
        The rule that is followed.
    k_max
        The largest number looked at.
    more
        The suggestions of rules that are not in the search.
    """

    given: int
    search: Search | None = None
    by: str = ""
    k_max: int = 0
    more: Mapping[str, int] = field(default_factory=dict)

    @property
    def suggested(self) -> dict[str, int]:
        """The number that each rule suggests; empty without a search."""
        return {**self.search.suggested, **self.more} if self.search else {}

    @property
    def k(self) -> int:
        """The number of clusters."""
        return self.suggested.get(self.by, 1) if self.search else self.given

    @property
    def choices(self) -> tuple[Choice, ...]:
        """How the number was found, with a curve for each rule of the search; empty where given."""
        if self.search is None:
            return ()
        search = self.search
        return (
            Choice(
                "n_clusters",
                self.k,
                self.by,
                self.suggested,
                search.k,
                (
                    self._curve(
                        "silhouette", "Mean silhouette", search.silhouette, better="higher"
                    ),
                    self._curve("elbow", "Elbow of the inertia", search.inertia, log=True),
                    self._curve("gap", "Gap statistic", search.gap, search.gap_error, "higher"),
                ),
            ),
        )

    def _curve(
        self,
        rule: str,
        title: str,
        y: Sequence[float | None],
        error: Sequence[float | None] = (),
        better: Literal["higher", "lower"] = "lower",
        log: bool = False,
    ) -> Curve:
        assert self.search is not None
        k = self.suggested[rule]
        marks = [Mark(k, f"{rule} suggests {k}")]
        if k != self.k:
            marks.append(Mark(self.k, f"{self.k} taken"))
        return Curve(
            name=rule,
            title=title,
            x_label="clusters",
            y_label=Y_LABELS[rule],
            x=self.search.k,
            y=tuple(y),
            error=tuple(error),
            better=better,
            log=log,
            rows=self.search.gap_rows if rule == "gap" else self.search.rows,
            marks=tuple(marks),
        )

    @property
    def warnings(self) -> list[str]:
        """What the reader should know of the number: that it is a bound, that rules disagree."""
        if self.search is None:
            return []
        texts = []
        if self.k == self.k_max:
            texts.append(
                f"{self.by} suggests {self.k} clusters, the most that were tried: raise k_max, or "
                "give n_clusters"
            )
        low, high = min(self.suggested.values()), max(self.suggested.values())
        if high >= 2 * low and high - low >= 3:
            each = ", ".join(f"{k} by {rule}" for rule, k in self.suggested.items())
            texts.append(
                f"the rules disagree on the number of clusters: {each}; {self.k} was taken"
            )
        return texts


def how_many(params: HowMany, rows: FloatArray, context: Context) -> Chosen:
    """Return the number of clusters for rows float32 (n, d), and how it was chosen.

    Raises
    ------
    InputError
        Where there are more clusters than rows.
    """
    wanted = params.n_clusters
    if wanted == "auto":
        with k_means_of(rows):
            search = search_k(rows, seed=context.seed, k_max=params.k_max, device=context.device)
        return Chosen(1, search, params.choose_by, params.k_max)
    if wanted == "classes":
        raise InputError("'classes' has to be replaced by a number first", key="n_clusters")
    if wanted > len(rows):
        raise too_many(wanted, len(rows), "rows")
    return Chosen(wanted)


def too_many(k: int, limit: int, of: str) -> InputError:
    """Return the error of more clusters than there are ``of``."""
    return InputError(
        f"{k:,} clusters of {limit:,} {of}", key="n_clusters", remedy=f"use at most {limit:,}"
    )


@contextmanager
def k_means_of(rows: FloatArray, k: int = 1) -> Iterator[None]:
    """Make what the k-means kernel refuses the user's error, where rows are float32 (n, d).

    Raises
    ------
    InputError
        Where the kernel raises ValueError; with ``key`` where there are more clusters than distinct
        rows.
    """
    try:
        yield
    except ValueError as error:
        distinct = len(np.unique(rows, axis=0))
        if distinct < k:
            raise too_many(k, distinct, "distinct rows") from error
        raise InputError(str(error), remedy="scale the embedding") from error


def numbered(labels: IntArray) -> IntArray:
    """Return labels int64 (n,) numbered by the first member of each cluster."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def drawn(n: int, sample: int | None, seed: int) -> IntArray:
    """Return sorted numbers of ``sample`` of ``n`` rows, drawn at random; all where it is None."""
    if sample is None or sample >= n:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, sample, replace=False)).astype(np.int64)


def reference(labels: IntArray, seed: int, limit: int = REFERENCE_ROWS) -> IntArray:
    """Return sorted row numbers that stand for a clustering int64 (n,): all, or a bounded sample.

    Each cluster keeps its first member.
    """
    if len(labels) <= limit:
        return np.arange(len(labels))
    first = np.unique(labels, return_index=True)[1]
    return np.union1d(first, drawn(len(labels), max(limit - len(first), 0), seed))
