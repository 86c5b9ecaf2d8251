"""Texts that an encoder can't read in full, and copies across splits, are said everywhere."""

import logging

import pytest

import clusterforge
from clusterforge.pipeline.api import load

TOPICS = ("cat dog fish bird", "stock bank money share", "goal team match coach")
LONG = "my parcel with the blue shoes has not arrived and nobody answers my letters about it"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    rows = [f"{TOPICS[i % 3]} {TOPICS[i % 3].split()[i % 4]} x{i}" for i in range(30)]
    train = [*rows, LONG, LONG.replace("blue", "red"), "😀", "zz", LONG]
    (folder / "train.txt").write_text("\n".join(train))
    (folder / "test.txt").write_text("\n".join([LONG.replace("blue", "green"), *rows[:2], "new"]))
    return clusterforge.run(
        {
            "name": "texts",
            "dataset": {
                "use": "files",
                "path": str(folder / "train.txt"),
                "test": str(folder / "test.txt"),
                "deduplicate": "near",
            },
            "encoder": [{"use": "tfidf", "stop_words": ["zz", "new"]}],
            "clusterer": [{"use": "kmeans", "n_clusters": 3}],
            "evaluation": {"null_draws": 0, "refits": 0, "resamples": 0},
            "report": {"projection": "none"},
        },
        out=folder / "run",
        cache=False,
    )


def test_texts_without_a_term_are_in_run_json_the_log_and_the_report(run):
    (encoder,) = run.info.encoders
    found = [(some.split, some.rows) for some in encoder.shortfalls]
    assert found == [("train", 2), ("test", 1)]
    problem = encoder.shortfalls[0].problem
    assert f"encoder.0.tfidf: 2 of the 33 rows of train are {problem}" in run.info.warnings
    assert problem in (run.folder / "report.html").read_text()


def test_copies_are_left_out_and_those_across_splits_warned_of(run):
    left = {(some.reason, some.split): some.rows for some in run.info.data.left_out}
    assert left == {
        ("a copy of another row", "train"): 1,
        ("nearly a copy of another row", "train"): 1,
    }
    (warning,) = [text for text in run.info.warnings if "copies" in text]
    assert warning.startswith(
        "3 of the 4 rows of test are copies (2) or near copies (1) of rows of "
    )
    source = run.files.source_rows
    assert source.same_as[[31, 34]].tolist() == [30, 30]


def test_new_rows_are_told_as_well(run, caplog):
    with caplog.at_level(logging.WARNING, "clusterforge"):
        load(run.folder).predict(["cat dog", "zz"])
    (record,) = caplog.records
    assert record.getMessage().startswith("encoder.0.tfidf: 1 of 2 rows is without a known term")
