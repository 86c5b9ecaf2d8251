"""The pages: links lead somewhere, the reference is fresh, every recipe is listed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs import generate

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")], key=lambda path: path.as_posix()
)
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.M | re.S)


def anchors(page: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", page), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(path: Path) -> None:
    page = path.read_text("utf-8")
    for link in LINK.findall(FENCE.sub("", page)):
        if link.startswith(("http://", "https://")):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), link
        assert ROOT in target.parents, link
        if anchor:
            assert anchor in anchors(target.read_text("utf-8")), link


def test_the_reference_is_what_the_code_says() -> None:
    assert generate.main(["--check"]) == 0


def test_a_stale_page_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "FOLDER", tmp_path / "docs" / "reference")
    assert generate.main([]) == 0
    page = tmp_path / "docs" / "reference" / "plugins" / "loss.md"
    page.write_text(page.read_text("utf-8") + "by hand\n", "utf-8")
    (page.parent / "gone.md").write_text("", "utf-8")
    assert generate.main(["--check"]) == 1
    said = capsys.readouterr().err
    assert "docs/reference/plugins/loss.md is stale" in said
    assert "docs/reference/plugins/gone.md is stale" in said
    assert "encoder.md" not in said
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    assert not (page.parent / "gone.md").exists()


def test_a_page_lists_every_recipe() -> None:
    page = (ROOT / "docs" / "recipes.md").read_text("utf-8")
    listed = set(re.findall(r"\(\.\./recipes/(\w+)\.toml\)", page))
    assert listed == {path.stem for path in (ROOT / "recipes").glob("*.toml")}


def test_the_readme_opens_with_two_commands() -> None:
    page = (ROOT / "README.md").read_text("utf-8")
    commands = re.findall(r"^<!-- (\w+) command -->\n```sh\n([^\n]+)\n```$", page, re.M)
    assert [name for name, _ in commands] == ["first", "second"]
    assert commands == re.findall(r"^<!-- (\w+) command -->\n```sh\n(.+?)\n```$", page, re.M | re.S)
    assert page.count("```sh") == 2
    for _, command in commands:
        assert "-c constraints.txt" in command
    first = re.findall(r"plugins/(clusterforge-\w+)", commands[0][1])
    assert set(first) <= {path.name for path in (ROOT / "plugins").iterdir()}
    assert "$(printf -- ' -e %s[test]' plugins/*)" in commands[1][1]
    assert commands[0][1].endswith("clusterforge run quickstart")
    assert re.search(r"&& pytest .*tests plugins$", commands[1][1])
