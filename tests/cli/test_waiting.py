"""A command that is silent for seconds shows that it is under way."""

from __future__ import annotations

import io
import sys
import time

import pytest

from clusterforge.cli import terminal, waiting


class Screen(io.StringIO):
    def __init__(self, tty: bool) -> None:
        super().__init__()
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty


def until(screen: Screen, text: str) -> None:
    end = time.monotonic() + 5
    while text not in screen.getvalue():
        assert time.monotonic() < end, screen.getvalue()
        time.sleep(0.01)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SILENT", "REDRAW", "MINUTE"):
        monkeypatch.setattr(waiting, name, 0.02)
    monkeypatch.setenv("TERM", "xterm")


def test_without_a_terminal_a_line_from_time_to_time(
    quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Screen(tty=False)
    monkeypatch.setattr(sys, "stderr", screen)
    with waiting.waiting("predict"):
        until(screen, "predict: under way for < 0.1 s\n")
        waiting.end()
        written = screen.getvalue()
        time.sleep(0.1)
    assert screen.getvalue() == written
    assert "\x1b" not in written


def test_on_a_terminal_one_line_that_goes_before_anything_is_printed(
    quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Screen(tty=True)
    monkeypatch.setattr(sys, "stderr", screen)
    with waiting.waiting("verify"):
        until(screen, f"{waiting.CLEAR}verify: ")
        waiting.end()
        terminal.note("done")
    assert screen.getvalue().endswith(f"{waiting.CLEAR}done\n")


def test_what_takes_no_time_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(tty=True)
    monkeypatch.setattr(sys, "stderr", screen)
    with waiting.waiting("describe"):
        pass
    assert screen.getvalue() == ""


def test_a_minute_begins_anew_with_whatever_is_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting, "MINUTE", 0.4)
    screen = Screen(tty=False)
    monkeypatch.setattr(sys, "stderr", screen)
    with waiting.waiting("run"):
        waiting.remind(lambda: "kmeans: under way")
        for _ in range(8):
            time.sleep(0.1)
            terminal.note("a stage is done")
        assert "under way" not in screen.getvalue()
        until(screen, "kmeans: under way\n")


@pytest.mark.parametrize("stream", [None, "closed"])
def test_without_a_stderr_a_command_runs_all_the_same(
    stream: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Screen(tty=False) if stream else None
    if screen:
        screen.close()
    monkeypatch.setattr(sys, "stderr", screen)
    with waiting.waiting("verify"):
        pass
