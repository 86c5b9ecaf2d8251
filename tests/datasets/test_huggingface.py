import os
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from clusterforge.builtin.datasets import HuggingfaceParams
from clusterforge.contracts import Context
from clusterforge.datasets import arrow_items
from clusterforge.datasets.huggingface import Huggingface
from clusterforge.errors import InputError

HUB = os.environ.get("CLUSTERFORGE_MIRROR")
real = pytest.mark.skipif(not HUB, reason="CLUSTERFORGE_MIRROR names no mirror")


def dataset(**params):
    if not {"text", "image", "features"} & set(params):
        params["text"] = "text"
    return Huggingface(HuggingfaceParams(**{"path": "lab/toy", "config": "plain", **params}))


def load(**params):
    return dataset(**params).load(Context())


def everything(items):
    return items.take(np.arange(len(items)))


def test_text_with_class_names_and_origin(mirror):
    corpus = load(label="label", test="test")
    assert {name: len(split) for name, split in corpus.splits.items()} == {"train": 60, "test": 20}
    assert corpus.label_names == ("zero", "one", "two")
    assert corpus.train.items.take(np.array([31]))[0].startswith("text 1 of")
    assert corpus.train.ids.tolist() == list(range(60))
    assert corpus.source["from"] == "mirror"
    assert corpus.source["folder"] == str(mirror)
    assert corpus.source["revision"] is None


def test_no_label_is_fine(mirror):
    corpus = load()
    assert corpus.train.labels is None
    assert corpus.label_names == ()


def test_a_sample_keeps_where_its_rows_stood(mirror):
    whole, part = load(label="label"), load(label="label", limit=10)
    again, other = load(label="label", limit=10), load(label="label", limit=10, sample_seed=1)
    assert part.train.fingerprint() == again.train.fingerprint() != other.train.fingerprint()
    assert part.train.ids.tolist() == sorted(part.train.ids.tolist()) != list(range(10))
    assert everything(part.train.items) == whole.train.items.take(part.train.ids)
    assert (part.train.labels == whole.train.labels[part.train.ids]).all()


def test_balanced_is_balanced_and_noted(mirror):
    corpus = load(label="label", test="test", limit=30, balanced=True)
    assert np.bincount(corpus.train.labels).tolist() == [10, 10, 10]
    assert corpus.notes == ("balanced",)
    assert len(corpus.splits["test"]) == 20
    assert len(load(test="test", limit_test=7).splits["test"]) == 7


def test_slices_and_joined_splits(mirror):
    corpus = load(train="train[10:20]", test="train[20:]")
    assert corpus.train.ids.tolist() == list(range(10, 20))
    assert corpus.splits["test"].ids[0] == 20
    joined = load(train="train+test")
    assert len(joined.train) == 80
    assert joined.train.ids[-1] == "test:19"


def test_texts_within_objects_and_lists(tmp_path):
    (tmp_path / "data").mkdir()
    pq.write_table(
        pa.table(
            {
                "translation": [{"en": f"text {n}", "de": f"Text {n}"} for n in range(9)],
                "messages": [
                    [{"role": "user", "content": "hello there"}] * (1 + n % 2) for n in range(9)
                ],
                "meta": [{"topic": "ab"[n % 2]} for n in range(9)],
            }
        ),
        tmp_path / "data" / "train-00000-of-00001.parquet",
    )
    for text, second in (
        ("translation.de", "Text 1"),
        ("messages.content", "hello there\nhello there"),
        ("messages.0.content", "hello there"),
    ):
        read = Huggingface(HuggingfaceParams(path=str(tmp_path), text=text, label="meta.topic"))
        assert read.peek().rows == {"train": 9}
        corpus = read.load(Context())
        assert corpus.train.items.take(np.array([1])) == [second]
        assert corpus.label_names == ("a", "b")
    wrong = Huggingface(HuggingfaceParams(path=str(tmp_path), text="translation"))
    with pytest.raises(InputError) as caught:
        wrong.peek()
    assert caught.value.remedy == (
        'name what holds the texts: text = "translation.en" or "translation.de"'
    )


def test_columns_are_joined_and_cleaned(mirror):
    corpus = load(text=("title", "text"), separator=" | ", clean=("strip-html", "collapse-space"))
    first, second = corpus.train.items.take(np.array([0, 1]))
    assert first.startswith("title 0 | text 0 of")
    assert second.startswith("text 1 of")
    assert "<b>" not in first


@pytest.mark.parametrize(("column", "shape"), [("image", (4, 5, 1)), ("ragged", None)])
def test_images_in_memory_and_streamed_are_the_same(mirror, column, shape):
    streamed = load(image=column, in_memory=False, label="label", limit=20)
    assert not streamed.train.items.in_memory
    assert streamed.train.items.shape == shape
    auto = load(image=column, label="label", limit=20)
    assert auto.train.items.in_memory == (shape is not None)
    rows = np.array([19, 0, 0, 7])
    for one, other in zip(
        auto.train.items.take(rows), streamed.train.items.take(rows), strict=True
    ):
        assert one.dtype == np.uint8
        assert (one == other).all()
    assert auto.train.fingerprint() == streamed.train.fingerprint()
    if shape:
        pixels = auto.train.items.take(np.arange(20))[:, 0, 0, 0]
        assert pixels.tolist() == (10 * auto.train.labels + 1).tolist()


def test_images_are_resized(mirror):
    assert load(image="ragged", resize=(8, 6), test="test").train.items.shape == (8, 6, 3)
    with pytest.raises(InputError, match=r"differ in size.*resize"):
        load(image="ragged", in_memory=True)


def test_texts_in_memory_and_streamed_are_the_same(mirror):
    held, streamed = load(clean=("lower",)), load(clean=("lower",), in_memory=False)
    assert held.train.items.in_memory
    assert not streamed.train.items.in_memory
    assert everything(held.train.items) == everything(streamed.train.items)


def test_beyond_the_budget_data_are_memory_mapped(mirror, monkeypatch):
    held = load(image="image", label="label", test="test")
    monkeypatch.setattr(arrow_items, "MEMORY_BUDGET", 100)
    mapped = load(image="image", label="label", test="test")
    assert not mapped.train.items.in_memory
    assert mapped.label_names == held.label_names
    for split in ("train", "test"):
        assert held.splits[split].fingerprint() == mapped.splits[split].fingerprint()


def test_features_of_several_kinds(mirror):
    corpus = load(features=("number", "flag", "emb"), label="label")
    values = everything(corpus.train.items)
    assert values.dtype == np.float64
    assert corpus.feature_names == ("number", "flag", "emb.0", "emb.1")
    assert set(values[:, 1].tolist()) == {0.0, 1.0}
    assert values[:3, 2].tolist() == [0, 1, 2]


def test_missing_values(mirror):
    with pytest.raises(
        InputError, match=r"2 of 60 rows of train have no value in 'holes'"
    ) as error:
        load(features=("holes", "number"), missing="error")
    assert error.value.key == "features"
    dropped = load(features=("holes",), missing="drop")
    assert len(dropped.train) == 58
    assert 3 not in dropped.train.ids
    filled = load(features=("holes",), missing="mean", test="test")
    train = everything(load(features=("holes",), missing="drop").train.items)
    assert filled.train.items.take(np.array([3]))[0, 0] == pytest.approx(train.mean())
    # The test split is filled with the mean of train.
    assert filled.splits["test"].items.take(np.array([3]))[0, 0] == pytest.approx(train.mean())


def test_ids_from_a_column(mirror):
    assert load(id="key", train="test").train.ids[:2].tolist() == ["k0", "k1"]
    with pytest.raises(InputError, match="'k0' 2 times") as error:
        load(id="key")
    assert error.value.key == "id"


@pytest.mark.parametrize(
    ("params", "key", "message"),
    [
        ({"text": "txet"}, "text", "did you mean 'text'"),
        ({"label": "labels"}, "label", "did you mean 'label'"),
        ({"text": "label"}, "text", "holds int64, not text; columns of text: text"),
        ({"features": ("label",), "label": "label"}, "features", "is the label"),
        ({"label": "emb"}, "label", "not labels"),
        ({"config": "plane"}, "config", "did you mean 'plain'"),
        ({"config": None}, "config", "choose one of other, plain"),
        ({"test": "tets"}, "test", "did you mean 'test'"),
        ({"train": "train[:100]"}, "train", "has 60 rows"),
        ({"test": "train[:5]"}, "test", "that train also uses"),
        ({"path": "lab/../toy"}, "path", "not a name on the Hub"),
        ({"path": "/nowhere/at/all"}, "path", "does not exist"),
    ],
)
def test_mistakes_are_found_by_peek_and_by_load(mirror, params, key, message):
    for call in (dataset(**params).peek, lambda: load(**params)):
        with pytest.raises(InputError, match=message) as error:
            call()
        assert error.value.key == key
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "params",
    [
        {"image": "image", "clean": ("lower",)},
        {"text": "text", "balanced": True},
        {"text": "text", "missing": "mean"},
        {"features": ("a", "a")},
        {"text": ""},
        {"text": "text", "limit": 0},
    ],
)
def test_parameters_that_contradict_each_other(params):
    with pytest.raises(ValidationError):
        HuggingfaceParams(path="a/b", **params)
    with pytest.raises(ValidationError, match="must name the columns"):
        HuggingfaceParams(path="a/b")


def test_peek_knows_rows_columns_and_classes(mirror):
    peek = dataset(label="label", test="test[:50%]", limit=31, balanced=True).peek()
    assert peek.rows == {"train": 30, "test": 10}
    assert peek.content == "text"
    assert peek.n_classes == 3
    assert "ragged" in peek.columns
    assert dataset(path="lab/absent").peek() is None


def test_a_local_folder_needs_no_readme(mirror, tmp_path):
    folder = tmp_path / "plain"
    shutil.copytree(mirror / "plain", folder)
    corpus = load(path=str(folder), config=None, label="label", test="test")
    assert (len(corpus.train), len(corpus.splits["test"])) == (60, 20)
    assert corpus.label_names == ("zero", "one", "two")
    assert corpus.source["from"] == "folder"


def test_a_folder_of_another_kind_is_read_by_the_hubs_library(mirror, tmp_path):
    folder = tmp_path / "csv"
    folder.mkdir()
    (folder / "train.csv").write_text("text,label\na,x\nb,y\n")
    (folder / "test.csv").write_text("text,label\nc,x\n")
    corpus = load(path=str(folder), config=None, label="label", test="test")
    assert everything(corpus.train.items) == ["a", "b"]
    assert corpus.label_names == ("x", "y")


def test_the_cache_is_looked_into_after_the_mirror(mirror, tmp_path):
    commit = "0123456789" * 4
    repository = tmp_path / "hf" / "hub" / "datasets--lab--cached"
    shutil.copytree(mirror, repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    corpus = load(path="lab/cached")
    assert (corpus.source["from"], corpus.source["revision"]) == ("cache", commit)
    assert load(path="lab/cached", revision=commit).source["revision"] == commit


def test_a_torn_mirror_is_noticed(mirror):
    (mirror / "plain" / "train-00001-of-00002.parquet").unlink()
    with pytest.raises(InputError, match="1 of the 2 files"):
        load()
    (mirror / "plain" / "train-00000-of-00002.parquet").write_bytes(b"PAR1 nonsense PAR1")
    with pytest.raises(InputError, match=r"1 of the 2 files|can't be read as parquet"):
        load()


def test_what_save_to_disk_has_written_is_for_files(tmp_path):
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["train"]}')
    with pytest.raises(InputError, match=r'save_to_disk has written .*; set use = "files"'):
        load(path=str(tmp_path))


@pytest.mark.parametrize("pattern", ["../../secret-*", "/etc/*"])
def test_a_readme_leads_nowhere_else(mirror, pattern):
    text = (mirror / "README.md").read_text()
    (mirror / "README.md").write_text(text.replace("plain/test-*", pattern))
    with pytest.raises(InputError, match="outside of its folder"):
        load()


def test_a_readme_that_is_not_yaml(mirror):
    (mirror / "README.md").write_text("---\n[: {\n---\n")
    with pytest.raises(InputError, match="is not YAML"):
        load()


def test_a_broken_image_is_named(mirror, tmp_path):
    from .conftest import write_parquet

    for data in (b"not an image", b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 30):
        write_parquet(tmp_path / "bad" / "train.parquet", {"image": [data]})
        with pytest.raises(InputError, match=r"1 of 1 images .*: row 1 "):
            load(path=str(tmp_path / "bad"), config=None, image="image")


@real
def test_mnist():
    corpus = load(path="ylecun/mnist", config=None, image="image", label="label", test="test")
    assert corpus.train.items.shape == (28, 28, 1)
    assert (len(corpus.train), len(corpus.splits["test"])) == (60_000, 10_000)
    assert np.bincount(corpus.train.labels)[:3].tolist() == [5923, 6742, 5958]
    assert corpus.train.items.take(np.arange(6_000)).mean() == pytest.approx(33.525, abs=0.001)


@real
def test_sst2_test_is_unlabelled():
    corpus = load(
        path="nyu-mll/glue",
        config="sst2",
        text="sentence",
        label="label",
        train="validation",
        test="test",
    )
    assert corpus.label_names == ("negative", "positive")
    assert corpus.train.labelled
    assert not corpus.splits["test"].labelled


@real
def test_ag_news_balanced():
    params = {"path": "fancyzhx/ag_news", "config": None, "label": "label", "test": "test"}
    corpus = load(**params, limit=5000, balanced=True)
    assert np.bincount(corpus.train.labels).tolist() == [1250] * 4
    assert len(corpus.splits["test"]) == 7600
    assert corpus.label_names == ("World", "Sports", "Business", "Sci/Tech")
