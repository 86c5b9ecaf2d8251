from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from clusterforge_static_embedding import models
from clusterforge_static_embedding.models import Files, wordllama_files
from clusterforge_static_embedding.plugin import StaticEmbeddingParams
from clusterforge_static_embedding.static_embedding import StaticEmbedding
from safetensors.numpy import save_file
from tokenizers import Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import WordLevel

from clusterforge.contracts import Context, Texts, View
from clusterforge.errors import EnvironmentProblem, InputError

WORDS = ["[UNK]", "cat", "dog", "stock", "bank"]
TEXTS = ["Cat dog", "stock", "", "cat cat bird", "bird", "\x00 \ud800 dog " * 300]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    write(tmp_path, {"embeddings": rng.normal(size=(5, 8)).astype(np.float32)})
    return tmp_path


def write(folder: Path, arrays: dict[str, np.ndarray]) -> None:
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding()
    tokenizer.save(str(folder / "tokenizer.json"))
    save_file(arrays, folder / "model.safetensors")
    (folder / "config.json").write_text("{}")


def vectors(folder: Path) -> np.ndarray:
    return Files(folder / "model.safetensors", folder / "tokenizer.json").vectors()


def encode(folder: Path, **params: object) -> np.ndarray:
    encoder = StaticEmbedding(StaticEmbeddingParams(model=str(folder), **params))
    return encoder.encode(View(Texts(TEXTS)), Context())


def test_is_the_mean_of_the_vectors_of_known_tokens(folder: Path) -> None:
    own = vectors(folder)
    expected = [own[[1, 2]].mean(axis=0), own[3], own[0] * 0, own[1], own[0] * 0, own[2]]
    np.testing.assert_allclose(encode(folder, normalize=False), expected, atol=1e-6)
    unit = encode(folder)
    np.testing.assert_allclose(np.linalg.norm(unit, axis=1), [1, 1, 0, 1, 0, 1], atol=1e-6)
    np.testing.assert_allclose(
        encode(folder, normalize=False, dim=3), np.array(expected)[:, :3], atol=1e-6
    )


def test_texts_without_a_known_token_are_counted(folder: Path) -> None:
    encoder = StaticEmbedding(StaticEmbeddingParams(model=str(folder)))
    encoder.encode(View(Texts(TEXTS)), Context())
    (some,) = encoder.shortfalls()
    assert (some.rows, some.problem.split(",")[0]) == (2, "without a known token")
    encoder.encode(View(Texts(["cat"])), Context())
    assert encoder.shortfalls() == ()
    assert encoder.encode(View(Texts([])), Context()).shape == (0, 8)


def test_tokens_may_share_vectors_and_have_weights(tmp_path: Path) -> None:
    shared = np.arange(6, dtype=np.float32).reshape(2, 3)
    weights = np.array([1, 2, 3, 4, 5], dtype=np.float32)
    arrays = {"embeddings": shared, "mapping": np.array([0, 1, 0, 1, 0]), "weights": weights}
    write(tmp_path, arrays)
    expected = shared[[0, 1, 0, 1, 0]] * weights[:, None]
    np.testing.assert_array_equal(vectors(tmp_path), expected)


def test_layout_of_sentence_transformers(tmp_path: Path) -> None:
    (tmp_path / "0_StaticEmbedding").mkdir()
    (tmp_path / "modules.json").write_text("[]")
    write(tmp_path / "0_StaticEmbedding", {"embedding.weight": np.eye(5, 4, dtype=np.float16)})
    assert encode(tmp_path).shape == (6, 4)


@pytest.mark.parametrize(
    ("arrays", "problem"),
    [
        ({"other": np.zeros((5, 4), np.float32)}, "holds none of embeddings"),
        ({"embeddings": np.zeros((3, 4), np.float32)}, "vectors for 3 of 5 tokens"),
    ],
)
def test_what_is_no_static_embedding_is_refused(
    tmp_path: Path, arrays: dict[str, np.ndarray], problem: str
) -> None:
    write(tmp_path, arrays)
    with pytest.raises(InputError, match=problem) as caught:
        encode(tmp_path)
    assert caught.value.key == "model"


def test_damage_is_one_line(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"none")
    with pytest.raises(InputError, match="can't be read as a static embedding") as caught:
        encode(folder)
    assert "\n" not in str(caught.value)
    (folder / "model.safetensors").unlink()
    with pytest.raises(InputError, match="has no weights"):
        encode(folder)


def test_too_many_dimensions_and_other_weights_are_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="8 dimensions, not 9") as caught:
        encode(folder, dim=9)
    assert caught.value.key == "dim"
    encoder = StaticEmbedding(StaticEmbeddingParams(model=str(folder)))
    state = encoder.state()
    assert json.loads(json.dumps(state.meta)) == state.meta
    write(folder, {"embeddings": np.ones((5, 8), np.float32)})
    stale = StaticEmbedding(StaticEmbeddingParams(model=str(folder)))
    stale.restore(state)
    with pytest.raises(InputError, match="not the one that was used before"):
        stale.encode(View(Texts(TEXTS)), Context())


def test_weights_that_pip_has_installed() -> None:
    encoder = StaticEmbedding(StaticEmbeddingParams())
    texts = ["Oil prices rose.", "Crude hit a high.", "The striker scored twice in the final."]
    answer = encoder.encode(View(Texts(texts)), Context())
    assert answer.shape == (3, 256)
    similar = answer @ answer.T
    assert similar[0, 1] > 2 * similar[0, 2]


def test_other_weights_than_the_known_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "PACKAGE", "no_such_package_here")
    wordllama_files.cache_clear()
    with pytest.raises(EnvironmentProblem, match="pip install wordllama"):
        wordllama_files()
    monkeypatch.setattr(models, "PACKAGE", "clusterforge")
    with pytest.raises(EnvironmentProblem, match="not the known file"):
        wordllama_files()
    wordllama_files.cache_clear()
