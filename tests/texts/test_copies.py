from __future__ import annotations

import time

import numpy as np
import pytest

from clusterforge.texts import copies
from clusterforge.texts.copies import SHINGLES, near_copies


def edited(rows: int, seed: int) -> list[str]:
    """Return texts, many with a few words of an earlier one changed."""
    rng = np.random.default_rng(seed)
    words = np.array([f"w{i}" for i in range(60)])
    texts: list[str] = []
    for _ in range(rows):
        if texts and rng.random() < 0.6:
            own = texts[rng.integers(len(texts))].split()
            for _ in range(rng.integers(0, 4)):
                own[rng.integers(len(own))] = rng.choice(words)
        else:
            own = rng.choice(words, rng.integers(1, 30)).tolist()
        texts.append(" ".join(own))
    return texts


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("alike", [0.5, 0.8, 1.0])
def test_against_every_pair(seed: int, alike: float) -> None:
    texts = edited(150, seed)
    sets = [set(SHINGLES(text)) for text in texts]
    first = list(range(len(texts)))
    for row, own in enumerate(sets):
        for kept in range(row):
            both = len(own & sets[kept])
            if first[kept] == kept and own and both >= alike * (len(own | sets[kept])):
                first[row] = kept
                break
    assert near_copies(texts, alike).tolist() == first


def test_case_signs_and_few_words_do_not_matter_and_other_scripts_count() -> None:
    long = "my parcel with the blue shoes has not arrived and nobody answers my letters about it"
    chinese = "我的包裹还没有到，里面是我上个星期在你们的网店里买的一双蓝色的鞋子"
    texts = [long, long.upper() + "!!", long.replace("blue", "red"), "something else", chinese]
    texts += [chinese.replace("蓝", "红"), "", "😀", "", "my parcel"]
    assert near_copies(texts).tolist() == [0, 0, 0, 3, 4, 4, 6, 7, 8, 9]
    assert near_copies([]).tolist() == []


def test_groups_and_many_texts_take_no_square_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0
    own = copies._alike

    def counting(one: np.ndarray, other: np.ndarray) -> float:
        nonlocal compared
        compared += 1
        return own(one, other)

    monkeypatch.setattr(copies, "_alike", counting)
    form = (
        "your order {} has left our house on day {} and will be with you at home within this week"
    )
    rng = np.random.default_rng(0)
    words = np.array([f"w{i}" for i in range(500)])
    texts = [form.format(i, i % 9) for i in range(1500)]
    texts += [" ".join(rng.choice(words, 12)) for _ in range(1500)]
    start = time.process_time()
    first = near_copies(texts)
    assert time.process_time() - start < 10
    assert set(first[:1500]) == {0}
    assert compared < 5 * len(texts)
