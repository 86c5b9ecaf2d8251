from __future__ import annotations

import base64
import io
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from clusterforge.errors import InputError
from clusterforge.models import RowFormat
from clusterforge.models.rows import as_items
from clusterforge.pipeline.result import Run
from clusterforge.serving import Limits
from clusterforge.serving.predictor import Predictor, joined
from clusterforge.serving.requests import TooLarge, example, read_request
from clusterforge.tables import UnseenValues
from tests.serving.conftest import HOSTILE


def png(value: int, size: int = 4) -> str:
    file = io.BytesIO()
    Image.new("L", (size, size), value).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def asked(predictor: Predictor, body: object) -> list[dict[str, Any]]:
    return predictor.answer(predictor.read(read_request(json.dumps(body).encode())))


@pytest.mark.parametrize("body", [b"\xff", b'{"texts": [NaN]}', b'{"text": "\\ud800"}', b"[" * 999])
def test_what_is_no_request_is_one_line(body: bytes) -> None:
    with pytest.raises(InputError) as refused:
        read_request(body)
    assert "\n" not in str(refused.value)


def test_a_misspelt_key_is_named_with_the_nearest() -> None:
    with pytest.raises(InputError, match="unknown key 'text_s'; did you mean 'texts'"):
        read_request(b'{"text_s": ["a"]}')


def test_rows_of_several_parts_are_labelled_as_predict_labels_them(
    mixed: Run, tmp_path: Path
) -> None:
    predictor = Predictor(mixed, None, Limits())
    new = [
        {"picture": png(255), HOSTILE: 9, "kind": "2", "other": [1]},
        {"picture": png(0), HOSTILE: 0.5, "kind": None},
        {"picture": png(0), HOSTILE: 1, "kind": "none of these"},
    ]
    answers = asked(predictor, {"rows": new})
    files = [tmp_path / f"{row}.png" for row in range(3)]
    for file, row in zip(files, new, strict=True):
        file.write_bytes(base64.b64decode(str(row["picture"])))
    frame = pd.DataFrame(
        {"picture": files, HOSTILE: [9, 0.5, 1], "kind": ["2", None, "none of these"]}
    )
    with pytest.warns(UnseenValues):
        expected = mixed.predict(frame)
    assert [row["cluster"] for row in answers] == expected.tolist()
    assert expected[0] != expected[1]
    rows = predictor.read(read_request(json.dumps({"rows": new}).encode()))
    assert len(rows.notes) == 1
    assert "kind" in rows.notes[0]


def test_a_path_is_never_opened(mixed: Run, tmp_path: Path) -> None:
    path = tmp_path / "own.png"
    path.write_bytes(base64.b64decode(png(0)))
    predictor = Predictor(mixed, None, Limits())
    with pytest.raises(InputError, match="row 1 can't be read as an image: no base64"):
        asked(predictor, {"rows": [{"picture": str(path), HOSTILE: 1, "kind": 1}]})
    with pytest.raises(InputError, match="row 1 can't be read as an image: not an image"):
        asked(predictor, {"row": {"picture": "AAAA", HOSTILE: 1, "kind": 1}})


def test_images_beyond_the_limit_are_not_decoded(mixed: Run) -> None:
    predictor = Predictor(mixed, None, Limits(pixels=40))
    row = {"picture": png(0), HOSTILE: 1, "kind": 1}
    with pytest.raises(TooLarge, match="more than 40 pixels"):
        asked(predictor, {"rows": [row] * 3})


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"texts": ["a"]}, "texts: the model does not take texts; give rows"),
        ({"rows": [{HOSTILE: 1}]}, "rows: there is no column 'picture'"),
        ({"rows": [{}, [1]]}, "rows: are of several forms"),
        ({"rows": ["a", {}]}, "rows: are of several forms"),
        ({"rows": ["a"]}, "texts: the model does not take texts; give rows"),
        ({"rows": []}, "rows: holds no rows"),
        ({"rows": [], "row": {}}, "row and rows exclude one another"),
        ({}, "holds no rows; give one of"),
    ],
)
def test_rows_that_the_model_does_not_take_are_refused(
    mixed: Run, body: object, problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        asked(Predictor(mixed, None, Limits()), body)


@pytest.mark.parametrize(
    "form",
    [
        RowFormat(content="text", shape=None),
        RowFormat(content="image", shape=(2, 3, 3)),
        RowFormat(content="image", shape=None),
        RowFormat(content="table", shape=(3,)),
        RowFormat(content="text", shape=None, embedding=4),
    ],
)
def test_the_example_is_such_a_row(form: RowFormat) -> None:
    ((key, rows),) = example(form).items()
    assert isinstance(rows, list)
    if key == "images":
        rows = [base64.b64decode(str(row)) for row in rows]
    assert len(as_items(rows, form)) == 1


def test_rows_that_are_texts_are_texts(texts: Run) -> None:
    predictor = Predictor(texts, None, Limits())
    rows = ["a red apple", "a blue sky"]
    assert asked(predictor, {"rows": rows}) == asked(predictor, {"texts": rows})


def test_items_are_joined_in_their_order(texts: Run) -> None:
    form = RowFormat(content="image", shape=None)
    one, two = np.zeros((1, 4, 4), np.uint8), np.ones((2, 3, 4), np.uint8)
    together = joined([as_items([*one], form), as_items([*two], form)])
    assert [image.mean() for image in together.take(np.arange(3))] == [0, 1, 1]
    assert len(texts.model.points(joined([as_items(["a"], texts.model.form)] * 2))) == 2


def test_a_long_value_is_refused_at_once_and_a_column_of_two_kinds_by_its_rows(mixed: Run) -> None:
    predictor = Predictor(mixed, None, Limits())
    (row,) = predictor.example["rows"]
    begun = time.monotonic()
    with pytest.raises(InputError, match=r"row 1: 'xx.* is no number"):
        asked(predictor, {"rows": [{**row, HOSTILE: "x" * 100_000}]})
    assert time.monotonic() - begun < 10
    text = "column 'kind' holds a text in row 1 and a list in row 3; give each column values of"
    with pytest.raises(InputError, match=text):
        asked(predictor, {"rows": [{**row, "kind": kind} for kind in ("1", None, [2])]})
    both, texts = (
        asked(predictor, {"rows": [{**row, "kind": kind} for kind in kinds]})
        for kinds in (("1", None, 2), ("1", None, "2"))
    )
    assert both == texts  # as a file has them
