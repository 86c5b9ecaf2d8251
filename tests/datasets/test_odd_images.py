"""Images of which some are negatives of others, or dimmer than all others."""

import numpy as np

from clusterforge.datasets.odd_images import dim, negatives


def drawn(kind: int, rng: np.random.Generator) -> np.ndarray:
    """Return a light stroke on dark, lying, upright or round: uint8 (32, 32, 1)."""
    rows, columns = np.mgrid[:32, :32] - 16 + rng.integers(-3, 4, size=(2, 1, 1))
    wide = rng.uniform(2, 4)
    stroke = (abs(rows) < wide, abs(columns) < wide, abs(np.hypot(rows, columns) - 9) < wide)[kind]
    inside = np.hypot(rows, columns) < 13
    noise = rng.normal(0, 8, size=(32, 32))
    return np.clip(np.where(stroke & inside, 230, 15) + noise, 0, 255).astype(np.uint8)[..., None]


def test_negatives_of_the_same_drawings_are_said() -> None:
    rng = np.random.default_rng(0)
    images = [drawn(at % 3, rng) for at in range(90)]
    mixed = [255 - image if at % 2 else image for at, image in enumerate(images)]

    assert not [*negatives(images)]
    (said,) = negatives(mixed)
    assert said.startswith("45 of 90 images that were looked at are light on dark")


def test_a_kind_of_its_own_that_is_dark_is_no_negative() -> None:
    rng = np.random.default_rng(0)
    images = [drawn(at % 3, rng) for at in range(90)]

    assert not [*negatives([255 - one if at % 3 else one for at, one in enumerate(images)])]


def test_dim_images_among_bright_ones_are_said() -> None:
    rng = np.random.default_rng(0)
    images = [drawn(at % 3, rng) for at in range(30)]

    assert not [*dim(images)]
    (said,) = dim([image // 6 if at % 3 == 0 else image for at, image in enumerate(images)])
    assert said.startswith("10 of 30 images that were looked at have hardly a value above 4")
