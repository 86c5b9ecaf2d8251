"""``clusterforge edit``: one edit in words, a file of edits, and a curation that is a run."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import clusterforge
from clusterforge.cli import clusters
from clusterforge.curation import Edits
from clusterforge.curation.changes import made, renumbered
from clusterforge.errors import InputError
from clusterforge.pipeline import curate, execute
from clusterforge.runs import RunFolder
from tests.cli.conftest import Cli, cli

__all__ = ["cli"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return four_groups(tmp_path_factory.mktemp("edited"))


def four_groups(folder: Path) -> Path:
    """Run k-means and DBSCAN on four groups of rows that lie in two pairs."""
    data = folder / "rows.csv"
    rng = np.random.default_rng(0)
    centres = np.array([[0, 0], [0, 9], [30, 0], [30, 9]])
    rows = (centres[np.arange(80) % 4] + rng.normal(0, 0.5, (80, 2))).round(3)
    lines = [f"id{i},{x},{y},{i % 4}" for i, (x, y) in enumerate(rows.tolist())]
    data.write_text("\n".join(["id,x,y,kind", *lines]) + "\n")
    recipe = {
        "dataset": {
            **{"use": "files", "path": str(data), "features": ["x", "y"]},
            **{"id": "id", "label": "kind", "test_fraction": 0.2},
        },
        "encoder": [{"use": "scale"}],
        "clusterer": [
            {"use": "kmeans", "n_clusters": 4},
            {"use": "dbscan", "eps": 0.05, "min_samples": 3},
        ],
        "evaluation": {"resamples": 20, "refits": 2, "null_draws": 0},
        "report": {"projection": "pca"},
    }
    return clusterforge.run(recipe, out=folder / "run").folder


def text(*words: object) -> list[str]:
    return [str(word) for word in words]


def test_edits_in_words_then_a_curation(run: Path, tmp_path: Path, cli: Cli) -> None:
    edits, out = tmp_path / "edits.toml", tmp_path / "curated"
    labels = RunFolder.open(run).labels("kmeans", "train")
    assert labels is not None
    for words in (
        ("--merge", 0, 1, "--as", "both"),
        ("--split", "2", "--into", 2),
        ("--pin", "id0", "id1", "--to", 3),
    ):
        done = cli("edit", str(run), *text(*words), "--save", str(edits))
        assert done.status == 0, done.err
    assert len(Edits.read(edits)) == 3
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    done = cli("edit", str(run), str(edits), "--out", str(out), "--quiet")
    assert done.status == 0, done.err
    assert re.search("edited +kmeans", done.out)
    assert {path: path.stat().st_mtime_ns for path in run.rglob("*")} == before
    curated = clusterforge.load(out)
    assert curated.info.parent == run.name
    assert curated.recipe.clusterers[0].id == "edited"
    assert "both" in curated.files.names("edited").values()
    reused = {stage.stage: stage.reused for stage in curated.info.stages}
    assert reused["encoder.0.scale"]
    assert reused["clusterer.0.kmeans"]
    assert len(curated.predict(np.array([[0.0, 4.5], [30.0, 0.0]], dtype=np.float32))) == 2
    # A curation is a run: it can be edited again, and its own edits come first.
    second = text(
        "edit", out, "--rename", "both", "--as", "one", "--out", tmp_path / "b", "--quiet"
    )
    assert cli(*second).status == 0
    again = clusterforge.load(tmp_path / "b")
    assert "one" in again.files.names("edited").values()
    assert np.array_equal(again.labels(), curated.labels())


def test_clusters_that_keep_their_members_keep_their_names(tmp_path: Path, cli: Cli) -> None:
    rng = np.random.default_rng(0)
    rows = 4 * rng.normal(size=(5, 4))[np.arange(100) % 5] + rng.normal(0, 0.3, (100, 4))
    lines = [",".join(f"{value:.3f}" for value in row) for row in rows.tolist()]
    (tmp_path / "rows.csv").write_text("\n".join(["a,b,c,d", *lines]) + "\n")
    recipe = {
        "dataset": {"use": "files", "path": str(tmp_path / "rows.csv"), "features": "all"},
        "encoder": [{"use": "scale"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 5}],
        "evaluation": {"resamples": 0, "refits": 0, "null_draws": 0},
        "report": {"projection": "none"},
    }
    run = clusterforge.run(recipe, out=tmp_path / "run", cache=False).folder
    before = RunFolder.open(run)
    names, labels = before.names("kmeans"), before.labels("kmeans", "train")
    assert labels is not None
    for one, other in ((0, 1), (2, 3)):
        out = tmp_path / f"out{one}"
        words = text("edit", run, "--merge", one, other, "--out", out, "--quiet")
        done = cli(*words)
        assert done.status == 0, done.err
        after = RunFolder.open(out)
        curated = after.labels("edited", "train")
        assert curated is not None
        kept = {int(curated[labels == c][0]): names[c] for c in set(range(5)) - {one, other}}
        assert {cluster: after.names("edited")[cluster] for cluster in kept} == kept
        assert len(after.names("edited")) == 4


def test_split_by_another_clusterer(run: Path, tmp_path: Path, cli: Cli) -> None:
    words = ("--split", 0, "--by", "dbscan", "--set", "eps=0.03", "--set", "min_samples=2")
    edits, out = tmp_path / "edits.toml", tmp_path / "out"
    cli(*text("edit", run, *words, "--save", edits))
    assert "parameters = {eps = 0.03, min_samples = 2}" in edits.read_text()
    assert "--save" in cli(*text("edit", run, edits, "--save", edits)).err
    done = cli(*text("edit", run, edits, "--out", out))
    assert done.status == 0, done.err
    assert "edits of kmeans" in done.err
    curated = clusterforge.load(out)
    labels, before = curated.labels(), clusterforge.load(run).labels("kmeans")
    assert (labels[before == 0] == -1).any()
    assert set(curated.predict(np.array([[0.0, 0.0], [30.0, 9.0]]))) <= {-1, *labels.tolist()}
    for by, setting, says in (
        ("dbscan", "epps=1", "unknown key 'epps'"),
        ("kmeens", "n_clusters=2", "no clusterer is named 'kmeens'"),
        ("edited", "edits=x", "needs more than an embedding"),
    ):
        wrong = cli(
            *text("edit", run, "--split", 0, "--by", by, "--set", setting, "--out", tmp_path / by)
        )
        assert says in wrong.out + wrong.err
        if by != "edited":  # that one is known after the fit only: it is listed as not applied
            assert wrong.status == 2
            assert not (tmp_path / by).exists()


def test_what_the_report_shows_first_is_edited(run: Path, tmp_path: Path, cli: Cli) -> None:
    swapped = clusterforge.run(
        run / "recipe.toml",
        overrides=["clusterer.0.id=bad", "clusterer.0.n_clusters=2", "clusterer.1.eps=0.5"],
        out=tmp_path / "swapped",
    )
    best = swapped.files.clusterer()
    assert best == "dbscan"
    done = cli(*text("edit", swapped.folder, "--reduce", 2, "--out", tmp_path / "out"))
    assert "edits of dbscan" in done.err
    curated = clusterforge.load(tmp_path / "out")
    before, after = (
        swapped.files.assignments.clusters["dbscan"],
        curated.files.assignments.clusters["edited"],
    )
    printed = " ".join(done.out.split())
    assert f"numbers of dbscan, before → now: {renumbered(before, after)}" in printed
    assert before.max() > after.max() == 1
    assert f"{before.max()} → " in printed
    assert curated.files.metrics.clusterings["edited"].of == ("dbscan",)
    assert curated.files.clusterer() == "edited"


def test_edits_of_a_recipe_apply_to_another_seed(run: Path, tmp_path: Path, cli: Cli) -> None:
    edits = tmp_path / "edits.toml"
    cli(*text("edit", run, "--merge", 0, 1, "--as", "both", "--save", edits))
    done = clusterforge.run(
        run / "recipe.toml",
        overrides=[f'edits="{edits}"', "seed=7", "evaluation.refits=0"],
        out=tmp_path / "refit",
    )
    assert len(np.unique(done.labels())) == 3
    assert [entry.id for entry in done.recipe.clusterers] == ["edited", "kmeans", "dbscan"]
    assert "both" in done.files.names("edited").values()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--merge", 0, 77), "there is no cluster 77; its clusters are 0 to "),
        (("--merge", 0), "--merge takes two CLUSTERs or more"),
        (("--merge", "0,77"), "there is no cluster 77; its clusters are 0 to "),
        (("--merge", 0, 0), "--merge takes two CLUSTERs or more"),
        (("--rename", 0), "--rename needs --as NAME"),
        (("--pin", "id0"), "--pin needs --to CLUSTER"),
        (("--pin", "nobody", "--to", 0), "there is no row 'nobody'; ids of train: "),
        (("--together", "id0"), "--together takes two ROWs or more"),
        (("--split", 0, "--as", "x"), "--as goes with --merge or --rename"),
        (("--merge", 0, 1, "--reduce", 2), "One edit at a time"),
        (("--merge", 0, 1, "--by", "dbscan"), "--by goes with --split"),
        (("--split", 0, "--by", "dbscan", "--into", 2), "--into is for k-means"),
        (("--split", 0, "--set", "eps=1"), "name it with --by"),
        (("--split", 0, "--by", "dbscan", "--set", "eps"), "'eps' is not KEY=VALUE"),
        ((), "Give a file of EDITS"),
        (("absent.toml",), "can't be read"),
    ],
)
def test_what_is_wrong_is_said(
    run: Path, tmp_path: Path, cli: Cli, words: tuple[object, ...], says: str
) -> None:
    done = cli(*text("edit", run, *words, "--out", tmp_path / "out"))
    assert done.status == 2
    assert says in done.err
    assert done.out == ""
    assert not (tmp_path / "out").exists()


def test_other_data_are_refused_and_nothing_is_left(run: Path, tmp_path: Path) -> None:
    data = run.parent / "rows.csv"
    before = data.read_text()
    data.write_text(before.replace("id0,", "id00,"))
    edits = Edits.model_validate({"edit": [{"do": "reduce", "to": 2}]})
    try:
        with pytest.raises(InputError, match="the data are not those of"):
            clusterforge.edit(run, edits, out=tmp_path / "curated")
    finally:
        data.write_text(before)
    assert not (tmp_path / "curated").exists()


def test_clusters_that_an_edit_made_are_listed_first(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli
) -> None:
    monkeypatch.setattr(clusters, "SHOWN", 2)
    out = tmp_path / "split"
    done = cli(*text("edit", run, "--split", 3, "--into", 2, "--out", out))
    assert done.status == 0, done.err
    names = RunFolder.open(out).names("edited")
    lines = done.out.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("clusters of edited"))
    assert lines[at].startswith("clusters of edited, changed ones first ")
    shown = {line.rsplit(maxsplit=3)[0].rstrip() for line in lines[at + 1 : at + 3]}
    assert shown == {f"{number} {names[number]}" for number in (3, 4)}
    assert lines[at + 3].split() == ["and", "3", "other", "clusters", "60", "75.0", "%"]
    assert lines[-2:] == [f"run:    {out}", f"report: {out}/report.html"]
    named = cli(*text("edit", run, "--rename", 2, "--as", "third", "--out", tmp_path / "named"))
    assert "clusters of edited, changed ones first" in named.out
    assert re.search("first +rows +share\n2 third ", named.out)


def test_noise_has_a_line_in_the_list(run: Path, tmp_path: Path, cli: Cli) -> None:
    done = cli(*text("edit", run, "--to-noise", 1, "--out", tmp_path / "out"))
    assert re.search(r"\nnoise +20 +25\.0 %\n", done.out)


def test_a_cluster_is_made_unless_its_rows_are_those_of_one_before() -> None:
    before = np.array([0, 0, 1, 1, 2, 2, 3, 3, -1, -2])
    assert made(before, before) == frozenset()
    assert made(before, np.array([1, 1, 0, 0, 2, 2, 3, 3, -1, -2])) == frozenset()
    assert made(before, np.array([0, 0, 0, 0, 1, 1, 2, 3, 4, -2])) == {0, 2, 3, 4}


def test_numbers_that_have_changed_are_listed() -> None:
    before = np.array([0, 0, 1, 1, 2, 2, 3, 3, -1])
    assert renumbered(before, np.array([0, 0, 0, 0, 1, 1, -1, -1, 1])) == "1 → 0, 2 → 1, 3 → noise"
    assert renumbered(before, before) == ""


def test_a_stopped_edit_leaves_nothing_or_what_can_be_gone_on_with(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    words = text("edit", run, "--merge", 0, 1)
    with monkeypatch.context() as patch:
        patch.setattr(curate, "copy_files", stop)
        for place in ((), ("--out", "new/curated")):
            stopped = cli(*words, *place)
            assert (stopped.status, stopped.err) == (130, "edits of kmeans\ninterrupted\n")
    assert list(tmp_path.iterdir()) == []
    with monkeypatch.context() as patch:
        patch.setattr(execute, "write_report", stop)
        stopped = cli(*words, "--out", "curated")
    assert stopped.status == 130
    resume = "interrupted; resume with: clusterforge run --resume curated"
    assert stopped.err.splitlines()[-1] == resume
    assert cli("run", "--resume", "curated").status == 0
    assert cli("verify", "curated").status == 0


MOVED = (
    ("edit", "run", "--rename", "0", "--as", "first", "--quiet"),
    ("profile", "run"),
    ("export", "run", "--rows", "out.csv"),
)


def test_data_that_were_moved(tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "old").mkdir()
    four_groups(tmp_path / "old")
    new = (tmp_path / "old").rename(tmp_path / "new")
    monkeypatch.chdir(new)
    for words in MOVED:  # the files beside the run
        done = cli(*words)
        assert done.status == 0, done.err
    (tmp_path / "other").mkdir()
    data = (new / "rows.csv").rename(tmp_path / "other" / "a.csv")
    (tmp_path / "other" / "b.csv").write_text(data.read_text() + "id80,0,0,0\n")
    for words in MOVED:
        done = cli(*words)
        assert done.status == 2
        assert "rows.csv does not exist" in done.err
        assert "--set path=FILE" in done.err
        done = cli(*words, "--set", "path=../other/a.csv")
        assert done.status == 0, done.err
        done = cli(*words, "--set", "path=../other/b.csv")
        assert done.status == 2
        assert "name an unchanged copy" in done.err
        assert "--set path=FILE" not in done.err


def test_a_setting_that_nothing_has_is_said(run: Path, cli: Cli) -> None:
    done = cli("edit", str(run), "--rename", "0", "--as", "first", "--set", "pth=rows.csv")
    assert done.status == 2
    assert "--set pth=rows.csv is no key of the data" in done.err


def test_settings_of_the_data_may_be_written_as_in_a_recipe(
    run: Path, cli: Cli, tmp_path: Path
) -> None:
    words = ("edit", str(run), "--rename", "0", "--as", "first", "--out", str(tmp_path / "out"))
    for setting in ("dataset.path=elsewhere.csv", "path=elsewhere.csv"):
        done = cli(*words, "--set", setting)
        assert done.status == 2
        assert "elsewhere.csv does not exist" in done.err
    done = cli(*words, "--set", "types.nosuch=number")
    assert "nosuch" in done.err
    assert "no key of the data" not in done.err


def test_a_type_of_one_column_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("a,b\n" + "".join(f"{i % 5},{i % 7}\n" for i in range(40)))
    types = {"a": "category", "b": "ordinal"}
    recipe = {
        "dataset": {
            **{"use": "files", "path": str(tmp_path / "d.csv")},
            **{"features": "all", "types": types},
        },
        "encoder": [{"use": "table"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 2}],
        "evaluation": {"resamples": 0, "refits": 0},
        "report": {"projection": "none"},
    }
    done = clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    same = done.dataset({"types": {"b": "ordinal"}}).params
    assert same == done.recipe.dataset.params


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--split", 1, "--into", 1001), "'--into': 1001 is not in the range"),
        (("--split", 1, "--into", 900), "--into: cluster 1 has 16 rows, fewer than that"),
        (("--reduce", 99), "--reduce: kmeans has 4 clusters, no more"),
        (("--rename", 1, "--as", "x" * 201), "--as: must have at most 200 characters"),
    ],
)
def test_edits_that_can_not_be_or_change_nothing(
    run: Path, tmp_path: Path, cli: Cli, words: tuple[object, ...], said: str
) -> None:
    done = cli("edit", *text(run, *words, "--out", tmp_path / "out"))
    assert (done.status, said in done.err) == (2, True), done.err
    assert not (tmp_path / "out").exists()


def test_edits_of_a_program(run: Path, tmp_path: Path) -> None:
    made = {"do": "merge", "clusters": [0, 1]}
    edited = clusterforge.edit(run, made, out=tmp_path / "out")
    assert edited.metrics.clusterings["edited"].n_clusters == 3
    for given, said in (
        (None, "edits are a file's name, or a list of dicts, not NoneType"),
        (["merge"], r'not str; as \[\{"do": "merge"'),
        ([made | {"clusters": [0]}], r"^edits: edit\.0\.clusters: must have at least 2 items"),
        ({"do": "merge", "clusters": [0, 9]}, r"edit\.0\.clusters: there is no cluster 9"),
    ):
        with pytest.raises(InputError, match=said):
            clusterforge.edit(run, given)
