"""The kit against plugins that are wrong on purpose: each is caught by the check meant for it."""

from __future__ import annotations

import pytest

from clusterforge.registry import Distribution, Plugin, Registry
from clusterforge.specs import ALL_TYPES
from clusterforge.testing import checks, outcomes
from tests.testing.wrong_plugins import (
    clusterers,
    datasets,
    encoders,
    losses,
    metrics,
    namers,
    parts,
    trained,
)
from tests.testing.wrong_plugins.listing import HOOKS, Listing, Wrong

REGISTRY = Registry.installed(limit="")
LISTINGS: list[Listing] = [
    clusterers.LISTING,
    clusterers.SOFT,
    encoders.LISTING,
    encoders.OF_TEXT,
    trained.LISTING,
    losses.LISTING,
    losses.SIAMESE,
    losses.TARGETED,
    parts.LISTING,
    parts.VIEWS,
    metrics.LISTING,
    namers.LISTING,
    datasets.LISTING,
]
WRONG = [wrong for listing in LISTINGS for wrong in listing.wrong]
LAW = {"name-law"}  # the classes are called after what is wrong with them


def failed(plugin: Plugin) -> dict[str, str]:
    found = outcomes(plugin, {}, REGISTRY)
    return {each.check.name: each.message for each in found if each.state == "failed"}


def test_every_check_has_a_wrong_plugin() -> None:
    names = {check.name for kind in ALL_TYPES for check in checks(kind)}
    assert names == {wrong.check for wrong in WRONG}
    assert len(names) >= 25


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.right.name)
def test_a_right_plugin_fails_no_check(listing: Listing) -> None:
    found = failed(Plugin(listing.right, Distribution("right", "1", "right", HOOKS)))
    assert found == {}


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.check)
def test_a_wrong_plugin_is_caught_by_its_check(wrong: Wrong) -> None:
    found = failed(wrong.plugin)
    assert found.keys() - LAW == {wrong.check} - LAW | wrong.also
    assert found[wrong.check]


def test_a_misspelt_loss_is_named() -> None:
    (wrong,) = trained.UNKNOWN_LOSS.wrong
    assert "did you mean 'reconstruction'?" in failed(wrong.plugin)["phases-known"]


def test_a_target_that_is_not_there_is_said_once() -> None:
    missing = Listing(clusterers.RIGHT)
    missing.spec(clusterers.Halves, "target-loads", target=f"{clusterers.__name__}:Halfs")
    (wrong,) = missing.wrong
    found = list(outcomes(wrong.plugin, {}, REGISTRY))
    failures = {each.check.name: each.message for each in found if each.state == "failed"}
    assert failures.keys() - LAW == {"target-loads"}
    assert ":Halfs is not there; did you mean 'Halves'?" in failures["target-loads"]
    skipped = [each for each in found if "see target-loads" in each.message]
    assert len(skipped) > 5
    assert {each.state for each in skipped} == {"skipped"}


@pytest.mark.parametrize("check", ["hooks-light", "dataset-module-light"])
def test_what_is_heavy_is_named_with_its_line(check: str) -> None:
    (plugin,) = (wrong.plugin for wrong in WRONG if wrong.check == check)
    (found,) = (o for o in outcomes(plugin, {}, REGISTRY) if o.check.name == check)
    assert "scipy" in found.message
    assert found.place == "wrong_plugins/heavy.py:3"
