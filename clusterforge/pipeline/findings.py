"""What a finished run found: its records, labels and names."""

from __future__ import annotations

from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.errors import InputError, nearest
from clusterforge.formats import number
from clusterforge.recipe import Recipe, read, resolve
from clusterforge.registry import Registry
from clusterforge.registry.python_names import Imported, Named
from clusterforge.runs import RunFolder, files
from clusterforge.runs.ranking import FITTED, HELD_OUT
from clusterforge.runs.records import (
    Evaluation,
    Explanations,
    History,
    LayerExplanation,
    Metrics,
    PhaseRecord,
    RunRecord,
    ScoreRecord,
)

if TYPE_CHECKING:
    import pandas as pd


class Findings:
    """What a finished run found, read from its folder. It pickles: what is stored is where it lies.

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
        return f"{type(self).__name__}({str(self.folder)!r})"

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
        found = found.remembering(
            {(p.kind, p.name): f"{p.distribution} {p.version}" for p in self.info.plugins}
        )
        if self._trust_python:
            return found.naming(Imported(finished=True))
        return found if found.python else found.naming(Named())

    @cached_property
    def recipe(self) -> Recipe:
        """The resolved recipe."""
        return resolve(read(self.files.file(files.RECIPE)), self.registry)

    @property
    def labels_in_training(self) -> bool:
        """Whether true labels were used to train an encoder."""
        return self.info.labels_in_training

    def score(
        self, metric: str, *, clusterer: str | None = None, split: str | None = None
    ) -> float | None:
        """Return one headline score: noise left out.

        Parameters
        ----------
        metric
            Of what.
        clusterer
            Which one; default: the one that the report shows first.
        split
            On which rows; default: ``test`` where the run has that split, else ``train``.

        Raises
        ------
        InputError
            Where the run has no such score.
        """
        name, scores = self.files.clusterer(clusterer), self.metrics.headline()
        if split is None:
            split = HELD_OUT if HELD_OUT in self.info.data.splits else FITTED
        score = scores.get((name, split, metric))
        if score is not None:
            return score.value
        wanted = f"{metric} of {name} on {split}"
        elsewhere = [at for at in self.info.data.splits if (name, at, metric) in scores]
        remedy = f"give split={elsewhere[0]!r}" if elsewhere else None
        if remedy is None:
            known = dict.fromkeys(by for of, _, by in scores if of == name)
            remedy = nearest(metric, known)
        raise InputError(f"the run has no {wanted}", remedy=remedy)

    def assignments(self) -> pd.DataFrame:
        """Return every row: split, id, item (its text, or thumbnail as PNG), label, and its clusters.

        Returns
        -------
        DataFrame
            For each clusterer a column, ``Int64``: -1 for noise, missing where it has not labelled the
            row; and ``{clusterer} name`` with the name of the cluster, ``noise`` for noise, missing where
            the number is: as exports and answers of a server say it. For each layer the same columns,
            ``kmeans/10`` and ``kmeans/10 name``.
        """
        import numpy as np
        import pandas as pd

        from clusterforge.exporting import Clusters
        from clusterforge.exporting.row_columns import NOISE
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
            frame[f"{clusterer} name"] = frame[clusterer].map(Clusters(self.files, clusterer).names)
            for layer in self.layers(clusterer):
                column = clusterer + layer.name
                groups = table.layers[column]
                frame[column] = pd.Series(groups, dtype="Int64").mask(groups == UNLABELLED)
                frame[f"{column} name"] = frame[column].map({**layer.names, -1: NOISE})
        return frame

    def embedding(self, split: str = "train") -> FloatArray:
        """Return the last encoder's embedding of a split: float32 (n, d)."""
        return self.files.embedding(split)

    def labels(self, clusterer: str | None = None, split: str = "train") -> IntArray:
        """Return a clusterer's labels of a split: int64 (n,), -1 for noise.

        The clusterer is by default the one that the report shows first, as everywhere here.

        Raises
        ------
        InputError
            Where the run has no such split, or the clusterer has not labelled it.
        """
        name = self.files.clusterer(clusterer)
        self.files.check_split(split)
        labels = self.files.labels(name, split)
        if labels is None:
            raise InputError(f"clusterer {name!r} has not labelled split {split!r}")
        return labels

    def membership(self, clusterer: str | None = None, split: str = "train") -> FloatArray | None:
        """Return how far each row belongs to each cluster: float32 (n, k); None without."""
        self.labels(clusterer, split)
        return self.files.membership(self.files.clusterer(clusterer), split)

    def outlier_scores(
        self, clusterer: str | None = None, split: str = "train"
    ) -> FloatArray | None:
        """Return how far each row is an outlier: float32 (n,) in [0, 1]; None without."""
        self.labels(clusterer, split)
        return self.files.outlier_scores(self.files.clusterer(clusterer), split)

    def layers(self, clusterer: str | None = None) -> tuple[LayerExplanation, ...]:
        """Return the groups of a clusterer's clusters, layer by layer from fine to coarse."""
        return self.explanations.clusterings[self.files.clusterer(clusterer)].layers
