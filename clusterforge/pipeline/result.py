"""A finished run: what it found, and its model applied to new rows."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import (
    FloatArray,
    IntArray,
    Items,
    Points,
    SomeItems,
    Split,
    State,
    Table,
    columns_of,
    parts_of,
)
from clusterforge.errors import InputError
from clusterforge.models import Answer, Model, RowFormat
from clusterforge.models.frames import outside
from clusterforge.models.row_format import Rows
from clusterforge.models.strangers import StrangerCount, Strangers, UnlikeRows
from clusterforge.models.usable_rows import NO_EMBEDDING, NOT_COUNTED, UsableRows
from clusterforge.numerics.rates import FEWEST
from clusterforge.pipeline.findings import Findings
from clusterforge.recipe import Entry
from clusterforge.runs.records import Profiles
from clusterforge.tables import apart_alone

if TYPE_CHECKING:
    import pyarrow as pa

    from clusterforge.exporting import Exported


class Run(Findings):
    """A finished run, opened from its folder; parameters as of ``Findings``."""

    _latest: tuple[Items, str, Strangers | None] | None = None  # of items, which nobody changes

    @cached_property
    def _counts(self) -> dict[str, StrangerCount]:
        return {}

    @cached_property
    def model(self) -> Model:
        """The fitted encoders and clusterers, for new rows."""
        data = self.info.data
        form = RowFormat.of(data)
        classes = len(data.label_names) or None
        recipe = self.recipe
        return Model(recipe, self.registry, form, classes, self._state, dataset=recipe.dataset)

    def dataset(self, changes: Mapping[str, Any] | None = None) -> Entry:
        """Return the data set of the run, where its files lie now.

        Parameters
        ----------
        changes
            What of its table is another by now: ``{"path": "moved/tickets.csv"}``, or of a table in it:
            ``{"types": {"a": "number"}}``; default: nothing, or that the files were moved together with
            the run.
        """
        entry = self.recipe.dataset
        if not changes:
            return entry.moved_with(self.folder)
        own = entry.params.model_dump(mode="json", exclude_unset=True)
        tables = {
            key: {**own[key], **value}
            for key, value in changes.items()
            if isinstance(value, Mapping) and isinstance(own.get(key), Mapping)
        }
        return entry.with_values({**changes, **tables}, Path.cwd())

    def labelling(self, clusterer: str | None = None) -> str:
        """Return the id of the clusterer that labels new rows where one of them is to.

        Parameters
        ----------
        clusterer
            Its id; default: the one that the report shows first or, where that one can't label new
            rows, the first of the recipe that can.

        Raises
        ------
        InputError
            Where the run has no such clusterer, or none that can label new rows, or it can't.
        """
        if clusterer is not None:
            name = self.files.clusterer(clusterer)
            self.model.check_clusterer(name)
            return name
        names = self.model.usable()
        if not names:
            raise InputError("no clusterer of this run can label new rows", file=str(self.folder))
        return self._shown(names)

    def _shown(self, names: Sequence[str]) -> str:
        """Return the clusterer that the report shows first, if it is one of some; else their first."""
        shown = self.files.clusterer()
        return next((name for name in names if name == shown), next(iter(names), shown))

    def cut(
        self,
        clusterer: str | None = None,
        n_clusters: int | None = None,
        *,
        height: float | None = None,
    ) -> dict[str, IntArray]:
        """Return the labels of every split by another cut of the tree over a clusterer's clusters.

        Up to as many clusters as the run has, its clusters are joined along the tree. More come from the
        clusterer's own tree, where it has one that can be cut again. The run stays.

        Parameters
        ----------
        clusterer
            Which one; default: the one that the report shows first.
        n_clusters, height
            How many clusters to leave, or up to which height merges count; one of the two.

        Returns
        -------
        dict
            By split, int64 (n,), -1 for noise; groups are numbered by the first of their clusters.

        Raises
        ------
        InputError
            Where there is no tree, or no such cut.
        """
        if (n_clusters is None) == (height is None):
            raise InputError("a cut needs n_clusters or height, and not both")
        name = self.files.clusterer(clusterer)
        record = self.metrics.clusterings[name]
        tree = record.cluster_tree
        if tree is None:
            raise InputError(f"there is no tree over the clusters of {name!r}")
        whole = record.tree
        assert whole is not None
        k = len(tree.leaves)
        if height is not None:
            left = tree.groups_at(height)
            n_clusters = left if left < k or len(whole.leaves) == k else None
        if n_clusters is not None and n_clusters < 1:
            raise InputError(f"{n_clusters} clusters can't be left")
        if n_clusters is not None and n_clusters <= k:
            found = {split: self.files.labels(name, split) for split in self.info.data.splits}
            return {
                split: tree.grouped(labels, n_clusters)
                for split, labels in found.items()
                if labels is not None
            }
        parts = {split: Points(self.embedding(split)) for split in self.info.data.splits}
        return self.model.cut(parts, name, n_clusters=n_clusters, height=height)

    def encode(self, rows: Rows) -> FloatArray:
        """Return the embedding of new rows: float32 (n, d).

        Parameters
        ----------
        rows
            Texts (a list, array or column); a table of numbers; images (an array uint8 (n, height,
            width, channels), or a list of paths, PIL images and arrays of any size); or a data frame or
            a list of dicts with the columns that the run was made of, whose values are read as the
            recipe says that they are written (``units``, ``decimal``, ``na_values`` …).

        Raises
        ------
        InputError
            Where they are not such rows as the run's.

        Warns
        -----
        RowsLeftOut
            Where rows have nothing to encode: no text, an image that can't be read, or a gap that the
            encoders don't take. Their embedding is nan.
        ReadingRemark
            Where a column has no value in any row, or seems to be in another unit than in the run.
        """
        usable, points = self.model.placed(rows, NO_EMBEDDING)
        return usable.spread(points.embedding, np.nan)

    def predict(self, rows: Rows, clusterer: str | None = None) -> IntArray:
        """Return the cluster of each new row: int64 (n,), -1 for noise and for what can't be encoded.

        Parameters
        ----------
        rows
            As in :meth:`encode`.
        clusterer
            Which one; default: the one that the report shows first.

        Raises
        ------
        InputError
            Where the clusterer can't label rows it has not seen.

        Warns
        -----
        RowsLeftOut
            Where rows have nothing to encode, as in :meth:`encode`. :meth:`predict_columns` tells them
            from noise.
        UnlikeRows
            Where many rows are unlike all that the run has, as :meth:`strangers` counts them.
        """
        own = self.files.clusterer(clusterer)
        self.model.check_clusterer(own)  # before what takes long
        usable, points = self._placed(rows, own)
        return usable.spread(self.model.predict(points, own), -1)

    def predict_all(self, rows: Rows) -> dict[str, IntArray]:
        """Return the cluster of each new row by every clusterer that can label new rows.

        One whose ``python:`` code may not be imported, or whose state could not be stored, is left
        out with a :class:`~clusterforge.models.LeftOut` warning.

        Raises
        ------
        InputError
            Where all of them would be left out.
        """
        names = self.model.usable()
        usable, points = self._placed(rows, self._shown(names))
        return {name: usable.spread(self.model.predict(points, name), -1) for name in names}

    def predict_columns(
        self, rows: Rows, clusterer: str | None = None
    ) -> dict[str, npt.NDArray[Any]]:
        """Return what is known of each new row, by column name.

        Parameters
        ----------
        rows
            As in :meth:`encode`.
        clusterer
            Which one; default: every one that can label new rows, as in :meth:`predict_all`.

        Returns
        -------
        dict
            For each clusterer ``<id>``, the labels int64 (n,); where any row is noise, also
            ``<id>.nearest``, for noise the cluster whose mean is nearest, int64 (n,); where it knows,
            ``<id>.confidence``, its membership of the row's cluster (0 for noise), and
            ``<id>.outlier``: float32 (n,). A row that has nothing to encode, as in :meth:`encode`, has
            -1, and nan for confidence and outlier.
        """
        names = self.model.usable() if clusterer is None else [self.labelling(clusterer)]
        usable, points = self._placed(rows, self._shown(names))
        columns: dict[str, npt.NDArray[Any]] = {}
        for name in names:
            answer: Answer = self.model.answer(points, name)
            columns[name] = answer.labels
            own = self.recipe.clusterer(name).id
            if self.files.leaves_noise(own) or (answer.labels < 0).any():
                nearest = self.files.or_nearest(own, answer.labels, points.embedding)
                columns[f"{name}.nearest"] = nearest
            if answer.confidence is not None:
                columns[f"{name}.confidence"] = answer.confidence
            if answer.outlier_scores is not None:
                columns[f"{name}.outlier"] = answer.outlier_scores
        return {
            name: usable.spread(values, -1 if values.dtype.kind == "i" else np.nan)
            for name, values in columns.items()
        }

    def strangers(self, rows: Rows, clusterer: str | None = None) -> Strangers | None:
        """Return how many new rows are unlike the rows of the run.

        Parameters
        ----------
        rows
            As in :meth:`encode`.
        clusterer
            From whose clusters the rows are far; default: as of :meth:`labelling`.

        Returns
        -------
        Strangers or None
            None where the run has no clusters.

        Raises
        ------
        InputError
            Where no clusterer can label new rows.
        """
        own = self.labelling(clusterer)
        latest = self._latest
        if latest and latest[0] is rows and latest[1] == own:
            return latest[2]
        usable, points = self.model.placed(rows, NOT_COUNTED)
        return self._strangers(points.embedding[: len(usable.kept)], own)

    def _strangers(self, embedding: FloatArray, clusterer: str) -> Strangers | None:
        count = self._count(clusterer)
        count.add(embedding)
        return count.strangers

    def _count(self, clusterer: str) -> StrangerCount:
        """Return a count for other rows; what the run's own rows say is read once."""
        if clusterer not in self._counts:
            self._counts[clusterer] = StrangerCount(self.files, clusterer)
        return self._counts[clusterer].anew()

    def _placed(self, rows: Rows, clusterer: str) -> tuple[UsableRows, Points]:
        """Return new rows and their points, with a warning where many are unlike the rows of the run."""
        usable, points = self.model.placed(rows)
        own = self.files.clusterer(clusterer)
        if len(usable.kept) >= FEWEST:
            found = self._strangers(points.embedding[: len(usable.kept)], own)
            self._latest = (rows, own, found) if isinstance(rows, Items) else None
            if found is not None and found.many:
                line = found.line(str(self.folder), "FILE", self.apart(points.items))
                warnings.warn(UnlikeRows(line), stacklevel=outside())
        return usable, points

    def apart(self, items: Items | None) -> str:
        """Say which column of new rows is unlike that of the run; nothing where it is not one alone."""
        data, table = self.info.data, None if items is None else parts_of(items).get("features")
        if isinstance(table, SomeItems):
            table = Table(np.asarray(table.take(np.arange(len(table)))), columns_of(table))
        if not isinstance(table, Table) or [c.name for c in table.columns] != [*data.feature_names]:
            return ""
        return apart_alone(table.values, data.features, data.spreads)

    def export(
        self,
        rows: str | Path | None = None,
        *,
        clusters: str | Path | None = None,
        hub: str | Path | None = None,
        onnx: str | Path | None = None,
        clusterer: str | None = None,
        dataset: Mapping[str, Any] | None = None,
        as_is: bool = False,
    ) -> Exported:
        """Write the rows of the data with their clusters, the clusters, and the model.

        Parameters
        ----------
        rows
            A csv, tsv, jsonl, parquet or xlsx file: every column of every row of the data, those that
            the run left out among them, then what the run says of it.
        clusters
            A file with one row per cluster; a workbook of rows has it as its second sheet.
        hub
            A new folder with the model as the Hugging Face Hub takes it, without rows of the data.
        onnx
            A file with the network of the last encoder that the run has trained.
        clusterer
            Which one; default: the one that the report shows first.
        dataset
            Where the data lie now, as in the recipe's table: ``{"path": "moved/tickets.csv"}``.
        as_is
            Whether texts that a spreadsheet would execute are left as they are in csv and tsv.

        Raises
        ------
        InputError
            Where the data are not what they were, a suffix is not known, or a sheet is too small.
        EnvironmentProblem
            Where a file can't be written, or xlsx files can't be.
        """
        from clusterforge import exporting

        if onnx is not None:
            exporting.check_onnx(self.recipe, Path(onnx))
        done = exporting.export(
            self.files,
            self.dataset(dataset),
            rows=None if rows is None else Path(rows),
            clusters=None if clusters is None else Path(clusters),
            clusterer=clusterer,
            as_is=as_is,
        )
        if hub is not None:
            exporting.export_model(self.files, self.recipe, Path(hub))
        if onnx is not None:
            exporting.export_onnx(self.model, Path(onnx))
        model = tuple(Path(path) for path in (hub, onnx) if path is not None)
        return replace(done, files=(*done.files, *model))

    def profile(
        self,
        columns: str | Sequence[str] = "all",
        *,
        clusterer: str | None = None,
        dataset: Mapping[str, Any] | None = None,
    ) -> Profiles:
        """Return the clusters against columns of the data that they were not made of.

        Parameters
        ----------
        columns
            Their names; ``"all"``: every other column.
        clusterer
            Which one; default: all.
        dataset
            Where the data lie now, as in :meth:`export`.

        Raises
        ------
        InputError
            Where a column is not there, or the rows are clustered by it.
        """
        from clusterforge.pipeline.profile import column_names, profile_finished

        return profile_finished(self.files, self.dataset(dataset), column_names(columns), clusterer)

    def read(self, path: str | Path, **columns: str) -> Split:
        """Read new rows from a file the way the run read its own.

        Parameters
        ----------
        path
            A csv, tsv, jsonl, parquet, txt or npy file, or a folder of documents or images.
        columns
            Columns that are named otherwise there: ``text="body"``.

        Returns
        -------
        Split
            Its ``items`` go into :meth:`predict`, its ``ids`` name them.

        Warns
        -----
        ReadingRemark
            Of what a run would say of the same file; of rows without content, which are left out.
        """
        from clusterforge.pipeline.new_rows import read_rows

        return read_rows(self, path, columns).split

    def predict_file(
        self,
        data: str | Path,
        out: str | Path,
        *,
        clusterer: str | None = None,
        as_is: bool = False,
        **columns: str,
    ) -> Exported:
        """Write every row and column of a file of new rows, with their clusters.

        Parameters
        ----------
        data, columns
            As ``path`` and ``columns`` of :meth:`read`.
        out
            A csv, tsv, jsonl, parquet or xlsx file.
        clusterer
            Which one; default: as of :meth:`labelling`.
        as_is
            As in :meth:`export`.

        Raises
        ------
        InputError
            Where the file can't be read, no clusterer can label new rows, or ``out`` is a file that is
            read or its suffix not known.
        EnvironmentProblem
            Where ``out`` can't be written.
        """
        import pyarrow as pa

        from clusterforge import exporting
        from clusterforge.pipeline.new_rows import read_rows
        from clusterforge.storage.atomic import check_apart

        path = Path(out)
        exporting.check_suffix(path, "--out")
        name = self.labelling(clusterer)
        rows = read_rows(self, data, columns)
        check_apart(path, rows.entry.paths(), "--out")
        clusters = exporting.Clusters(self.files, name)
        unlike = self._count(clusters.clusterer)

        def parts() -> Iterator[pa.Table]:
            for points in self.model.points_in_blocks(rows.split.items):
                unlike.add(points.embedding)
                found = exporting.placed(clusters, points, self.model.answer(points, name))
                yield pa.table(found.columns(clusters))

        source = exporting.Source.of_corpus(rows.entry, rows.corpus, str(data))
        done = exporting.export_new(self.files, source, name, parts(), path, as_is=as_is)
        found = unlike.strangers
        if found is None or not found.many:
            return done
        line = found.line(str(self.folder), str(data), self.apart(rows.split.items))
        return replace(done, notes=(*done.notes, line))

    def _state(self, entry: Entry) -> State:
        kind, _, index = entry.table.partition(".")
        if kind == "encoder":
            return self.files.encoder_state(int(index))
        return self.files.clusterer_state(entry.id)
