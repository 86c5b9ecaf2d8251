"""Images as pixels: orientation, transparency, values beyond eight bits, broken files."""

from __future__ import annotations

import io
import struct
import zlib
from importlib.util import find_spec

import numpy as np
import pytest
from PIL import Image

from clusterforge.pixels import (
    BrokenImage,
    PixelFormat,
    deep_range,
    eight_bits,
    from_array,
    levels,
    look,
    opened,
    prepared,
)

GREY, COLOUR = PixelFormat(1), PixelFormat(3)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def read(
    data: bytes, form: PixelFormat = COLOUR, size: tuple[int, int] | None = None
) -> np.ndarray:
    return opened(data, lambda image: prepared(image, form, size))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_upright_and_of_the_size_that_was_announced(kind: str, orientation: int) -> None:
    pixels = np.zeros((8, 16, 3), np.uint8)
    pixels[:4, :8] = 255  # the upper left corner is white
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 100} if kind in ("JPEG", "AVIF") else {}
    data = encoded(Image.fromarray(pixels), kind, exif=exif, **options)
    turns = {1: 0, 3: 2, 6: 3, 8: 1}[orientation]
    expected = np.rot90(pixels, turns)
    assert (look(data).height, look(data).width) == expected.shape[:2]
    assert ("turned" in look(data).traits) == (orientation != 1)
    assert np.abs(read(data).astype(int) - expected).max() < 40


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
@pytest.mark.parametrize("background", ["#ffffff", "#000000", "#ff0000"])
def test_transparency_shows_the_background(mode: str, background: str) -> None:
    image = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    image.putpixel((1, 0), (10, 10, 10, 255))
    image = image.convert("RGBA" if mode == "PA" else mode)
    if mode == "PA":
        image = image.quantize(4)
    data = encoded(image)
    assert "transparent" in look(data).traits
    clear, solid = read(data, PixelFormat(3, None, background))[0]
    assert clear.tolist() == [int(background[i : i + 2], 16) for i in (1, 3, 5)]
    assert np.abs(solid.astype(int) - 10).max() <= 1


def test_a_transparent_colour_and_half_transparency() -> None:
    image = Image.new("RGB", (1, 1), (7, 8, 9))
    assert read(encoded(image, transparency=(7, 8, 9)))[0, 0].tolist() == [255, 255, 255]
    half = Image.new("LA", (1, 1), (0, 128))
    assert abs(int(read(encoded(half), GREY)[0, 0, 0]) - 127) <= 1
    assert look(encoded(half)).grey


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([(0, 200, False)], (0, 255)),
        ([(0, 9, False), (3, 4000, False)], (0, 4095)),
        ([(0, 65535, False)], (0, 65535)),
        ([(0, 70000, False)], (0, 70000)),
        ([(-1000, 3000, False)], (-1000, 3000)),
        ([(0.1, 0.9, True)], (0, 1)),
        ([(0, 254.5, True)], (0, 255)),
        ([(0, 300.0, True)], (0, 300)),
        ([(5e9, 5e9, True)], (5e9, 5e9 + 1)),
        ([(np.inf, -np.inf, True)], None),
        ([], None),
    ],
)
def test_levels(ranges: list, expected: tuple[float, float] | None) -> None:
    assert levels(ranges) == expected


def test_values_between_the_levels() -> None:
    values = np.array([-1.0, 0.0, 0.5, 1.0, 9.0, np.nan, np.inf, -np.inf])
    assert eight_bits(values, (0, 1)).tolist() == [0, 0, 128, 255, 255, 0, 255, 0]
    with pytest.raises(BrokenImage, match="others have eight"):
        from_array(values[None], None)


@pytest.mark.parametrize(
    ("array", "kind"),
    [
        (np.full((2, 3), 2048, np.uint16), "PNG"),
        (np.full((2, 3), 2048, np.uint16), "TIFF"),
        (np.full((2, 3), 2048, np.int32), "TIFF"),
        (np.full((2, 3), 2048, np.float32), "TIFF"),
    ],
)
def test_twelve_bits_keep_their_range(array: np.ndarray, kind: str) -> None:
    data = encoded(Image.fromarray(array), kind)
    assert look(data).deep
    assert look(data).grey
    assert (read(data, PixelFormat(1, (0, 4095))) == 128).all()
    assert read(data, PixelFormat(3, (0, 4095))).tolist() == np.full((2, 3, 3), 128).tolist()
    assert np.array_equal(
        prepared(from_array(array, (0, 4095)), GREY), read(data, PixelFormat(1, (0, 4095)))
    )


@pytest.mark.parametrize(
    ("image", "kind", "expected"),
    [
        (Image.new("1", (1, 1), 1), "PNG", [255, 255, 255]),
        (Image.new("CMYK", (1, 1), (0, 255, 255, 0)), "TIFF", [255, 0, 0]),
        (Image.new("CMYK", (1, 1), (0, 255, 255, 0)), "JPEG", [255, 0, 0]),
        (Image.new("P", (1, 1), 1), "BMP", [0, 0, 0]),
        (Image.new("L", (1, 1), 9), "WEBP", [9, 9, 9]),
    ],
)
def test_other_modes(image: Image.Image, kind: str, expected: list[int]) -> None:
    assert np.abs(read(encoded(image, kind))[0, 0].astype(int) - expected).max() <= 2


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "WEBP", "PNG"])
def test_the_first_frame_is_read(kind: str) -> None:
    frames = [Image.new("RGB", (4, 4), (value, 0, 0)) for value in (250, 10)]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    assert "several frames" in look(data).traits
    assert read(data)[0, 0, 0] > 240


def test_the_second_image_of_a_photograph_is_no_frame() -> None:
    images = [Image.new("RGB", (4, 4), (value, 0, 0)) for value in (250, 10)]
    assert not look(encoded(images[0], "MPO", save_all=True, append_images=images[1:])).traits


@pytest.mark.parametrize("bits", [8, 16])
def test_a_tiff_whose_zero_is_white_is_turned_around(bits: int) -> None:
    values = np.full((8, 8), 32, f"<u{bits // 8}") << (bits - 8)
    data = values.astype(f"<u{bits // 8}").tobytes()
    short = {256: 8, 257: 8, 258: bits, 259: 1, 262: 0, 277: 1, 278: 8}
    long = {273: 8, 279: len(data)}
    tags = sorted(
        [(tag, 3, v) for tag, v in short.items()] + [(tag, 4, v) for tag, v in long.items()]
    )
    file = b"II*\0" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(tags))
    file += b"".join(struct.pack("<HHII", tag, kind, 1, v) for tag, kind, v in tags) + bytes(4)
    assert (read(file, PixelFormat(1, (0, 65535))) == 223).all()
    if bits == 16:
        assert opened(file, deep_range) == (65535 - 32 * 256, 65535 - 32 * 256, False)


def test_colour_of_sixteen_bits_is_said() -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 0))
    line = zlib.compress(b"\0" + struct.pack(">HHH", 0x1234, 0, 0xFFFF))
    data = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", line) + chunk(b"IEND", b"")
    assert look(data).traits == {"deep colour"}
    assert read(data)[0, 0].tolist() == [0x12, 0, 255]


NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40, 3)).astype(np.uint8))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty file"),
        (b"Dear all, please find attached", "not an image"),
        (encoded(NOISE)[:600], "cut short"),
        (encoded(NOISE, "JPEG")[:900], "cut short"),
        (encoded(NOISE, "BMP")[:600], "cut short"),
        (b"P6\n65536 65536\n255\n", "more than [0-9,]+ pixels"),
    ],
    ids=["empty", "text", "png", "jpeg", "bmp", "bomb"],
)
def test_broken_files_are_one_line(data: bytes, why: str) -> None:
    with pytest.raises(BrokenImage, match=why) as error:
        read(data)
    assert len(str(error.value)) < 120
    assert "\n" not in str(error.value)


@pytest.mark.skipif(find_spec("pillow_heif") is not None, reason="HEIC can be read")
def test_what_heic_needs_is_said() -> None:
    with pytest.raises(BrokenImage, match="HEIC needs the package pillow-heif"):
        look(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
