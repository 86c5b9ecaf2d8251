"""Run the quickstart and write what it shows into the README.

``python -m docs.measure`` owns every figure of that table; nobody types one. It needs the packages
that the README's first command installs.
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
README = ROOT / "README.md"
TABLE = re.compile(
    r"(<!-- written by python -m docs\.measure -->\n```text\n).*?(^```$)", re.M | re.S
)


def main() -> int:
    """Run the recipe, replace the table, return the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "clusterforge", "run", "recipes/quickstart.toml"),
                *("--out", f"{folder}/quickstart"),
            ],
            cwd=ROOT,
            env={**os.environ, "COLUMNS": "80", "CLUSTERFORGE_PLUGINS": PACKAGES},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode:
        return done.returncode
    shown = done.stdout.split("\nrun:")[0].rstrip()
    page = README.read_text("utf-8")
    README.write_text(TABLE.sub(lambda match: f"{match[1]}{shown}\n{match[2]}", page), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
