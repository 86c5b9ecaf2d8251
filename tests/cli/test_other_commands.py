"""check, predict, report, schema, doctor, and the program itself."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import clusterforge
from clusterforge.cli import main
from clusterforge.contracts import Peek
from tests.cli.conftest import BLOBS, Cli
from tests.registry.conftest import Install


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("once")
    recipe = folder / "blobs.toml"
    recipe.write_text(BLOBS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLUSTERFORGE_PLUGINS", "")
        out = str(folder / "run")
        assert main.main(["run", str(recipe), "--out", out, "--quiet", "--no-cache"]) == 0
    return folder / "run"


@pytest.fixture
def finished(cli: Cli, once: Path) -> str:
    shutil.copytree(once, "done")
    return "done"


def test_version(cli: Cli) -> None:
    done = cli("--version")

    assert (done.status, done.out) == (0, f"clusterforge, version {clusterforge.__version__}\n")


@pytest.mark.parametrize("args", [(), ("--help",), ("-h",)])
def test_help_names_every_command(args: tuple[str, ...], cli: Cli) -> None:
    done = cli(*args)

    assert (done.status, done.err) == (0, "")
    for name in main.clusterforge.commands:
        assert f"\n  {name}  " in done.out
        assert cli(name, "--help").status == 0
    assert "..." not in done.out.partition("Commands:")[2]
    assert max(map(len, done.out.splitlines())) <= 80


def test_check_says_what_it_knows(cli: Cli, blobs: str) -> None:
    done = cli("check", blobs)

    assert (done.status, done.err) == (0, "")
    known, _, table = done.out.partition("\n\n")
    assert all(line.startswith(("ok ", "unknown ", "  ")) for line in known.splitlines())
    head, *stages, total = table.splitlines()
    assert head.split() == ["about", "time", "memory", "disk"]
    assert "clusterer.0.kmeans" in [line.split()[0] for line in stages]
    assert total.startswith("in all ")
    assert not Path("runs").exists()


def test_check_chooses_what_costs_less_and_says_it(cli: Cli, blobs: str) -> None:
    average = 'clusterer.0={use="hierarchical", n_clusters=3, linkage="average", max_rows_full=50}'
    done = cli("check", blobs, "--set", average, "--memory", "2GB", "--json")

    found = json.loads(done.out)
    assert found["estimate"]["memory"] < 2e9
    assert found["estimate"]["stages"][0]["stage"] == "dataset.blobs"
    assert found["recipe"]["compute"]["memory"] == "2GB"
    refused = cli("check", blobs, "--memory", "2 G")
    assert (refused.status, "must be a size" in refused.err) == (2, True)


def test_check_says_what_it_can_not_know(
    cli: Cli, blobs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.delenv("CLUSTERFORGE_MIRROR", raising=False)
    dataset = 'dataset={use="huggingface", path="nobody/nothing", text="text"}'

    found = json.loads(
        cli("check", blobs, "--json", "--set", dataset, "--set", "encoder.0.use=tfidf").out
    )

    encoder = "encoder.0={use='sentence-transformer', model='org/all-MiniLM-L6-v2'}"
    model = cli("check", blobs, "--set", dataset, "--set", encoder).out
    assert (
        "unknown encoder.0.model: org/all-MiniLM-L6-v2 is in no mirror and no cache: a run asks the "
        'Hub (use = "minilm" is this model, without the Hub)'
    ) in " ".join(model.split())
    assert found["valid"] is True
    assert len(found["unknown"]) == 1
    assert found["recipe"]["dataset"]["path"] == "nobody/nothing"


def test_check_says_that_a_row_has_no_size_where_rows_are_counted(
    cli: Cli, blobs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clusterforge.pipeline import preflight

    monkeypatch.setattr(preflight, "peeked", lambda recipe: Peek({"train": 60}, "table"))
    (unknown,) = json.loads(cli("check", blobs, "--json").out)["unknown"]
    assert unknown.startswith("memory and time: the size of a row is not known")


def test_check_refuses_as_run_does(cli: Cli, blobs: str) -> None:
    done = cli("check", blobs, "--set", "dataset.row=3", "--json")

    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("error: blobs.toml: dataset.row: unknown key")


def test_predict_prints_csv(cli: Cli, finished: str) -> None:
    from clusterforge.pipeline.api import load

    rows = np.random.default_rng(0).normal(size=(4, 2)).astype(np.float32)
    np.save("new.npy", rows)

    done = cli("predict", finished, "new.npy")

    lines = [line.split(",") for line in done.out.splitlines()]
    noise = sum(line[3] == "-1" for line in lines[1:])
    assert noise > 0
    assert (done.status, done.err) == (0, f"{noise} of 4 rows are noise by dbscan\n")
    assert lines[0] == ["id", "kmeans", "kmeans.name", "dbscan", "dbscan.name", "dbscan.nearest"]
    assert {line[4] for line in lines[1:] if line[3] == "-1"} == {"noise"}
    assert [line[0] for line in lines[1:]] == list("0123")
    expected = load("done").predict_all(rows)
    assert [int(line[1]) for line in lines[1:]] == expected["kmeans"].tolist()
    assert [int(line[3]) for line in lines[1:]] == expected["dbscan"].tolist()
    assert all(int(line[5]) in range(3) for line in lines[1:])


def test_recipes_that_run_without_the_hub_come_first(cli: Cli) -> None:
    here, hub = cli("recipes").out.split("need the Hub, or CLUSTERFORGE_MIRROR:\n")
    assert here.startswith("run without the Hub:\n")
    assert "  quickstart  " in here
    assert "With clusterforge-minilm." in " ".join(here.split())
    assert "  mnist_dec  " in hub
    said = " ".join(hub.split())
    for sentence in ("Labels ARE used to train", "An hour on two cores.", "No labels are used"):
        assert sentence in said
    assert "did you mean 'mnist_dec" in cli("run", "mnist_decc").err
    for command in (("run", "nosuch"), ("recipes", "--copy", "nosuch")):
        wrong = cli(*command).err
        assert "clusterforge recipes" in wrong
        assert "mnist_dec" not in wrong


def test_predict_prints_as_many_digits_as_a_number_has() -> None:
    from clusterforge.cli.commands.predict import _csv

    columns = {"id": np.array(["a"]), "sure": np.array([0.1], dtype=np.float32)}
    assert _csv(columns, header=True) == "id,sure\na,0.1\n"


def test_predict_prints_the_names_of_clusters_behind_their_numbers(cli: Cli, blobs: str) -> None:
    rng = np.random.default_rng(0)
    values = [
        f"{a:.3f},{b:.3f}" for a, b in rng.normal(size=(60, 2)) + np.arange(60)[:, None] % 3 * 9
    ]
    Path("rows.csv").write_text("\n".join(["a,b", *values]))
    table = "dataset={use='files', path='rows.csv', features='all'}"
    assert cli("run", blobs, "--out", "table", "--set", table).status == 0
    edit = (
        "--rename",
        "0",
        "--as",
        '=the "first",\none',
        "--clusterer",
        "kmeans",
        "--out",
        "named",
    )
    assert cli("edit", "table", *edit).status == 0

    found = list(csv.DictReader(io.StringIO(cli("predict", "named", "rows.csv").out)))

    names = {row["edited"]: row["edited.name"] for row in found}
    assert list(found[0])[:3] == ["id", "edited", "edited.name"]
    assert len(names) == 3
    assert '\'=the "first", one' in names["0"]


def test_predict_leaves_out_rows_without_content(cli: Cli, blobs: str) -> None:
    rows = np.random.default_rng(0).normal(size=(30, 2))
    lines = [f"{a:.3f},{b:.3f}" for a, b in rows]
    Path("rows.csv").write_text("\n".join(["a,b", *lines]))
    Path("new.csv").write_text("\n".join(["a,b", lines[0], ",1.0", lines[1]]))
    table = "dataset={use='files', path='rows.csv', features='all'}"
    assert cli("run", blobs, "--out", "table", "--set", table).status == 0

    done = cli("predict", "table", "new.csv")

    assert done.status == 0
    assert [line.split(",")[0] for line in done.out.splitlines()] == ["id", "0", "2"]
    assert done.err.startswith("warning: new.csv: 1 of 3 rows has no value in 'a'")
    assert "; left out\n" in done.err


def test_predict_says_once_what_a_run_says_of_a_file(cli: Cli, finished: str) -> None:
    Path("new").mkdir()
    np.save("new/rows.npy", np.zeros((3, 2), np.float32))
    Path("new/notes.md").write_text("x")
    remark = "warning: new: other files of the folder are not read: notes.md\n"

    assert cli("predict", finished, "new").err.count(remark) == 1
    assert cli("predict", finished, "new", "--out", "out.csv").err.count(remark) == 1
    assert cli("follow", finished, "new", "--label", "week").err.count(remark) == 1


def test_rows_of_a_taxonomy_go_out_where_its_run_has_moved(cli: Cli, finished: str) -> None:
    np.save("new.npy", np.random.default_rng(1).normal(size=(30, 2)).astype(np.float32))
    assert cli("follow", finished, "new.npy", "--out", "lasting").status == 0
    shutil.move(finished, "elsewhere")

    refused = cli("export", "lasting", "--rows", "out.csv")
    assert refused.status == 2
    assert "--run" in refused.err
    assert cli("export", "lasting", "--rows", "out.csv", "--run", "elsewhere").status == 0
    assert cli("export", "elsewhere", "--rows", "out.csv", "--run", "elsewhere").status == 2


def test_predict_reads_another_form_as_its_message_says(cli: Cli, blobs: str) -> None:
    rows = np.random.default_rng(0).normal(size=(30, 2))
    Path("rows.csv").write_text("\n".join(["a,b", *(f"{a:.3f},{b:.3f}" for a, b in rows)]))
    Path("new.csv").write_text("a;b\n0.1;0.2\n")
    table = "dataset={use='files', path='rows.csv', features='all'}"
    assert cli("run", blobs, "--out", "table", "--set", table).status == 0

    refused = cli("predict", "table", "new.csv")
    done = cli("predict", "table", "new.csv", "--set", "delimiter=;")

    assert refused.err.endswith("; --set 'delimiter=;'\n")
    assert cli("follow", "table", "new.csv").err == refused.err
    assert done.out.splitlines()[0] == "id,kmeans,kmeans.name,dbscan,dbscan.name"
    assert cli("predict", "table", "gone.csv").err.count("gone.csv") == 1


def test_predict_puts_an_id_on_one_line() -> None:
    from clusterforge.cli.commands import predict

    columns = {"id": np.array(['a "b", c', "two\nlines", "x"]), "k means": np.array([1, -1, 0])}
    assert predict._csv(columns, header=True) == 'id,k means\n"a ""b"", c",1\ntwo lines,-1\nx,0\n'


def test_predict_says_how_sure_a_clusterer_is(cli: Cli, blobs: str) -> None:
    mixture = ("--set", "clusterer.1.use=gaussian-mixture", "--set", "clusterer.1.n_clusters=3")
    assert cli("run", blobs, "--out", "sure", "--quiet", *mixture).status == 0
    np.save("new.npy", np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32))

    done = cli("predict", "sure", "new.npy")

    lines = [line.split(",") for line in done.out.splitlines()]
    mixed = ["gaussian-mixture", "gaussian-mixture.name", "gaussian-mixture.confidence"]
    assert lines[0] == ["id", "kmeans", "kmeans.name", *mixed]
    assert all(1 / 3 <= float(line[5]) <= 1 for line in lines[1:])


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
def test_predict_writes_files_that_agree(suffix: str, cli: Cli, finished: str) -> None:
    np.save("new.npy", np.zeros((3, 2), np.float32))
    out = f"labels.{suffix}"

    done = cli("predict", finished, "new.npy", "--out", out, "--clusterer", "kmeans")

    assert (done.status, done.out) == (0, f"{out}\n")
    columns = ["id", "cluster", "name", "parent", "confidence", "nearest", "outlier", "left_out"]
    if suffix == "parquet":
        table = pq.read_table(out).to_pydict()
        assert list(table) == columns
        assert table["id"] == ["0", "1", "2"]
        assert table["cluster"] == table["nearest"]
    elif suffix == "jsonl":
        lines = [json.loads(line) for line in Path(out).read_text().splitlines()]
        assert [list(line) for line in lines] == [columns] * 3
    else:
        lines = Path(out).read_text().splitlines()
        assert lines[0].replace('"', "").split(",") == columns
        assert len(lines) == 4


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("done", "gone.npy"), "gone.npy"),
        (("gone", "new.npy"), "gone: "),
        (
            ("done", "new.npy", "--clusterer", "kmean"),
            "--clusterer: the run has no clusterer 'kmean'; did",
        ),
        (("done", "gone.npy", "--clusterer", "kmean"), "did you mean 'kmeans'?"),
        (("done", "new.npy", "--out", "x.xls"), "--out: x.xls"),
        (("done", "wide.npy"), "wide.npy: has rows of 7 numbers"),
    ],
)
def test_predict_refuses_in_one_line(
    args: tuple[str, ...], says: str, cli: Cli, finished: str
) -> None:
    np.save("new.npy", np.zeros((3, 2), np.float32))
    np.save("wide.npy", np.zeros((3, 7), np.float32))

    done = cli("predict", *args)

    assert (done.status, done.out) == (2, "")
    assert says in done.err
    assert done.err.count("\n") == 1


def test_export_says_what_it_has_written(cli: Cli, finished: str) -> None:
    done = cli("export", finished, "--rows", "rows.csv", "--clusters", "clusters.csv")
    assert (done.status, done.out) == (0, "rows.csv\nclusters.csv\n")
    assert done.err == "60 rows; 3 clusters of kmeans\n"
    header = "id,label,split,cluster,name,parent,confidence,nearest,outlier,edited,left_out"
    assert Path("rows.csv").read_text().splitlines()[0].replace('"', "") == header

    record = json.loads(cli("export", finished, "--clusters", "clusters.parquet", "--json").out)
    assert record["files"] == ["clusters.parquet"]
    assert (record["rows"], record["left_out"], record["clusters"]) == (60, 0, 3)
    assert cli("export", finished).status == 2


def test_report_writes_again_what_was_lost(cli: Cli, finished: str) -> None:
    from clusterforge.pipeline.api import load

    before = Path("done/report.html").read_bytes()
    Path("done/report.html").unlink()

    done = cli("report", finished)

    assert done.status == 0
    assert "Accuracy ↑" in done.out
    assert "clusters of " in done.out  # as run says it
    assert done.out.splitlines()[-2:] == ["", "done/report.html"]
    assert Path("done/report.html").read_bytes() == before
    assert load("done").folder == Path("done")


def test_report_draws_figures_where_they_are_wanted(cli: Cli, finished: str) -> None:
    from clusterforge.runs import RunFolder

    assert not Path("done/figures").exists()

    done = cli("report", finished, "--figures")

    assert done.status == 0
    assert done.out.splitlines()[-2:] == ["figures: done/figures", "done/report.html"]
    assert list(Path("done/figures").glob("*.svg"))
    RunFolder.open("done").verify()


def test_report_covers_up_no_damage(cli: Cli, finished: str) -> None:
    Path("done/metrics.json").write_text("{}")
    manifest = Path("done/manifest.json").read_bytes()

    done = cli("report", finished)

    assert done.status == 2
    assert "metrics.json" in done.err
    assert Path("done/manifest.json").read_bytes() == manifest


def test_report_of_a_file_of_another_shape_gives_one_line(cli: Cli, finished: str) -> None:
    from clusterforge.runs import files
    from clusterforge.runs.manifest import write_manifest

    (Path("done") / files.METRICS).write_text('{"scores": 3}')
    write_manifest(Path("done"))

    done = cli("report", finished)

    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("error: done/metrics.json: this is not what a run writes (")
    assert done.err.count("\n") == 1


def test_a_run_without_scores_is_refused_before_it_is_touched(cli: Cli, finished: str) -> None:
    from clusterforge.runs.manifest import write_manifest

    Path("done/metrics.json").unlink()
    write_manifest(Path("done"))
    before = {path: path.stat().st_mtime_ns for path in Path("done").rglob("*")}

    assert cli("report", finished).status == 2
    assert {path: path.stat().st_mtime_ns for path in Path("done").rglob("*")} == before


def test_an_interrupted_report_is_mended_by_another(cli: Cli, finished: str) -> None:
    from clusterforge.errors import InputError
    from clusterforge.pipeline.api import load

    Path("done/report.html").write_text("of another version")
    with pytest.raises(InputError, match="clusterforge report done"):
        load("done")
    assert cli("report", finished).status == 0
    load("done")


def test_report_does_not_finish_an_interrupted_run(cli: Cli, finished: str) -> None:
    Path("done/manifest.json").unlink()

    done = cli("report", finished)

    assert done.status == 2
    assert "clusterforge run --resume done" in done.err
    assert not Path("done/manifest.json").exists()


def test_schema_to_stdout_and_to_a_file(cli: Cli) -> None:
    printed = json.loads(cli("schema").out)
    done = cli("schema", "--out", "recipe.schema.json")

    assert (done.status, done.out) == (0, "recipe.schema.json\n")
    assert json.loads(Path("recipe.schema.json").read_text()) == printed
    assert cli("schema", "--out", "recipe.schema.json/x").status == 3


def test_doctor_names_what_is_ill_and_how_to_mend_it(
    cli: Cli, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = "\n@hookimpl\ndef clusterforge_clusterers():\n    return [easy('kmeans')]"
    install("thief", hook)
    install("ill", "\nraise OSError('gone')")
    install("kept-out", "\nraise AssertionError")
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "thief,ill")
    monkeypatch.setenv("CLUSTERFORGE_MIRROR", "/no/such/folder")

    done = cli("doctor")
    found = json.loads(cli("doctor", "--json").out)

    assert done.status == 0
    assert "broken: ill 1.0 (ill)" in done.out
    assert "pip uninstall ill" in done.out
    assert "disabled: kept-out 1.0 (kept_out)" in done.out
    assert "shadowed: thief 1.0 (thief)" in done.out
    assert "use thief:kmeans in a recipe" in done.out
    assert "/no/such/folder (no such folder)" in done.out
    assert {"broken", "disabled", "shadowed"} <= {p["state"] for p in found["problems"]}
    assert {"python", "torch", "threads", "CUDA", "cache", "mirror"} <= set(found["facts"])
    assert max(len(line) for line in done.out.splitlines() if "/" not in line) <= 100


def test_predict_counts_rows_that_are_unlike_the_run(cli: Cli, finished: str) -> None:
    from clusterforge.contracts import Context
    from clusterforge.pipeline.api import load

    entry = load("done").recipe.dataset
    corpus = entry.build().load(Context())
    known = corpus.train.items.take(np.arange(40)).astype(np.float32)
    np.save("known.npy", known)
    np.save("new.npy", np.concatenate([known, known[:12] + np.float32(500)]))

    ordinary, done = cli("predict", finished, "known.npy"), cli("predict", finished, "new.npy")
    written = cli("predict", finished, "new.npy", "--out", "new.csv")

    assert "unlike" not in ordinary.err
    for err in (done.err, written.err):
        counted = re.search(r"(\d+) of 52 rows are unlike anything in the run \(outlier > 0\.", err)
        assert counted
        assert 12 <= int(counted[1]) <= 13
        assert f"clusterforge follow {finished} new.npy finds new groups" in " ".join(err.split())


def test_words_of_other_programs_name_the_command(cli: Cli) -> None:
    done = cli("rename", "run")
    assert done.status == 2
    assert "No such command 'rename': clusterforge edit RUN --rename CLUSTER --as NAME" in done.err
    for words in (("--nosuch", "train"), ("train", "--nosuch")):
        err = cli(*words).err
        assert ("clusterforge run RECIPE" in err) is ("No such command" in err)


def test_what_is_wrong_with_settings_is_said_as_settings(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.csv").write_text("rpm,temperature\n1,2\n3,4\n5,7\n")
    done = cli("init", "m.csv", "--set", "features=rpm")
    assert """write --set 'features=["rpm"]'""" in done.err
    done = cli("init", "m.csv", "--label", "temprature")
    assert "did you mean 'temperature'? columns: rpm, temperature" in done.err


def test_the_command_of_a_sweep_is_named(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = cli("recipes")
    assert "clusterforge sweep" in " ".join(done.out.split())
    assert all(len(line) <= 80 or "pip install" in line for line in done.out.splitlines())
    words = ("run", "digits_sweep", "--set", "dataset.use=nothing", "--out", str(tmp_path / "run"))
    assert "[search] is not used by run: clusterforge sweep digits_sweep" in cli(*words).err
    assert "[search]" not in cli(*words, "--quiet").err


def test_check_refuses_a_device_that_is_not_there_as_run_does(cli: Cli, blobs: str) -> None:
    asked = (blobs, "--set", "compute.device=cuda:99")
    done = cli("check", *asked)

    assert (done.status, done.out) == (2, "")
    said = "blobs.toml: compute.device: there is no device 'cuda:99' here; use auto or cpu"
    assert said in done.err
    assert cli("run", *asked).err.splitlines()[-1] == done.err.strip()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("list-plugins", "--kind", "clusterers"), "did you mean 'clusterer'?"),
        (("edit", "run", "--outliers", "nearst"), "did you mean 'nearest'?"),
        (("schema", "--of", "list-plugin"), "did you mean 'list-plugins'?"),
        (("completion", "bsh"), "did you mean 'bash'?"),
        (("describe", "clusterers", "kmeans"), "did you mean 'clusterer'?"),
    ],
)
def test_a_misspelt_word_names_the_nearest(command: tuple[str, ...], said: str, cli: Cli) -> None:
    done = cli(*command)

    assert (done.status, done.out) == (2, "")
    assert (
        f"is not known; {said}" in done.err or f"there is no kind 'clusterers'; {said}" in done.err
    )
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("list-plugins", "clusterer"), "(clusterer); write --kind clusterer; see"),
        (("list-plugins", "clusterers"), "(clusterers); write --kind clusterer; see"),
        (("list-plugins", "kmeans"), "(kmeans); see"),
        (("export", "run", "out.csv"), "(out.csv); write --rows out.csv; see"),
        (("run", "r.toml", "--set", "a.b", "5"), "(5); write --set a.b=5; see"),
        (("run", "--set", "name", "so so", "r.toml"), "(r.toml); write --set 'name=so so'; see"),
        (("check", "r.toml", "more"), "(more); see"),
    ],
)
def test_a_word_too_many_names_its_option(command: tuple[str, ...], said: str, cli: Cli) -> None:
    done = cli(*command)

    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("error: Got unexpected extra argument ")
    assert said in done.err
