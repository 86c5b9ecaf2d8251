"""The kit's checks of trackers: a right one passes, each wrong one fails the check meant for it."""

from __future__ import annotations

import sys

import pytest

from clusterforge.errors import InputError
from clusterforge.registry import Distribution, Registry, Tracker
from clusterforge.testing import checks, conformance, find, outcomes
from tests.testing.wrong_plugins import heavy, trackers

REGISTRY = Registry([])
ALONE = "tracker-light"  # it imports the module in a process of its own


def failed(change: trackers.Change | None, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    module = trackers.right("kit_tracker")
    if change:
        change(module)
    monkeypatch.setitem(sys.modules, "kit_tracker", module)
    tracker = Tracker(Distribution("kit-tracker", "1", "kit", "kit_tracker"), ())
    made = outcomes(tracker, {}, REGISTRY)
    return {o.check.name: o.message for o in made if o.state == "failed"}


def test_every_check_has_a_wrong_tracker() -> None:
    assert {check.name for check in checks("tracker")} == {*trackers.WRONG, ALONE}


def test_a_right_tracker_fails_no_check(monkeypatch: pytest.MonkeyPatch) -> None:
    assert failed(None, monkeypatch).keys() == {ALONE}  # there is no file to import


@pytest.mark.parametrize("check", trackers.WRONG)
def test_a_wrong_tracker_is_caught_by_its_check(
    check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = failed(trackers.WRONG[check], monkeypatch)
    assert check in found
    if check not in ("tracks-run", "tracks-failed-run"):
        assert found.keys() == {check, ALONE}


def test_a_heavy_tracker_is_caught() -> None:
    tracker = Tracker(Distribution("heavy", "1", "heavy", heavy.__name__), ())
    with pytest.raises(Exception, match="hook"):
        list(outcomes(tracker, {}, REGISTRY))


def test_a_tracker_is_named_by_its_distribution() -> None:
    tracker = Tracker(Distribution("clusterforge-lines", "1"), ())
    registry = Registry([], trackers=[tracker])
    assert find("tracker:clusterforge-lines", registry) is tracker
    with pytest.raises(InputError, match="did you mean 'clusterforge-lines'"):
        find("tracker:clusterforge-line", registry)
    with pytest.raises(InputError, match="no parameters"):
        conformance("tracker:clusterforge-lines", params={"a": 1}, registry=registry)
