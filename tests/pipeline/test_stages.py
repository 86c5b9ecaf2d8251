"""Keys of stages, and the checkpoint of a stage that is trained."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import clusterforge
from clusterforge.builtin import clusterers
from clusterforge.contracts import Context, State, View
from clusterforge.curation import ClusterRef, Edits
from clusterforge.curation.edits import Split
from clusterforge.models.compute import Resources
from clusterforge.pipeline import keys
from clusterforge.pipeline.api import resume
from clusterforge.pipeline.checkpoint import FolderCheckpoint
from clusterforge.pipeline.keys import PluginCode, stage_key
from clusterforge.pipeline.stages import NamedClusters
from clusterforge.recipe import Entry
from clusterforge.registry import Distribution, Found, Registry
from tests.pipeline import toy
from tests.registry.conftest import Install, install

__all__ = ["install"]

# keys


@pytest.fixture
def fresh_versions() -> Iterator[None]:
    """Versions are read once a process."""
    keys.required_versions.cache_clear()
    yield
    keys.required_versions.cache_clear()


@pytest.mark.usefixtures("fresh_versions")
def test_the_versions_that_a_plugin_package_requires_are_in_the_key(install: Install) -> None:
    easy = "@hookimpl\ndef clusterforge_clusterers():\n    return [easy('cutter')]\n"
    site = install("clusterforge-cutter", easy)
    metadata = next(site.glob("*.dist-info")) / "METADATA"
    needs = (
        "sharp-knife>=1; python_version > '3'",
        "clusterforge",
        "not-here [fast]",
        "knife-tester; extra == 'test'",
    )
    metadata.write_text(metadata.read_text() + "".join(f"Requires-Dist: {n}\n" for n in needs))
    knife = next(install("sharp-knife", None, entry_points="").glob("*.dist-info")) / "METADATA"
    install("knife-tester", None, entry_points="")
    plugin = Registry.installed("clusterforge-cutter").find("clusterer", "cutter")
    entry = Entry("clusterer.0", "cutter", plugin, plugin.spec.params())

    def key() -> str:
        keys.required_versions.cache_clear()
        return stage_key(entry, upstream="", seed=None, resources=Resources("cpu", "float32", 1))

    assert PluginCode.of(plugin).requires == {"sharp-knife": "1.0"}
    first = key()
    assert key() == first
    knife.write_text(knife.read_text().replace("Version: 1.0", "Version: 1.1"))
    assert key() != first


@pytest.mark.usefixtures("fresh_versions")
def test_the_clusterers_that_edits_name_are_in_the_key(tmp_path: Path) -> None:
    ours = Distribution("clusterforge", clusterforge.__version__, "builtin", "clusterforge.builtin")
    built_in = [Found(spec, ours) for spec in clusterers.SPECS if spec.name == "edited"]
    split = Split(cluster=ClusterRef(rows=("0",)), by="cut")
    (tmp_path / "edits.toml").write_text(Edits(edit=(split,)).toml())
    (cut,) = [spec for spec in toy.SPECS if spec.name == "cut"]
    base = replace(cut, name="base")

    def reused(version: str) -> dict[str, bool]:
        found = [Found(spec, Distribution("toy", "1.0")) for spec in (*toy.SPECS, base)]
        found = [one for one in found if one.spec is not cut]
        code = Found(cut, Distribution("other", version))
        run = clusterforge.run(
            toy.recipe(clusterer=[{"use": "base"}], edits=str(tmp_path / "edits.toml")),
            out=tmp_path / f"run{next(numbers)}",
            registry=Registry([*found, code, *built_in]),
        )
        return {stage.stage: stage.reused for stage in run.info.stages}

    numbers = itertools.count()
    reused("1.0")
    assert reused("1.0")["edits.edited"]
    again = reused("1.1")
    assert again["clusterer.0.base"]
    assert not again["edits.edited"]


# checkpoints


def numbered(number: int) -> State:
    return State({"weights": np.full(3, number)}, {"epoch": number})


class Killed(BaseException):
    """The process ended here: nothing after it is done either."""


def kill_after(steps: int, patch: pytest.MonkeyPatch) -> list[str]:
    """Let only so many steps change the disk, and return the names of those done."""
    done: list[str] = []

    def counted(name: str) -> None:
        original = getattr(Path, name)

        def step(self: Path, *args: Any, **options: Any) -> Any:
            if len(done) >= steps:
                raise Killed
            done.append(name)
            return original(self, *args, **options)

        patch.setattr(Path, name, step)

    for name in ("replace", "rename", "unlink", "mkdir", "write_bytes", "chmod"):
        counted(name)
    return done


@pytest.mark.parametrize("before", [1, 2, 3])
def test_a_kill_while_saving_never_loses_both_states(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    for steps in itertools.count():
        checkpoint = FolderCheckpoint(tmp_path / str(steps), "key")
        for number in range(1, before + 1):
            checkpoint.save(numbered(number))
        with monkeypatch.context() as patch:
            done = kill_after(steps, patch)
            try:
                checkpoint.save(numbered(before + 1))
                finished = True
            except Killed:
                finished = False

        state = FolderCheckpoint(tmp_path / str(steps), "key").load()

        assert state is not None, done
        epoch = state.meta["epoch"]
        assert epoch == before + 1 if finished else epoch in (before, before + 1), done
        np.testing.assert_array_equal(state.arrays["weights"], np.full(3, epoch))
        if finished:
            break
    assert steps > 5  # else nothing was cut short


def test_a_torn_checkpoint_gives_way_to_the_one_before(tmp_path: Path) -> None:
    checkpoint = FolderCheckpoint(tmp_path, "key")
    for number in (1, 2):
        checkpoint.save(numbered(number))
    torn = tmp_path / "1" / "state.safetensors"
    torn.write_bytes(torn.read_bytes()[:-1])

    state = checkpoint.load()

    assert state is not None
    assert state.meta["epoch"] == 1
    (tmp_path / "0" / "stamp.json").write_text("[]")
    assert checkpoint.load() is None
    checkpoint.save(numbered(3))
    state = checkpoint.load()
    assert state is not None
    assert state.meta["epoch"] == 3


def test_a_checkpoint_is_only_for_its_own_stage(tmp_path: Path) -> None:
    FolderCheckpoint(tmp_path, "key").save(numbered(1))

    assert FolderCheckpoint(tmp_path, "other").load() is None
    assert FolderCheckpoint(tmp_path / "nowhere", "key").load() is None


def test_a_checkpoint_lives_until_its_stage_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started_from: list[int] = []
    fit = toy.Shift.fit

    def slowly(self: toy.Shift, view: View, context: Context) -> None:
        assert context.checkpoint is not None
        state = context.checkpoint.load()
        started_from.append(state.meta["epoch"] if state else 0)
        context.checkpoint.save(numbered(started_from[-1] + 1))
        fit(self, view, context)

    monkeypatch.setattr(toy.Shift, "fit", slowly)
    toy.FAIL["shift"] = KeyboardInterrupt()
    kept = tmp_path / "run" / "encoders" / "0-shift" / "checkpoint"
    with pytest.raises(KeyboardInterrupt):
        clusterforge.run(toy.recipe(), out=tmp_path / "run", registry=toy.registry(), cache=False)
    with pytest.raises(KeyboardInterrupt):
        resume(tmp_path / "run", registry=toy.registry(), cache=False)
    assert kept.is_dir()
    toy.FAIL.clear()

    done = resume(tmp_path / "run", registry=toy.registry())

    assert started_from == [0, 1, 2]
    assert not kept.exists()
    assert "checkpoint" not in (done.folder / "manifest.json").read_text()
    assert not list((tmp_path / "cache").rglob("checkpoint"))


def test_a_checkpoint_goes_too_where_the_stage_comes_from_the_cache(tmp_path: Path) -> None:
    options: dict[str, Any] = {"registry": toy.registry()}
    toy.FAIL["shift"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        clusterforge.run(toy.recipe(), out=tmp_path / "run", **options)
    toy.FAIL.clear()
    kept = tmp_path / "run" / "encoders" / "0-shift" / "checkpoint"
    kept.mkdir(parents=True)
    clusterforge.run(toy.recipe(), out=tmp_path / "other", **options)

    done = resume(tmp_path / "run", **options)

    assert next(s.reused for s in done.info.stages if s.stage == "encoder.0.shift")
    assert not kept.exists()


def test_clusters_that_keep_nearly_all_members_keep_their_names() -> None:
    before = np.repeat([-1, 0, 1, 2], [30, 20, 20, 20])
    named = NamedClusters(before, {0: "card", 1: "fee", 2: "app"})
    after = np.repeat([-1, 2, 0, 1], [30, 20, 20, 20])  # other numbers
    assert named.kept(after) == {2: "card", 0: "fee", 1: "app"}
    after[:2] = 2  # two of the noise come to 20
    after[2:7] = 0  # five
    after[-3:] = -1  # three of 20 go
    assert named.kept(after) == {2: "card"}
    merged = np.where(before == 1, 0, before)
    assert named.kept(merged) == {2: "app"}
    assert named.kept(np.full(90, -1)) == {}
