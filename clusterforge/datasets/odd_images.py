"""Images that are read as they stand and may not be meant so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from clusterforge import pixels
from clusterforge.contracts import Images, Items, PixelFormat
from clusterforge.datasets.stored_images import ImageFiles, attempt
from clusterforge.numerics.arrays import BoolArray, DoubleArray, evenly
from clusterforge.pixels import Look, Opacity, Pixels, Trait

EIGHT_BITS = (0, 255)  # levels of values that are as they are
FEW_LOOKED_AT, FEW_LEVELS = 200, 32  # images, and levels that hardly differ
MOST_SAMPLED = 2_000  # images whose values are compared
FEWEST, FEWEST_OF = 3, 0.02  # images, and their share, that are no coincidence
NO_LIGHT, NEARLY = 128, 1  # what a decoder writes where a file has ended, and how near it stays
TINY = 4  # pixels a side of an image that shows nothing
LOST_ROWS = 0.1  # of an image's height
BLACK, BAR, LIT = (
    20,
    0.04,
    0.6,
)  # grey of a bar at most; its share of a side; of the row beside it, not black
FEWEST_BARRED = 0.1  # of images
FEWEST_OF_TWO = 5, 0.1  # images, and their share, of two kinds that clusters may be of
APART, SMALL = 2.5, 128  # times as many pixels a side, of images that an encoder enlarges
LONGER = 3.0  # times as long for its width
COLOURLESS = 2  # how far red, green and blue of grey images lie apart
DIM, ALMOST = 100, 0.995  # brightest value of dim images, but for few of their values
DARK_EDGE, PLACES, AS_NEAR = 80, 16, 1.15  # grey of an edge; places a side; times as near as others
COPIED = 0.1  # of the images
FEW_OF_A_KIND, NEARLY_ALL = 15, 0.9  # images of one kind, and the share of both
NEAR_BAR = 6  # how near the greys of a bar are, which a JPEG blurs
STRIP, NEAR_STRIP, IN_STRIP, FULL = (0.05, 0.3), 12, 0.4, 0.95
"""Its share of a side; how near its grey values are; their share in each of its rows, and in its last."""
SHIFTS = (4, 6, 2)  # bits that images of 12, 10 and 14 leave free in 16
_TRAITS: Mapping[Trait, str] = {
    "turned": "turned upright, as their EXIF data say",
    "profile": "colours brought to sRGB from the profile of each",
    "several frames": "of several frames or pages, of which the first is read",
    "deep": "of more than eight bits, {low:g} to {high:g} brought to 0 to 255",
    "deep colour": "of several channels with sixteen bits each, of which the upper eight are read",
}


def transparent(
    splits: Mapping[str, ImageFiles],
    looks: Mapping[str, Mapping[int, Look]],
    form: PixelFormat,
    why: Mapping[str, Mapping[int, str]],
) -> Iterator[str]:
    """Say what becomes of opacity, by the first images of each split that have a channel of it."""
    if form.background == pixels.IGNORED:
        return
    found: Counter[Opacity | None] = Counter()
    every = True
    for split, files in splits.items():
        clear = [row for row, one in looks[split].items() if "transparent" in one.traits]
        every &= len(clear) <= MOST_SAMPLED
        some = np.array([row for row in clear if row not in why[split]][:MOST_SAMPLED], int)
        for data in files.read(some) if len(some) else ():
            found[attempt(lambda one: pixels.opacity(one, form), 0, data, {})] += 1
    of = f"{sum(map(len, looks.values())):,} images"
    if not every:
        of = f"the first {found.total():,} images with a channel of opacity"
    if shown := found["partial"] + found["all of it"]:
        yield (
            f"{shown:,} of {of}: transparent, put on background = {form.background}; if that is no opacity, "
            f'set background = "{pixels.IGNORED}"'
        )
    if found["unset"]:
        yield f"{found['unset']:,} of {of}: opacity is 0 everywhere, so it is ignored"
    if hidden := found["all of it"]:
        other = "#808080" if form.background.lower() != "#808080" else "#ffffff"
        yield (
            f"{hidden:,} of {shown:,} transparent images are of one colour on {form.background}, and "
            f'not without it: set background = "{other}"'
        )


def tiny(looks: Mapping[int, Look], files: ImageFiles) -> Iterator[str]:
    """Say that some images have hardly a pixel, beside others: what a page counts its readers by.

    Parameters
    ----------
    looks, files
        Those of train.
    """
    sides = {row: max(one.height, one.width) for row, one in looks.items()}
    few = [row for row, side in sides.items() if side <= TINY]
    if few and float(np.median([*sides.values()])) >= 4 * TINY:
        one = looks[few[0]]
        yield (
            f"{len(few):,} of {len(sides):,} images have hardly a pixel, as {files.where(few[0])} of "
            f"{one.width} × {one.height}: remove them, if they show nothing"
        )


def copied_files(hashes: Sequence[int], files: ImageFiles) -> Iterator[str]:
    """Say that many images are there more than once, byte by byte.

    Parameters
    ----------
    hashes, files
        Those of train: what is in each file, and the files.
    """
    _, first, which = np.unique(hashes, return_index=True, return_inverse=True)
    again = np.flatnonzero(first[which] != np.arange(len(hashes)))
    if len(again) >= max(FEW_OF_A_KIND, COPIED * len(hashes)):
        one = int(again[0])
        yield (
            f"{len(again):,} of {len(hashes):,} images are copies of earlier ones, byte by byte, the first "
            f"is {files.where(one)} (of {files.where(int(first[which[one]]))}): they weigh more; "
            'deduplicate = "exact" leaves them out'
        )


def of_two_kinds(looks: Mapping[int, Look]) -> Iterator[str]:
    """Say that images are of two sizes, or of two shapes, with none between.

    Parameters
    ----------
    looks
        Those of train.
    """
    sides = np.array([min(one.height, one.width) for one in looks.values()], dtype=np.float64)
    wide = np.array([one.width / one.height for one in looks.values()])
    small = _gap(sides)
    if small and small[2] / small[1] >= APART and small[1] < SMALL:
        number, below, above = small
        yield (
            f"{number:,} of {len(looks):,} images have {below:g} pixels a side or fewer, the others "
            f"{above:g} or more: enlarged they are blurred, and clusters may be of this; leave them out, if "
            "the others are enough"
        )
    shape = _gap(wide)
    if shape and shape[2] / shape[1] >= LONGER:
        number, below, above = shape
        yield (
            f"{number:,} of {len(looks):,} images are at most {below:.2g} times as wide as high, the others "
            f"at least {above:.2g} times: brought to one shape, clusters may be of this; cut the long ones "
            "into pieces, if they are strips"
        )


def _gap(values: DoubleArray) -> tuple[int, float, float] | None:
    """Return how many values lie below the widest gap, by factors, and what it lies between."""
    ordered = np.sort(values)
    least = max(FEWEST_OF_TWO[0], int(np.ceil(FEWEST_OF_TWO[1] * len(ordered))))
    steps = ordered[least : len(ordered) - least + 1] / ordered[least - 1 : len(ordered) - least]
    if not len(steps):
        return None
    at = least + int(steps.argmax())
    return at, float(ordered[at - 1]), float(ordered[at])


def some_grey(images: Sequence[Pixels]) -> Iterator[str]:
    """Say that some images are grey, and others in colour."""
    number = sum(_is_grey(image) for image in images)
    least = max(FEWEST_OF_TWO[0], FEWEST_OF_TWO[1] * len(images))
    if least <= number <= len(images) - least:
        yield (
            f"{number:,} of {len(images):,} images that were looked at are grey, the others in colour: "
            "clusters may be of this; channels = 1 reads all in grey"
        )


def _is_grey(image: Pixels) -> bool:
    """Tell whether an image of three channels has no colour anywhere."""
    return image.shape[2] == 3 and int(np.ptp(image.astype(np.int16), axis=2).max()) <= COLOURLESS


def dark(items: Items, form: PixelFormat) -> Iterator[str]:
    """Say that images in memory have few of 256 grey levels: as pixels they hardly differ."""
    if not isinstance(items, Images) or form.levels not in (None, EIGHT_BITS) or not len(items):
        return
    at = evenly(len(items), FEW_LOOKED_AT)
    some = items.take(at)
    low, high = int(some.min()), int(some.max())
    if 0 < high - low < FEW_LEVELS:
        yield (
            f"the values of the images lie from {low} to {high}, of 0 to 255: all look nearly alike to an "
            "encoder; if they are classes of pixels or a part of a range, write them from 0 to 255"
        )


def half_grey(images: Sequence[Pixels]) -> Iterator[str]:
    """Say that some images end in grey, as those whose files were cut short and saved again."""
    number = sum(map(_ends_in_grey, images))
    if max(FEWEST, FEWEST_OF * len(images)) <= number < len(images) / 2:
        yield (
            f"{number:,} of {len(images):,} images that were looked at are grey ({NO_LIGHT}) below a row, as "
            "where a file was cut short: get them anew, if they are"
        )


def _ends_in_grey(image: Pixels) -> bool:
    """Tell whether rows at the end are grey without any light or shade, and those above are not."""
    near: BoolArray = np.abs(image.astype(np.int16) - NO_LIGHT) <= NEARLY
    flat: BoolArray = np.all(near, axis=(1, 2))
    rows = len(flat) if flat.all() else int(flat[::-1].argmin())
    return LOST_ROWS * len(flat) <= rows < len(flat) and not flat[0]


def barred(images: Sequence[Pixels]) -> Iterator[str]:
    """Say that some images have bars of one colour at two opposite edges, as films have, and others none."""
    kinds = [_bars(image) or _bars(image.swapaxes(0, 1)) for image in images]
    number = sum(kind != "" for kind in kinds)
    if max(FEWEST, FEWEST_BARRED * len(images)) <= number <= (1 - FEWEST_BARRED) * len(images):
        called = "black bars" if kinds.count("black") == number else "bars of one colour"
        yield (
            f"{number:,} of {len(images):,} images that were looked at have {called} at two opposite "
            "edges: clusters may be of those that have some; cut them off, if they are none of the picture"
        )


def _bars(image: Pixels) -> str:
    """Return what as many rows at both ends are, of one colour and with others between; empty for none."""
    grey: DoubleArray = image.mean(axis=2)
    colour = float(np.median(grey[0]))
    near: BoolArray = np.abs(grey - colour) <= (BLACK if colour < BLACK else NEAR_BAR)
    flat: BoolArray = np.all(near, axis=1)
    if flat.all() or not (flat[0] and flat[-1]):
        return ""
    above, below = int((~flat).argmax()), int((~flat)[::-1].argmax())
    lit = [float((~near[row]).mean()) for row in (above, len(grey) - 1 - below)]
    least = BAR * len(grey)
    if min(above, below) < least or abs(above - below) > max(1, least) or min(lit) <= LIT:
        return ""
    return "black" if colour < BLACK else "coloured"


def captioned(images: Sequence[Pixels]) -> Iterator[str]:
    """Say that some images have a strip of one colour, with or without signs, at one edge, and others none.

    Cameras write date and time on one, and pages of the web a name.
    """
    strips = Counter(strip for image in images if (strip := _strip(image)) is not None)
    (edge, _, _), number = strips.most_common(1)[0] if strips else (("", 0, 0), 0)
    least = max(FEWEST, FEWEST_BARRED * len(images))
    if least <= number <= len(images) - least:
        yield (
            f"{number:,} of {len(images):,} images that were looked at have a strip of one colour at the "
            f"{edge}, as cameras write date and time on: clusters may be of it; cut it off"
        )


def _strip(image: Pixels) -> tuple[str, int, int] | None:
    """Return the edge of a strip across the image, its height in per cent, and its grey; None for none."""
    grey: DoubleArray = image.mean(axis=2)
    for edge, rows in (("top", grey), ("bottom", grey[::-1])):
        colour = float(np.median(rows[0]))
        share: DoubleArray = (np.abs(rows - colour) <= NEAR_STRIP).mean(axis=1)
        beyond = share < IN_STRIP
        at = int(beyond.argmax())
        if (
            STRIP[0] * len(rows) <= at <= STRIP[1] * len(rows)
            and beyond[at]
            and share[at - 1] > FULL
        ):
            return edge, round(100 * at / len(rows)), round(colour / (2 * NEAR_STRIP))
    return None


def dim(images: Sequence[Pixels]) -> Iterator[str]:
    """Say that some images have no bright value, and all others have, with none between."""
    ends = np.array([np.quantile(image, (1 - ALMOST, ALMOST)) for image in images]).reshape(-1, 2)
    found = _gap(np.maximum(ends[:, 1], 1)) if (np.diff(ends) >= FEW_LEVELS / 4).all() else None
    if found and found[1] <= DIM and found[2] / found[1] >= APART:
        number, below, above = found
        yield (
            f"{number:,} of {len(images):,} images that were looked at have hardly a value above {below:.0f} "
            f"of 255, the others reach {above:.0f} or more: clusters may be of this; bring each to its range "
            "(PIL.ImageOps.autocontrast)"
        )


def negatives(images: Sequence[Pixels]) -> Iterator[str]:
    """Say that some images are light on dark and others dark on light, and alike if these are turned."""
    small = [_small(image) for image in images]
    edges = [np.median(np.concatenate([one[0], one[-1], one[:, 0], one[:, -1]])) for one in small]
    light_on_dark = [one for one, edge in zip(small, edges, strict=True) if edge < DARK_EDGE]
    dark_on_light = [one for one, edge in zip(small, edges, strict=True) if edge > 255 - DARK_EDGE]
    few = min(len(light_on_dark), len(dark_on_light))
    both = len(light_on_dark) + len(dark_on_light)
    if few < max(FEW_OF_A_KIND, FEWEST_OF_TWO[1] * len(images)) or both < NEARLY_ALL * len(images):
        return
    turned, others = 255 - np.stack(light_on_dark), np.stack(dark_on_light)
    across = _nearest(turned, others) + _nearest(others, turned)
    if across < AS_NEAR * (_nearest(turned, turned) + _nearest(others, others)):
        yield (
            f"{len(light_on_dark):,} of {len(images):,} images that were looked at are light on dark, the "
            "others dark on light, and alike but for this: clusters may be of it; turn those of one kind "
            "(PIL.ImageOps.invert)"
        )


def _small(image: Pixels) -> DoubleArray:
    """Return the greys of an image at 16 × 16 places."""
    rows, columns = (np.linspace(0, side - 1, PLACES).astype(int) for side in image.shape[:2])
    small: DoubleArray = image[np.ix_(rows, columns)].mean(axis=2, dtype=np.float64)
    return small


def _nearest(images: DoubleArray, others: DoubleArray) -> float:
    """Return how far the nearest of others, and not itself, is from an image, in the middle."""
    one, two = images.reshape(len(images), -1), others.reshape(len(others), -1)
    apart = np.square(one).sum(axis=1)[:, None] + np.square(two).sum(axis=1) - 2 * one @ two.T
    if images is others:
        np.fill_diagonal(apart, np.inf)
    return float(np.sqrt(np.median(np.maximum(apart.min(axis=1), 0))))


def two_alignments(values: Sequence[DoubleArray]) -> Iterator[str]:
    """Say that images of 12 bits stand in the upper bits of 16 in some files, in the lower in others.

    Parameters
    ----------
    values
        Some values of each image beyond eight bits.
    """
    for shift in SHIFTS:
        upper = sum(_are_in_upper_bits(some, shift) for some in values)
        lower = sum(some.max(initial=0) < 2 ** (16 - shift) for some in values)
        if upper + lower == len(values) and min(upper, lower) >= max(
            FEWEST, FEWEST_OF * len(values)
        ):
            yield (
                f"{upper:,} of {len(values):,} images have {16 - shift} bits as the upper ones of 16 (their "
                f"values are multiples of {2**shift}), the others as the lower: divide the first by "
                f"{2**shift}"
            )
            return


def _are_in_upper_bits(some: DoubleArray, shift: int) -> bool:
    return some.max(initial=0) >= 2 ** (16 - shift) and not np.any(some % 2**shift)


def of_looks(looks: Mapping[str, Mapping[int, Look]], form: PixelFormat) -> Iterator[str]:
    """Say how many images were read otherwise than they lie in their files."""
    every = [one for listed in looks.values() for one in listed.values()]
    counts = Counter(trait for one in every for trait in one.traits)
    low, high = form.levels or (0, 65535)
    yield from (
        f"{counts[trait]:,} of {len(every):,} images: {text.format(low=low, high=high)}"
        for trait, text in _TRAITS.items()
        if counts[trait] and (trait != "deep" or form.levels != EIGHT_BITS)
    )
