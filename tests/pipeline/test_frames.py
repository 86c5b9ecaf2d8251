"""New rows from Python are read as the same rows of a file are."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import clusterforge
from clusterforge.datasets.files import Files
from clusterforge.errors import InputError
from clusterforge.models.usable_rows import RowsLeftOut
from clusterforge.pipeline.result import Run
from clusterforge.serving import Limits
from clusterforge.serving.predictor import Predictor
from clusterforge.serving.requests import read_request

WORDS = ("sun beach sea sand", "code bug test merge", "goal match team ball")
AMOUNTS = ("1.028,50 €", "28,58 €", "5.120,00 €", "7,10 €")
WRITTEN = {"units": ["€"], "decimal": ",", "thousands": ".", "na_values": {"age": ["?", "-1"]}}


def rows(n: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "spent": [AMOUNTS[i % 4] for i in range(n)],
            "age": ["?" if i % 7 == 6 else str(20 + i % 4) for i in range(n)],
            "plan": [("basic", "pro")[i % 2] for i in range(n)],
            "vector": [f"[{i % 3}, {i % 2}]" for i in range(n)],
        }
    )


def ran(
    folder: Path, frame: pd.DataFrame, encoder: str, clusterer: str = "kmeans", **dataset: Any
) -> Run:
    frame.to_csv(folder / "old.csv", index=False)
    recipe = {
        "name": "old",
        "dataset": {"use": "files", "path": str(folder / "old.csv"), **dataset},
        "encoder": [{"use": encoder}],
        "clusterer": [{"use": clusterer, "n_clusters": 3}],
        "evaluation": {"refits": 0, "resamples": 0, "null_draws": 0},
        "report": {"projection": "none"},
    }
    return clusterforge.run(recipe, out=folder / "run", cache=False)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return ran(tmp_path_factory.mktemp("table"), rows(40), "table", features="all", **WRITTEN)


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Run:
    frame = pd.DataFrame({"said": [f"{WORDS[i % 3]} {i}" for i in range(60)]})
    folder = tmp_path_factory.mktemp("texts")
    own = {"text": "said", "na_values": ["n/a"], "clean": ["strip-html"]}
    return ran(folder, frame, "tfidf", **own)


def test_a_frame_is_read_as_the_file_that_it_is_of(table: Run, tmp_path: Path) -> None:
    rows(12).to_csv(tmp_path / "new.csv", index=False)
    expected = table.encode(table.read(tmp_path / "new.csv").items)
    frame = pd.read_csv(tmp_path / "new.csv")
    for new in (frame, frame.astype(object), frame.to_dict("records")):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            np.testing.assert_array_equal(table.encode(new), expected)
    labels = table.predict(frame)
    predictor = Predictor(table, None, Limits())
    body = json.dumps({"rows": frame.to_dict("records")}).encode()
    answers = predictor.answer(predictor.read(read_request(body)))
    assert [answer["cluster"] for answer in answers] == labels.tolist()


def test_what_is_said_of_a_file_of_new_rows_is_said_of_a_frame(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    group = np.arange(300) % 3
    own = {"age": group * 20 + rng.normal(40, 2, 300), "visits": rng.normal(9, 1, 300)}
    frame = pd.DataFrame({**own, "income": rng.normal(2000, 99, 300)})
    run = ran(tmp_path, frame, "table", features="all")
    for other, said in (
        ({"income": frame.income * 12}, ("column 'income' alone", "FILE finds new groups")),
        ({"visits": np.nan}, ("column 'visits' has no value in any of the 300 rows",)),
        ({"income": frame.income / 1000}, ("column 'income' (", "column 'income' alone")),
        ({}, ()),
    ):
        new = frame.assign(**other)
        new.to_csv(tmp_path / "new.csv", index=False)
        for rows in (new, new.to_numpy(), "new.csv"):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                run.predict(run.read(tmp_path / rows).items if isinstance(rows, str) else rows)
            found = [str(one.message) for one in caught]
            assert len(found) == len(said) - ("FILE finds new groups" in said), found
            assert all(any(part in line for line in found) for part in said), found
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run.predict(frame.assign(income=frame.income * 12).head(4))


def test_numbers_that_are_numbers_stay_so(table: Run) -> None:
    written, parsed = rows(4), rows(4)
    parsed["spent"] = [1028.5, 28.58, 5120.0, 7.1]
    parsed["age"] = [20, 21, 22, 23]
    np.testing.assert_array_equal(table.encode(parsed), table.encode(written))
    parsed["age"] = [-1, 21, 22, 23]
    written.loc[0, "age"] = "?"
    np.testing.assert_array_equal(table.encode(parsed), table.encode(written))
    both = written.astype(object)
    both.loc[1, "spent"], both.loc[2, "age"] = 28.58, 22
    np.testing.assert_array_equal(table.encode(both), table.encode(written))


def test_all_columns_are_read_in_one_call(table: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    own, built = Files.read_values, Files.__init__
    made: list[Files] = []

    def read_values(self: Files, table: Any, columns: Any) -> Any:
        asked.append(table.column_names)
        return own(self, table, columns)

    def init(self: Files, params: Any) -> None:
        made.append(self)
        built(self, params)

    monkeypatch.setattr(Files, "read_values", read_values)
    monkeypatch.setattr(Files, "__init__", init)
    table.predict(rows(1))
    table.predict(rows(3).astype(object))
    assert asked == [list(rows(1))] * 2
    assert len(made) <= 1

    mixed = rows(4).astype(object)
    mixed.loc[1, "age"] = np.int64(22)
    expected = table.encode(rows(4).assign(age=["20", "22", "22", "23"]))
    asked.clear()
    np.testing.assert_array_equal(table.encode(mixed), expected)
    assert asked[0] == ["spent", "plan", "vector"]
    assert {*map(tuple, asked[1:])} == {("age",)}


PLAIN = """from clusterforge.contracts import Column, Corpus, Dataset, Split, Table
from clusterforge.params import Params
import numpy as np

class Plain(Dataset[Params]):
    \"\"\"Two numbers.\"\"\"

    def load(self, context):
        values = np.random.default_rng(0).normal(size=(40, 2))
        items = Table(values, (Column("a"), Column("b")))
        return Corpus({"train": Split("train", items)}, columns=("a", "b"))
"""


def test_code_that_may_not_be_imported_is_not_the_fault_of_rows(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text(PLAIN)
    recipe = {
        "name": "plain",
        "dataset": {"use": f"python:{tmp_path}/plain.py:Plain"},
        "encoder": [{"use": "table"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
        "evaluation": {"refits": 0, "resamples": 0, "null_draws": 0},
        "report": {"projection": "none"},
    }
    clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    with pytest.raises(InputError, match="is not imported when a folder is opened") as error:
        clusterforge.load(tmp_path / "run").predict(pd.DataFrame({"a": [1.0], "b": [0.0]}))
    assert "trust" in (error.value.remedy or "")


def test_what_is_not_written_so_is_one_line_without_a_key(table: Run) -> None:
    frame = rows(4)
    frame.loc[1, "spent"] = "28,58 $"
    remedy = "write such values as the data of the run have them, or leave them empty"
    with pytest.raises(InputError, match=r"column 'spent', row 2: '28,58 \$' is no") as error:
        table.predict(frame)
    assert error.value.remedy == remedy
    assert error.value.key is None


def test_mixed_arrays_are_told_the_columns(table: Run) -> None:
    for new in (rows(2).to_numpy(), rows(2).to_numpy().tolist()):
        with pytest.raises(InputError) as error:
            table.predict(new)
        assert error.value.remedy == (
            "give a data frame, or a list of dicts, with the columns of the run: "
            "'spent', 'age', 'plan', 'vector'"
        )
    with pytest.raises(InputError, match=r"row 2 is a list, others are dicts"):
        table.predict([{"spent": "1 €"}, ["1 €"]])
    with pytest.raises(InputError, match=r"a dict has no rows in an order; .*one for each row"):
        table.predict(rows(1).to_dict("records")[0])
    with pytest.raises(InputError, match=r"a Series is one row .*frame.iloc\[\[0\]\]"):
        table.predict(pd.Series([1.0, 2.0, 3.0, 4.0]))
    with pytest.raises(InputError, match=r"old.csv' is the name of a file; .*run.read\(FILE\)"):
        table.predict(str(table.folder.parent / "old.csv"))


def test_every_row_of_text_has_an_answer(texts: Run, tmp_path: Path) -> None:
    new = [WORDS[0], "", WORDS[1], None, " n/a", "<p></p>", WORDS[2], float("nan")]
    what = "5 of 8 rows have no text, no text after cleaning, the first is row 2: their label is -1"
    forms = (new, pd.Series(new), pd.DataFrame({"said": new}), [{"said": text} for text in new])
    for form in forms:
        with pytest.warns(RowsLeftOut, match=what) as caught:
            labels = texts.predict(form)
        assert [one.filename for one in caught] == [__file__]
        assert labels.tolist() == np.insert(texts.predict([*WORDS]), [1, 2, 2, 2, 3], -1).tolist()
    with pytest.warns(RowsLeftOut, match="row 2: their embeddings are nan"):
        assert np.isnan(texts.encode(new)).all(axis=1).tolist() == (labels < 0).tolist()
    with pytest.warns(RowsLeftOut):
        assert texts.predict_all(new)["kmeans"].tolist() == labels.tolist()
    with pytest.warns(RowsLeftOut, match="1 of 2 rows has no text, .* row 1: it is not counted"):
        assert texts.strangers(["", WORDS[0]]).of == 1
    with pytest.raises(InputError, match="row 2 is an int"):
        texts.predict([WORDS[0], 3])


@pytest.mark.parametrize("new", [[""], ["", None], ["<p></p>"]])
def test_rows_have_answers_where_none_has_a_text(
    texts: Run, new: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    n = len(new)
    with pytest.warns(RowsLeftOut, match=f"{n} of {n} rows? .*label is -1"):
        assert texts.predict(new).tolist() == [-1] * n
    assert not [one for one in caplog.records if one.levelname == "WARNING"]
    with pytest.warns(RowsLeftOut, match="embeddings? (is|are) nan"):
        embedding = texts.encode(new)
    assert embedding.shape == (n, texts.encode([WORDS[0]]).shape[1])
    assert np.isnan(embedding).all()
    with pytest.warns(RowsLeftOut):
        assert texts.predict_all(new)["kmeans"].tolist() == [-1] * n
    with pytest.warns(RowsLeftOut):
        columns = texts.predict_columns(new)
    assert columns["kmeans"].tolist() == [-1] * n
    assert list(columns) == list(texts.predict_columns([WORDS[0]]))
    found = texts.strangers(new)
    assert found is not None
    assert found.of == 0


def test_texts_are_cleaned_once(texts: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    cleaned: list[int] = []
    own = Files.prepare

    def prepare(self: Files, items: Any) -> Any:
        cleaned.append(len(items))
        return own(self, items)

    monkeypatch.setattr(Files, "prepare", prepare)
    texts.predict([f"<p>{one}</p>" for one in WORDS])
    assert cleaned == [3]
    predictor = Predictor(texts, None, Limits())
    cleaned.clear()
    predictor.answer(predictor.read(read_request(b'{"texts": ["<p>sun</p>"]}')))
    assert cleaned == [1]


def test_rows_with_gaps_that_the_encoder_does_not_take(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": np.arange(30.0) % 7, "b": np.arange(30.0) % 5})
    run = ran(tmp_path, frame, "scale", "gaussian-mixture", features="all")
    new = frame.head(4).copy()
    new.loc[2, "b"] = np.nan
    new.to_csv(tmp_path / "new.csv", index=False)
    with pytest.warns(RowsLeftOut, match="1 of 4 rows"):
        read = run.read(tmp_path / "new.csv")
    expected = np.insert(run.predict(read.items), 2, -1).tolist()
    for form in (new, new.to_numpy(), new.to_dict("records")):
        with pytest.warns(RowsLeftOut, match="1 of 4 rows has no value in 'b', the first is row 3"):
            assert run.predict(form).tolist() == expected
    with pytest.warns(RowsLeftOut, match="1 of 1 row has no value in 'b', .* row 1: its label"):
        assert run.predict(new.iloc[[2]]).tolist() == [-1]
    with pytest.warns(RowsLeftOut):
        columns = run.predict_columns(new)
    confidence = columns["gaussian-mixture.confidence"]
    assert np.isnan(confidence).tolist() == [False, False, True, False]


def test_images_that_cannot_be_read(tmp_path: Path) -> None:
    for i in range(12):
        Image.new("L", (6, 6), 20 * i).save(tmp_path / f"{i:02d}.png")
    run = clusterforge.run(
        {
            "name": "images",
            "dataset": {"use": "files", "path": str(tmp_path), "class_folders": False},
            "encoder": [{"use": "flatten"}],
            "clusterer": [{"use": "kmeans", "n_clusters": 2}],
            "evaluation": {"refits": 0, "resamples": 0, "null_draws": 0},
            "report": {"projection": "none"},
        },
        out=tmp_path / "run",
        cache=False,
    )
    whole = [tmp_path / "00.png", tmp_path / "11.png"]
    (tmp_path / "no.png").write_bytes(b"none")
    with pytest.warns(RowsLeftOut, match=r"1 of 3 rows has .* row 2 \(.*no.png: not an image"):
        labels = run.predict([whole[0], tmp_path / "no.png", whole[1]])
    assert labels.tolist() == np.insert(run.predict(whole), 1, -1).tolist()
    with pytest.warns(RowsLeftOut, match="1 of 3 rows has no image that can be read, the first is"):
        run.predict([whole[0], None, whole[1]])
    with pytest.raises(InputError, match="row 2: it is an int"):
        run.predict([whole[0], 3])
    with pytest.warns(RowsLeftOut, match=r"1 of 1 row has no image .* row 1 \(.*: its label is -1"):
        assert run.predict([tmp_path / "no.png"]).tolist() == [-1]
    with pytest.raises(InputError, match="1 of 1 row can't be read as an image"):
        run.predict([3])
