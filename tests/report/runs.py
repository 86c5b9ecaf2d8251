"""Run folders written from records, in a second: images, texts or a table, with any number of clusters."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from PIL import Image
from pyarrow import parquet
from sklearn import datasets, metrics
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA

from clusterforge.builtin.metrics import SPECS
from clusterforge.contracts import Choice, Curve, Cut, Details, Layer, Mark, MergeTree, numbers
from clusterforge.contracts.trees import centroid_tree
from clusterforge.formats import number
from clusterforge.numerics.contingency import hungarian
from clusterforge.numerics.linkage import lasting_cuts
from clusterforge.runs import Assignments, files
from clusterforge.runs.assignments import id_names, write_assignments
from clusterforge.runs.manifest import write_manifest
from clusterforge.runs.map_data import write_map
from clusterforge.runs.records import (
    Agreement,
    ChanceTest,
    ClassRows,
    ClassShare,
    ClusterChance,
    ClusterEvaluation,
    ClusterExplanation,
    ClusteringEvaluation,
    ClusteringExplanation,
    ClusteringRecord,
    ClusterStrength,
    Compute,
    CoverageCurve,
    CoveragePoint,
    DataRecord,
    Duplicates,
    EncoderRecord,
    Epoch,
    Evaluation,
    EvaluationSettings,
    Explanations,
    FeatureMean,
    FeatureValue,
    History,
    LayerExplanation,
    Lengths,
    MapRecord,
    Member,
    MetricRecord,
    Metrics,
    NearEmpty,
    NetworkRecord,
    PhaseRecord,
    PluginRecord,
    PredictionStrength,
    Reconstruction,
    RunRecord,
    ScoreRecord,
    SplitContents,
    SplitEvaluation,
    SplitRecord,
    Stability,
    StageRecord,
    UnstableRow,
    Word,
)

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
    "javascript:alert(1) http://example.org/x.png",
    '=HYPERLINK("http://example.org")',
)
HOSTILE_LABELS = ("<b>World</b>", '$Sport$ & "Play"', "</style><script>alert(2)</script>")
SYLLABLES = ("ba", "de", "fi", "go", "lu", "ma", "ne", "pi", "ro", "su", "ta", "ve")
SPLITS = ("train", "test")


class Rows:
    """The rows of a run: ``points`` float (n, d), what is shown of them, and their classes."""

    def __init__(self, points: np.ndarray, truth: np.ndarray, classes: Sequence[str]) -> None:
        self.points, self.truth, self.classes = points, truth, tuple(classes)
        self.texts: list[str] | None = None
        self.images: list[bytes] | None = None
        self.features: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.points)


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def digits(rows: int = 300) -> Rows:
    bunch = datasets.load_digits()
    made = Rows(bunch.data[:rows] / 16, bunch.target[:rows], [str(i) for i in range(10)])
    made.images = [png((255 - 15 * one).astype(np.uint8)) for one in bunch.images[:rows]]
    return made


def wine() -> Rows:
    bunch = datasets.load_wine()
    points = (bunch.data - bunch.data.mean(0)) / bunch.data.std(0)
    order = np.random.default_rng(0).permutation(len(points))
    made = Rows(points[order], bunch.target[order], [f"cultivar {i}" for i in range(3)])
    made.features = tuple(bunch.feature_names)
    return made


def word(i: int, of: int) -> str:
    letters = [SYLLABLES[(i * 7 + of * 3 + k * (i // 12 + 1)) % len(SYLLABLES)] for k in range(3)]
    return "".join(letters) + (chr(97 + i % 26) if i >= 12 else "")


def topics(clusters: int, rows: int, classes: Sequence[str] = (), hostile: bool = False) -> Rows:
    rng = np.random.default_rng(1)
    topic = np.arange(rows) % clusters
    points = rng.normal(size=(clusters, 16))[topic] * 3 + rng.normal(size=(rows, 16)) * 0.4
    truth = topic % len(classes) if classes else np.full(rows, -1)
    made = Rows(points, truth, classes)
    made.texts = [
        " ".join(word(t, int(of)) for of in rng.integers(0, 4, 3 + 5 * (i % 4)))
        for i, t in enumerate(topic)
    ]
    if hostile:
        made.texts[: len(HOSTILE)] = HOSTILE
    return made


def write_run(
    folder: Path, rows: Rows, clusters: int, *, name: str = "digits", test: float = 0.2
) -> Path:
    """Write the run folder of two clusterers, one of which calls a tenth of the rows noise."""
    fitted = len(rows) - int(test * len(rows))
    sizes = {"train": fitted, "test": len(rows) - fitted} if test else {"train": fitted}
    splits = tuple(sizes)
    split = np.repeat(np.arange(len(splits)), [*sizes.values()])
    model = KMeans(clusters, n_init=1, random_state=0).fit(rows.points[:fitted])
    labels = model.predict(rows.points).astype(np.int64)
    far = model.transform(rows.points).min(axis=1)
    noisy = np.where(far > np.quantile(far, 0.9), -1, labels)
    labelings = {"kmeans": labels, "density": noisy}
    ids = np.array([f"{splits[s]}-{i}" for i, s in enumerate(split)])
    assignments = Assignments(
        splits, split, id_names(ids), rows.classes, rows.truth.astype(np.int64), labelings
    )
    folder.mkdir(parents=True)
    run_record(name, rows, sizes, assignments).write(_at(folder, files.RUN))
    metrics_record(rows, assignments).write(_at(folder, files.METRICS))
    evaluation_record(rows, assignments).write(_at(folder, files.EVALUATION))
    explanations_record(rows, assignments, model).write(_at(folder, files.EXPLANATIONS))
    history_record().write(_at(folder, files.HISTORY))
    MapRecord(use="pca", rows=len(rows), params={}, note="made up").write(
        _at(folder, files.MAP_RECORD)
    )
    (folder / files.RECIPE).write_text(f'name = "{name}"\n# </pre><script>alert(3)</script>\n')
    write_assignments(folder / files.ASSIGNMENTS, assignments)
    for s in splits:
        points = rows.points[assignments.rows(s)].astype(np.float32)
        np.save(_at(folder, files.embedding(0, "autoencoder", s)), points)
    xy = PCA(2, random_state=0).fit_transform(rows.points).astype(np.float32)
    of_split = {s: np.arange(n, dtype=np.int64) for s, n in sizes.items()}
    write_map(folder / files.MAP, of_split, {s: xy[assignments.rows(s)] for s in splits})
    for s in splits:
        here = assignments.rows(s)
        columns = {"id": pa.array(ids[here].tolist())}
        if rows.texts or rows.images:
            columns["item"] = pa.array((rows.texts or rows.images)[here])
        parquet.write_table(pa.table(columns), _at(folder, files.rows(s)))
        silhouette = metrics.silhouette_samples(rows.points, labels)[here].astype(np.float32)
        np.save(_at(folder, files.row_values("kmeans", s, files.SILHOUETTE)), silhouette)
    write_manifest(folder)
    return folder


def _at(folder: Path, name: str) -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    return folder / name


def run_record(name: str, rows: Rows, sizes: dict[str, int], assignments: Assignments) -> RunRecord:
    content = "text" if rows.texts else "image" if rows.images else "table"
    uses = [("dataset", name), ("encoder", "autoencoder"), ("clusterer", "kmeans")]
    stages = [
        f"dataset.{name}",
        "encoder.0.autoencoder",
        "clusterer.0.kmeans",
        "clusterer.1.density",
    ]
    layers = [
        ("encoder.0", "Linear", 64, 4160),
        ("encoder.1", "ReLU", 64, 0),
        ("decoder.0", "Linear", 64, 4160),
    ]
    return RunRecord(
        clusterforge="0.1.0",
        id="20260102T030405Z-abcdef",
        name=name,
        description=f"Made-up {content} data, for tests.",
        started="2026-01-02T03:04:05+00:00",
        finished="2026-01-02T03:05:12+00:00",
        seconds=67.2,
        seed=0,
        compute=Compute(device="cpu", precision="float32", threads=2, processes=1),
        versions={"python": "3.11.9", "torch": "2.13.0"},
        plugins=tuple(
            PluginRecord(
                kind=k, name=n, distribution="clusterforge", version="0.1.0", code="0" * 64
            )
            for k, n in uses
        ),
        data=DataRecord(
            content=content,
            source={"from": "scikit-learn", "name": name, "files": {"a": 1}, "path": None},
            label_names=rows.classes,
            features=numbers(rows.features),
            notes=("balanced",) if rows.classes else (),
            splits={
                split: SplitRecord(
                    rows=n, labelled=n if rows.classes else 0, fingerprint="f" * 64, shape=(8, 8)
                )
                for split, n in sizes.items()
            },
        ),
        encoders=(
            EncoderRecord(
                id="autoencoder",
                use="autoencoder",
                dim=rows.points.shape[1],
                weights="photographs with labels",
            ),
        ),
        labels_in_training=False,
        labels_used=("balanced",) if rows.classes else (),
        stages=tuple(
            StageRecord(stage=stage, key="0" * 64, reused=i == 0, seconds=1.5 * i)
            for i, stage in enumerate(stages)
        ),
        warnings=(),
        networks={
            "encoder.0.autoencoder": NetworkRecord(
                parameters=8320,
                layers=tuple(
                    Layer(name=a, type=b, shape=(c,), parameters=d) for a, b, c, d in layers
                ),
            )
        },
        peak_memory_mb=812.5,
    )


def metrics_record(rows: Rows, assignments: Assignments) -> Metrics:
    scores, clusterings = [], {}
    for name, labels in assignments.clusters.items():
        sizes = {}
        for split in assignments.splits:
            here = assignments.rows(split)
            scores += _scores(name, split, rows.points[here], rows.truth[here], labels[here])
            ids, counts = np.unique(labels[here], return_counts=True)
            sizes[split] = dict(zip(ids.tolist(), counts.tolist(), strict=True))
        clusterings[name] = ClusteringRecord(
            use=name,
            n_clusters=len(np.unique(labels[labels >= 0])),
            predicts="exact" if name == "kmeans" else "approximate",
            rule="nearest centroid",
            agreement=None if name == "kmeans" else 0.94,
            sizes=sizes,
            details=details(name),
        )
    used = {score.metric for score in scores}
    return Metrics(
        metrics={
            spec.name: MetricRecord.of(spec.name, spec) for spec in SPECS if spec.name in used
        },
        scores=tuple(scores),
        clusterings=clusterings,
        phases=tuple(
            PhaseRecord(
                stage="encoder.0.autoencoder",
                phase=phase,
                rows=100,
                clusters=10,
                scores={"silhouette": value, "nmi": 0.5},
            )
            for phase, value in (("input", 0.2), ("train", 0.3))
        ),
    )


def details(name: str) -> Details:
    if name == "kmeans":
        elbow = Curve(
            name="elbow",
            title="Elbow of the inertia",
            x_label="clusters",
            y_label="inertia",
            x=(2, 3, 4, 5, 6),
            y=(9.0, 5.0, 3.0, 2.0, 1.8),
            log=True,
            rows=240,
            marks=(Mark(4, "elbow suggests 4"), Mark(5, "5 chosen")),
        )
        tried = Choice("n_clusters", 5, "elbow", {"elbow": 4}, (2, 3, 4, 5, 6), (elbow,))
        return Details(values={"inertia": 1234.5, "iterations": 7}, choices=(tried,))
    merges = ((0, 1, 1.0), (2, 3, 1.5), (4, 5, 4.0))
    tree = MergeTree(leaves=(60, 60, 60, 60), merges=merges, cut=Cut(2, 2.0), suggested=Cut(3, 1.2))
    return Details(tree=tree)


def _scores(
    name: str, split: str, points: np.ndarray, truth: np.ndarray, labels: np.ndarray
) -> list[ScoreRecord]:
    inside = labels >= 0
    about = {
        "clusterer": name,
        "split": split,
        "rows": int(inside.sum()),
        "coverage": float(inside.mean()),
    }
    sampled = {"exact": False, "reason": "a sample of 500 rows"}
    undefined = len(np.unique(labels[inside])) in (1, inside.sum())
    value = None if undefined else float(metrics.silhouette_score(points[inside], labels[inside]))
    result = [ScoreRecord(**about, metric="silhouette", noise="excluded", value=value, **sampled)]
    if (truth < 0).all():
        return result
    matched = hungarian(truth[inside], labels[inside])
    accuracy = float(
        np.mean([matched.get(c) == t for c, t in zip(labels[inside], truth[inside], strict=True)])
    )
    nmi = float(metrics.normalized_mutual_info_score(truth[inside], labels[inside]))
    for metric, score in (("accuracy", accuracy), ("nmi", nmi)):
        low, high = max(score - 0.05, 0.0), min(score + 0.05, 1.0)
        result.append(
            ScoreRecord(**about, metric=metric, noise="excluded", value=score, low=low, high=high)
        )
    if not inside.all():
        whole = about | {"rows": len(labels)}
        result.append(ScoreRecord(**whole, metric="nmi", noise="cluster", value=nmi / 2))
    return result


def evaluation_record(rows: Rows, assignments: Assignments) -> Evaluation:
    return Evaluation(
        settings=EvaluationSettings(
            level=0.95, resamples=1000, refits=10, rows=2000, null_draws=39, seed=0
        ),
        data={split: _contents(rows, assignments, split) for split in assignments.splits},
        clusterings={name: _evaluated(rows, assignments, name) for name in assignments.clusters},
    )


def _contents(rows: Rows, assignments: Assignments, split: str) -> SplitContents:
    here = assignments.rows(split)
    truth = rows.truth[here]
    lengths = None
    if rows.texts:
        of = np.array([len(text) for text in rows.texts[here]])
        counts, edges = np.histogram(of, 12)
        lengths = Lengths(
            unit="characters", min=int(of.min()), median=float(np.median(of)), mean=float(of.mean()),
            max=int(of.max()) + 5, edges=tuple(edges.tolist()), counts=tuple(counts.tolist()),
        )  # fmt: skip
    return SplitContents(
        rows=len(truth),
        classes=tuple(
            ClassRows(name=c, rows=int((truth == i).sum())) for i, c in enumerate(rows.classes)
        )
        or None,
        unlabelled=int((truth < 0).sum()) if rows.classes else 0,
        lengths=lengths,
        duplicates=Duplicates(rows=1, in_train=0 if split == "test" else None, examples=((0, 1),)),
        near_empty=NearEmpty(rows=1, what="fewer than 3 words", examples=(2,)),
    )


def _evaluated(rows: Rows, assignments: Assignments, name: str) -> ClusteringEvaluation:
    splits = {}
    for split in assignments.splits:
        here = assignments.rows(split)
        labels, truth = assignments.clusters[name][here], rows.truth[here]
        ids = np.unique(labels[labels >= 0]).tolist()
        points = tuple(CoveragePoint(coverage=c, accuracy=1 - c / 4) for c in (0.1, 0.5, 1.0))
        splits[split] = SplitEvaluation(
            rows=len(labels),
            noise=int((labels < 0).sum()),
            silhouette_rows=len(labels),
            exact=True,
            clusters=tuple(
                ClusterEvaluation(
                    cluster=i, rows=int((labels == i).sum()), silhouette=0.3, compactness=1.2, separation=2.5,
                    nearest=ids[0], stability=0.9, majority=None, purity=None,
                )
                for i in ids
            ),
            coverage_curve=CoverageCurve(by="silhouette", points=points) if (truth >= 0).any() else None,
        )  # fmt: skip
    return ClusteringEvaluation(
        splits=splits,
        stability=Stability(
            rows=240, seeds=Agreement(ari=(0.9, 0.8), mean=0.85, sd=0.07), bootstrap=None, reason=None,
            moving=30, unstable=(UnstableRow(row=3, stability=0.4),),
        ),
        prediction_strength=PredictionStrength(
            value=0.62, reason=None, split="test", rows=60, clusters=(ClusterStrength(cluster=0, value=0.62),)
        ),
        chance=ChanceTest(
            draws=39, rows=240,
            clusters=tuple(
                ClusterChance(cluster=i, q=0.2 if i == ids[-1] else None if i == ids[0] else 0.025)
                for i in ids
            ),
        ),
    )  # fmt: skip


def explanations_record(rows: Rows, assignments: Assignments, model: KMeans) -> Explanations:
    here = assignments.rows("train")
    points, truth = rows.points[here], rows.truth[here]
    far = np.linalg.norm(points[:, None] - model.cluster_centers_[None], axis=2)
    clusterings = {}
    for name, labels in assignments.clusters.items():
        of = labels[here]
        ids, counts = np.unique(of[of >= 0], return_counts=True)
        clusters = []
        for i, n in sorted(
            zip(ids.tolist(), counts.tolist(), strict=True), key=lambda one: -one[1]
        ):
            order = np.flatnonzero(of == i)[np.argsort(far[of == i, i], kind="stable")].tolist()
            shares = np.bincount(truth[(of == i) & (truth >= 0)])
            mean = points[of == i].mean(axis=0)
            clusters.append(
                ClusterExplanation(
                    cluster=i,
                    name=f"cluster {i}",
                    rows=n,
                    typical=tuple(_member(rows, assignments, row) for row in order[:8]),
                    borderline=tuple(_member(rows, assignments, row, ids[0]) for row in order[-3:]),
                    words=_words(rows, order) if rows.texts else None,
                    mean_image=base64.b64encode(
                        png((255 - 255 * mean.reshape(8, 8)).astype(np.uint8))
                    ).decode()
                    if rows.images
                    else None,
                    features=tuple(
                        FeatureMean(
                            name=f,
                            mean=float(m),
                            overall=0.0,
                            mean_text=number(float(m)),
                            overall_text="0",
                            z=float(m),
                        )
                        for f, m in zip(rows.features, mean, strict=True)
                    )
                    if rows.features
                    else None,
                    classes=tuple(
                        ClassShare(
                            name=rows.classes[c],
                            rows=int(shares[c]),
                            share=float(shares[c] / shares.sum()),
                        )
                        for c in np.flatnonzero(shares)
                    )
                    if rows.classes
                    else None,
                )
            )
        clusterings[name] = ClusteringExplanation(
            by="silhouette",
            clusters=tuple(clusters),
            layers=_layers(points, of, clusters) if name == "kmeans" else (),
        )
    pictures = [base64.b64encode(one).decode() for one in (rows.images or [])[:8]]
    return Explanations(
        content="image" if rows.images else "text" if rows.texts else "table",
        split="train",
        words_rows=None,
        clusterings=clusterings,
        reconstructions=tuple(
            Reconstruction(
                stage="encoder.0.autoencoder",
                split="test",
                original=one,
                reconstruction=one,
                error=0.012,
            )
            for one in pictures
        ),
    )


def _member(rows: Rows, assignments: Assignments, row: int, following: int | None = None) -> Member:
    return Member(
        split="train",
        row=row,
        id=str(assignments.ids[row]),
        text=rows.texts[row] if rows.texts else None,
        image=base64.b64encode(rows.images[row]).decode() if rows.images else None,
        values=tuple(
            FeatureValue(name=f, value=float(v))
            for f, v in zip(rows.features[:4], rows.points[row], strict=False)
        )
        if rows.features
        else None,
        next=None if following is None else int(following),
    )


def _layers(
    points: np.ndarray, labels: np.ndarray, clusters: list[ClusterExplanation]
) -> tuple[LayerExplanation, ...]:
    """Return the layers of many clusters; a group has what its largest cluster has."""
    found = centroid_tree(points.astype(np.float32), labels)
    assert found is not None
    layers: list[LayerExplanation] = []
    coarser = None
    for n in reversed(lasting_cuts(found.tree.heights)):
        groups = found.tree.groups(n)
        members = [np.flatnonzero(groups == g).tolist() for g in range(n)]
        largest = [next(c for c in clusters if c.cluster in some) for some in members]
        rows = [sum(c.rows for c in clusters if c.cluster in some) for some in members]
        explained = [
            c.model_copy(update={"cluster": g, "name": f"group {g}", "rows": rows[g]})
            for g, c in enumerate(largest)
        ]
        layers.append(
            LayerExplanation(
                members=tuple(map(tuple, members)),
                persistence=1.0,
                groups=tuple(sorted(explained, key=lambda c: -c.rows)),
                parents=() if coarser is None else tuple(int(coarser[m[0]]) for m in members),
            )
        )
        coarser = groups
    return tuple(reversed(layers))


def _words(rows: Rows, order: Sequence[int]) -> tuple[Word, ...]:
    every = [one for row in order for one in rows.texts[row].split()]
    names, counts = np.unique(every, return_counts=True)
    best = np.argsort(-counts, kind="stable")[:10]
    return tuple(
        Word(word=str(names[i]), score=float(counts[i]), rows=int(counts[i])) for i in best
    )


def history_record() -> History:
    epochs = []
    for phase, n in (("pretrain", 12), ("train", 8)):
        for epoch in range(1, n + 1):
            loss = 0.02 + float(np.exp(-epoch / 3))
            values = {
                "loss": loss,
                "mse": loss,
                "validation": 1.1 * loss,
                "changed": 1 / epoch,
                "lr": 1e-3,
                "seconds": 0.2,
            }
            epochs.append(
                Epoch(stage="encoder.0.autoencoder", phase=phase, epoch=epoch, values=values)
            )
    return History(epochs=tuple(epochs))
