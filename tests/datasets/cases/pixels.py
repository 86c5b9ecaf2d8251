"""Images as arrays: npy, npz and idx files, and columns of lists of lists."""

import gzip
import struct

import numpy as np

from .case import Case
from .writers import file, json_lines, npy, npz, parquet, pictures, several

GREY = np.stack([np.full((8, 9), value, np.uint8) for value in (10, 200, 90)])
COLOUR = np.stack([GREY] * 3, axis=3)
NPY = {"path": "d.npy"}
VALUES = np.array([[1, 2.5], [3, 4]])
ROWS = [image.tolist() for image in GREY]


def idx(array: np.ndarray) -> bytes:
    """Return an idx file of bytes, as MNIST has them."""
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


TRAIN = several(
    file("train-images-idx3-ubyte", idx(GREY)),
    file("train-labels-idx1-ubyte", idx(np.array([7, 2, 7], np.uint8))),
)
TEST = several(
    file("t10k-images-idx3-ubyte", idx(GREY[:2])),
    file("t10k-labels-idx1-ubyte", idx(np.array([2, 7], np.uint8))),
)


def heights(none: float) -> np.ndarray:
    """Return images of heights from -50 to 650, in some of which a corner has no value."""
    down, right = np.mgrid[:20, :20]
    waves = [300 + 200 * np.sin(right / 4 + at) + 150 * np.cos(down / 9) for at in range(10)]
    images = np.stack(waves).round(2)
    images[::5, :6, :6] = none
    return images


CASES = (
    Case(
        "npy of images",
        npy("d.npy", GREY),
        NPY,
        "train: 3 × image (8, 9, 1) of 10 (8, 9, 1) of 200 (8, 9, 1) of 90",
    ),
    Case(
        "npy of images in colour",
        npy("d.npy", COLOUR),
        NPY,
        "train: 3 × image (8, 9, 3) of 10 (8, 9, 3) of 200 (8, 9, 3) of 90",
    ),
    Case(
        "npy of images, channels first",
        npy("d.npy", np.moveaxis(COLOUR, 3, 1)),
        NPY,
        "train: 3 × image (8, 9, 3) of 10 (8, 9, 3) of 200 (8, 9, 3) of 90",
    ),
    Case(
        "npy of images, whole numbers",
        npy("d.npy", GREY.astype(np.int64)),
        NPY,
        "train: 3 × image (8, 9, 1) of 10 (8, 9, 1) of 200 (8, 9, 1) of 90",
    ),
    Case(
        "npy of images, from 0 to 1",
        npy("d.npy", (GREY / 255).astype(np.float32)),
        NPY,
        "train: 3 × image (8, 9, 1) of 10 (8, 9, 1) of 200 (8, 9, 1) of 90. 3 of 3 images: of more than eight bits, 0 to 1 brought to 0 to 255",
    ),
    Case(
        "npy of images, black and white",
        npy("d.npy", GREY > 50),
        NPY,
        "train: 3 × image (8, 9, 1) of 0 (8, 9, 1) of 255 (8, 9, 1) of 255",
    ),
    Case(
        "npy of images with opacity",
        npy("d.npy", np.dstack([COLOUR[0], GREY[0]])[None]),
        NPY,
        'train: 1 × image (8, 9, 3) of 245. 1 of 1 images: transparent, put on background = #ffffff; if that is no opacity, set background = "none"',
    ),
    Case(
        "npy of series",
        npy("d.npy", (GREY - 99.0)),
        NPY,
        "Refused: path: d.npy is float64 (3, 8, 9), not a table of numbers (n, d); save array.reshape(len(array), -1); images are arrays (n, height, width[, channels]) of uint8, or of fractions from 0 to 1",
    ),
    Case(
        "npy of long series",
        npy("d.npy", np.zeros((3, 128, 9), np.uint8)),
        NPY,
        "Refused: path: d.npy is uint8 (3, 128, 9), not a table of numbers (n, d); save array.reshape(len(array), -1); images are arrays (n, height, width[, channels]) of uint8, or of fractions from 0 to 1",
    ),
    Case(
        "npy of images, named otherwise",
        npy("d.npy", GREY),
        NPY | {"image": "pixels"},
        "Refused: image: the file has one array of images; drop it",
    ),
    Case(
        "npy of images as a table",
        npy("d.npy", GREY),
        NPY | {"features": "all"},
        "Refused: features: a file of images does not use it; drop it",
    ),
    Case(
        "npz of images by split",
        npz(
            "d.npz",
            x_train=GREY,
            y_train=np.array([7, 2, 7]),
            x_test=GREY[:2],
            y_test=np.array([2, 7]),
        ),
        {"path": "d.npz", "image": "x", "label": "y"},
        "train: 3 × image (8, 9, 1) of 10 (8, 9, 1) of 200 (8, 9, 1) of 90, labels 7 2 7. test: 2 × image (8, 9, 1) of 10 (8, 9, 1) of 200, labels 2 7",
    ),
    Case(
        "npz of images by split, labels in a column",
        npz(
            "d.npz",
            train_images=COLOUR,
            train_labels=np.array([[7], [2], [7]]),
            val_images=COLOUR[:1],
            val_labels=np.array([[7]]),
        ),
        {"path": "d.npz", "image": "images", "label": "labels"},
        "train: 3 × image (8, 9, 3) of 10 (8, 9, 3) of 200 (8, 9, 3) of 90, labels 7 2 7. validation: 1 × image (8, 9, 3) of 10, labels 7",
    ),
    Case(
        "npz of images alone",
        npz("d.npz", version=np.array(1), pictures=GREY),
        {"path": "d.npz"},
        'Refused: text: one of text, image or features must name the columns to cluster: version, pictures; name a column, or set features = "all"',
    ),
    Case(
        "npz of test rows, in a file of their own",
        several(npz("a.npz", x=VALUES), npz("b.npz", x=VALUES[:1])),
        {"path": "a.npz", "test": "b.npz", "features": ["x"]},
        "train: 2 × table x.0, x.1: (1, 2.5) (3, 4). test: 1 × table x.0, x.1: (1, 2.5)",
    ),
    Case(
        "npz, a folder of two",
        several(npz("train.npz", x=VALUES), npz("test.npz", x=VALUES[:1])),
        {"path": ".", "features": ["x"]},
        "train: 2 × table x.0, x.1: (1, 2.5) (3, 4). test: 1 × table x.0, x.1: (1, 2.5)",
    ),
    Case(
        "npz, two spellings of a split",
        npz("d.npz", x_train=VALUES, x_val=VALUES, x_valid=VALUES),
        {"path": "d.npz", "features": ["x"]},
        "Refused: path: d.npz has no array 'x'; its arrays: x_train, x_val, x_valid",
    ),
    Case(
        "npz, series as features",
        npz("d.npz", x=np.zeros((3, 4, 2)), y=np.arange(3)),
        {"path": "d.npz", "features": ["x"]},
        "Refused: features: column 'x' holds lists of lists of numbers, not features; columns of features: none",
    ),
    Case(
        "npz, not all by split",
        npz("d.npz", x_train=VALUES, x_test=VALUES, classes=np.array([1, 2])),
        {"path": "d.npz", "features": ["x_train"]},
        "train: 2 × table x_train.0, x_train.1: (1, 2.5) (3, 4)",
    ),
    Case(
        "idx",
        several(TRAIN, TEST),
        {"path": ".", "label": "label"},
        "train: 3 × image (8, 9, 1) of 10 (8, 9, 1) of 200 (8, 9, 1) of 90, labels 7 2 7. test: 2 × image (8, 9, 1) of 10 (8, 9, 1) of 200, labels 2 7",
    ),
    Case(
        "idx, one file",
        TRAIN,
        {"path": "train-images-idx3-ubyte"},
        "train: 3 × image (8, 9, 1) of 10 (8, 9, 1) of 200 (8, 9, 1) of 90",
    ),
    Case(
        "idx, cut short",
        file("train-images.idx3-ubyte", idx(GREY)[:-5]),
        {"path": "train-images.idx3-ubyte"},
        "Refused: path: train-images.idx3-ubyte: its header says uint8 (3, 8, 9), but 211 values follow; download it again",
    ),
    Case(
        "idx, nonsense",
        file("train-images.idx3-ubyte", "nonsense"),
        {"path": "train-images.idx3-ubyte"},
        "Refused: path: train-images.idx3-ubyte is no idx file: it begins with b'nons'",
    ),
    Case(
        "idx, labels of others",
        several(TRAIN, file("train-labels-idx1-ubyte", idx(np.array([7, 2], np.uint8)))),
        {"path": "train-images-idx3-ubyte", "label": "label"},
        "Refused: path: train-labels-idx1-ubyte has 2 labels, and train-images-idx3-ubyte 3 images",
    ),
    Case(
        "idx, labels compressed",
        several(
            file("train-images-idx3-ubyte", idx(GREY)),
            file("train-labels-idx1-ubyte.gz", gzip.compress(idx(np.array([7, 2, 7], np.uint8)))),
        ),
        {"path": "train-images-idx3-ubyte", "label": "label"},
        "train: 3 × image (8, 9, 1) of 10 (8, 9, 1) of 200 (8, 9, 1) of 90, labels 7 2 7",
    ),
    Case(
        "jsonl, images as lists, a gap in one",
        json_lines("d.jsonl", {"p": ROWS[0]}, {"p": [[1, None], [3, 4]]}),
        {"path": "d.jsonl", "image": "p"},
        'Refused: image: 1 of 2 images can\'t be read: row 2 (an array (0,), not (height, width[, channels])); repair them, or set missing = "drop"',
    ),
    Case(
        "npy of fractions, some above 1",
        npy("d.npy", GREY / 100),
        NPY,
        "Refused: path: d.npy is float64 (3, 8, 9), not a table of numbers (n, d); save array.reshape(len(array), -1); images are arrays (n, height, width[, channels]) of uint8, or of fractions from 0 to 1",
    ),
    Case(
        "npy of bytes as floats",
        npy("d.npy", GREY.astype(np.float32)),
        NPY,
        "train: 3 × image (8, 9, 1) of 10 (8, 9, 1) of 200 (8, 9, 1) of 90",
    ),
    Case(
        "npy of dates by day and hour",
        npy("d.npy", GREY.astype("datetime64[D]")),
        NPY,
        "Refused: path: d.npy is datetime64[D] (3, 8, 9), not a table of numbers (n, d); save array.reshape(len(array), -1); images are arrays (n, height, width[, channels]) of uint8, or of fractions from 0 to 1",
    ),
    Case(
        "parquet, images as lists",
        parquet("d.parquet", p=ROWS),
        {"path": "d.parquet", "image": "p"},
        "train: 3 × image (8, 9, 1) of 10 (8, 9, 1) of 200 (8, 9, 1) of 90",
    ),
    Case(
        "jsonl, images as lists",
        json_lines("d.jsonl", *({"p": image} for image in ROWS)),
        {"path": "d.jsonl", "image": "p"},
        "train: 3 × image (8, 9, 1) of 10 (8, 9, 1) of 200 (8, 9, 1) of 90",
    ),
    Case(
        "jsonl, images as lists, one uneven",
        json_lines("d.jsonl", {"p": ROWS[0]}, {"p": [[1, 2], [3]]}),
        {"path": "d.jsonl", "image": "p"},
        'Refused: image: 1 of 2 images can\'t be read: row 2 (an array (0,), not (height, width[, channels])); repair them, or set missing = "drop"',
    ),
    Case(
        "jsonl, images as lists, one uneven, dropped",
        json_lines("d.jsonl", {"p": ROWS[0]}, {"p": [[1, 2], [3]]}, {"p": ROWS[1]}),
        {"path": "d.jsonl", "image": "p", "missing": "drop"},
        "train: 2 × image (8, 9, 1) of 10 (8, 9, 1) of 200, ids 0 2. left out: 1 of train, unreadable: an array (0,), not (height, width[, channels]). 1 row of train left out, unreadable: an array (0,), not (height, width[, channels]): 1",
    ),
    Case(
        "parquet, images of heights, in which -9999 stands for no value",
        parquet("d.parquet", p=heights(-9999.0).tolist()),
        {"path": "d.parquet", "image": "p"},
        "train: 10 × image (20, 20, 1) of 226 (20, 20, 1) of 248 (20, 20, 1) of 247 (20, 20, 1) of 247 …. 10 of 10 images: of more than eight bits, -9999 to 649.5 brought to 0 to 255. nearly all values of the images lie from 22.98 to 648.92, in 16 of 256 grey levels: to see more, set levels = [22.98, 648.92]",
    ),
    Case(
        "parquet, the same with the levels that are named",
        parquet("d.parquet", p=heights(-9999.0).tolist()),
        {"path": "d.parquet", "image": "p", "levels": [-50, 650]},
        "train: 10 × image (20, 20, 1) of 142 (20, 20, 1) of 145 (20, 20, 1) of 133 (20, 20, 1) of 135 …. 10 of 10 images: of more than eight bits, -50 to 650 brought to 0 to 255",
    ),
    Case(
        "parquet, images of heights",
        parquet("d.parquet", p=heights(300.0).tolist()),
        {"path": "d.parquet", "image": "p"},
        "train: 10 × image (20, 20, 1) of 142 (20, 20, 1) of 133 (20, 20, 1) of 119 (20, 20, 1) of 122 …. 10 of 10 images: of more than eight bits, 22.84 to 649.5 brought to 0 to 255",
    ),
    Case(
        "parquet, thermal images of sixteen bits",
        parquet("d.parquet", p=(heights(300.0) + 6700).astype(np.uint16).tolist()),
        {"path": "d.parquet", "image": "p"},
        "train: 10 × image (20, 20, 1) of 110 (20, 20, 1) of 110 (20, 20, 1) of 109 (20, 20, 1) of 109 …. 10 of 10 images: of more than eight bits, 0 to 16383 brought to 0 to 255. nearly all values of the images lie from 6722 to 7348, in 10 of 256 grey levels: to see more, set levels = [6722, 7348]",
    ),
    Case(
        "csv of names, the images in two folders that split an archive",
        several(
            file("d.csv", "id,dx\na,nv\nb,mel\nc,nv\n"),
            pictures("part_1/a.png", "part_2/b.png", "part_2/c.png", "part_1/other.png"),
        ),
        {"path": "d.csv", "image": "id", "label": "dx"},
        "train: 3 × image (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100, labels nv mel nv. images are found as part_1/a.png for 'a'. images beside those of column 'id' that no row names are not read (1): other.png; write rows for them, if they are meant",
    ),
    Case(
        "csv of names, one image missing in all folders, one in two of them",
        several(
            file("d.csv", "id,dx\na,nv\nb,mel\nc,nv\n"),
            pictures("part_1/a.png", "part_2/b.png", "part_3/b.png"),
        ),
        {"path": "d.csv", "image": "id", "label": "dx", "missing": "drop"},
        "train: 1 × image (2, 3, 1) of 100, labels nv. left out: 2 of train, no image. images are found as part_1/a.png for 'a'. 2 of the 3 rows of train have no image; left out",
    ),
    Case(
        "npy of images that are nearly black",
        npy("d.npy", GREY // 20),
        NPY,
        "train: 3 × image (8, 9, 1) of 0 (8, 9, 1) of 10 (8, 9, 1) of 4. the values of the images lie from 0 to 10, of 0 to 255: all look nearly alike to an encoder; if they are classes of pixels or a part of a range, write them from 0 to 255",
    ),
    Case(
        "npy of images that are black",
        npy("d.npy", GREY * 0),
        NPY,
        "train: 3 × image (8, 9, 1) of 0 (8, 9, 1) of 0 (8, 9, 1) of 0",
    ),
    Case(
        "npy of white drawings on nothing",
        npy("d.npy", np.dstack([np.full((16, 9, 3), 255), np.eye(16, 9) * 255])[None].astype("u1")),
        NPY,
        'train: 1 × image (16, 9, 3) of 255. 1 of 1 images: transparent, put on background = #ffffff; if that is no opacity, set background = "none". 1 of 1 transparent images are of one colour on #ffffff, and not without it: set background = "#808080"',
    ),
)
