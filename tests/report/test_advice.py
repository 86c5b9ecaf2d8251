"""What to try next, and what stands beside the verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from clusterforge.contracts import Choice, Details
from clusterforge.report.advice import advice
from clusterforge.report.folder import Assignments, RunFolder
from clusterforge.report.verdict import tiles, verdict

NOTHING = Details()


def told(sizes: dict[str, int], details: Details = NOTHING, **evaluated: Any) -> RunFolder:
    score = {"clusterer": "a", "split": "train", "noise": "excluded", "n": 100, "coverage": 1.0}
    values = {"accuracy": 0.5, "silhouette": evaluated.pop("silhouette", 0.2)}
    scores = [
        score
        | {"metric": m, "value": v, "low": v - 0.05, "high": v + 0.05, "labels": m != "silhouette"}
        for m, v in values.items()
    ]
    about = {"sizes": {"train": sizes}, "details": details.as_json()}
    return RunFolder(
        run={"data": {"splits": {"train": {"rows": 100_000}}}},
        metrics={"scores": scores, "clusterers": {"a": about}},
        evaluation={"clusterers": {"a": evaluated}},
    )


EVEN = {"0": 50, "1": 50, "2": 50}


@pytest.mark.parametrize(
    ("run", "says"),
    [
        (told({"0": 95, "1": 3, "2": 2}), "a puts 95.0 % of its rows into one cluster"),
        (told({"0": 20, "1": 20, "-1": 60}), "a calls 60.0 % of the rows noise"),
        (told({"0": 100}, Details({"eps": 2.0})), "a found one cluster only: try a smaller eps"),
        (
            told({"0": 100}, Details(choices=(Choice("eps", 2.0),))),
            "one cluster only: try another clusterer",
        ),
        (
            told(EVEN, Details(choices=(Choice("n_clusters", 9, tried=tuple(range(2, 10))),))),
            "a chose 9 clusters, the upper end",
        ),
        (
            told(EVEN, stability={"seeds": {"mean": 0.4, "ari": [0.4]}}),
            "a changes with the seed (mean ARI 0.40)",
        ),
        (told(EVEN, prediction_strength={"value": 0.5}), "prediction strength 0.50 is below 0.8"),
        (told(EVEN, silhouette=0.9), "a is tight (silhouette 0.900) but does not follow"),
        (told(EVEN), "Nothing stands out."),
    ],
)
def test_each_rule_speaks_where_it_holds(run: RunFolder, says: str) -> None:
    (line,) = advice(run, verdict(run))
    assert says in line


@pytest.mark.parametrize(("networks", "n"), [({}, 1), ({"encoder.0": {}}, 1), ({}, 0)])
def test_a_gap_to_train_needs_intervals_apart_and_a_network_to_blame(
    networks: dict[str, Any], n: int
) -> None:
    run = told(EVEN)
    run.run["networks"] = networks
    train = run.metrics["scores"][0]
    far = 0.3 if n else 0.09
    test = {"split": "test", "value": 0.5 - far, "low": 0.45 - far, "high": 0.55 - far}
    run.metrics["scores"].append(train | test)
    lines = [line for line in advice(run, verdict(run)) if "less accurate" in line]
    assert len(lines) == n
    assert all(("network" in line) == bool(networks) for line in lines)


def test_noise_is_told_once_for_each_clusterer_and_split() -> None:
    run = told(EVEN)
    plain = run.metrics["scores"][0]
    more = [("silhouette", 0.5, 0.95, False), ("nmi", 0.5, 0.9, True), ("top-1", None, 0.0, True)]
    run.metrics["scores"] = [plain] + [
        plain | {"metric": m, "value": v, "coverage": c, "labels": labels, "n": int(100 * c)}
        for m, v, c, labels in more
    ]
    (line,) = [c for c in verdict(run).caveats if "called noise" in c]
    assert line == "Rows called noise are left out of the scores: a on train 5.0 %."


def test_a_rule_speaks_once_and_few_speak() -> None:
    run = told({"0": 97, "1": 3}, silhouette=0.9, stability={"seeds": {"mean": 0.1, "ari": [0.1]}})
    run.metrics["clusterers"]["b"] = run.metrics["clusterers"]["a"]
    lines = advice(run, verdict(run))
    assert len(lines) == 3
    assert all(line.startswith("a ") for line in lines)


def test_the_verdict_carries_interval_and_stability() -> None:
    run = told(EVEN, stability={"bootstrap": {"mean": 0.95, "ari": [0.9, 1.0]}})
    judged = verdict(run)
    assert "accuracy 0.500 (0.450 to 0.550) on train" in judged.sentence
    assert judged.firmness == (
        "Clustered again, this embedding gives a steady result: mean ARI 0.95 over 2 bootstrap samples."
    )
    assert [(t["name"], t["value"], t["range"]) for t in tiles(run, judged)] == [
        ("accuracy", "0.500", "0.450–0.550"),
        ("silhouette", "0.200", "0.150–0.250"),
        ("coverage", "100 %", ""),
        ("stability", "0.95", ""),
    ]


def test_a_class_that_is_the_largest_in_no_cluster_is_named() -> None:
    truth, labels = np.array([0, 0, 1, 2, 2, 0]), np.array([0, 0, 0, 1, 1, -1])
    clusters = {"a": labels}
    assignments = Assignments(["train"], np.zeros(6, np.int64), ["x", "y", "z"], truth, clusters)
    (line,) = advice(run := replace(told(EVEN), assignments=assignments), verdict(run))
    assert line.startswith("No cluster of a has label y as its largest")
