"""The page: what it says, that it is safe, and that it is the same for the same run."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clusterforge.errors import InputError
from clusterforge.report import write_report
from clusterforge.report.source import Source
from clusterforge.runs import RunFolder, files
from clusterforge.runs.manifest import write_manifest
from clusterforge.runs.records import LayerExplanation, StageRecord
from tests.report.page import Page

URLS = {"src", "href", "srcset", "action", "formaction", "poster", "data", "xlink:href"}


def test_opens_with_how_many_clusters_and_what_they_are_about(images: Path, plain: Path) -> None:
    text = Page.of(images).text
    assert re.search(r"10 clusters by kmeans, in 300 rows; a cluster has .* of them\.", text)
    assert "Left over Nothing: every row is in a cluster." in text
    assert re.search(r"kmeans agrees best with the labels: Accuracy 0\.\d+ \(", text)
    assert re.search(r"density has 0\.\d+, but only on \d\d\.\d % of the rows\.", text)
    assert "Clustered again, this embedding gives a fairly steady result: mean ARI 0.85" in text
    text = Page.of(plain).text
    words = [
        word.word
        for word in RunFolder.open(plain).explanations.clusterings["kmeans"].clusters[0].words
    ]
    assert ", ".join(words[:3]) in text
    assert "There are no labels to compare with: Silhouette is an internal score" in text


def test_noise_of_the_best_clusterer_is_said(plain: Path) -> None:
    text = Page.of(plain).text
    assert re.search(r"4 clusters by (kmeans|density)", text)
    assert "noise 10.0 %, in no cluster" in text or "Left over Nothing" in text


def test_says_which_clusters_may_be_chance(texts: Path) -> None:
    text = Page.of(texts).text
    assert re.search(
        r"\d+ of \d+ clusters (is|are) real: in 39 draws of each of two kinds of noise", text
    )
    assert "May be chance: 1" in text
    assert "The test can't tell for 1 cluster (0)" in text
    assert "has some as distinct" in text


def test_says_what_the_run_was(images: Path) -> None:
    text = Page.of(images).text
    assert "labels used in training: no" in text
    assert "weights of autoencoder trained on photographs with labels" in text
    assert "encoder.0 Linear 64 4,160" in text
    assert "dataset.digits reused" in text
    assert "agreement on held-out rows 0.940 ARI" in text
    assert "torch 2.13.0" in text
    assert "files a: 1" in text
    assert "n clusters 5 by elbow" in text


def test_every_cluster_is_described(many: Path) -> None:
    page = Page.of(many)
    cards = [
        a for tag, a in page.tags if a.get("class") == "card" and a["data-clusterer"] == "kmeans"
    ]
    assert len(cards) == 200
    rows = [a for tag, a in page.tags if tag == "tr" and a.get("data-clusterer") == "kmeans"]
    assert len([a for a in rows if "data-cluster" in a]) == 200
    assert len([a for a in rows if "data-members" in a]) == len(layers(many)[-1].members)


def layers(folder: Path) -> tuple[LayerExplanation, ...]:
    return RunFolder.open(folder).explanations.clusterings["kmeans"].layers


def test_many_clusters_open_with_their_groups(many: Path) -> None:
    page, coarse = Page.of(many), layers(many)[-1]
    assert f"200 clusters in {len(coarse.members)} groups by kmeans" in page.text
    linked = [a["data-members"] for tag, a in page.tags if tag == "a" and "data-members" in a]
    assert sorted(int(c) for members in linked for c in members.split()) == list(range(200))
    ids = {a["id"] for _, a in page.tags if "id" in a}
    assert {f"group-{g}" for g in range(len(coarse.members))} <= ids


def test_the_tree_holds_every_cluster_once(many: Path) -> None:
    page = Page.of(many)
    leaves = [a for _, a in page.tags if a.get("class") == "twig leaf"]
    assert sorted(int(a["data-cluster"]) for a in leaves) == list(range(200))
    twigs = [a for _, a in page.tags if a.get("class") == "twig"]
    groups = [members for layer in layers(many) for members in layer.members if len(members) > 1]
    assert len(twigs) >= len({*groups})


def test_one_matching_names_clusters_everywhere(images: Path) -> None:
    page = Page.of(images)
    data = page.data
    (kmeans, _) = data["map"]["clusterers"]
    for cluster, of_class in kmeans["matched"].items():
        assert kmeans["colours"][cluster] == data["map"]["classColours"][of_class]
    for name, matrix in data["matrices"].items():
        clusterer = next(c for c in data["map"]["clusterers"] if f"-{c['name']}-" in name)
        for head, row in zip(matrix["heads"], matrix["matched"], strict=True):
            assert head == "noise" or clusterer["matched"].get(head, -1) == row


@pytest.mark.parametrize("run", ["images", "texts", "table", "many"])
def test_is_well_formed_and_asks_nothing_of_the_network(
    run: str, request: pytest.FixtureRequest
) -> None:
    page = Page.of(request.getfixturevalue(run))
    for tag, attrs in page.tags:
        assert tag not in ("link", "iframe", "object", "embed", "base", "form")
        assert not [name for name in attrs if name.startswith("on") or name == "style"], tag
        for name in URLS & set(attrs):
            assert re.match(r"data:image/png;base64,|#[\w-]+$", attrs[name] or ""), attrs
    code = [text for kind, text in page.raw if kind == "script"][-1]
    assert not re.search(r"fetch\(|XMLHttpRequest|WebSocket|sendBeacon|innerHTML|eval\(", code)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    links = {attrs["href"][1:] for tag, attrs in page.tags if tag == "a"}
    assert links <= set(ids)


def test_the_policy_allows_just_these_scripts_and_styles(images: Path) -> None:
    page = Page.of(images)
    policy = next(a["content"] for _, a in page.tags if "http-equiv" in a)
    assert "default-src 'none'" in policy
    for kind, text in (page.raw[0], page.raw[-1]):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_says_where_explanations_come_from_a_sample(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source(RunFolder.open(plain))
    every = source.run.data.splits["train"].rows
    assert source.samples == []
    some = source.explanations.model_copy(update={"rows": 50, "words_rows": every})
    monkeypatch.setattr(RunFolder, "explanations", some)
    sentence = (
        f"Members, features and layers of the clusters come from 50 of {every} train rows; sizes and "
        "classes are of all."
    )
    assert Source(RunFolder.open(plain)).samples == [sentence]
    copy = tmp_path / "run"
    shutil.copytree(plain, copy)
    write_report(copy)
    assert sentence in Page.of(copy).text


def test_hostile_text_stays_text(texts: Path) -> None:
    page = Page.of(texts)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("script") == 4
    assert tags.count("style") == 1
    html = (texts / "report.html").read_text("utf-8")
    assert "alert(1)" in page.text
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]", html)
    assert not set("<>&") & set(page.script("application/json"))
    data = page.data
    assert "</script><script>alert(1)</script>" in data["rows"]["texts"]
    assert "日本語のテキスト 🎉 ünïcödé" in data["rows"]["texts"]
    assert data["map"]["classes"][2] == "</style><script>alert(2)</script>"


def test_the_same_run_gives_the_same_bytes_however_long_the_report_takes(
    images: Path, tmp_path: Path
) -> None:
    before = (images / "report.html").read_bytes()
    folder = Path(shutil.copytree(images, tmp_path / "other"))
    run = RunFolder.open(folder).run
    stage = StageRecord(stage="report", key="", reused=False, seconds=9.9)
    changes = {
        "stages": (*run.stages, stage),
        "seconds": 80.0,
        "finished": "x",
        "peak_memory_mb": 1.0,
    }
    run.model_copy(update=changes).write(folder / files.RUN)
    write_manifest(folder)
    write_report(folder)
    assert (folder / "report.html").read_bytes() == before


def test_damage_is_one_line(images: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(images, tmp_path / "damaged"))
    (folder / files.METRICS).write_text("{}")
    with pytest.raises(InputError, match=r"metrics\.json is missing or has changed since the run"):
        write_report(folder)


def test_a_run_without_a_map_has_a_page(plain: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(plain, tmp_path / "run"))
    (folder / files.MAP).unlink()
    write_manifest(folder)
    write_report(folder)
    page = Page.of(folder)
    assert 'id="map"' not in (folder / "report.html").read_text("utf-8")
    assert "4 clusters" in page.text


def test_needs_neither_matplotlib_nor_the_pipeline(images: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from clusterforge.report import write_report\n"
        f"write_report(Path({str(images)!r}))\n"
        "heavy = {'sklearn', 'matplotlib', 'torch', 'clusterforge.pipeline',"
        " 'clusterforge.registry', 'clusterforge.cli'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
