"""What nearly a copy means for images and for rows of tables."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from clusterforge.contracts import Column, Images, Table, Texts
from clusterforge.contracts.copies import Undecided, near_copies, pictures
from clusterforge.contracts.items import Items, Parts
from tests.encoders.test_image_model import MixedSizes

ROWS = np.random.default_rng(0).normal([0, 50, 1.7e9], [1, 10, 60], size=(400, 3))


def photograph(seed: int) -> Image.Image:
    """Return an image of large soft spots, as photographs have them."""
    few = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(few).resize((160, 120), Image.Resampling.BICUBIC)


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    file = BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def first(*images: Image.Image) -> list[int]:
    items: Items = MixedSizes([np.asarray(image) for image in images])  # type: ignore[assignment]
    return near_copies([items]).first.tolist()


def test_another_size_quality_or_brightness_is_nearly_the_same_image() -> None:
    one, other = photograph(1), photograph(2)
    brighter = one.point(lambda value: min(255, int(value * 1.1) + 8))
    copies = [jpeg(one, 40), one.resize((80, 60)), one.resize((300, 300)), brighter]
    assert first(one, other, *copies, jpeg(other, 60)) == [0, 1, 0, 0, 0, 0, 1]


def test_another_crop_side_or_colour_is_another_image() -> None:
    one = photograph(1)
    red = Image.merge("RGB", [one.getchannel(c) for c in "BGR"])
    others = [one.crop((30, 0, 160, 120)), one.transpose(Image.Transpose.FLIP_LEFT_RIGHT), red]
    assert first(one, *others) == [0, 1, 2, 3]


def test_images_without_contrast_differ_by_their_brightness() -> None:
    even = [Image.new("RGB", (9, 9), (value,) * 3) for value in (0, 20, 128, 250)]
    assert first(*even) == [0, 0, 2, 3]


def test_pictures_are_means_of_areas() -> None:
    image = np.random.default_rng(0).integers(0, 256, (1, 37, 50, 1), dtype=np.uint8)
    (picture,) = pictures(image)
    fine = np.repeat(np.repeat(image[0, ..., 0], 16, axis=0), 16, axis=1)
    flat = fine.reshape(16, 37, 16, 50).mean(axis=(1, 3)).ravel()
    wanted = (flat - flat.mean()) / np.linalg.norm(flat - flat.mean())
    assert np.abs(picture[:-1] - wanted).max() < 1e-6
    assert np.linalg.norm(picture[:-1]) == pytest.approx(1)


@pytest.mark.parametrize("seed", range(3))
def test_images_are_found_as_by_comparing_each_with_each(seed: int) -> None:
    rng = np.random.default_rng(seed)
    base = rng.integers(0, 256, (40, 20, 20, 1))
    rows = base[rng.integers(0, 40, 300)] + rng.normal(
        0, rng.uniform(0, 12, (300, 1, 1, 1)), (300, 20, 20, 1)
    )
    images = np.clip(rows, 0, 255).astype(np.uint8)
    points = pictures(images)
    wanted: list[int] = []
    for row, point in enumerate(points):
        near = [
            k for k in range(row) if wanted[k] == k and np.linalg.norm(points[k] - point) <= 0.1
        ]
        wanted.append(near[0] if near else row)
    assert near_copies([Images(images)]).first.tolist() == wanted
    assert 20 < len(set(wanted)) < 290


def test_rows_of_numbers_are_near_within_a_hundredth_of_the_spread() -> None:
    rows = ROWS.copy()
    rows[5] = rows[1] + [0.005, 0.05, 0.3]
    rows[6] = rows[1] + [0.02, 0, 0]
    rows[7], rows[300] = rows[2], [1e30, 50, 0]
    rows[301] = rows[300] + [0, 0.05, 0]
    wanted = np.arange(400)
    wanted[[5, 7, 301]] = [1, 2, 300]
    assert near_copies([Table(rows)]).first.tolist() == wanted.tolist()


def test_categories_and_gaps_have_to_be_equal() -> None:
    rows = np.column_stack([ROWS, np.zeros(400)])
    rows[5] = rows[1] + [1e-4, 0, 0, 1]
    rows[6] = rows[1] + [1e-4, 0, 0, 0]
    rows[7], rows[8] = (rows[2] + [1e-4, np.nan, 0, 0] for _ in range(2))
    columns = (Column("a"), Column("b"), Column("t", "date"), Column("c", "category", ("x", "y")))
    wanted = np.arange(400)
    wanted[[6, 8]] = [1, 7]
    assert near_copies([Table(rows, columns)]).first.tolist() == wanted.tolist()


def test_where_chance_brings_rows_near_nothing_is_told() -> None:
    with pytest.raises(Undecided, match="chance alone"):
        near_copies([Table(ROWS[:, :1])])


def test_more_pairs_than_are_compared() -> None:
    images = Images(np.random.default_rng(0).integers(0, 256, (500, 30, 30, 1), dtype=np.uint8))
    with pytest.raises(Undecided, match="too many"):
        near_copies([images], most=0)


def test_texts_are_told_by_their_words() -> None:
    assert near_copies([Texts(["one two"]), Texts(["One, two!", "other"])]).first.tolist() == [
        0,
        0,
        2,
    ]


WORDS = [
    "red",
    "green",
    "blue",
    "white",
    "black",
    "grey",
    "pink",
    "brown",
    "gold",
    "lime",
    "teal",
    "navy",
    "plum",
    "rose",
    "rust",
]


def test_of_two_parts_none_goes_to_a_row_that_it_is_not_near_in_both() -> None:
    """Rows 1 to 3 share four fifths with row 0 and not with each other; their images are one."""
    base = " ".join(WORDS)
    texts = [base, " ".join(WORDS[1:]), " ".join(WORDS[:-1]), base + " sky"]
    one, other = (np.asarray(photograph(seed)) for seed in (1, 2))
    text, image = Texts(texts), Images(np.stack([one, other, other, other]))
    assert near_copies([text]).first.tolist() == [0, 0, 0, 0]
    wanted = near_copies([Texts(texts[1:])]).first + 1
    assert near_copies([Parts({"text": text, "image": image})]).first.tolist() == [0, *wanted]


def test_of_two_parts_copies_of_what_is_no_copy_of_the_first_row_are_found() -> None:
    one, other = (np.asarray(photograph(seed)) for seed in (1, 2))
    texts = ["red rose", "red rose", "blue sky", "blue sky", "red rose", "blue sky"]
    pixels = np.stack([one, other, other, other, other, one])
    several = [
        Parts({"text": Texts(texts[rows]), "image": Images(pixels[rows])})
        for rows in (slice(0, 2), slice(2, 6))
    ]
    assert near_copies(several).first.tolist() == [0, 1, 2, 2, 1, 5]


def test_what_part_is_compared_exactly_is_told() -> None:
    """Of one column near rows can't be told, of its text they can."""
    rows = ROWS[:, :1].copy()
    rows[1], rows[3] = rows[0], rows[2] + 1e-9
    texts = Texts(["one two", "One, two!", *["three four"] * 2, *map(str, range(4, 400))])
    found = near_copies([Parts({"text": texts, "features": Table(rows)})])
    assert np.flatnonzero(found.first != np.arange(400)).tolist() == [1]
    assert found.exact == ("features",)
    assert found.what == "share four fifths of their words and hold the same values"
