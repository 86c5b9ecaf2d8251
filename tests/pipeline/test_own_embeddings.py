"""Texts that come with an embedding made elsewhere: clustered by it, shown as texts."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import clusterforge
from clusterforge.errors import InputError
from clusterforge.pipeline.api import check

CENTRES = np.eye(3, 5) * 9
RECIPE = {
    "name": "own",
    "encoder": [{"use": "flatten"}],
    "clusterer": [{"use": "kmeans", "n_clusters": 3}],
    "evaluation": {"null_draws": 0},
    "report": {"projection": "none"},
}


def table(rows, seed):
    draw = np.random.default_rng(seed)
    topics = np.arange(rows) % 3
    vectors = CENTRES[topics] + draw.normal(size=(rows, 5))
    texts = [f"{['cats', 'dogs', 'fish'][topic]} number {row}" for row, topic in enumerate(topics)]
    return pa.table({"text": texts, "topic": topics, "vector": vectors.tolist()})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    pq.write_table(table(60, 0), folder / "old.parquet")
    pq.write_table(table(9, 1), folder / "new.parquet")
    pq.write_table(table(9, 1).drop_columns("vector"), folder / "bare.parquet")
    np.save(folder / "new.npy", np.array(table(9, 1)["vector"].to_pylist()))
    return folder


@pytest.fixture(scope="module")
def run(folder):
    data = {"use": "files", "path": str(folder / "old.parquet"), "text": "text"}
    data |= {"embedding": "vector", "label": "topic"}
    return clusterforge.run({**RECIPE, "dataset": data}, out=folder / "run", cache=False)


def test_clusters_are_of_the_embedding_and_the_report_has_the_texts(run):
    assert run.score("accuracy", split="train") == 1
    assert run.score("accuracy") == 1  # there is no split test
    with pytest.raises(InputError, match=r"no accurcy of .* on train; did you mean 'accuracy'"):
        run.score("accurcy")
    assert run.info.data.embedding == 5
    assert run.info.data.content == "text"
    assert "cats number 0" in (run.folder / "report.html").read_text()


def test_new_rows_need_their_embeddings(run, folder):
    old = run.predict(np.array(table(60, 0)["vector"].to_pylist()))
    expected = old[:9]
    assert run.predict(run.read(folder / "new.parquet").items).tolist() == expected.tolist()
    assert run.predict(run.read(folder / "new.npy").items).tolist() == expected.tolist()
    beside = run.read(folder / "bare.parquet", embedding=str(folder / "new.npy"))
    assert run.predict(beside.items).tolist() == expected.tolist()
    with pytest.raises(InputError, match="no column 'vector'"):
        run.read(folder / "bare.parquet")
    with pytest.raises(InputError, match=r"new rows have none; give their embeddings, an array"):
        run.predict(["cats number 3"])
    with pytest.raises(InputError, match="4 dimensions, those of the run have 5"):
        run.predict(np.zeros((2, 4)))


def test_an_encoder_of_texts_is_refused(folder):
    data = {"use": "files", "path": str(folder / "old.parquet"), "text": "text"}
    recipe = {**RECIPE, "encoder": [{"use": "tfidf"}], "dataset": data | {"embedding": "vector"}}
    with pytest.raises(InputError, match=r"takes text, but the rows come with an embedding"):
        check(recipe)


def test_a_refused_run_leaves_no_folder(folder, tmp_path):
    data = {"use": "files", "path": str(folder / "old.parquet"), "text": "body"}
    with pytest.raises(InputError, match="no column 'body'"):
        clusterforge.run({**RECIPE, "dataset": data}, runs=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
    (tmp_path / "there").mkdir()
    with pytest.raises(InputError, match="no column 'body'"):
        clusterforge.run({**RECIPE, "dataset": data}, out=tmp_path / "there")
    assert (tmp_path / "there").exists()
