"""The figures as files: which there are, that they can be read, and that the same run gives the same."""

from __future__ import annotations

import re
import shutil
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from clusterforge.report import write_report
from clusterforge.report.figures.canvas import DPI, PAGE, TEXT, label
from clusterforge.report.palette import COLOURS, NOISE

WANTED = {
    "map-true-labels",
    "map-kmeans",
    "confusion-kmeans-test",
    "silhouette-kmeans-train",
    "details-kmeans-elbow",
    "details-density-merges",
    "loss-encoder.0.autoencoder-train",
    "reconstructions-encoder.0.autoencoder",
    "network-encoder.0.autoencoder",
}


def drawn(folder: Path) -> dict[str, bytes]:
    write_report(folder, figures=True)
    return {path.name: path.read_bytes() for path in sorted((folder / "figures").iterdir())}


@pytest.fixture(scope="module")
def seen(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("figures") / "run"
    shutil.copytree(images, folder)
    drawn(folder)
    return folder


def test_without_being_asked_for_there_are_none(images: Path) -> None:
    assert not (images / "figures").exists()


def test_both_files_of_a_figure_can_be_read(seen: Path) -> None:
    names = {path.name for path in (seen / "figures").iterdir()}
    assert names >= {f"{stem}.{kind}" for stem in WANTED for kind in ("png", "svg")}
    for path in (seen / "figures").glob("*.svg"):
        svg = path.read_text("utf-8")
        root = ElementTree.fromstring(svg)
        tags = [element.tag.rpartition("}")[2] for element in root.iter()]
        assert not {"script", "foreignObject", "a"} & set(tags)
        assert tags.count("title") == tags.count("desc") == 1
        assert "<!DOCTYPE" not in svg
        sizes = re.findall(r"font(?:-size)?: [^;\"]*?([\d.]+)px", svg)
        assert min(map(float, sizes)) >= TEXT, path.name
        for element in root.iter():
            for name, value in element.attrib.items():
                if name.endswith("href"):
                    assert re.match(r"#|data:image/png;base64,", value)
        with Image.open(path.with_suffix(".png")) as picture:
            assert picture.width <= PAGE * DPI
            assert len(set(picture.convert("L").tobytes())) > 8
            assert "Software" not in picture.info


def test_the_same_run_gives_the_same_bytes_and_old_figures_go(seen: Path) -> None:
    before = {path.name: path.read_bytes() for path in sorted((seen / "figures").iterdir())}
    (seen / "figures" / "old.png").write_bytes(b"")
    with mpl.rc_context({"svg.hashsalt": "other", "axes.facecolor": "black"}):
        settings = dict(mpl.rcParams)
        assert drawn(seen) == before
        assert dict(mpl.rcParams) == settings


def test_hostile_names_stay_text(texts: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(texts, tmp_path / "run"))
    files = drawn(folder)
    text = b"".join(data for name, data in files.items() if name.endswith("svg")).decode()
    assert "<b>" not in text
    assert "mathdefault" not in text
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in files)


def test_labels() -> None:
    assert label("_a\n b", 10) == " _a b"
    assert label("\u202eabc" + "d" * 40, 5) == "abcd…"


MACHADO = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    "none": np.eye(3).tolist(),
}


def lab(tint: str, sight: str) -> np.ndarray:
    """CIELAB (D65) of a colour as seen with a dichromacy (Machado et al. 2009, severity 1)."""
    value = np.array([int(tint[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(MACHADO[sight]) @ linear, 0, 1)
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    xyz = np.array(to_xyz) @ linear / np.array([0.95047, 1, 1.08883])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", list(MACHADO))
def test_colours_can_be_told_apart(sight: str) -> None:
    shown = [lab(tint, sight) for tint in COLOURS]
    ten = [float(np.linalg.norm(shown[i] - shown[j])) for i in range(10) for j in range(i)]
    assert min(ten) > 15
    neighbours = [float(np.linalg.norm(a - b)) for a, b in pairwise(shown[:20])]
    assert min(neighbours) > 10
    noise = lab(NOISE, sight)
    assert min(float(np.linalg.norm(noise - other)) for other in shown[:16]) > 8
