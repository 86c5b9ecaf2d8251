"""Which values come next: grid, random, TPE and halving, each the same however many workers there are."""

from __future__ import annotations

import itertools
import math
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from clusterforge.errors import RecipeError
from clusterforge.pipeline.keys import digest
from clusterforge.recipe.tables import MOST_TRIALS, Budget, Search
from clusterforge.search.records import ObjectiveRecord, TrialRecord
from clusterforge.search.space import Space, Values
from clusterforge.search.trial import Task

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import Trial

TRIALS = 50
REDRAWS, REPEATS = 10_000, 50


class Chooser(ABC):
    """Chooses the values of each trial, by number.

    Parameters
    ----------
    space
        What is searched.
    total
        How many trials there will be.
    """

    def __init__(self, space: Space, total: int) -> None:
        self.space, self.total = space, total

    @abstractmethod
    def task(self, number: int, ended: Mapping[int, TrialRecord]) -> Task | None:
        """Return a trial; None where others have to end first.

        Parameters
        ----------
        number
            Of the trial; asked for in order.
        ended
            The trials that have ended, by number.
        """


class Grid(Chooser):
    """All combinations, or some of them drawn at random, in their order."""

    def __init__(self, space: Space, trials: int | None, seed: int) -> None:
        size = space.check_grid(MOST_TRIALS)
        total = min(trials or size, size)
        super().__init__(space, total)
        drawn = np.sort(np.random.default_rng(seed).permutation(size)[:total])
        chosen = frozenset(drawn.tolist()) if total < size else None
        self._rest: Iterator[Values] = (
            values
            for place, values in enumerate(space.combinations())
            if chosen is None or place in chosen
        )

    def task(self, number: int, ended: Mapping[int, TrialRecord]) -> Task:
        """Return the next combination."""
        return Task(number, next(self._rest))


class Drawn(Chooser):
    """Random values, none of them twice where there are enough."""

    def __init__(self, space: Space, trials: int, seed: int) -> None:
        size = space.size
        super().__init__(space, trials if size is None else min(trials, size))
        from optuna.samplers import RandomSampler

        self._study = _study(RandomSampler(seed), ["maximize"])
        self._before: set[str] = set()
        self._rest: Iterator[Values] | None = None
        if size is not None and size < 2 * self.total:  # redraws would be many
            every = list(space.combinations())
            order = np.random.default_rng(seed).permutation(size)[: self.total]
            self._rest = (every[place] for place in order)

    def task(self, number: int, ended: Mapping[int, TrialRecord]) -> Task:
        """Return the next draw."""
        if self._rest is not None:
            return Task(number, next(self._rest))
        for _ in range(REDRAWS):
            values = self.space.suggest(self._study.ask())
            if digest(values) not in self._before:
                break
        self._before.add(digest(values))
        return Task(number, values)


class Estimated(Chooser):
    """Values near those of the best trials so far, by Optuna's tree-structured Parzen estimator.

    Trial n is chosen by the results of the trials before n - ahead + 1, whatever else has ended: so the
    sweep does not depend on which worker was faster.
    """

    def __init__(
        self,
        space: Space,
        trials: int,
        seed: int,
        ahead: int,
        objectives: Sequence[ObjectiveRecord],
    ) -> None:
        super().__init__(space, trials if space.size is None else min(trials, space.size))
        from optuna.samplers import TPESampler

        self.ahead = ahead
        self._objectives = [one for one in objectives if one.chooses]
        with warnings.catch_warnings(action="ignore"):
            sampler = TPESampler(seed=seed, multivariate=True, group=True, constant_liar=True)
        directions = [
            "maximize" if one.direction == "higher" else "minimize" for one in self._objectives
        ]
        self._study = _study(sampler, directions)
        self._asked: list[Trial] = []
        self._before: set[str] = set()
        self._reported = 0

    def task(self, number: int, ended: Mapping[int, TrialRecord]) -> Task | None:
        """Return the next choice; None while the trials that it rests on have not ended."""
        until = number - self.ahead + 1
        if any(before not in ended for before in range(self._reported, until)):
            return None
        for before in range(self._reported, until):
            self._report(self._asked[before], ended[before])
            self._reported += 1
        with warnings.catch_warnings(action="ignore"):
            trial, values = self._new()
        self._asked.append(trial)
        self._before.add(digest(values))
        return Task(number, values)

    def _new(self) -> tuple[Trial, Values]:
        """Return a choice that was not there before, if there is one after some more."""
        from optuna.trial import TrialState

        for _ in range(REPEATS):
            trial = self._study.ask()
            values = self.space.suggest(trial)
            if digest(values) not in self._before:
                return trial, values
            self._study.tell(trial, state=TrialState.FAIL)
        trial = self._study.ask()
        return trial, self.space.suggest(trial)

    def _report(self, trial: Trial, record: TrialRecord) -> None:
        from optuna.trial import TrialState

        values = [record.objectives.get(one.name) for one in self._objectives]
        numbers = [one.value for one in values if one is not None and one.value is not None]
        if len(numbers) == len(self._objectives):
            self._study.tell(trial, numbers)
        else:
            self._study.tell(trial, state=TrialState.FAIL)


class Halving(Chooser):
    """Many random values on a small budget; the best of them again on larger ones.

    Li et al., Hyperband (JMLR 2018), one bracket: the rungs have n, n/f, n/f², … trials with budgets b,
    f·b, f²·b, …
    """

    def __init__(
        self, space: Space, trials: int, seed: int, budget: Budget, objective: ObjectiveRecord
    ) -> None:
        steps = rungs(budget) - 1
        self._budgets = [round(budget.high / budget.factor**i) for i in range(steps, -1, -1)]
        first = first_rung(budget, trials)
        self._sizes = [max(1, int(first / budget.factor**i)) for i in range(steps + 1)]
        drawn = Drawn(space, self._sizes[0], seed)
        if drawn.total < self._sizes[0]:
            self._sizes = [max(1, int(drawn.total / budget.factor**i)) for i in range(steps + 1)]
        super().__init__(space, sum(self._sizes))
        self._drawn, self._key, self._objective = drawn, budget.key, objective
        self._starts = [0, *itertools.accumulate(self._sizes)]

    def task(self, number: int, ended: Mapping[int, TrialRecord]) -> Task | None:
        """Return the next draw, or one of the best of the rung before; None until that has ended."""
        rung = next(i for i, start in enumerate(self._starts[1:]) if number < start)
        if not rung:
            values = self._drawn.task(number, ended).values
        else:
            before = range(self._starts[rung - 1], self._starts[rung])
            if any(trial not in ended for trial in before):
                return None
            best = sorted(before, key=lambda trial: self._place(ended[trial]))
            values = ended[best[number - self._starts[rung]]].values
        return Task(number, {**values, self._key: self._budgets[rung]}, rung)

    def _place(self, record: TrialRecord) -> tuple[bool, float, int]:
        found = record.objectives.get(self._objective.name)
        value = None if found is None else found.value
        sign = -1 if self._objective.direction == "higher" else 1
        return value is None, 0.0 if value is None else sign * value, record.number


def rungs(budget: Budget) -> int:
    """Return how many budgets there are."""
    return math.floor(math.log(budget.high / budget.low, budget.factor) + 1e-9) + 1


def first_rung(budget: Budget, trials: int) -> int:
    """Return how many of so many trials have the smallest budget."""
    return int(trials / sum(budget.factor**-rung for rung in range(rungs(budget))) + 1e-9)


def chooser_of(
    search: Search, space: Space, objectives: Sequence[ObjectiveRecord], file: str | None
) -> Chooser:
    """Return what chooses the trials of a sweep.

    Raises
    ------
    RecipeError
        Where the method can't search this space, or lacks what it needs.
    """
    trials = search.trials or TRIALS
    waits = search.method in ("grid", "random")
    for objective in objectives:
        if not waits and objective.chooses and objective.comparative:
            raise RecipeError(
                f"{objective.name} compares all trials when they have ended, and {search.method} needs to "
                "know how good each is before",
                key="search.objective",
                remedy='use method = "random", or objective = "balanced"',
                file=file,
            )
    if search.method == "halving":
        return Halving(space, trials, search.seed, _budget(search, space, file), objectives[0])
    if search.budget is not None:
        raise RecipeError(
            f"is for halving, and the method is {search.method}",
            key="search.budget",
            remedy='leave it out, or set search.method = "halving"',
            file=file,
        )
    if search.method == "grid":
        return Grid(space, search.trials, search.seed)
    if search.method == "random":
        return Drawn(space, trials, search.seed)
    return Estimated(space, trials, search.seed, search.ahead, objectives)


def _budget(search: Search, space: Space, file: str | None) -> Budget:
    budget = search.budget
    if budget is None:
        raise RecipeError(
            "is missing: halving makes a value larger from rung to rung",
            key="search.budget",
            remedy='write budget = {key = "encoder.1.epochs", low = 5, high = 45}',
            file=file,
        )
    if budget.high <= budget.low:
        raise RecipeError("high must be greater than low", key="search.budget", file=file)
    trials, steps = search.trials or TRIALS, rungs(budget) - 1
    first = first_rung(budget, trials)
    if first < budget.factor**steps and (space.size is None or space.size > first):
        most = sum(budget.factor**rung for rung in range(steps + 1))
        raise RecipeError(
            f"{rungs(budget)} budgets, each {budget.factor} times the one before, need {most:,} trials, "
            f"and there are {trials:,}",
            key="search.budget",
            remedy=f"set search.trials = {most}, a larger low or a larger factor",
            file=file,
        )
    return budget


def _study(sampler: object, directions: Sequence[str]) -> Study:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(sampler=sampler, directions=list(directions))  # type: ignore[arg-type]
