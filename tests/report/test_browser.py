"""The report in a real browser: what its parts do when they are used."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

from clusterforge.report import write_report
from clusterforge.runs import RunFolder
from tests.bench.bench_report import write_run
from tests.report.page import lines
from tests.report.runs import HOSTILE, HOSTILE_LABELS

ROWS = 20_000  # bench_report.py has seventy thousand
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def digits_page(images: Path) -> Path:
    return images / "report.html"


@pytest.fixture(scope="module")
def texts_page(texts: Path) -> Path:
    return texts / "report.html"


@pytest.fixture(scope="module")
def many_page(many: Path) -> Path:
    return many / "report.html"


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open a report; at the end no error was logged and nothing was asked of the network."""
    contexts, wrong = [], []

    def open_page(path: Path, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": 1240, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
        page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
        page.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith(("data:", "blob:")) or asked.url == path.as_uri()
                else wrong.append(f"request: {asked.url}")
            ),
        )
        page.goto(path.as_uri())
        page.wait_for_selector("body[data-map]")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not wrong


def point(page: Any, row: int, panel: int = 0) -> tuple[float, float]:
    """Return where a row is on the screen."""
    page.locator(".over").nth(panel).scroll_into_view_if_needed()
    x, y = page.evaluate(f"atlas.at(atlas.panels[{panel}], {row})")
    area = page.locator(".over").nth(panel).bounding_box()
    return area["x"] + x, area["y"] + y


def alone(page: Any) -> int:
    """Return a row that lies apart from the others, so that pointing at it means it."""
    return int(
        page.evaluate(
            """() => {
              const panel = atlas.panels[0], rows = [...Array(atlas.count).keys()];
              const at = rows.map((i) => atlas.at(panel, i));
              let best = 0, most = -1;
              at.forEach(([x, y], i) => {
                let near = 1e9;
                at.forEach(([u, v], k) => {
                  if (k !== i) near = Math.min(near, (x - u) ** 2 + (y - v) ** 2);
                });
                if (near > most) { most = near; best = i; }
              });
              return best;
            }"""
        )
    )


def unpacked(path: Path) -> dict[str, list[str]]:
    """Return ids and texts of the map's rows."""
    return lines(re.findall(r'id="lines-\d+">([^<]*)<', path.read_text("utf-8")))


def drawn(page: Any, panel: int = 0) -> int:
    return int(page.evaluate(f"atlas.panels[{panel}].shown"))


def test_pointing_at_a_row_tells_of_it(opened: Callable[..., Any], texts_page: Path) -> None:
    page = opened(texts_page)
    row = alone(page)
    page.mouse.move(*point(page, row))
    tip = page.locator("#map-tip")
    tip.wait_for(state="visible")
    rows = unpacked(texts_page)
    assert rows["texts"][row] in tip.inner_text()
    assert rows["ids"][row] in tip.inner_text()
    assert re.search(r"kmeans\s*\d ≈ ", tip.inner_text())
    assert re.search(r"silhouette\s*-?\d\.\d\d", tip.inner_text())
    page.mouse.move(5, 5)
    tip.wait_for(state="hidden")


def test_pointing_at_an_image_shows_it(opened: Callable[..., Any], digits_page: Path) -> None:
    page = opened(digits_page)
    page.mouse.move(*point(page, alone(page)))
    page.wait_for_timeout(300)
    canvas = "document.querySelector('#map-tip canvas')"
    pixels = page.evaluate(
        f"new Set({canvas}.getContext('2d').getImageData(0,0,112,112).data).size"
    )
    assert pixels > 5


def test_the_legend_hides_and_shows(opened: Callable[..., Any], digits_page: Path) -> None:
    page = opened(digits_page)
    assert drawn(page) == drawn(page, 1) == 300
    entry = page.locator(".panel").first.locator(".keys button").first
    count = int(entry.locator("small").inner_text())
    entry.click()
    assert drawn(page) == 300 - count
    assert drawn(page, 1) == 300
    assert entry.get_attribute("aria-pressed") == "false"
    page.wait_for_timeout(400)
    entry.click()
    assert drawn(page) == 300
    page.wait_for_timeout(400)
    entry.dblclick()
    assert drawn(page) == count


def test_searching_lights_up_what_it_finds(opened: Callable[..., Any], texts_page: Path) -> None:
    page = opened(texts_page)
    wanted = "taveba"
    page.fill("#map-search", wanted.upper())
    rows = unpacked(texts_page)["texts"]
    many = sum(wanted in text for text in rows)
    assert page.locator("#map-count").inner_text() == f"{many} of {len(rows)}"
    page.keyboard.press("Escape")
    assert page.locator("#map-count").inner_text() == ""


@pytest.mark.parametrize(
    ("wanted", "ids"), [("7", 0), ("TRAIN-7", 1), ("train-", 0), ("none such", 0)]
)
def test_searching_finds_whole_labels_and_ids(
    opened: Callable[..., Any], digits_page: Path, wanted: str, ids: int
) -> None:
    page = opened(digits_page)
    keys = page.locator(".panel").nth(1).locator(".keys button")
    counts = dict(
        zip(
            keys.locator("bdi").all_inner_texts(),
            keys.locator("small").all_inner_texts(),
            strict=True,
        )
    )
    page.fill("#map-search", wanted)
    found = int(counts.get(wanted, 0)) + ids
    assert page.locator("#map-count").inner_text() == f"{found} of 300"


def test_searching_finds_a_part_of_a_label(opened: Callable[..., Any], texts_page: Path) -> None:
    page = opened(texts_page)
    parts = [text.lower() for text in unpacked(texts_page)["texts"]]
    entry = page.locator(".panel").nth(1).locator(".keys button", has_text="$Sport$")
    assert not any("$sport" in text for text in parts)
    for wanted in ("$sport", HOSTILE_LABELS[1]):
        page.fill("#map-search", wanted)
        count = page.locator("#map-count").inner_text().split()[0]
        assert count == entry.locator("small").inner_text()


def test_a_tap_on_a_phone_tells_below_the_map(opened: Callable[..., Any], texts_page: Path) -> None:
    page = opened(texts_page, has_touch=True)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(100)
    page.touchscreen.tap(*point(page, alone(page)))
    tip, area = (page.locator(of).first.bounding_box() for of in ("#map-tip", ".area"))
    assert tip["width"] == pytest.approx(area["width"])
    assert tip["y"] >= area["y"] + area["height"]
    names = page.locator("#map-tip bdi")
    assert all(names.nth(i).bounding_box()["height"] < 25 for i in range(2))


def test_a_phone_says_that_the_clusters_go_on(
    opened: Callable[..., Any], digits_page: Path
) -> None:
    page = opened(digits_page)
    hint = page.locator(".overview + .hint")
    assert not hint.is_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(100)
    assert hint.inner_text() == "The list goes on below: swipe or scroll."


def test_the_lasso_selects_and_lists(opened: Callable[..., Any], digits_page: Path) -> None:
    page = opened(digits_page)
    page.click("#map-lasso")
    area = page.locator(".over").first.bounding_box()
    x, y, w, h = area["x"], area["y"], area["width"], area["height"]
    corners = [(0.7, 0.1), (0.7, 0.7), (0.1, 0.7)]
    page.mouse.move(x + 0.7 * w, y + 0.1 * h)
    page.mouse.down()
    for px, py in corners[1:]:
        page.mouse.move(x + px * w, y + py * h, steps=4)
    page.mouse.up()
    chosen = page.evaluate("atlas.selection()")
    inside = page.evaluate(
        f"""[...Array(atlas.count).keys()].filter((i) => {{
          const [x, y] = atlas.at(atlas.panels[0], i), u = x / {w}, v = y / {h};
          return u < 0.7 && v < 0.7 && u + v > 0.8;
        }})"""
    )
    assert len(inside) > 40
    assert len(set(chosen) ^ set(inside)) < 0.05 * len(inside)
    box = page.locator("#map-selection")
    assert f"{len(chosen)} rows selected" in box.inner_text()
    assert box.locator("li").count() == 40
    chips = box.locator(".count").first.locator(".chip small").all_inner_texts()
    assert sum(map(int, chips)) <= len(chosen)
    box.get_by_text("Show 40 more").click()
    assert box.locator("li").count() == 80
    marked = page.locator(".card.marked .touched").all_inner_texts()
    assert marked
    assert all("selected" in text or not text for text in marked)
    page.keyboard.press("Escape")
    assert box.is_hidden()
    assert page.evaluate("atlas.selection()") == []


def test_a_click_selects_one_row_and_its_ids_are_copied(
    opened: Callable[..., Any], texts_page: Path
) -> None:
    page = opened(texts_page, permissions=["clipboard-read", "clipboard-write"])
    row = alone(page)
    page.mouse.click(*point(page, row))
    assert page.evaluate("atlas.selection()") == [row]
    assert "1 row selected" in page.locator("#map-selection").inner_text()
    page.click("#map-copy")
    page.get_by_text("Copied 1").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == unpacked(texts_page)["ids"][row]


def test_cards_and_map_are_linked(opened: Callable[..., Any], digits_page: Path) -> None:
    page = opened(digits_page)
    card = page.locator(".card[data-clusterer=kmeans]").first
    cluster = int(card.get_attribute("data-cluster"))
    card.scroll_into_view_if_needed()
    total = int(re.sub(r"\D", "", card.locator(".measures b").first.text_content()))
    lit = "atlas.panels[0].layers[2]"
    card.hover(position={"x": 5, "y": 5})
    assert page.evaluate(lit) == total
    card.locator("button.pick").click()
    page.mouse.move(2, 2)
    assert page.evaluate("atlas.selection().length") == total
    assert card.locator(".touched").text_content() == f"{total} selected"
    row = page.locator(f"tr[data-clusterer=kmeans][data-cluster='{cluster}']")
    assert "marked" in (row.get_attribute("class") or "")
    assert page.locator(".card[data-clusterer=kmeans].marked").count() == 1


def test_colour_by_shows_values_with_a_scale(opened: Callable[..., Any], digits_page: Path) -> None:
    page = opened(digits_page)
    choice = page.locator(".panel select").first
    offered = choice.locator("option").all_inner_texts()
    assert {"clusters of kmeans", "clusters of density", "true labels", "splits"} <= set(offered)
    before = page.evaluate("[...atlas.panels[0].paints.slice(0, 100)]")
    choice.select_option(label="silhouette of kmeans")
    assert page.evaluate("[...atlas.panels[0].paints.slice(0, 100)]") != before
    keys = page.locator(".panel").first.locator(".keys")
    low, high = keys.locator(".end").all_inner_texts()
    assert low == f"−{high}"
    assert keys.locator(".step").count() == 10
    words = keys.locator(".step").nth(6).get_attribute("aria-label")
    count = int(re.search(r": (\d+) rows", words)[1])  # type: ignore[index, arg-type]
    values = RunFolder.open(digits_page.parent).row_values("kmeans", "silhouette")
    assert values is not None
    edge = 0.2 * float(high)
    assert count == pytest.approx(((values >= edge) & (values < 2 * edge)).sum(), abs=2)
    keys.locator(".step").nth(6).click()
    assert drawn(page) == 300 - count
    assert drawn(page, 1) == 300


def test_charts_draw_errors_and_readable_ticks(
    opened: Callable[..., Any], digits_page: Path
) -> None:
    page = opened(digits_page)
    drawn = """(spec) => {
      const box = document.querySelector(".plot");
      const line = { name: "", dashed: false, ...spec };
      const more = { name: "c", owner: "o", title: "t", marks: [], x_label: "", kind: "lines", last: false };
      drawChart(box, { log: spec.log, series: [line], ...more });
      const edges = box.firstChild.getBoundingClientRect(), texts = [...box.querySelectorAll("text")];
      return {
        bars: box.querySelectorAll("path").length - 1,
        texts: texts.map((text) => text.textContent),
        inside: texts.every((text) => text.getBoundingClientRect().right <= edges.right),
      };
    }"""
    x, y = [1, 1000, 2000], [4.1e5, 3.2e5, 2.8e5]
    plain = page.evaluate(drawn, {"x": x, "y": y, "log": True})
    assert plain["bars"] == 0
    assert plain["inside"]
    assert {"300K", "400K", "2000"} <= set(plain["texts"])
    wide = page.evaluate(drawn, {"x": x, "y": [1, 2, 3], "error": [0.5, 0.5, 4], "log": False})
    assert wide["bars"] == 3
    assert "5" in wide["texts"]


def test_zooming_and_moving_keep_the_panels_together(
    opened: Callable[..., Any], digits_page: Path
) -> None:
    page = opened(digits_page)
    page.locator(".over").first.focus()
    page.keyboard.press("+")
    assert page.evaluate("atlas.view.zoom") == pytest.approx(1.5)
    before = page.evaluate("atlas.view.x")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("atlas.view.x") > before
    page.click("#map-fit")
    assert page.evaluate("atlas.view.zoom") == 1
    x, y = point(page, 5)
    page.mouse.dblclick(x, y)
    assert page.evaluate("atlas.view.zoom") == pytest.approx(2)
    after = point(page, 5)
    assert abs(after[0] - x) < 2
    assert abs(after[1] - y) < 2


def test_hostile_texts_stay_text(opened: Callable[..., Any], texts_page: Path) -> None:
    page = opened(texts_page)
    assert page.locator("script").count() == 4
    assert (
        page.evaluate("document.querySelectorAll('[onerror], [onmouseover], [style*=url]').length")
        == 0
    )
    page.evaluate("atlas.select([...Array(atlas.count).keys()])")
    while page.locator("#map-selection > button").count():
        page.locator("#map-selection > button").click()
    shown = page.locator("#map-selection li p").all_text_contents()
    assert shown == unpacked(texts_page)["texts"]
    assert len(shown) >= 50
    for text in HOSTILE:
        plain = " ".join(
            text.replace("\x00", "\ufffd")
            .replace("\x07", "\ufffd")
            .replace("\x1b", "\ufffd")
            .split()
        )
        assert any(line.startswith(plain) for line in shown), text
    options = page.locator(".panel").nth(1).locator(".keys bdi").all_text_contents()
    assert set(options) == set(HOSTILE_LABELS)
    page.locator(".panel select").first.select_option(label="true labels")
    assert page.title().startswith("</script><script>alert(1)</script>")


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1240, "dark")])
def test_fits_phone_and_desk_light_and_dark(
    opened: Callable[..., Any], digits_page: Path, texts_page: Path, width: int, scheme: str
) -> None:
    for path in (digits_page, texts_page):
        page = opened(path, color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_timeout(100)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        back = page.evaluate("getComputedStyle(document.body).backgroundColor")
        light = sum(map(int, re.findall(r"\d+", back)[:3])) > 380
        assert light == (scheme == "light")


def test_prints_the_map_without_its_controls(opened: Callable[..., Any], digits_page: Path) -> None:
    page = opened(digits_page, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator(".over").first.is_visible()
    for hidden in (".map .bar", ".save", "nav"):
        assert page.locator(hidden).first.is_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_without_scripts_the_words_stay(browser: Any, digits_page: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(digits_page.as_uri())
    assert page.get_by_text("The map needs JavaScript").is_visible()
    assert page.locator("#map-app").is_hidden()
    assert page.locator(".card").first.is_visible()
    context.close()


@pytest.mark.parametrize(
    ("box", "kind"),
    [("[data-chart]", "SVG"), ("[data-matrix]", "PNG"), (".panel", "PNG"), (".panel", "SVG")],
)
def test_every_chart_can_be_saved(
    opened: Callable[..., Any], digits_page: Path, tmp_path: Path, box: str, kind: str
) -> None:
    page = opened(digits_page, color_scheme="dark", accept_downloads=True)
    assert page.locator(f"{box}:not(:has(.save))").count() == 0
    button = page.locator(box).locator(f".save button:text('{kind}')").locator("visible=true").first
    with page.expect_download() as download:
        button.click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert re.fullmatch(r"digits-[\w.-]+\.(svg|png)", path.name)
    if kind == "SVG":
        root = ElementTree.fromstring(path.read_text("utf-8"))
        assert root.tag.endswith("svg")
        assert len(list(root.iter())) > 15
    else:
        with Image.open(path) as picture:
            assert picture.width >= 800
            assert picture.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
            assert len(set(picture.convert("L").tobytes())) > 8


def test_two_hundred_clusters_can_be_searched(opened: Callable[..., Any], many_page: Path) -> None:
    page = opened(many_page)
    home = page.locator(".clusterer").first
    rows = home.locator("tr[data-cluster]:visible")
    assert rows.count() == 0
    for fold in home.locator(".sizes .fold").all():
        fold.press("Enter")
    assert rows.count() == 200
    home.locator("input.filter").fill("17")
    assert rows.count() == 1
    assert home.locator("input.filter + output").inner_text() == "1 of 200 clusters"
    assert home.locator(".card:visible").count() == 1
    home.locator("input.filter").fill("")
    assert rows.count() == 200
    page.locator(".panel select").first.select_option(label="clusters of kmeans")
    legend = page.locator(".panel").first.locator(".keys")
    legend.locator("input").fill("class number 149")
    assert legend.locator("button:visible").count() == 1


def test_a_branch_of_the_tree_is_unfolded_and_selects_its_rows(
    opened: Callable[..., Any], many_page: Path
) -> None:
    page = opened(many_page)
    twig = page.locator(".tree > ul > li > .twig[data-members]").first
    below = twig.locator("xpath=following-sibling::ul")
    assert not below.is_visible()
    twig.locator(".fold").press("Space")
    assert below.is_visible()
    twig.locator(".pick").press("Enter")
    members = {int(cluster) for cluster in twig.get_attribute("data-members").split()}
    labels = page.evaluate("Array.from(DATA.map.clusterers[0].labels)")
    wanted = sum(label in members for label in labels)
    assert page.locator("#map-selection h3").inner_text() == f"{wanted} rows selected"


def test_names_on_the_map_do_not_overlap_and_get_finer(
    opened: Callable[..., Any], many_page: Path
) -> None:
    page = opened(many_page)
    names = "atlas.names(atlas.panels[0]).map(({text, x, y, wide}) => [text, x, y, wide])"
    coarse = page.evaluate(names)
    groups = page.evaluate("Object.values(DATA.map.clusterers[0].layers.at(-1).names)")
    assert 3 < len(coarse) <= len(groups)
    assert {text.rstrip("…") for text, *_ in coarse} <= {
        name[: len(text.rstrip("…"))] for name in groups for text, *_ in coarse
    }
    for _ in range(6):
        page.locator("#map-in").click()
    close = page.evaluate(names)
    assert close
    assert {text for text, *_ in close}.isdisjoint(text for text, *_ in coarse)
    for found in (coarse, close):
        for i, (_, x, y, wide) in enumerate(found):
            for _, u, v, other in found[:i]:
                assert abs(x - u) >= (wide + other) / 2 or abs(y - v) >= 15
    page.locator("#map-names").click()
    assert page.evaluate(names) == []


UNDER_NAMES = """() => {
  const panel = atlas.panels[0], of = panel.mode.of;
  return atlas.names(panel).map(({ x, y, wide }) => {
    const under = new Map();
    for (let i = 0; i < atlas.count; i++) {
      const [px, py] = atlas.at(panel, i), cluster = of.labels[i];
      if (cluster >= 0 && Math.abs(px - x) < wide / 2 && Math.abs(py - y) < 8.5)
        under.set(cluster, (under.get(cluster) ?? 0) + 1);
    }
    return Math.max(0, ...[...under].map(([cluster, n]) => n / of.rowsOf.get(cluster).length));
  });
}"""


def test_names_on_the_map_hide_no_cluster_and_end_with_a_word(
    opened: Callable[..., Any], texts_page: Path
) -> None:
    page = opened(texts_page)
    under = page.evaluate(UNDER_NAMES)
    assert under
    assert max(under) < 0.4
    short = "([text, most]) => shortName(text, most)"
    for text, most, shown in (
        ("app · start screen", 20, "app · start screen"),
        ("app · app freezes · start screen", 20, "app · app freezes · …"),
        ("a name in several words", 12, "a name in …"),
        ("x" * 30, 10, f"{'x' * 9}…"),
    ):
        assert page.evaluate(short, [text, most]) == shown


def test_the_tree_has_the_colours_of_the_map(opened: Callable[..., Any], many_page: Path) -> None:
    page = opened(many_page)
    paints = """() => [...document.querySelectorAll(".tree .leaf")].map((leaf) => {
      const of = DATA.map.clusterers[0], { layer } = atlas.panels[0].mode, c = leaf.dataset.cluster;
      const own = layer === undefined ? of.colours[c] : of.layers[layer].colours[of.layers[layer].groups[c]];
      return [leaf.querySelector("rect").getAttribute("fill"), own];
    })"""
    groups = page.evaluate(paints)
    assert len(groups) == 200
    assert all(shown == own for shown, own in groups)
    page.locator(".panel select").first.select_option(label="clusters of kmeans")
    clusters = page.evaluate(paints)
    assert all(shown == own for shown, own in clusters)
    assert groups != clusters


def test_a_link_to_a_cluster_opens_its_group(opened: Callable[..., Any], many_page: Path) -> None:
    page = opened(many_page)
    link = page.locator(".overview a[data-members]").nth(2)
    link.click()
    group = page.locator(link.get_attribute("href"))
    assert group.get_attribute("open") is not None
    page.evaluate("location.hash = '#cluster-0'")
    page.wait_for_timeout(100)
    assert page.locator("#cluster-0").is_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_page(
    opened: Callable[..., Any], many_page: Path, texts_page: Path, width: int
) -> None:
    for path in (many_page, texts_page):
        page = opened(path)
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_timeout(150)
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_table_that_goes_on_says_so(opened: Callable[..., Any], many_page: Path) -> None:
    page = opened(many_page)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(200)
    table = page.locator(".clusterer .scroll:has(table.sizes)").first
    assert {"more-right", "more-below"} <= set((table.get_attribute("class") or "").split())
    assert table.locator("xpath=following-sibling::p[1]").is_visible()
    table.evaluate("(box) => box.scrollTo(1e6, 1e6)")
    page.wait_for_timeout(200)
    assert not {"more-right", "more-below"} & set((table.get_attribute("class") or "").split())


INKED = """(panel) => {
  const { base } = atlas.panels[panel];
  atlas.draw(atlas.panels[panel]);
  const flat = Object.assign(document.createElement("canvas"), { width: base.width, height: base.height });
  const context = flat.getContext("2d");
  context.drawImage(base, 0, 0);
  const { data } = context.getImageData(0, 0, base.width, base.height);
  return data.filter((value, i) => i % 4 === 3 && value > 60).length;
}"""
WITHOUT_FRAMES = """
window.requestAnimationFrame = () => 0;
window.ResizeObserver = class { observe() {} };
"""


def test_draws_at_once_in_the_background(browser: Any, digits_page: Path) -> None:
    """A page in the background is given no frames, and must be drawn when one looks at it."""
    context = browser.new_context(viewport={"width": 1240, "height": 900})
    page = context.new_page()
    page.add_init_script(WITHOUT_FRAMES)
    page.goto(digits_page.as_uri())
    page.wait_for_selector("body[data-map]")
    assert page.evaluate("atlas.panels[0].width") > 300
    assert page.locator(".plot svg").count() >= 4
    inked = page.evaluate(INKED, 0)
    assert 5000 < inked < 100_000
    page.evaluate("atlas.select([0, 1, 2])")
    assert page.evaluate(INKED, 0) < 0.1 * inked
    context.close()


def test_many_rows_are_small_and_work(browser: Any, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", "texts", ROWS)
    write_report(folder)
    run, path = RunFolder.open(folder), folder / "report.html"
    assert ROWS * 15 < path.stat().st_size < ROWS * 200
    context = browser.new_context()
    page = context.new_page()
    page.goto(path.as_uri())
    page.wait_for_selector("body[data-map]")
    assert page.evaluate("atlas.panels[0].shown") == ROWS
    row = ROWS // 2
    page.evaluate(f"atlas.select([{row}])")
    page.locator("#map-selection li").wait_for()
    assert str(run.assignments.ids[row]) in page.locator("#map-selection li").inner_text()
    context.close()
