"""Images as pixels: what files, PIL images and arrays become before any encoder sees them.

One rule holds for all images of a data set, so that their brightness can be compared, and for new rows
of a finished run: orientation as the camera noted it, transparency on a background, values beyond eight
bits between two levels, grey or colour. Imports nothing but ``errors``; Pillow only when it is needed.
"""

from __future__ import annotations

import math
import re
import struct
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL import Image as Pillow

Pixels = npt.NDArray[np.uint8]
Levels = tuple[float, float]
Encoded = bytes | npt.NDArray[Any]
T = TypeVar("T")

WHITE, IGNORED = "#ffffff", "none"
_PNG = b"\x89PNG\r\n\x1a\n"
_ZEROS, _JPEG_END = bytes(64), b"\xff\xd9"
_PNG_MORE = (b"eXIf", b"acTL", b"iCCP")  # orientation, frames, colours
_PNG_GREY = (0, 4)
_PNG_OPACITY = (4, 6)
_DEEP = ("I", "I;16", "I;16B", "I;16L", "I;16N", "F")
_GREY = ("1", "L", "LA", "La", *_DEEP)
_COLOURS = ("RGB", "RGBA", "RGBX", "P", "PA", "CMYK")
PROFILES = 16  # of colours, that are remembered
_SRGB = re.compile(r"(?i)\bs-?RGB|IEC ?61966")
_OPACITY = ("LA", "La", "PA", "RGBA", "RGBa")
_ORIENTATION, _SIDEWAYS = 0x0112, (5, 6, 7, 8)
_BITS_PER_SAMPLE, _PHOTOMETRIC = 258, 262
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"mif1", b"msf1")
_SOME, _FEW_LEVELS = 500, 32  # values that are looked at, and grey levels that show little
_WHITE_POINTS = (255, 1023, 4095, 16383, 65535)

Opacity = Literal["full", "unset", "all of it", "partial"]
Trait = Literal["transparent", "turned", "several frames", "deep", "deep colour", "profile"]


class BrokenImage(Exception):
    """An image that can't be decoded; the message says why, in a few words."""


class DeepImage(BrokenImage):
    """An image of more than eight bits, where nothing says which values are black and white."""


@dataclass(frozen=True)
class PixelFormat:
    """How images become uint8 pixels; the same for all images of a data set.

    Parameters
    ----------
    channels
        1 for grey, 3 for colour.
    levels
        The values that become 0 and 255 in images of more than eight bits; None where there are none.
    background
        The colour that transparent images are put on, as ``#rrggbb``; ``none``: opacity is ignored.
    """

    channels: int
    levels: Levels | None = None
    background: str = WHITE


class Look(NamedTuple):
    """What an image says of itself before it is decoded.

    Parameters
    ----------
    height, width
        In pixels, after it is turned upright.
    grey
        Whether it has no colour.
    traits
        What about it a reader may want to know.
    """

    height: int
    width: int
    grey: bool
    traits: frozenset[Trait] = frozenset()

    @property
    def deep(self) -> bool:
        """Whether its values are not eight bits."""
        return "deep" in self.traits


def look(data: Encoded) -> Look:
    """Return what an image file, or an array in place of one, says of itself.

    Raises
    ------
    BrokenImage
        Where it is no image.
    """
    if isinstance(data, np.ndarray):
        if data.ndim not in (2, 3) or not data.size or data.shape[2:] not in ((), (1,), (3,), (4,)):
            raise BrokenImage(f"an array {data.shape}, not (height, width[, channels])")
        traits: dict[Trait, bool] = {
            "deep": data.dtype not in (np.uint8, np.bool_),
            "transparent": data.shape[2:] == (4,),
        }
        grey = data.shape[2:] in ((), (1,))
        return Look(
            data.shape[0], data.shape[1], grey, frozenset(t for t, holds in traits.items() if holds)
        )
    return _png_look(data) or opened(data, look_at)


def _png_look(data: bytes) -> Look | None:
    """Read the header of a plain PNG; None where there is more to know."""
    if data[:8] != _PNG or len(data) < 26 or any(mark in data for mark in _PNG_MORE):
        return None
    width, height, bits, colour = struct.unpack(">IIBB", data[16:26])
    if bits == 16:
        return None
    clear = colour in _PNG_OPACITY or b"tRNS" in data
    return Look(height, width, colour in _PNG_GREY, frozenset({"transparent"} if clear else ()))


def look_at(image: Pillow.Image) -> Look:
    """Return what a PIL image says of itself."""
    traits: set[Trait] = set()
    height, width = image.height, image.width
    bits = _bits(image)  # before the EXIF data of a PNG are read, which decodes it
    orientation = image.getexif().get(_ORIENTATION, 1)
    if orientation in range(2, 9):
        traits.add("turned")
        # Pillow turns a TIFF itself, and its size is already that of the upright image.
        if orientation in _SIDEWAYS and image.format != "TIFF":
            height, width = width, height
    if image.mode in _OPACITY or "transparency" in image.info:
        traits.add("transparent")
    # The second image of a telephone's file is its depth or brightness, no frame.
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
        traits.add("several frames")
    if image.mode in _COLOURS and _to_srgb(image.info.get("icc_profile"), image.mode):
        traits.add("profile")
    if image.mode in _DEEP:
        traits.add("deep")
    elif bits > 8:
        traits.add("deep colour")
    return Look(height, width, image.mode in _GREY, frozenset(traits))


def _bits(image: Pillow.Image) -> int:
    """Return the bits per value of the file, where Pillow reads only the upper eight of them."""
    tile = getattr(image, "tile", ())
    if image.format == "PNG" and tile:
        return 16 if "16" in str(tile[0][3]) else 8
    if image.format == "TIFF":
        return int(max(image.tag_v2.get(_BITS_PER_SAMPLE, (8,))))  # type: ignore[attr-defined]
    return 8


def from_array(values: npt.NDArray[Any], between: Levels | None) -> Pillow.Image:
    """Return an array (height, width[, channels]) as a PIL image.

    Raises
    ------
    BrokenImage
        Where its values are not eight bits, and no levels are known for them.
    """
    from PIL import Image

    if values.shape[2:] == (1,):
        values = values[..., 0]
    if values.dtype == np.bool_:
        values = values.astype(np.uint8) * np.uint8(255)
    elif between is None and values.dtype.kind in "iu" and values.size:
        # Whole numbers that bytes can hold are those of eight bits.
        values = values.astype(np.uint8) if 0 <= values.min() <= values.max() <= 255 else values
    if values.dtype != np.uint8:
        values = eight_bits(values, between)
    try:
        return Image.fromarray(np.ascontiguousarray(values))
    except TypeError:
        raise BrokenImage(f"an array {values.shape}, not (height, width[, channels])") from None


def range_of(data: Encoded) -> tuple[tuple[float, float, bool], npt.NDArray[np.float64]]:
    """Return :func:`value_range` of an image file beyond eight bits, or of an array, and some values."""
    if not isinstance(data, np.ndarray):
        return opened(data, lambda image: range_of(_deep_values(image, image)))
    at = np.linspace(0, data.size - 1, min(data.size, _SOME)).astype(np.int64)
    return value_range(data), data.reshape(-1)[at].astype(np.float64)


def crowded(some: npt.NDArray[np.float64], between: Levels) -> tuple[Levels, int] | None:
    """Return between which values nearly all lie, and in how many grey levels; None where these are enough.

    Parameters
    ----------
    some
        Some values of images beyond eight bits.
    between
        The values that become 0 and 255.
    """
    known = some[np.isfinite(some)]
    # What is apart from all others may be a sign for no value, or a broken pixel.
    inner = known[(known > known.min(initial=0)) & (known < known.max(initial=0))]
    if len(inner) < _SOME:
        return None
    low, high = (float(q) for q in np.quantile(inner, [0.001, 0.999]))
    levels_left = math.ceil(256 * (high - low) / (between[1] - between[0]))
    return ((low, high), levels_left) if low < high and levels_left <= _FEW_LEVELS else None


def deep_range(image: Pillow.Image) -> tuple[float, float, bool]:
    """Return the lowest and highest finite value of an image beyond eight bits, and if it has fractions.

    Without any finite value: (inf, -inf).
    """
    return value_range(_deep_values(image, image))


def _deep_values(image: Pillow.Image, file: Pillow.Image) -> npt.NDArray[Any]:
    """Return the values of an image beyond eight bits; those of a TIFF may have 0 as white."""
    values = np.asarray(image)  # Pillow turns only values of eight bits around
    tags = getattr(file, "tag_v2", {}) if image.mode.startswith("I;16") else {}
    return (1 << _bits(file)) - 1 - values if tags.get(_PHOTOMETRIC, 1) == 0 else values


def value_range(values: npt.NDArray[Any]) -> tuple[float, float, bool]:
    """Return the lowest and the highest finite value, and whether the type has fractions."""
    fractions = values.dtype.kind == "f"
    finite = values[np.isfinite(values)] if fractions else values
    if not finite.size:
        return float("inf"), float("-inf"), fractions
    return float(finite.min()), float(finite.max()), fractions


def levels(ranges: Iterable[tuple[float, float, bool]]) -> Levels | None:
    """Return the two values that become 0 and 255, from the ranges of all images beyond eight bits.

    Whole numbers from 0 on go up to the white point of 8, 10, 12, 14 or 16 bits that holds them;
    fractions within [0, 1] or [0, 255] have these levels; all else goes from the lowest to the highest.
    """
    listed = [one for one in ranges if one[0] <= one[1]]
    if not listed:
        return None
    low, high = min(one[0] for one in listed), max(one[1] for one in listed)
    white = (1, 255) if any(one[2] for one in listed) else _WHITE_POINTS
    if low >= 0:
        for point in white:
            if high <= point:
                return 0.0, float(point)
    return low, high if high > low else low + 1


def eight_bits(values: npt.NDArray[Any], between: Levels | None) -> Pixels:
    """Return values as uint8, of the same shape; what is not a number is 0.

    Raises
    ------
    BrokenImage
        Where the levels are not known, since all other images of the data set have eight bits.
    """
    if between is None:
        raise DeepImage("more than eight bits per value, others have eight")
    low, high = between
    scaled = (values.astype(np.float64) - low) * (255 / (high - low))
    return np.rint(np.clip(np.nan_to_num(scaled, posinf=255, neginf=0), 0, 255)).astype(np.uint8)


def prepared(image: Pillow.Image, form: PixelFormat, size: tuple[int, int] | None = None) -> Pixels:
    """Return an image's pixels: uint8 (height, width, channels).

    Parameters
    ----------
    image
        Any PIL image; of several frames the first.
    form
        How all images of the data set are read.
    size
        Height and width to scale it to.
    """
    from PIL import Image, ImageOps

    file, image = image, ImageOps.exif_transpose(image)
    change = None
    if image.mode in _COLOURS:
        change = _to_srgb(file.info.get("icc_profile"), image.mode)
    mode = "L" if form.channels == 1 else "RGB"
    if image.mode in _DEEP:
        image = Image.fromarray(eight_bits(_deep_values(image, file), form.levels))
    elif image.mode in _OPACITY or "transparency" in image.info:
        front = image.convert("RGBA")
        if change is not None:
            clear, front = front.getchannel("A"), change(front.convert("RGB"))
            front.putalpha(clear)
            change = None
        image = front
        if form.background != IGNORED and not _is_unset(front):
            behind = Image.new("RGBA", image.size, form.background)
            image = Image.alpha_composite(behind, front)
        image = image.convert("RGB")
    if change is None and image.mode != mode:
        image = image.convert(mode)
    if size is not None and image.size != (size[1], size[0]):
        image = image.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    if change is not None:
        image = change(image if image.mode == "CMYK" else image.convert("RGB")).convert(mode)
    return np.frombuffer(image.tobytes(), dtype=np.uint8).reshape(
        image.height, image.width, form.channels
    )


@lru_cache(PROFILES)
def _to_srgb(profile: bytes | None, mode: str) -> Callable[[Pillow.Image], Pillow.Image] | None:
    """Return what brings colours of a profile to sRGB; None where they are in it, or no profile is known."""
    from PIL import ImageCms

    if not profile:
        return None
    try:
        source = ImageCms.getOpenProfile(BytesIO(profile))
        called = ImageCms.getProfileDescription(source)
        space = source.profile.xcolor_space.strip()
        if _SRGB.search(called) or space != ("CMYK" if mode == "CMYK" else "RGB"):
            return None
        of = "CMYK" if mode == "CMYK" else "RGB"
        change = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), of, "RGB")
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None
    return lambda image: ImageCms.applyTransform(image, change) or image


def opacity(data: Encoded, form: PixelFormat) -> Opacity:
    """Return what the opacity of an image with such a channel is.

    ``full``: everywhere. ``unset``: 0 everywhere, above colours that differ: the image is read by these.
    ``all of it``: what it shows is lost on the background, where it has one colour. ``partial``: all else.

    Raises
    ------
    BrokenImage
        Where the image can't be decoded.
    """

    def of(image: Pillow.Image) -> Opacity:
        front = image.convert("RGBA")
        clear = np.asarray(front.getchannel("A"))
        if clear.min() == 255:
            return "full"
        if _is_unset(front):
            return "unset"
        shown = prepared(image, form)
        return (
            "all of it"
            if clear.min() < clear.max() and (shown == shown[:1, :1]).all()
            else "partial"
        )

    if not isinstance(data, np.ndarray):
        return opened(data, of)
    return of(from_array(data, form.levels))


def _is_unset(front: Pillow.Image) -> bool:
    """Tell whether opacity is 0 everywhere above colours that differ: no program has set it."""
    values = np.asarray(front)
    return not values[..., 3].any() and bool((values != values[:1, :1]).any())


def decoded(data: Encoded, form: PixelFormat, size: tuple[int, int] | None = None) -> Pixels:
    """Return the pixels of an image file, or of an array in place of one, as :func:`prepared` does.

    Raises
    ------
    BrokenImage
        Where it is no image, or can't be decoded.
    """
    if not isinstance(data, np.ndarray):
        return opened(data, lambda image: prepared(_complete(image, data), form, size))
    look(data)
    with reading():
        return prepared(from_array(data, form.levels), form, size)
    raise AssertionError


def _complete(image: Pillow.Image, data: bytes) -> Pillow.Image:
    """Return an image; refuse a JPEG without a part of its data, of which Pillow is not told."""
    from PIL import Image

    if image.format == "JPEG" and _ZEROS in data and _has_zeros(data):
        raise BrokenImage("zeros in place of its data")
    grey = (128,) * len(image.getbands())  # of blocks without data
    if image.format == "JPEG" and image.getpixel((image.width - 1, image.height - 1)) in (
        128,
        grey,
    ):
        before, _, after = data.rpartition(_JPEG_END)
        # Data behind the last block change nothing.
        longer = BytesIO(before + b"\0" + b"U" * 1024 + _JPEG_END + after)
        if Image.open(longer, formats=["JPEG"]).tobytes() != image.tobytes():
            raise BrokenImage("cut short")
    return image


def _has_zeros(data: bytes) -> bool:
    """Tell whether there are zeros in the scan of a JPEG that no image has: the first code ends no block."""
    at, components, code = 2, 0, b"\0"
    while data[at : at + 1] == b"\xff" and data[at + 1 : at + 2] != b"\xda":
        kind, end = data[at + 1], at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if kind in (0xC0, 0xC1):  # all components in one scan, no progressive ones
            components = data[at + 9]
        table = data[at + 4 : end] if kind == 0xC4 else b""
        while len(table) > 17:
            code = table[17:18] if table[0] == 0x10 else code
            table = table[17 + sum(table[1:17]) :]
        at = end
    scan = data[at : data.find(_JPEG_END, at)]
    return code != b"\0" and scan[4:5] == bytes([components]) and _ZEROS in scan


def opened(data: bytes, read: Callable[[Any], T]) -> T:
    """Return what is read of the image in a file's bytes.

    Raises
    ------
    BrokenImage
        Where the bytes are no image, or ``read`` can't decode it.
    """
    from PIL import Image

    if not data:
        raise BrokenImage("empty file")
    with reading(data), Image.open(BytesIO(data)) as image:
        return read(image)
    raise AssertionError


@contextmanager
def reading(data: bytes = b"") -> Iterator[None]:
    """Turn whatever Pillow raises into one line.

    Raises
    ------
    BrokenImage
        Where Pillow raises anything but a lack of memory.
    """
    from PIL import Image, UnidentifiedImageError

    _prepare_pillow()
    try:
        yield
    except (MemoryError, BrokenImage):
        raise
    except UnidentifiedImageError:
        if data[4:8] == b"ftyp" and data[8:12] in _HEIC:
            raise BrokenImage("HEIC needs the package pillow-heif") from None
        pointer = data.startswith(b"version https://git-lfs")
        if data.startswith((b"II*\0", b"MM\0*")):
            raise BrokenImage(
                "a TIFF of a kind that Pillow can't read: write one or three of its bands as .png"
            ) from None
        raise BrokenImage(
            "a pointer of Git LFS: run git lfs pull" if pointer else "not an image"
        ) from None
    except Image.DecompressionBombError:
        limit = 2 * (Image.MAX_IMAGE_PIXELS or 0)
        raise BrokenImage(f"more than {limit:,} pixels") from None
    except Exception as error:  # the decoders of rare formats raise anything
        truncated = isinstance(error, EOFError) or "truncated" in str(error).lower()
        why = "cut short" if truncated else " ".join(str(error).split())[:80]
        why = "damaged data" if why.startswith("decoder error") else why  # of libtiff
        raise BrokenImage(why or type(error).__name__) from None


@cache
def _prepare_pillow() -> None:
    """Have Pillow read HEIC, where a package for it is installed, and keep its remarks to itself."""
    from importlib import import_module

    # Large photographs are no attack, and remarks on odd metadata help nobody here.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    for name in ("pillow_heif", "pi_heif"):
        try:
            import_module(name).register_heif_opener()
        except Exception:  # noqa: S112 absent, or built for another Pillow
            continue
        return
