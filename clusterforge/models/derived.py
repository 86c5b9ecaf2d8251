"""Clusterers that work on other clusterings: one together with those counts as one clusterer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from clusterforge.contracts import (
    Clusterer,
    Context,
    Details,
    FloatArray,
    IntArray,
    Points,
    State,
)
from clusterforge.contracts.context import no_bases
from clusterforge.errors import InputError
from clusterforge.models import guard
from clusterforge.models.trees import row_tree
from clusterforge.params import DerivedParams
from clusterforge.recipe.model import Entry, bases
from clusterforge.registry import Registry
from clusterforge.specs import ClustererSpec
from clusterforge.validation import validated

Bases = Mapping[str, Clusterer[Any]]
Base = Callable[[str], Clusterer[Any]]
OWN, BELOW = "own", "below"


class Derived(Clusterer[DerivedParams]):
    """A clusterer and those that it works on, which label the rows before it does.

    Parameters
    ----------
    clusterer
        The clusterer itself.
    bases
        Those that it works on, by id.
    fitted
        Whether these are fitted already: then ``fit`` takes the labels in ``points.clusterings``.
    fresh
        Returns an unfitted one of those, by id, for what fits them again.
    """

    def __init__(
        self, clusterer: Clusterer[Any], bases: Bases, *, fitted: bool, fresh: Base = no_bases
    ) -> None:
        super().__init__(clusterer.params)
        self.clusterer, self.bases, self.fitted, self.fresh = clusterer, bases, fitted, fresh

    def fit(self, points: Points, context: Context) -> IntArray:
        """Fit those below where they are not fitted, then the clusterer itself."""
        if not self.fitted:
            labels = {name: base.fit(points, context) for name, base in self.bases.items()}
            points = self._with(points, labels, context)
            found = {
                n: row_tree(base, points, labels[n], context) for n, base in self.bases.items()
            }
            points = replace(points, trees={n: tree for n, tree in found.items() if tree})
        return self.clusterer.fit(points, self._own(context))

    def predict(self, points: Points, context: Context) -> IntArray:
        """Label rows by those below, then by the clusterer itself."""
        return self.clusterer.predict(self._labelled(points, context), self._own(context))

    def membership(self, points: Points, context: Context) -> FloatArray | None:
        """Return the clusterer's own."""
        return self.clusterer.membership(self._labelled(points, context), self._own(context))

    def outlier_scores(self, points: Points, context: Context) -> FloatArray | None:
        """Return the clusterer's own, or else those of the first below."""
        scores = self.clusterer.outlier_scores(self._labelled(points, context), context)
        if scores is None:
            return next(iter(self.bases.values())).outlier_scores(points, context)
        return scores

    def leaves(self, points: Points, context: Context) -> IntArray | None:
        """Return the clusterer's own."""
        return self.clusterer.leaves(self._labelled(points, context), context)

    def cut(self, points: Points, context: Context, **where: Any) -> IntArray:
        """Cut the clusterer's own tree."""
        return self.clusterer.cut(self._labelled(points, context), context, **where)

    def details(self) -> Details:
        """Return the clusterer's own."""
        return self.clusterer.details()

    def warnings(self) -> Sequence[str]:
        """Return the clusterer's own."""
        return self.clusterer.warnings()

    def others(self) -> Sequence[str]:
        """Return the clusterer's own."""
        return self.clusterer.others()

    def state(self) -> State:
        """Return the clusterer's own, and those of clusterers below that were fitted here."""
        if self.fitted:
            return self.clusterer.state()
        state = self.clusterer.state().within(OWN)
        for name, base in self.bases.items():
            state |= base.state().within(f"{BELOW}.{name}")
        return state

    def restore(self, state: State) -> None:
        """Take up what ``state`` has returned."""
        if self.fitted:
            self.clusterer.restore(state)
            return
        self.clusterer.restore(state.part(OWN))
        for name, base in self.bases.items():
            base.restore(state.part(f"{BELOW}.{name}"))

    def _own(self, context: Context) -> Context:
        return replace(context, below=self.fresh)

    def _labelled(self, points: Points, context: Context) -> Points:
        # Fitted here, those below have clusters of their own; the labels that come in are of another fit.
        given = points.clusterings if self.fitted else {}
        absent = {name: base for name, base in self.bases.items() if name not in given}
        labels = {name: base.predict(points, context) for name, base in absent.items()}
        return self._with(points, labels, context) if labels else points

    def _with(self, points: Points, labels: Mapping[str, IntArray], context: Context) -> Points:
        shares = {name: self.bases[name].membership(points, context) for name in labels}
        known = {name: values for name, values in shares.items() if values is not None}
        return replace(
            points,
            clusterings={**points.clusterings, **labels},
            memberships={**points.memberships, **known},
        )


def build(entry: Entry, base: Base, *, fitted: bool, fresh: Base = no_bases) -> Clusterer[Any]:
    """Return the clusterer of an entry, together with those that it works on.

    Parameters
    ----------
    entry
        The entry.
    base
        Returns a clusterer that it works on, by its id.
    fitted
        Whether these are fitted.
    fresh
        Returns an unfitted one, by its id.
    """
    clusterer: Clusterer[Any] = entry.build()
    below = {name: base(name) for name in bases(entry)}
    return Derived(clusterer, below, fitted=fitted, fresh=fresh) if below else clusterer


def restored(entry: Entry, state: State, base: Base, fresh: Base) -> Clusterer[Any]:
    """Return a clusterer as a fit has left it; the entry's ``"classes"`` already a number.

    Parameters
    ----------
    base, fresh
        Return a clusterer that it works on, by its id: as it was fitted, and as it is before a fit.
    """
    clusterer = build(entry, base, fitted=True, fresh=fresh)
    with guard.restoring():
        clusterer.restore(state)
    return clusterer


def by_name(registry: Registry) -> Callable[[str, Mapping[str, JsonValue]], Clusterer[Any]]:
    """Return what makes a clusterer of a name and parameters, for ``Context.clusterer``."""

    def made(name: str, parameters: Mapping[str, JsonValue]) -> Clusterer[Any]:
        plugin = registry.find("clusterer", name)
        spec = plugin.spec
        assert isinstance(spec, ClustererSpec)
        if issubclass(spec.params, DerivedParams) or spec.needs_head or spec.reads_rows:
            raise InputError(
                f"{name} needs more than an embedding", remedy="name another clusterer"
            )
        params = validated(spec.params, parameters, place=name, file=None, folder=Path())
        clusterer: Clusterer[Any] = plugin.load()(params)
        return clusterer

    return made
