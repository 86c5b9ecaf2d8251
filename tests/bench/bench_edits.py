"""Edits by an oracle, and what of them holds on other fits: ``python -m tests.bench.bench_edits``.

Needs ``CLUSTERFORGE_MIRROR`` with Banking77, CLINC150, AG News and MiniLM. k-means with as many clusters
as classes (20 on AG News) is edited by an oracle that knows the labels: 40 times it makes the merge or split
that raises the adjusted Rand index most. It names a cluster, or a part of one, as the commands do: by up to
40 rows of it that lie nearest to its mean. Then the same file of edits is applied to k-means by eight other
seeds, to a Gaussian mixture and to Ward's clustering.

Pins are of two sorts. *Rows*: drawn from all rows, to the cluster of most of their class, whether the edited
clustering has them there or not. *Members*: those of them that it has there, as when a person confirms what
the page shows. A third of them is held out: the share that a refit gets right without having been told.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator

import numpy as np

import clusterforge
from clusterforge.contracts import FloatArray, IntArray
from clusterforge.curation import ClusterRef, Curated, Edit, Edits, Labelling, apply
from clusterforge.curation.edits import Apart, Merge, Pin, Split, Together
from clusterforge.numerics.contingency import ari, contingency
from clusterforge.numerics.kmeans import kmeans
from clusterforge.numerics.standing import standing_rows

EDITS, REFITS, LEAST, RESTARTS, AGAIN = 40, 8, 15, 3, 12
SETS = {
    "banking77": ("PolyAI/banking77", "label", None),
    "clinc150": ("clinc/clinc_oos", "intent", None),
    "agnews": ("fancyzhx/ag_news", "label", 20),
}
PINS, HELD = 300, 1 / 3


def recipe(name: str) -> dict[str, object]:
    """Return the recipe that embeds the training texts of a set."""
    path, label, _ = SETS[name]
    return {
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


def rows_of(name: str) -> tuple[FloatArray, IntArray]:
    """Return the embedding of the training texts of a set, float32 (n, 384), and their classes."""
    with tempfile.TemporaryDirectory() as folder:
        run = clusterforge.run(recipe(name), out=f"{folder}/run")
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
    gain_of: dict[str, float] = {}
    while len(edits) < EDITS:
        # What a wish was worth in an earlier round is a good guess: the likeliest are tried again.
        wanted = {_key(wish): wish for wish in wishes(rows, truth)}
        again = sorted(wanted.keys() & gain_of, key=lambda key: (-gain_of[key], key))[:AGAIN]
        tried: list[tuple[float, Labelling, Edit]] = []
        for key in [*again, *(key for key in wanted if key not in gain_of)]:
            after = apply(Edits(edit=(wanted[key],)), rows).rows
            gain_of[key] = score(truth, after.labels) - best
            tried.append((gain_of[key], after, wanted[key]))
        if not tried:
            break
        gain, after, wish = max(tried, key=lambda one: one[0])
        if gain <= 0:
            break
        best, rows = best + gain, after
        edits = edits.followed_by((wish,))
    return edits


def _key(wish: Edit) -> str:
    if isinstance(wish, Split):
        return str(wish.parts)
    assert isinstance(wish, Merge)
    return str([cluster.rows for cluster in wish.clusters])


def pins(rows: Labelling, truth: IntArray, *, members: bool) -> Edits:
    """Return pins of rows to the cluster of most of their class."""
    home: dict[int, int] = {}
    for value in np.unique(truth[truth >= 0]).tolist():
        labels = rows.labels[truth == value]
        home[value] = int(np.bincount(labels[labels >= 0]).argmax())
    refs = {c: refer(rows, np.flatnonzero(rows.labels == c)) for c in set(home.values())}
    drawn = np.random.default_rng(0).permutation(np.flatnonzero(truth >= 0)).tolist()
    wanted = [(row, home[int(truth[row])]) for row in drawn]
    wanted = [(row, c) for row, c in wanted if not members or rows.labels[row] == c][:PINS]
    return Edits(
        edit=tuple(
            Pin(rows=(str(rows.ids[row]),), cluster=ClusterRef(rows=refs[c])) for row, c in wanted
        )
    )


def pairs(rows: Labelling, truth: IntArray) -> Edits:
    """Return pairs of rows of one class, and of different classes."""
    rng = np.random.default_rng(1)
    made: list[Edit] = []
    for row in rng.permutation(np.flatnonzero(truth >= 0))[:PINS].tolist():
        alike = len(made) % 2 == 0
        others = np.flatnonzero((truth == truth[row]) == alike)
        other = int(rng.choice(others[(others != row) & (truth[others] >= 0)]))
        both = (str(rows.ids[row]), str(rows.ids[other]))
        made.append(Together(rows=both) if alike else Apart(rows=both))
    return Edits(edit=tuple(made))


def broken(edits: Edits, rows: Labelling, curated: Curated) -> tuple[int, int]:
    """Return how many pins and pairs the labels break in silence, and how many are listed as refused."""
    label = dict(zip(rows.ids.tolist(), curated.rows.labels.tolist(), strict=True))
    pinned: dict[tuple[object, ...], set[int]] = {}
    silent = refused = 0
    for edit, outcome in zip(edits.edit, curated.outcomes, strict=True):
        if outcome.status == "refused":
            refused += isinstance(edit, Pin | Together | Apart)
            continue
        if isinstance(edit, Pin):
            pinned.setdefault(edit.cluster.rows, set()).add(label[str(edit.rows[0])])
        elif isinstance(edit, Together | Apart):
            same = len({label[str(row)] for row in edit.rows}) == 1
            silent += same != isinstance(edit, Together)
    return silent + sum(len(clusters) - 1 for clusters in pinned.values()), refused


def fits(points: FloatArray, k: int, many: int) -> Iterator[tuple[str, IntArray]]:
    """Yield k-means by several seeds, then a Gaussian mixture and Ward's clustering."""
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.decomposition import PCA
    from sklearn.mixture import GaussianMixture

    for seed in range(many + 1):
        yield f"kmeans {seed}", kmeans(points, k, seed=seed, n_init=RESTARTS).labels
    small = PCA(50, random_state=0).fit_transform(points)
    mixture = GaussianMixture(k, covariance_type="diag", random_state=0)
    yield "gaussian-mixture", mixture.fit_predict(small).astype(np.int64)
    yield "hierarchical", AgglomerativeClustering(k).fit_predict(small).astype(np.int64)


def main(names: list[str]) -> None:
    """Print what the edits gain, here and on refits."""
    for name in names or SETS:
        points, truth = rows_of(name)
        k = SETS[name][2] or len(np.unique(truth[truth >= 0]))
        ids = np.arange(len(truth)).astype(str)
        shares, held = [], []
        for fit, labels in fits(points, k, REFITS):
            refit = Labelling(ids, "train", points, labels)
            plain = score(truth, labels)
            if fit == "kmeans 0":
                edits = oracle(refit, truth)
                edited = apply(edits, refit).rows
                before, after = plain, score(truth, edited.labels)
                counts = Counter(edit.do for edit in edits.edit)
                print(f"{name}: {dict(counts)}: ARI {before:.3f} to {after:.3f}", flush=True)
                of_rows, of_members = (
                    edits.followed_by(pins(edited, truth, members=sort).edit)
                    for sort in (False, True)
                )
                hard = of_rows.followed_by(pairs(edited, truth).edit)
                own = _kept(apply(of_rows, refit, hold_out=HELD))
                print(f"  held-out pins right on this fit: rows {own:.2f}", flush=True)
                continue
            curated = apply(edits, refit)
            gained = score(truth, curated.rows.labels)
            shares.append((gained - plain) / (after - before))
            held.append([_kept(apply(e, refit, hold_out=HELD)) for e in (of_rows, of_members)])
            silent, refused = broken(hard, refit, apply(hard, refit))
            outcomes = Counter(outcome.status for outcome in curated.outcomes)
            print(
                f"  {fit}: {plain:.3f} to {gained:.3f}, {shares[-1]:.2f} of the gain; "
                f"{dict(outcomes)}; held out and right: rows {held[-1][0]:.2f}, members "
                f"{held[-1][1]:.2f}; pins and pairs broken {silent}, refused {refused}",
                flush=True,
            )
        of_seeds = shares[:REFITS]
        print(
            f"  share of the gain, other seeds: mean {np.mean(of_seeds):.2f}, least "
            f"{min(of_seeds):.2f}; held out and right: rows {np.mean(held, axis=0)[0]:.2f}, "
            f"members {np.mean(held, axis=0)[1]:.2f}, least {np.min(held, axis=0)[1]:.2f}",
            flush=True,
        )


def _kept(curated: Curated) -> float:
    statuses = Counter(outcome.status for outcome in curated.outcomes)
    kept, missed = statuses["kept_unaided"], statuses["missed_unaided"]
    return kept / max(1, kept + missed)


if __name__ == "__main__":
    main(sys.argv[1:])
