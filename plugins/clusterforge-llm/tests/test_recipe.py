"""The namer in whole runs: fallback, replay to the same bytes, the key in no file, the stamp."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from llm_stub import Handler, Stub, data, right, serving

import clusterforge
from clusterforge.curation.edits import Rename
from clusterforge.errors import EnvironmentProblem, InputError, RecipeError
from clusterforge.pipeline.api import check, resume
from clusterforge.pipeline.curate import refer
from clusterforge.runs import RunFolder
from clusterforge.runs.records import SentRecords

KEY = "sk-secret-0123456789abcdef"
TOPICS = ("card arrived late", "loan interest rate", "login password reset")
SAME = ("explanations.json", "names/info.json", "names/replies.json", "assignments.parquet")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("STUB_KEY", KEY)
    return tmp_path / "cache"


def recipe(folder: Path, stub: Stub, **namer: Any) -> dict[str, Any]:
    rows = [{"text": f"{topic} {i % 7}"} for topic in TOPICS for i in range(20)]
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return {
        "name": "named",
        "dataset": {"use": "files", "path": str(path), "text": "text"},
        "encoder": [{"use": "tfidf"}],
        "clusterer": [
            {"use": "kmeans", "n_clusters": 3},
            {"use": "kmeans", "id": "two", "n_clusters": 2},
        ],
        "namer": {"use": "llm", "model": "stub", "base_url": stub.url, "retries": 0, **namer},
        "evaluation": {"refits": 0, "resamples": 0},
        "report": {"projection": "none"},
        "compute": {"threads": 1},
    }


def test_a_run_is_stamped_and_repeats_without_network_to_the_same_bytes(
    tmp_path: Path, stub: Stub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = recipe(tmp_path, stub, key_variable="STUB_KEY", max_calls=5)
    run = clusterforge.run(tables, out=tmp_path / "a")
    assert stub.count == 5
    assert all(name.startswith("All about") for name in run.files.names("kmeans").values())
    (sent,) = run.info.sent
    assert (sent.stage, sent.host) == ("namer.llm", f"127.0.0.1:{stub.port}")
    assert sent.rows >= 3
    page = (tmp_path / "a" / "report.html").read_text()
    assert f"sent to 127.0.0.1:{stub.port}" in page
    assert "Names by stub at" in page
    for path in [*(tmp_path / "a").rglob("*"), *cache.rglob("*")]:
        assert not path.is_file() or KEY.encode() not in path.read_bytes()

    monkeypatch.delenv("STUB_KEY")
    clusterforge.run(tables, out=tmp_path / "b")  # the stage from the cache
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "empty"))
    tables["namer"] |= {"replies": str(tmp_path / "a" / "names" / "replies.json")}
    clusterforge.run(tables, out=tmp_path / "c")  # each name from its reply
    assert stub.count == 5
    for name in SAME:
        bytes_of = {(tmp_path / run / name).read_bytes() for run in "abc"}
        assert len(bytes_of) == 1, name


def test_a_run_is_not_lost_when_the_endpoint_is_down_and_the_next_one_asks_again(
    tmp_path: Path,
) -> None:
    with serving() as stub:
        pass
    tables = recipe(tmp_path, stub)
    run = clusterforge.run(tables, out=tmp_path / "a")
    names = run.files.names("kmeans")
    assert any("card" in name for name in names.values())
    assert any("3 clusters not named by stub" in text for text in run.info.warnings)
    assert run.info.sent == ()
    naming = RunFolder.open(tmp_path / "a").naming
    assert naming is not None
    assert "connection refused" in str(naming.levels["kmeans"].tables[0].rows[0][-1])
    with serving() as back:
        tables["namer"]["base_url"] = back.url
        tables["namer"]["max_calls"] = 5
        again = clusterforge.run(tables, out=tmp_path / "b")
        assert back.count == 5
    assert all(name.startswith("All about") for name in again.files.names("kmeans").values())
    reused = {stage.stage: stage.reused for stage in again.info.stages}
    assert reused["clusterer.0.kmeans"]
    assert not reused["namer.llm"]


def test_what_was_sent_is_recorded_where_the_run_fails_afterwards(
    tmp_path: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rude(handler: Handler, body: dict[str, Any], number: int) -> None:
        if number < 3:
            right(handler, body, number)
        else:
            handler.send(500, "no")

    stub.behaviour = rude
    tables = recipe(tmp_path, stub, on_failure="error", concurrency=1)
    out = tmp_path / "a"
    with pytest.raises(EnvironmentProblem, match="not named"):
        clusterforge.run(tables, out=out)
    assert not (out / "run.json").exists()
    (sent,) = SentRecords.read(out / "sent.json").sent
    assert sent.host == f"127.0.0.1:{stub.port}"
    assert sent.rows >= 3

    def fails(*_: object) -> None:
        raise EnvironmentProblem("the disk is full")

    stub.behaviour = right
    with monkeypatch.context() as patch:
        patch.setattr("clusterforge.pipeline.execute.write_assignments", fails)
        with pytest.raises(EnvironmentProblem, match="disk"):
            clusterforge.run(tables, out=tmp_path / "b")
    assert SentRecords.read(tmp_path / "b" / "sent.json").sent[0].rows >= sent.rows
    (all_sent,) = resume(tmp_path / "b").info.sent
    assert all_sent.rows >= sent.rows
    assert not (tmp_path / "b" / "sent.json").exists()


def test_groups_are_asked_about_first_and_clusters_with_their_group(
    tmp_path: Path, stub: Stub
) -> None:
    tables = recipe(tmp_path, stub, max_calls=5, concurrency=1)
    tables["clusterer"] = [{"use": "kmeans", "n_clusters": 3, "layers": [2]}]
    run = clusterforge.run(tables, out=tmp_path / "a", cache=False)
    assert stub.count == 5
    assert run.info.warnings == ()
    assert ["part of" in data(body) for body in stub.requests] == [False, False, True, True, True]
    assert data(stub.requests[2])["part of"].startswith("All about")


def test_a_curation_asks_for_changed_clusters_alone(tmp_path: Path, stub: Stub) -> None:
    run = clusterforge.run(recipe(tmp_path, stub), out=tmp_path / "a", cache=False)
    before = stub.count
    edit = Rename(cluster=refer(run.files, "kmeans", "0"), name="Mine")
    curated = clusterforge.edit(tmp_path / "a", [edit], out=tmp_path / "c", cache=False)
    assert "Mine" in curated.files.names("edited").values()
    assert stub.count == before


@pytest.mark.parametrize(
    "table",
    [
        {"api_key": KEY},
        {"key": KEY},
        {"token": KEY},
        {"key_variable": KEY},
        {"base_url": f"https://me:{KEY}@example.org/v1"},
        {"base_url": f"https://example.org/v1?key={KEY}"},
    ],
)
def test_a_key_in_a_recipe_is_refused_and_not_repeated(
    tmp_path: Path, stub: Stub, table: dict[str, Any]
) -> None:
    with pytest.raises(RecipeError) as caught:
        check(recipe(tmp_path, stub, **table))
    assert KEY not in str(caught.value)
    assert "namer" in str(caught.value)


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({"base_url": "ftp://example.org"}, "http:// or https://"),
        ({"base_url": "http://example.org:port/"}, "is no URL"),
        ({"max_cost": 1.0}, "needs input_price and output_price"),
        ({"replies": "gone.json"}, "does not exist"),
    ],
)
def test_a_wrong_table_is_one_line(
    tmp_path: Path, stub: Stub, table: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        check(recipe(tmp_path, stub, **table))


def test_check_says_where_rows_go(tmp_path: Path, stub: Stub) -> None:
    known = check(recipe(tmp_path, stub)).known
    assert f"namer: llm sends rows to 127.0.0.1:{stub.port}, on this machine" in known
    known = check(recipe(tmp_path, stub, base_url="https://api.example.org/v1")).known
    assert "namer: llm sends rows to api.example.org" in known
