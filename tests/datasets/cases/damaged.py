"""Files that were damaged on their way, kinds of Arrow, and images that are named in other ways."""

import gzip
import io
import uuid
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from .case import Case
from .writers import Write, arrow_stream, file, parquet, pictures, several

VALUES = np.arange(120) * 1.25
NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8))
TABLE = {"path": "d.parquet", "features": "all"}
IMAGES = {"path": "d.parquet", "image": "image"}


def damaged(name: str) -> Write:
    """Write a parquet file with checksums, and another value over one of its values."""

    def write(folder: Path) -> None:
        kept = {"use_dictionary": False, "compression": "none"}
        table = pa.table({"a": VALUES, "b": VALUES[::-1]})
        pq.write_table(table, folder / name, write_page_checksum=True, **kept)
        content = (folder / name).read_bytes()
        old, new = np.float64(VALUES[7]).tobytes(), np.float64(99).tobytes()
        (folder / name).write_bytes(content.replace(old, new, 1))

    return write


def cut(name: str, *columns: str) -> Write:
    """Write an Arrow stream without its end mark."""

    def write(folder: Path) -> None:
        arrow_stream(name, **{column: [1, 2] for column in columns})(folder)
        (folder / name).write_bytes((folder / name).read_bytes()[:-8])

    return write


def jpeg(image: Image.Image, missing: bool = False, zeros: bool = False, **how: object) -> bytes:
    """Return a JPEG whose second half is missing, or zeros."""
    stream = io.BytesIO()
    image.save(stream, "JPEG", **how)
    content = stream.getvalue()
    half = len(content) - 500
    rest = b"" if missing else bytes(498) if zeros else content[half:-2]
    return content[:half] + rest + content[-2:]


def structs(*paths: str | None, image: bytes | None = None) -> Write:
    """Write images as the library datasets does, the first with bytes."""
    values = [{"bytes": None if n else image, "path": path} for n, path in enumerate(paths)]
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    return parquet("d.parquet", image=pa.array(values, kind))


def grey() -> bytes:
    """Return a grey PNG."""
    stream = io.BytesIO()
    Image.new("L", (3, 2), 100).save(stream, "PNG")
    return stream.getvalue()


PLAIN = jpeg(Image.new("L", (48, 48), 128), optimize=True)
TENSOR = pa.FixedShapeTensorArray.from_numpy_ndarray(np.arange(8.0).reshape(2, 2, 2))
KEYS = [uuid.UUID(int=value).bytes for value in (1, 2)]

CASES = (
    Case(
        "parquet, values that its checksums do not fit",
        damaged("d.parquet"),
        TABLE,
        "Refused: path: d.parquet is damaged: its checksums don't fit its values; copy it again",
    ),
    Case(
        "Arrow stream without its end mark",
        cut("d.arrow", "a", "b"),
        {**TABLE, "path": "d.arrow"},
        "train: 2 × table a, b: (1, 1) (2, 2). d.arrow has no end mark: its writer may have stopped early; 2 rows were read",
    ),
    Case(
        "gzip with other bytes behind it",
        file("d.csv.gz", gzip.compress(b"a,b\n1,2\n3,4\n", mtime=0) + b"and so on"),
        {**TABLE, "path": "d.csv.gz"},
        "Refused: path: d.csv.gz has bytes after its gzip data that are no gzip; copy it again, or unpack it with gunzip, which leaves them out",
    ),
    Case(
        "JPEG, cut short but with its end mark",
        several(file("i/a.jpg", PLAIN), file("i/b.jpg", jpeg(NOISE, missing=True))),
        {"path": "i"},
        'Refused: path: 1 of 2 images can\'t be read: i/b.jpg (cut short); repair them, or set missing = "drop"',
    ),
    Case(
        "JPEG with zeros in place of its data",
        several(file("i/a.jpg", PLAIN), file("i/b.jpg", jpeg(NOISE, zeros=True))),
        {"path": "i", "missing": "drop"},
        "train: 1 × image (48, 48, 1) of 128, ids a.jpg. left out: 1 of train, unreadable: zeros in place of its data. 1 row of train left out, unreadable: zeros in place of its data: b.jpg",
    ),
    Case(
        "images of the Hub, paths alone",
        several(pictures("i/a.png"), structs("i/a.png", None)),
        {**IMAGES, "missing": "drop"},
        "train: 1 × image (2, 3, 1) of 100. left out: 1 of train, no image. 1 of the 2 rows of train has no image; left out",
    ),
    Case(
        "images of the Hub, some with paths alone",
        several(pictures("i/b.png"), structs("a.png", "i/b.png", image=grey())),
        IMAGES,
        "train: 2 × image (2, 3, 1) of 100 (2, 3, 1) of 100",
    ),
    Case(
        "paths of images, accents written as macOS does",
        several(pictures("cafe\u0301.png"), file("d.csv", "file\ncaf\u00e9.png\n")),
        {"path": "d.csv", "image": "file"},
        "train: 1 × image (2, 3, 1) of 100",
    ),
    Case(
        "Arrow stream, runs of equal values",
        arrow_stream(
            "d.arrow", a=pa.RunEndEncodedArray.from_arrays([1, 3], [1.5, 2.5]), b=[1, 2, 3]
        ),
        {**TABLE, "path": "d.arrow"},
        "train: 3 × table a, b: (1.5, 1) (2.5, 2) (2.5, 3)",
    ),
    Case(
        "parquet, tensors",
        parquet("d.parquet", v=TENSOR),
        TABLE,
        "train: 2 × table v.0, v.1, v.2, v.3: (0, 1, 2, 3) (4, 5, 6, 7)",
    ),
    Case(
        "parquet, UUIDs for ids",
        parquet(
            "d.parquet",
            key=pa.ExtensionArray.from_storage(pa.uuid(), pa.array(KEYS, pa.binary(16))),
            a=[1, 2],
        ),
        {**TABLE, "id": "key"},
        "train: 2 × table a: (1) (2), ids 00000000-0000-0000-0000-000000000001 00000000-0000-0000-0000-000000000002",
    ),
)
