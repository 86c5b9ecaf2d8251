"""Texts made safe, and thumbnails laid out."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterforge.report import thumbnails
from clusterforge.report.text import clean, embedded, short
from clusterforge.report.thumbnails import sheets


@given(st.text())
def test_embedded_text_survives_and_can_not_leave_its_script(text: str) -> None:
    import json

    out = embedded({"text": text})
    assert not set("<>&\u2028\u2029") & set(out)
    assert json.loads(out) == {"text": text}


@given(st.text(alphabet=st.characters(categories=["Cc", "Cs", "L", "Zs"])), st.integers(2, 20))
def test_cleaned_text_is_printable_and_short(text: str, length: int) -> None:
    clean(text).encode("utf-8")
    assert len(short(text, length)) <= length


def test_nan_can_not_be_embedded() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        embedded(float("nan"))


def png(pixels: np.ndarray) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_thumbnails_keep_their_places() -> None:
    items = [
        None,
        png(np.full((8, 8), 50, np.uint8)),
        "a text",
        png(np.full((8, 8), 90, np.uint8)),
    ]
    made = sheets(items)
    assert made is not None
    assert made.place.tolist() == [-1, 0, -1, 1]
    assert made.layout == {"kind": "png", "tile": 8, "columns": 2, "each": 2}
    turned = sheets(items, np.array([3, 2, 1, 0]))
    assert turned is not None
    assert turned.place.tolist() == [-1, 1, -1, 0]
    assert sheets([None, "text"]) is None


def test_many_noisy_thumbnails_are_shrunk_to_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnails, "LOSSLESS_BUDGET", 300_000)
    monkeypatch.setattr(thumbnails, "BUDGET", 1_000_000)
    monkeypatch.setattr(thumbnails, "EACH", 1024)
    rng = np.random.default_rng(0)
    items = [png(rng.integers(0, 255, (32, 32, 3), np.uint8)) for _ in range(40)] * 100
    made = sheets(items)
    assert made is not None
    assert sum(map(len, made.pictures)) < 1.4 * 1_000_000
    assert (made.layout["kind"], made.layout["each"], len(made.pictures)) == ("webp", 1024, 4)
    assert made.layout["tile"] < 32
    assert len(set(made.place.tolist())) == 4000
