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
    'do = "merge"\nclusters = 0': "edit.0.clusters: must be a list of clusters, not 0; write "
    "clusters = [0, 1]",
    'do = "merge"\ncluster = [0, 1]': "edit.0.cluster: unknown key 'cluster'; did you mean 'clusters'?",
    'do = "pin"\nrows = ["1"]\ncluster = [0]': "edit.0.cluster: must be one cluster, not [0]; "
    "write cluster = 0",
    'do = "split"\ncluster = 1.5': "edit.0.cluster: must be the number or name of a cluster, not 1.5",
    'do = "to-noise"\nclusters = [{rows = ["1"]}, 1.5]': "edit.0.clusters.1: must be the number or name of a "
    "cluster, not 1.5; write clusters = [0, 1], by number or name",
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
        ("edit = [1, 2]", "edit.0: "),
        ("edit = [[1]]", "edit.0: "),
        ('[[edit]]\ndo = ["merge"]\nclusters = [0]', "edit.0"),
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


def test_a_cluster_that_is_not_there_is_said_with_its_place(tmp_path: Path) -> None:
    def refer(named: str) -> ClusterRef:
        if named == "0":
            return ClusterRef(rows=("1",))
        raise InputError(
            f"there is no cluster {named}", file="run1", remedy="its clusters are 0 to 2"
        )

    path = tmp_path / "edits.toml"
    path.write_text('[[edit]]\ndo = "merge"\nclusters = [0, 99]')
    said = f"{path}: edit.0.clusters: there is no cluster 99 in run1; its clusters are 0 to 2"
    with pytest.raises(InputError, match=f"^{re.escape(said)}$"):
        Edits.read(path, refer)
