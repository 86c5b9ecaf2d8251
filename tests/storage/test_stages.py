"""A stage's seal: whole to the last bit, or the stage counts as not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from clusterforge.storage.stages import STAGE, seal, sealed

KEY = "ab" * 32


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    for name in ("info.json", "train.npy"):
        (tmp_path / name).write_text(name)
    seal(tmp_path, KEY)
    return tmp_path


def test_sealing_says_what_is_sealed(stage: Path) -> None:
    assert sealed(stage, KEY) == seal(stage, KEY)
    assert set(sealed(stage, KEY)) == {"info.json", "train.npy", STAGE}


def test_no_flipped_bit_of_a_seal_goes_unseen(stage: Path) -> None:
    whole = (stage / STAGE).read_bytes()
    seen = 0
    for place in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[place // 8] ^= 1 << place % 8
        (stage / STAGE).write_bytes(damaged)
        seen += not sealed(stage, KEY)
    assert seen == 8 * len(whole)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", ""),
        lambda text: text + " ",
        lambda text: text.replace('"train.npy"', r'"\u0074rain.npy"'),
        lambda text: text.replace('{\n "key"', '{\n "key": "x",\n "key"'),
    ],
    ids=["on-one-line", "space", "escape", "twice"],
)
def test_a_seal_is_what_was_written_and_not_what_means_the_same(
    stage: Path, change: object
) -> None:
    text = (stage / STAGE).read_text()
    (stage / STAGE).write_text(change(text))  # type: ignore[operator]
    assert (stage / STAGE).read_text() != text
    assert not sealed(stage, KEY)


def test_a_file_that_came_later_breaks_the_seal(stage: Path) -> None:
    (stage / "test.membership.npy").write_text("what readers would take for the stage's")
    assert not sealed(stage, KEY)


def test_a_link_to_what_was_sealed_breaks_the_seal(stage: Path, tmp_path: Path) -> None:
    (stage / "train.npy").rename(stage.parent / "train.npy")
    (stage / "train.npy").symlink_to(stage.parent / "train.npy")
    assert not sealed(stage, KEY)
