"""Run folders as the pipeline writes them, made from real data in a second."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from clusterforge.contracts import Choice, Curve, Details, Mark, MergeTree

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- a comment --> and <![CDATA[data]]>",
    "a line\u2028apart and\u2029another",
    "null \x00 bell \x07 escape \x1b[31m red",
    "right to left \u202e txet",
    "[red]markup[/red] {{ 7 * 7 }} {% raw %}",
    '\'; DROP TABLE runs; -- " onmouseover="alert(1)',
    "$\\frac{1}{0}$ and $unclosed",
    "日本語のテキスト 🎉 ünïcödé",
    "&lt;b&gt; &amp;amp; &#x3c;",
    "javascript:alert(1) http://example.org/x.png",
)
LABELS = ("<b>World</b>", '$Sport$ & "Play"', "</style><script>alert(2)</script>")


def write_json(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, allow_nan=False), "utf-8")


def write_table(path: Path, **columns: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.table(columns), path)


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def score(clusterer: str, split: str, metric: str, value: float | None, **more: Any) -> dict:
    return {
        "clusterer": clusterer,
        "split": split,
        "metric": metric,
        "value": value,
        "n": 100,
        "noise": "excluded",
        "exact": True,
        "reason": None,
        "coverage": 1.0,
        "direction": "lower" if metric == "davies-bouldin" else "higher",
        "labels": metric in ("accuracy", "nmi"),
        **more,
    }


def measured(
    name: str, split: str, points: np.ndarray, labels: np.ndarray, truth: np.ndarray
) -> list[dict]:
    """Score one clustering with scikit-learn, as the pipeline would."""
    from scipy.optimize import linear_sum_assignment
    from sklearn import metrics

    kept = labels >= 0
    about = {"n": int(kept.sum()), "coverage": float(kept.mean())}
    known, found = truth[kept], labels[kept]
    table = metrics.cluster.contingency_matrix(known, found)
    rows, columns = linear_sum_assignment(-table)
    values = {
        "accuracy": table[rows, columns].sum() / len(known),
        "nmi": metrics.normalized_mutual_info_score(known, found),
        "silhouette": metrics.silhouette_score(points[kept], found),
        "davies-bouldin": metrics.davies_bouldin_score(points[kept], found),
    }
    result = [score(name, split, metric, float(value), **about) for metric, value in values.items()]
    result[2].update(exact=False, reason="a sample of 500 rows")
    if not kept.all():
        whole = metrics.normalized_mutual_info_score(truth, labels)
        more = {"noise": "cluster", "n": len(labels)}
        result.append(score(name, split, "nmi", float(whole), **more))
    return result


def top_of_tree(points: np.ndarray) -> dict:
    from scipy.cluster.hierarchy import ward
    from sklearn.cluster import KMeans

    leaves = KMeans(24, n_init=1, random_state=0).fit(points)
    merges = tuple((int(a), int(b), float(h)) for a, b, h, _ in ward(leaves.cluster_centers_))
    return Details(tree=MergeTree(tuple(np.bincount(leaves.labels_).tolist()), merges)).as_json()


def distances(curve: np.ndarray) -> Curve:
    return Curve(
        "k-distance",
        "Distance to the k-th neighbour",
        "rows, in order",
        "distance to the k-th neighbour",
        tuple(range(1, len(curve) + 1)),
        tuple(map(float, curve)),
        rows=len(curve),
        marks=(Mark(13.0, "eps 13", "y"),),
    )


BY_K = Curve(
    "silhouette",
    "Mean silhouette",
    "clusters",
    "mean silhouette",
    tuple(range(2, 21)),
    tuple(0.3 * float(np.exp(-((k - 10) ** 2) / 80)) for k in range(2, 21)),
    rows=1437,
    marks=(Mark(10, "silhouette suggests 10"),),
)


def sizes(labels: np.ndarray) -> dict[str, int]:
    values, counts = np.unique(labels, return_counts=True)
    return {str(v): int(n) for v, n in zip(values, counts, strict=True)}


def history(stage: str, phase: str, epochs: int, steep: float, terms: tuple[str, ...]) -> list:
    entries = []
    for epoch in range(1, epochs + 1):
        fall = float(np.exp(-steep * epoch)) + 0.02 + 0.004 * float(np.sin(epoch * 2.3))
        parts = {term: fall / (place + 1) for place, term in enumerate(terms)}
        values = {"loss": sum(parts.values()), **parts, "validation": 1.2 * sum(parts.values())}
        values |= {"lr": 1e-3, "seconds": 0.21}
        entries.append({"stage": stage, "phase": phase, "epoch": epoch, "values": values})
    return entries


def about_run(name: str, content: str, splits: dict[str, int], labels: list[str]) -> dict:
    return {
        "clusterforge": "0.1.0",
        "id": "20260102T030405Z-abcdef",
        "name": name,
        "started": "2026-01-02T03:04:05+00:00",
        "finished": "2026-01-02T03:05:12+00:00",
        "seconds": 67.2,
        "seed": 0,
        "compute": {"device": "cpu", "precision": "float32", "threads": 2},
        "versions": {"python": "3.11.9", "system": "Linux x86_64", "torch": "2.13.0"},
        "plugins": [
            {"kind": k, "name": n, "distribution": "clusterforge", "version": "0.1.0"}
            for k, n in (("dataset", "digits"), ("encoder", "autoencoder"), ("clusterer", "kmeans"))
        ],
        "data": {
            "content": content,
            "source": {"kind": "scikit-learn", "name": "digits"},
            "label_names": labels,
            "feature_names": [],
            "notes": ["balanced"] if labels else [],
            "splits": {
                split: {
                    "rows": rows,
                    "labelled": rows if labels else 0,
                    "fingerprint": "9f2c1e5d" * 8,
                    "shape": [8, 8, 1] if content == "image" else None,
                }
                for split, rows in splits.items()
            },
        },
        "labels_in_training": False,
        "labels_used": ["number of clusters of clusterer.kmeans", "balanced"] if labels else [],
        "stages": [
            {"stage": "dataset.digits", "key": "a", "reused": False, "seconds": 0.31},
            {"stage": "encoder.0.flatten", "key": "b", "reused": True, "seconds": 0.001},
            {"stage": "encoder.1.autoencoder", "key": "c", "reused": False, "seconds": 58.4},
            {"stage": "clusterer.kmeans", "key": "d", "reused": False, "seconds": 2.2},
            {"stage": "clusterer.dbscan", "key": "e", "reused": False, "seconds": 1.1},
        ],
        "peak_memory_mb": 512.4,
        "warnings": ["dbscan calls more than a tenth of the rows noise"],
        "networks": {
            "encoder.1.autoencoder": {
                "parameters": 52_352,
                "layers": [
                    {
                        "name": "encoder.0",
                        "type": "Linear",
                        "shape": [64, 256],
                        "parameters": 16640,
                    },
                    {"name": "encoder.1", "type": "ReLU", "shape": [256], "parameters": 0},
                    {"name": "encoder.2", "type": "Linear", "shape": [256, 10], "parameters": 2570},
                ],
            }
        },
    }


RECIPE = """name = "digits-autoencoder"
seed = 0

[dataset]
use = "digits"

[[encoder]]
use = "autoencoder"
layers = [256]
dim = 10

[[clusterer]]
use = "kmeans"
n_clusters = "classes"
"""


def write_digits(folder: Path) -> Path:
    """Write a run over scikit-learn's digits: k-means and DBSCAN on ten principal components."""
    from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans
    from sklearn.datasets import load_digits
    from sklearn.decomposition import PCA
    from sklearn.neighbors import KNeighborsClassifier

    pixels, truth = load_digits(return_X_y=True)
    rows = {"train": slice(0, 1437), "test": slice(1437, 1797)}
    pca = PCA(10, random_state=0).fit(pixels[rows["train"]])
    points = pca.transform(pixels).astype(np.float32)
    train = points[rows["train"]]
    kmeans = KMeans(10, n_init=4, random_state=0).fit(train)
    tree = AgglomerativeClustering(10).fit(train)
    dbscan = DBSCAN(eps=13.0, min_samples=5).fit(train)
    core = dbscan.core_sample_indices_
    nearest = KNeighborsClassifier(1).fit(train[core], dbscan.labels_[core])
    far = nearest.kneighbors(points[rows["test"]])[0][:, 0] > 13.0
    held_out = np.where(far, -1, nearest.predict(points[rows["test"]]))
    labels = {
        "kmeans": kmeans.predict(points).astype(np.int64),
        "dbscan": np.concatenate([dbscan.labels_, held_out]).astype(np.int64),
    }
    split = np.array(["train"] * 1437 + ["test"] * 360)
    ids = [f"digits-{i}" for i in range(len(truth))]
    names = [str(i) for i in range(10)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recipe.toml").write_text(RECIPE, "utf-8")
    counts = {"train": 1437, "test": 360}
    write_json(folder / "run.json", about_run("digits-autoencoder", "image", counts, names))
    scores = [
        s
        for name, values in labels.items()
        for where, part in rows.items()
        for s in measured(name, where, points[part], values[part], truth[part])
    ]
    scores += measured("hierarchical", "train", train, tree.labels_, truth[rows["train"]])
    reason = "one cluster only"
    scores.append(score("dbscan", "test", "calinski-harabasz", None, reason=reason))
    curve = np.sort(nearest.kneighbors(train, n_neighbors=5)[0][:, 4])
    write_json(
        folder / "metrics.json",
        {
            "scores": scores,
            "clusterers": {
                "kmeans": {
                    "n_clusters": 10,
                    "predicts": "exact",
                    "rule": "nearest centroid",
                    "agreement": None,
                    "sizes": {s: sizes(labels["kmeans"][part]) for s, part in rows.items()},
                    "details": Details(
                        {"inertia": float(kmeans.inertia_)},
                        (Choice("n_clusters", 10, "silhouette", curves=(BY_K,)),),
                    ).as_json(),
                },
                "dbscan": {
                    "n_clusters": int(dbscan.labels_.max()) + 1,
                    "predicts": "approximate",
                    "rule": "label of the nearest core point if it is within eps, else noise",
                    "agreement": 0.9412,
                    "sizes": {s: sizes(labels["dbscan"][part]) for s, part in rows.items()},
                    "details": Details({"eps": 13.0}, curves=(distances(curve),)).as_json(),
                },
                "hierarchical": {
                    "n_clusters": 10,
                    "predicts": "none",
                    "rule": "",
                    "agreement": None,
                    "sizes": {"train": sizes(tree.labels_)},
                    "details": top_of_tree(train),
                },
            },
        },
    )
    write_json(
        folder / "history.json",
        history("encoder.1.autoencoder", "pretrain", 40, 0.15, ("reconstruction",))
        + history("encoder.1.autoencoder", "cluster", 20, 0.6, ("reconstruction", "dec")),
    )
    pictures = [png((image * 15.9).astype(np.uint8).reshape(8, 8)) for image in pixels]
    for where, part in rows.items():
        write_table(
            folder / "data" / f"{where}.parquet",
            id=ids[part],
            label=pa.array(truth[part], pa.int64()),
            item=pa.array(pictures[part], pa.binary()),
        )
    write_table(
        folder / "assignments.parquet",
        split=split,
        id=ids,
        label=pa.array([names[t] for t in truth], pa.string()),
        **{name: pa.array(values, pa.int64()) for name, values in labels.items()},
        hierarchical=pa.array([*tree.labels_.tolist(), *[None] * 360], pa.int64()),
    )
    write_projection(folder, split, ids, points[:, :2])
    return folder


def write_projection(folder: Path, split: np.ndarray, ids: list[str], xy: np.ndarray) -> None:
    places = np.concatenate([np.arange((split == s).sum()) for s in dict.fromkeys(split)])
    write_table(
        folder / "projection.parquet",
        split=pa.array(split.tolist(), pa.string()),
        row=pa.array(places, pa.int64()),
        id=pa.array(ids, pa.string()),
        x=pa.array(xy[:, 0], pa.float32()),
        y=pa.array(xy[:, 1], pa.float32()),
    )
    note = "a projection of a sample of the rows"
    write_json(folder / "projection.json", {"use": "pca", "rows": len(ids), "note": note})


def write_texts(folder: Path, rows: int = 50, labelled: bool = True) -> Path:
    """Write a run over texts, ids and labels that attack the page."""
    rng = np.random.default_rng(0)
    truth = np.arange(rows) % 3
    xy = rng.normal(size=(rows, 2)) + 4 * np.stack([np.cos(2 * truth), np.sin(2 * truth)], 1)
    kmeans = np.where(rng.random(rows) < 0.1, (truth + 1) % 3, truth).astype(np.int64)
    hdbscan = np.where(rng.random(rows) < 0.2, -1, 2 - truth).astype(np.int64)
    texts = [f"{HOSTILE[i % len(HOSTILE)]} number {i}" for i in range(rows)]
    ids = [f"row<{i}>&{HOSTILE[i % len(HOSTILE)][:9]}".replace("\x00", "") for i in range(rows)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recipe.toml").write_text(f"name = '{HOSTILE[0]}'\n", "utf-8")
    run = about_run(HOSTILE[0], "text", {"train": rows}, list(LABELS) if labelled else [])
    run["data"]["source"] = {"path": HOSTILE[1]}
    run["warnings"] = [HOSTILE[0], HOSTILE[4]]
    write_json(folder / "run.json", run)
    clusterers = {"kmeans": kmeans, "hdbscan": hdbscan}
    reason = f"undefined, {HOSTILE[1]}"
    write_json(
        folder / "metrics.json",
        {
            "scores": [
                *(score("kmeans", "train", m, 0.9) for m in ("accuracy", "nmi") if labelled),
                score("kmeans", "train", "silhouette", 0.41),
                score("hdbscan", "train", "silhouette", None, reason=reason, coverage=0.8),
            ],
            "clusterers": {
                name: {
                    "n_clusters": 3,
                    "predicts": "none",
                    "rule": HOSTILE[0],
                    "agreement": None,
                    "sizes": {"train": sizes(labels)},
                    "details": Details(
                        {"note": HOSTILE[1]},
                        curves=(
                            Curve("x", HOSTILE[8], HOSTILE[0], HOSTILE[1], (1, 2, 3), (3, 2, 1)),
                        ),
                    ).as_json(),
                }
                for name, labels in clusterers.items()
            },
        },
    )
    write_json(folder / "history.json", history("encoder.1.x", HOSTILE[8], 3, 0.5, (HOSTILE[1],)))
    data = {"label": pa.array(truth, pa.int64())} if labelled else {}
    write_table(folder / "data" / "train.parquet", id=ids, item=pa.array(texts), **data)
    named = [LABELS[t] if labelled else None for t in truth]
    write_table(
        folder / "assignments.parquet",
        split=["train"] * rows,
        id=ids,
        label=pa.array(named, pa.string()),
        **{name: pa.array(labels, pa.int64()) for name, labels in clusterers.items()},
    )
    write_projection(folder, np.array(["train"] * rows), ids, xy)
    return folder


@pytest.fixture(scope="session")
def digits_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_digits(tmp_path_factory.mktemp("digits") / "run")


@pytest.fixture
def digits(digits_source: Path, tmp_path: Path) -> Path:
    """A run over digits, without a report yet."""
    import shutil

    return Path(shutil.copytree(digits_source, tmp_path / "digits"))


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A run over hostile texts, without a report yet."""
    return write_texts(tmp_path / "texts")


@pytest.fixture
def make_texts(tmp_path: Path) -> Callable[..., Path]:
    """Write a run over hostile texts of some size."""
    return lambda name="made", **options: write_texts(tmp_path / name, **options)
