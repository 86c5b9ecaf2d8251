"""Every row of the user's source, with all its columns, and what became of it."""

import datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from clusterforge.builtin.datasets import FilesParams, HuggingfaceParams, SampleNewsParams
from clusterforge.contracts import UNTYPED, Context
from clusterforge.datasets.files import Files
from clusterforge.datasets.huggingface import Huggingface
from clusterforge.datasets.sample_news import SampleNews
from clusterforge.datasets.source_tables import with_class_names
from clusterforge.errors import InputError
from clusterforge.models.source_tables import metadata
from clusterforge.runs.source_rows import source_rows


def files(path, **params):
    return Files(FilesParams(path=str(path), **params))


def loaded(dataset):
    """Return the corpus and the table of its source, which must cover each other."""
    corpus = dataset.load(Context())
    assert corpus.covers_source()
    blocks = dataset.source_tables(corpus.source)
    table = None if blocks is None else pa.concat_tables(blocks)
    if table is not None:
        assert len(source_rows(corpus)) == table.num_rows
    return corpus, table


def fates(corpus):
    """Return for each row of the source why it was left out, or its split."""
    rows = source_rows(corpus)
    pairs = zip(rows.left_out.to_pylist(), rows.split.to_pylist(), strict=True)
    return [why or split for why, split in pairs]


def test_a_csv_stays_as_it_is_written(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('id,body,n,empty\n007,one,1.10,\n008,"two\nlines",9007199254740993,""\n')
    corpus, table = loaded(files(path, text="body", id="id"))
    assert table.to_pydict() == {
        "id": ["007", "008"],
        "body": ["one", "two\nlines"],
        "n": ["1.10", "9007199254740993"],
        "empty": [None, ""],
    }
    assert all(field.metadata == UNTYPED for field in table.schema)
    assert fates(corpus) == ["train", "train"]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_other_encodings_and_delimiters(tmp_path, encoding):
    path = tmp_path / "t.csv"
    path.write_bytes("größe;text\n1;über\n".encode(encoding))
    own = {} if encoding == "utf-8-sig" else {"encoding": encoding}
    _, table = loaded(files(path, text="text", delimiter=";", **own))
    assert table.to_pydict() == {"größe": ["1"], "text": ["über"]}


def test_a_jsonl_keeps_its_types_and_objects(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text(
        '{"text": "a", "n": 9007199254740993, "at": {"x": 1}, "v": [1, 2]}\n'
        '{"text": "b", "n": null, "at": {"y": null}, "v": []}\n'
    )
    _, table = loaded(files(path, text="text"))
    assert table.to_pydict() == {
        "text": ["a", "b"],
        "n": [9007199254740993, None],
        "at": ['{"x": 1}', '{"y": null}'],
        "v": [[1, 2], []],
    }


def test_a_parquet_keeps_its_types(tmp_path):
    columns = {
        "text": pa.array(["a", "b", "c"]),
        "day": pa.array([datetime.date(2024, 2, 29)] * 3),
        "big": pa.array([2**62, None, 1]),
        "at": pa.array([{"x": 1}, None, {"x": 2}]),
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    _, table = loaded(files(tmp_path / "t.parquet", text="text"))
    assert table.schema.types == [array.type for array in columns.values()]
    assert table.to_pydict() == pa.table(columns).to_pydict()


def test_every_row_and_why_it_was_left_out(tmp_path):
    path = tmp_path / "t.csv"
    texts = ["a", "", "c", " ", "e", "f", "g", "h"]
    path.write_text("text,n\n" + "".join(f"{text},{n}\n" for n, text in enumerate(texts)))
    dataset = files(path, text="text", missing="drop", limit=3, test_fraction=0.25)
    corpus, table = loaded(dataset)
    assert table["n"].to_pylist() == [str(n) for n in range(8)]
    found = fates(corpus)
    empty = [n for n, why in enumerate(found) if why == "no text"]
    assert empty == [1, 3]
    assert sorted(set(found)) == ["no text", "not in the sample", "test", "train"]
    assert found.count("train") == 3
    for name, split in corpus.splits.items():
        assert [n for n, fate in enumerate(found) if fate == name] == split.ids.tolist()


def test_several_files_are_one_source(tmp_path):
    for name, rows in {"a.csv": "text,x\none,1\n", "b.csv": "y,text\n2,two\n"}.items():
        (tmp_path / name).write_text(rows)
    (tmp_path / "test.csv").write_text("text\nthree\n")
    corpus, table = loaded(files(tmp_path, text="text"))
    assert table.to_pydict() == {
        "text": ["one", "two", "three"],
        "x": ["1", None, None],
        "y": [None, "2", None],
    }
    assert fates(corpus) == ["train", "train", "test"]


def test_a_file_that_changed_is_refused_and_a_moved_one_is_not(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("text\na\nb\n")
    corpus, _ = loaded(files(path, text="text"))
    moved = path.rename(tmp_path / "moved.csv")
    assert pa.concat_tables(files(moved, text="text").source_tables(corpus.source)).num_rows == 2
    path.write_text("text\na\nc\n")
    with pytest.raises(InputError, match=r"path: .*t\.csv has changed since the run"):
        files(path, text="text").source_tables(corpus.source)
    other = path.rename(tmp_path / "other.csv")
    with pytest.raises(InputError, match=r"other\.csv is not what .*/t\.csv was in the run"):
        files(other, text="text").source_tables(corpus.source)


def test_images_and_arrays_have_ids_alone(tmp_path):
    for n in range(6):
        (tmp_path / "images" / "ab"[n % 2]).mkdir(parents=True, exist_ok=True)
        pixels = np.full((4, 4), n, np.uint8)
        Image.fromarray(pixels).save(tmp_path / "images" / "ab"[n % 2] / f"{n}.png")
    corpus, table = loaded(files(tmp_path / "images", limit=2, test_fraction=0.4))
    rows = source_rows(corpus)
    assert table is None
    assert fates(corpus).count("not in the sample") == 2
    left = [name for name in rows.ids.to_pylist() if name]
    used = [i for split in corpus.splits.values() for i in split.ids.tolist()]
    assert sorted(left + used) == [f"{'ab'[n % 2]}/{n}.png" for n in (0, 2, 4, 1, 3, 5)]

    values = np.arange(12, dtype=np.float32).reshape(6, 2)
    values[1, 0] = np.nan
    np.save(tmp_path / "v.npy", values)
    corpus, table = loaded(files(tmp_path / "v.npy", missing="drop", limit=3))
    assert table is None
    assert fates(corpus)[1] == "a missing value"
    assert fates(corpus).count("not in the sample") == 2


def test_a_built_in_set_marks_its_sample():
    corpus, table = loaded(SampleNews(SampleNewsParams(limit=5, limit_test=1)))
    assert table.num_rows == 240
    assert len(fates(corpus)) == 240
    assert fates(corpus).count("not in the sample") == 234


def test_a_hub_data_set_has_the_rows_outside_of_its_slices(mirror):
    params = {"path": "lab/toy", "config": "plain", "text": "text", "train": "train[10:]"}
    dataset = Huggingface(HuggingfaceParams(**params, test="test", limit=20))
    corpus, table = loaded(dataset)
    assert table.num_rows == 80
    assert set(table.column_names) >= {"title", "emb", "key"}
    found = fates(corpus)
    assert found[:10] == ["outside of the slices"] * 10
    assert found.count("train") == 20
    assert found[60:] == ["test"] * 20
    (mirror / "plain" / "test-00000-of-00001.parquet").write_bytes(
        (mirror / "plain" / "train-00000-of-00002.parquet").read_bytes()
    )
    with pytest.raises(InputError, match=r"test-00000.* has changed since the run"):
        list(dataset.source_tables(corpus.source))


def test_a_hub_data_set_that_the_library_maps(mirror, monkeypatch):
    monkeypatch.setattr("clusterforge.datasets.arrow_items.MEMORY_BUDGET", 1)
    _, table = loaded(Huggingface(HuggingfaceParams(path="lab/toy", config="plain", text="text")))
    assert table.num_rows == 60


def test_numbers_of_classes_are_told_by_their_names():
    table = pa.table({"c": pa.array([1, 0, -1, None]), "n": pa.array([1, 0, 1, 0])})
    tables = with_class_names([table], {"c": ("no", "yes")})
    found = metadata(tables, np.array([1, 0, 2, 3]), "all", (), "profile")
    assert found["c"].values.to_pylist() == ["no", "yes", None, None]
    assert found["n"].values.to_pylist() == [0, 1, 1, 0]


def test_columns_that_folders_say_are_exported(tmp_path):
    for year, rows in (("2025", [1, 2]), ("2026", [3]), ("__HIVE_DEFAULT_PARTITION__", [4])):
        (tmp_path / f"year={year}").mkdir()
        pq.write_table(pa.table({"n": rows, "m": rows}), tmp_path / f"year={year}" / "a.parquet")
    _, table = loaded(files(tmp_path, features=("n", "m"), label="year"))
    assert table.to_pydict() == {
        "n": [1, 2, 3, 4],
        "m": [1, 2, 3, 4],
        "year": [2025, 2025, 2026, None],
    }


def test_a_column_of_one_file_that_the_folder_of_another_gives(tmp_path):
    for name, text in (("a.csv", "body,year\none,2025\n"), ("year=2026/b.csv", "body\ntwo\n")):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    corpus, table = loaded(files(tmp_path, text="body", label="year"))
    assert table.to_pydict() == {"body": ["one", "two"], "year": ["2025", "2026"]}
    assert corpus.label_names == ("2025", "2026")


def test_gaps_and_decimals_are_exported_as_they_stand(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": -999, "b": "?", "c": "1,5"}\n{"a": 2, "b": 3, "c": "2,5"}\n')
    own = files(path, features="all", na_values=("-999", "?"), decimal=",", missing="mean")
    corpus, table = loaded(own)
    assert corpus.train.items.take(np.arange(2)).tolist() == [[2, 3, 1.5], [2, 3, 2.5]]
    assert table.to_pydict() == {"a": [-999, 2], "b": ["?", "3"], "c": ["1,5", "2,5"]}
