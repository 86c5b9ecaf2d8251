import pyarrow as pa
import pytest

from clusterforge.datasets.class_labels import encode
from clusterforge.errors import InputError


def column(values, kind=None):
    return pa.chunked_array([pa.array(values, type=kind)])


@pytest.mark.parametrize(
    ("values", "kind", "codes", "names"),
    [
        ([3, -1, 7, None, 3], None, [0, -1, 1, -1, 0], ("3", "7")),
        ([10, 9, -5], None, [2, 1, 0], ("-5", "9", "10")),
        (["b", "a", None, "", "b"], None, [1, 0, -1, -1, 1], ("a", "b")),
        ([True, False, None], None, [1, 0, -1], ("false", "true")),
        ([1.0, 2.0, float("nan"), None], None, [0, 1, -1, -1], ("1", "2")),
        ([None, None], None, [-1, -1], ()),
        (["x", "y", "x"], pa.dictionary(pa.int32(), pa.string()), [0, 1, 0], ("x", "y")),
        (["-1", "spam"], None, [-1, 0], ("spam",)),
    ],
)
def test_values_become_codes(values, kind, codes, names):
    got, found = encode({"train": column(values, kind)})
    assert got["train"].tolist() == codes
    assert got["train"].dtype == "int64"
    assert found == names


def test_names_of_a_class_label():
    codes, names = encode({"train": column([1, 0, -1])}, ("neg", "pos"))
    assert (codes["train"].tolist(), names) == ([1, 0, -1], ("neg", "pos"))
    with pytest.raises(InputError, match="holds label 2, but there are 2 classes"):
        encode({"train": column([1, 2])}, ("neg", "pos"))


@pytest.mark.parametrize("values", [["-1", "1"], ["+1", "-1", None], [1, -1]])
def test_two_signs_are_no_classes(values):
    with pytest.raises(InputError, match="-1 means unlabelled"):
        encode({"train": column(values)})


def test_splits_share_their_codes():
    codes, names = encode({"train": column(["c", "a"]), "test": column(["b", "c"])})
    assert names == ("a", "b", "c")
    assert (codes["train"].tolist(), codes["test"].tolist()) == ([2, 0], [1, 2])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"train": column([1, -1, 1])}, "only 1 and -1"),
        ({"train": column([0.5, 1.0])}, "holds fractions"),
        ({"train": column([1]), "test": column(["x"])}, "different types"),
        ({"train": column([2**63], pa.uint64())}, "beyond 64 bits"),
    ],
)
def test_bad_labels(columns, message):
    with pytest.raises(InputError, match=message) as error:
        encode(columns)
    assert error.value.key == "label"
