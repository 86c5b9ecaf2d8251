from __future__ import annotations

import json

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_rand_score

from clusterforge.builtin.frozen_encoders import TfidfParams
from clusterforge.contracts import Context, Texts, View
from clusterforge.encoders.tfidf import Tfidf
from clusterforge.errors import InputError
from tests.texts.languages import CHINESE, JAPANESE, THAI, texts_of

TRAIN = [
    "The cat sat on the mat",
    "A cat and a dog",
    "stock market fell, stocks rose",
    "the market rose",
    "dog dog dog ran",
    "",
    "\x00\x1b[31mcat\ud800",
]
OTHER = ["cat market", "unseen words only", "", "dog dog"]


def view(texts: list[str]) -> View:
    return View(Texts(texts))


@pytest.mark.parametrize(
    ("params", "theirs"),
    [
        ({}, {}),
        ({"ngrams": [1, 2], "sublinear": True}, {"ngram_range": (1, 2), "sublinear_tf": True}),
        ({"min_df": 2, "max_df": 0.5}, {"min_df": 2, "max_df": 0.5}),
        (
            {"max_features": 3, "stop_words": "english"},
            {"max_features": 3, "stop_words": "english"},
        ),
    ],
)
def test_equals_scikit_learn(params: dict[str, object], theirs: dict[str, object]) -> None:
    ours, expected = Tfidf(TfidfParams(**params)), TfidfVectorizer(**theirs).fit(TRAIN)
    answer = ours.fit_encode(view(TRAIN), Context())
    assert answer.dtype == np.float32
    np.testing.assert_allclose(answer, expected.transform(TRAIN).toarray(), atol=1e-6)
    np.testing.assert_allclose(
        ours.encode(view(OTHER), Context()), expected.transform(OTHER).toarray(), atol=1e-6
    )


def test_components_are_the_leading_singular_vectors() -> None:
    ours = Tfidf(TfidfParams(components=2))
    answer = ours.fit_encode(view(TRAIN), Context())
    weighted = TfidfVectorizer().fit_transform(TRAIN)
    expected = TruncatedSVD(2, algorithm="arpack", random_state=9).fit_transform(weighted)
    np.testing.assert_allclose(np.abs(answer), np.abs(expected), atol=1e-5)
    again = Tfidf(TfidfParams(components=2)).fit_encode(view(TRAIN), Context(seed=7))
    assert again.tobytes() == answer.tobytes()


@pytest.mark.parametrize("components", [None, 2])
def test_restored_gives_the_same_from_arrays_and_json(components: int | None) -> None:
    params = TfidfParams(components=components, ngrams=[1, 2], sublinear=True)
    ours, fresh = Tfidf(params), Tfidf(params)
    ours.fit(view(TRAIN), Context())
    state = ours.state()
    assert json.loads(json.dumps(state.meta)) == state.meta
    fresh.restore(state)
    before = ours.encode(view(OTHER), Context())
    assert fresh.encode(view(OTHER), Context()).tobytes() == before.tobytes()


@pytest.mark.parametrize(
    ("texts", "params", "key"),
    [
        (["", " ", "!?"], {}, None),
        (["the", "and of"], {"stop_words": "english"}, None),
        (["one", "two"], {"min_df": 2}, "min_df"),
        (["one", "two"], {"min_df": 2, "max_df": 1}, "min_df"),
        (["one", "two"], {"components": 2}, "components"),
        (["one"], {"components": 1}, "components"),
    ],
)
def test_what_leaves_no_terms_is_refused(
    texts: list[str], params: dict[str, object], key: str | None
) -> None:
    with pytest.raises(InputError) as caught:
        Tfidf(TfidfParams(**params)).fit(view(texts), Context())
    assert caught.value.key == key
    assert "\n" not in str(caught.value)


def test_an_embedding_beyond_the_budget_is_refused_with_its_size() -> None:
    many = [f"word{i}" for i in range(600)]
    ours = Tfidf(TfidfParams(memory=1, max_features=None))
    ours.fit(view(many), Context())
    with pytest.raises(
        InputError, match=r"600 texts of 600 terms take 1 MiB, more than 1"
    ) as caught:
        ours.encode(view(many), Context())
    assert caught.value.key == "max_features"
    assert Tfidf(TfidfParams(memory=1, components=5)).fit_encode(view(many), Context()).shape == (
        600,
        5,
    )


def test_one_text() -> None:
    answer = Tfidf(TfidfParams()).fit_encode(view(["a single text"]), Context())
    np.testing.assert_allclose(np.linalg.norm(answer), 1, atol=1e-6)


def test_ngrams_are_ordered() -> None:
    with pytest.raises(ValidationError, match="shortest"):
        TfidfParams(ngrams=[2, 1])


@pytest.mark.parametrize("themes", [CHINESE, THAI, JAPANESE], ids=["zh", "th", "ja"])
def test_scripts_without_spaces_are_told_apart(themes: tuple[str, ...]) -> None:
    texts, labels = texts_of(themes, 120)
    embedding = Tfidf(TfidfParams()).fit_encode(view(texts), Context())
    found = KMeans(3, n_init=3, random_state=0).fit_predict(embedding)
    assert adjusted_rand_score(labels, found) > 0.85
    words = Tfidf(TfidfParams(analyzer="word", max_features=None))
    found = KMeans(3, n_init=3, random_state=0).fit_predict(
        words.fit_encode(view(texts), Context())
    )
    assert adjusted_rand_score(labels, found) < 0.3


def test_own_stop_words_and_characters() -> None:
    params = TfidfParams(stop_words=["The", "我们"], characters=[2, 2])
    ours = Tfidf(params)
    ours.fit(view(["the cat", "我们喜欢"]), Context())
    assert ours.state().meta["terms"] == ["cat", "喜欢"]
    with pytest.raises(ValidationError, match="characters is"):
        TfidfParams(characters=[2, 1])


def test_texts_without_a_term_are_counted_and_nothing_breaks() -> None:
    texts = ["cat dog", "😀😀", "", "a", "the cat", "\x00\x1b", "word " * 200_000, "x" * 1_000_000]
    ours = Tfidf(TfidfParams(stop_words="english"))
    answer = ours.fit_encode(view(texts), Context())
    assert [not row.any() for row in answer] == [False, True, True, True, False, True, False, False]
    (some,) = ours.shortfalls()
    assert (some.rows, some.problem.split(",")[0]) == (4, "without a known term")
    ours.encode(view(["dog"]), Context())
    assert ours.shortfalls() == ()
