"""Texts made safe, and thumbnails laid out."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterforge.report import thumbnails
from clusterforge.report.clusters import ClusterView
from clusterforge.report.groups import GroupView
from clusterforge.report.html import environment, unbroken
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


def test_a_name_is_cut_and_broken_behind_its_parts() -> None:
    assert short("gift card · shows · balance", 20) == "gift card · shows…"
    assert unbroken("gift card · shows") == "gift card\u00a0· shows"


def view(about: str, content: str) -> ClusterView:
    values = {"rows": 3, "share": 0.1, "splits": (3,), "classes": (), "measures": {}}
    return ClusterView(
        **{"cluster": 4, "about": about, "content": content, "colour": "#111111"},
        **{"explanation": None, **values},
    )


def test_words_stand_below_a_name_that_lacks_some() -> None:
    assert view("card · fee · lost", "card, lost").further == ""
    assert view("card · fee", "card, lost").further == "card, lost"
    assert view("", "").further == ""


def test_the_tree_shows_the_only_cluster_of_a_group_in_the_colour_of_the_group() -> None:
    group = GroupView(
        **{"group": 0, "about": "card", "colour": "#222222", "rows": 3, "share": 0.1},
        **{"splits": (3,), "clusters": (view("card", ""),), "children": (), "explanation": None},
    )
    text = '{% from "macros.html" import branch %}{{ branch(part, {"name": "kmeans"}) }}'
    page = environment().from_string(text).render(part=group)
    assert "#222222" in page
    assert "#111111" not in page


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
