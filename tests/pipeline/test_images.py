"""Images of a run and new ones are read by one rule."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clusterforge import ClusterPipeline, Run, run
from clusterforge.contracts import PixelFormat
from clusterforge.errors import InputError
from clusterforge.models.usable_rows import RowsLeftOut
from clusterforge.pipeline.new_rows import read_rows

EIGHT_BITS = 255 / 4095


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dark and bright images of twelve bits, a broken one, and a list."""
    folder = tmp_path_factory.mktemp("images") / "rows"
    folder.mkdir()
    for number in range(20):
        value = 100 + number if number < 10 else 3900 + number
        Image.fromarray(np.full((4, 4), value, np.uint16)).save(folder / f"{number:02}.png")
    (folder / "99.png").write_bytes(b"")
    (folder / "list.txt").write_text("x")
    return folder


@pytest.fixture(scope="module")
def done(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    recipe = {
        "name": "images",
        "dataset": {"use": "files", "path": str(folder), "missing": "drop"},
        "encoder": [{"use": "flatten"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 2}],
        "evaluation": {"refits": 0, "resamples": 0, "null_draws": 0},
        "report": {"projection": "none"},
    }
    return run(recipe, out=tmp_path_factory.mktemp("run") / "here", cache=False)


def test_what_was_left_out_is_in_the_record_and_the_report(done: Run) -> None:
    data = done.info.data
    assert [(some.reason, some.first) for some in data.left_out] == [
        ("not an image", ("list.txt",)),
        ("unreadable: empty file", ("99.png",)),
    ]
    asked = "1 row of train left out, unreadable: empty file: 99.png"  # by missing = "drop"
    assert set(data.remarks) - {asked} <= set(done.info.warnings)
    assert asked in data.remarks
    assert asked not in done.info.warnings
    assert "unreadable: empty file: 99.png" in (done.folder / "report.html").read_text()
    assert data.pixel_format == PixelFormat(1, (0, 4095))


def test_new_rows_are_read_as_those_of_the_run(done: Run, folder: Path) -> None:
    bright = done.predict([folder / "19.png"])[0]
    deep = np.full((4, 4), 3919, np.uint16)
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    rows = [deep, deep.astype(np.float32), Image.fromarray(deep), clear, np.asarray(clear)]
    assert set(done.predict(rows)) == {bright}
    values = done.model.points([deep, clear]).embedding
    assert values[:, 0].tolist() == pytest.approx([round(3919 * EIGHT_BITS) / 255, 1])


def test_broken_new_rows_are_named(done: Run, folder: Path, tmp_path: Path) -> None:
    with pytest.warns(RowsLeftOut, match=r"1 of 2 rows .* row 1 \(.*99\.png: empty file\): its"):
        assert done.predict([folder / "99.png", folder / "00.png"])[0] == -1
    with pytest.warns(RowsLeftOut, match=r"1 of 21 images can't be read: .*99\.png"):
        new = read_rows(done, folder)
    assert len(new.split) == 20
    assert (new.split.items.take(np.arange(20))[10:] > 240).all()


def test_deep_images_are_refused_by_a_run_of_eight_bits(folder: Path) -> None:
    pixels = np.repeat(np.array([10, 200], np.uint8), 10)[:, None, None] * np.ones((4, 4), np.uint8)
    recipe = {"encoder": [{"use": "flatten"}], "clusterer": [{"use": "kmeans", "n_clusters": 2}]}
    fitted = ClusterPipeline.from_recipe(recipe).fit(list(pixels))
    with pytest.raises(
        InputError, match=r"row 2 .*: more than eight bits per value, others have eight"
    ):
        fitted.predict([pixels[0], folder / "00.png"])
    assert len(set(fitted.predict([Image.new("RGBA", (4, 4)), pixels[-1]]))) == 1
