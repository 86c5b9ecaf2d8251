"""Names of phrases, columns and typical members."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import clusterforge
from clusterforge.builtin.namers import WordsParams
from clusterforge.contracts import ClusterEvidence, Context, Evidence, Example, Phrase, Trait
from clusterforge.namers.words import Words


def named(cluster: ClusterEvidence, *others: ClusterEvidence, **params: Any) -> str | None:
    evidence = Evidence("text", 100, (cluster, *others))
    found = Words(WordsParams(**params)).names(evidence, Context())
    return found[cluster.cluster].name if cluster.cluster in found else None


def of_texts(*phrases: tuple[str, float]) -> ClusterEvidence:
    return ClusterEvidence(0, 9, phrases=tuple(Phrase(text, score, 3) for text, score in phrases))


def test_phrases_that_say_something_new_come_first() -> None:
    found = of_texts(
        ("top up", 3.0), ("top ups", 2.9), ("up", 2.8), ("top up card", 2.0), ("verify", 1.5)
    )
    assert named(found, parts=2) == "top up · verify"
    assert named(found, parts=2, variety=0.0) == "top up · top up card"


def test_a_name_has_only_so_many_words() -> None:
    found = of_texts(("a b c", 3.0), ("d e", 2.0), ("f", 1.0), ("g", 0.5))
    assert named(found, words=4) == "a b c · f"
    assert named(found, words=1) == "a b c"


def test_phrases_stand_in_the_order_of_the_texts() -> None:
    found = of_texts(("card", 3.0), ("frozen", 2.0), ("unlock", 1.0))
    texts = ("My card is FROZEN", "frozen: unlock my card!", "unlock the frozen card", "other")
    typical = tuple(Example(str(i), text, {}) for i, text in enumerate(texts))
    assert named(found, parts=3) == "card · frozen · unlock"
    assert named(replace(found, typical=typical), parts=3) == "frozen · unlock · card"
    unspaced = of_texts(("银行卡", 3.0), ("丢失", 2.0))
    typical = (Example("0", "我丢失了银行卡", {}),)
    assert named(replace(unspaced, typical=typical), parts=2) == "丢失 · 银行卡"


def test_own_stop_words_stand_in_no_name() -> None:
    found = of_texts(("Acme card", 3.0), ("lost card", 2.0), ("acme", 1.5), ("pin", 1.0))
    assert named(found, stop_words=["ACME"]) == "lost card · pin"
    assert named(found, stop_words=["acme", "pin", "lost"]) is None


def test_columns_of_a_table_with_their_direction() -> None:
    found = ClusterEvidence(
        0, 9, traits=(Trait("a", 1, 2, -1.3), Trait("b", 3, 2, 1.2), Trait("c", 2, 2, 0.1))
    )
    assert named(found) == "a low · b high"
    assert named(found, parts=1) == "a low"


def test_columns_are_weighed_against_those_of_the_siblings() -> None:
    found = ClusterEvidence(
        0, 9, traits=(Trait("a", 1, 2, 1.3), Trait("b", 3, 2, -1.2)), siblings=(1,)
    )
    other = ClusterEvidence(1, 9, traits=(Trait("a", 1, 2, 1.3), Trait("b", 3, 2, 1.4)))
    assert named(found, other, parts=1) == "b low"


def test_images_have_no_name_of_ids() -> None:
    found = ClusterEvidence(4, 9, typical=tuple(Example(f"{i}.png") for i in range(5)))
    assert named(found) is None


def test_of_what_nothing_is_known_there_is_no_name() -> None:
    assert named(ClusterEvidence(0, 9)) is None


@pytest.mark.parametrize(
    ("dataset", "encoder", "wanted"),
    [("iris", "scale", "(cm) "), ("digits", "flatten", "cluster")],
)
def test_names_of_whole_runs_are_distinct(
    tmp_path: Any, dataset: str, encoder: str, wanted: str
) -> None:
    recipe = {
        "dataset": {"use": dataset},
        "encoder": [{"use": encoder}],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
        "metric": [{"use": "purity"}],
        "evaluation": {"resamples": 0, "refits": 0},
        "report": {"projection": "none"},
        "compute": {"threads": 1},
    }
    done = clusterforge.run(recipe, out=tmp_path / "run")
    names = done.files.names("kmeans")
    assert sorted(names) == [0, 1, 2]
    assert len(set(names.values())) == 3
    assert all(wanted in name for name in names.values()), names
    again = clusterforge.run(recipe, out=tmp_path / "again", cache=False)
    assert again.files.names("kmeans") == names
    assert np.array_equal(
        done.files.labels("kmeans", "train"), again.files.labels("kmeans", "train")
    )


def test_a_cluster_next_to_one_that_is_far_off_has_a_name() -> None:
    one = ClusterEvidence(
        0, 9, traits=(Trait("a", 1, 2, 0.1), Trait("b", 3, 2, 0.6)), siblings=(1,)
    )
    far = ClusterEvidence(1, 9, traits=(Trait("a", 1, 2, 90.0),))
    names = Words(WordsParams()).names(Evidence("table", 20, (one, far)), Context())
    assert names[0].name == "b high"


def test_a_column_far_off_is_named_next_to_phrases() -> None:
    traits = (Trait("amount", 9, 2, 1.8), Trait("age", 3, 2, 0.6))
    found = ClusterEvidence(0, 9, (Phrase("refund", 3.0, 2), Phrase("order", 2.0, 2)), traits)
    assert named(found) == "amount high · refund · order"
    assert named(replace(found, phrases=(Phrase("refund", 3.0, 8),))) == "refund · amount high"
    assert named(replace(found, traits=traits[1:])) == "refund · order"


def test_dates_are_early_or_late() -> None:
    found = ClusterEvidence(0, 9, traits=(Trait("since", 9, 2, 1.8, kind="date"),))
    assert named(found) == "since late"
