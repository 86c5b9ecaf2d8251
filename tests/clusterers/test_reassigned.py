"""Noise of another clustering, given back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import clusterforge
from clusterforge.builtin.clusterers import ReassignedParams
from clusterforge.clusterers.reassigned import Reassigned
from clusterforge.contracts import Context, FloatArray, IntArray, Points, Split, Texts
from clusterforge.curation.edits import Rename
from clusterforge.errors import InputError
from clusterforge.pipeline.curate import refer

ROWS = np.array(
    [[0, 0], [0, 1], [1, 0], [9, 9], [9, 8], [8, 9], [2, 2], [5, 5.2], [4, 4]], np.float32
)
BELOW = np.array([0, 0, 0, 1, 1, 1, -1, -1, -1])


def points(
    rows: FloatArray = ROWS, below: IntArray = BELOW, shares: FloatArray | None = None
) -> Points:
    texts = Texts([f"card {i}" if label == 0 else f"loan {i}" for i, label in enumerate(below)])
    return Points(
        rows,
        clusterings={"below": below},
        memberships={} if shares is None else {"below": shares},
        rows=Split("train", texts, np.arange(len(rows)).astype(str)),
    )


def fitted(**params: object) -> tuple[Reassigned, IntArray]:
    clusterer = Reassigned(ReassignedParams(**params))
    return clusterer, clusterer.fit(points(), Context())


@pytest.mark.parametrize("policy", ["nearest", "neighbors"])
def test_noise_goes_to_a_cluster_and_members_stay(policy: str) -> None:
    clusterer, labels = fitted(policy=policy, neighbors=3)
    assert labels.tolist() == [0, 0, 0, 1, 1, 1, 0, 1, 0]
    assert clusterer.details().values == {"noise": 3, "given_back": 3}


def test_what_it_is_not_sure_of_stays_noise() -> None:
    assert fitted(policy="nearest", threshold=0.7)[1].tolist() == [0, 0, 0, 1, 1, 1, 0, -1, -1]


@pytest.mark.parametrize("policy", ["nearest", "neighbors"])
def test_new_rows_follow_the_policy_also_after_restore(policy: str) -> None:
    clusterer, _ = fitted(policy=policy, neighbors=3)
    restored = Reassigned(clusterer.params)
    restored.restore(clusterer.state())
    new = points(np.array([[1, 1], [7, 7], [3, 3]], np.float32), np.array([1, -1, -1]))
    for one in (clusterer, restored):
        assert one.predict(new, Context()).tolist() == [1, 1, 0]


def test_membership_decides_where_it_is_known() -> None:
    shares = np.full((9, 2), 0.1, np.float32)
    shares[6:, 1] = [0.8, 0.3, 0.6]
    clusterer = Reassigned(ReassignedParams(policy="membership", threshold=0.5))
    labels = clusterer.fit(points(shares=shares), Context())
    assert labels[6:].tolist() == [1, -1, 1]
    new = points(ROWS[:2], np.array([0, -1]), np.array([[1, 0], [0.2, 0.7]], np.float32))
    assert clusterer.predict(new, Context()).tolist() == [0, 1]
    with pytest.raises(InputError, match="how far rows belong"):
        fitted(policy="membership")


def test_words_and_recluster_leave_new_rows_noise() -> None:
    clusterer, labels = fitted(policy="words")
    assert (labels[6:] == 1).all()
    new = points(ROWS[:2], np.array([0, -1]))
    assert clusterer.predict(new, Context()).tolist() == [0, -1]


def test_without_noise_or_clusters_nothing_changes() -> None:
    clusterer = Reassigned(ReassignedParams())
    whole = np.zeros(9, np.int64)
    assert clusterer.fit(points(below=whole), Context()).tolist() == whole.tolist()
    nothing = np.full(9, -1)
    for policy in ("nearest", "membership"):
        clusterer = Reassigned(ReassignedParams(policy=policy))
        assert clusterer.fit(points(below=nothing), Context()).tolist() == nothing.tolist()
        assert clusterer.warnings() == ("noise stays noise: there is no cluster",)


def test_a_recipe_scores_both_and_new_rows_follow(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).standard_normal((60, 2)) * 0.2
    rows[30:] += 5
    lines = [f"{x},{y}" for x, y in (*rows, (2.0, 2.0), (3.4, 3.4))]
    (tmp_path / "rows.csv").write_text("\n".join(["x,y", *lines]) + "\n")
    recipe = {
        "dataset": {"use": "files", "path": str(tmp_path / "rows.csv"), "features": "all"},
        "encoder": [{"use": "flatten"}],
        "clusterer": [
            {"use": "dbscan", "eps": 1.0, "min_samples": 4},
            {"use": "reassigned", "of": "dbscan"},
        ],
        "evaluation": {"refits": 0, "resamples": 0},
        "report": {"projection": "none"},
    }
    run = clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    assert run.labels("dbscan")[-2:].tolist() == [-1, -1]
    assert run.labels("reassigned")[-2:].tolist() == [
        run.labels("dbscan")[0],
        run.labels("dbscan")[40],
    ]
    run.export(tmp_path / "rows.parquet", clusterer="reassigned")
    assert not any(pq.read_table(tmp_path / "rows.parquet")["edited"].to_pylist())
    page = (tmp_path / "run" / "report.html").read_text()
    assert "The strangest rows: 12" in page
    assert "noise, next to" in page
    new = clusterforge.load(tmp_path / "run").predict_columns(rows[:1].astype(np.float32) + 2)
    assert new["dbscan"].tolist() == [-1]
    assert new["dbscan.nearest"].tolist() == new["reassigned"].tolist() == [0]
    renamed = Rename(cluster=refer(run.files, "reassigned", "0"), name="low")
    curated = clusterforge.edit(
        run.folder, [renamed], clusterer="reassigned", out=tmp_path / "curated", cache=False
    )
    assert curated.metrics.clusterings["edited"].of == ("reassigned",)
    assert curated.labels("edited").tolist() == run.labels("reassigned").tolist()
    assert curated.predict(rows[:1].astype(np.float32) + 2).tolist() == [0]
    again = clusterforge.edit(curated.folder, [renamed], out=tmp_path / "again", cache=False)
    assert again.metrics.clusterings["edited"].of == ("reassigned",)
