from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from clusterforge.comparison import Comparison, compare
from clusterforge.comparison.findings import Alignment
from clusterforge.comparison.flow_chart import flow_chart
from clusterforge.report.palette import NOISE, colour
from tests.comparison.conftest import Make
from tests.report.runs import HOSTILE
from tests.report.runs import HOSTILE_LABELS as LABELS

CHROMIUM = Path("/usr/bin/chromium")
TRUTH = [i % 3 for i in range(60)]
MOVED = [(t + (i % 5 == 0)) % 3 for i, t in enumerate(TRUTH)]


@pytest.fixture
def hostile(make: Make) -> tuple[Path, Path]:
    texts = [f"{HOSTILE[i % len(HOSTILE)]} number {i}" for i in range(60)]
    ids = [f"<i>{i}</i>\x07" for i in range(60)]
    more = {"texts": texts, "ids": ids, "classes": LABELS, "name": "<b>"}
    return (
        make("<a>", {"<b>x": TRUTH}, TRUTH, **more),
        make("<b>", {"<b>x": MOVED}, TRUTH, seed=1, embedding="o", **more),
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


def test_paths_are_shortened(hostile: tuple[Path, Path]) -> None:
    page = compare(*hostile).html()
    folder = hostile[0].parent
    assert str(folder.parent) not in page
    assert f"…/{folder.name}/&lt;a&gt;" in page


def test_hostile_text_stays_text(hostile: tuple[Path, Path]) -> None:
    page = compare(*hostile).html()

    elements = Elements(page)
    assert not {"script", "i", "iframe", "link", "object"} & set(elements.tags)
    names = {name for name, _ in elements.attributes}
    assert not {name for name in names if name.startswith("on")} | {"style"} & names
    assert not [
        v for n, v in elements.attributes if n in ("href", "src") and not str(v).startswith("data:")
    ]
    assert "\x07" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert page.count("<img") == 0
    assert "default-src 'none'" in page


def test_the_same_runs_give_the_same_page(hostile: tuple[Path, Path]) -> None:
    assert compare(*hostile).html() == compare(*hostile).html()


def aligned(*paths: Path) -> Alignment:
    alignment = compare(*paths).panels[0].pairs[0].alignment
    assert alignment is not None
    return alignment


def test_matched_clusters_have_one_colour(make: Make) -> None:
    first = [2 - t for t in TRUTH]
    second = [5 if t == 0 else 6 if t == 1 else -1 if i < 9 else 7 for i, t in enumerate(TRUTH)]

    alignment = aligned(make("a", {"x": first}, TRUTH), make("b", {"x": second}, TRUTH, seed=1))

    before, after = alignment.colours()
    assert before == {2: colour(0), 1: colour(1), 0: colour(2)}  # those of the classes
    assert {after[alignment.matched[i]]: i for i in before} == {before[i]: i for i in before}
    assert after[-1] == NOISE


def test_ribbons_are_as_thick_as_their_rows(make: Make) -> None:
    alignment = aligned(make("a", {"x": TRUTH}), make("b", {"x": MOVED}))

    chart = flow_chart(("A", "B"), alignment)

    scale = 360 / 60
    thick = []
    for ribbon in chart.ribbons:
        start, last = re.findall(r"M0 ([\d.]+)|50 ([\d.]+) 0 [\d.]+Z$", ribbon.path)
        thick.append(float(last[1]) - float(start[0]))
    assert thick == pytest.approx([flow.rows * scale for flow in alignment.flows], abs=0.02)
    assert sum(bar.height for bar in chart.left) == pytest.approx(360, abs=0.1)


def test_two_hundred_clusters_are_all_on_the_page(make: Make) -> None:
    many = [i // 2 for i in range(400)]
    runs = make("a", {"x": many}), make("b", {"x": [*many[1:], 0]})

    chart, page = flow_chart(("A", "B"), aligned(*runs)), compare(*runs).html()

    assert chart.left[-1].name == chart.right[-1].name == "177 more"
    assert len(chart.left) == len(chart.right) == 24
    assert "Every cluster of A (200)" in page
    assert len(re.findall(r'<th scope="row"><svg', page)) == 200


def test_json_follows_its_schema_and_holds_all_rows(hostile: tuple[Path, Path]) -> None:
    comparison = compare(*hostile)
    value = json.loads(comparison.model_dump_json())

    assert Comparison.model_validate_json(json.dumps(value)) == comparison
    assert set(value) == set(Comparison.model_json_schema()["properties"])
    alignment = value["panels"][0]["pairs"][0]["alignment"]
    assert sum(flow["rows"] for flow in alignment["flows"]) == alignment["rows"] == 60
    assert alignment["moved"]["rows"] == int(np.sum(np.array(TRUTH) != MOVED))


def test_a_notebook_shows_a_table_and_links(hostile: tuple[Path, Path], tmp_path: Path) -> None:
    comparison = compare(*hostile)
    assert "href" not in comparison._repr_html_()

    comparison.write_html(tmp_path / "<page>.html")

    table = Elements(comparison._repr_html_())
    assert {"table", "a"} <= set(table.tags)
    assert "b" not in table.tags
    assert ("href", f"file://{tmp_path}/%3Cpage%3E.html") in table.attributes


@pytest.mark.skipif(not CHROMIUM.is_file(), reason="there is no Chromium")
def test_the_page_in_a_browser(hostile: tuple[Path, Path], tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    compare(*hostile).write_html(tmp_path / "page.html")
    events: list[str] = []
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        for width in (1200, 390):
            page = browser.new_page(viewport={"width": width, "height": 800})
            page.on("console", lambda message: events.append(message.text))
            page.on("dialog", lambda dialog: events.append(dialog.message))
            page.on(
                "request",
                lambda request: (
                    events.append(request.url) if "page.html" not in request.url else None
                ),
            )
            page.goto(f"file://{tmp_path / 'page.html'}")
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert page.locator(".flow path").count() == 6
            assert page.locator(".rows li").count() == 12
            assert HOSTILE[1] in page.inner_text("main")
        browser.close()
    assert not events


def test_clusters_go_by_name_and_quality_without_labels_stands_side_by_side(make: Make) -> None:
    rows = [0, 0, 0, 0, 1, 1, 1, 1]
    one = make("a", {"kmeans": rows}, called={0: "lost <card>", 1: "refund"}, q={0: 0.025, 1: 0.4})
    other = make("b", {"kmeans": [0] * 8}, called={0: "card · refund"}, q={0: 0.025})
    found = compare(one, other)
    (panel,) = found.panels
    assert panel.qualities() == {
        "real clusters": ["1 of 2", "1 of 1"],
        "coherence (NPMI)": ["0.250", "0.250"],
        "coherence (C_V)": ["0.500", "0.500"],
    }
    alignment = panel.pairs[0].alignment
    assert alignment is not None
    assert [cluster.about for cluster in alignment.before] == ["lost <card>", "refund"]
    (event,) = alignment.events
    assert event.text == ("clusters 0 “lost <card>” and 1 “refund” merged into 0 “card · refund”")
    page = found.html()
    assert "lost &lt;card&gt;" in page
    assert "<card>" not in page
    assert "Quality without labels" in page
