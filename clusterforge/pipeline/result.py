"""A finished run: what it found, and its model applied to new rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from clusterforge.contracts import FloatArray, IntArray, Points, Split, State
from clusterforge.errors import InputError, nearest
from clusterforge.formats import number
from clusterforge.models import Answer, Model, RowFormat
from clusterforge.models.rows import Rows
from clusterforge.recipe import Entry, Recipe, read, resolve
from clusterforge.registry import Registry
from clusterforge.registry.python_names import Imported, Named
from clusterforge.runs import RunFolder, files
from clusterforge.runs.records import (
    HEADLINE,
    Evaluation,
    Explanations,
    History,
    LayerExplanation,
    Metrics,
    PhaseRecord,
    Profiles,
    RunRecord,
    ScoreRecord,
)

if TYPE_CHECKING:
    import pandas as pd

    from clusterforge.exporting import Exported


class Run:
    """A finished run, opened from its folder. It pickles: what is stored is where it lies.

    Parameters
    ----------
    folder
        The run's folder.
    registry
        The plugins; default: all that are installed.
    trust_python
        Whether what the recipe names as ``python:module:Class`` may be imported.
    """

    def __init__(
        self, folder: str | Path, registry: Registry | None = None, *, trust_python: bool = False
    ) -> None:
        self.folder = Path(folder)
        self._registry, self._trust_python = registry, trust_python

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    def __getstate__(self) -> tuple[Path, bool]:
        return self.folder.absolute(), self._trust_python

    def __setstate__(self, state: tuple[Path, bool]) -> None:
        self.folder, self._trust_python = state
        self._registry = None

    def _repr_html_(self) -> str:
        """Show the headline scores and a link to the report, in a notebook."""
        headline = self.metrics.headline()
        names = list(dict.fromkeys(metric for _, _, metric in headline))
        rows = list(dict.fromkeys((clusterer, split) for clusterer, split, _ in headline))
        head = "".join(f"<th>{escape(self.metrics.metrics[name].title)}</th>" for name in names)
        body = ""
        for clusterer, split in rows:
            scores = (headline.get((clusterer, split, name)) for name in names)
            cells = "".join(f"<td>{'' if s is None else number(s.value)}</td>" for s in scores)
            body += f"<tr><th>{escape(clusterer)}</th><th>{escape(split)}</th>{cells}</tr>"
        link = (self.folder / files.REPORT).absolute().as_uri()
        return (
            f'<p><b>{escape(self.info.name)}</b> · <a href="{escape(link)}">report</a> · '
            f"<code>{escape(str(self.folder))}</code></p>"
            f"<table><thead><tr><th>clusterer</th><th>split</th>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>"
        )

    @cached_property
    def files(self) -> RunFolder:
        """The records and arrays of the folder."""
        return RunFolder.open(self.folder)

    @property
    def info(self) -> RunRecord:
        """What was run, with what, on which data, and how long each stage took."""
        return self.files.run

    @property
    def metrics(self) -> Metrics:
        """The scores, the metrics they are by, and the clusterings they are of."""
        return self.files.metrics

    @property
    def scores(self) -> tuple[ScoreRecord, ...]:
        """Every score."""
        return self.metrics.scores

    @property
    def phases(self) -> tuple[PhaseRecord, ...]:
        """How k-means does on the input and after each phase of training."""
        return self.metrics.phases

    @property
    def evaluation(self) -> Evaluation:
        """The data themselves, clusters one by one, and how stable each clustering is."""
        return self.files.evaluation

    @property
    def explanations(self) -> Explanations:
        """What each cluster is."""
        return self.files.explanations

    @property
    def history(self) -> History:
        """Every epoch of training."""
        return self.files.history

    @cached_property
    def registry(self) -> Registry:
        """The plugins."""
        found = self._registry or Registry.installed()
        if self._trust_python:
            return found.naming(Imported(finished=True))
        return found if found.python else found.naming(Named())

    @cached_property
    def recipe(self) -> Recipe:
        """The resolved recipe."""
        return resolve(read(self.files.file(files.RECIPE)), self.registry)

    @cached_property
    def model(self) -> Model:
        """The fitted encoders and clusterers, for new rows."""
        data = self.info.data
        form = RowFormat(
            content=data.content,
            shape=data.splits["train"].shape,
            features=data.feature_names,
            columns=data.columns,
            separator=data.separator,
        )
        classes = len(data.label_names) or None
        recipe = self.recipe
        return Model(recipe, self.registry, form, classes, self._state, dataset=recipe.dataset)

    @property
    def labels_in_training(self) -> bool:
        """Whether true labels were used to train an encoder."""
        return self.info.labels_in_training

    def score(
        self, metric: str, *, clusterer: str | None = None, split: str = "test"
    ) -> float | None:
        """Return one headline score: noise left out.

        Raises
        ------
        InputError
            Where the run has no such score.
        """
        for score in self.scores:
            key = (score.metric, score.split, score.noise)
            if key == (metric, split, HEADLINE) and clusterer in (None, score.clusterer):
                return score.value
        known = {f"{s.metric} of {s.clusterer} on {s.split}" for s in self.scores}
        wanted = f"{metric} of {clusterer or 'any clusterer'} on {split}"
        raise InputError(f"the run has no {wanted}", remedy=nearest(wanted, known))

    def assignments(self) -> pd.DataFrame:
        """Return every row: split, id, item (its text, or thumbnail as PNG), label, and its clusters.

        Returns
        -------
        DataFrame
            For each clusterer a column, ``Int64``: -1 for noise, missing where it has not labelled the
            row; and ``{clusterer} name`` with the name of the cluster, missing for noise. For each layer
            the same columns, ``kmeans/10`` and ``kmeans/10 name``.
        """
        import numpy as np
        import pandas as pd

        from clusterforge.runs import UNLABELLED

        table = self.files.assignments
        names = np.array([*table.classes, None], dtype=object)
        items: list[Any] = []
        for split in table.splits:
            shown = self.files.items(split)
            items += shown.take(np.arange(len(shown)))
        frame = pd.DataFrame(
            {
                "split": np.array(table.splits, dtype=object)[table.split],
                "id": table.ids,
                "item": items,
                "label": names[table.truth],
            }
        )
        for clusterer, labels in table.clusters.items():
            frame[clusterer] = pd.Series(labels, dtype="Int64").mask(labels == UNLABELLED)
            frame[f"{clusterer} name"] = frame[clusterer].map(self.files.names(clusterer))
            for layer in self.layers(clusterer):
                column = clusterer + layer.name
                groups = table.layers[column]
                frame[column] = pd.Series(groups, dtype="Int64").mask(groups == UNLABELLED)
                frame[f"{column} name"] = frame[column].map(layer.names)
        return frame

    def embedding(self, split: str = "train") -> FloatArray:
        """Return the last encoder's embedding of a split: float32 (n, d)."""
        return self.files.embedding(split)

    def labels(self, clusterer: str | None = None, split: str = "train") -> IntArray:
        """Return a clusterer's labels of a split: int64 (n,), -1 for noise.

        Raises
        ------
        InputError
            Where the run has no such split, or the clusterer has not labelled it.
        """
        entry = self.recipe.clusterer(clusterer)
        self.files.check_split(split)
        labels = self.files.labels(entry.id, split)
        if labels is None:
            raise InputError(f"clusterer {entry.id!r} has not labelled split {split!r}")
        return labels

    def membership(self, clusterer: str | None = None, split: str = "train") -> FloatArray | None:
        """Return how far each row belongs to each cluster: float32 (n, k); None without."""
        self.labels(clusterer, split)
        return self.files.membership(self.recipe.clusterer(clusterer).id, split)

    def outlier_scores(
        self, clusterer: str | None = None, split: str = "train"
    ) -> FloatArray | None:
        """Return how far each row is an outlier: float32 (n,) in [0, 1]; None without."""
        self.labels(clusterer, split)
        return self.files.outlier_scores(self.recipe.clusterer(clusterer).id, split)

    def layers(self, clusterer: str | None = None) -> tuple[LayerExplanation, ...]:
        """Return the groups of a clusterer's clusters, layer by layer from fine to coarse."""
        return self.explanations.clusterings[self.files.clusterer(clusterer)].layers

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
            Which one; default: the recipe's first.
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
            width, channels), or a list of paths, PIL images and arrays of any size); or a data frame
            with the columns that the run was made of.

        Raises
        ------
        InputError
            Where they are not such rows as the run's.
        """
        return self._points(rows).embedding

    def predict(self, rows: Rows, clusterer: str | None = None) -> IntArray:
        """Return the cluster of each new row: int64 (n,), -1 for noise.

        Parameters
        ----------
        rows
            As in :meth:`encode`.
        clusterer
            Which one; default: the recipe's first.

        Raises
        ------
        InputError
            Where the clusterer can't label rows it has not seen.
        """
        return self.model.predict(self._points(rows), clusterer)

    def predict_all(self, rows: Rows) -> dict[str, IntArray]:
        """Return the cluster of each new row by every clusterer that can label new rows.

        One whose ``python:`` code may not be imported, or whose state could not be stored, is left
        out with a :class:`~clusterforge.models.LeftOut` warning.

        Raises
        ------
        InputError
            Where all of them would be left out.
        """
        points, names = self._points(rows), self.model.usable()
        return {name: self.model.predict(points, name) for name in names}

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
            ``<id>.outlier``: float32 (n,).
        """
        from clusterforge import exporting

        points = self._points(rows)
        columns: dict[str, npt.NDArray[Any]] = {}
        for name in self.model.usable() if clusterer is None else [clusterer]:
            answer: Answer = self.model.answer(points, name)
            columns[name] = answer.labels
            clusters = exporting.Clusters(self.files, self.recipe.clusterer(name).id)
            if clusters.leaves_noise or (answer.labels < 0).any():
                columns[f"{name}.nearest"] = clusters.or_nearest(answer.labels, points.embedding)
            if answer.confidence is not None:
                columns[f"{name}.confidence"] = answer.confidence
            if answer.outlier_scores is not None:
                columns[f"{name}.outlier"] = answer.outlier_scores
        return columns

    def export(
        self,
        rows: str | Path | None = None,
        *,
        clusters: str | Path | None = None,
        clusterer: str | None = None,
        dataset: Mapping[str, Any] | None = None,
        as_is: bool = False,
    ) -> Exported:
        """Write the rows of the data with their clusters, and the clusters, as files.

        Parameters
        ----------
        rows
            A csv, tsv, jsonl, parquet or xlsx file: every column of every row of the data, those that
            the run left out among them, then what the run says of it.
        clusters
            A file with one row per cluster; a workbook of rows has it as its second sheet.
        clusterer
            Which one; default: the recipe's first.
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
        from clusterforge.exporting import export

        return export(
            self.files,
            self.recipe.dataset.with_values(dataset or {}, Path.cwd()),
            rows=None if rows is None else Path(rows),
            clusters=None if clusters is None else Path(clusters),
            clusterer=clusterer,
            as_is=as_is,
        )

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

        entry = self.recipe.dataset.with_values(dataset or {}, Path.cwd())
        return profile_finished(self.files, entry, column_names(columns), clusterer)

    def read(self, path: str | Path, **columns: str) -> Split:
        """Read new rows from a file the way the run read its own.

        Parameters
        ----------
        path
            A csv, tsv, jsonl, parquet, txt or npy file, or a folder of images.
        columns
            Columns that are named otherwise there: ``text="body"``.

        Returns
        -------
        Split
            Its ``items`` go into :meth:`predict`, its ``ids`` name them.
        """
        from clusterforge.pipeline.new_rows import read_rows

        return read_rows(self, path, dict(columns)).split

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
            Which one; default: the first that can label new rows.
        as_is
            As in :meth:`export`.

        Raises
        ------
        InputError
            Where the file can't be read, no clusterer can label new rows, or a suffix is not known.
        EnvironmentProblem
            Where ``out`` can't be written.
        """
        from clusterforge import exporting
        from clusterforge.pipeline.new_rows import read_rows

        path = Path(out)
        exporting.check_suffix(path, "--out")
        rows = read_rows(self, data, dict(columns))
        points = self._points(rows.split.items)
        name = clusterer or next(iter(self.model.usable()), None)
        if name is None:
            raise InputError("no clusterer of this run can label new rows", file=str(self.folder))
        clusters = exporting.Clusters(self.files, self.recipe.clusterer(name).id)
        answer = exporting.new_row_columns(clusters, points, self.model.answer(points, name))
        source = exporting.Source.of_corpus(rows.entry, rows.corpus, str(data))
        return exporting.export_new(self.files, source, name, answer, path, as_is=as_is)

    def _points(self, rows: Rows) -> Points:
        return self.model.points(rows)

    def _state(self, entry: Entry) -> State:
        kind, _, index = entry.table.partition(".")
        if kind == "encoder":
            return self.files.encoder_state(int(index))
        return self.files.clusterer_state(entry.id)
