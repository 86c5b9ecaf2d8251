"""Pictures of reports and of pages of sweeps, for the docs: ``python -m docs.screenshots FOLDER...``.

Writes ``docs/images/<name of the run>-<part>.png`` by headless Chromium; needs playwright. A part that
a report doesn't have is left out.
"""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image

IMAGES = Path(__file__).parent / "images"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
DESK, PHONE = {"width": 1180, "height": 760}, {"width": 390, "height": 844}
TALLEST = 1500  # pixels
COLOURS = 256


def main(folders: list[str]) -> int:
    """Write the pictures of some runs and print their names and sizes."""
    from playwright.sync_api import sync_playwright

    chromium = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if chromium is None or not folders:
        sys.stderr.write("needs Chromium, and the folders of finished runs\n")
        return 2
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for folder in map(Path, folders):
            swept = (folder / "sweep.html").resolve()
            report = (folder / "report.html").resolve()
            pictures = sweep(browser, swept) if swept.is_file() else parts(browser, report)
            for part, data in pictures:
                path = IMAGES / f"{folder.resolve().name}-{part}.png"
                sys.stdout.write(f"{path.name} {save(data, path) / 1000:.0f} kB\n")
        browser.close()
    return 0


def parts(browser: Any, report: Path) -> Iterator[tuple[str, bytes]]:
    """Photograph the parts of a report, one after the other."""

    def opened(viewport: dict[str, int], scheme: str = "light") -> Any:
        page = browser.new_page(viewport=viewport, color_scheme=scheme)
        page.goto(report.as_uri())
        page.wait_for_timeout(1500)
        return page

    page = opened(DESK)
    yield "first-screen", page.screenshot()
    if page.locator("body[data-map]").count():
        for part, act in (
            ("map-hover", hover),
            ("map-selection", lasso),
            ("map-stability", values),
        ):
            if act(page):
                page.wait_for_timeout(400)
                yield part, section(page, "#map")
            page.keyboard.press("Escape")
    for part in ("scores", "clusters", "trust", "data", "training"):
        if page.locator(f"h2#{part}").count():
            yield part, section(page, f"#{part}")
    if page.locator(".cards").count():
        # Out of view, a browser leaves the content of cards out.
        shown = 'document.querySelectorAll(".card").forEach((c) => c.style.contentVisibility = "visible")'
        page.evaluate(shown)
        yield "cards", clipped(page, ".cards")
    page.close()
    page = opened(PHONE)
    yield "phone", page.screenshot()
    page.close()
    page = opened(DESK, "dark")
    yield "dark", page.screenshot()
    page.close()


def sweep(browser: Any, path: Path) -> Iterator[tuple[str, bytes]]:
    """Photograph the first screen of a sweep's page, and the lines of its trials."""
    page = browser.new_page(viewport=DESK)
    page.goto(path.as_uri())
    page.wait_for_selector("body[data-page]")
    yield "sweep", page.screenshot()
    yield "trials", clipped(page, "#parallel")
    page.close()


def section(page: Any, heading: str) -> bytes:
    """Photograph the part of the page under a heading."""
    page.locator(f"h2{heading}").evaluate("(node) => node.scrollIntoView()")
    return clipped(page, f"section:has(> h2{heading})")


def clipped(page: Any, selector: str) -> bytes:
    """Photograph an element, down to a certain height."""
    area = page.locator(selector).first.bounding_box()
    top = page.evaluate("scrollY") + area["y"]
    clip = {**area, "y": top, "height": min(area["height"], TALLEST)}
    data: bytes = page.screenshot(clip=clip, full_page=True)
    return data


def hover(page: Any) -> bool:
    """Point at the first row of the largest group."""
    row = page.evaluate(
        """() => {
          const group = atlas.panels[0].mode.groups(), of = atlas.panels[0].mode.categories;
          const most = of.reduce((best, one, c) => one.count > of[best].count ? c : best, 0);
          return group.indexOf(most);
        }"""
    )
    page.locator("h2#map").evaluate("(node) => node.scrollIntoView()")
    area = page.locator(".over").first.bounding_box()
    x, y = page.evaluate(f"atlas.at(atlas.panels[0], {row})")
    page.mouse.move(area["x"] + x, area["y"] + y)
    return True


def lasso(page: Any) -> bool:
    """Select the rows in one part of the map."""
    area = page.locator(".over").first.bounding_box()
    at: Callable[[float, float], tuple[float, float]] = lambda u, v: (  # noqa: E731
        area["x"] + u * area["width"],
        area["y"] + v * area["height"],
    )
    page.keyboard.down("Shift")
    page.mouse.move(*at(0.2, 0.2))
    page.mouse.down()
    for u, v in ((0.5, 0.15), (0.55, 0.5), (0.3, 0.6), (0.15, 0.4)):
        page.mouse.move(*at(u, v), steps=6)
    page.mouse.up()
    page.keyboard.up("Shift")
    page.mouse.move(2, 2)
    return True


def values(page: Any) -> bool:
    """Colour by silhouette and stability, where they are known."""
    offered = page.locator(".panel select").first.locator("option").all_inner_texts()
    found = [next((o for o in offered if o.startswith(kind)), None) for kind in ("silh", "stab")]
    for i, option in enumerate(found):
        if option:
            page.locator(".panel select").nth(i).select_option(label=option)
    return any(found)


def save(data: bytes, path: Path) -> int:
    """Write a picture with a palette of its most frequent colours; return its bytes.

    Large areas keep their very colour, which a palette that is fitted to all of them would tint.
    """
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    counts = picture.getcolors(picture.width * picture.height) or []
    often = sorted(counts, reverse=True)[: COLOURS // 2]
    rest = picture.quantize(COLOURS - len(often), Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for _, colour in often for part in colour] + rest)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.quantize(palette=palette, dither=Image.Dither.NONE).save(path, "PNG", optimize=True)
    return path.stat().st_size


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
