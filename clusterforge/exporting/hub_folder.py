"""A run's model as a folder that the Hugging Face Hub takes: no rows of the data, no paths, no pickle."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tomli_w

from clusterforge.contracts import State
from clusterforge.errors import InputError, unwritable
from clusterforge.exporting.card import card
from clusterforge.hub.contents import OTHER_FORMATS
from clusterforge.models.strangers import LEAST, least_strange
from clusterforge.params import named
from clusterforge.recipe import Recipe
from clusterforge.runs import RunFolder, files
from clusterforge.runs.manifest import write_manifest
from clusterforge.runs.records import ClusterExplanation, Explanations
from clusterforge.storage.atomic import write_json, write_text
from clusterforge.storage.states import write_state

MODELS, CARD = "models", "README.md"
CREDENTIALS = re.compile(r"//[^/@\s]+@")
PICKLES = {".bin", ".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".joblib", ".h5"}


@dataclass
class _Portable:
    """What stands in place of each path in a recipe, and what has to be copied for it.

    Parameters
    ----------
    names
        By the path as the recipe has it.
    copies
        Files and folders to copy, by where they go.
    """

    names: dict[str, str] = field(default_factory=dict)
    copies: dict[str, Path] = field(default_factory=dict)

    @classmethod
    def of(cls, recipe: Recipe) -> _Portable:
        """Find every path that a recipe names.

        Raises
        ------
        InputError
            Where a model lies in a folder that holds a pickle.
        """
        portable = cls()
        for entry in recipe.entries:
            for path in entry.paths():
                portable.names[path] = Path(path).name or "data"
            if entry is recipe.dataset:
                continue
            for key, value, named_as, _ in named(entry.params):
                local = Path(value)
                if not local.is_absolute():
                    continue
                if named_as.what == "model":
                    _check_no_pickle(local, f"{entry.table}.{key}")
                    portable.names[value] = f"./{MODELS}/{local.name}"
                    portable.copies[f"{MODELS}/{local.name}"] = local
                elif entry in recipe.clusterers:  # edits, which label new rows too
                    portable.copies[local.name] = local
        return portable

    def tables(self, value: Any) -> Any:
        """Return tables of a recipe with these names."""
        if isinstance(value, Mapping):
            return {key: self.tables(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.tables(item) for item in value]
        if not isinstance(value, str):
            return value
        return self.names[value] if value in self.names else CREDENTIALS.sub("//", value)


def export_model(folder: RunFolder, recipe: Recipe, to: Path) -> None:
    """Write the model of a run into a new folder, with a card, as the Hub takes it.

    ``load``, ``predict`` and ``serve`` read it like the run itself.

    Parameters
    ----------
    folder, recipe
        The run.
    to
        The folder, absent or empty.

    Raises
    ------
    InputError
        Where the folder is not empty, or a model of the recipe can only be had as a pickle.
    EnvironmentProblem
        Where it can't be written.
    """
    key = "--hub"
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise InputError(f"{to} is not empty", key=key, remedy="name another folder")
    portable = _Portable.of(recipe)
    part = to.with_name(f".{to.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        _write(part, folder, recipe, portable)
        if to.exists():
            to.rmdir()
        part.rename(to)
    except OSError as error:
        raise unwritable(to, error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write(to: Path, folder: RunFolder, recipe: Recipe, portable: _Portable) -> None:
    for name, source in portable.copies.items():
        _copy(source, to / name)
    write_text(to / files.RECIPE, tomli_w.dumps(portable.tables(recipe.given())))
    write_json(to / files.RESOLVED, portable.tables(recipe.full()))
    data = folder.run.data.model_copy(
        update={"source": {}, "left_out": (), "notes": (), "remarks": (), "spreads": ()}
    )
    # Warnings, remarks and spreads hold files, rows and values of the data.
    folder.run.model_copy(update={"data": data, "warnings": ()}).write(to / files.RUN)
    folder.metrics.write(to / files.METRICS)
    _without_rows(folder.explanations).write(to / files.EXPLANATIONS)
    states = {
        files.encoder(number, entry.id): folder.encoder_state(number)
        for number, entry in enumerate(recipe.encoders)
    }
    for clusterer in folder.metrics.clusterings:
        states[files.clusterer(clusterer)] = folder.clusterer_state(clusterer)
        places = folder.places(clusterer)
        arrays: dict[str, npt.NDArray[Any]] = {
            "numbers": places.numbers,
            "means": places.means,
            "spreads": places.spreads,
        }
        if (least := least_strange(folder, clusterer)) is not None:
            arrays[LEAST] = np.array([least])
        states[files.places(clusterer)] = State(arrays)
    for name, state in states.items():
        (to / name).mkdir(parents=True)
        write_state(to / name, state)
    write_manifest(to)
    # Not in the manifest: whoever publishes the model edits its card.
    write_text(to / CARD, card(folder, recipe))


def _without_rows(explanations: Explanations) -> Explanations:
    """Return what the clusters are, without their members: words, shares and means stay."""

    def bare(cluster: ClusterExplanation) -> ClusterExplanation:
        return cluster.model_copy(update={"typical": (), "borderline": (), "mean_image": None})

    clusterings = {}
    for name, one in explanations.clusterings.items():
        layers = [
            layer.model_copy(update={"groups": tuple(map(bare, layer.groups))})
            for layer in one.layers
        ]
        changes = {"clusters": tuple(map(bare, one.clusters)), "layers": tuple(layers)}
        clusterings[name] = one.model_copy(update=changes)
    return explanations.model_copy(update={"clusterings": clusterings, "reconstructions": ()})


def _model_files(folder: Path) -> Iterator[Path]:
    """Yield the files of a model's folder that count as its content."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") for part in parts) or OTHER_FORMATS & set(parts[:-1])
        if not hidden and path.is_file():
            yield path


def _check_no_pickle(folder: Path, key: str) -> None:
    for path in _model_files(folder):
        if path.suffix in PICKLES:
            raise InputError(
                f"the model in {folder} holds {path.name}, which may be a pickle",
                key=key,
                remedy="save it as safetensors alone, or name a model on the Hub, and run again",
            )


def _copy(source: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    if source.is_file():
        shutil.copyfile(source, to)
        return
    for path in _model_files(source):
        target = to / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(os.path.realpath(path), target)
