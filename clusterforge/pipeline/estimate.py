"""What a recipe will cost, stage by stage, before anything of it is computed."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from clusterforge.contracts import (
    Corpus,
    ItemKind,
    Peek,
    StoredRows,
    Table,
    columns_of,
    embedding_of,
)
from clusterforge.costs import Cost, Costs, Size
from clusterforge.errors import InputError
from clusterforge.formats import duration, size_of
from clusterforge.models.build import encoder_spec
from clusterforge.models.classes import with_classes
from clusterforge.models.guard import calling
from clusterforge.numerics.arrays import evenly
from clusterforge.params import CountsClusters, Params
from clusterforge.phases import TrainedParams
from clusterforge.pipeline import stage_costs
from clusterforge.pipeline.machine import Speed
from clusterforge.pipeline.score import metrics_of
from clusterforge.pipeline.training_cost import training, training_below
from clusterforge.recipe import Entry, Recipe, bases
from clusterforge.recipe.model import Link, stored_links
from clusterforge.registry import Registry
from clusterforge.specs import ClustererSpec, MetricSpec

CHOSEN = 20  # clusters, at most, where a clusterer chooses their number
GUESS = 10  # clusters, where nothing says how many
FIRST = 256  # texts whose length is measured
FLOAT = 4  # bytes
KEPT = 0.97  # share of a stage's memory that the process still has in the next one


@dataclass(frozen=True)
class DataSize:
    """How large the data are.

    Parameters
    ----------
    rows, others
        Train rows, and those of all other splits.
    content
        What a row holds.
    shape, characters
        As in ``Peek``; None: unknown.
    classes
        Number of classes; None where there are no labels.
    in_files
        Whether the rows stay in files, of which blocks are read.
    exact
        Whether rows and columns were counted.
    """

    rows: int
    others: int
    content: ItemKind
    shape: tuple[int, ...] | None
    characters: float | None
    classes: int | None = None
    in_files: bool = False
    exact: bool = True

    @classmethod
    def peeked(cls, peek: Peek) -> DataSize | None:
        """Return the size that a look at the data tells; None where it does not."""
        counts = {**peek.about, **{name: n for name, n in peek.rows.items() if n is not None}}
        rows = counts.pop("train", None)
        if rows is None or peek.content is None:
            return None
        others = sum(n for n in counts.values() if n is not None)
        shape, characters = peek.shape, peek.characters
        # A category may become several columns, of which the first rows tell some.
        plain = all(column.kind in ("number", "ordinal") for column in peek.features)
        exact = peek.rows.get("train") is not None and (peek.content != "table" or plain)
        classes, in_files = peek.n_classes, peek.in_files
        size = cls(rows, others, peek.content, shape, characters, classes, in_files, exact)
        return size if size.known else None

    @classmethod
    def of(cls, corpus: Corpus, classes: int | None) -> DataSize:
        """Return the size of data that are loaded."""
        items, rows = corpus.train.items, len(corpus.train)
        every = sum(len(split) for split in corpus.splits.values())
        embedding, characters = embedding_of(items), None
        if corpus.content == "text":
            some = items.take(evenly(rows, FIRST))
            characters = float(np.mean([len(text) for text in some]))
        shape = items.shape if embedding is None else embedding.shape[1:]
        plain = all(column.kind in ("number", "ordinal") for column in columns_of(items) or ())
        stored = isinstance(items, Table) and isinstance(items.values, StoredRows)
        others = every - rows
        return cls(rows, others, corpus.content, shape, characters, classes, stored, plain)

    @property
    def known(self) -> bool:
        """Whether the size of a row is known."""
        return bool(self.shape) or self.characters is not None

    @property
    def size(self) -> Size:
        """The rows as the first encoder sees them."""
        shape = self.shape or ()
        return Size(
            self.rows,
            self.others,
            prod(shape) if shape else 0,
            shape if len(shape) == 3 else (),
            self.characters or 0.0,
            self.classes or GUESS,
            in_files=self.in_files,
            exact=self.exact,
        )


@dataclass(frozen=True)
class StageEstimate:
    """What one stage will cost.

    Parameters
    ----------
    stage
        Its name.
    seconds, memory, disk
        Its time, the process's memory while it runs in bytes, and what it writes in bytes; None: unknown.
    entry
        The plugin that it is for, whose alternatives change it.
    size
        What that plugin works on.
    problem
        Why the plugin can't take so many rows; None where it can.
    """

    stage: str
    seconds: float | None
    memory: float | None
    disk: float
    entry: Entry | None = None
    size: Size | None = None
    problem: InputError | None = None


@dataclass(frozen=True)
class Estimate:
    """What a recipe will cost.

    Parameters
    ----------
    stages
        The stages, in their order.
    start
        Seconds until the libraries are there.
    silent
        Plugins within a stage that do not say what they cost.
    """

    stages: tuple[StageEstimate, ...]
    start: float = 0.0
    silent: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Seconds of all stages that are known."""
        return self.start + sum(stage.seconds or 0.0 for stage in self.stages)

    @property
    def memory(self) -> float:
        """Bytes of memory at the peak, of the stages that are known."""
        return max(stage.memory or 0.0 for stage in self.stages)

    @property
    def disk(self) -> float:
        """Bytes on the disk."""
        return sum(stage.disk for stage in self.stages)

    @property
    def unknown(self) -> tuple[str, ...]:
        """What is not in the numbers, since a plugin does not say what it costs."""
        stages = (stage.stage for stage in self.stages if stage.seconds is None)
        return (*stages, *self.silent)

    def after(self, number: int) -> Estimate:
        """Return what is to come after so many stages, the libraries being there."""
        return replace(self, stages=self.stages[number:], start=0.0)

    def without(self, stages: Collection[str]) -> Estimate:
        """Return what is to come where some stages are there already."""
        left = (
            replace(stage, seconds=0.0, disk=0.0) if stage.stage in stages else stage
            for stage in self.stages
        )
        return replace(self, stages=tuple(left))

    def line(self) -> str:
        """Return the whole in one line."""
        text = (
            f"about {duration(self.seconds)}, {size_of(self.memory)} of memory and "
            f"{size_of(self.disk)} on the disk"
        )
        return f"{text}, without {', '.join(self.unknown)}" if self.unknown else text


def estimate(recipe: Recipe, registry: Registry, data: DataSize, speed: Speed) -> Estimate:
    """Return what a recipe will cost.

    Parameters
    ----------
    recipe, registry
        The recipe and the plugins.
    data
        How large the data are.
    speed
        How fast the machine is.
    """
    return _Estimating(recipe, registry, data, speed).run()


class _Estimating:
    def __init__(self, recipe: Recipe, registry: Registry, data: DataSize, speed: Speed) -> None:
        self.recipe, self.registry, self.data, self.speed = recipe, registry, data, speed
        self.stages: list[StageEstimate] = []
        self.base = stage_costs.START.memory
        self.held = data.size.every * stage_costs.held(data.size, data.content)
        self.widths: list[Size | None] = []
        self.peak = 0.0
        self.started: set[str] = set()
        self.problem: InputError | None = None  # of the stage that comes next
        self.silent: dict[str, None] = {}  # metrics that say nothing of their cost, once each

    def run(self) -> Estimate:
        data, recipe = self.data, self.recipe
        self._add(f"dataset.{recipe.dataset.id}", stage_costs.reading(data.size, data.content))
        self.base += self.held
        for link in recipe.links:
            self._encoder(link)
        size = self.widths[-1]
        if size is not None and not size.in_files:
            self.base += size.every * size.width * FLOAT
        self._seeds()
        fits = dict(self._clusterers(size))
        if recipe.projection:
            self._projection(size)
        for entry in recipe.clusterers:
            self._scores(entry, fits[entry.id])
        for entry in recipe.clusterers:
            of = fits[entry.id]
            cost = None if of is None else stage_costs.refits(entry, of, recipe.evaluation)
            self._add(f"evaluation.{entry.id}", cost, entry=entry, size=of)
        self._rest(size)
        start = stage_costs.START.seconds / self.speed.core
        return Estimate(tuple(self.stages), start, tuple(self.silent))

    def _add(
        self,
        stage: str,
        cost: Cost | None,
        disk: float = 0.0,
        entry: Entry | None = None,
        size: Size | None = None,
    ) -> None:
        seconds = memory = None
        if cost is not None:
            speed = self.speed
            seconds = (cost.start + cost.seconds) / speed.core + cost.products / speed.products
            seconds += cost.network / speed.network
            # Libraries rarely give back what they have had.
            self.peak = max(self.base + cost.memory, KEPT * self.peak)
            memory = self.peak
        problem, self.problem = self.problem, None
        self.stages.append(StageEstimate(stage, seconds, memory, disk, entry, size, problem))

    def _ask(self, entry: Entry, size: Size | None) -> Cost | None:
        """Return what a plugin says of its cost; its refusal is that of the next stage."""
        cost = self._asked(entry, entry.plugin.spec.costs, entry.params, size)
        if cost is None:
            return None
        if entry.plugin.qualified in self.started:
            return replace(cost, start=0.0)
        self.started.add(entry.plugin.qualified)
        return cost

    def _asked(
        self, entry: Entry, costs: Costs | None, params: Params, size: Size | None
    ) -> Cost | None:
        if costs is None or size is None:
            return None
        try:
            with calling(entry, self.recipe.file):
                return costs(params, size)
        except InputError as error:
            self.problem = error
            return None

    def _resolved(self, entry: Entry) -> Entry:
        # Without labels ``check`` and ``run`` refuse "classes" themselves.
        classes = self.data.classes or GUESS
        return with_classes(entry, classes, self.recipe.file)[0]

    def _encoder(self, link: Link) -> None:
        entry = self._resolved(link.entry)
        spec = encoder_spec(entry)
        below = [self.widths[place] for place in link.below]
        size = self.data.size
        if below:
            known = [one for one in below if one is not None]
            if len(known) < len(below):
                self.widths.append(None)
                self._add(entry.stage, None)
                return
            if not spec.also_reads:
                joined = sum(one.width for one in known)
                size = replace(size, width=joined, shape=(), characters=0.0)
        size = replace(size, clusters=clusters_of(entry, size.clusters))
        below_it = self._backbone(entry, size)
        at_top = size if below_it is None else replace(size, width=below_it.width or 0, shape=())
        row = cost = self._ask(entry, at_top)
        if cost and isinstance(entry.params, TrainedParams):
            known_below = entry.params.backbone is None or below_it is not None
            cost = training(entry.params, at_top, cost, self.registry) if known_below else None
            if cost and below_it:
                cost += training_below(entry.params, size, below_it, self.registry)
        width = None if cost is None else size.width if cost.width is None else cost.width
        in_files = size.in_files and spec.by_row
        after = None
        if width is not None:
            # A width that an encoder names may be the largest that it can have.
            after = replace(
                size,
                width=width,
                shape=(),
                characters=0.0,
                in_files=in_files,
                exact=size.exact and width == size.width,
            )
        self.widths.append(after)
        lasts = len(self.widths) - 1 in stored_links(self.recipe.links)
        stored = lasts or not spec.cheap
        disk = 0.0
        if after is not None and cost is not None:
            embeddings = size.every * (size.width * bool(below) + after.width) * FLOAT
            written = size.every * after.width * FLOAT if stored else 0.0
            disk = written + (2 * row.memory if row and spec.trained else 0.0)
            held = 0.0 if in_files else embeddings
            cost += Cost(0.02 + written * 3e-9, memory=cost.memory + held)
        self._add(entry.stage, cost, disk, link.entry, size)

    def _backbone(self, entry: Entry, size: Size) -> Cost | None:
        """Return what it costs to send every row through the encoder below a trained one."""
        params = entry.params
        if not isinstance(params, TrainedParams) or params.backbone is None:
            return None
        spec = self.registry.find("encoder", params.backbone.use).spec
        own = spec.params.model_validate(params.backbone.own)
        return self._asked(entry, spec.costs, own, size)

    def _clusterers(self, size: Size | None) -> Iterator[tuple[str, Size | None]]:
        """Add the stages of the clusterers; yield the ids with what they work on."""
        costs: dict[str, Cost | None] = {}
        for entry in self.recipe.by_dependence():
            of = None
            resolved = self._resolved(entry)
            if size is not None:
                below = tuple(costs[name] for name in bases(entry))
                of = replace(size, clusters=_about(resolved, size), bases=below)
            cost = self._ask(resolved, of)
            if cost and of and of.in_files and not entry.spec(ClustererSpec).in_blocks:
                cost = replace(cost, memory=cost.memory + of.every * of.width * FLOAT)
            costs[entry.id] = cost
            disk = of.every * 8 if of else 0
            self._add(entry.stage, cost, disk, entry, of)
            yield entry.id, of

    def _scores(self, clusterer: Entry, size: Size | None) -> None:
        stage = f"scores.{clusterer.id}"
        if size is None:
            self._add(stage, None)
            return
        total = Cost(0.05)
        for entry in metrics_of(self.recipe, self.registry):
            spec = entry.spec(MetricSpec)
            if spec.needs_labels and self.data.classes is None:
                continue
            cost = self._ask(entry, size)
            if cost is None:
                self.silent[f"metric {entry.id}"] = None
            else:
                total += cost
        self._add(stage, total, size.every * 12.0, size=size)

    def _projection(self, size: Size | None) -> None:
        assert self.recipe.projection
        entry, spec = self.recipe.projection.entry, encoder_spec(self.recipe.projection.entry)
        few = None
        if size is not None:
            most = self.recipe.projection.rows
            if spec.keeps == "neighbors":
                most = min(most, self.recipe.projection.fit_rows)
            others = min(size.others, most) if spec.inductive else 0
            few = replace(size, rows=min(size.rows, most), others=others)
        flat = few is not None and few.width <= 2
        cost = Cost(0.02) if flat else self._ask(entry, few)
        self._add(f"projection.{entry.id}", cost, few.every * 20.0 if few else 0.0)

    def _seeds(self) -> None:
        """Add the fits by other seeds, which encoders before the first random one are not part of."""
        if self.recipe.seeds > 1:
            known = [stage.seconds or 0.0 for stage in self.stages if stage.entry]
            again = (self.recipe.seeds - 1) * sum(known)
            self.stages.append(StageEstimate("seeds", again, self.base, 0.0))

    def _rest(self, size: Size | None) -> None:
        recipe, data = self.recipe, self.data
        known = size or data.size
        number = len(recipe.clusterers)
        self._add("evaluation.data", stage_costs.contents(data.size, data.content))
        trained = [e.params for e in recipe.encoders if isinstance(e.params, TrainedParams)]
        after = sum(len(params.phases) for params in trained if len(params.phases) > 1)
        if trained:
            self._add("phases", stage_costs.phases(data.size, known, after))
        text = replace(known, characters=data.size.characters)
        self._add("explanations", stage_costs.explanations(text, data.content, number))
        if recipe.namer:
            self._add(recipe.namer.stage, self._ask(recipe.namer, text))
        if recipe.baselines:
            self._add("baselines", None)
        page = 4e5 + data.size.every * (20 + 8 * number + 0.5 * (data.size.characters or 40))
        page += min(data.size.every, 4000) * (500 if data.content == "image" else 0)
        cost = stage_costs.report(known, data.content, number, figures=recipe.figures)
        self._add("report", cost, page)


def _about(entry: Entry, size: Size) -> int:
    """Return about how many clusters a clusterer makes: one that chooses, some, but no more than usual."""
    params = entry.params
    if isinstance(params, CountsClusters) and params.n_clusters == "auto":
        return max(size.clusters, min(math.isqrt(size.rows), CHOSEN))
    return clusters_of(entry, size.clusters)


def clusters_of(entry: Entry, otherwise: int) -> int:
    """Return the number of clusters that parameters name, or another where they name none."""
    params = entry.params
    wanted = params.n_clusters if isinstance(params, CountsClusters) else None
    return wanted if isinstance(wanted, int) else otherwise
