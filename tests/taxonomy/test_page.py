"""The page of a taxonomy: whole, offline, and hostile text stays text."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

import clusterforge
from clusterforge.runs.records import ClusterExplanation, Word
from clusterforge.taxonomy.following import follow
from clusterforge.taxonomy.page import render
from clusterforge.taxonomy.records import Anchor, Change, Cluster, Generation, Taxonomy
from clusterforge.taxonomy.streams import DESK, MAX_STREAMS, PHONE, Room, streams

HOSTILE = "<script>alert(1)</script> [red] \x07 & 'x'"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("page")
    cats = "the cat sleeps on the warm mat|a cat drinks milk|cats and kittens purr|the kitten plays"
    cars = "the car needs new tyres|engine oil of the car|a fast car|the engine of the truck"
    lines = [f"{text} {HOSTILE}" for text in (cats + "|" + cars).split("|")] * 6
    for name in ("rows", "later"):
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n")
    recipe = {
        "name": HOSTILE,
        "dataset": {"use": "files", "path": str(folder / "rows.txt")},
        "encoder": [{"use": "tfidf"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 2}],
        "evaluation": {"resamples": 0, "refits": 0},
        "report": {"projection": "none"},
    }
    clusterforge.run({**recipe, "name": "pets"}, out=folder / "run", cache=False)
    done = follow(
        folder / "run",
        folder / "later.txt",
        out=folder / "t",
        label=HOSTILE,
        html=folder / "p.html",
    )
    text = (folder / "p.html").read_text()
    assert text == done.page.read_text()
    return text


def test_paths_are_shortened(page: str) -> None:
    assert re.search(r" …/[^/ ]+/later\.txt", page)
    assert not re.search(r"(?<!…)/[^/ ]+/[^/ ]+/later\.txt", page)


def test_hostile_text_stays_text(page: str) -> None:
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\x07" not in page


def test_tables_say_that_they_go_on(page: str) -> None:
    assert page.count('<div class="scroll">') == page.count("The table goes on to the right") > 0


def test_it_needs_no_network(page: str) -> None:
    assert "default-src 'none'" in page
    assert not re.findall(r"(?:src|href)=[\"'](?!data:)", page)


def test_it_says_what_became_of_the_clusters(page: str) -> None:
    assert "2 generations" in page
    assert "Nothing has changed" in page
    assert page.count("</tr>") == 3


def taxonomy(clusters: int, generations: int) -> tuple[Taxonomy, list[Generation]]:
    made = tuple(Cluster(id=i, name=None, born=1) for i in range(clusters))
    changes = tuple(
        Change(
            **{"id": i, "kind": "same", "p": 1.0, "rows_before": 10, "rows": 10 + i},
            **{"share_before": 0.1, "share": (10 + i) / 1000},
        )
        for i in range(clusters)
    )
    records = [
        Generation(
            **{"number": n, "label": f"week {n}", "created": "", "source": "", "how": "predict"},
            **{"rows": 1000, "fingerprint": "", "noise": 5, "tested": None, "level": 0.05},
            **{"changes": changes},
            **{"anchor": Anchor(generation=0, ids={}), "clusters": {}},
        )
        for n in range(1, generations + 1)
    ]
    whole = Taxonomy(
        **{"name": "t", "run": "r", "run_id": "i", "clusterer": "c"},
        **{"clusters": made, "generations": ()},
    )
    return whole, records


def test_streams_of_few_and_of_many() -> None:
    few = streams(*taxonomy(3, 4))
    assert len(few.blocks) == 4 * (3 + 1)
    assert len(few.ribbons) == 3 * (3 + 1)
    assert few.rest == 0
    many = streams(*taxonomy(60, 2))
    assert many.rest == 60 - MAX_STREAMS + 1
    assert len(many.blocks) == 2 * (MAX_STREAMS + 1)
    heights = [label.y for label in many.names]
    assert all(b - a >= 15 for a, b in pairwise(heights) if b > a)


def test_the_first_line_says_what_is_new_since_last_time() -> None:
    whole, records = taxonomy(5, 3)
    assert "Since week" not in render(whole, records)
    *others, last = records
    new, grown, *same = last.changes
    changes = (
        new.model_copy(update={"kind": "new"}),
        grown.model_copy(update={"kind": "grown"}),
        *same,
    )
    last = last.model_copy(update={"changes": changes, "tested": (1000, 1000)})
    page = render(whole, [*others, last])
    assert '<p class="headline">Since week 2: 1 new, 1 grown; 3 the same.</p>' in page


def test_new_words_are_those_that_no_generation_had_of_what_has_changed() -> None:
    def words(*words: str) -> ClusterExplanation:
        nothing = dict.fromkeys(("mean_image", "features", "classes"))
        found = tuple(Word(word=word, score=1.0, rows=3) for word in words)
        return ClusterExplanation(
            **{
                "cluster": 0,
                "name": "n",
                "rows": 9,
                "words": found,
                "typical": (),
                "borderline": (),
            },
            **nothing,
        )

    whole, (first, second, last) = taxonomy(2, 3)
    first = first.model_copy(update={"clusters": {i: words("card", "fee") for i in range(2)}})
    second = second.model_copy(update={"clusters": {i: words("card") for i in range(2)}})
    grown, same = last.changes
    update = {
        "clusters": {i: words("fee", "app") for i in range(2)},
        "changes": (grown.model_copy(update={"kind": "grown"}), same),
    }
    page = render(whole, [first, second, last.model_copy(update=update)])
    assert "<b>app</b>" in page
    assert page.count("<b>app</b>") == 2  # in the card and in the table, of the first cluster alone
    assert "<b>fee</b>" not in page


@pytest.mark.parametrize(
    ("room", "generations", "letters"),
    [(DESK, 2, 43), (DESK, 8, 20), (PHONE, 2, 17), (PHONE, 8, 17)],
)
def test_long_names_have_room(room: Room, generations: int, letters: int) -> None:
    whole, records = taxonomy(3, generations)
    name = "where · redeem my gift card · how · credit · card was declined"
    named = [c.model_copy(update={"name": f"{name} {c.id}"}) for c in whole.clusters]
    drawn = streams(whole.model_copy(update={"clusters": tuple(named)}), records, room)
    assert drawn.width == pytest.approx(room.width)
    assert letters - 2 <= max(len(label.text) for label in drawn.names) <= letters
    for label in drawn.names:
        room = label.x if label.anchor == "end" else drawn.width - label.x
        assert room >= 8 * len(label.text)  # pixels of a wide letter at this size


def test_dates_have_room() -> None:
    for generations in (2, 8, 20, 60):
        for room in (DESK, PHONE):
            places = [label.x for label in streams(*taxonomy(5, generations), room).dates]
            assert all(b - a >= 80 for a, b in pairwise(places))


def test_a_phone_has_the_last_generations() -> None:
    whole, records = taxonomy(3, 8)
    drawn = streams(whole, records, PHONE)
    assert {block.title.split(",")[0] for block in drawn.blocks} == {
        f"week {n}" for n in range(4, 9)
    }
    assert "The last 5 generations; a wider screen shows all." in render(whole, records)
