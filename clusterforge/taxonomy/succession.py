"""The next generation: ids for its rows, and what became of each cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import FloatArray, IntArray, Points, State
from clusterforge.errors import InputError
from clusterforge.taxonomy import change
from clusterforge.taxonomy.explanations import explained
from clusterforge.taxonomy.fitting import Fit, Fitting
from clusterforge.taxonomy.labelling import NOISE, Centres, ids_of
from clusterforge.taxonomy.matching import Structure, Table, largest, structure_p
from clusterforge.taxonomy.naming import name_new
from clusterforge.taxonomy.records import LEVEL, Anchor, Change, Cluster, How, Kind
from clusterforge.taxonomy.rows import NewRows, Snapshot, both_of, generation, sample

SMALLEST = 10  # rows of a new cluster
NOT_COMPARABLE = (
    "The run's encoder keeps neighbours alone and comes first, so its own rows lie otherwise than later "
    "ones"
)
LEFT = 0.25  # of the density of a cluster's core, at or below which it is gone; or was not there before
MOST = 0.5


@dataclass(frozen=True)
class Succession:
    """The clusters of a taxonomy, and its next generation.

    Parameters
    ----------
    clusters
        Every cluster there ever was.
    snapshot
        The generation.
    """

    clusters: tuple[Cluster, ...]
    snapshot: Snapshot


@dataclass
class _Ids:
    """The ids while they are decided."""

    clusters: list[Cluster]
    anchor: Anchor
    centres: Centres
    number: int

    @property
    def alive(self) -> list[int]:
        return [cluster.id for cluster in self.clusters if cluster.gone is None]

    def fresh(self, origin: int | None = None) -> int:
        id = len(self.clusters)
        self.clusters.append(Cluster(id=id, name=None, born=self.number, origin=origin))
        return id

    def set_gone(self, id: int, gone: int | None) -> None:
        self.clusters[id] = self.clusters[id].model_copy(update={"gone": gone})


class Step:
    """One step of a taxonomy: from a generation to the next.

    Parameters
    ----------
    clusters
        Every cluster so far.
    before
        The generation before.
    fitting
        The run's clusterer.
    state
        Returns what the clusterer of a generation has left.
    """

    def __init__(
        self,
        clusters: Sequence[Cluster],
        before: Snapshot,
        fitting: Fitting,
        state: Callable[[int], State],
    ) -> None:
        self.before, self.fitting, self.state = before, fitting, state
        self.number = before.record.number + 1
        self.ids = _Ids(list(clusters), before.record.anchor, before.centres, self.number)
        self.kinds: dict[int, tuple[Kind, float]] = {}
        self.others: dict[int, tuple[int, ...]] = {}
        self.notes: tuple[str, ...] = ()

    def take(self, rows: NewRows, how: How) -> Succession:
        """Return the next generation.

        Parameters
        ----------
        rows
            Its rows.
        how
            ``predict``, ``refit``, or ``period`` for rows of the run itself.
        """
        points = self.fitting.space(rows.points)
        if not self.fitting.comparable(self.before.record.how, how):
            return self._untested(rows, how, points)
        chosen = sample(len(points), self.number)
        refit = how == "refit"
        pool = change.Pool.of(
            self.before.points,
            points[chosen],
            self.number,
            2 * change.QUESTIONS if refit else change.QUESTIONS,
        )
        numbers = rows.numbers if how == "period" else self._numbers(rows.points)
        drawn = None if numbers is None else numbers[chosen]
        own = self._labels(points[chosen], drawn)
        votes = pool.vote(np.concatenate([self.before.ids, own]))
        groups = self._births(pool, drawn, own, how)
        known = np.unique(self.before.ids[self.before.ids >= 0])
        rest = ~pool.near(self._of_the_new(pool, votes, groups))
        shares, rest = self._deaths(pool, votes, known, rest)
        votes = np.where(rest, votes, NOISE)
        moved = dict(zip(known.tolist(), change.moves(pool, votes, known).tolist(), strict=True))
        ids = self._labels(points, numbers)
        state = None
        if refit:
            ids, state = self._refit(rows.points, chosen, pool, ids)
        for id in known.tolist():
            self._shifted(id, shares[id], moved[id])
        return self._succession(rows, how, chosen, ids, shares, moved, state)

    def _untested(self, rows: NewRows, how: How, points: FloatArray) -> Succession:
        """Return a generation whose rows can't be compared with those that the encoders were fitted on."""
        if how == "refit":
            raise InputError(
                NOT_COMPARABLE[0].lower() + NOT_COMPARABLE[1:],
                key="--refit",
                remedy="leave --refit out this time, or put an encoder such as scale before it and run again",
            )
        self.notes = (f"{NOT_COMPARABLE}: changes are looked for from the next generation on.",)
        ids = self._labels(points, self._numbers(rows.points))
        chosen = sample(len(points), self.number)
        return self._succession(rows, how, chosen, ids, {}, {}, None, tested=False)

    def _numbers(self, points: Points) -> IntArray | None:
        anchor = self.ids.anchor.generation
        clusterer = self.fitting.restore(self.state(anchor)) if anchor else None
        return self.fitting.numbers(clusterer, points)

    def _labels(self, points: FloatArray, numbers: IntArray | None) -> IntArray:
        ids = self.ids
        return ids_of(points, numbers, ids.anchor, ids.centres, ids.alive)

    def _births(
        self, pool: change.Pool, numbers: IntArray | None, own: IntArray, how: How
    ) -> dict[int, IntArray]:
        """Find new clusters, and those that return: the group of each, positions in the pool.

        Parameters
        ----------
        numbers, own
            What the clusterer says of the later rows, and their ids by it.
        how
            As of :meth:`take`.
        """
        ids, groups = self.ids, change.groups(pool)
        first = len(self.before.points)
        # A cluster that a person has merged into another does not come back by itself.
        every = [cluster.id for cluster in ids.clusters if cluster.into is None]
        ever = ids_of(pool.points[first:], numbers, ids.anchor, ids.centres, every)
        born: dict[int, IntArray] = {}
        # The run's rows tell a part of a cluster that was away for a while from a new one.
        looks_back = (
            how != "period"
            and self.before.record.number > 1
            and self.fitting.comparable("run", how)
        )
        unlike_run: change.Mask | None = None
        for rows, p in zip(groups.rows, groups.p, strict=True):
            if p > LEVEL or len(rows) < SMALLEST:
                continue
            whole = self._whole(pool.points[rows])
            if whole is not None and ids.clusters[whole].gone is None:
                continue
            if whole is None and self._known_here(pool, ever, ever[rows - first], rows) > LEFT:
                continue
            id, share = _most(ever[rows - first]) if whole is None else (whole, 1.0)
            known = id >= 0 and id not in born and share >= MOST
            if known and ids.clusters[id].gone is not None:
                self.kinds[id] = ("returned", p)
                ids.set_gone(id, None)
            elif known and self._was_nothing(id, own):
                self.kinds[id] = ("new", p)
            else:
                if known and looks_back and ids.clusters[id].born == 1:
                    if unlike_run is None:
                        unlike_run = self._unlike_the_run(pool.points[first:])
                    if unlike_run[rows - first].mean() < MOST:
                        continue
                id = ids.fresh()
                self.kinds[id] = ("new", p)
                ids.anchor = ids.anchor.model_copy(update={"extra": (*ids.anchor.extra, id)})
            born[id] = rows
            ids.centres = Centres.of(pool.points[rows], np.full(len(rows), id)).over(ids.centres)
        return born

    def _unlike_the_run(self, later: FloatArray) -> change.Mask:
        """Return which later rows fit nowhere among those of the run: bool (m,)."""
        own = self.fitting.reference()
        own = own[sample(len(own), 1)]
        found = change.groups(change.Pool.of(own, later, self.number, change.QUESTIONS))
        unlike = np.zeros(len(later), dtype=bool)
        for rows, p in zip(found.rows, found.p, strict=True):
            unlike[rows - len(own)] |= p <= LEVEL
        return unlike

    def _whole(self, points: FloatArray) -> int | None:
        """Return the cluster that a person made of several, where most of some rows lie in a part of it."""
        parts, clusters = self.before.parts, self.ids.clusters
        if not parts.means:
            return None
        centres = self.ids.centres
        others = [id for id in centres.means if clusters[id].into is None]
        numbers = parts.within(points, list(parts.means))
        if others:
            far = parts.distances(points, list(parts.means)).min(axis=1)
            numbers[centres.distances(points, others).min(axis=1) < far] = NOISE
        id, share = _most(numbers)
        if id == NOISE or share < MOST:
            return None
        while (into := clusters[id].into) is not None:
            id = into
        return id

    def _known_here(self, pool: change.Pool, ids: IntArray, own: IntArray, rows: IntArray) -> float:
        """Return how dense earlier rows lie around some later rows, for their clusters as a whole 1.

        Where that is much, these clusters have grown: a week may hold the rows of one of them alone.

        Parameters
        ----------
        ids
            Of all later rows, int64 (m,): the clusters that they would have had in the generation before.
        own
            Those of the later rows in question.
        rows
            Where these are in the pool.
        """
        found, counts = np.unique(own, return_counts=True)
        large = found[counts >= counts.max() / 2]
        earlier = np.isin(self.before.ids, large).sum()
        later = np.isin(ids, large).sum()
        near = pool.later[pool.nearest[rows]]
        odds = ((~near).sum() + 0.5) / (near.sum() + 0.5)
        return float(odds * (later + 0.5) / (earlier + 0.5))

    def _was_nothing(self, id: int, now: IntArray) -> bool:
        """Tell whether a cluster that lives had next to no rows in the generation before."""
        earlier = (self.before.ids == id).mean()
        return bool(earlier <= LEFT * (now == id).mean())

    def _of_the_new(
        self, pool: change.Pool, votes: IntArray, groups: Mapping[int, IntArray]
    ) -> npt.NDArray[np.bool_]:
        """Return which rows of the pool, of either generation, are nearer to a new cluster than to theirs."""
        mask = np.zeros(len(votes), dtype=bool)
        for rows in groups.values():
            mask[rows] = True
        if groups:
            near = self.ids.centres.distances(pool.points, list(groups)).min(axis=1)
            for id in np.unique(votes[votes >= 0]).tolist():
                rows = np.flatnonzero(votes == id)
                far = self.ids.centres.distances(pool.points[rows], [id])[:, 0]
                mask[rows[near[rows] < far]] = True
        return mask

    def _deaths(
        self, pool: change.Pool, votes: IntArray, known: IntArray, rest: change.Mask
    ) -> tuple[dict[int, float], change.Mask]:
        """Find the clusters that are gone.

        Parameters
        ----------
        rest
            The rows that take part: what comes or goes alone would change the clusters next to it.

        Returns
        -------
        p, rest
            How much the share of each has changed, and the rows without those of the gone.
        """
        shares = change.shares(pool, votes, known, np.flatnonzero(rest))
        density = change.presence(pool, votes, known)
        p = dict(zip(known.tolist(), shares.p.tolist(), strict=True))
        before = shares.before / max(shares.before.sum(), 1)
        after = shares.after / max(shares.after.sum(), 1)
        gone = (shares.p <= LEVEL) & (after < before) & (density <= LEFT)
        for id in known[gone].tolist():
            if id not in self.kinds:
                self.kinds[id] = ("gone", p[id])
                self.ids.set_gone(id, self.number)
        if gone.any() and not gone.all():
            rest = rest & ~pool.near(np.isin(votes, known[gone]))
            stayed = known[~gone]
            again = change.shares(pool, votes, stayed, np.flatnonzero(rest))
            p |= dict(zip(stayed.tolist(), again.p.tolist(), strict=True))
        return p, rest

    def _shifted(self, id: int, share: float, moved: float) -> None:
        """Say what became of a cluster that is neither new nor gone nor of another structure."""
        if id not in self.kinds and min(share, moved) <= LEVEL:
            self.kinds[id] = ("moved", moved) if moved < share else ("grown", share)

    def _refit(
        self, points: Points, chosen: IntArray, pool: change.Pool, ids: IntArray
    ) -> tuple[IntArray, State]:
        """Fit the clusterer anew, match its clusters to ids, and take up splits and merges by test."""
        fit = self.fitting.fit(points)
        self.notes = tuple(fit.clusterer.warnings())
        drawn = points.some(chosen)
        earlier = self.fitting.all_numbers(fit, points, Points(self.before.embedding))
        numbers = np.concatenate([earlier, fit.labels[chosen]])
        alive = self.ids.alive
        lasting = np.where(np.isin(self.before.ids, alive), self.before.ids, NOISE)
        table = Table.of(np.concatenate([lasting, ids[chosen]]), numbers)
        merged = {cluster.into for cluster in self.ids.clusters}  # by hand: a fit does not undo it
        structures = [(True, s) for s in table.splits() if s.whole not in merged]
        structures += [(False, s) for s in table.turned.splits()]
        answers = table.answers()
        if structures:
            both = Points(np.concatenate([self.before.embedding, drawn.embedding]))
            # ids have a history, so what counts is how two fits differ: one for each generation
            apart = largest(self._dealt(both, pool.later, 0))
            sizes = tuple(min(structure.size, apart) for _, structure in structures)
            generator = np.random.default_rng([pool.seed, 7])
            p = structure_p(
                sizes, lambda i: self._dealt(both, generator.permutation(pool.later), i + 1)
            )
            for (split, structure), value in zip(structures, p, strict=True):
                if value <= LEVEL:
                    (self._split if split else self._merge)(structure, value, answers)
        self.ids.anchor = Anchor(generation=self.number, ids=answers)
        space = self.fitting.space(points)
        own = Centres.of(space, ids)
        self.ids.centres = self._centres_of_parts(points, fit, answers).over(
            own.over(self.ids.centres)
        )
        return self._labels(space, fit.labels), fit.clusterer.state()

    def _dealt(self, both: Points, later: change.Mask, number: int) -> Table:
        """Fit two parts of the rows and return how the fits match on all of them."""
        halves = [both.some(np.flatnonzero(~later)), both.some(np.flatnonzero(later))]
        fits = [self.fitting.fit(half, number) for half in halves]
        labels = []
        for fit, half, other, own in zip(fits, halves, halves[::-1], (~later, later), strict=True):
            of_all = np.empty(len(both), dtype=np.int64)
            of_all[own] = fit.labels
            of_all[~own] = self.fitting.all_numbers(fit, half, other)
            labels.append(of_all)
        return Table.of(labels[0], labels[1])

    def _split(self, structure: Structure, p: float, answers: dict[int, tuple[int, ...]]) -> None:
        id, (first, *rest) = structure.whole, structure.parts
        answers[first] = (id,)
        parts = []
        for number in rest:
            part = self.ids.fresh(origin=id)
            answers[number] = (part,)
            self.kinds[part] = ("new", p)
            parts.append(part)
        self.kinds[id], self.others[id] = ("split", p), tuple(parts)

    def _merge(self, structure: Structure, p: float, answers: dict[int, tuple[int, ...]]) -> None:
        id, *rest = structure.parts
        answers[structure.whole] = (id,)
        for part in rest:
            self.ids.set_gone(part, self.number)
            self.kinds[part], self.others[part] = ("gone", p), (id,)
        self.kinds[id], self.others[id] = ("merged", p), tuple(rest)

    def _centres_of_parts(
        self, points: Points, fit: Fit, answers: Mapping[int, tuple[int, ...]]
    ) -> Centres:
        ids = np.full(len(points), NOISE, dtype=np.int64)
        for number, (id, *rest) in answers.items():
            if not rest:
                ids[fit.labels == number] = id
        return Centres.of(self.fitting.space(points), ids)

    def _succession(
        self,
        rows: NewRows,
        how: How,
        chosen: IntArray,
        ids: IntArray,
        shares: Mapping[int, float],
        moved: Mapping[int, float],
        state: State | None,
        *,
        tested: bool = True,
    ) -> Succession:
        points = self.fitting.space(rows.points)
        known = sorted({*shares, *self.kinds, *np.unique(ids[ids >= 0]).tolist()})
        sizes = {c.id: (c.rows, c.share) for c in self.before.record.changes}
        none = (0, 0.0)
        changes = []
        for id in known:
            if id not in self.kinds and self.ids.clusters[id].gone not in (None, self.number):
                continue
            here = int((ids == id).sum())
            before, share_before = sizes.get(id, none)
            share = here / max(len(ids), 1)
            least = min(shares.get(id, 1.0), moved.get(id, 1.0)) if tested else None
            kind: Kind = self.kinds[id][0] if id in self.kinds else "same"
            p = self.kinds[id][1] if id in self.kinds else least
            if kind == "grown" and share < share_before:
                kind = "shrunk"
            changes.append(
                Change(
                    id=id,
                    kind=kind,
                    p=p,
                    share_p=shares.get(id),
                    moved_p=moved.get(id),
                    rows_before=before,
                    rows=here,
                    share_before=share_before,
                    share=share,
                    others=self.others.get(id, ()),
                )
            )
        clusters = explained(rows.split, points, ids)
        self.ids.clusters, notes = name_new(
            self.ids.clusters, self.number, clusters, rows.split, self.fitting
        )
        rows = replace(rows, notes=(*rows.notes, *self.notes, *notes))
        compared = (len(self.before.points), len(chosen)) if tested else None
        record = generation(
            self.number, rows, how, ids, self.ids.anchor, changes, compared, clusters
        )
        centres = Centres.of(points, ids).over(self.ids.centres)
        snapshot = Snapshot(
            record,
            *both_of(points, rows.points.embedding, chosen),
            ids[chosen],
            centres,
            rows.split.ids.astype(str).tolist(),
            ids,
            state,
            self.before.parts,
        )
        return Succession(tuple(self.ids.clusters), snapshot)


def _most(ids: IntArray) -> tuple[int, float]:
    """Return the most frequent of some ids, and its share."""
    values, counts = np.unique(ids, return_counts=True)
    best = int(counts.argmax())
    return int(values[best]), float(counts[best] / len(ids))
