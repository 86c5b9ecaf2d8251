"""What ``mkdocs build`` adds to the pages of ``docs/``.

README.md is the first page. A link out of ``docs/``, to a recipe, a package's page or a source file, keeps
working: that file is put into the site under its path in the repository.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

DOCS = Path(__file__).parent
ROOT = DOCS.parent
README = ROOT / "README.md"
LINK = re.compile(r"\]\((?P<path>[^)\s#:]+)(?P<anchor>#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the README and every file of the repository that a page links to."""
    waiting = [README, *(_source(file.src_uri) for file in files.documentation_pages())]
    while waiting:
        path = waiting.pop()
        place = _place(path)
        if files.get_file_from_path(place) is None:
            files.append(File.generated(config, place, content=path.read_bytes()))
        if path.suffix == ".md":
            linked = {_target(path, match) for match in LINK.finditer(path.read_text("utf-8"))}
            new = (target for target in linked if target and target.is_file())
            waiting += [
                target for target in new if files.get_file_from_path(_place(target)) is None
            ]
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Make the links of a page lead to where their files are in the site."""
    path = _source(page.file.src_uri)
    folder = os.path.dirname(page.file.src_uri)

    def moved(match: re.Match[str]) -> str:
        target = _target(path, match)
        if target is None:
            return match[0]
        return f"]({os.path.relpath(_place(target), folder)}{match['anchor'] or ''})"

    return LINK.sub(moved, markdown)


def _place(path: Path) -> str:
    """Return where a file of the repository is in the site."""
    if path == README:
        return "index.md"
    return path.relative_to(DOCS if path.is_relative_to(DOCS) else ROOT).as_posix()


def _source(place: str) -> Path:
    """Return the file of the repository that is at a place of the site."""
    if place == "index.md":
        return README
    return DOCS / place if (DOCS / place).exists() else ROOT / place


def _target(page: Path, link: re.Match[str]) -> Path | None:
    """Return the file that a link leads to; None where it is none of the repository's."""
    target = Path(os.path.normpath(page.parent / link["path"]))
    return target if target.exists() and target.is_relative_to(ROOT) else None
