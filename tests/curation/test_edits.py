"""The file of edits: read, written, and refused with the place of what is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clusterforge.curation import ClusterRef, Edits
from clusterforge.curation.edits import Merge
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


ONE = 'cluster = {rows = ["1"]}\n'
WRONG = {
    'clusters = [{rows = ["1"]}]\ndo = "merge"': "edit.0.clusters: must have at least 2 items",
    'clusters = {rows = ["1"]}\ndo = "merge"': "is written as one table; write [[edit.clusters]]",
    'do = "fuse"': "edit.0: 'fuse' is not known; known: apart, merge",
    ONE: "edit.0: has no key 'do'; write do = one of apart, merge",
    f'{ONE}do = "rename"': "edit.0.name: is missing (what it is called)",
    f'{ONE}do = "rename"\nname = "a"\nnme = 3': "edit.0.nme: unknown key 'nme'; did you mean 'name'?",
    f'{ONE}do = "pin"\nrows = [3]': "edit.0.rows.0: must be text, not 3; write it in quotes",
    f'{ONE}do = "pin"\nrows = "3"': 'edit.0.rows: must be a list, not "3"; write ["3"]',
    f'{ONE}do = "split"\nparameters = {{k = 2}}': "edit.0: parameters are those of a clusterer",
    f'{ONE}do = "split"\nby = "a"\ninto = 2': "edit.0: into is for k-means",
    'do = "merge"\nclusters = [1, 2]': "edit.0.clusters: cluster 1 is not written by rows, .*--save",
    'do = "rename"\nname = "a"\ncluster = "b"': "edit.0.cluster: cluster b is not written by rows",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_said_as_in_a_recipe(tmp_path: Path, text: str) -> None:
    path = tmp_path / "edits.toml"
    path.write_text(f"[[edit]]\n{text}")
    with pytest.raises(InputError) as caught:
        Edits.read(path)
    assert caught.value.file == str(path)
    assert re.search(re.escape(WRONG[text]).replace(r"\.\*", ".*"), str(caught.value))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[edit]\ndo = "apart"', "edit: can stand several times, .*; write \\[\\[edit]]"),
        ("[[edit", "is not TOML: "),
        ("edits = 3", "edits: unknown key 'edits'; did you mean 'edit'?"),
    ],
)
def test_what_is_no_list_of_edits(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "edits.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        Edits.read(path)


def test_clusters_by_number_or_name_are_looked_up(tmp_path: Path) -> None:
    path = tmp_path / "edits.toml"
    path.write_text('[[edit]]\ndo = "merge"\nclusters = [3, "b", {number = 4}, {rows = ["9"]}]')
    merge = Edits.read(path, lambda named: ClusterRef(rows=(f"row of {named}",))).edit[0]
    assert isinstance(merge, Merge)
    rows = [one.rows for one in merge.clusters]
    assert rows == [("row of 3",), ("row of b",), ("row of 4",), ("9",)]
