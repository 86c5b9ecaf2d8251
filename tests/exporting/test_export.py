"""Exports of a real run, read back."""

from __future__ import annotations

import datetime
import gc
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from PIL import Image

import clusterforge
from clusterforge.contracts import (
    Clusterer,
    Context,
    Corpus,
    Dataset,
    Details,
    IntArray,
    LeftOut,
    MergeTree,
    Points,
    Split,
    Texts,
)
from clusterforge.errors import EnvironmentProblem, InputError
from clusterforge.exporting import Clusters, workbook
from clusterforge.exporting.row_columns import Placed
from clusterforge.exporting.sinks import JsonSink
from clusterforge.params import Params
from clusterforge.pipeline.result import Run
from clusterforge.storage.atomic import writing
from tests.exporting.conftest import EMPTY, FORMULA, HEADER, LIMIT, ROWS, TOPICS, body

OURS = ["split", "clusterforge_cluster", "name", "parent", "confidence", "nearest", "outlier"]
OURS += ["edited", "left_out"]
SMALL = {
    "evaluation": {"refits": 0, "resamples": 0},
    "report": {"projection": "none"},
}


@pytest.fixture
def openpyxl() -> Any:
    pytest.importorskip("xlsxwriter")
    return pytest.importorskip("openpyxl")


def columns_of(path: Path) -> dict[str, list[Any]]:
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pydict()
    if path.suffix == ".jsonl":
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        return {name: [row[name] for row in rows] for name in rows[0]}
    texts = dict.fromkeys(HEADER.split(","), pa.string())
    table = pacsv.read_csv(
        path,
        parse_options=pacsv.ParseOptions(delimiter="\t" if path.suffix == ".tsv" else ","),
        convert_options=pacsv.ConvertOptions(
            column_types=texts, strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )
    return table.to_pydict()


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet"])
def test_every_row_and_column_comes_back_as_it_was(
    done: Run, source: Path, tmp_path: Path, suffix: str
) -> None:
    exported = done.export(tmp_path / f"rows.{suffix}")
    back, before = columns_of(exported.files[0]), columns_of(source)
    assert list(back) == [*HEADER.split(","), *OURS]
    if suffix in ("csv", "tsv"):
        assert back["body"][FORMULA] == "'" + before["body"][FORMULA]
        back["body"][FORMULA] = before["body"][FORMULA]
    assert {name: back[name] for name in before} == before
    assert back["empty"][:2] == [None, ""]
    assert back["big"][1] == str(2**60 + 1)
    assert (exported.rows, exported.left_out) == (ROWS, ROWS - LIMIT)
    assert exported.notes == (
        "the data already have columns with these names: the added ones are clusterforge_cluster",
    )


def test_each_row_has_its_cluster_or_why_it_was_left_out(done: Run, tmp_path: Path) -> None:
    back = columns_of(done.export(tmp_path / "rows.parquet", clusterer="kmeans").files[0])
    ids, labels = done.files.assignments.ids.tolist(), done.labels("kmeans").tolist()
    cluster, names = dict(zip(ids, labels, strict=True)), done.files.names("kmeans")
    assert sorted(names) == [0, 1, 2]
    for row in range(ROWS):
        why, name = back["left_out"][row], back["id"][row]
        if row % EMPTY == 0:
            assert why == "no text"
        if why:
            assert name not in cluster
            assert {back[column][row] for column in OURS[1:-1]} == {None}
        else:
            assert back["clusterforge_cluster"][row] == cluster[name] == back["nearest"][row]
            assert back["name"][row] == names[cluster[name]]
            assert back["edited"][row] is False
    assert back["left_out"].count("not in the sample") == ROWS - len(range(0, ROWS, EMPTY)) - LIMIT
    assert set(back["split"]) == {"train"}


def test_noise_has_a_nearest_cluster(done: Run, tmp_path: Path) -> None:
    path = done.export(tmp_path / "rows.parquet", clusterer="dbscan").files[0]
    back = columns_of(path)
    labels, points = done.labels("dbscan"), done.embedding()
    numbers = np.unique(labels[labels >= 0])
    means = np.stack([points[labels == number].mean(axis=0) for number in numbers])
    nearest = numbers[np.linalg.norm(points[:, None] - means, axis=2).argmin(axis=1)]
    place = {name: i for i, name in enumerate(done.files.assignments.ids.tolist())}
    noise = [i for i, label in enumerate(back["clusterforge_cluster"]) if label == -1]
    assert len(noise) == (labels == -1).sum() > 0
    for row in noise:
        assert back["name"][row] == "noise"
        assert back["nearest"][row] == nearest[place[back["id"][row]]]


def test_a_clusterer_that_knows_says_how_sure_it_is(done: Run, tmp_path: Path) -> None:
    path = done.export(tmp_path / "rows.parquet", clusterer="gaussian-mixture").files[0]
    back = columns_of(path)
    sure = {i: c for i, c in zip(back["id"], back["confidence"], strict=True) if c is not None}
    membership = done.membership("gaussian-mixture")
    assert membership is not None
    expected = dict(zip(done.files.assignments.ids.tolist(), membership.max(axis=1), strict=True))
    assert sure == expected


def test_texts_may_be_left_as_they_are(done: Run, tmp_path: Path) -> None:
    back = columns_of(done.export(tmp_path / "rows.csv", as_is=True).files[0])
    assert back["body"][FORMULA] == body(FORMULA)


def test_a_workbook_has_rows_and_clusters(done: Run, tmp_path: Path, openpyxl: Any) -> None:
    exported = done.export(tmp_path / "out.xlsx", clusterer="kmeans")
    book = openpyxl.load_workbook(exported.files[0])
    assert book.sheetnames == ["rows", "clusters", "outliers"]
    cells = [*book["rows"].iter_rows()]
    assert [cell.value for cell in cells[0]] == [*HEADER.split(","), *OURS]
    assert len(cells) == ROWS + 1
    for row, own in enumerate(cells[1:]):
        name, text, amount, big, code, _, other, day = own[:8]
        assert name.value == f"{row:05d}"
        assert (text.value or "") == body(row)
        assert text.data_type != "f"
        assert text.quotePrefix is (row == FORMULA)
        assert (amount.value, amount.number_format) == (-row - 0.5, "0.00")
        assert big.value == str(2**60 + row)
        assert (code.value, other.value) == (f"{row % 10}1234", f"c{row}")
        assert day.value == "2024-02-29"
    clusters = [*book["clusters"].iter_rows(values_only=True)]
    assert clusters[0][:5] == ("cluster", "name", "parent", "rows", "share")
    assert sum(row[3] for row in clusters[1:]) == LIMIT
    strange = [*book["outliers"].iter_rows(values_only=True)]
    at = strange[0].index("outlier")
    scores = [row[at] for row in strange[1:]]
    assert scores == sorted(
        (cell.value for row in cells[1:] if (cell := row[at]).value), reverse=True
    )
    by_id = {row[0].value: [cell.value for cell in row] for row in cells[1:]}
    assert all(list(row) == by_id[row[0]] for row in strange[1:])
    first = done.export(tmp_path / "again.xlsx", clusterer="kmeans").files[0].read_bytes()
    assert first == exported.files[0].read_bytes()


def test_the_assignments_call_clusters_and_noise_as_exports_do(done: Run, tmp_path: Path) -> None:
    back = columns_of(done.export(tmp_path / "rows.parquet", clusterer="dbscan").files[0])
    exported = dict(zip(back["id"], back["name"], strict=True))
    frame = done.assignments()
    assert "noise" in set(frame["dbscan name"])
    assert [exported[row] for row in frame["id"]] == frame["dbscan name"].tolist()


def test_the_clusters_have_a_file_of_their_own(done: Run, tmp_path: Path) -> None:
    path = done.export(clusterer="kmeans", clusters=tmp_path / "clusters.csv").files[0]
    table = pacsv.read_csv(path).to_pylist()
    labels = done.labels("kmeans")
    assert {row["cluster"]: row["rows"] for row in table} == {
        number: int((labels == number).sum()) for number in range(3)
    }
    for row in table:
        words = set(row["words"].replace(",", " ").split())
        assert sum(bool(words & set(topic.split())) for topic in TOPICS) == 1
        assert row["typical 1"]
        assert row["share"] == round(row["rows"] / LIMIT, 6)


def test_types_of_a_sheet(tmp_path: Path, openpyxl: Any) -> None:
    moment = datetime.datetime(2024, 2, 29, 12, 30, 5)
    berlin = pa.timestamp("us", "Europe/Berlin")
    table = pa.table(
        {
            "n": pa.array([2**53, 7, None]),
            "x": pa.array([0.5, float("nan"), float("inf")]),
            "day": pa.array([moment.date(), datetime.date(1899, 1, 1), None]),
            "at": pa.array(
                [moment, moment.replace(microsecond=1000), moment.replace(microsecond=1)]
            ),
            "zone": pa.array([moment.replace(tzinfo=datetime.UTC)] * 3, berlin),
            "fine": pa.array([1, 10**9, None], pa.timestamp("ns")),
            "flag": pa.array([True, False, None]),
            "list": pa.array([[1, 2], [], None]),
            "bytes": pa.array([b"abc", b"", None]),
            "text": pa.array(["a\x01b", "x" * 40_000, "\U0001f600" * 20_000]),
        }
    )
    with workbook.workbook(tmp_path / "t.xlsx", moment) as book:
        sheet = book.sheet("rows")
        sheet.write(table)
        sheet.close()
    assert book.cut == {"text": 2}
    read = openpyxl.load_workbook(tmp_path / "t.xlsx")["rows"]
    columns = {column[0].value: [cell.value for cell in column[1:]] for column in read.iter_cols()}
    assert columns["n"] == [str(2**53), 7, None]
    assert columns["x"] == [0.5, "nan", "inf"]
    assert columns["day"] == [datetime.datetime(2024, 2, 29), "1899-01-01", None]
    assert columns["at"][0] == moment
    assert columns["at"][1] == moment.replace(microsecond=1000)
    assert columns["at"][2] == "2024-02-29 12:30:05.000001"
    assert columns["zone"][0] == "2024-02-29 13:30:05+01:00"
    assert columns["flag"] == [True, False, None]
    assert columns["list"] == ["[1, 2]", "[]", None]
    assert columns["bytes"] == ["(3 bytes)", "(0 bytes)", None]
    assert columns["text"][1] == "x" * workbook.CHARACTERS
    assert columns["text"][2] == "\U0001f600" * (workbook.CHARACTERS // 2)


def test_a_sheet_that_is_too_small_is_refused_first(
    done: Run, tmp_path: Path, openpyxl: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "ROWS", ROWS)
    with pytest.raises(
        InputError, match=r"240 rows of 17 columns are more .* write csv or parquet"
    ):
        done.export(tmp_path / "rows.xlsx")
    assert not [*tmp_path.iterdir()]


def test_without_the_extra_it_is_one_line(
    done: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "find_spec", lambda name: None)
    with pytest.raises(EnvironmentProblem, match=r"pip install 'clusterforge\[xlsx\]'") as error:
        done.export(tmp_path / "rows.xlsx")
    assert "\n" not in str(error.value)


def test_data_that_were_moved_or_changed(done: Run, source: Path, tmp_path: Path) -> None:
    moved = shutil.copy(source, tmp_path / "moved.csv")
    aside = source.rename(source.with_suffix(".aside"))
    try:
        with pytest.raises(InputError, match=r"dataset.path: .*tickets.csv does not exist"):
            done.export(tmp_path / "rows.csv")
        assert done.export(tmp_path / "rows.csv", dataset={"path": str(moved)}).rows == ROWS
        source.write_text(aside.read_text().replace("c3", "other"))
        with pytest.raises(InputError, match=r"tickets.csv has changed since the run"):
            done.export(tmp_path / "more.csv")
    finally:
        aside.rename(source)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["moved.csv", "rows.csv"]


def test_files_of_the_run_are_not_overwritten(done: Run) -> None:
    with pytest.raises(InputError, match=r"^--rows: .*assignments.parquet is a file of the run"):
        done.export(done.folder / "assignments.parquet")


def test_the_data_are_not_overwritten(done: Run, source: Path, tmp_path: Path) -> None:
    before = source.read_bytes()
    link, folder = tmp_path / "link.csv", tmp_path / "data"
    link.symlink_to(source)
    folder.mkdir()
    new = Path(shutil.copy(source, folder / "new.csv"))
    for rows, clusters in ((source, None), (link, None), (None, source)):
        with pytest.raises(InputError, match=r"^--\w+: .* holds the data that are read"):
            done.export(rows, clusters=clusters)
    for data in (folder, folder / "*.csv"):
        with pytest.raises(InputError, match=r"^--rows: .*new\.csv holds the data"):
            done.export(new, dataset={"path": str(data)})
    refused = pytest.raises(InputError, match=r"^--out: .*new\.csv holds the data")
    with pytest.warns(UserWarning, match="5 of 240 rows"), refused:
        done.predict_file(new, new)
    assert source.read_bytes() == new.read_bytes() == before


def test_an_export_that_fails_leaves_nothing(
    done: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("before")

    def fail(self: JsonSink, table: pa.Table) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(JsonSink, "write", fail)
    with pytest.raises(EnvironmentProblem, match=r"rows.jsonl: can't be written: No space"):
        done.export(path, clusterer="kmeans", clusters=tmp_path / "clusters.csv")
    assert [other.name for other in tmp_path.iterdir()] == ["rows.jsonl"]
    assert path.read_text() == "before"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rows": "rows.doc"}, r"rows.doc has no supported suffix"),
        ({"rows": "rows.csv", "clusters": "rows.csv"}, r"can't be both"),
        ({"rows": "rows.csv", "clusterer": "kmean"}, r"did you mean 'kmeans'"),
        ({"rows": "rows.csv", "dataset": {"pat": "x"}}, r"dataset.pat"),
    ],
)
def test_what_is_wrong_is_one_line(
    done: Run, arguments: dict[str, Any], message: str, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message) as error:
        clusterforge.export(done.folder, **arguments)
    assert "\n" not in str(error.value)
    assert not [*tmp_path.iterdir()]


def test_images_have_paths_and_classes(tmp_path: Path) -> None:
    for n in range(12):
        folder = tmp_path / "images" / "ab"[n % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((4, 4), 20 * n, np.uint8)).save(folder / f"{n:02d}.png")
    run = clusterforge.run(
        {
            "dataset": {"use": "files", "path": str(tmp_path / "images"), "limit": 9},
            "encoder": [{"use": "flatten"}],
            "clusterer": [{"use": "kmeans", "n_clusters": 2}],
            **SMALL,
        },
        out=tmp_path / "run",
        cache=False,
    )
    back = columns_of(run.export(tmp_path / "rows.parquet").files[0])
    assert list(back) == ["id", "label", "split", "cluster", *OURS[2:]]
    assert back["id"] == [f"a/{n:02d}.png" for n in range(0, 12, 2)] + [
        f"b/{n:02d}.png" for n in range(1, 12, 2)
    ]
    assert back["left_out"].count("not in the sample") == 3
    for name, label in zip(back["id"], back["label"], strict=True):
        assert label in (None, name[0])


def test_a_data_set_of_the_package_has_its_table(tmp_path: Path) -> None:
    run = clusterforge.run(
        {
            "dataset": {"use": "sample-news", "limit": 60},
            "encoder": [{"use": "tfidf"}],
            "clusterer": [{"use": "kmeans", "n_clusters": 4}],
            **SMALL,
        },
        out=tmp_path / "run",
        cache=False,
    )
    back = columns_of(run.export(tmp_path / "rows.parquet").files[0])
    assert list(back)[:3] == ["id", "text", "label"]
    assert len(back["text"]) == 240
    assert len({*back["split"]}) == 2


def test_a_curation_marks_the_rows_that_its_edits_moved(done: Run, tmp_path: Path) -> None:
    from clusterforge.curation import Edits
    from clusterforge.pipeline.curate import refer

    merge = {"do": "merge", "clusters": [refer(done.files, "kmeans", n) for n in ("0", "1")]}
    edits = Edits.model_validate({"edit": [{**merge, "name": "both"}]})
    curated = clusterforge.edit(
        done.folder, edits, clusterer="kmeans", out=tmp_path / "curated", cache=False
    )
    back = columns_of(curated.export(tmp_path / "rows.parquet").files[0])
    sizes = np.bincount(done.labels("kmeans"))
    assert sum(filter(None, back["edited"])) == min(sizes[0], sizes[1])
    assert back["name"].count("both") == sizes[0] + sizes[1]


def test_new_rows_come_back_with_their_clusters(done: Run, tmp_path: Path) -> None:
    (tmp_path / "march.csv").write_text(
        f"{HEADER},more\n1,refund money card,-1,7,01,,c,2024-03-01,=x\n2,,-1,7,01,,c,2024-03-01,y\n"
    )
    with pytest.warns(UserWarning, match="1 of 2 rows has no value"):
        written = done.predict_file(
            tmp_path / "march.csv", tmp_path / "out.parquet", clusterer="kmeans"
        )
    back = columns_of(tmp_path / "out.parquet")
    ours = [name for name in OURS if name not in ("split", "edited")]
    assert list(back) == [*HEADER.split(","), "more", *ours]
    (cluster,) = done.predict(["refund money card"], "kmeans")
    assert back["clusterforge_cluster"] == [cluster, None]
    assert back["name"] == [done.files.names("kmeans")[int(cluster)], None]
    assert back["nearest"] == [cluster, None]
    assert back["left_out"] == [None, "no text"]
    assert (back["zip"], back["more"]) == (["01", "01"], ["=x", "y"])
    assert (written.rows, written.left_out, written.clusterer) == (2, 1, "kmeans")


def test_rows_pass_through_block_by_block(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    rows = 200_000
    columns = {
        "x": np.arange(rows, dtype=np.float32) % 7,
        "note": [f"note {n}" for n in range(rows)],
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    run = clusterforge.run(
        {
            "dataset": {"use": "files", "path": str(tmp_path / "t.parquet"), "features": ["x"]}
            | {"limit": 500},
            "encoder": [{"use": "scale"}],
            "clusterer": [{"use": "kmeans", "n_clusters": 2}],
            **SMALL,
        },
        out=tmp_path / "run",
        cache=False,
    )
    seen: list[int] = []

    def watched(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
        for table in tables:
            seen.append(len(table))
            yield table

    from clusterforge.exporting.row_columns import Clusters, row_columns
    from clusterforge.exporting.source import Source

    stream = Source.of_run(run.files, run.recipe.dataset).with_columns(
        row_columns(Clusters(run.files, "kmeans"))
    )
    assert sum(map(len, watched(stream))) == rows
    assert max(seen) <= 2**15


class Nested(Clusterer[Params]):
    """Four clusters by two columns' signs, in two pairs."""

    def fit(self, points: Points, context: Context) -> IntArray:
        right, up = (points.embedding > 0).T
        labels: IntArray = 2 * right + up
        self.sizes = tuple(np.bincount(labels, minlength=4).tolist())
        return labels

    def details(self) -> Details:
        return Details(tree=MergeTree(self.sizes, ((2, 3, 1.0), (0, 1, 2.0), (4, 5, 3.0))))


def test_a_cluster_of_a_layer_has_its_parent(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32))
    run = clusterforge.run(
        {
            "dataset": {"use": "files", "path": str(tmp_path / "v.npy")},
            "encoder": [{"use": "python:sklearn.preprocessing:FunctionTransformer"}],
            "clusterer": [{"use": Nested, "id": "nested", "layers": [2]}],
            "namer": {"use": "none"},
            **SMALL,
        },
        out=tmp_path / "run",
        cache=False,
    )
    back = columns_of(run.export(tmp_path / "rows.parquet").files[0])
    parents = dict(zip(back["cluster"], back["parent"], strict=True))
    assert parents == {0: "group 0", 1: "group 0", 2: "group 1", 3: "group 1"}


class Notes(Dataset[Params]):
    """Texts of a stranger's data set, which gives no table."""

    def load(self, context: Context) -> Corpus:
        texts = [f"{word} {n}" for n in range(9) for word in ("red", "blue")]
        return Corpus(
            {"train": Split("train", Texts(texts))},
            left_out=(LeftOut("too old", np.array([18]), np.array(["old"])),),
        )


def test_a_data_set_without_a_table_has_ids_and_short_texts(tmp_path: Path) -> None:
    run = clusterforge.run(
        {
            "dataset": {"use": Notes},
            "encoder": [{"use": "tfidf"}],
            "clusterer": [{"use": "kmeans", "n_clusters": 2}],
            **SMALL,
        },
        out=tmp_path / "run",
        cache=False,
    )
    run = clusterforge.load(run.folder, trust_python=True)
    exported = run.export(tmp_path / "rows.parquet")
    back = columns_of(exported.files[0])
    assert back["id"] == [*map(str, range(18)), "old"]
    assert back["text"][:2] == ["red 0", "blue 0"]
    assert (back["text"][-1], back["left_out"][-1], back["split"][-1]) == (None, "too old", None)
    assert "texts are cut" in exported.notes[0]


def test_copies_are_left_out_and_exported_with_the_cluster_of_their_row(tmp_path: Path) -> None:
    data = tmp_path / "texts.csv"
    texts = [
        "red cat",
        "blue sea",
        "<b>red</b> cat",
        "",
        "blue sea",
        "red dog",
        "blue sky",
        "red cow",
    ]
    lines = [f"n{row},{text}" for row, text in enumerate(texts)]
    data.write_text("\n".join(["id,text", *lines]) + "\n")
    run = clusterforge.run(
        {
            "dataset": {
                **{"use": "files", "path": str(data), "text": "text", "id": "id"},
                **{"clean": ["strip-html", "collapse-space"], "missing": "drop"},
                **{"deduplicate": "exact"},
            },
            "encoder": [{"use": "tfidf"}],
            "clusterer": [{"use": "kmeans", "n_clusters": 2}],
            "evaluation": {"refits": 0, "resamples": 0},
            "report": {"projection": "none"},
        },
        out=tmp_path / "run",
    )
    assert len(run.labels()) == 5
    reasons = {some.reason: some.rows for some in run.info.data.left_out}
    assert reasons == {"a copy of another row": 2, "no text": 1}
    done = run.export(tmp_path / "out.parquet")
    assert (done.rows, done.left_out) == (8, 3)
    back = pq.read_table(tmp_path / "out.parquet").to_pydict()
    assert back["left_out"][2] == back["left_out"][4] == "a copy of another row"
    assert back["cluster"][2] == back["cluster"][0] is not None
    assert back["cluster"][4] == back["cluster"][1] != back["cluster"][0]
    assert (back["cluster"][3], back["left_out"][3]) == (None, "no text")


def test_a_row_without_a_label_has_no_cluster_in_either_form(done: Run) -> None:
    """Never the second cluster from the end."""
    clusters, unknown = Clusters(done.files, "kmeans"), np.full(3, np.nan, dtype=np.float32)
    labels = np.array([-2, -1, 2])
    placed = Placed(labels, unknown, labels, unknown)
    records = placed.records(clusters)
    assert [one["cluster"] for one in records] == [None, -1, 2]
    assert [one["name"] for one in records] == [None, "noise", clusters.names[2]]
    table = pa.table(placed.columns(clusters))
    assert table.to_pylist() == records


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_workbook_on_a_full_disk_is_one_line(
    done: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be written is said once, and not again when the archive is thrown away."""

    @contextmanager
    def full(path: Path) -> Iterator[Path]:
        with writing(path):
            yield Path("/dev/full")

    said: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", said.append)
    monkeypatch.setattr(workbook, "replacing", full)
    message = r"rows\.xlsx: can't be written: No space left on device; free some space there"
    with pytest.raises(EnvironmentProblem, match=message):
        done.export(tmp_path / "rows.xlsx")
    gc.collect()
    assert said == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_columns_of_one_name_that_are_not_used_go_out_with_numbers(
    suffix: str, tmp_path: Path
) -> None:
    rows: list[list[Any]] = [["a", "b", "b"], *([k % 9, k, 2 * k] for k in range(30))]
    data = tmp_path / f"data.{suffix}"
    if suffix == "csv":
        data.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    else:
        book = pytest.importorskip("openpyxl").Workbook()
        for row in rows:
            book.active.append(row)
        book.save(data)
    recipe = {
        **SMALL,
        "name": "twice",
        "dataset": {"use": "files", "path": str(data), "features": ["a"]},
        "encoder": [{"use": "scale"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
    }
    run = clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    run.export(tmp_path / "out.parquet")
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.column_names[:3] == ["a", "b", "b (2)"]
    assert [int(value) for value in table["b (2)"].to_pylist()] == [2 * k for k in range(30)]
