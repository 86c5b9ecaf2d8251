"""What a run may take, and what is chosen so that it stays within that, or refused because nothing does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path

from clusterforge.costs import Alternative, Size
from clusterforge.errors import EnvironmentProblem, InputError
from clusterforge.formats import count, duration, size_of
from clusterforge.inline_toml import inline_toml
from clusterforge.models.compute import available_threads
from clusterforge.numerics.stored_rows import is_large
from clusterforge.pipeline.estimate import DataSize, Estimate, StageEstimate, estimate
from clusterforge.pipeline.machine import Speed, available_memory, free_disk, speed
from clusterforge.pipeline.score import metrics_of
from clusterforge.recipe import Entry, Recipe
from clusterforge.registry import Registry

SLACK = 1.5  # times the free memory: an estimate may be wrong, and what is in use may be given back
WORTH = 0.95  # share of the cost that an alternative may have at most
MOST = 20  # choices


@dataclass(frozen=True)
class Plan:
    """A recipe that fits, and what it will cost.

    Parameters
    ----------
    recipe
        The recipe, with what was chosen.
    estimate
        What it will cost; None where the size of the data is not known before they are loaded.
    choices
        What was chosen, one line each.
    """

    recipe: Recipe
    estimate: Estimate | None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """One alternative to a part of a recipe.

    Parameters
    ----------
    key, value
        A key of the recipe and its value, as it would be written.
    effect
        What it does.
    recipe
        The recipe with it.
    """

    key: str
    value: str
    effect: str
    recipe: Recipe


def planned(recipe: Recipe, registry: Registry, data: DataSize | None, folder: Path) -> Plan:
    """Return a recipe that stays within its limits: itself, or one with alternatives that cost less.

    Parameters
    ----------
    recipe
        Its ``compute.within`` and ``compute.memory`` are the limits. Without these nothing is chosen, and
        what this machine can't hold is refused.
    registry
        The plugins.
    data
        How large the data are; None: unknown.
    folder
        Where the run will write.

    Raises
    ------
    InputError
        Where it can't stay within them, with the estimate and what would cost less.
    EnvironmentProblem
        Where the disk has no room for what it writes.
    """
    compute = recipe.compute
    if data is None:
        if compute.within or compute.memory:
            raise InputError(
                "the size of the data is not known before they are loaded, so nothing can be chosen",
                key="compute.within" if compute.within else "compute.memory",
                remedy="leave it out",
                file=recipe.file,
            )
        return Plan(recipe, None)
    return _Planning(recipe, registry, data, folder).run()


def estimated(recipe: Recipe, registry: Registry, data: DataSize, folder: Path) -> Estimate:
    """Return what a recipe will cost, its data being loaded: nothing is chosen any more.

    Parameters
    ----------
    recipe, registry, data, folder
        As of :func:`planned`.

    Raises
    ------
    InputError, EnvironmentProblem
        Where it does not fit, though the data may not have told their size before.
    """
    found = _Planning(recipe, registry, data, folder, choose=False).run()
    assert found.estimate
    return found.estimate


class _Planning:
    def __init__(
        self,
        recipe: Recipe,
        registry: Registry,
        data: DataSize,
        folder: Path,
        *,
        choose: bool = True,
    ) -> None:
        self.recipe, self.registry, self.data, self.folder = recipe, registry, data, folder
        self.speed = speed_of(recipe)
        self.choose = choose and bool(recipe.compute.within or recipe.compute.memory)
        self.seconds = recipe.compute.seconds if choose else None
        free, allowed = available_memory(), recipe.compute.bytes
        slack = 1.0 if choose and allowed else SLACK  # nothing can be chosen any more
        limit = allowed or free
        self.memory = None if limit is None else slack * limit

    def run(self) -> Plan:
        recipe = self.recipe
        choices: list[str] = []
        now = self._estimate(recipe)
        while stage := self._over(now):
            found = self._less(recipe, stage, now) if self.choose and len(choices) < MOST else None
            if found is None:
                raise self._refusal(recipe, now, choices)
            change, less = found
            before, after = self._costs(now), self._costs(less)
            choices.append(
                f"{change.key} = {change.value} ({change.effect}): about {after} in place of {before}"
            )
            recipe, now = change.recipe, less
        if choices:
            chosen = (*recipe.compute.chosen, *choices)
            recipe = replace(recipe, compute=recipe.compute.model_copy(update={"chosen": chosen}))
        self._check_disk(now)
        return Plan(recipe, now, tuple(choices))

    def _estimate(self, recipe: Recipe) -> Estimate:
        return estimate(recipe, self.registry, self.data, self.speed)

    def _costs(self, of: Estimate) -> str:
        return f"{duration(of.seconds)} and {size_of(of.memory)}"

    def _over(self, now: Estimate) -> StageEstimate | None:
        """Return the stage that is most in the way; None where all is within the limits."""
        for stage in now.stages:
            if stage.problem:
                return stage
        if self.memory is not None and now.memory > self.memory:
            return max(now.stages, key=lambda stage: stage.memory or 0.0)
        if self.seconds is not None and now.seconds > self.seconds:
            return max(now.stages, key=lambda stage: stage.seconds or 0.0)
        return None

    def _less(
        self, recipe: Recipe, stage: StageEstimate, now: Estimate
    ) -> tuple[Change, Estimate] | None:
        """Return the first alternative that makes things better, those of the costliest stage first."""
        by_memory = self.memory is not None and now.memory > self.memory

        def cost(of: StageEstimate) -> float:
            return inf if of.problem else (of.memory if by_memory else of.seconds) or 0.0

        # Only the peak of memory counts, and the sum of times.
        one = by_memory or stage.problem
        for candidate in (stage,) if one else sorted(now.stages, key=cost, reverse=True):
            for change in changes(recipe, candidate, self.registry):
                less = self._estimate(change.recipe)
                of = next(other for other in less.stages if other.stage == candidate.stage)
                before, after = cost(candidate), cost(of)
                if not one:
                    before, after = now.seconds, less.seconds
                if after < WORTH * before:
                    return change, less
        return None

    def _refusal(self, recipe: Recipe, now: Estimate, choices: list[str]) -> InputError:
        stage = self._over(now)
        assert stage
        if stage.problem:
            return stage.problem
        made = count(len(choices), "alternative")
        least = f" at least (with {made} chosen already)" if choices else ""
        by_memory = self.memory is not None and now.memory > self.memory
        if by_memory and self.memory is not None:
            allowed = recipe.compute.memory
            limit = (
                f"compute.memory allows {allowed}"
                if allowed
                else f"there are {size_of(self.memory / SLACK)}"
            )
            problem = f"takes about {size_of(now.memory)} of memory{least}, and {limit}"
            key, more = stage.stage, None
            free, wanted = available_memory(), now.memory * 1.1
            if allowed and (free is None or wanted <= free):
                size = size_of(wanted).replace(" ", "").replace(",", "")
                more = f'compute.memory = "{size}"'
        else:
            problem = (
                f"the run takes about {duration(now.seconds)}{least}, most of it in {stage.stage}"
            )
            key, more = "compute.within", "a longer time"
        remedy = self._remedy(recipe, stage)
        ways = [f"{remedy.key} = {remedy.value}"] if remedy else []
        if more:
            ways.append(more)
        if "limit" in type(recipe.dataset.params).model_fields:
            ways.append(f"{recipe.dataset.table}.limit for fewer rows")
        way = f"set {' or '.join(ways)}" if ways else "use a machine with more memory"
        if by_memory and self._fits_in_files(recipe):
            way += ", or give the numbers as parquet files, which are read in blocks"
        return InputError(problem, key=key, remedy=way, file=recipe.file)

    def _remedy(self, recipe: Recipe, stage: StageEstimate) -> Change | None:
        """Return what would fit by itself."""
        every = changes(recipe, stage, self.registry)
        return next((one for one in every if self._over(self._estimate(one.recipe)) is None), None)

    def _fits_in_files(self, recipe: Recipe) -> bool:
        """Tell whether rows in memory would fit as files that are read in blocks."""
        data, (width, *_) = self.data, self.data.shape or (1,)
        stays = is_large(data.rows, width)  # fewer are read into memory from any file
        if data.content != "table" or data.in_files or not stays:
            return False
        in_files = replace(self.data, in_files=True)
        there = estimate(recipe, self.registry, in_files, self.speed)
        return self._over(there) is None

    def _check_disk(self, now: Estimate) -> None:
        free = free_disk(self.folder)
        if free is not None and now.disk > free:
            written = f"about {size_of(now.disk)}".replace("about <", "less than")
            raise EnvironmentProblem(
                f"the run writes {written}, and {size_of(free)} are free where "
                f"{self.folder} is; make room, or name another folder (--out)"
            )


def speed_of(recipe: Recipe) -> Speed:
    """Return the speed of this machine, as the recipe may use it."""
    compute = recipe.compute
    threads = compute.threads or available_threads()
    return speed(compute.device, compute.precision, threads)


def changes(recipe: Recipe, stage: StageEstimate, registry: Registry) -> Iterator[Change]:
    """Yield the alternatives to what a stage does, the one that changes least first."""
    if stage.stage.startswith("scores.") and stage.size:
        yield from _sampled_scores(recipe, stage.size, registry)
    if stage.stage.startswith("evaluation.") and stage.entry:
        yield from _fewer_refits(recipe)
    if stage.entry and stage.size:
        for alternative in stage.entry.plugin.spec.alternatives(stage.entry.params, stage.size):
            yield from _changed(recipe, stage.entry, alternative)
    if recipe.projection and stage.stage == f"projection.{recipe.projection.entry.id}":
        for rows in (2_000, 500):
            if rows < recipe.projection.rows:
                fewer = replace(recipe, projection=replace(recipe.projection, rows=rows))
                yield Change("report.projection.rows", f"{rows}", f"a map of {rows:,} rows", fewer)


def _sampled_scores(recipe: Recipe, size: Size, registry: Registry) -> Iterator[Change]:
    metrics = metrics_of(recipe, registry)
    for place, entry in enumerate(metrics):
        for alternative in entry.plugin.spec.alternatives(entry.params, size):
            other = entry.with_values(alternative.values, Path())
            every = (*metrics[:place], other, *metrics[place + 1 :])
            key = ", ".join(f"metric.{entry.id}.{key}" for key in alternative.values)
            values = ", ".join(inline_toml(value) for value in alternative.values.values())
            effect = f"{entry.id} {alternative.effect}"
            yield Change(key, values, effect, replace(recipe, metrics=every))


def _fewer_refits(recipe: Recipe) -> Iterator[Change]:
    now = recipe.evaluation
    for key, present, value, effect in (
        ("rows", now.rows, 1_000, "stability of 1,000 rows"),
        ("null_draws", now.null_draws, 0, "no test against chance"),
        ("refits", now.refits, 0, "no stability"),
    ):
        if value < present:
            less = replace(recipe, evaluation=now.model_copy(update={key: value}))
            yield Change(f"evaluation.{key}", f"{value}", effect, less)


def _changed(recipe: Recipe, entry: Entry, alternative: Alternative) -> Iterator[Change]:
    other = entry.with_values(alternative.values, Path())

    def swapped(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        return tuple(other if one is entry else one for one in entries)

    yield Change(
        ", ".join(f"{entry.table}.{key}" for key in alternative.values),
        ", ".join(inline_toml(value) for value in alternative.values.values()),
        alternative.effect,
        replace(recipe, encoders=swapped(recipe.encoders), clusterers=swapped(recipe.clusterers)),
    )
