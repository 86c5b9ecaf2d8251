"""How many clusters to find: the number given, or one that the rows suggest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from clusterforge.builtin import clusterers as own
from clusterforge.contracts import Choice, Context, Curve, FloatArray, Mark
from clusterforge.errors import InputError
from clusterforge.formats import count
from clusterforge.numerics.arrays import DoubleArray
from clusterforge.numerics.choosing import Rule, RuleCurve, Search, search_k
from clusterforge.numerics.kmeans import distinct_rows

Counted = (
    own.KmeansParams
    | own.KPrototypesParams
    | own.HierarchicalParams
    | own.SpectralParams
    | own.GaussianMixtureParams
)
DRAWN: tuple[Rule, ...] = ("silhouette", "elbow")


@dataclass(frozen=True)
class Axis:
    """How a rule's curve is drawn.

    Parameters
    ----------
    title
        What it shows.
    y_label
        Title of the vertical axis.
    better
        Which way is better.
    log
        Whether that axis is logarithmic.
    """

    title: str
    y_label: str
    better: Literal["higher", "lower"] = "higher"
    log: bool = False


AXES: dict[str, Axis] = {
    "held-out": Axis("Silhouette of held-out rows", "mean silhouette, ± its standard error"),
    "silhouette": Axis("Mean silhouette", "mean silhouette"),
    "elbow": Axis("Elbow of the inertia", "inertia", "lower", log=True),
    "gap": Axis("Gap statistic", "gap, ± its standard error"),
    "stability": Axis("Agreement of fits on halves of the rows", "adjusted Rand index"),
    "prediction-strength": Axis("Prediction strength", "least share of pairs predicted together"),
    "eigengap": Axis("Gap after the k-th eigenvalue of the neighbour graph", "gap"),
    "bic": Axis("Bayesian information criterion", "criterion per row"),
}


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
        The largest number looked at by that rule, where rows would allow for more; else 0.
    more
        The suggestions of rules that are not in the search.
    bounded
        Whether that largest number was given; else it is what so many rows allow.
    """

    given: int
    search: Search | None = None
    by: str = ""
    k_max: int = 0
    more: Mapping[str, int] = field(default_factory=dict)
    bounded: bool = False

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
        curves = tuple(self._curve(curve) for curve in self.search.curves if curve.k)
        tried = self.search.curves[0].k
        return (Choice("n_clusters", self.k, self.by, self.suggested, tried, curves),)

    def _curve(self, found: RuleCurve) -> Curve:
        axis = AXES[found.rule]
        marks = [Mark(found.suggested, f"{found.rule} suggests {found.suggested}")]
        if found.suggested != self.k and self.k <= found.k[-1]:
            marks.append(Mark(self.k, f"{self.k} taken"))
        return Curve(
            name=found.rule,
            title=axis.title,
            x_label="clusters",
            y_label=axis.y_label,
            x=found.k,
            y=found.values,
            error=found.error,
            better=axis.better,
            log=axis.log,
            rows=found.rows,
            marks=tuple(marks),
        )

    @property
    def warnings(self) -> list[str]:
        """What the reader should know of the number: that it is a bound, that rules disagree."""
        if self.search is None:
            return []
        texts = []
        if self.k == self.k_max > 1:
            texts.append(
                f"{self.by} suggests {self.k} clusters, the most that were tried: raise k_max, or "
                "give n_clusters"
                if self.bounded
                else f"{self.by} suggests {self.k} clusters, as many as were tried of so few rows: for "
                "fewer and broader ones give n_clusters, or merge the nearest by edit --reduce"
            )
        low, high = min(self.suggested.values()), max(self.suggested.values())
        if high >= 2 * low and high - low >= 3:
            each = ", ".join(f"{k} by {rule}" for rule, k in self.suggested.items())
            texts.append(f"the rules disagree on the number of clusters: {each}; {self.k} was used")
        return texts


def how_many(params: Counted, rows: FloatArray, context: Context) -> Chosen:
    """Return the number of clusters for rows float32 (n, d), and how it was chosen.

    Raises
    ------
    InputError
        Where there are more clusters than rows.
    """
    wanted = params.n_clusters
    if wanted == "auto":
        by: Rule = DRAWN[0] if params.choose_by == "heights" else params.choose_by
        with k_means_of(rows):
            search = search_k(
                rows,
                by,
                seed=context.seed,
                k_max=params.k_max,
                others=() if context.labels_only else DRAWN,  # those only explain
                device=context.device,
            )
        most = search.curves[0].k[-1] if search.curves[0].k else 0
        bound = most if distinct_rows(rows, most + 1) > most else 0
        return Chosen(1, search, params.choose_by, bound, bounded=params.k_max is not None)
    if wanted == "classes":
        raise InputError("'classes' has to be replaced by a number first", key="n_clusters")
    if wanted > len(rows):
        raise too_many(wanted, len(rows), "row")
    return Chosen(wanted)


def check_distinct(rows: FloatArray | DoubleArray, k: int) -> None:
    """Check that k clusters of rows, float (n, d), need not part equal ones.

    Raises
    ------
    InputError
        Where they do.
    """
    if (most := distinct_rows(rows, k)) < k:
        raise too_many(k, most, "distinct row")


def too_many(k: int, limit: int, of: str) -> InputError:
    """Return the error of more clusters than there are things, named by ``of`` in the singular."""
    return InputError(
        f"{k:,} clusters of {count(limit, of)}", key="n_clusters", remedy=f"use at most {limit:,}"
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
        if (distinct := distinct_rows(rows, k)) < k:
            raise too_many(k, distinct, "distinct row") from error
        raise InputError(str(error), remedy="scale the embedding") from error
