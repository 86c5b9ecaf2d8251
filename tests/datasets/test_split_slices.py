import pytest

from clusterforge.datasets.split_slices import Part, overlap, parts
from clusterforge.errors import InputError

ROWS = {"train": 1000, "test": 105}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("train", [("train", 0, 1000)]),
        ("train[:50]", [("train", 0, 50)]),
        ("train[-100:]", [("train", 900, 1000)]),
        ("test[:10%]", [("test", 0, 10)]),
        ("train[10%:20%]", [("train", 100, 200)]),
        ("train[:1_000]", [("train", 0, 1000)]),
        ("train+test", [("train", 0, 1000), ("test", 0, 105)]),
        ("train[:10] + train[20:30]", [("train", 0, 10), ("train", 20, 30)]),
    ],
)
def test_slices(text, expected):
    assert parts(text, ROWS, "train") == tuple(Part(*part) for part in expected)


@pytest.mark.parametrize("text", ["test[:10%]", "test[33%:66%]", "train[-15%:]", "train[10:20]"])
def test_slices_as_the_hubs_library_reads_them(text):
    from datasets import ReadInstruction

    (theirs,) = ReadInstruction.from_spec(text).to_absolute(ROWS)
    (ours,) = parts(text, ROWS, "train")
    assert (ours.split, ours.start, ours.stop) == (
        theirs.splitname,
        theirs.from_ or 0,
        ROWS[ours.split] if theirs.to is None else theirs.to,
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("trian", "no split 'trian'; did you mean 'train'\\? known: test, train"),
        ("train[:5000]", "asks for row 5,000, but the split has 1,000 rows"),
        ("train[:200%]", "more than 100 %"),
        ("train[50:50]", "holds no rows"),
        ("train[5]", "is not a split"),
        ("train[:_]", "is not a split"),
        ("", "is not a split"),
        ("train+train", "uses rows of 'train' twice"),
        ("../train", "no split|is not a split"),
    ],
)
def test_bad_slices(text, message):
    with pytest.raises(InputError, match=message) as error:
        parts(text, ROWS, "test")
    assert error.value.key == "test"


def test_overlap():
    assert overlap((Part("a", 0, 10),), (Part("a", 9, 12),)) == "a"
    assert overlap((Part("a", 0, 10),), (Part("a", 10, 12), Part("b", 0, 5))) is None
