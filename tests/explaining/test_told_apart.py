import numpy as np
import pytest

from clusterforge.contracts import Column, Table, Texts
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
