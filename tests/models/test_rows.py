"""Rows as users have them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from clusterforge.contracts import Column, PixelFormat, Table, Texts, numbers
from clusterforge.errors import InputError
from clusterforge.models.frames import arrow
from clusterforge.models.row_format import RowFormat, format_of
from clusterforge.models.rows import as_items
from clusterforge.tables import UnseenValues
from clusterforge.tables.values import of_column

TEXT = RowFormat(content="text", shape=None, columns=("title", "body"), separator=" | ")
TABLE = RowFormat(content="table", shape=(2,), features=numbers("ab"))
IMAGE = RowFormat(content="image", shape=(4, 6, 1))
FRAME = pd.DataFrame({"id": [1, 2], "body": ["x", None], "title": ["one", "two"]})


def texts(rows: Any, form: RowFormat = TEXT) -> list[Any]:
    items = as_items(rows, form)
    return list(items.take(np.arange(len(items))))


@pytest.mark.parametrize(
    "rows",
    [
        ["p", "q"],
        ("p", "q"),
        np.array(["p", "q"]),
        np.array([["p"], ["q"]], dtype=object),
        pd.Series(["p", "q"], index=[7, 9]),
        pd.DataFrame({"any": ["p", "q"]}),
        Texts(["p", "q"]),
    ],
    ids=["list", "tuple", "array", "column", "series", "frame", "items"],
)
def test_texts_in_any_form(rows: Any) -> None:
    form = TEXT.model_copy(update={"columns": ()})
    assert texts(rows, form) == ["p", "q"]


def test_a_data_frame_is_read_by_the_columns_of_the_run() -> None:
    assert texts(FRAME) == ["one | x", "two"]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (FRAME.drop(columns="body"), "no column 'body'"),
        (["p", None], "row 2 has no text"),
        (["p", 3], "row 2 is an int"),
        (np.zeros((2, 3)), "row 1 is a ndarray"),
        ("one text", "put it into a list"),
    ],
)
def test_what_is_no_texts_is_one_line(rows: Any, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as error:
        texts(rows)
    assert "\n" not in str(error.value)


def test_which_of_several_columns_must_be_known() -> None:
    with pytest.raises(InputError, match="which of the 3 columns holds the texts"):
        texts(FRAME, TEXT.model_copy(update={"columns": ()}))


def test_a_table_by_name_or_by_place() -> None:
    frame = pd.DataFrame({"b": [1, 2], "id": ["x", "y"], "a": [3, 4]})
    for rows in (frame, [[3, 1], [4, 2]], np.array([[3, 1], [4, 2]])):
        assert np.array_equal(np.stack(texts(rows, TABLE)), [[3, 1], [4, 2]])
    with pytest.raises(InputError, match="no column 'b'"):
        texts(frame.drop(columns="b"), TABLE)
    with pytest.raises(InputError, match=r"has shape \(2,\), a new row has \(3,\)"):
        texts(np.zeros((1, 3)), TABLE)
    with pytest.raises(InputError, match="the new rows are not"):
        texts(["a text"], TABLE)


def test_images_by_path_array_bytes_and_pil_of_any_size(tmp_path: Path) -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(4, 6) * 10
    image = Image.fromarray(pixels)
    image.save(tmp_path / "a.png")
    data = io.BytesIO()
    image.save(data, "PNG")
    rows = [
        tmp_path / "a.png",
        str(tmp_path / "a.png"),
        image,
        data.getvalue(),
        pixels,
        pixels[..., None],
    ]
    found = as_items(rows, IMAGE)
    assert found.shape == IMAGE.shape
    assert all(np.array_equal(one[..., 0], pixels) for one in found.take(np.arange(len(rows))))

    large = image.resize((60, 40)).convert("RGB")
    assert as_items([large], IMAGE).shape == IMAGE.shape
    assert as_items(np.zeros((2, 8, 8, 3), np.uint8), IMAGE).shape == IMAGE.shape
    free = as_items([large, image], RowFormat(content="image", shape=None))
    assert [one.shape for one in free.take(np.arange(2))] == [(40, 60, 3), (4, 6, 3)]


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        (lambda x: x / 255, "(x * 255).round().astype('uint8')"),
        (lambda x: x / 127.5 - 1, "((x + 1) * 127.5).round().astype('uint8')"),
        (lambda x: np.moveaxis(x, -1, -3), "numpy.moveaxis(x, -3, -1)"),
    ],
)
def test_arrays_of_other_values_are_refused_with_a_remedy(
    change: Callable[[np.ndarray], np.ndarray], remedy: str
) -> None:
    form = RowFormat(content="image", shape=(8, 8, 3))
    whole = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3))
    assert as_items(whole, form).shape == form.shape

    other = change(whole.astype(np.uint8))
    with pytest.raises(InputError) as raised:
        as_items(other, form)
    assert str(raised.value).endswith(f": {remedy}")
    mended = eval(remedy, {"x": other, "numpy": np})
    assert np.array_equal(as_items(mended, form).take(np.arange(4)), whole)


def test_an_image_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "no.png").write_bytes(b"not an image")
    for rows, problem in (
        ([tmp_path / "no.png"], r"1 of 1 row .*: row 1 \(.*no.png\): not an image"),
        ([np.zeros((2, 2))], "row 1: more than eight bits per value, others have eight"),
        ([3], "row 1: it is an int"),
    ):
        with pytest.raises(InputError, match=problem):
            as_items(rows, IMAGE)


def test_images_from_python_are_read_as_those_of_a_data_set(tmp_path: Path) -> None:
    form = IMAGE.model_copy(
        update={"pixel_format": PixelFormat(1, (0, 4095), "#808080"), "shape": (2, 3, 1)}
    )
    clear = Image.new("RGBA", (3, 2), (9, 9, 9, 0))
    deep = np.full((2, 3), 2048, np.uint16)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (2, 3), 128).save(tmp_path / "turned.png", exif=exif)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    rows = [
        clear,
        np.asarray(clear),
        deep,
        deep.astype(np.float64),
        deep[..., None],
        Image.fromarray(deep),
        tmp_path / "deep.png",
        tmp_path / "turned.png",
        np.full((2, 3, 3), 128, np.uint8),
    ]
    pixels = as_items(rows, form).take(np.arange(len(rows)))
    assert (np.asarray(pixels) == 128).all()
    assert np.array_equal(as_items(np.stack([deep, deep]), form).take(np.arange(2)), pixels[:2])


def test_the_format_of_images_that_are_fitted_on() -> None:
    grey, colour = Image.new("LA", (2, 2)), Image.new("RGB", (2, 2))
    assert format_of([grey]).pixel_format == PixelFormat(1)
    assert format_of([grey, colour]).pixel_format == PixelFormat(3)
    assert format_of(np.full((4, 2, 2), 0.5)).pixel_format == PixelFormat(1, (0, 1))
    assert format_of(np.full((4, 2, 2, 3), 900, np.uint16)).pixel_format == PixelFormat(
        3, (0, 1023)
    )
    assert format_of(np.zeros((4, 2))).pixel_format is None


def test_new_rows_with_values_that_train_does_not_have_are_counted() -> None:
    columns = (Column("colour", "category", ("blue", "red")), Column("ok", "yes-no", ("no", "yes")))
    form = RowFormat(content="table", shape=(2,), features=columns)
    frame = pd.DataFrame({"colour": ["Red", "red"], "ok": ["Yes", "no"]})
    with pytest.warns(UnseenValues, match="1 row has .* 'Red'; train writes 'red' for 'Red'"):
        items = as_items(frame, form)
    assert items.take(np.arange(2)).tolist() == [[-1, 1], [1, 0]]
    own = (Column("colour", "category", ("Red", "red")), Column("ok", "category", ("Yes", "no")))
    with pytest.warns(UnseenValues, match="1 row has .* 'Red'"):
        items = as_items(Table(np.array([[0.0, 0.0], [1.0, 1.0]]), own), form)
    assert items.take(np.arange(2)).tolist() == [[-1, 1], [1, 0]]


def test_a_number_beyond_float32_is_refused_by_its_column_and_row() -> None:
    with pytest.raises(InputError, match="column 'b', row 2: 1e\\+300"):
        as_items(np.array([[1.0, 2.0], [3.0, 1e300]]), TABLE)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([2**70, 1], "the data frame can't be read: .*too large"),
        ([{"k": 1}, {"k": 2}], "column 'a' holds lists or objects"),
        ([[1, 2], [3, 4]], "column 'a' holds lists or objects"),
    ],
)
def test_values_that_no_column_holds_are_refused(values: list[object], message: str) -> None:
    column = Column("a")
    with pytest.raises(InputError, match=message):
        of_column(arrow(pd.DataFrame({"a": values})).column("a").combine_chunks(), column)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (pd.DataFrame({"B": [1.0], "A": [2.0]}), "none of the columns 'a', 'b'"),
        (np.ones((2, 2)) * 1j, "complex128"),
        (np.array([["2024-01-01"] * 2], "M8[D]"), "datetime64"),
        ({"a": [1.0], "b": [2.0]}, "no rows in an order"),
    ],
    ids=["other names", "complex", "dates", "dict"],
)
def test_rows_that_could_only_be_guessed_are_refused(rows: Any, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        as_items(rows, TABLE)


def test_a_data_frame_without_names_is_taken_in_its_order() -> None:
    items = as_items(pd.DataFrame([[1.0, 2.0]]), TABLE)
    assert items.take(np.arange(1)).tolist() == [[1.0, 2.0]]


def test_what_is_masked_is_a_gap() -> None:
    items = as_items(np.ma.array([[1, 2]], mask=[[False, True]]), TABLE)
    values = items.take(np.arange(1))
    assert values[0, 0] == 1
    assert np.isnan(values[0, 1])


def test_embeddings_are_finite_real_numbers() -> None:
    form = RowFormat(content="table", shape=None, embedding=2)
    assert as_items(np.ones((1, 2)), form).shape == (2,)
    for rows in (np.ones((1, 2)) * 1j, np.ma.array([[1.0, 2.0]], mask=[[True, False]])):
        with pytest.raises(InputError, match=r"new rows have none|not finite"):
            as_items(rows, form)


def test_a_number_among_the_texts_of_a_data_frame_is_not_dropped() -> None:
    frame = pd.DataFrame({"title": ["one", "two"], "body": ["x", 7]})
    with pytest.raises(InputError, match="row 2 holds 7, an int"):
        as_items(frame, TEXT)


def test_a_set_has_no_order() -> None:
    with pytest.raises(InputError, match="a set has no rows in an order"):
        as_items({"p", "q"}, TEXT)


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (4, 6, 3)])
def test_one_image_is_not_read_as_several(shape: tuple[int, ...]) -> None:
    image = np.zeros(shape, np.uint8)
    with pytest.raises(InputError, match="is one image"):
        as_items(image, IMAGE)
    assert len(as_items(image[None], IMAGE)) == 1
    assert len(as_items([image], IMAGE)) == 1


@pytest.mark.parametrize("channels", [3, 4])
def test_one_image_in_colour_is_not_read_as_several_of_any_size(channels: int) -> None:
    form = RowFormat(content="image", shape=None, pixel_format=PixelFormat(3))
    image = np.zeros((64, 48, channels), np.uint8)
    with pytest.raises(InputError, match="is one image"):
        as_items(image, form)
    assert len(as_items(image[None], form)) == 1
    grey = RowFormat(content="image", shape=None, pixel_format=PixelFormat(1))
    assert len(as_items(image, grey)) == 64


def test_categories_that_are_no_texts_are_called_by_their_texts() -> None:
    frame = pd.DataFrame({"a": pd.cut(range(4), 2)})
    assert arrow(frame)["a"].to_pylist() == ["(-0.003, 1.5]"] * 2 + ["(1.5, 3.0]"] * 2


def test_periods_of_pandas_are_their_first_days() -> None:
    frame = pd.DataFrame({"month": pd.PeriodIndex(["2024-01", "2024-03"], freq="M"), "n": [1, 2]})
    assert arrow(frame)["month"].to_pylist()[1].isoformat() == "2024-03-01T00:00:00"


def test_arrays_that_are_not_alike_have_no_remedy_in_common() -> None:
    form = RowFormat(content="image", shape=(8, 8, 3))
    for other in (np.array([["a", "b"]]), np.zeros((8, 8, 3), complex), np.zeros((1, 2, 3, 4))):
        with pytest.raises(InputError, match=r"can't be read as images.*eight bits$"):
            as_items([np.full((8, 8, 3), 0.5) if other.ndim < 4 else np.array(["a"]), other], form)
