"""Run what the pages show and write what it prints into them.

``python -m docs.measure`` owns every figure of the quickstart's table in the README and of
``docs/compare.md``; nobody types one. It needs the packages that the README's first command installs.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = "clusterforge-hdbscan,clusterforge-umap,clusterforge-minilm"
README, COMPARE = ROOT / "README.md", ROOT / "docs" / "compare.md"
TABLE = re.compile(
    r"(<!-- written by python -m docs\.measure -->\n```text\n).*?(^```$)", re.M | re.S
)
SHOWN = re.compile(r"```sh\n(?P<commands>[^`]*?)```\n\n```text\n(?P<output>.*?)^```$", re.M | re.S)


def main() -> int:
    """Run the commands, replace what they print, return the exit status."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "recipes").symlink_to(ROOT / "recipes")
        table = _printed("clusterforge run quickstart", folder)
        shown = table.rstrip()
        _write(README, TABLE.sub(lambda match: f"{match[1]}{shown}\n{match[2]}", _text(README)))
        _write(COMPARE, SHOWN.sub(lambda match: _replaced(match, folder), _text(COMPARE)))
    return 0


def _replaced(match: re.Match[str], folder: Path) -> str:
    """Return a block of commands and what the last of them prints."""
    for command in match["commands"].splitlines():
        printed = _printed(command, folder)
    return match[0].replace(match["output"], printed.rstrip() + "\n")


def _printed(command: str, folder: Path) -> str:
    program, *words = command.split()
    assert program == "clusterforge", command
    return subprocess.run(
        [sys.executable, "-m", "clusterforge", *words],
        cwd=folder,
        env={**os.environ, "COLUMNS": "80", "CLUSTERFORGE_PLUGINS": PACKAGES},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout


def _text(page: Path) -> str:
    return page.read_text("utf-8")


def _write(page: Path, text: str) -> None:
    page.write_text(text, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
