"""Edits by an oracle, and what of them holds on other fits: ``python -m tests.bench.bench_edits``.

Needs ``CLUSTERFORGE_MIRROR`` with Banking77 and MiniLM. k-means with as many clusters as classes is edited by
an oracle that knows the labels: 40 times it makes the merge or split that raises the adjusted Rand index
most. It names a cluster, or a part of one, by the ten rows of it that lie nearest to its mean. Then the same
file of edits is applied to fits by other seeds. Last, 60 pins and 60 pairs are made from the labels and held
out.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator

import numpy as np

import clusterforge
from clusterforge.contracts import FloatArray, IntArray
from clusterforge.curation import ClusterRef, Edit, Edits, Labelling, apply
from clusterforge.curation.edits import Merge, Pin, Split, Together
from clusterforge.numerics.contingency import ari, contingency
from clusterforge.numerics.kmeans import kmeans
from clusterforge.numerics.standing import standing_rows

EDITS, REFITS, LEAST, RESTARTS = 40, 5, 15, 3
SETS = {"banking77": ("PolyAI/banking77", "label"), "clinc150": ("clinc/clinc_oos", "intent")}


def rows_of(name: str) -> tuple[FloatArray, IntArray]:
    """Return the embedding of the training texts of a set, float32 (n, 384), and their classes."""
    path, label = SETS[name]
    recipe = {
        "dataset": {"use": "huggingface", "path": path, "text": "text", "label": label},
        "encoder": [
            {
                "use": "sentence-transformer",
                "model": "sentence-transformers/all-MiniLM-L6-v2",
            }
        ],
        "clusterer": [{"use": "kmeans", "n_clusters": 2, "restarts": 1}],
        "metric": [{"use": "nmi"}],
        "evaluation": {"refits": 0, "resamples": 0},
        "report": {"projection": "none"},
    }
    with tempfile.TemporaryDirectory() as folder:
        run = clusterforge.run(recipe, out=f"{folder}/run")
        table = run.files.assignments
        return run.embedding("train"), table.truth[table.rows("train")]


def score(truth: IntArray, labels: IntArray) -> float:
    """Return the adjusted Rand index of the labelled rows."""
    known = truth >= 0
    return float(ari(contingency(truth[known], labels[known]).counts))


def refer(rows: Labelling, members: IntArray) -> tuple[str, ...]:
    """Return the rows that stand for some."""
    inside = np.full(len(rows), -1, dtype=np.int64)
    inside[members] = 0
    return tuple(rows.ids[standing_rows(rows.embedding, inside, 0)].tolist())


def wishes(rows: Labelling, truth: IntArray) -> Iterator[Edit]:
    """Yield the merges and splits that the labels suggest."""
    majority: dict[int, list[int]] = {}
    for cluster in rows.clusters:
        members = np.flatnonzero(rows.labels == cluster)
        classes, counts = np.unique(truth[members], return_counts=True)
        order = np.argsort(-counts, kind="stable")[:3]
        majority.setdefault(int(classes[order[0]]), []).append(cluster)
        several = [classes[i] for i in order if counts[i] >= LEAST]
        if len(several) > 1:
            parts = [members[truth[members] == c] for c in several]
            yield Split(
                cluster=ClusterRef(rows=refer(rows, members), number=cluster),
                parts=tuple(refer(rows, part) for part in parts),
            )
    for clusters in majority.values():
        if len(clusters) > 1:
            members = [np.flatnonzero(rows.labels == cluster) for cluster in clusters]
            yield Merge(clusters=tuple(ClusterRef(rows=refer(rows, m)) for m in members))


def oracle(rows: Labelling, truth: IntArray) -> Edits:
    """Return the edits, each the best next one."""
    edits, best = Edits(), score(truth, rows.labels)
    while len(edits) < EDITS:
        tried = [(apply(Edits(edit=(wish,)), rows).rows, wish) for wish in wishes(rows, truth)]
        gains = [score(truth, after.labels) for after, _ in tried]
        if not gains or max(gains) <= best:
            break
        best = max(gains)
        rows, wish = tried[gains.index(best)]
        edits = edits.followed_by((wish,))
    return edits


def constraints(rows: Labelling, truth: IntArray, many: int) -> Edits:
    """Return pins of rows to the cluster of most of their class, and pairs of one class."""
    rng = np.random.default_rng(0)
    made: list[Edit] = []
    home: dict[int, IntArray] = {}
    for value in np.unique(truth):
        labels = rows.labels[truth == value]
        cluster = int(np.bincount(labels[labels >= 0]).argmax())
        home[int(value)] = np.flatnonzero(rows.labels == cluster)
    for row in rng.permutation(len(rows))[:many].tolist():
        ref = ClusterRef(rows=refer(rows, home[int(truth[row])]))
        made.append(Pin(rows=(str(rows.ids[row]),), cluster=ref))
        friend = int(rng.choice(np.flatnonzero(truth == truth[row])))
        if friend != row:
            made.append(Together(rows=(str(rows.ids[row]), str(rows.ids[friend]))))
    return Edits(edit=tuple(made))


def main(names: list[str]) -> None:
    """Print what the edits gain, here and on refits."""
    for name in names or SETS:
        points, truth = rows_of(name)
        k = len(np.unique(truth))
        ids = np.arange(len(truth)).astype(str)

        def fit(
            seed: int, points: FloatArray = points, ids: np.ndarray = ids, k: int = k
        ) -> Labelling:
            labels = kmeans(points, k, seed=seed, n_init=RESTARTS).labels
            return Labelling(ids, "train", points, labels)

        rows = fit(0)
        edits = oracle(rows, truth)
        edited = apply(edits, rows).rows
        before, after = score(truth, rows.labels), score(truth, edited.labels)
        counts = Counter(edit.do for edit in edits.edit)
        print(f"{name}: {dict(counts)}: ARI {before:.3f} to {after:.3f}")
        held = constraints(edited, truth, 60)
        shares = []
        for seed in range(1, REFITS + 1):
            refit = fit(seed)
            curated = apply(edits, refit)
            plain, gained = score(truth, refit.labels), score(truth, curated.rows.labels)
            shares.append((gained - plain) / (after - before))
            outcomes = Counter(outcome.status for outcome in curated.outcomes)
            aside = Counter(o.status for o in apply(held, curated.rows, hold_out=1.0).outcomes)
            forced = apply(held, curated.rows).outcomes
            print(
                f"  seed {seed}: {plain:.3f} to {gained:.3f}, {shares[-1]:.2f} of the gain; "
                f"{dict(outcomes)}; held out and right {aside['kept_unaided'] / len(held):.2f}; "
                f"pins and pairs not applied {sum(o.status == 'refused' for o in forced)}"
            )
        print(
            f"  share of the gain: mean {np.mean(shares):.2f}, least {min(shares):.2f}", flush=True
        )


if __name__ == "__main__":
    main(sys.argv[1:])
