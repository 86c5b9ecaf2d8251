import time

import numpy as np
import pytest

from clusterforge.contracts import Corpus, Images, Parts, Split, Table, Texts
from clusterforge.evaluation.contents import Embeddings, describe
from clusterforge.runs.records import Duplicates, NearEmpty
from tests.encoders.test_image_model import MixedSizes


def test_texts():
    train = ["one two three", "one two three", "two words", "", "one two three", "a b c d \udcff"]
    test = ["one two three", "new words in here", "new words in here", "two words"]
    corpus = Corpus(
        {
            "train": Split("train", Texts(train), np.array([0, 0, 1, -1, 1, 5])),
            "test": Split("test", Texts(test)),
        },
        ("x", "y", "z"),
    )
    found = describe(corpus)
    classes = [(one.name, one.rows) for one in found["train"].classes]
    assert classes == [("x", 2), ("y", 2), ("z", 0), ("5", 1)]
    assert found["train"].unlabelled == 1
    assert found["train"].duplicates == Duplicates(rows=2, in_train=None, examples=((0, 1), (0, 4)))
    assert found["train"].near_empty == NearEmpty(
        rows=2, what="fewer than 3 words", examples=(2, 3)
    )
    lengths = found["train"].lengths
    assert (lengths.min, lengths.median, lengths.max) == (0, 11.0, 13)
    assert sum(lengths.counts) == 6
    assert len(lengths.edges) == len(lengths.counts) + 1
    assert found["test"].classes is None
    assert found["test"].unlabelled == 4
    assert found["test"].duplicates == Duplicates(rows=1, in_train=2, examples=((1, 2),))


def test_a_very_long_text_leaves_the_histogram_readable():
    texts = ["x" * (10 + i % 50) for i in range(999)] + ["y" * 1_000_000]
    lengths = describe(Corpus({"train": Split("train", Texts(texts))}))["train"].lengths
    assert lengths.max == 1_000_000
    assert lengths.edges[-1] < 100
    assert sum(lengths.counts) == 1000


def test_tables():
    rows = np.array([[0.0, 1], [-0.0, 1], [2, 2], [np.nan, np.nan], [3, 4]], np.float32)
    found = describe(Corpus({"train": Split("train", Table(rows))}))["train"]
    assert found.duplicates.rows == 1
    assert found.near_empty == NearEmpty(rows=1, what="all values equal", examples=(2,))
    assert found.lengths is None
    one = describe(Corpus({"train": Split("train", Table(rows[:, 1:]))}))["train"]
    assert one.near_empty.rows == 0


@pytest.mark.parametrize("channels", [1, 3])
def test_images(channels):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (300, 6, 5, channels), dtype=np.uint8)
    pixels[7] = 9
    pixels[8] = np.arange(channels)  # one colour, if not one value
    pixels[9] = 9
    pixels[9, 3, 3] = 8
    pixels[20] = pixels[2]
    expected = (7, 8)
    for items in (Images(pixels), MixedSizes(list(pixels))):
        found = describe(Corpus({"train": Split("train", items)}))["train"]
        assert found.near_empty == NearEmpty(rows=2, what="one colour", examples=expected)
        assert found.duplicates.examples == ((2, 20),)
    # the same bytes in another shape are another image
    turned = [pixels[0], pixels[0].reshape(5, 6, channels)]
    assert (
        describe(Corpus({"train": Split("train", MixedSizes(turned))}))["train"].duplicates.rows
        == 0
    )


def test_many_images_take_no_time():
    pixels = np.random.default_rng(0).integers(0, 256, (70_000, 28, 28, 1), dtype=np.uint8)
    corpus = Corpus(
        {
            "train": Split("train", Images(pixels[:60_000])),
            "test": Split("test", Images(pixels[60_000:])),
        }
    )
    start = time.process_time()
    describe(corpus)
    assert time.process_time() - start < 3  # a second on a quiet machine


def test_empty_split():
    corpus = Corpus({"train": Split("train", Texts(["a b c"])), "test": Split("test", Texts([]))})
    assert describe(corpus)["test"].rows == 0


def test_texts_that_nearly_say_the_same():
    one = "my parcel with the blue shoes has not arrived and nobody answers my letters about it"
    train = [one, one, one.replace("blue", "red"), "something else that is long enough to count"]
    test = [one.replace("blue", "green"), one, "quite new and long enough to count here"]
    test += [f"{test[2]}!", test[0]]
    corpus = Corpus({"test": Split("test", Texts(test)), "train": Split("train", Texts(train))})
    found = describe(corpus)
    assert found["train"].duplicates.rows == 1
    what = "share four fifths of their words"
    near = Duplicates(rows=1, in_train=None, examples=((0, 2),), what=what)
    assert found["train"].near_duplicates == near
    assert found["test"].duplicates.in_train == 1
    near = Duplicates(rows=1, in_train=1, examples=((2, 3),), what=what)
    assert found["test"].near_duplicates == near


def test_rows_of_several_parts_are_copies_where_all_parts_are():
    one = "my parcel with the blue shoes has not arrived and nobody answers my letters about it"
    texts = [one, one, one, one.replace("blue", "red"), "something else"]
    numbers = np.array([[1], [1], [2], [1], [1]], dtype=np.float32)
    rows = Parts({"text": Texts(texts), "features": Table(numbers)})
    found = describe(Corpus({"train": Split("train", rows)}))["train"]
    assert found.duplicates == Duplicates(rows=1, in_train=None, examples=((0, 1),))
    assert found.near_duplicates == Duplicates(
        rows=1,
        in_train=None,
        examples=((0, 3),),
        what="share four fifths of their words and hold the same values",
    )


def test_rows_that_an_embedding_shows_to_be_alike():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(300, 16)).astype(np.float32)
    points[7] = points[3] + 0.01
    train, test = points[:250], points[250:]
    test[4], test[9] = train[3] - 0.01, test[8] + 0.01
    texts = [f"text {i} of many" for i in range(300)]
    corpus = Corpus(
        {"train": Split("train", Texts(texts[:250])), "test": Split("test", Texts(texts[250:]))}
    )
    assert describe(corpus)["train"].near_embedded is None
    found = describe(corpus, Embeddings("minilm", {"train": train, "test": test}))
    what = "3 times nearer than rows mostly are, as minilm sees them"
    assert found["train"].near_embedded == Duplicates(
        rows=1, in_train=None, examples=((3, 7),), what=what
    )
    assert found["test"].near_embedded == Duplicates(
        rows=1, in_train=1, examples=((8, 9),), what=what
    )


def test_a_wide_table_is_not_copied_to_look_for_near_copies(monkeypatch):
    rows = np.random.default_rng(0).normal(size=(50, 4))
    monkeypatch.setattr("clusterforge.evaluation.contents.VALUES", 199)
    (table,) = describe(Corpus({"train": Split("train", Table(rows))})).values()
    assert table.near_duplicates is None
    monkeypatch.setattr("clusterforge.evaluation.contents.VALUES", 200)
    (table,) = describe(Corpus({"train": Split("train", Table(rows))})).values()
    assert table.near_duplicates is not None


def test_images_and_rows_that_are_nearly_copies():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (20, 8, 8, 3), dtype=np.uint8)
    near = np.clip(images[:2] * 0.9 + 5, 0, 255).astype(np.uint8)
    corpus = Corpus(
        {
            "train": Split("train", Images(np.concatenate([images, near[:1]]))),
            "test": Split("test", Images(near[1:])),
        }
    )
    found = describe(corpus)
    assert [(of.near_duplicates.rows, of.near_duplicates.in_train) for of in found.values()] == [
        (1, None),
        (0, 1),
    ]
    rows = rng.normal(size=(50, 4))
    rows[9] = rows[2] + 1e-3
    (table,) = describe(Corpus({"train": Split("train", Table(rows))})).values()
    assert table.near_duplicates.examples == ((2, 9),)
    train, validation, test = np.split(rng.normal(size=(90, 4)), 3)
    test[:2] = train[3] + 1e-3, validation[5] + 1e-3
    parts = {"train": train, "validation": validation, "test": test}
    found = describe(Corpus({name: Split(name, Table(part)) for name, part in parts.items()}))
    assert found["test"].near_duplicates.in_train == 1
    line = np.linspace(0, 1, 1_000)[:, None]  # all rows of one column are near others
    (table,) = describe(Corpus({"train": Split("train", Table(line))})).values()
    assert table.near_duplicates is None


def test_texts_without_spaces_have_words():
    texts = ["我们喜欢足球", "好", "two words"]
    found = describe(Corpus({"train": Split("train", Texts(texts))}))["train"]
    assert found.near_empty.examples == (1, 2)
