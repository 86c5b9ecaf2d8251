"""The rows of a generation go out with the ids and names that a taxonomy gives them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import clusterforge
from clusterforge.errors import InputError
from clusterforge.models.usable_rows import RowsLeftOut
from clusterforge.taxonomy import editing
from clusterforge.taxonomy.exporting import export
from clusterforge.taxonomy.following import follow
from tests.taxonomy.conftest import Week, drawn


def test_rows_of_the_last_generation_have_ids_and_names_as_they_are_now(
    base: Path, week: Week, tmp_path: Path
) -> None:
    folder, out = tmp_path / "taxonomy", tmp_path / "rows.parquet"
    follow(base, week([0, 1, 2], 1), out=folder)
    follow(folder, week([0, 1, 2, 3], 2))
    editing.rename(folder, "3", "fourth")
    done = export(folder, out)
    table = pq.read_table(out)
    kept = pq.read_table(folder / "generations" / "0003" / "rows.parquet")
    assert table["cluster"].to_pylist() == kept["cluster"].to_pylist()
    named = dict(zip(table["cluster"].to_pylist(), table["name"].to_pylist(), strict=True))
    assert named[3] == "fourth"
    assert (done.rows, done.left_out, done.clusters) == (150, 0, 4)

    editing.merge(folder, ["0", "3"])
    export(folder, out)
    assert 3 not in pq.read_table(out)["cluster"].to_pylist()
    export(folder, out, generation=2)
    assert len(pq.read_table(out)) == 150


def test_of_texts_every_row_comes_back_with_its_columns(tmp_path: Path) -> None:
    words = ["parcel late again", "card was charged twice", "password lost since today"]

    def tickets(path: Path, start: int) -> Path:
        lines = [f"{start + i},{words[i % 3]} {i % 7} {start}" for i in range(60)]
        gap = [f"{start + 60},"] if start else []
        path.write_text("\n".join(["id,text", *lines, *gap]) + "\n")
        return path

    recipe = {
        "name": "tickets",
        "dataset": {
            "use": "files",
            "path": str(tickets(tmp_path / "a.csv", 0)),
            "text": "text",
            "id": "id",
            "missing": "drop",
        },
        "encoder": [{"use": "tfidf"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
        "evaluation": {"resamples": 0, "refits": 0},
        "report": {"projection": "none"},
        "compute": {"threads": 1},
    }
    run = clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    with pytest.warns(RowsLeftOut):
        folder = follow(run.folder, tickets(tmp_path / "b.csv", 100), out=tmp_path / "t").folder
    done = export(folder, tmp_path / "out.csv")
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert len(lines) == 62
    assert lines[0] == '"id","text","cluster","name","left_out"'
    assert lines[-1].startswith('"160",')
    assert "no text" in lines[-1]
    assert done.left_out == 1
    moved = (tmp_path / "b.csv").rename(tmp_path / "moved.csv")
    assert export(folder, tmp_path / "out.csv", columns={"path": str(moved)}) == done


def test_what_can_not_be_written_is_said_with_what_can(
    base: Path, week: Week, tmp_path: Path
) -> None:
    folder, out = tmp_path / "taxonomy", tmp_path / "rows.csv"
    rows = week([0, 1, 2], 1)
    follow(base, rows, out=folder)
    with pytest.raises(InputError, match=r"generation 1 .* is of the run's own rows.*export .*run"):
        export(folder, out, generation=1)
    with pytest.raises(InputError, match="is 9, but there are 2 generations"):
        export(folder, out, generation=9)
    with pytest.raises(InputError, match="is a taxonomy, not a run; clusterforge follow"):
        clusterforge.load(folder)
    np.save(rows, drawn([0, 1, 2], 7))
    with pytest.raises(InputError, match="has not the rows that were generation 2"):
        export(folder, out)
    assert not out.exists()
