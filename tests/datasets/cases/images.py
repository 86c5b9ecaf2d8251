"""Folders of images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from .case import Case

GREY = np.full((2, 3), 100, np.uint8)


def images(**named: Image.Image | bytes) -> Callable[[Path], object]:
    """Return what writes images, or files that are none, by their names (``__`` for the dot)."""

    def write(folder: Path) -> None:
        for name, content in named.items():
            path = folder / "i" / name.replace("__", ".")
            path.parent.mkdir(exist_ok=True)
            if isinstance(content, bytes):
                path.write_bytes(content)
            else:
                kind = {".jfif": "JPEG", ".jpe": "JPEG"}.get(path.suffix)
                content.save(path, kind)

    return write


def np_image(array: np.ndarray) -> Image.Image:
    """Return an image of pixels."""
    return Image.fromarray(array)


def tinted(value: int, red: int) -> np.ndarray:
    """Return pixels in colour, grey where they are no redder."""
    return np.full((20, 20, 3), value, np.uint8) + np.array([red, 0, 0], np.uint8)


def deep(value: float, kind: type) -> Image.Image:
    """Return an image whose values are not eight bits."""
    return Image.fromarray(np.full((2, 3), value, kind))


def turned(path: Path) -> None:
    """Write an image that its camera says to turn."""
    exif = Image.Exif()
    exif[0x0112] = 6
    (path / "i").mkdir()
    Image.fromarray(GREY).save(path / "i" / "a.jpg", exif=exif)


def frames(path: Path) -> None:
    """Write an animation of two frames."""
    (path / "i").mkdir()
    dark, bright = (Image.new("RGB", (3, 2), (value,) * 3) for value in (50, 250))
    dark.save(path / "i" / "a.gif", save_all=True, append_images=[bright])


def classes(folder: Path) -> None:
    """Write two folders of classes and a hidden one."""
    for name in ("cat", "dog", ".cache"):
        (folder / "i" / name).mkdir(parents=True)
        Image.fromarray(GREY).save(folder / "i" / name / "1.png")


FOLDER = {"path": "i"}
DROP = {"path": "i", "missing": "drop"}
PAIR = {"a__png": Image.fromarray(GREY), "b__png": Image.new("RGB", (3, 2))}
SIZES = {"a__png": Image.fromarray(GREY), "b__png": Image.fromarray(GREY.T)}
NAMES = ("_DSC0001__JPG", "a__jfif", "b__jpe", "c__avif", "d__webp", "e__TIF")
SCAN = {"a__tif": deep(-1000, np.int32), "b__tif": deep(40, np.int32)}
LETTER = {"a__jpg": b"Dear all", "b__png": Image.fromarray(GREY)}
SPOTS = np.add.outer(np.arange(40) ** 2 % 37, np.arange(40) * 90 // 40).astype(np.uint8)
COPIES = {
    "a__png": Image.fromarray(SPOTS),
    "b__png": Image.fromarray(SPOTS),
    "c__png": Image.fromarray(SPOTS[::-1]),
    "d__png": Image.fromarray(SPOTS).resize((20, 20)),
}
BANDS = {
    f"{name}__png": Image.fromarray(np.dstack([SPOTS, SPOTS, SPOTS, opacity]).astype(np.uint8))
    for name, opacity in (("a", SPOTS * 0 + 255), ("b", SPOTS * 0), ("c", SPOTS.T + 9))
}

CASES = (
    Case(
        "one folder per class; hidden ones are passed over",
        classes,
        FOLDER,
        "train: 2 × image (2, 3, 1) of 100 (2, 3, 1) of 100, labels cat dog, ids cat/1.png "
        "dog/1.png",
    ),
    Case(
        "names of cameras, phones and browsers",
        images(**dict.fromkeys(NAMES, Image.fromarray(GREY))),
        FOLDER,
        "train: 6 × image (2, 3, 3) of 100 (2, 3, 3) of 100 (2, 3, 3) of 100 (2, 3, 3) of 100 "
        "…, ids _DSC0001.JPG a.jfif b.jpe c.avif",
    ),
    Case(
        "images that are there twice",
        images(**{f"{n:02}__png": np_image(tinted(5 * (n % 16), 9)) for n in range(32)}),
        FOLDER,
        'train: 32 × image (20, 20, 3) of 3 (20, 20, 3) of 8 (20, 20, 3) of 13 (20, 20, 3) of 18 …, ids 00.png 01.png 02.png 03.png. 16 of 32 images are copies of earlier ones, byte by byte, the first is i/16.png (of i/00.png): they weigh more; deduplicate = "exact" leaves them out',
    ),
    Case(
        "images that are there twice, which count once",
        images(**{f"{n:02}__png": np_image(tinted(5 * (n % 16), 9)) for n in range(32)}),
        {**FOLDER, "deduplicate": "exact"},
        "train: 16 × image (20, 20, 3) of 3 (20, 20, 3) of 8 (20, 20, 3) of 13 (20, 20, 3) of 18 …, ids 00.png 01.png 02.png 03.png. left out: 16 of train, a copy of another row",
    ),
    Case(
        "other files next to the images",
        images(a__png=Image.fromarray(GREY), notes__txt=b"x", Thumbs__db=b"x"),
        FOLDER,
        "train: 1 × image (2, 3, 1) of 100, ids a.png. left out: 2, not an image. 2 rows left "
        "out, not an image: Thumbs.db, notes.txt",
    ),
    Case(
        "transparent PNG",
        images(a__png=Image.new("RGBA", (3, 2), (9, 9, 9, 0))),
        FOLDER,
        'train: 1 × image (2, 3, 3) of 255, ids a.png. 1 of 1 images: transparent, put on background = #ffffff; if that is no opacity, set background = "none"',
    ),
    Case(
        "transparent PNG, on black",
        images(a__png=Image.new("LA", (3, 2), (9, 0))),
        FOLDER | {"background": "#000000"},
        'train: 1 × image (2, 3, 1) of 0, ids a.png. 1 of 1 images: transparent, put on background = #000000; if that is no opacity, set background = "none"',
    ),
    Case(
        "PNG with opacity: full, never set, a fourth band",
        images(**BANDS),
        FOLDER,
        'train: 3 × image (40, 40, 3) of 60 (40, 40, 3) of 60 (40, 40, 3) of 202, ids a.png b.png c.png. 1 of 3 images: transparent, put on background = #ffffff; if that is no opacity, set background = "none". 1 of 3 images: opacity is 0 everywhere, so it is ignored',
    ),
    Case(
        "PNG with opacity, ignored",
        images(**BANDS),
        {**FOLDER, "background": "none"},
        "train: 3 × image (40, 40, 3) of 60 (40, 40, 3) of 60 (40, 40, 3) of 60, ids a.png b.png c.png",
    ),
    Case(
        "a photograph on its side",
        turned,
        FOLDER,
        "train: 1 × image (3, 2, 1) of 100, ids a.jpg. 1 of 1 images: turned upright, as their"
        " EXIF data say",
    ),
    Case(
        "12 bits in 16",
        images(a__png=deep(1000, np.uint16), b__png=deep(4000, np.uint16)),
        FOLDER,
        "train: 2 × image (2, 3, 1) of 62 (2, 3, 1) of 249, ids a.png b.png. 2 of 2 images: of"
        " more than eight bits, 0 to 4095 brought to 0 to 255",
    ),
    Case(
        "TIFF of fractions",
        images(a__tif=deep(0.5, np.float32)),
        FOLDER,
        "train: 1 × image (2, 3, 1) of 128, ids a.tif. 1 of 1 images: of more than eight bits,"
        " 0 to 1 brought to 0 to 255",
    ),
    Case(
        "TIFF of Hounsfield units",
        images(**SCAN),
        FOLDER,
        "train: 2 × image (2, 3, 1) of 0 (2, 3, 1) of 255, ids a.tif b.tif. 2 of 2 images: of "
        "more than eight bits, -1000 to 40 brought to 0 to 255",
    ),
    Case(
        "TIFF of Hounsfield units, between levels",
        images(**SCAN),
        FOLDER | {"levels": [-160.0, 240.0]},
        "train: 2 × image (2, 3, 1) of 0 (2, 3, 1) of 127, ids a.tif b.tif. 2 of 2 images: of "
        "more than eight bits, -160 to 240 brought to 0 to 255",
    ),
    Case(
        "CMYK",
        images(a__jpg=Image.new("CMYK", (3, 2), (0, 0, 0, 155))),
        FOLDER,
        "train: 1 × image (2, 3, 3) of 100, ids a.jpg",
    ),
    Case(
        "1 bit",
        images(a__png=Image.new("1", (3, 2), 1)),
        FOLDER,
        "train: 1 × image (2, 3, 1) of 255, ids a.png",
    ),
    Case(
        "animation",
        frames,
        FOLDER,
        "train: 1 × image (2, 3, 3) of 50, ids a.gif. 1 of 1 images: of several frames or "
        "pages, of which the first is read",
    ),
    Case(
        "a letter named .jpg",
        images(**LETTER),
        FOLDER,
        "Refused: path: 1 of 2 images can't be read: i/a.jpg (not an image); repair them, or "
        'set missing = "drop"',
    ),
    Case(
        "a letter named .jpg, dropped",
        images(**LETTER),
        DROP,
        "train: 1 × image (2, 3, 1) of 100, ids b.png. left out: 1 of train, unreadable: not "
        "an image. 1 row of train left out, unreadable: not an image: a.jpg",
    ),
    Case(
        "an empty image",
        images(**LETTER | {"a__jpg": b""}),
        DROP,
        "train: 1 × image (2, 3, 1) of 100, ids b.png. left out: 1 of train, unreadable: empty"
        " file. 1 row of train left out, unreadable: empty file: a.jpg",
    ),
    Case(
        "decompression bomb",
        images(a__ppm=b"P6\n65536 65536\n255\n"),
        FOLDER,
        "Refused: path: 1 of 1 images can't be read: i/a.ppm (more than 178,956,970 pixels); "
        'repair them, or set missing = "drop"',
    ),
    Case(
        "images of several sizes",
        images(**SIZES),
        FOLDER,
        "train: 2 × image (2, 3, 1) of 100 (3, 2, 1) of 100, ids a.png b.png",
    ),
    Case(
        "images of several sizes, scaled",
        images(**SIZES),
        FOLDER | {"resize": [4, 4]},
        "train: 2 × image (4, 4, 1) of 100 (4, 4, 1) of 100, ids a.png b.png",
    ),
    Case(
        "grey and colour",
        images(**PAIR),
        FOLDER,
        "train: 2 × image (2, 3, 3) of 100 (2, 3, 3) of 0, ids a.png b.png",
    ),
    Case(
        "grey and colour, all in grey",
        images(**PAIR),
        FOLDER | {"channels": 1},
        "train: 2 × image (2, 3, 1) of 100 (2, 3, 1) of 0, ids a.png b.png",
    ),
    Case(
        "copies left out",
        images(**COPIES),
        FOLDER | {"deduplicate": "exact"},
        "train: 3 × image (40, 40, 1) of 60 (40, 40, 1) of 60 (20, 20, 1) of 60, ids a.png c.png "
        "d.png. left out: 1 of train, a copy of another row",
    ),
    Case(
        "copies and near copies left out, one broken",
        images(**COPIES, e__png=b"none"),
        DROP | {"deduplicate": "near"},
        "train: 2 × image (40, 40, 1) of 60 (40, 40, 1) of 60, ids a.png c.png. left out: 1 of "
        "train, a copy of another row. left out: 1 of train, nearly a copy of another row. left out: "
        "1 of train, unreadable: not an image. 1 row of train left out, unreadable: not an image: e.png",
    ),
    Case(
        "png, half of them grey",
        images(**{f"i{n:02}__png": np_image(tinted(80 + 9 * n, 30 * (n % 2))) for n in range(12)}),
        FOLDER,
        "train: 12 × image (20, 20, 3) of 80 (20, 20, 3) of 99 (20, 20, 3) of 98 (20, 20, 3) of 117 …, ids i00.png i01.png i02.png i03.png. 6 of 12 images that were looked at are grey, the others in colour: clusters may be of this; channels = 1 reads all in grey",
    ),
    Case(
        "png, half of them of a few pixels",
        images(
            **{
                f"i{n:02}__png": np_image(np.full((8 if n % 2 else 40,) * 2, 80 + 9 * n, np.uint8))
                for n in range(12)
            }
        ),
        FOLDER,
        "train: 12 × image (40, 40, 1) of 80 (8, 8, 1) of 89 (40, 40, 1) of 98 (8, 8, 1) of 107 …, ids i00.png i01.png i02.png i03.png. 6 of 12 images have 8 pixels a side or fewer, the others 40 or more: enlarged they are blurred, and clusters may be of this; leave them out, if the others are enough",
    ),
    Case(
        "png, half of them long strips",
        images(
            **{
                f"i{n:02}__png": np_image(np.full((20, 90 if n % 2 else 22), 80 + 9 * n, np.uint8))
                for n in range(12)
            }
        ),
        FOLDER,
        "train: 12 × image (20, 22, 1) of 80 (20, 90, 1) of 89 (20, 22, 1) of 98 (20, 90, 1) of 107 …, ids i00.png i01.png i02.png i03.png. 6 of 12 images are at most 1.1 times as wide as high, the others at least 4.5 times: brought to one shape, clusters may be of this; cut the long ones into pieces, if they are strips",
    ),
    Case(
        "png, upright and lying ones",
        images(
            **{
                f"i{n:02}__png": np_image(
                    np.full((20, 32) if n % 2 else (32, 20), 80 + 9 * n, np.uint8)
                )
                for n in range(12)
            }
        ),
        FOLDER,
        "train: 12 × image (32, 20, 1) of 80 (20, 32, 1) of 89 (32, 20, 1) of 98 (20, 32, 1) of 107 …, ids i00.png i01.png i02.png i03.png",
    ),
    Case(
        "png, half of them with a strip of a camera",
        images(
            **{
                f"i{n:02}__png": np_image(
                    np.concatenate(
                        [
                            np.arange(32 * 40, dtype=np.uint16).reshape(32, 40).astype(np.uint8),
                            np.full((6, 40), 0 if n % 2 else 90 + n, np.uint8),
                        ]
                    )
                    if n % 2
                    else (np.arange(38 * 40) * (n + 3)).reshape(38, 40).astype(np.uint8)
                )
                for n in range(12)
            }
        ),
        FOLDER,
        "train: 12 × image (38, 40, 1) of 126 (38, 40, 1) of 107 (38, 40, 1) of 127 (38, 40, 1) of 107 …, ids i00.png i01.png i02.png i03.png. 6 of 12 images that were looked at have a strip of one colour at the bottom, as cameras write date and time on: clusters may be of it; cut it off",
    ),
    Case(
        "jpg, black bars in some",
        images(
            **{
                f"i{n:02}__png": np_image(
                    np.pad(np.full((24, 40, 3), 60 + 9 * n, np.uint8), ((4, 4), (0, 0), (0, 0)))
                    if n % 2
                    else np.full((32, 40, 3), 60 + 9 * n, np.uint8)
                )
                for n in range(12)
            }
        ),
        FOLDER,
        "train: 12 × image (32, 40, 3) of 60 (32, 40, 3) of 52 (32, 40, 3) of 78 (32, 40, 3) of 65 …, ids i00.png i01.png i02.png i03.png. 6 of 12 images that were looked at have black bars at two opposite edges: clusters may be of those that have some; cut them off, if they are none of the picture",
    ),
    Case(
        "jpg, grey bars in some",
        images(
            **{
                f"i{n:02}__png": np_image(
                    np.pad(
                        np.full((24, 40, 3), 60 + 9 * n, np.uint8),
                        ((4, 4), (0, 0), (0, 0)),
                        constant_values=30,
                    )
                    if n % 2
                    else np.full((32, 40, 3), 60 + 9 * n, np.uint8)
                )
                for n in range(12)
            }
        ),
        FOLDER,
        "train: 12 × image (32, 40, 3) of 60 (32, 40, 3) of 59 (32, 40, 3) of 78 (32, 40, 3) of 73 …, ids i00.png i01.png i02.png i03.png. 6 of 12 images that were looked at have bars of one colour at two opposite edges: clusters may be of those that have some; cut them off, if they are none of the picture",
    ),
    Case(
        "png, light things on black",
        images(
            **{
                f"i{n:02}__png": np_image(
                    np.pad(
                        np.full((8 + n, 9, 3), 90 + 9 * n, np.uint8),
                        ((8, 16 - n), (10, 13), (0, 0)),
                    )
                    if n % 2
                    else np.full((32, 32, 3), 60 + 9 * n, np.uint8)
                )
                for n in range(12)
            }
        ),
        FOLDER,
        "train: 12 × image (32, 32, 3) of 60 (32, 32, 3) of 8 (32, 32, 3) of 78 (32, 32, 3) of 11 …, ids i00.png i01.png i02.png i03.png",
    ),
)
