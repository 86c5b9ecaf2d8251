"""The page on 40,000 tickets works, in its order: with 600 tickets, its variant on words, and no UMAP."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from clusterforge.cli.main import main
from docs import support_texts
from tests.docs.test_tutorial import PART, ROOT, installed

PAGE = ROOT / "docs" / "support-texts.md"
QUICK = [
    "evaluation.resamples=0",
    "evaluation.refits=0",
    "evaluation.null_draws=0",
    "report.projection=pca",
]
NEEDS = ("clusterforge-hdbscan", "xlsxwriter")


@pytest.mark.timeout(600)
@pytest.mark.skipif(not all(map(installed, NEEDS)), reason=f"needs {' and '.join(NEEDS)}")
def test_the_page_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "cache"))
    page = PAGE.read_text("utf-8")
    words = next(part["code"] for part in PART.finditer(page) if 'use = "tfidf"' in part["code"])
    typed = []
    for part in PART.finditer(page):
        if part["path"]:
            start, stop = part["code"].index("[[encoder]]"), part["code"].index("[[clusterer]]")
            recipe = part["code"][:start] + words + "\n" + part["code"][stop:]
            Path(part["path"]).write_text(recipe.replace("size = 50", "size = 8"), "utf-8")
        elif part["language"] == "sh":
            for line in part["code"].splitlines():
                program, *arguments = shlex.split(line)
                typed.append(arguments[0])
                if program == "python":
                    script = [str(ROOT / arguments[0]), *arguments[1:], "--rows", "600"]
                    subprocess.run([sys.executable, *script], check=True, env=os.environ)
                else:
                    more = [f"--set={each}" for each in QUICK] if arguments[0] == "run" else []
                    assert main([*arguments, *more]) == 0, "".join(capfd.readouterr())
    assert [word for word in typed if ".py" not in word] == [
        "run",
        "edit",
        "export",
        *["follow"] * 2,
    ]
    assert Path("tickets.xlsx").stat().st_size > 0
    taxonomy = json.loads(Path("taxonomies/tickets/taxonomy.json").read_text("utf-8"))
    assert len(taxonomy["generations"]) == 3


def test_the_texts_are_seeded_and_as_the_page_says() -> None:
    made = support_texts.rows(3_000, 1)
    assert made == support_texts.rows(3_000, 1)
    assert made != support_texts.rows(3_000, 1, seed=1)
    bodies = [row["body"] for row, _ in made]
    assert len({topic for _, topic in made} - {""}) == 12
    assert 20 < bodies.count("") < 120
    assert len(bodies) - len(set(bodies)) > 120
    assert any(re.search("<p>", body) for body in bodies)
    later = support_texts.rows(3_000, 2)
    assert len({topic for _, topic in later} - {""}) == 13
    assert {row["ticket"] for row, _ in later}.isdisjoint(row["ticket"] for row, _ in made)
    assert list(made[0][0]) == list(support_texts.COLUMNS)
