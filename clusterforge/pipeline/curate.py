"""Curations: a finished run with edits, as a run of its own in a new folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterforge.curation import ClusterRef, Edit, Edits
from clusterforge.curation.edits import TREE, Split
from clusterforge.errors import InputError, meant
from clusterforge.formats import first_of
from clusterforge.numerics.standing import standing_rows
from clusterforge.pipeline.api import execute_into, load, new_folder
from clusterforge.pipeline.stages import NamedClusters, Parent
from clusterforge.recipe import Recipe, read, resolve
from clusterforge.recipe.tables import EDITS
from clusterforge.registry import Registry
from clusterforge.runs import RunFolder, files
from clusterforge.runs.vacant import Vacant
from clusterforge.storage.atomic import write_text
from clusterforge.storage.cache import Cache
from clusterforge.storage.stages import STAGE, copy_files
from clusterforge.validation import validated

if TYPE_CHECKING:
    from clusterforge.pipeline.events import Observer
    from clusterforge.pipeline.result import Run

NAMED = 12  # clusters that a message lists


def edit(
    run: str | Path,
    edits: Edits | str | Path | Sequence[Edit | Mapping[str, Any]] | Mapping[str, Any],
    *,
    clusterer: str | None = None,
    dataset: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    runs: str | Path = "runs",
    cache: bool = True,
    observer: Observer | None = None,
    registry: Registry | None = None,
    trust_python: bool = False,
) -> Run:
    """Apply edits to a clustering of a finished run; the run stays as it is.

    The result is a run in a folder of its own, with the edited clustering first and the one that it was
    made of next to it, so that scores before and after stand side by side. Its ``edits.toml`` can be
    changed and applied again, or named in a recipe (``edits = "edits.toml"``).

    Parameters
    ----------
    run
        The folder of a run, or of a curation: then the edits come after those that it has.
    edits
        A file of edits, or the edits: also as dicts, ``{"do": "merge", "clusters": [1, 2]}``.
    clusterer
        Which clustering to edit; default: the one that the report shows first.
    dataset
        Where the data lie now, as in the recipe's table: ``{"path": "moved/tickets.csv"}``.
    out, runs, cache, observer, registry
        As in :func:`clusterforge.run`.
    trust_python
        Whether what the run's recipe names as ``python:module:Class`` may be imported.

    Raises
    ------
    InputError
        Where a file or a run is not one, or the run's data are not what they were.
    """
    parent = load(run, registry=registry, trust_python=trust_python)
    base = parent.files.clusterer(clusterer)
    find = partial(refer, parent.files, base)
    if isinstance(edits, str | Path):
        added = Edits.read(Path(edits), find).edit
    else:
        added = Edits.of(edits, find).edit
    if not added:
        raise InputError("there are no edits", remedy="name a file of edits, or give some")
    _check_clusterers(added, parent.registry)
    recipe = replace(parent.recipe, dataset=parent.dataset(dataset))
    tables = recipe.given()
    earlier = Edits.read(parent.files.file(files.EDITS)) if EDITS in tables else Edits()
    edited = [entry for entry in recipe.clusterers if entry.table == EDITS]
    if base not in {entry.id for entry in edited}:
        if edited and base != recipe.clusterers[1].id:
            raise InputError(
                f"the edits of this curation are of {recipe.clusterers[1].id!r}",
                file=str(parent.folder),
                remedy=f"edit {base!r} in the run that it was made of",
            )
        chosen = recipe.clusterer(base)
        by_id = {table["id"]: table for table in tables["clusterer"]}
        first = by_id.pop(chosen.id)
        tables["clusterer"] = [first, *by_id.values()]
    stages = Cache() if cache else None
    origin = _parent(parent, base)
    with new_folder(recipe, out, runs) as folder:

        def begin() -> Recipe:
            write_text(folder / files.EDITS, earlier.followed_by(added).toml())
            tables[EDITS] = str((folder / files.EDITS).absolute())
            for place in _stages(parent.files):
                (folder / place).mkdir(parents=True, exist_ok=True)
                copy_files(parent.folder / place, folder / place)
            return resolve(read(tables), parent.registry)

        vacant = Vacant(first=files.EDITS)
        return execute_into(
            begin, parent.registry, folder, stages, observer, fresh=vacant, parent=origin
        )


def _check_clusterers(edits: Sequence[Edit], registry: Registry) -> None:
    """Check that the clusterers that edits name are there and take these parameters."""
    for number, one in enumerate(edits):
        if isinstance(one, Split) and one.by not in (None, TREE):
            spec = registry.find("clusterer", one.by).spec
            place = f"edit.{number}.parameters"
            validated(spec.params, one.parameters, place=place, file=None, folder=Path.cwd())


def refer(folder: RunFolder, clusterer: str, wanted: str) -> ClusterRef:
    """Return a cluster, by its number or its name, as edits refer to it.

    Raises
    ------
    InputError
        Where there is no such cluster.
    """
    labels = folder.labels(clusterer, "train")
    assert labels is not None
    names = folder.names(clusterer)
    numbers = sorted(set(labels[labels >= 0].tolist()))
    by_name = {name.casefold(): number for number, name in names.items()}
    by_number = wanted.isascii() and wanted.isdigit()
    number = int(wanted) if by_number else by_name.get(wanted.casefold())
    if number not in numbers:
        known = [f"{n} ({names[n]})" if n in names else str(n) for n in numbers]
        listed = first_of(known, NAMED)
        raise InputError(
            f"there is no cluster {wanted}" if by_number else f"there is no cluster {wanted!r}",
            file=str(folder.path),
            remedy=f"its clusters are {numbers[0]} to {numbers[-1]}"
            if by_number and numbers
            else f"{meant(wanted, names.values())} its clusters are {listed}".lstrip(),
        )
    assert number is not None
    table = folder.assignments
    ids = table.ids[table.rows("train")]
    rows = standing_rows(folder.embedding("train"), labels, number)
    return ClusterRef(rows=tuple(ids[rows].tolist()), number=number, name=names.get(number))


def _parent(run: Run, edited: str) -> Parent:
    keys = {stage.stage: stage.key for stage in run.info.stages}
    recipe = run.recipe
    kept = {
        e.address: keys[e.stage] for e in (*recipe.encoders, *recipe.clusterers) if e.table != EDITS
    }
    if recipe.projection:
        entry = recipe.projection.entry
        kept[entry.address] = keys[f"projection.{entry.id}"]
    data = keys[recipe.dataset.stage]
    clusterings = {
        name: NamedClusters(
            labels=run.labels(name),
            names={c.cluster: c.name for c in explained.clusters if c.named},
        )
        for name, explained in run.files.explanations.clusterings.items()
    }
    return Parent(
        id=run.info.id,
        data=data,
        seed=run.info.seed,
        keys=kept,
        edited=edited,
        clusterings=clusterings,
    )


def _stages(folder: RunFolder) -> list[str]:
    """Return the folders of a run's stages."""
    names = folder.manifest.files if folder.manifest else ()
    return [name.rpartition("/")[0] for name in names if name.endswith(f"/{STAGE}")]
