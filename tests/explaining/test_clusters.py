from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from clusterforge.contracts import Corpus, Images, Items, Split, Table, Texts, numbers
from clusterforge.explaining import Explained, explain
from clusterforge.explaining.clusters import shown_text
from clusterforge.explaining.words import vocabulary
from clusterforge.runs.records import ClassShare, ClusterExplanation, ClusteringExplanation
from tests.explaining.test_pictures import OfAnySize
from tests.explaining.test_words import HOSTILE, news


def blobs(rows: int = 60, k: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = (np.arange(rows) % k).astype(np.int64)
    return (rng.normal(size=(rows, 4)) + 6 * labels[:, None]).astype(np.float32), labels


def corpus(items: Items, truth: Any = None, ids: Any = None, **about: Any) -> Corpus:
    named = {} if ids is None else {"ids": np.array(ids)}
    return Corpus({"train": Split("train", items, truth, **named)}, **about)


def checked(explained: ClusteringExplanation) -> tuple[ClusterExplanation, ...]:
    explained.model_dump_json().encode()
    return explained.clusters


def test_texts() -> None:
    texts, labels = news(90)
    points, _ = blobs(90)
    points[:, 0] += 20 * labels
    items = Texts(texts)
    told = explain(
        corpus(items, labels, [f"id{i}" for i in range(90)], label_names=("s", "m", "r")),
        Explained(points, labels),
        vocabulary(items),
    )
    assert told.by in ("centroid", "density")
    clusters = checked(told)
    sizes = [cluster.rows for cluster in clusters]
    assert sizes == sorted(sizes, reverse=True)
    for cluster in clusters:
        c = cluster.cluster
        assert cluster.rows == (labels == c).sum()
        assert len(cluster.typical) == 12
        assert len(cluster.borderline) == 8
        for item in cluster.typical + cluster.borderline:
            assert labels[item.row] == c
            assert item.id == f"id{item.row}"
            assert item.text == texts[item.row]
            assert item.split == "train"
        assert all(item.next in {0, 1, 2} - {c} for item in cluster.borderline)
        assert cluster.words
        assert cluster.mean_image is cluster.features is None
        assert cluster.classes == (ClassShare(name="smr"[c], rows=cluster.rows, share=1.0),)


def test_the_middle_is_typical_and_the_rim_is_borderline() -> None:
    x = np.concatenate([np.linspace(-1, 1, 21), np.linspace(3, 5, 21)]).astype(np.float32)
    labels = np.repeat([4, 7], 21)
    table = Table(x[:, None])
    low, high = checked(explain(corpus(table), Explained(x[:, None], labels)))
    assert (low.cluster, high.cluster) == (4, 7)
    assert low.typical[0].row == 10
    assert {low.typical[1].row, low.typical[2].row} == {9, 11}
    assert [item.row for item in low.borderline[:3]] == [20, 19, 18]
    assert [item.row for item in high.borderline[:2]] == [21, 22]
    assert {item.next for item in low.borderline} == {7}


def test_duplicates_do_not_fill_the_list() -> None:
    texts = ["the same again"] * 40 + [f"text {i}" for i in range(20)]
    points, _ = blobs(60, 1)
    points[:40] = 0
    points[:40] += np.random.default_rng(0).normal(0, 1e-6, (40, 4)).astype(np.float32)
    (cluster,) = checked(explain(corpus(Texts(texts)), Explained(points, np.zeros(60, np.int64))))
    shown = [item.text for item in cluster.typical]
    assert shown.count("the same again") == 1
    assert len(set(shown)) == len(shown) == 12
    assert cluster.borderline == ()  # there is no other cluster


def test_nor_do_rows_that_are_nearly_the_same() -> None:
    points = np.repeat(np.float32([[0, 0], [1, 0], [0, 3]]), 20, axis=0)
    points += np.linspace(0, 0.01, 60, dtype=np.float32)[:, None]
    told = explain(corpus(Table(points)), Explained(points, np.zeros(60, np.int64)))
    assert len(checked(told)[0].typical) == 3


def test_all_rows_the_same() -> None:
    told = explain(
        corpus(Texts(["x"] * 9)), Explained(np.ones((9, 3), np.float32), np.zeros(9, np.int64))
    )
    assert [item.row for item in checked(told)[0].typical] == [0]


def test_all_noise_and_one_row() -> None:
    points, _ = blobs(6)
    items = Table(points)
    told = explain(corpus(items), Explained(points, np.full(6, -1, np.int64)))
    assert told == ClusteringExplanation(by=None, clusters=())
    single = explain(corpus(Table(points[:1])), Explained(points[:1], np.zeros(1, np.int64)))
    assert checked(single)[0].rows == 1
    assert len(single.clusters[0].typical) == 1


def test_noise_is_in_no_list() -> None:
    points, labels = blobs(90)
    labels[::5] = -1
    told = explain(corpus(Table(points)), Explained(points, labels))
    assert told.by == "density"
    for cluster in checked(told):
        for item in cluster.typical + cluster.borderline:
            assert labels[item.row] == cluster.cluster


def test_images_of_one_size_and_of_several() -> None:
    points, labels = blobs(30)
    pixels = np.random.default_rng(0).integers(0, 256, (30, 8, 8, 1), dtype=np.uint8)
    one = checked(explain(corpus(Images(pixels)), Explained(points, labels)))
    several = OfAnySize([np.tile(p, (1 + i % 3, 1 + i % 2, 1)) for i, p in enumerate(pixels)])
    many = checked(explain(corpus(several), Explained(points, labels)))
    for clusters in (one, many):
        for cluster in clusters:
            for picture in [cluster.mean_image, *(i.image for i in cluster.typical)]:
                data = base64.b64decode(picture)
                assert max(Image.open(io.BytesIO(data), formats=["PNG"]).size) <= 112
            assert len(cluster.typical) == 10
            assert cluster.words is cluster.features is None


def test_tables_show_the_columns_that_set_the_cluster_apart() -> None:
    points, labels = blobs(60)
    names = tuple("abcd")
    for cluster in checked(
        explain(corpus(Table(points, numbers(names))), Explained(points, labels))
    ):
        told = [f.name for f in cluster.features]
        assert sorted(told) == sorted(names)
        row = cluster.typical[0]
        assert [v.name for v in row.values] == told
        for v in row.values:
            assert v.value == points[row.row, names.index(v.name)]


def test_classes_are_those_of_labelled_rows() -> None:
    points, labels = blobs(6, 1)
    truth = np.array([1, 1, 0, -1, -1, 5])
    (cluster,) = checked(
        explain(corpus(Table(points), truth, label_names=("a", "b")), Explained(points, labels))
    )
    assert cluster.classes == (
        ClassShare(name="b", rows=2, share=0.5),
        ClassShare(name="a", rows=1, share=0.25),
        ClassShare(name="5", rows=1, share=0.25),
    )
    unlabelled = corpus(Table(points), np.full(6, -1))
    assert checked(explain(unlabelled, Explained(points, labels)))[0].classes is None


def test_thousands_of_clusters_stay_small() -> None:
    points, labels = blobs(6000, 2000)
    told = explain(corpus(Table(points)), Explained(points, labels))
    assert len(checked(told)) == 2000
    assert all(len(c.typical) <= 4 for c in told.clusters)
    assert len(told.model_dump_json()) < 8_000_000


def test_hostile_texts_stay_short_lines() -> None:
    rows = len(HOSTILE)
    points, labels = blobs(rows, 2)
    items = Texts(HOSTILE)
    told = explain(
        corpus(items, ids=[f"\x1b[31m<b>{i}" for i in range(rows)]),
        Explained(points, labels),
        vocabulary(items),
    )
    text = told.model_dump_json()
    text.encode()
    assert "\x1b" not in text
    assert "\\u001b" not in text
    for cluster in told.clusters:
        assert all(len(item.text) <= 400 for item in cluster.typical)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (" a\n\tb ", "a b"),
        ("a\x00b\x9b\ud800c", "a\ufffdb\ufffd\ufffdc"),
        ("x" * 400, "x" * 400),
        ("x" * 401, "x" * 399 + "…"),
        ("", ""),
    ],
)
def test_a_text_is_shown_on_a_line(text: str, line: str) -> None:
    assert shown_text(text) == line


def test_twice_the_same_bytes_and_global_random_state_untouched() -> None:
    points, labels = blobs(500)
    labels[::7] = -1
    texts = Texts([f"word{i % 11} other{i % 5} thing" for i in range(500)])
    before = np.random.get_state()[1].tolist()

    def once() -> str:
        words = vocabulary(texts)
        return explain(corpus(texts), Explained(points, labels), words).model_dump_json()

    assert once() == once()
    assert np.random.get_state()[1].tolist() == before
