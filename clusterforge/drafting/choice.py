"""Which plugins a drafted recipe uses: of each role the highest rank that is usable here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from clusterforge.contracts import Setting
from clusterforge.costs import Size
from clusterforge.errors import ClusterforgeError
from clusterforge.hub.lookup import places
from clusterforge.packages import Package, encoders_for
from clusterforge.params import Params, named
from clusterforge.registry import Plugin, Registry
from clusterforge.registry.distributions import missing_requirements
from clusterforge.specs import Kind, Proposal, Role

LONGEST = 300.0
"""Seconds that a reduction may take by its estimate to be proposed: what follows works without it, too."""
WIDTH = 384  # columns of an embedding, commonly
PRODUCTS = 1.8e11  # operations of a second (``Cost.products``)


@dataclass(frozen=True)
class Chosen:
    """A plugin of the recipe.

    Parameters
    ----------
    kind, use
        Its kind and name.
    proposal
        What it proposes.
    settings, data
        Its keys, and those that the data set needs for it.
    others
        The names of those that would do as well.
    with_more
        What a recipe for more rows would have; empty where it would be the same.
    missing
        The package with an encoder for such rows, where none of these is installed.
    """

    kind: Kind
    use: str
    proposal: Proposal
    settings: tuple[Setting, ...]
    data: tuple[Setting, ...]
    others: tuple[str, ...]
    with_more: str = ""
    missing: Package | None = None


def chain(role: Role, rows: int, registry: Registry) -> list[Chosen]:
    """Return the encoders for a role, and a clusterer, which says what more rows would change.

    Parameters
    ----------
    role
        What the rows are.
    rows
        How many there are, at least.
    registry
        The plugins.
    """
    chosen = _chain(role, rows, registry)
    packages = encoders_for(role)
    installed = {plugin.spec.name for plugin in registry.of("encoder")}
    if chosen and packages and not installed & {package.use for package in packages}:
        chosen[0] = replace(chosen[0], missing=packages[0])
    specs = (plugin.spec for kind in ("encoder", "clusterer") for plugin in registry.of(kind))
    more = (p.fewest for spec in specs for p in spec.proposals if p.fewest > rows)
    for enough in sorted(set(more)):
        uses = [one.use for one in chosen]
        others = [one for one in _chain(role, enough, registry) if one.use not in uses]
        if others:
            names = " and ".join(f"{one.kind} {one.use}" for one in others)
            with_more = f"with {enough:,} rows or more: {names}"
            return [*chosen[:-1], replace(chosen[-1], with_more=with_more)]
    return chosen


def _chain(role: Role, rows: int, registry: Registry) -> list[Chosen]:
    roles: list[tuple[Kind, Role]] = [("encoder", role), ("clusterer", "clusters")]
    reduction = _best("encoder", "reduction", rows, registry, {role})
    plain = _best("clusterer", "clusters", rows, registry, {role})
    if reduction is not None:
        best = _best("clusterer", "clusters", rows, registry, {role, "reduction"})
        # A reduction is for the clusterer that asks for it.
        if best is not None and plain is not None and best.use != plain.use:
            roles.insert(1, ("encoder", "reduction"))
    first = _best("encoder", role, rows, registry, set())
    if first is not None and first.proposal.then is not None and len(roles) == 2:
        roles.insert(1, ("encoder", first.proposal.then))
    done = {each for _, each in roles}
    proposed = (_best(kind, each, rows, registry, done) for kind, each in roles)
    return [one for one in proposed if one is not None]


def _best(
    kind: Kind, role: Role, rows: int, registry: Registry, before: set[Role]
) -> Chosen | None:
    usable = [
        (plugin, proposal)
        for plugin in registry.of(kind)
        for proposal in plugin.spec.proposals
        if proposal.role == role
        and rows >= proposal.fewest
        and (proposal.after is None or proposal.after in before)
        and _is_here(plugin, proposal, rows)
    ]
    if not usable:
        return None
    (plugin, proposal), *others = sorted(usable, key=lambda pair: (-pair[1].rank, pair[0].use))
    return Chosen(
        kind,
        plugin.use,
        proposal,
        proposal.settings(rows),
        proposal.data(rows),
        tuple(dict.fromkeys(other.use for other, _ in others if other.use != plugin.use)),
    )


def _is_here(plugin: Plugin, proposal: Proposal, rows: int) -> bool:
    """Tell whether a plugin and the models that it names are on this machine."""
    package = plugin.distribution
    if not package.ours and missing_requirements(package.name):
        return False
    params = plugin.spec.params.model_validate({s.key: s.value for s in proposal.settings(rows)})
    if proposal.role == "reduction" and _seconds(plugin, params, rows) > LONGEST:
        return False
    try:
        models = [v for _, v, mark, _ in named(params) if mark.what == "model"]
        return all(any(True for _ in places(model, None, "model")) for model in models)
    except ClusterforgeError:
        return False


def _seconds(plugin: Plugin, params: Params, rows: int) -> float:
    """Return about how long an encoder takes on the reference machine; 0 where it does not say."""
    costs = plugin.spec.costs
    cost = costs(params, Size(rows, width=WIDTH)) if costs else None
    return cost.start + cost.seconds + cost.products / PRODUCTS if cost else 0.0
