"""What a run's encoder can't see of later rows is said, by ``follow`` and by ``predict``."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

import clusterforge
from tests.cli.conftest import Cli, cli

__all__ = ["cli"]

TOPICS = (
    "invoice charge refund card bank payment",
    "parcel courier depot tracking delivery late",
    "password login reset account locked link",
)


def write(path: Path, topics: tuple[str, ...], many: int, seed: int) -> str:
    rng = random.Random(seed)
    lines = [" ".join(rng.choices(rng.choice(topics).split(), k=8)) for _ in range(many)]
    path.write_text("".join(f"{line} {i}\n" for i, line in enumerate(lines)))
    return str(path)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("words")
    recipe = {
        "name": "words",
        "dataset": {"use": "files", "path": write(folder / "rows.txt", TOPICS, 200, 0)},
        "encoder": [{"use": "tfidf", "min_df": 2}],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
        "evaluation": {"resamples": 0, "refits": 0},
        "report": {"projection": "none"},
        "compute": {"threads": 1},
    }
    return str(clusterforge.run(recipe, out=folder / "run", cache=False).folder)


def test_unknown_words_are_in_the_note_the_json_and_the_page(
    run: str, tmp_path: Path, cli: Cli
) -> None:
    calm = cli("follow", run, write(tmp_path / "calm.txt", TOPICS, 150, 1), "--out", "words")
    assert calm.status == 0, calm.err
    assert "unknown terms" not in calm.out

    topics = (*TOPICS, "locker station door jammed pickup")
    week = write(tmp_path / "week.txt", topics, 150, 2)
    done = cli("follow", "words", week, "--json", "--html", "page.html")
    assert done.status == 0, done.err
    (note,) = [n for n in json.loads(done.out)["generations"][0]["notes"] if "unknown terms" in n]
    assert note.startswith("encoder.0.tfidf: ")
    assert " of 150 rows are rich in unknown terms" in note
    assert "such as" in note
    assert "locker" in note
    assert note.endswith("a refit of the clusterer does not.")
    assert "rich in unknown terms" in Path("page.html").read_text()

    for options in ((), ("--out", "labelled.csv")):
        said = cli("predict", run, week, *options).err
        assert said.startswith("warning: encoder.0.tfidf: ")
        assert "rich in unknown terms" in said


def test_many_rows_are_counted_together(
    run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clusterforge.models.blocks.BLOCK", 40)
    opened = clusterforge.load(run)
    strange = ["locker station door"] * 90
    said: list[str] = []
    opened.model.points(strange, said.append)
    assert [line.split(" are ")[0] for line in said] == ["encoder.0.tfidf: 90 of 90 rows"] * 2
