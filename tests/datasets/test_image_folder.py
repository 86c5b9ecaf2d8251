"""Folders of images: what is read, what is left out, and how."""

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from clusterforge.builtin.datasets import FilesParams
from clusterforge.contracts import Context, PixelFormat
from clusterforge.datasets import image_names
from clusterforge.datasets.files import Files
from clusterforge.errors import InputError


def dataset(path, **params):
    return Files(FilesParams(path=str(path), **params))


def load(path, **params):
    return dataset(path, **params).load(Context())


def everything(items):
    return items.take(np.arange(len(items)))


def save(path, value=0, mode="RGB", size=(6, 4)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, value).save(path, "JPEG" if path.suffix in (".jfif", ".jpe") else None)


def left_out(corpus):
    return {some.reason: some.ids.tolist() for some in corpus.left_out}


@pytest.fixture
def pictures(tmp_path):
    """Two classes of 4 by 6 images, train and test, a stray file and a hidden folder."""
    folder = tmp_path / "pictures"
    for split, count in (("train", 6), ("test", 2)):
        for value, name in ((10, "cat"), (200, "dog")):
            (folder / split / name).mkdir(parents=True)
            for index in range(count):
                pixels = np.full((4, 6, 3), value + index, np.uint8)
                Image.fromarray(pixels).save(folder / split / name / f"{index}.png")
    (folder / "train" / "notes.md").write_text("x")
    (folder / "train" / ".hidden").mkdir()
    (folder / "train" / ".hidden" / "x.png").write_bytes(b"x")
    return folder


def test_image_folder(pictures):
    corpus = load(pictures)
    assert left_out(corpus) == {"not an image": ["notes.md"]}
    assert corpus.source["hidden"] == 1
    assert corpus.remarks == ("1 row left out, not an image: notes.md",)
    assert corpus.covers_source()
    assert corpus.label_names == ("cat", "dog")
    assert corpus.train.items.shape == (4, 6, 3)
    assert (len(corpus.train), len(corpus.splits["test"])) == (12, 4)
    assert corpus.train.ids[:2].tolist() == ["cat/0.png", "cat/1.png"]
    assert (everything(corpus.train.items)[:, 0, 0, 0] < 100).tolist() == [
        label == 0 for label in corpus.train.labels
    ]
    peek = dataset(pictures).peek()
    assert (peek.rows, peek.n_classes) == ({"train": 12, "test": 4}, 2)


def test_image_folder_streams_the_same(pictures):
    held, streamed = load(pictures), load(pictures, in_memory=False)
    assert not streamed.train.items.in_memory
    assert held.train.fingerprint() == streamed.train.fingerprint()


def test_image_folder_in_one_piece(pictures):
    corpus = load(pictures / "train", test_fraction=0.5, balanced=True, limit=4)
    assert np.bincount(corpus.train.labels).tolist() == [2, 2]
    assert np.bincount(corpus.splits["test"].labels).tolist() == [3, 3]
    assert corpus.notes == ("balanced",)
    flat = load(pictures / "train" / "cat")
    assert flat.train.labels is None
    assert flat.label_names == ()


def test_images_of_several_sizes(pictures):
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(pictures / "train" / "cat" / "big.jpg")
    corpus = load(pictures)
    assert corpus.train.items.shape is None
    shapes = {image.shape for image in everything(corpus.train.items)}
    assert shapes == {(4, 6, 3), (9, 9, 3)}
    assert load(pictures, resize=(5, 5)).train.items.shape == (5, 5, 3)


def test_a_broken_image_is_named(pictures):
    (pictures / "train" / "cat" / "0.png").write_bytes(b"GIF89a")
    with pytest.raises(InputError, match=r"1 of 16 images .*cat/0\.png \(not an image\); .*drop"):
        load(pictures)
    with pytest.raises(InputError, match="an image folder does not use it") as error:
        load(pictures, label="x")
    assert error.value.key == "label"


def test_odd_kinds_of_image(tmp_path):
    (tmp_path / "c").mkdir()
    Image.fromarray(np.full((3, 3), 0x1234, np.uint16)).save(tmp_path / "c" / "deep.png")
    Image.new("1", (3, 3), 1).save(tmp_path / "c" / "two.png")
    corpus = load(tmp_path)
    assert corpus.train.items.shape == (3, 3, 1)
    assert everything(corpus.train.items)[:, 0, 0, 0].tolist() == [73, 255]
    Image.new("P", (3, 3)).save(tmp_path / "c" / "palette.png")
    Image.new("RGBA", (3, 3), (1, 2, 3, 0)).save(tmp_path / "c" / "clear.png")
    assert load(tmp_path).train.items.shape == (3, 3, 3)


def test_names_of_cameras_and_browsers(tmp_path):
    names = [
        "_DSC0001.JPG",
        "a.jfif",
        "b.jpe",
        "c.JPEG",
        "d.TIF",
        "e.avif",
        "f.webp",
        "g.bmp",
        "h.PPM",
    ]
    for name in names:
        save(tmp_path / name)
    save(tmp_path / "__MACOSX" / "x.png")
    save(tmp_path / ".thumbnails" / "x.png")
    corpus = load(tmp_path)
    assert corpus.train.ids.tolist() == sorted(names)
    assert corpus.source["hidden"] == 2
    assert corpus.left_out == ()


def test_what_lies_next_to_the_splits_is_named(pictures):
    save(pictures / "more" / "x.png")
    (pictures / "labels.csv").write_text("file,label\n")
    assert left_out(load(pictures)) == {
        "not an image": ["../labels.csv", "notes.md"],
        "in no folder of a split": ["../more/x.png"],
    }
    save(pictures / "held-out" / "x.png")
    (pictures / "held-out" / "list.txt").write_text("x")
    corpus = load(pictures / "train", test=str(pictures / "held-out"))
    assert left_out(corpus) == {"not an image": ["notes.md", "../held-out/list.txt"]}


@pytest.mark.parametrize("in_memory", [True, False])
def test_broken_images_are_dropped_and_named(pictures, in_memory):
    cat = pictures / "train" / "cat"
    (cat / "0.png").write_bytes(b"")
    (cat / "2.png").write_bytes((cat / "2.png").read_bytes()[:50])
    (pictures / "test" / "dog" / "1.png").write_text("a letter")
    with pytest.raises(InputError, match=r"3 of 16 .*dog/1\.png \(not an image\), .*2\.png \(cut"):
        load(pictures)
    corpus = load(pictures, missing="drop", in_memory=in_memory)
    assert corpus.train.ids[:2].tolist() == ["cat/1.png", "cat/3.png"]
    assert np.array_equal(everything(corpus.train.items)[:2, 0, 0, 0], [11, 13])
    assert (len(corpus.train), len(corpus.splits["test"])) == (10, 3)
    peek = dataset(pictures, missing="drop").peek()
    assert (peek.rows, peek.most) == ({}, {"train": 12, "test": 4})
    assert left_out(corpus) == {
        "not an image": ["notes.md"],
        "unreadable: not an image": ["dog/1.png"],
        "unreadable: empty file": ["cat/0.png"],
        "unreadable: cut short": ["cat/2.png"],
    }
    assert corpus.covers_source()
    assert "1 row of train left out, unreadable: cut short: cat/2.png" in corpus.remarks


def test_damage_that_shows_when_images_are_decoded(pictures):
    for name in ("0.png", "2.png"):
        path = pictures / "train" / "cat" / name
        path.write_bytes(path.read_bytes()[:50])
    streamed = load(pictures, in_memory=False)
    with pytest.raises(InputError, match=r"2 of 12 images can't be read"):
        everything(streamed.train.items)


def test_only_broken_images(tmp_path):
    (tmp_path / "x.jpg").write_bytes(b"")
    with pytest.raises(InputError, match="no image of the train split can be read"):
        load(tmp_path, missing="drop")


def test_one_rule_for_the_brightness_of_all(tmp_path):
    for name, value in (("a", 1000), ("b", 4000)):
        Image.fromarray(np.full((2, 2), value, np.uint16)).save(tmp_path / f"{name}.png")
    corpus = load(tmp_path)
    assert corpus.pixel_format == PixelFormat(1, (0, 4095))
    assert everything(corpus.train.items)[:, 0, 0, 0].tolist() == [62, 249]
    assert "2 of 2 images: of more than eight bits, 0 to 4095" in corpus.remarks[0]
    chosen = load(tmp_path, levels=(0, 4000), channels=3)
    assert everything(chosen.train.items)[:, 0, 0].tolist() == [[64] * 3, [255] * 3]


def test_transparent_images_and_their_background(tmp_path):
    save(tmp_path / "a.png", (1, 2, 3, 0), "RGBA")
    corpus = load(tmp_path)
    assert everything(corpus.train.items).min() == 255
    assert corpus.remarks == (
        "1 of 1 images: transparent, put on background = #ffffff; if that is no opacity, set "
        'background = "none"',
    )
    assert everything(load(tmp_path, background="#102030").train.items)[0, 0, 0].tolist() == [
        16,
        32,
        48,
    ]
    with pytest.raises(ValidationError, match="background is for images"):
        FilesParams(path="a.csv", text="text", background="#000000")
    with pytest.raises(ValidationError, match="levels must rise"):
        FilesParams(path="a", levels=(1.0, 0.0))


def test_images_without_transparency_are_not_among_the_transparent_ones(tmp_path):
    white = np.full((4, 4, 4), 255, np.uint8)
    save(tmp_path / "opaque.png", (1, 2, 3, 255), "RGBA")
    white[..., 3] = 255 * np.eye(4)
    Image.fromarray(white).save(tmp_path / "drawn.png")
    remarks = load(tmp_path, resize=(4, 4)).remarks
    assert any(remark.startswith("1 of 2 images: transparent") for remark in remarks)
    assert any(remark.startswith("1 of 1 transparent images are of one c") for remark in remarks)


def test_turned_images_have_the_size_that_is_seen(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (6, 4)).save(tmp_path / "a.jpg", exif=exif)
    Image.new("RGB", (4, 6)).save(tmp_path / "b.jpg")
    corpus = load(tmp_path)
    assert corpus.train.items.shape == (6, 4, 3)


def test_a_link_that_leads_back_is_refused(tmp_path):
    save(tmp_path / "c" / "a.png")
    (tmp_path / "c" / "back").symlink_to(tmp_path)
    with pytest.raises(InputError, match="back is a link to a folder that it lies in"):
        load(tmp_path)


def test_names_that_are_no_text(tmp_path):
    save(tmp_path / "x.png")
    (tmp_path / "x.png").rename(tmp_path / "x\udcff.png")
    assert load(tmp_path).train.ids.tolist() == ["x\\xff.png"]


def test_a_missing_image_is_looked_for_among_few_files(tmp_path, monkeypatch):
    (tmp_path / "d.csv").write_text("image\na\nb\n")
    save(tmp_path / "set/train/a.png")
    with pytest.raises(InputError, match=r"where set/train/a\.png is"):
        load(tmp_path / "d.csv", image="image")
    monkeypatch.setattr(image_names, "MOST_LOOKED_AT", 0)
    with pytest.raises(InputError, match=r"from the folder of d\.csv$"):
        load(tmp_path / "d.csv", image="image")


def test_a_file_without_a_suffix_that_may_not_be_read(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"\x89PNG")

    def refuse(path, *args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(tmp_path), "open", refuse)
    with pytest.raises(InputError, match="there is nothing in"):
        load(tmp_path)
