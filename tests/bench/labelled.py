"""Labelled sets that choices made without labels are measured on, each with the embedding of a plain recipe.

A set is the tables of a recipe (``dataset`` and ``encoder``), so that a bench can go on from the embedding
or from the recipe. At most 2,000 rows are drawn of each. An embedding is computed once and stored below the
folder for temporary files. The Hub's sets come from ``CLUSTERFORGE_MIRROR``, the csv tables from the folder
that ``CLUSTERFORGE_TABLES`` names; what is not there is left out with the reason.

``python -m tests.bench.labelled`` lists all sets.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import JsonValue

from clusterforge.contracts import Context, Corpus, Dataset, Encoder, FloatArray, IntArray, View
from clusterforge.errors import ClusterforgeError
from clusterforge.registry import Registry
from clusterforge.specs import Kind
from clusterforge.storage.atomic import replacing
from clusterforge.validation import validated

ROWS = 2000
Table = Mapping[str, JsonValue]
TABLES = "CLUSTERFORGE_TABLES"


@dataclass(frozen=True)
class LabelledSet:
    """How a set is read and embedded.

    Parameters
    ----------
    name
        Its name in tables of results.
    dataset
        The table ``[dataset]`` of a recipe, with labels.
    encoders
        The tables ``[[encoder]]``.
    held_back
        Whether it is one of the half on which nothing is chosen.
    without
        A class that is none: its rows are left out.
    """

    name: str
    dataset: Table
    encoders: tuple[Table, ...]
    held_back: bool
    without: str | None = None


@dataclass(frozen=True)
class Labelled:
    """A set, read and embedded.

    Parameters
    ----------
    name
        Its name.
    embedding
        float32 (n, d), n at most 2,000.
    labels
        int64 (n,), 0 to k - 1, each of them present.
    held_back
        Whether it is one of the half on which nothing is chosen.
    """

    name: str
    embedding: FloatArray
    labels: IntArray
    held_back: bool

    @property
    def k(self) -> int:
        """The number of classes among the rows."""
        return int(self.labels.max()) + 1


def _hub(path: str, label: str, **content: str) -> Table:
    return {"use": "huggingface", "path": path, "label": label, **content}


def _csv(name: str, **more: JsonValue) -> Table:
    path = str(Path(os.environ.get(TABLES, TABLES)) / f"{name}.csv")
    return {"use": "files", "path": path, "features": "all", "label": "class", **more}


def _scikit(name: str) -> Table:
    return {"use": name, "test_fraction": 0.001}


MINILM: tuple[Table, ...] = ({"use": "minilm"},)
COLUMNS: tuple[Table, ...] = ({"use": "table"},)
PIXELS: tuple[Table, ...] = ({"use": "flatten"},)
CLINC = "clinc/clinc_oos"

SETS: tuple[LabelledSet, ...] = (
    LabelledSet("digits", _scikit("digits"), PIXELS, held_back=False),
    LabelledSet("mnist", _hub("ylecun/mnist", "label", image="image"), PIXELS, held_back=True),
    LabelledSet("iris", _scikit("iris"), COLUMNS, held_back=False),
    LabelledSet("wine", _scikit("wine"), COLUMNS, held_back=True),
    LabelledSet("breast-cancer", _scikit("breast-cancer"), COLUMNS, held_back=True),
    LabelledSet("BreastCancer", _csv("BreastCancer", drop=["Id"]), COLUMNS, held_back=False),
    LabelledSet("DNA", _csv("DNA"), COLUMNS, held_back=True),
    LabelledSet("HouseVotes84", _csv("HouseVotes84"), COLUMNS, held_back=True),
    LabelledSet("Ionosphere", _csv("Ionosphere"), COLUMNS, held_back=False),
    LabelledSet("LetterRecognition", _csv("LetterRecognition"), COLUMNS, held_back=True),
    LabelledSet("PimaIndiansDiabetes", _csv("PimaIndiansDiabetes"), COLUMNS, held_back=False),
    LabelledSet("Shuttle", _csv("Shuttle"), COLUMNS, held_back=False),
    LabelledSet("Vehicle", _csv("Vehicle"), COLUMNS, held_back=False),
    LabelledSet("ag-news", _hub("fancyzhx/ag_news", "label", text="text"), MINILM, held_back=False),
    LabelledSet("sample-news", {"use": "sample-news"}, MINILM, held_back=True),
    LabelledSet(
        "banking77", _hub("PolyAI/banking77", "label", text="text"), MINILM, held_back=False
    ),
    LabelledSet(
        "clinc-domains", _hub(CLINC, "domain", text="text"), MINILM, held_back=True, without="oos"
    ),
    LabelledSet(
        "clinc-intents", _hub(CLINC, "intent", text="text"), MINILM, held_back=True, without="oos"
    ),
)


def load(labelled: LabelledSet) -> Labelled:
    """Return a set with its embedding, from the store where it is there.

    Raises
    ------
    ClusterforgeError
        Where the data, or the plugin of an encoder, are not there.
    """
    path = _folder() / f"{labelled.name}-{_digest(labelled)}.npz"
    if not path.is_file():
        embedding, labels = _computed(labelled)
        with replacing(path) as part, part.open("wb") as file:
            np.savez(file, embedding=embedding, labels=labels)
    with np.load(path) as stored:
        return Labelled(labelled.name, stored["embedding"], stored["labels"], labelled.held_back)


def available(names: Sequence[str] = ()) -> Iterator[Labelled]:
    """Yield the sets that are there, or those of some names; print why others are not."""
    for labelled in SETS:
        if names and labelled.name not in names:
            continue
        try:
            yield load(labelled)
        except ClusterforgeError as error:
            print(f"{labelled.name} is left out: {error}", flush=True)


def corpus_of(labelled: LabelledSet) -> Corpus:
    """Return the whole data of a set.

    Raises
    ------
    ClusterforgeError
        Where they are not there.
    """
    dataset: Dataset[Any] = _plugin("dataset", labelled.dataset)
    return dataset.load(Context())


def _computed(labelled: LabelledSet) -> tuple[FloatArray, IntArray]:
    corpus = corpus_of(labelled)
    split = corpus.train
    assert split.labels is not None
    usable = split.labels >= 0
    if labelled.without is not None:
        usable &= split.labels != corpus.label_names.index(labelled.without)
    rows = np.flatnonzero(usable)
    if len(rows) > ROWS:
        rows = np.sort(np.random.default_rng(0).choice(rows, ROWS, replace=False))
    split = split.some(rows)
    assert split.labels is not None
    context = Context(threads=int(os.environ.get("OMP_NUM_THREADS", "1")))
    embedding: FloatArray | None = None
    for table in labelled.encoders:
        encoder: Encoder[Any] = _plugin("encoder", table)
        view = View(split.items) if embedding is None else View(split.items, embedding)
        embedding = encoder.fit_encode(view, context)
    assert embedding is not None
    return embedding, np.unique(split.labels, return_inverse=True)[1].astype(np.int64)


@cache
def _registry() -> Registry:
    return Registry.installed()


def _plugin(kind: Kind, table: Table) -> Any:
    plugin = _registry().find(kind, str(table["use"]))
    own = {key: value for key, value in table.items() if key != "use"}
    params = validated(plugin.spec.params, own, place=kind, file=None, folder=Path())
    return plugin.load()(params)


def _folder() -> Path:
    folder = Path(tempfile.gettempdir()) / "clusterforge-labelled"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _digest(labelled: LabelledSet) -> str:
    content = [labelled.dataset, labelled.encoders, labelled.without, ROWS]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]


def main() -> None:
    """Print rows, columns and classes of each set, and the seconds that it took."""
    start = time.perf_counter()
    for labelled in available():
        took = time.perf_counter() - start
        n, d = labelled.embedding.shape
        print(f"{labelled.name:20} {n:5} rows {d:4} columns {labelled.k:4} classes {took:6.1f} s")
        start = time.perf_counter()


if __name__ == "__main__":
    main()
