"""Evidence accumulation: many fits of other clusterers, and the clusters that they agree on."""

from __future__ import annotations

from typing import Any

import numpy as np

from clusterforge.builtin.clusterers import ConsensusParams
from clusterforge.clusterers.anchored import Described, numbered
from clusterforge.clusterers.how_many import too_many
from clusterforge.contracts import (
    Choice,
    Clusterer,
    Context,
    Curve,
    Details,
    FloatArray,
    IntArray,
    Mark,
    Points,
    State,
    checked_rows,
)
from clusterforge.errors import InputError
from clusterforge.numerics.arrays import BoolArray
from clusterforge.numerics.consensus import NOISE, UNSEEN, Merges, Votes
from clusterforge.numerics.linkage import cut

MOST_NOISE = 0.5
SURE = 0.9
DRAWS = 2**31


class Consensus(Described[ConsensusParams]):
    """Ward's rule on the share of fits in which two rows are together.

    Each clusterer below is fitted ``restarts`` times, by other seeds and on other samples of the rows;
    rows outside a sample are labelled by the clusterer's own rule, or not at all. A row that more than
    half of the fits call noise is noise, where only the fits of clusterers that call some row noise
    count: k-means can't say so. The others are points whose squared distance is twice the share
    of fits that part them; rows that no fit parts are one point, so time and memory follow the distinct
    votes, never n². A row's membership of a cluster is the mean, over its fits, of the share of its
    cluster there that lies in the consensus cluster; what is missing to 1 is the share of fits that call
    it noise.

    New rows are labelled by every fit: noise by the same rule, or the cluster of the largest membership.

    References
    ----------
    Fred & Jain 2005, doi:10.1109/TPAMI.2005.113. Strehl & Ghosh 2002 (JMLR 3).
    """

    names: list[str]
    width: int
    knows_noise: BoolArray
    shares: FloatArray
    _voters: list[Clusterer[Any]] | None = None
    _stored = State()

    def fit(self, points: Points, context: Context) -> IntArray:
        """Fit the clusterers below many times and cluster their votes: int64 (n,)."""
        rows = checked_rows(points.embedding)
        self.width = rows.shape[1]
        votes = self._fits(points, context)
        labels = np.full(len(rows), NOISE, dtype=np.int64)
        inside = np.flatnonzero(votes.noise <= MOST_NOISE)
        choices: tuple[Choice, ...] = ()
        if len(inside):
            labels[inside], choices = self._joined(votes, inside, context)
        self.shares = votes.shares(labels)
        own = votes.membership(self.shares)[inside, labels[inside]]
        values = {
            "fits": int(votes.labels.shape[1]),
            "agreement": float(own.mean()) if len(own) else None,
            "sure_rows": float((own >= SURE).mean()) if len(own) else None,
        }
        self._details = Details(values, choices)
        return labels

    def predict(self, points: Points, context: Context) -> IntArray:
        """Give rows the cluster that the fits name most, or noise: int64 (n,)."""
        votes = self._votes(points, context)
        shares = votes.membership(self.shares)
        noise = (votes.noise > MOST_NOISE) | (shares.sum(axis=1) == 0)
        labels = shares.argmax(axis=1) if shares.shape[1] else 0
        return np.where(noise, NOISE, labels).astype(np.int64)

    def membership(self, points: Points, context: Context) -> FloatArray:
        """Return the share of votes for each cluster: float32 (n, k)."""
        return self._votes(points, context).membership(self.shares)

    def state(self) -> State:
        """Return the states of all fits, and how their clusters lie in those of the consensus."""
        arrays = {"shares": self.shares, "knows_noise": self.knows_noise}
        state = State(arrays, {"names": self.names, "width": self.width})
        for number, voter in enumerate(self._voters or ()):
            state |= voter.state().within(f"fit.{number}")
        return state

    def restore(self, state: State) -> None:
        """Take up the fits and the shares."""
        self.shares = np.asarray(state.arrays["shares"], dtype=np.float32)
        self.knows_noise = np.asarray(state.arrays["knows_noise"], dtype=bool)
        self.names, self.width = list(state.meta["names"]), int(state.meta["width"])
        self._stored, self._voters = state, None

    def _votes(self, points: Points, context: Context) -> Votes:
        """Return what each fit says of rows."""
        checked_rows(points.embedding, self.width)
        if self._voters is None:
            self._voters = []
            for number, name in enumerate(self.names):
                voter = context.below(name)
                voter.restore(self._stored.part(f"fit.{number}"))
                self._voters.append(voter)
        columns = [_said(voter, points, context) for voter in self._voters]
        return Votes(np.stack(columns, axis=1), self.knows_noise)

    def _fits(self, points: Points, context: Context) -> Votes:
        """Fit each clusterer below several times and return the votes."""
        rng = np.random.default_rng(context.seed)
        n, of = len(points), self.params.of or tuple(points.clusterings)
        size = max(round(self.params.share * n), min(n, 2))
        total, failed, reason = len(of) * self.params.restarts, 0, ""
        self.names, self._voters, votes = [], [], []
        for number in range(total):
            context.progress(float(number), float(total), "fits")
            name, seed = of[number % len(of)], int(rng.integers(DRAWS))
            sample = np.sort(rng.permutation(n)[:size])
            rest = np.setdiff1d(np.arange(n), sample)
            labels = np.full(n, UNSEEN, dtype=np.int64)
            voter = context.below(name)
            try:
                labels[sample] = voter.fit(points.some(sample), context.with_seed(seed))
                if len(rest):
                    labels[rest] = _said(voter, points.some(rest), context)
            except InputError as error:
                failed, reason = failed + 1, error.problem
                continue
            self.names.append(name)
            self._voters.append(voter)
            votes.append(labels)
        context.progress(float(total), float(total), "fits")
        if not votes:
            raise InputError(f"no fit of {', '.join(of)} succeeded: {reason}", key="of")
        if failed:
            self._warnings = (f"{failed} of {total} fits failed and have no vote: {reason}",)
        with_noise = {
            name for name, column in zip(self.names, votes, strict=True) if (column == NOISE).any()
        }
        self.knows_noise = np.array([name in with_noise for name in self.names])
        return Votes(np.stack(votes, axis=1), self.knows_noise)

    def _joined(
        self, votes: Votes, inside: IntArray, context: Context
    ) -> tuple[IntArray, tuple[Choice, ...]]:
        """Return the consensus of rows that are not noise, int64 (m,), and how their number was found."""
        merges = votes.merges(inside, seed=context.seed, device=context.device)
        k: int | str = self.params.n_clusters
        choices: tuple[Choice, ...] = ()
        if k == "auto":
            choice = _largest_step(merges, votes.most_clusters, len(inside))
            k, choices = int(choice.value), (choice,)
        if not isinstance(k, int):
            raise InputError("'classes' has to be replaced by a number first", key="n_clusters")
        if k > merges.groups:
            raise too_many(k, merges.groups, "separable group")
        return numbered(cut(merges.children, merges.groups, k)[merges.group]), choices


def _said(voter: Clusterer[Any], points: Points, context: Context) -> IntArray:
    """Return the labels of rows that a fit has not seen; where it can't tell, that it has not."""
    try:
        return voter.predict(points, context)
    except NotImplementedError:
        return np.full(len(points), UNSEEN, dtype=np.int64)


def _largest_step(merges: Merges, most: int, rows: int) -> Choice:
    """Return the number of clusters, at most ``most``, that lasts over the widest range of heights."""
    steps = -np.diff([*merges.heights[::-1], 0.0])[: max(most, 2) - 1]
    ks = tuple(range(2, len(steps) + 2))
    k = int(steps.argmax()) + 2 if len(steps) else 1
    curve = Curve(
        name="consensus-steps",
        title="Steps between the heights of merges",
        x_label="clusters",
        y_label="height of the merge above that of the one before",
        x=ks,
        y=tuple(map(float, steps)),
        better="higher",
        rows=rows,
        marks=(Mark(k, f"{k} taken"),),
    )
    return Choice("n_clusters", k, "heights", {"heights": k}, ks, (curve,) if ks else ())
