"""How often the words of a cluster's true class stand in its name, beside plain class-based TF-IDF.

``python -m tests.bench.bench_names banking77 clinc150``; needs ``CLUSTERFORGE_MIRROR`` with these and MiniLM.
Train rows, without those out of scope; clusters are k-means with as many clusters as classes. A file
``ROWS.npz`` with ``text``, ``label`` (names of classes) and ``embedding`` can stand for a set.

The other column is BERTopic's default representation: the words of ``CountVectorizer`` by class-based
TF-IDF; its names are the first four.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import CountVectorizer

import clusterforge
from clusterforge.builtin.namers import WordsParams
from clusterforge.contracts import Context, Corpus, FloatArray, Split, Texts
from clusterforge.explaining import Explained, explain, names
from clusterforge.explaining.words import vocabulary
from clusterforge.namers.words import Words
from tests.bench import bench_edits

OUT = "oos"  # the class of CLINC150's rows out of scope
UNCOUNTED = frozenset(
    (
        "to",
        "or",
        "by",
        "a",
        "of",
        "my",
        "the",
        "for",
        "in",
        "is",
        "not",
        "an",
        "on",
        "at",
        "do",
        "and",
    )
)
ENDS = ("ing", "ies", "ed", "es", "s")


def stem(word: str) -> str:
    """Cut the commonest endings of English, alike for all that are compared."""
    for end in ENDS:
        if word.endswith(end) and len(word) - len(end) >= 3:
            return word[: -len(end)] + ("y" if end == "ies" else "")
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def stems(text: str) -> set[str]:
    words = re.split(r"[\W_]+", text.lower())
    return {stem(word) for word in words if len(word) > 1 and word not in UNCOUNTED}


def judged(found: list[str], classes: list[str]) -> str:
    """Return recall of the words of the classes, share of names with one, words in a name, copies."""
    pairs = [(stems(name), stems(of)) for name, of in zip(found, classes, strict=True)]
    recall = np.mean([len(name & of) / max(1, len(of)) for name, of in pairs])
    some = np.mean([bool(name & of) for name, of in pairs])
    size = np.mean([len(re.findall(r"\w+", name)) for name in found])
    return f"{recall:.3f} | {some:.3f} | {size:.1f} | {len(found) - len(set(found))}"


def plain(texts: list[str], labels: np.ndarray, top: int) -> list[str]:
    """Return the first words of each cluster by plain class-based TF-IDF."""
    documents = [" ".join(texts[i] for i in np.flatnonzero(labels == c)) for c in np.unique(labels)]
    counter = CountVectorizer()
    counts = counter.fit_transform(documents).toarray().astype(float)
    average, everywhere = counts.sum(axis=1).mean(), counts.sum(axis=0)
    weights = counts / counts.sum(axis=1, keepdims=True) * np.log(1 + average / everywhere)
    words = counter.get_feature_names_out()
    return [" ".join(words[np.argsort(-row)[:top]]) for row in weights]


def ours(texts: list[str], labels: np.ndarray, embedding: np.ndarray) -> list[str]:
    corpus = Corpus({"train": Split("train", Texts(texts))})
    known = explain(corpus, Explained(embedding, labels), vocabulary(Texts(texts)))
    evidence = names.evidence("text", len(texts), known.clusters)
    found = names.named(known.clusters, Words(WordsParams()).names(evidence, Context()))
    by_number = {cluster.cluster: cluster.name for cluster in found}
    return [by_number[c] for c in sorted(by_number)]


def rows_of(rows: str) -> tuple[list[str], np.ndarray, FloatArray]:
    """Return the texts, the names of their classes and the embedding of a set or of a file."""
    if rows not in bench_edits.SETS:
        with np.load(rows, allow_pickle=True) as file:
            texts = [str(text) for text in file["text"]]
            return texts, file["label"].astype(str), file["embedding"].astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        run = clusterforge.run(bench_edits.recipe(rows), out=f"{folder}/run")
        table, items = run.files.assignments, run.files.items("train").column
        assert items is not None
        truth = np.array(table.classes)[table.truth[table.rows("train")]]
        inside = np.flatnonzero(truth != OUT)
        texts = items.to_pylist()
        return [texts[i] for i in inside], truth[inside], run.embedding("train")[inside]


def main(sets: list[str]) -> None:
    print(
        "| rows | name | recall | some word | words | copies |\n| --- | --- | --- | --- | --- | --- |"
    )
    for rows in sets:
        texts, truth, embedding = rows_of(rows)
        classes, codes = np.unique(truth, return_inverse=True)
        fit = KMeans(len(classes), n_init=3, random_state=0).fit(embedding)
        labels = fit.labels_.astype(np.int64)
        most = [classes[np.bincount(codes[labels == c]).argmax()] for c in range(len(classes))]
        for name, found in (
            ("`words`", ours(texts, labels, embedding)),
            ("c-TF-IDF, 4 words", plain(texts, labels, 4)),
            ("c-TF-IDF, 5 words", plain(texts, labels, 5)),
        ):
            print(f"| {Path(rows).stem} | {name} | {judged(found, most)} |")


if __name__ == "__main__":
    main(sys.argv[1:])
