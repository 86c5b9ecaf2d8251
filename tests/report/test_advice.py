"""The sentences of the verdict, and what to try next, on runs that are changed one record at a time."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from clusterforge.contracts import Choice, Details
from clusterforge.report.advice import advice
from clusterforge.report.source import Source
from clusterforge.report.verdict import verdict
from clusterforge.runs import RunFolder
from clusterforge.runs.records import (
    Agreement,
    ChanceTest,
    ClusterChance,
    Evaluation,
    FeatureMean,
    LayerExplanation,
    Metrics,
    Remedies,
)


@pytest.fixture
def changed(table: Path, tmp_path: Path) -> Callable[..., Source]:
    """Return the run of a table with some of its records changed."""
    folder = Path(shutil.copytree(table, tmp_path / "run"))

    def change(**records: Callable[..., object]) -> Source:
        source = Source(RunFolder(folder, None))
        for name, edit in records.items():
            setattr(source, name, edit(getattr(source, name)))
        return source

    return change


def clustering(**changes: object) -> Callable[[Metrics], Metrics]:
    def edit(metrics: Metrics) -> Metrics:
        of = metrics.clusterings["kmeans"].model_copy(update=changes)
        return metrics.model_copy(update={"clusterings": metrics.clusterings | {"kmeans": of}})

    return edit


def scored(metric: str, split: str, **changes: object) -> Callable[[Metrics], Metrics]:
    def edit(metrics: Metrics) -> Metrics:
        scores = [
            s.model_copy(update=changes)
            if (s.clusterer, s.metric, s.split) == ("kmeans", metric, split)
            else s
            for s in metrics.scores
        ]
        return metrics.model_copy(update={"scores": tuple(scores)})

    return edit


def unstable(evaluation):
    of = evaluation.clusterings["kmeans"]
    shaky = of.stability.model_copy(update={"seeds": Agreement(ari=(0.4,), mean=0.4, sd=0.0)})
    strength = of.prediction_strength.model_copy(update={"rows": 900, "value": 0.5})
    of = of.model_copy(update={"stability": shaky, "prediction_strength": strength})
    return evaluation.model_copy(update={"clusterings": evaluation.clusterings | {"kmeans": of}})


def accidental(evaluation):
    tests = tuple(
        ClusterChance(cluster=cluster, q=q) for cluster, q in enumerate((0.01, 0.5, 0.5, 0.5))
    )
    of = evaluation.clusterings["kmeans"]
    of = of.model_copy(update={"chance": ChanceTest(draws=99, rows=9, clusters=tests)})
    return evaluation.model_copy(update={"clusterings": evaluation.clusterings | {"kmeans": of}})


def divided(explanations):
    of = explanations.clusterings["kmeans"]
    answers = [
        cluster.model_copy(
            update={
                "features": (
                    *(cluster.features or ()),
                    FeatureMean(
                        name="newsletter",
                        value=("no", "yes")[number % 2],
                        mean=0.99,
                        overall=0.5,
                        mean_text="99.0 %",
                        overall_text="50.0 %",
                        z=1.0,
                        kind="yes-no",
                    ),
                )
            }
        )
        for number, cluster in enumerate(of.clusters)
    ]
    of = of.model_copy(update={"clusters": tuple(answers)})
    return explanations.model_copy(
        update={"clusterings": explanations.clusterings | {"kmeans": of}}
    )


def pixels(run):
    encoders = tuple(one.model_copy(update={"weights": None}) for one in run.encoders)
    data = run.data.model_copy(update={"content": "image", "label_names": (), "parts": ()})
    return run.model_copy(update={"data": data, "networks": {}, "encoders": encoders})


SMALLEST = Remedies(
    more_clusters="min_cluster_size = 7 (now 13)",
    fewer_clusters="min_cluster_size = 26 (now 13)",
    less_noise="min_cluster_size = 7 (now 13)",
)
RANGE = Details(choices=(Choice("n_clusters", 9, tried=tuple(range(2, 10))),))


@pytest.mark.parametrize(
    ("records", "says"),
    [
        (
            {"metrics": clustering(sizes={"train": {0: 95, 1: 3, 2: 2}})},
            "kmeans puts 95.0 % of its rows into",
        ),
        (
            {"metrics": clustering(sizes={"train": {0: 20, 1: 20, -1: 60}})},
            "kmeans calls 60.0 % of the rows noise: less strict parameters may cover more.",
        ),
        ({"metrics": clustering(sizes={"train": {0: 100}})}, "kmeans has one cluster only"),
        (
            {"metrics": clustering(n_clusters=252)},
            "kmeans made 252 clusters, more than most people",
        ),
        (
            {"metrics": clustering(n_clusters=69, sizes={"train": dict.fromkeys(range(69), 8)})},
            "kmeans made 69 clusters of few rows, more than most people read: read the largest first. "
            "For fewer, merge the nearest of these: clusterforge edit RUN --reduce 17.",
        ),
        (
            {"metrics": clustering(details=RANGE)},
            "kmeans chose 9 as n clusters, the upper end of the range it tried: raise k_max where it has "
            "one, or give n_clusters.",
        ),
        (
            {"run": pixels},
            "The images were compared pixel by pixel, not by what is in them: try the encoder "
            "efficientnet-lite0 of the package clusterforge-efficientnet.",
        ),
        (
            {"explanations": divided},
            "Each cluster of kmeans has one value of newsletter alone: where that is not what you look "
            "for, name it in drop.",
        ),
        ({"evaluation": unstable}, "kmeans changes with the seed (mean ARI 0.40)"),
        (
            {"evaluation": unstable, "metrics": clustering(remedies=SMALLEST)},
            "try min_cluster_size = 26 (now 13) or min_cluster_size = 7 (now 13), or look",
        ),
        (
            {"metrics": clustering(sizes={"train": {0: 20, 1: 20, -1: 60}}, remedies=SMALLEST)},
            "of the rows noise: min_cluster_size = 7 (now 13) may cover more.",
        ),
        (
            {"evaluation": accidental, "metrics": clustering(remedies=SMALLEST)},
            "3 of 4 clusters of kmeans may be chance: try min_cluster_size = 26 (now 13), or another enc",
        ),
        ({"evaluation": unstable}, "prediction strength 0.50 is below 0.8"),
        (
            {"metrics": scored("accuracy", "test", value=0.5, low=0.45, high=0.55)},
            "The Accuracy of kmeans is",
        ),
    ],
)
def test_each_rule_speaks_where_it_holds(changed: Callable[..., Source], records: dict, says: str):
    assert sum(says in line for line in advice(changed(**records))) == 1


def test_edits_of_a_shaky_clustering(changed: Callable[..., Source]):
    source = changed(evaluation=unstable, metrics=clustering(by_hand=True, of=("ward",)))
    said = "kmeans changes with the seed (mean ARI 0.40): edit a steadier clustering than ward, or look"
    assert any(line.startswith(said) for line in advice(source))
    assert verdict(source).firmness.startswith("Clustered again and edited alike, this embedding")


@pytest.mark.parametrize("sizes", [{0: 20, 1: 20, -1: 60}, {0: 95, 1: 3, 2: 2}, {0: 100}])
def test_what_a_person_made_is_no_matter_of_parameters(changed: Callable[..., Source], sizes: dict):
    edits = clustering(by_hand=True, of=("density",), sizes={"train": sizes})
    assert not any("kmeans" in line for line in advice(changed(metrics=edits)))
    assert any(
        "kmeans" in line for line in advice(changed(metrics=clustering(sizes={"train": sizes})))
    )


def test_a_stand_in_that_labels_new_rows_otherwise_is_told(changed: Callable[..., Source]):
    source = changed(metrics=clustering(agreement=0.16))
    assert source.best == "kmeans"
    said = "its labels agree with those of a fit by 0.16 (ARI)"
    assert any(said in caveat for caveat in verdict(source).caveats)
    assert not any("stand-in" in caveat for caveat in verdict(changed()).caveats)


def test_only_the_clustering_that_is_shown_has_too_many(changed: Callable[..., Source]):
    def all_many(metrics: Metrics) -> Metrics:
        of = {
            name: clustering.model_copy(update={"n_clusters": 250 + number})
            for number, (name, clustering) in enumerate(metrics.clusterings.items())
        }
        of[best] = of[best].model_copy(update={"n_clusters": 5})
        return metrics.model_copy(update={"clusterings": of})

    best = changed().best
    source = changed(metrics=all_many)
    assert len(source.metrics.clusterings) > 1
    assert not any("more than most people read" in line for line in advice(source))


def test_nothing_stands_out(changed: Callable[..., Source]):
    assert advice(changed())[0].startswith("Nothing stands out.")


def test_a_class_that_is_the_largest_in_no_cluster_is_named(changed: Callable[..., Source]):
    source = changed()
    truth = source.assignments.truth
    rows = np.flatnonzero(truth == 1)
    for name in ("kmeans", "density"):
        source.assignments.clusters[name] = np.where(truth == 2, 1, 0)
    assert len(rows)
    assert any("has the label" in line and "as its largest" in line for line in advice(source))


def test_the_verdict_has_interval_second_and_stability(changed: Callable[..., Source]):
    text = verdict(changed(metrics=scored("accuracy", "test", value=0.75, low=0.7, high=0.8)))
    assert (
        "kmeans agrees best with the labels: Accuracy 0.750 (0.700–0.800) and NMI" in text.quality
    )
    assert "density has" in text.quality
    assert [tile.name for tile in text.tiles] == [
        "Accuracy",
        "NMI",
        "Silhouette",
        "Coverage",
        "Stability",
        "Prediction strength",
    ]
    assert (text.tiles[0].value, text.tiles[0].interval) == ("0.750", "0.700–0.800")


def test_without_a_score_the_verdict_says_so(changed: Callable[..., Source]):
    def none(metrics: Metrics) -> Metrics:
        scores = tuple(s.model_copy(update={"value": None, "reason": "no"}) for s in metrics.scores)
        return metrics.model_copy(update={"scores": scores})

    source = changed(metrics=none)
    assert verdict(source).quality.startswith("No clustering has a score")
    assert any("scores are undefined" in line for line in verdict(source).caveats)


def test_caveats_say_what_labels_did(changed: Callable[..., Source]):
    used = ("training of encoder.1.siamese", "balanced")
    changes = {"labels_in_training": True, "labels_used": used}
    caveats = verdict(changed(run=lambda run: run.model_copy(update=changes))).caveats
    assert caveats[0].startswith("Labels were used in training")
    assert caveats[1] == "Labels were used for this: training of encoder.1.siamese."
    assert caveats[2].startswith("The rows were drawn in equal numbers")
    assert any(
        "Rows called noise are left out of the scores: density on train" in c for c in caveats
    )
    assert any("95 % bootstrap intervals of 1,000 resamples" in c for c in caveats)


def test_caveats_name_clusters_that_may_be_chance(changed: Callable[..., Source]):
    def all_real(evaluation: Evaluation) -> Evaluation:
        return evaluation.model_copy(
            update={
                "clusterings": {
                    name: of.model_copy(update={"chance": ChanceTest()})
                    for name, of in evaluation.clusterings.items()
                }
            }
        )

    source = changed()
    assert any("may be chance" in text for text in verdict(source).caveats)
    assert not any(
        "may be chance" in text for text in verdict(changed(evaluation=all_real)).caveats
    )


def test_groups_of_clusters_may_be_what_is_meant(changed: Callable[..., Source]):
    def grouped(explanations):
        of = explanations.clusterings["kmeans"]
        group = of.clusters[0]
        layer = LayerExplanation(members=((0, 1), (2,)), persistence=1.0, groups=(group, group))
        kmeans = of.model_copy(update={"layers": (layer,)})
        clusterings = {**explanations.clusterings, "kmeans": kmeans}
        return explanations.model_copy(update={"clusterings": clusterings})

    sizes = {"train": dict.fromkeys(range(40), 50)}
    many = clustering(n_clusters=40, sizes=sizes)
    said = "The 40 clusters of kmeans are in 2 groups. If the groups are what you look for, "
    assert any(
        line.startswith(said) for line in advice(changed(metrics=many, explanations=grouped))
    )
    assert not any("groups" in line for line in advice(changed(explanations=grouped)))
