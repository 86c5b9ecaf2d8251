import time

import numpy as np
import pytest

from clusterforge.contracts import Corpus, Images, Split, Table, Texts
from clusterforge.evaluation.contents import describe, text_lengths
from clusterforge.runs.records import Duplicates, NearEmpty


class Mixed:
    """Images of many sizes."""

    content, shape, in_memory = "image", None, True

    def __init__(self, images):
        self.images = images

    def __len__(self):
        return len(self.images)

    def take(self, rows):
        return [self.images[row] for row in rows]


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
    assert text_lengths(Texts(train)).tolist() == [13, 13, 9, 0, 13, 9]
    assert text_lengths(Table(np.zeros((1, 1), np.float32))) is None


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
    for items in (Images(pixels), Mixed(list(pixels))):
        found = describe(Corpus({"train": Split("train", items)}))["train"]
        assert found.near_empty == NearEmpty(rows=2, what="one colour", examples=expected)
        assert found.duplicates.examples == ((2, 20),)
    # the same bytes in another shape are another image
    turned = [pixels[0], pixels[0].reshape(5, 6, channels)]
    assert describe(Corpus({"train": Split("train", Mixed(turned))}))["train"].duplicates.rows == 0


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
    assert found["train"].near_duplicates == Duplicates(rows=1, in_train=None, examples=((0, 2),))
    assert found["test"].duplicates.in_train == 1
    assert found["test"].near_duplicates == Duplicates(rows=1, in_train=1, examples=((2, 3),))
    assert (
        describe(Corpus({"train": Split("train", Table(np.zeros((2, 1), np.float32)))}))[
            "train"
        ].near_duplicates
        is None
    )


def test_texts_without_spaces_have_words():
    texts = ["我们喜欢足球", "好", "two words"]
    found = describe(Corpus({"train": Split("train", Texts(texts))}))["train"]
    assert found.near_empty.examples == (1, 2)
