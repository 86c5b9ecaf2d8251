"""Edits of a taxonomy hold for later generations; a curation's edits go along; new clusters are named."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import clusterforge
from clusterforge.curation.edits import Merge, Pin, Rename
from clusterforge.errors import InputError
from clusterforge.pipeline.api import load
from clusterforge.pipeline.curate import refer
from clusterforge.taxonomy.editing import merge, rename
from clusterforge.taxonomy.folder import GENERATIONS, TaxonomyFolder
from clusterforge.taxonomy.following import Followed, follow
from tests.cli.conftest import Cli, cli
from tests.taxonomy.conftest import Week, drawn

__all__ = ["cli"]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clusterforge.taxonomy.change.ROUNDS", 59)


def ids(done: Followed) -> set[int]:
    folder = done.folder / GENERATIONS / f"{done.generations[-1].number:04d}"
    return set(pq.read_table(folder / "rows.parquet")["cluster"].to_pylist())


@pytest.mark.parametrize("refit", [False, True])
def test_a_merge_and_a_name_hold_for_all_later_generations(
    base: Path, week: Week, tmp_path: Path, refit: bool
) -> None:
    out = tmp_path / "t"
    assert ids(follow(base, week([0, 1, 2], 1), out=out)) == {0, 1, 2}
    rename(out, "2", "Two <b>")
    done = merge(out, ["0", "1"], "both")
    assert done.taxonomy.alive == (0, 2)
    assert "Two &lt;b&gt;" in done.page.read_text()
    for number in (2, 3):
        later = follow(out, week([0, 1, 2], number), refit=refit)
        assert ids(later) == {0, 2}
        assert later.changes == ()
    assert [c.title for c in later.taxonomy.clusters if c.gone is None] == ["both", "Two <b>"]
    sizes = {change.id: change.rows_before for change in later.generations[-1].changes}
    assert sum(sizes.values()) == 150


def test_a_wrong_edit_leaves_the_taxonomy_as_it_was(base: Path, week: Week, tmp_path: Path) -> None:
    out = tmp_path / "t"
    before = follow(base, week([0, 1, 2], 1), out=out).taxonomy
    title = before.cluster(1).title
    for wrong in (
        lambda: rename(out, "9", "x"),
        lambda: rename(out, "0", " \n"),
        lambda: rename(out, "0", title.upper()),
        lambda: merge(out, ["1", title]),
        lambda: rename(tmp_path, "0", "x"),
    ):
        with pytest.raises(InputError):
            wrong()
    assert TaxonomyFolder(out).read() == before


def test_from_the_command_line(base: Path, week: Week, cli: Cli) -> None:
    cli("follow", str(base), str(week([0, 1, 2], 1)))
    done = cli("edit", "taxonomies/groups", "--merge", "0", "1", "--as", "both", "--json")
    assert done.status == 0, done.err
    assert json.loads(done.out)["clusters"] == [0, 2]
    again = cli("edit", "taxonomies/groups", "--rename", "both", "--as", "pair")
    assert again.out.splitlines()[0] == "cluster 0, both, is now called pair"
    assert Path(again.out.split("page:")[1].strip()).is_file()
    assert "takes --rename and --merge" in cli("edit", "taxonomies/groups", "--reduce", "2").err
    third = TaxonomyFolder(Path("taxonomies/groups")).read().cluster(2).title
    merged = cli("edit", "taxonomies/groups", "--merge", "pair", "2")
    line = f"cluster 2, {third}, is part of cluster 0, pair, from now on"
    assert " ".join(merged.out.split()).startswith(line)


def test_the_edits_of_a_curation_go_along(base: Path, week: Week, tmp_path: Path) -> None:
    run = load(base)
    both = tuple(refer(run.files, "kmeans", cluster) for cluster in ("0", "1"))
    rest = refer(run.files, "kmeans", "2")
    edits = [Merge(clusters=both, name="both"), Rename(cluster=rest, name="rest")]
    curated = clusterforge.edit(base, edits, out=tmp_path / "curated", cache=False)
    done = follow(curated.folder, week([0, 1, 2], 1), out=tmp_path / "t")
    done = follow(tmp_path / "t", week([0, 1, 2, 3], 2))
    living = [c.title for c in done.taxonomy.clusters if c.gone is None]
    assert living[:2] == ["both", "rest"]
    assert len(living) == 3
    assert done.changes[0].kind == "new"


@pytest.mark.parametrize("again", [False, True])
def test_a_curation_is_fitted_on_later_rows_as_it_was_edited(
    base: Path, week: Week, tmp_path: Path, again: bool
) -> None:
    run = load(base)
    both = tuple(refer(run.files, "kmeans", cluster) for cluster in ("0", "1"))
    whole = refer(run.files, "kmeans", "2")
    rows = run.files.assignments.ids[run.labels() == 2].astype(str)
    edits = [
        Merge(clusters=both, name="both"),
        Pin(rows=(str(rows[0]),), cluster=whole),
    ]
    curated = clusterforge.edit(base, edits, out=tmp_path / "curated", cache=False)
    follow(curated.folder, week([0, 1, 2], 1), out=tmp_path / "t", refit=again)
    done = follow(tmp_path / "t", week([0, 1, 2], 2), refit=True)
    done = follow(tmp_path / "t", week([0, 1, 2], 3), refit=not again)  # also predicted by that fit
    assert done.changes == ()
    assert ids(done) == {0, 1}
    sizes = sorted(change.rows for change in done.generations[-1].changes)
    assert sizes[1] > 1.5 * sizes[0]
    assert done.generations[-1].notes == ()
    assert done.taxonomy.cluster(0).title == "both"


def test_a_new_cluster_is_named_by_the_runs_namer_unlike_the_others(
    base: Path, week: Week, tmp_path: Path
) -> None:
    out = tmp_path / "t"
    follow(base, week([0, 1, 2], 1), out=out)
    done = follow(out, week([0, 1, 2, 3], 2))
    (new,) = [c for c in done.taxonomy.clusters if c.born == 3]
    assert new.name is not None
    assert new.name.endswith(("high", "low"))
    titles = [cluster.title.casefold() for cluster in done.taxonomy.clusters]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("refit", [False, True])
@pytest.mark.parametrize("stays", [(0,), (1,), ()], ids=["first", "second", "neither"])
def test_what_was_merged_does_not_come_back_by_itself(
    base: Path,
    week: Week,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    refit: bool,
    stays: tuple[int, ...],
) -> None:
    monkeypatch.setattr("clusterforge.taxonomy.change.ROUNDS", 149)  # a refit's six questions, too
    out = tmp_path / "t"
    follow(base, week([0, 1, 2], 1), out=out)
    first = load(base).predict(drawn([0], 1))[0]
    second = load(base).predict(drawn([1], 1))[0]
    merge(out, [str(first), str(second)], "both")
    for number, groups in enumerate(([*stays, 2], [*stays, 2], [0, 1, 2]), 2):
        np.save(tmp_path / "later.npy", drawn(groups, number, 50 * len(groups)))
        done = follow(out, tmp_path / "later.npy", refit=refit and number > 3)
        assert (done.taxonomy.cluster(int(first)).gone is None) == (0 in groups or 1 in groups)
    assert "new" not in {change.kind for change in done.changes}
    assert ids(done) == {first, load(base).predict(drawn([2], 1))[0]}
    assert done.taxonomy.cluster(int(second)).gone is not None


def test_a_merged_cluster_may_have_the_name_of_any_of_them(
    base: Path, week: Week, tmp_path: Path
) -> None:
    out = tmp_path / "t"
    follow(base, week([0, 1, 2], 1), out=out)
    rename(out, "1", "billing")
    with pytest.raises(InputError, match="cluster 1 is called"):
        merge(out, ["0", "2"], "billing")
    done = merge(out, ["0", "1"], "billing")
    assert done.taxonomy.cluster(0).title == "billing"
    assert rename(out, "billing", "invoices").taxonomy.cluster(0).title == "invoices"


def test_an_edit_is_of_the_taxonomy_as_the_lock_finds_it(
    base: Path, week: Week, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "t"
    follow(base, week([0, 1, 2], 1), out=out)
    locked = TaxonomyFolder.locked

    def late(folder: TaxonomyFolder) -> AbstractContextManager[None]:
        """Let another process in before the lock is held."""
        monkeypatch.setattr(TaxonomyFolder, "locked", locked)
        follow(out, week([0, 1, 2], 2))
        return locked(folder)

    monkeypatch.setattr(TaxonomyFolder, "locked", late)
    rename(out, "0", "zero")
    taxonomy = TaxonomyFolder(out).read()
    assert len(taxonomy.generations) == 3
    assert taxonomy.cluster(0).title == "zero"
