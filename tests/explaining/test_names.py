"""Names that no two clusters share, of whatever a namer gives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterforge.contracts import Name
from clusterforge.explaining.names import LONGEST, distinct, distinctness, evidence, named, one_line
from clusterforge.runs.records import (
    ClusterExplanation,
    FeatureMean,
    LayerExplanation,
    Member,
    Word,
)

NAMES = st.dictionaries(
    st.integers(0, 30),
    st.builds(
        Name,
        st.sampled_from(["card", "Card", "card · pin", "card · cluster 3", "x" * 200, "\x1b[0m a"]),
        st.lists(st.sampled_from(["pin", "top up", "cluster 3", "y" * 90]), max_size=3).map(tuple),
    ),
)


def explained(cluster: int, **known: object) -> ClusterExplanation:
    nothing = dict.fromkeys(("words", "mean_image", "features", "classes"))
    base = {"cluster": cluster, "name": f"cluster {cluster}", "rows": 5}
    return ClusterExplanation(**{**base, "typical": (), "borderline": (), **nothing, **known})  # type: ignore[arg-type]


@given(NAMES)
def test_no_two_names_are_equal_and_all_are_one_short_line(names: dict[int, Name]) -> None:
    lines = distinct(names)
    assert lines.keys() == names.keys()
    assert len({line.casefold() for line in lines.values()}) == len(lines)
    assert all(line.isprintable() and 0 < len(line) <= LONGEST for line in lines.values())


def test_one_name_for_two_is_told_apart_by_what_only_one_has() -> None:
    names = {4: Name("card", ("card", "lost")), 7: Name("Card", ("card", "pin")), 1: Name("fee")}
    assert distinct(names) == {4: "card · lost", 7: "Card · pin", 1: "fee"}


def test_what_no_word_tells_apart_is_the_other_one_and_has_no_number() -> None:
    alike = ("late", "parcel")
    names = {
        3: Name("late", (*alike, "monday")),
        5: Name("late", alike),
        8: Name("late", alike),
        9: Name("late", alike),
        2: Name("late"),
    }
    assert distinct(names, wider=("late",)) == {
        3: "late · monday",
        5: "late · parcel",
        8: "late · other",
        9: "late · cluster 9",
        2: "late · cluster 2",
    }


def test_without_evidence_the_number_tells_them_apart() -> None:
    assert distinct({0: Name("card"), 1: Name("card")}) == {0: "card", 1: "card · cluster 1"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines\tand \x00more", "two lines and more"),
        ("\x1b[31mred\x1b[0m", "[31mred [0m"),
        ("pay\u202eyap \u2066here", "pay yap here"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("a" * 100, "a" * 79 + "…"),
    ],
)
def test_a_name_is_one_line_without_control_characters(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_what_a_namer_is_given() -> None:
    words = (Word(word="card", score=0.5, rows=3),)
    traits = (
        FeatureMean(name="age", mean=2.0, overall=1.0, mean_text="2", overall_text="1", z=0.5),
    )
    member = Member(split="train", row=3, id="r3", text="my card")
    clusters = (
        explained(1, words=words, typical=(member,), siblings=(0,)),
        explained(0, features=traits, siblings=(1,)),
    )
    found = evidence("text", 12, clusters, ("fees",))

    first, second = found.clusters
    assert (found.content, found.rows, found.unnamed) == ("text", 12, (first,))
    assert (first.cluster, first.rows, first.siblings, first.name) == (1, 5, (0,), None)
    assert [(p.text, p.score, p.rows) for p in first.phrases] == [("card", 0.5, 3)]
    assert [(e.id, e.text) for e in first.typical] == [("r3", "my card")]
    assert [(t.column, t.mean, t.z) for t in second.traits] == [("age", 2.0, 0.5)]
    assert second.name == "fees"


def test_siblings_are_children_of_one_parent_and_the_nearest_come_first() -> None:
    groups = (explained(0, name="cards"), explained(1, name="fees"))
    above = LayerExplanation(members=((0, 1, 3), (2,)), persistence=1.0, groups=groups)
    clusters = tuple(explained(c, siblings=(2, 3)) for c in range(4))
    found = evidence("text", 12, clusters, (), above, above.of_cluster).clusters
    assert [c.parent for c in found] == ["cards", "cards", "fees", "cards"]
    assert [c.siblings for c in found] == [(3, 1), (3, 0), (2, 3), (0, 1)]


def test_a_cluster_that_is_not_named_goes_by_its_number() -> None:
    clusters = (explained(5), explained(2))
    found = named(clusters, {2: Name("pins", ("pin\n", "card"))})
    assert [(c.name, c.evidence) for c in found] == [
        ("cluster 5", ()),
        ("pins", ("pin", "card")),
    ]


def test_distinctness_is_one_less_the_overlap_with_the_most_alike() -> None:
    def of(*names: str) -> float | None:
        return distinctness([explained(i, name=name) for i, name in enumerate(names)])

    assert of("card · lost", "refund · fee") == 1
    assert of("lost card", "Card · stolen", "refund") == pytest.approx(1 - (1 / 3 + 1 / 3) / 3)
    assert of("card", "cluster 1") is None


def test_a_child_has_another_name_than_its_group_of_several() -> None:
    groups = (explained(0).model_copy(update={"name": "card"}),)
    above = LayerExplanation(members=((0, 1),), persistence=1.0, groups=groups, parents=())
    names = {0: Name("card", ("card", "lost")), 1: Name("pin")}
    found = named((explained(0), explained(1)), names, above, {0: 0, 1: 0})
    assert [cluster.name for cluster in found] == ["card · lost", "pin"]


def test_an_only_child_keeps_the_name_of_its_group() -> None:
    groups = (explained(0).model_copy(update={"name": "card"}),)
    above = LayerExplanation(members=((0, 1), (2,)), persistence=1.0, groups=groups, parents=())
    assert (
        named((explained(0),), {0: Name("card", ("card", "lost"))}, above, {0: 0})[0].name == "card"
    )
