"""What a plugin tells about itself before anything heavy is imported: one spec a plugin.

The smallest complete plugin package is a module with one hook that returns specs::

    from clusterforge.hookspecs import hookimpl
    from clusterforge.params import Field, Params
    from clusterforge.specs import ClustererSpec

    class NearestParams(Params):
        radius: float = Field(1.0, gt=0, description="Rows closer than this share a cluster.")

    @hookimpl
    def clusterforge_clusterers():
        target = "my_package.nearest:Nearest"
        return [ClustererSpec("nearest", "Chains of near rows.", NearestParams, target)]

The module named by ``target`` is imported only when a recipe uses the plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from clusterforge.costs import Alternatives, Costs, no_alternatives
from clusterforge.params import Params

VERSION = 1
"""Number of the contracts: another one where a plugin that kept them may have to change."""

Part = Literal["text", "image", "features"]
"""A part of a row, by the key of the data set that names it."""

Content = Literal["text", "image", "table", "mixed", "embedding"]
"""What an encoder takes; ``mixed`` is a table that has categories, dates or gaps."""
Way = Literal["higher", "lower"]
RestsOn = Literal["table", "rows", "moments", "whole"]
Kind = Literal[
    "dataset", "encoder", "loss", "clusterer", "metric", "namer", "pairs", "augmentation"
]

Role = Literal["text", "image", "table", "vectors", "columns", "reduction", "clusters"]
"""What a plugin does in a drafted recipe: it encodes rows of a kind, reduces an embedding, or clusters."""
Value = (
    str | int | float | bool | tuple[str | int | float, ...] | Mapping[str, str | tuple[str, ...]]
)


@dataclass(frozen=True)
class Setting:
    """A key of a recipe with its value.

    Parameters
    ----------
    key, value
        As the recipe has them.
    reason
        Why, in one line: the comment next to it.
    """

    key: str
    value: Value
    reason: str = ""


@dataclass(frozen=True)
class Always:
    """The same keys for any number of rows. Specs are pickled, so a lambda can't stand in its place."""

    settings: tuple[Setting, ...] = ()

    def __call__(self, rows: int) -> tuple[Setting, ...]:
        """Return them."""
        return self.settings


@dataclass(frozen=True)
class Proposal:
    """How ``init`` writes a plugin into a recipe for data that nobody has clustered yet.

    Parameters
    ----------
    role
        What it is good for there.
    rank
        The highest rank of a role is written, the next ones are named as alternatives. Ours are 10 to 40.
    reason
        Why it, in a few words.
    settings
        Its keys, for so many rows.
    data
        Keys that the data set needs for it, for so many rows.
    fewest
        Not for fewer rows than these.
    after
        The role that has to come before it in the recipe.
    then
        The role that follows it where no reduction does.
    """

    role: Role
    rank: int
    reason: str
    settings: Callable[[int], tuple[Setting, ...]] = Always()
    data: Callable[[int], tuple[Setting, ...]] = Always()
    fewest: int = 1
    after: Role | None = None
    then: Role | None = None


@dataclass(frozen=True)
class Step:
    """A plugin with some of its keys, as one table of a recipe."""

    use: str
    settings: tuple[Setting, ...] = ()


@dataclass(frozen=True)
class Steps:
    """The same encoders for any number of rows and columns."""

    steps: tuple[Step, ...] = ()

    def __call__(self, rows: int, columns: int) -> tuple[Step, ...]:
        """Return them."""
        return self.steps


@dataclass(frozen=True)
class Baseline:
    """A way to cluster without training, which ``baselines = true`` sets next to a recipe.

    Parameters
    ----------
    title
        What tables call it.
    order
        Its place among them, the lowest first.
    clusterer
        The clusterer; the core sets its ``n_clusters``.
    encoders
        What comes before it, for so many rows and columns of features.
    content
        The content of rows that it begins with; none: with the features that the recipe begins with, the
        output of its encoders before the first that is trained.
    most
        Not for more rows than these.
    """

    title: str
    order: int
    clusterer: Step
    encoders: Callable[[int, int], tuple[Step, ...]] = Steps()
    content: frozenset[Content] = frozenset()
    most: int | None = None


@dataclass(frozen=True)
class Spec:
    """Name, summary, parameters and target of one plugin.

    Parameters
    ----------
    name
        The name that recipes use: lower case, words joined by hyphens.
    summary
        One line for ``list-plugins``.
    params
        The parameter model, a subclass of :class:`clusterforge.params.Params`.
    target
        ``"package.module:Class"``, imported when a recipe uses the plugin. The class takes the
        validated parameters as its only argument.
    source
        Where the method is published, for ``describe``.
    proposals
        What ``init`` may use it for.
    baselines
        Ways to cluster by it that studies are compared with.
    threads
        Whether the number of threads changes the last bits of what it gives. Where it does not, a result is
        reused on any number of them.
    costs
        What it costs in time and memory, by its parameters and the size of the rows: a function of a module
        that imports nothing heavy; None: unknown. Of a clusterer it is one fit of all train rows, and labels
        for the others; of a metric the score of every split; of an encoder that is trained in phases one row
        on its way to the embedding (``network``), the weights (``memory``) and the width: the core knows the
        phases. It raises ``InputError`` where so many rows can't be taken.
    alternatives
        Other values of its parameters that cost less.
    """

    name: str
    summary: str
    params: type[Params]
    target: str
    source: str = ""
    proposals: tuple[Proposal, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    threads: bool = True
    costs: Costs | None = None
    alternatives: Alternatives = no_alternatives

    kind: ClassVar[Kind]


@dataclass(frozen=True)
class DatasetSpec(Spec):
    """A data set; its target is a :class:`clusterforge.contracts.Dataset`.

    Parameters
    ----------
    opens
        What a parameter ``path`` of it may be: ``files`` of the user's, or a name on the ``hub``. Such a data
        set has a ``preview``, and is what ``init`` reads by.
    """

    opens: Literal["files", "hub"] | None = None

    kind: ClassVar[Kind] = "dataset"


@dataclass(frozen=True)
class EncoderSpec(Spec):
    """An encoder; its target is a :class:`clusterforge.contracts.Encoder` or ``TrainedEncoder``.

    Parameters
    ----------
    takes
        What it can encode. ``"embedding"`` is the output of an encoder before it in the chain;
        the others are items of the data set, seen by the first encoder of a chain.
    also_reads
        Which items it reads itself, though encoders stand before it: it learns from these what the
        embedding tells. Empty: it sees the embedding alone.
    inductive
        Whether it can encode rows it was not fitted on. One that can't serves projections only.
    stochastic
        Whether its result depends on the seed. A stage that does not is shared between seeds.
    cheap
        Whether running it again costs less than storing its output.
    exact
        Whether it reads the rows of a table without loss (``View.exact_rows``), so that float64 values far
        from 0 stay apart. One that does not is refused a table that float32 can't hold.
    joins
        Whether it takes what all branches of encoders before it give, next to one another
        (``View.widths``).
    trained
        Whether the core trains it in phases (the target is then a ``TrainedEncoder``).
    outputs
        Names of the side outputs that its network gives to losses; None where that is not known.
    gives_head
        Whether it assigns rows to clusters or classes itself, with its own phases where it is
        trained; None where only a run can tell.
    by_row
        Whether it encodes each row by itself: then the core may give it many rows in parts, and write what it
        gives of each into a file, so that neither has to fit into memory. What ``fit`` gets may be in a file,
        too (``StoredRows``): it reads that block by block.
    keeps
        What its output keeps of its input: ``distances``, or ``neighbors`` alone, so that how far apart
        two distant clusters lie means nothing.
    weights
        What the weights that it brings were trained on, where that is always the same; the report and
        ``run.json`` say it: ``ImageNet-1k: 1.28 million photographs with labels of 1,000 classes``.
    """

    takes: frozenset[Content] = frozenset({"embedding"})
    also_reads: frozenset[Content] = frozenset()
    inductive: bool = True
    stochastic: bool = False
    cheap: bool = False
    exact: bool = False
    joins: bool = False
    trained: bool = False
    outputs: frozenset[str] | None = frozenset()
    gives_head: bool | None = None
    by_row: bool = False
    keeps: Literal["distances", "neighbors"] = "distances"
    weights: str | None = None

    kind: ClassVar[Kind] = "encoder"


@dataclass(frozen=True)
class LossSpec(Spec):
    """A loss; its target is a :class:`clusterforge.contracts.training.Loss`.

    Parameters
    ----------
    batch
        What one training batch holds for it: ``items`` (single rows), ``views`` (each row several
        times), ``pairs`` (rows and partners, with 1 for same and 0 for different) or ``triplets``
        (anchor, positive, negative).
    n_views
        How many views of each row it wants, for ``batch = "views"``.
    needs_labels
        Whether it reads the true label of each row.
    needs_decoder
        Whether the encoder's network must be able to decode.
    needs_outputs
        Names of the side outputs that the encoder's network must give (``batch.outputs``).
    gives_head
        Whether it can assign rows to clusters or classes after training (``assign``).
    replayable
        Whether the call only computes on tensors of the device, the same way for all batches of one
        shape within an epoch: it reads no number from them, and tensors that it or ``before_step`` or
        ``on_step`` changes are changed in place. On a GPU a step is then recorded once in each epoch
        and replayed, without the time that Python takes. ``setup`` and ``on_epoch`` are free.
    """

    batch: Literal["items", "views", "pairs", "triplets"] = "items"
    n_views: int = 2
    needs_labels: bool = False
    needs_decoder: bool = False
    needs_outputs: frozenset[str] = frozenset()
    gives_head: bool = False
    replayable: bool = False

    kind: ClassVar[Kind] = "loss"


@dataclass(frozen=True)
class PairSourceSpec(Spec):
    """A source of pairs; its target is a :class:`clusterforge.contracts.training.PairSource`.

    Parameters
    ----------
    needs_labels
        Whether it reads the true labels.
    needs_points
        Whether it reads the vectors that come in (``scope.points()``).
    """

    needs_labels: bool = False
    needs_points: bool = False

    kind: ClassVar[Kind] = "pairs"


@dataclass(frozen=True)
class AugmentationSpec(Spec):
    """Random views; its target is a :class:`clusterforge.contracts.training.Augmentation`.

    Parameters
    ----------
    replayable
        Whether the call only computes on tensors of the device and draws there, as a loss may
        (:attr:`LossSpec.replayable`).
    """

    replayable: bool = False

    kind: ClassVar[Kind] = "augmentation"


@dataclass(frozen=True)
class Dial:
    """A parameter that advice and warnings name, for more or fewer clusters or for less noise.

    Parameters
    ----------
    key
        The parameter: a number, or one that is chosen in the data and reported as a ``Choice``.
    more
        Which values give more clusters; None where it is not the one to change for that.
    covers
        Which values call fewer rows noise; None where it is not the one to change for that.
    step
        The factor that makes a difference, above 1.
    most
        The highest value with which these rows can have clusters; None where any may.
    auto
        Whether ``"auto"`` chooses a value by the rows: named where every row is noise.
    """

    key: str
    more: Way | None = None
    covers: Way | None = None
    step: float = 2.0
    most: float | None = None
    auto: bool = False


Dials = Callable[[Any, int], tuple[Dial, ...]]
"""The parameters to change, by those that are set and the number of rows; the first that can be is named."""


def no_dials(params: object, rows: int) -> tuple[Dial, ...]:
    """Return none."""
    return ()


@dataclass(frozen=True)
class ClustererSpec(Spec):
    """A clusterer; its target is a :class:`clusterforge.contracts.Clusterer`.

    Parameters
    ----------
    predicts
        How it labels rows it has not seen: ``exact`` (the rule of its own fit), ``approximate``
        (a stated stand-in) or ``none``.
    rule
        That rule in one line.
    complexity
        Time and memory in one line, with ``n`` rows, ``d`` dimensions, ``k`` clusters.
    stochastic
        Whether its result depends on the seed.
    needs_head
        Whether it reads the encoder's own soft assignment instead of the embedding.
    reads_rows
        Whether it reads the rows themselves besides the embedding: their ids and items (``points.rows``), of
        new rows the items alone (``points.items``).
    in_blocks
        Whether it goes over rows that stay in files (``StoredRows``) block by block; others are counted on to
        take all of them into memory.
    by_hand
        Whether its answer is that of another clustering with a person's edits: the report shows it first.
    dials
        The parameters that advice and warnings name. For more or fewer clusters it is ``n_clusters`` where
        that is set.
    """

    predicts: Literal["exact", "approximate", "none"] = "none"
    rule: str = ""
    complexity: str = ""
    stochastic: bool = False
    needs_head: bool = False
    reads_rows: bool = False
    in_blocks: bool = False
    by_hand: bool = False
    dials: Dials = no_dials

    kind: ClassVar[Kind] = "clusterer"


@dataclass(frozen=True)
class MetricSpec(Spec):
    """A metric; its target is a :class:`clusterforge.contracts.Metric`.

    Parameters
    ----------
    direction
        Which way is better: ``higher``, ``lower`` or ``none``.
    low, high
        The range of values; ``None`` where there is no bound.
    needs_labels
        Whether it compares with true labels.
    needs_classes
        Whether it applies only where a cluster's number is a class (a supervised head).
    noise
        ``treated``: the core calls it once for each treatment of noise (rows left out, one
        cluster, singletons), so it never sees -1. ``raw``: it is called once and sees -1.
        ``own``: it is called once, sees -1 and returns a score for each treatment.
    rests_on
        What the score is a function of, which decides how the core resamples it for intervals and
        paired tests. ``table``: the table of clusters by classes (a ``TableMetric``). ``rows``: the
        mean over rows of ``Score.values``. ``moments``: sizes, centroids and spreads of the
        clusters (a ``MomentMetric``). ``whole``: anything else; such a score has no interval.
    title
        What tables and charts call it; the name where empty.
    order
        Its place among scores, the lowest first.
    headline
        Whether the verdict on a run may name it. The verdict takes the lowest ``order`` among
        headline metrics that need labels, or else among those that do not.
    grows_with_clusters
        Whether more clusters alone improve it, so that clusterings of different numbers of
        clusters can't be compared by it.
    gives_silhouettes
        Whether its values of rows are their silhouettes, which the core then need not compute again
        for what it says of each cluster.
    """

    direction: Literal["higher", "lower", "none"] = "higher"
    low: float | None = None
    high: float | None = None
    needs_labels: bool = False
    needs_classes: bool = False
    noise: Literal["treated", "raw", "own"] = "treated"
    rests_on: RestsOn = "whole"
    title: str = ""
    order: int = 100
    headline: bool = True
    grows_with_clusters: bool = False
    gives_silhouettes: bool = False

    kind: ClassVar[Kind] = "metric"


@dataclass(frozen=True)
class NamerSpec(Spec):
    """A namer; its target is a :class:`clusterforge.contracts.Namer`.

    Parameters
    ----------
    stochastic
        Whether its names depend on the seed.
    sends_rows_to
        The parameter with the URL that content of rows is sent to, which ``check``, the run and its
        report show; empty: nothing leaves the process.
    default
        Whether it names the clusters where a recipe says nothing of it, and those that another namer
        leaves out; only of clusterforge's own.
    """

    stochastic: bool = False
    sends_rows_to: str = ""
    default: bool = False

    kind: ClassVar[Kind] = "namer"


SPEC_TYPES: dict[Kind, type[Spec]] = {
    spec.kind: spec
    for spec in (DatasetSpec, EncoderSpec, LossSpec, ClustererSpec, MetricSpec, NamerSpec)
}
"""The kinds that have a page and a template of their own."""

PART_TYPES: dict[Kind, type[Spec]] = {
    spec.kind: spec for spec in (PairSourceSpec, AugmentationSpec)
}
"""What phases of training name besides losses."""

ALL_TYPES = {**SPEC_TYPES, **PART_TYPES}


def noun(kind: str) -> str:
    """Return what a message calls one plugin of a kind."""
    return "source of pairs" if kind == "pairs" else kind
