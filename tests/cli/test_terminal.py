from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterforge.cli import terminal


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bcreset", "reset"),
        ("\x1b]0;no end", "0;no end"),
        ("a\x00b\x07c\x7fd\x85e", "abcd e"),
        ("two\r\nlines\tand\u2028more", "two lines and more"),
        ("\u202eevil\u2066x\u2069", "evilx"),
        ("[red]markup[/red] [/", "[red]markup[/red] [/"),
        ("ünïcode 漢字 🎉", "ünïcode 漢字 🎉"),
        ("half \ud800 a pair", "half  a pair"),
    ],
)
def test_hostile_text_is_one_plain_line(hostile: str, shown: str) -> None:
    assert terminal.plain(hostile) == shown


@given(st.text())
def test_no_text_can_move_the_cursor(text: str) -> None:
    shown = terminal.plain(text)

    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in shown)
    assert terminal.plain(shown) == shown


def test_columns_that_do_not_fit_go_below(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")

    terminal.grid(
        ["name", "first column", "second column", "third column"],
        [["漢字", "1", "2", "3"], ["b", "10", "20", "30"]],
    )

    assert capsys.readouterr().out == (
        "name  first column  second column\n"
        "漢字             1              2\n"
        "b               10             20\n"
        "\n"
        "name  third column\n"
        "漢字             3\n"
        "b               30\n"
    )
