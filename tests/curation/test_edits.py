"""The file of edits: read, written, and refused with the place of what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from clusterforge.curation import Edits
from clusterforge.errors import InputError

TEXT = """
[[edit]]
do = "merge"
clusters = [{rows = ["1", ["test", "7"]], number = 3, name = "a"}, {rows = ["5"]}]
name = "billing"

[[edit]]
do = "apart"
rows = ["1", "5"]
"""


def test_what_is_written_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "edits.toml"
    path.write_text(TEXT)
    edits = Edits.read(path)
    assert [edit.text() for edit in edits.edit] == [
        "cluster 3 (a) and cluster, as billing",
        "rows 1, 5",
    ]
    path.write_text(edits.toml())
    assert Edits.read(path) == edits


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[[edit]]\ndo = "merge"\nclusters = [{rows = ["1"]}]', "edit.1.merge.clusters"),
        ('[[edit]]\ndo = "fuse"', "edit.1"),
        ('[[edit]]\ndo = "apart"\nrows = ["1", "2"]\nrow = 3', "edit.1.apart.row"),
        ('[[edit]]\ndo = "split"\ncluster = {rows = ["1"]}\nparameters = {k = 2}', "edit.1.split"),
        ('[[edit]]\ndo = "split"\ncluster = {rows = ["1"]}\nby = "a"\ninto = 2', "edit.1.split"),
        ("[[edit", ""),
        ("edits = 3", "edits"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, key: str) -> None:
    path = tmp_path / "edits.toml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        Edits.read(path)
    assert caught.value.file == str(path)
    assert (caught.value.key or "") == key
