"""A process that answers: one that stops, one that will not end, one that is gone."""

from __future__ import annotations

import signal

import pytest

from clusterforge.registry.child import Child, Ended

SERVER = "clusterforge.registry.first_import"


def test_a_process_that_stops_is_ended() -> None:
    child = Child(SERVER, 0.5)
    child.process.send_signal(signal.SIGSTOP)
    with pytest.raises(Ended, match=r"it did not answer within 0\.5 s"):
        child.ask([])
    assert not child.alive


def test_a_process_that_does_not_end_is_ended() -> None:
    child = Child(SERVER, 0.5)
    child.process.send_signal(signal.SIGSTOP)
    child.close()
    assert not child.alive


def test_a_process_that_is_gone_says_how_it_ended() -> None:
    child = Child(SERVER, 5)
    child.process.kill()
    child.process.wait()
    with pytest.raises(Ended, match=r"ended the process \(status -9\)"):
        child.ask([])
