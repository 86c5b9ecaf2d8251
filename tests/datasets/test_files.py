import json
import os
from datetime import date
from time import process_time

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pytest
from pydantic import ValidationError

from clusterforge.builtin.datasets import FilesParams
from clusterforge.contracts import Context
from clusterforge.datasets.columnar_files import read_arrow
from clusterforge.datasets.files import Files
from clusterforge.datasets.partitions import with_partitions
from clusterforge.datasets.table_rows import Format
from clusterforge.errors import InputError

from .conftest import write_parquet


def dataset(path, **params):
    return Files(FilesParams(path=str(path), **params))


def load(path, **params):
    return dataset(path, **params).load(Context())


def everything(items):
    return items.take(np.arange(len(items)))


@pytest.fixture
def write(tmp_path):
    def put(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return put


CSV = 'id,text,label,a,b\n007,"one, two",x,1,2.5\n008,/etc/passwd,y,3,4\n009,"line\nbreak",x,5,6\n'


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "json", "parquet"])
def test_each_kind_gives_the_same(write, tmp_path, kind):
    columns = {"text": ["a", "b"], "n": [1, 2], "ok": [True, False], "label": ["x", None]}
    records = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    mark = {"csv": ",", "tsv": "\t"}.get(kind)
    if mark:
        rows = [["" if v is None else str(v).lower() for v in r.values()] for r in records]
        path = write(f"d.{kind}", "\n".join(mark.join(row) for row in [list(columns), *rows]))
    elif kind == "parquet":
        path = tmp_path / "d.parquet"
        write_parquet(path, columns)
    else:
        lines = json.dumps(records) if kind == "json" else "\n".join(map(json.dumps, records))
        path = write(f"d.{kind}", lines)
    corpus = load(path, text="text", label="label")
    assert everything(corpus.train.items) == ["a", "b"]
    assert corpus.train.labels.tolist() == [0, -1]
    table = load(path, features=("n", "ok"))
    assert everything(table.train.items).tolist() == [[1, 1], [2, 0]]


def test_npy(tmp_path):
    np.save(tmp_path / "d.npy", np.arange(20).reshape(10, 2))
    corpus = load(tmp_path / "d.npy", test_fraction=0.3)
    assert corpus.train.items.shape == (2,)
    assert sorted([*corpus.train.ids, *corpus.splits["test"].ids]) == list(range(10))
    assert everything(corpus.train.items)[:, 0].tolist() == (corpus.train.ids * 2).tolist()


def test_nothing_there(tmp_path, write):
    write("train.csv", CSV)
    with pytest.raises(InputError, match=r"does not exist; did you mean 'train\.csv'"):
        load(tmp_path / "trian.csv", text="text")
    write("tickets.toml", "")
    with pytest.raises(InputError, match=r"tickets\.csv does not exist$"):
        load(tmp_path / "tickets.csv", text="text")
    with pytest.raises(InputError, match="no file matches"):
        load(tmp_path / "*.parquet", text="text")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"nothing in .* that can be read"):
        load(tmp_path / "empty", text="text")
    with pytest.raises(InputError, match="can't be read"):
        load("x" * 5000, text="text")
    with pytest.raises(InputError, match=r"can't be read|does not exist"):
        load("a\0b", text="text")


def test_an_object_array_is_not_unpickled(tmp_path):
    np.save(tmp_path / "d.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="holds objects of Python"):
        load(tmp_path / "d.npy")
    np.save(tmp_path / "e.npy", np.zeros(3))
    with pytest.raises(InputError, match=r"float64 \(3,\), not a table"):
        load(tmp_path / "e.npy")


def test_patterns_and_folders(write, tmp_path):
    write("a/part-1.csv", "text\none\n")
    write("a/part-2.csv", "text\ntwo\n")
    corpus = load(tmp_path / "a" / "part-*.csv", text="text")
    assert everything(corpus.train.items) == ["one", "two"]
    assert corpus.train.ids.tolist() == [0, 1]
    write("b/train.csv", "text\none\n")
    write("b/test.csv", "text\ntwo\n")
    corpus = load(tmp_path / "b", text="text")
    assert everything(corpus.splits["test"].items) == ["two"]
    write("b/more.jsonl", "{}")
    with pytest.raises(InputError, match=r"different kinds: \.csv, \.jsonl"):
        load(tmp_path / "b", text="text")


def test_held_out_rows(write, tmp_path):
    rows = "".join(f"t{i},{'ab'[i % 4 == 0]}\n" for i in range(40))
    path = write("d.csv", "text,label\n" + rows)
    params = {"text": "text", "label": "label", "test_fraction": 0.25}
    one, again, other = (
        load(path, **params),
        load(path, **params),
        load(path, **params, sample_seed=1),
    )
    test = one.splits["test"]
    assert (len(one.train), len(test)) == (30, 10)
    assert abs(np.bincount(test.labels)[1] - 2.5) <= 0.5
    assert not set(one.train.ids) & set(test.ids)
    assert test.fingerprint() == again.splits["test"].fingerprint()
    assert test.fingerprint() != other.splits["test"].fingerprint()
    assert dataset(path, **params).peek().columns == ("text", "label")
    second = load(path, text="text", test=str(write("t.csv", "text\nnew\n")))
    assert everything(second.splits["test"].items) == ["new"]
    with pytest.raises(InputError, match="files that path also names"):
        load(path, text="text", test=str(path))
    with pytest.raises(ValidationError, match="can't be given together"):
        FilesParams(path="a", test="b", test_fraction=0.5)


@pytest.mark.parametrize("label", ["lable", "text2"])
def test_peek_finds_missing_columns(write, tmp_path, label):
    path = write("d.csv", CSV)
    with pytest.raises(InputError, match="no column"):
        dataset(path, text="text", label=label).peek()
    write_parquet(tmp_path / "d.parquet", {"text": ["a"] * 10})
    with pytest.raises(InputError, match="no column"):
        dataset(tmp_path / "d.parquet", text="text", label=label).peek()
    peek = dataset(tmp_path / "d.parquet", text="text", test_fraction=0.3, limit=5).peek()
    assert peek.rows == {"train": 5, "test": 3}


def test_peek_finds_addresses_of_images(write):
    path = write("d.csv", "img\na.png\nhttps://example.org/b.png\n")
    with pytest.raises(InputError, match="column 'img' holds addresses: row 2"):
        dataset(path, image="img").peek()


def test_many_columns_take_no_quadratic_time(tmp_path):
    names = [f"column{number}" for number in range(1200)]
    rows = [",".join(names), *(",".join(map(str, range(i, i + 1200))) for i in range(2))]
    (tmp_path / "d.csv").write_text("\n".join(rows) + "\n")
    started = process_time()
    for features in ("all", tuple(names)):
        read = dataset(tmp_path / "d.csv", features=features)
        assert read.peek().features
        assert read.load(Context()).train.items.shape == (1200,)
    assert process_time() - started < 5  # a quadratic look-up of names takes longer


def test_the_name_of_a_folder_that_is_not_utf8_is_refused(tmp_path):
    folder = os.fsencode(tmp_path) + b"/y=\xff"
    os.mkdir(folder)
    (tmp_path / os.fsdecode(b"y=\xff") / "a.csv").write_text("text\none\n")
    message = r"the name of the folder 'y=.*xff' is not UTF-8"
    for path in (tmp_path, tmp_path / "**" / "*.csv"):
        with pytest.raises(InputError, match=message):
            Files(FilesParams(path=str(path), text="text")).peek()


def test_the_column_that_a_folder_gives_takes_the_memory_of_a_block():
    table = with_partitions(pa.table({"n": np.arange(1_000_000)}), {"y": "a long name" * 9, "z": 7})
    assert table["y"].to_pylist()[::333_333] == ["a long name" * 9] * 4
    assert table["z"].to_numpy().sum() == 7_000_000
    assert len({chunk.buffers()[2].address for chunk in table["y"].chunks}) == 1
    assert with_partitions(pa.table({"n": []}), {"y": "a"})["y"].to_pylist() == []


@pytest.mark.parametrize("mapped", [False, True])
def test_texts_in_a_dictionary_are_read_as_texts(mapped, tmp_path):
    kinds = {
        "text": ["a", None, "a"],
        "day": [date(2024, 1, 1), None, date(2024, 1, 2)],
        "number": [1, 2, 1],
    }
    pyarrow.feather.write_feather(
        pa.table({name: pa.array(own).dictionary_encode() for name, own in kinds.items()}),
        tmp_path / "d.feather",
        compression="uncompressed",
    )
    table = read_arrow(tmp_path / "d.feather", Format(mapped=mapped)).table
    assert table.to_pydict() == kinds
    held = [pa.types.is_dictionary(field.type) for field in table.schema]
    assert held == [False, False, True]
