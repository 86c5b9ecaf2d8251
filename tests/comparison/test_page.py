from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from clusterforge.comparison import compare
from clusterforge.comparison.flow import colours, flow
from clusterforge.report.matching import all_clusters
from clusterforge.report.palette import NOISE, colour
from tests.comparison.conftest import Make
from tests.report.conftest import HOSTILE, LABELS

CHROMIUM = Path("/usr/bin/chromium")
TRUTH = [i % 3 for i in range(60)]
MOVED = [(t + (i % 5 == 0)) % 3 for i, t in enumerate(TRUTH)]


@pytest.fixture
def hostile(make: Make) -> tuple[Path, Path]:
    texts = [f"{HOSTILE[i % len(HOSTILE)]} number {i}" for i in range(60)]
    ids = [f"<i>{i}</i>\x07" for i in range(60)]
    more = {"texts": texts, "ids": ids, "names": LABELS}
    bad = {"recipe": {"name": "<b>"}, "warnings": ["<script>"]}
    return (
        make("<a>", {"<b>x": TRUTH}, TRUTH, **more, **bad),
        make("<b>", {"<b>x": MOVED}, TRUTH, seed=1, embedding="o", **more, **bad),
    )


class Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def test_hostile_text_stays_text(hostile: tuple[Path, Path]) -> None:
    page = compare(*hostile).html()

    found = Elements(page)
    assert not {"script", "i", "iframe", "link", "object"} & set(found.tags)
    names = {name for name, _ in found.attributes}
    assert not {name for name in names if name.startswith("on")} | {"style"} & names
    assert not [
        v for n, v in found.attributes if n in ("href", "src") and not str(v).startswith("data:")
    ]
    assert "\x07" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert page.count("<img") == 0
    assert "default-src 'none'" in page


def test_the_same_runs_give_the_same_page(hostile: tuple[Path, Path]) -> None:
    assert compare(*hostile).html() == compare(*hostile).html()


def test_clusters_keep_the_colours_of_their_report(make: Make) -> None:
    first = [2 - t for t in TRUTH]
    second = [5 if t == 0 else 6 if t == 1 else -1 if i < 9 else 7 for i, t in enumerate(TRUTH)]
    found = compare(make("a", {"x": first}, TRUTH), make("b", {"x": second}, TRUTH, seed=1))
    a, b = found.lanes[0].lane.subjects
    alignment = found.lanes[0].pairs[0].alignment
    assert alignment is not None

    before, after = colours(a, b, alignment)

    own = all_clusters(a.run.rows)["x"].colours
    assert before == {i: colour(c) for i, c in own.items()}
    assert {after[alignment.matched[i]]: before[i] for i in (0, 1, 2)} == {
        c: c for c in before.values()
    }
    assert after[-1] == NOISE


def test_ribbons_are_as_thick_as_their_rows(make: Make) -> None:
    found = compare(make("a", {"x": TRUTH}), make("b", {"x": MOVED}))
    alignment = found.lanes[0].pairs[0].alignment
    assert alignment is not None

    drawn = flow(("A", "B"), alignment, ({}, {}))

    scale = 360 / 60
    thick = []
    for ribbon in drawn.ribbons:
        start, last = re.findall(r"M0 ([\d.]+)|50 ([\d.]+) 0 [\d.]+Z$", ribbon.path)
        thick.append(float(last[1]) - float(start[0]))
    counts = sorted((int(n) for n in alignment.counts.ravel() if n), reverse=True)
    assert thick == pytest.approx([n * scale for n in counts], abs=0.02)
    assert sum(bar.height for bar in drawn.left) == pytest.approx(360, abs=0.1)


def test_many_clusters_are_put_together(make: Make) -> None:
    many = list(range(100))
    found = compare(make("a", {"x": many}), make("b", {"x": many[::-1]}))
    alignment = found.lanes[0].pairs[0].alignment
    assert alignment is not None

    drawn = flow(("A", "B"), alignment, ({}, {}))

    assert [bar.name for bar in drawn.left][-1] == "77 more"
    assert len(drawn.left) == len(drawn.right) == 24


def test_json_holds_no_nan_and_all_rows(hostile: tuple[Path, Path]) -> None:
    told = compare(*hostile).as_dict()

    assert json.loads(json.dumps(told, allow_nan=False)) == told
    (pair,) = told["lanes"][0]["pairs"]
    assert sum(one["rows"] for one in pair["flows"]) == pair["rows"] == 60
    assert pair["moved"]["rows"] == int(np.sum(np.array(TRUTH) != MOVED))


@pytest.mark.skipif(not CHROMIUM.is_file(), reason="there is no Chromium")
def test_the_page_in_a_browser(hostile: tuple[Path, Path], tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    compare(*hostile).write_html(tmp_path / "page.html")
    told: list[str] = []
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        for width in (1200, 390):
            page = browser.new_page(viewport={"width": width, "height": 800})
            page.on("console", lambda message: told.append(message.text))
            page.on("dialog", lambda dialog: told.append(dialog.message))
            page.on(
                "request",
                lambda request: (
                    told.append(request.url) if "page.html" not in request.url else None
                ),
            )
            page.goto(f"file://{tmp_path / 'page.html'}")
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert page.locator(".flow path").count() == 6
            assert page.locator(".rows li").count() == 12
            assert HOSTILE[1] in page.inner_text("main")
        browser.close()
    assert not told
