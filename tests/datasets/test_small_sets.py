import numpy as np
import pytest

from clusterforge.builtin import datasets as declared
from clusterforge.contracts import Context
from clusterforge.datasets.sample_news import SampleNews
from clusterforge.datasets.scikit import BreastCancer, Digits, Iris, Wine
from clusterforge.datasets.synthetic import Blobs, Moons
from clusterforge.errors import InputError

SETS = {
    Digits: declared.DigitsParams,
    Wine: declared.WineParams,
    Iris: declared.IrisParams,
    BreastCancer: declared.BreastCancerParams,
    Blobs: declared.BlobsParams,
    Moons: declared.MoonsParams,
    SampleNews: declared.SampleNewsParams,
}


def load(cls, **params):
    return cls(SETS[cls](**params)).load(Context())


@pytest.mark.parametrize("cls", SETS)
@pytest.mark.parametrize("params", [{}, {"limit": 20, "limit_test": 9}, {"test_fraction": 0.35}])
def test_peek_tells_what_load_gives(cls, params):
    peek, corpus = cls(SETS[cls](**params)).peek(), load(cls, **params)
    assert dict(peek.rows) == {name: len(split) for name, split in corpus.splits.items()}
    assert peek.content == corpus.content
    assert peek.n_classes == len(corpus.label_names) == len(np.unique(corpus.train.labels))


@pytest.mark.parametrize("cls", SETS)
def test_the_seed_decides(cls):
    prints = [load(cls, sample_seed=seed).train.fingerprint() for seed in (0, 0, 1)]
    assert prints[0] == prints[1] != prints[2]


@pytest.mark.parametrize("cls", SETS)
def test_balanced(cls):
    classes = len(load(cls).label_names)
    corpus = load(cls, balanced=True, limit=10 * classes + 1)
    assert np.bincount(corpus.train.labels).tolist() == [10] * classes
    assert corpus.notes == ("balanced",)
    assert (
        cls(SETS[cls](balanced=True, limit=10 * classes + 1)).peek().rows["train"] == 10 * classes
    )


def test_digits_are_images_of_the_full_range():
    corpus = load(Digits)
    pixels = corpus.train.items.take(np.arange(len(corpus.train)))
    assert pixels.shape == (len(corpus.train), 8, 8, 1)
    assert (pixels.min(), pixels.max(), len(np.unique(pixels))) == (0, 255, 17)
    assert (len(corpus.train), len(corpus.splits["test"])) == (1438, 359)
    assert not set(corpus.train.ids) & set(corpus.splits["test"].ids)


def test_wine_has_named_features():
    corpus = load(Wine)
    assert corpus.feature_names[0] == "alcohol"
    assert corpus.train.items.shape == (13,)


def test_blobs_lie_round_their_centres():
    corpus = load(Blobs, rows=300, dimensions=5, centers=4, spread=0.01, outliers=0.1)
    labels, values = corpus.train.labels, corpus.train.items.take(np.arange(len(corpus.train)))
    assert sum(int((s.labels == -1).sum()) for s in corpus.splits.values()) == 30
    for label in range(4):
        assert values[labels == label].std(axis=0).max() < 0.02
    with pytest.raises(InputError, match="20 blobs need as many rows"):
        Blobs(declared.BlobsParams(rows=10, centers=20)).peek()


def test_moons_are_half_circles():
    corpus = load(Moons, noise=0.0, rows=100)
    values, labels = corpus.train.items.take(np.arange(len(corpus.train))), corpus.train.labels
    upper = values[labels == 0]
    assert np.allclose((upper**2).sum(axis=1), 1, atol=1e-5)
    assert (upper[:, 1] >= 0).all()


def test_sample_news():
    corpus = load(SampleNews, clean=("lower",))
    assert corpus.label_names == ("world", "sports", "business", "science")
    assert np.bincount(corpus.train.labels).tolist() == [48] * 4
    text = corpus.train.items.take(np.array([0]))[0]
    assert text == text.lower() != load(SampleNews).train.items.take(np.array([0]))[0]
    assert len({str(i) for s in corpus.splits.values() for i in s.ids}) == 240
