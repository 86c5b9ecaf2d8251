from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from clusterforge.builtin.frozen_encoders import TransformerParams
from clusterforge.contracts import Context, Texts, Trainable, View
from clusterforge.encoders.text_models import Transformer
from clusterforge.errors import InputError

from .tiny_models import text_model

TEXTS = ["the cat sat on the mat", "", "stock market fell", "goal " * 60]


def encoder(folder: Path, **params: object) -> Transformer:
    return Transformer(TransformerParams(model=str(folder), **params))


@pytest.mark.parametrize("kind", ["bert", "roberta"])
@pytest.mark.parametrize("pooling", ["mean", "cls", "max"])
def test_equals_one_text_at_a_time(tmp_path: Path, kind: str, pooling: str) -> None:
    text_model(tmp_path, kind)
    model, tokenizer = AutoModel.from_pretrained(tmp_path), AutoTokenizer.from_pretrained(tmp_path)
    expected = []
    for text in TEXTS:
        with torch.no_grad():
            tokens = tokenizer(text, return_tensors="pt", truncation=True, max_length=32)
            hidden = model(**tokens).last_hidden_state[0]
        pooled = {"mean": hidden.mean(0), "cls": hidden[0], "max": hidden.amax(0)}[pooling]
        expected.append(pooled.numpy())
    ours = encoder(tmp_path, pooling=pooling, batch=2)
    answer = ours.encode(View(Texts(TEXTS)), Context())
    np.testing.assert_allclose(answer, np.stack(expected), atol=1e-5)
    assert isinstance(ours, Trainable)


def test_normalize_and_max_length(tmp_path: Path) -> None:
    text_model(tmp_path, "roberta")
    answer = encoder(tmp_path, normalize=True).encode(View(Texts(TEXTS)), Context())
    np.testing.assert_allclose(np.linalg.norm(answer, axis=1), 1, atol=1e-6)
    with pytest.raises(InputError, match="at most 32 tokens"):
        encoder(tmp_path, max_length=33).encode(View(Texts(TEXTS)), Context())


def test_a_model_without_tokenizer_is_refused(tmp_path: Path) -> None:
    text_model(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(InputError) as caught:
        encoder(tmp_path).encode(View(Texts(TEXTS)), Context())
    assert caught.value.key == "model"
