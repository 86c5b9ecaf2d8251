import numpy as np
import pytest

from clusterforge.contracts import Column, Images, Table, Texts
from clusterforge.explaining import told_apart as module
from clusterforge.explaining.told_apart import told_apart


def rows(n=300, d=3, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


def halves(n=300):
    return np.arange(n) * 2 // n


def named(values, *columns):
    return Table(values, columns or tuple(Column(f"c{i}") for i in range(values.shape[1])))


def test_one_column_tells_clusters_apart():
    values, labels = rows(), halves()
    values[labels == 1, 1] += 100
    found = told_apart(named(values), labels)
    assert found.name == "c1"
    assert found.share > 0.97
    assert [of.cluster for of in found.clusters] == [0, 1]
    low, high = map(float, found.clusters[1].values.split(" to "))
    assert 97 < low < 99 < 101 < high < 103


def test_two_columns_that_tell_them_are_not_one():
    values, labels = rows(), halves()
    values[labels == 1, :2] += 100
    assert told_apart(named(values), labels) is None


def test_noise_tells_nothing():
    labels = np.random.default_rng(1).integers(0, 2, 300)
    assert told_apart(named(rows()), labels) is None


def test_the_only_column_is_not_said():
    labels = halves()
    assert told_apart(named(labels[:, None] * 100.0), labels) is None


@pytest.mark.parametrize(("n", "largest"), [(module.FEWEST - 1, 0.5), (300, 0.98)])
def test_few_rows_say_nothing(n, largest):
    labels = (np.arange(n) >= n * largest).astype(np.int64)
    values = rows(n)
    values[:, 0] += 100 * labels
    assert told_apart(named(values), labels) is None


def test_noise_rows_are_left_out():
    values, labels = rows(), halves()
    values[labels == 1, 0] += 100
    labels[:150:2] = -1
    assert told_apart(named(values), labels).name == "c0"


def test_gaps_and_categories_are_values():
    labels = halves()
    gaps = rows()
    gaps[labels == 1, 2] = np.nan
    assert [of.values for of in told_apart(named(gaps), labels).clusters][1] == "no value"
    coded = np.column_stack([rows(d=1), labels])
    columns = Column("a"), Column("colour", "category", ("red", "blue"))
    found = told_apart(named(coded, *columns), labels)
    assert "'colour' alone ('red' in 0, 'blue' in 1)" in found.of("kmeans")


def test_dates_are_written_as_dates():
    labels = halves()
    values = np.column_stack([rows(d=1)[:, 0], 86_400.0 * 9_000 * labels])
    found = told_apart(named(values, Column("a"), Column("day", "date")), labels)
    assert [of.values for of in found.clusters] == ["1970-01-01", "1994-08-23"]


def test_texts_are_told_apart_by_their_length():
    labels = halves()
    some = [f"{'word ' * (3 + 40 * of)}{'x' * (i % 7)}" for i, of in enumerate(labels)]
    assert told_apart(Texts(some), labels).name == "length in characters"


def test_texts_of_one_length_are_not():
    texts = [f"{'cat' if of else 'dog'} sat {i:03}" for i, of in enumerate(halves())]
    assert told_apart(Texts(texts), halves()) is None


def test_copies_of_a_few_texts_are_not_told_by_their_length():
    texts = ["a short one", "one that is longer than the other"]
    assert told_apart(Texts([texts[of] for of in halves()]), halves()) is None


def test_clusters_that_lie_between_others_are_told():
    values, labels = rows(), np.arange(300) * 3 // 300
    values[:, 0] += 100.0 * labels
    assert told_apart(named(values), labels).share > 0.97


def test_some_rows_stand_for_many(monkeypatch):
    monkeypatch.setattr(module, "VALUES", 150)
    values, labels = rows(), halves()
    values[labels == 1, 1] += 100
    assert told_apart(named(values), labels).share > 0.97


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("first word", "{of} said word {i} of many, {pad}"),
        ("last word", "a word {i} of many {pad} via {of}"),
        ("share of letters beyond a to z", "a word {i} of many {beyond} {pad} end"),
        ("share of signs", "a word {i} of many {signs} {pad} end"),
    ],
)
def test_texts_are_told_apart_by_how_they_are_written(name, written):
    rng, labels = np.random.default_rng(0), halves()
    texts = [
        written.format(
            i="five" if i % 2 else "eleven",
            of="one" if of else "two",
            pad="word " * rng.integers(3, 30),
            beyond=("\u0444\u0443" if of else "fu") * 10,
            signs=("[b]" if of else " b ") * 8,
        ).strip()
        for i, of in enumerate(labels)
    ]
    found = told_apart(Texts(texts), labels)
    assert (found.name, found.content) == (name, "text")
    assert "whole texts" in found.of("kmeans")


def photos(n=120, seed=0):
    """Return images of many lights and colours, (n, 8, 8, 3)."""
    rng = np.random.default_rng(seed)
    light = rng.uniform(60, 190, (n, 1, 1, 3))
    return (light + rng.uniform(-60, 60, (n, 8, 8, 3))).astype(np.uint8)


def test_images_that_hardly_differ_are_not():
    images = photos() // 10 + 3
    labels = np.arange(len(images)) % 2
    images[labels == 1] += 24
    assert told_apart(Images(images), labels) is None
    images[labels == 1] += 10
    assert told_apart(Images(images), labels).name == "brightness"


class Several:
    """Images read one by one, of several sizes."""

    content = "image"
    shape = None
    in_memory = False

    def __init__(self, pictures):
        self.pictures = pictures

    def __len__(self):
        return len(self.pictures)

    def take(self, rows):
        return [self.pictures[row] for row in rows]


def negatives(images):
    images[:] = images // 3
    images[::2] = 255 - images[::2]


def framed(images):
    images[::2, [0, -1]] = images[::2, :, [0, -1]] = 0


@pytest.mark.parametrize(
    ("defect", "name"),
    [
        (negatives, "brightness"),
        (framed, "brightness at the edges"),
    ],
)
def test_images_are_told_apart_by_how_they_were_made(defect, name):
    images = photos()
    defect(images)
    labels = np.arange(len(images)) % 2
    found = told_apart(Images(images), labels)
    assert (found.name, found.content) == (name, "image")
    assert "bring them to one light" in found.of("kmeans")


def test_images_of_many_lights_are_not():
    labels = np.arange(120) % 2
    assert told_apart(Images(photos()), labels) is None


def test_images_of_several_sizes_and_channels_are_looked_at():
    images = [image[: 8 - i % 2] if i % 3 else image[..., :1] for i, image in enumerate(photos())]
    labels = np.arange(120) % 2
    for i in range(0, 120, 2):
        images[i] = images[i] // 8
    assert told_apart(Several(images), labels).name == "brightness"


def test_texts_of_many_words_at_their_ends_are_not():
    ends = ["oven cake bread", "goal match league"]
    rng, labels = np.random.default_rng(0), halves()
    some = [f"{'word ' * rng.integers(3, 30)}{rng.choice(ends[of].split())}" for of in labels]
    assert told_apart(Texts(some), labels) is None


def test_values_that_lie_near_to_each_other_are_written_apart():
    values, labels = rows(), halves()
    values[:, 1] = -0.001 + 4e-7 * (1000 * labels + np.arange(300) % 3)
    written = [of.values for of in told_apart(named(values), labels).clusters]
    assert written == ["\u22120.001000 to \u22120.000999", "\u22120.000600 to \u22120.000599"]
