"""The one reader of run folders: it verifies each file when it is first read, and then trusts it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pydantic import JsonValue, TypeAdapter, ValidationError

from clusterforge.contracts import FloatArray, IntArray, State
from clusterforge.errors import InputError, nearest, path_of
from clusterforge.numerics.stored_rows import opened, stored_array
from clusterforge.runs import files
from clusterforge.runs.assignments import Assignments, read_assignments
from clusterforge.runs.fitting import (
    check_array,
    check_assignments,
    check_evaluation,
    check_explanations,
    check_metrics,
    unfitting,
)
from clusterforge.runs.items import ShownItems, read_items
from clusterforge.runs.manifest import Manifest, read_manifest
from clusterforge.runs.map_data import MapData, read_map
from clusterforge.runs.profiled import Profiled
from clusterforge.runs.ranking import leading
from clusterforge.runs.records import (
    Baselines,
    ClusterNames,
    Evaluation,
    Explanations,
    History,
    MapRecord,
    Metrics,
    Profiles,
    RunRecord,
    Seeds,
    damaged,
)
from clusterforge.runs.source_rows import SourceRows, read_source_rows
from clusterforge.storage.stages import STAGE, Hashes, hashes_of_seal
from clusterforge.storage.states import ARRAYS, META, read_state

if TYPE_CHECKING:
    from clusterforge.numerics.centroids import Places

LARGE = 1 << 28  # bytes: a smaller file holds no array for which there is no memory
_RECIPE = TypeAdapter(dict[str, JsonValue])


class RunFolder:
    """A run folder, read when asked.

    Parameters
    ----------
    path
        The folder.
    manifest
        Its manifest; None for a run that is not finished, whose files can't be verified.
    """

    def __init__(self, path: Path, manifest: Manifest | None) -> None:
        self.path, self.manifest = path, manifest
        self._verified: set[str] = set()
        self._seals: dict[str, Hashes] = {}
        self._places: dict[str, Places] = {}

    @classmethod
    def open(cls, path: str | Path) -> RunFolder:
        """Open a finished run.

        Raises
        ------
        InputError
            Where the folder holds no finished run, or one of another format.
        """
        folder = path_of(path, "folder")
        if (folder / files.SWEEP).is_file():
            raise InputError(
                "is a sweep, not a run",
                file=str(folder),
                remedy=f"clusterforge run {folder / files.BEST} makes a run of its best trial",
            )
        return cls(folder, read_manifest(folder))

    def __repr__(self) -> str:
        return f"RunFolder({str(self.path)!r})"

    def verify(self, *, report: bool = True) -> None:
        """Compare every file with the manifest.

        Parameters
        ----------
        report
            Whether to include the files that ``clusterforge report`` writes again.

        Raises
        ------
        InputError
            Where a file is missing or not what the run wrote.
        """
        names = self.manifest.files if self.manifest else ()
        for name in sorted(names, key=files.of_report):
            if report or not files.of_report(name):
                self.file(name)

    def has(self, name: str) -> bool:
        """Tell whether the run has a file."""
        if self.manifest is None:
            return (self.path / name).is_file()
        return name in self.manifest.files

    @property
    def exported(self) -> bool:
        """Whether the folder holds the model of a run alone, without rows."""
        names = self.manifest.files if self.manifest else ()
        return any(name.startswith(f"{files.PLACES}/") for name in names)

    def hash_of(self, name: str) -> str | None:
        """Return the sha256 of a file as the manifest has it; None without."""
        return self.manifest.files.get(name) if self.manifest else None

    def file(self, name: str) -> Path:
        """Return the path of a file that is as the run wrote it.

        Raises
        ------
        InputError
            Where it is missing or not what the run wrote.
        """
        if self.manifest and name not in self._verified:
            if self.exported and name not in self.manifest.files:
                raise InputError(
                    f"an exported model has no {name}",
                    file=str(self.path),
                    remedy="name the run that it was made of",
                )
            if not self.manifest.holds(self.path, name):
                raise InputError(
                    f"{name} is missing or has changed since the run",
                    file=str(self.path),
                    remedy=f"write it again: clusterforge report {self.path}"
                    if files.of_report(name)
                    else "restore the folder from a copy, or run the recipe again",
                )
            self._check_seal(name, self.manifest)
            self._verified.add(name)
        return self.path / name

    def _check_seal(self, name: str, manifest: Manifest) -> None:
        """See that the stage of a file has sealed what the manifest lists."""
        folder, _, own = name.rpartition("/")
        if own == STAGE or f"{folder}/{STAGE}" not in manifest.files:
            return
        if folder not in self._seals:
            self._seals[folder] = hashes_of_seal(self.path / folder)
        if self._seals[folder].get(own) != manifest.files[name]:
            raise unfitting(self.path / name, f"{STAGE} next to it says otherwise")

    @cached_property
    def run(self) -> RunRecord:
        """What was run, with what, on which data."""
        return RunRecord.read(self.file(files.RUN))

    @cached_property
    def metrics(self) -> Metrics:
        """The scores and the clusterings."""
        path = self.file(files.METRICS)
        metrics = Metrics.read(path)
        check_metrics(path, metrics, self.run)
        return metrics

    @cached_property
    def evaluation(self) -> Evaluation:
        """The data themselves, and each clustering under scrutiny."""
        path = self.file(files.EVALUATION)
        evaluation = Evaluation.read(path)
        check_evaluation(path, evaluation, self.metrics, self.run)
        return evaluation

    @cached_property
    def seeds(self) -> Seeds | None:
        """The scores over several seeds; None where the recipe has one."""
        return Seeds.read(self.file(files.SEEDS)) if self.has(files.SEEDS) else None

    @cached_property
    def baselines(self) -> Baselines | None:
        """Clusterings without training; None where the recipe asks for none."""
        return Baselines.read(self.file(files.BASELINES)) if self.has(files.BASELINES) else None

    @cached_property
    def explanations(self) -> Explanations:
        """What each cluster is."""
        path = self.file(files.EXPLANATIONS)
        explained = Explanations.read(path)
        check_explanations(path, explained, self.metrics, self.run)
        return explained

    @cached_property
    def history(self) -> History:
        """Every epoch of training."""
        return History.read(self.file(files.HISTORY))

    @cached_property
    def recipe_text(self) -> str:
        """The recipe as TOML."""
        return self.file(files.RECIPE).read_text("utf-8")

    @cached_property
    def recipe(self) -> dict[str, JsonValue]:
        """The resolved recipe with every default, as JSON values."""
        path = self.file(files.RESOLVED)
        try:
            return _RECIPE.validate_json(path.read_bytes())
        except ValidationError as error:
            raise damaged(path, error.errors()[0]["msg"]) from error

    @cached_property
    def assignments(self) -> Assignments:
        """The cluster of every row."""
        path = self.file(files.ASSIGNMENTS)
        table = read_assignments(path, self.run)
        check_assignments(path, table, self.metrics)
        return table

    @cached_property
    def naming(self) -> ClusterNames | None:
        """What the namer left, its tables with it; None where the recipe has no namer."""
        name = f"{files.NAMES}/{files.INFO}"
        return ClusterNames.read(self.file(name)) if self.has(name) else None

    @cached_property
    def profiles(self) -> Profiles | None:
        """The clusters against other columns of the data; None where the recipe names none."""
        return Profiles.read(self.file(files.PROFILES)) if self.has(files.PROFILES) else None

    @cached_property
    def profiled(self) -> Profiled | None:
        """The values of the rows in those columns."""
        if not self.has(files.PROFILED):
            return None
        return Profiled.read(self.file(files.PROFILED), len(self.assignments))

    @cached_property
    def source_rows(self) -> SourceRows:
        """What became of each row of the source."""
        return read_source_rows(self.file(files.SOURCE), len(self.assignments))

    @cached_property
    def map(self) -> MapData | None:
        """The rows of the two-dimensional map; None for a run without one."""
        if not self.has(files.MAP):
            return None
        return read_map(self.file(files.MAP), self.assignments)

    @cached_property
    def map_record(self) -> MapRecord | None:
        """How the map was drawn; None for a run without one."""
        return MapRecord.read(self.file(files.MAP_RECORD)) if self.has(files.MAP_RECORD) else None

    def items(self, split: str) -> ShownItems:
        """Return what a reader sees of the rows of a split."""
        self.check_split(split)
        path = self.file(files.rows(split))
        items, rows = read_items(path), self.run.data.splits[split].rows
        if len(items) != rows:
            raise unfitting(path, f"it has {len(items)} rows, the split has {rows}")
        return items

    def embedding(self, split: str, *, mapped: bool = False) -> FloatArray:
        """Return the last encoder's embedding of a split: float32 (n, d).

        Where it is ``mapped``, it can't be written to and is read from the disk as it is used.
        """
        self.check_split(split)
        last = len(self.run.encoders) - 1
        if last < 0:
            raise unfitting(self.file(files.RUN), "it names no encoder")
        name = files.embedding(last, self.run.encoders[last].id, split)
        return self.array(name, mapped=mapped)

    def names(self, clusterer: str) -> dict[int, str]:
        """Return the name of each cluster of a clusterer; they come from data: show them as text."""
        explained = self.explanations.clusterings[clusterer].clusters
        return {cluster.cluster: cluster.name for cluster in explained}

    def clusterer(self, name: str | None = None) -> str:
        """Return the id of a clusterer of the run; by default the one that the report shows first.

        Raises
        ------
        InputError
            Where the run has none of that name.
        """
        clusterings = self.metrics.clusterings
        if name is None:
            return leading(self.metrics, self.run.data.splits)
        if name not in clusterings:
            raise InputError(
                f"the run has no clusterer {name!r}",
                key="--clusterer",
                file=str(self.path),
                remedy=nearest(name, clusterings),
            )
        return name

    def labels(self, clusterer: str, split: str) -> IntArray | None:
        """Return a clusterer's labels of a split: int64 (n,), -1 for noise; None without."""
        name = files.labels(clusterer, split)
        labels = self._optional(name)
        known = self.assignments.clusters[clusterer][self.assignments.rows(split)]
        if labels is not None and not np.array_equal(labels, known):
            raise unfitting(self.path / name, f"{files.ASSIGNMENTS} has other clusters")
        return labels

    def membership(self, clusterer: str, split: str) -> FloatArray | None:
        """Return how far each row belongs to each cluster: float32 (n, k); None without."""
        return self._optional(files.soft(clusterer, split, files.MEMBERSHIP))

    def outlier_scores(self, clusterer: str, split: str) -> FloatArray | None:
        """Return how far each row is an outlier: float32 (n,) in [0, 1]; None without."""
        return self._optional(files.soft(clusterer, split, files.OUTLIER))

    def places(self, clusterer: str) -> Places:
        """Return where the clusters of the training rows lie in the embedding."""
        from clusterforge.numerics.centroids import Places

        if clusterer not in self._places:
            if self.exported:
                arrays = self.state(files.places(clusterer)).arrays
                own = (arrays[key] for key in ("numbers", "means", "spreads"))
                self._places[clusterer] = Places(*own)
                return self._places[clusterer]
            labels = self.labels(clusterer, "train")
            assert labels is not None
            self._places[clusterer] = Places.of(self.embedding("train", mapped=True), labels)
        return self._places[clusterer]

    def leaves_noise(self, clusterer: str) -> bool:
        """Return whether rows of the run are noise."""
        sizes = self.metrics.clusterings[clusterer].sizes.values()
        return any(rows.get(-1) for rows in sizes)

    def or_nearest(self, clusterer: str, labels: IntArray, embedding: FloatArray) -> IntArray:
        """Return the cluster of each row, for noise the one with the nearest mean, if any: int64 (n,)."""
        nearest = labels.copy()
        if (noise := labels == -1).any() and self.metrics.clusterings[clusterer].n_clusters:
            nearest[noise] = self.places(clusterer).nearest(np.asarray(embedding[noise]))
        return nearest

    def outlying(self, clusterer: str, split: str) -> FloatArray | None:
        """Return how far each row is an outlier: float32 (n,) in [0, 1].

        By the clusterer where it knows, else by how far the row lies out of the nearest cluster; None
        where the split is not labelled, or there is no cluster.
        """
        scores = self.outlier_scores(clusterer, split)
        if scores is not None:
            return scores
        known = self.labels(clusterer, split) is not None
        if not known or not self.metrics.clusterings[clusterer].n_clusters:
            return None
        return self.places(clusterer).outlying(self.embedding(split, mapped=True))

    def row_values(self, clusterer: str, kind: str) -> FloatArray | None:
        """Return ``silhouette`` or ``stability`` of every row of the run.

        Returns
        -------
        ndarray or None
            float32 (n,) in the order of the assignments, nan where unknown; None where all are.
        """
        values = np.full(len(self.assignments), np.nan, dtype=np.float32)
        for split in self.assignments.splits:
            part = self._optional(files.row_values(clusterer, split, kind))
            if part is not None:
                values[self.assignments.rows(split)] = part
        return values if np.isfinite(values).any() else None

    def encoder_state(self, index: int) -> State:
        """Return what a fitted encoder of the chain left."""
        return self.state(files.encoder(index, self.run.encoders[index].id))

    def clusterer_state(self, clusterer: str) -> State:
        """Return what a fitted clusterer left."""
        return self.state(files.clusterer(clusterer))

    def check_split(self, split: str) -> None:
        """See that the run has a split of that name.

        Raises
        ------
        InputError
            Where it has not.
        """
        if split not in self.run.data.splits:
            raise InputError(
                f"the run has no split {split!r}",
                file=str(self.path),
                remedy=nearest(split, self.run.data.splits),
            )

    def array(self, name: str, *, mapped: bool = False) -> npt.NDArray[Any]:
        """Return an array of the run; where it is ``mapped``, read from the disk as it is used.

        Raises
        ------
        InputError
            Where the file is missing or no array.
        """
        path = self.file(name)
        try:
            array = stored_array(path) if mapped else opened(path)
        except (OSError, ValueError, EOFError) as error:
            raise damaged(path, str(error)) from error
        except MemoryError as error:
            if path.stat().st_size > LARGE:
                raise
            raise damaged(path, "it says that it is larger than memory") from error
        check_array(path, name, array, self.run)
        return array

    def state(self, folder: str) -> State:
        """Return what a fitted part left in the folder of its stage."""
        for name in (ARRAYS, META):
            self.file(f"{folder}/{name}")
        return read_state(self.path / folder)

    def records(self) -> Iterator[Callable[[], object]]:
        """Yield what reads each record and table of the run."""
        for name, value in vars(type(self)).items():
            if isinstance(value, cached_property):
                yield partial(getattr, self, name)

    def answers(self) -> Iterator[Callable[[], object]]:
        """Yield what reads the rows of each split, and their clusters, of a run whose records are whole."""
        for split in self.run.data.splits:
            yield partial(self.items, split)
            for clusterer in self.metrics.clusterings:
                yield partial(self.labels, clusterer, split)

    def _optional(self, name: str) -> npt.NDArray[Any] | None:
        return self.array(name) if self.has(name) else None
