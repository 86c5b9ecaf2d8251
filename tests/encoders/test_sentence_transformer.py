from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from clusterforge.builtin.frozen_encoders import SentenceTransformerParams
from clusterforge.contracts import Context, Texts, Trainable, View
from clusterforge.encoders.sentence_transformer import SentenceTransformer
from clusterforge.errors import InputError
from clusterforge.pretrained.text_network import LibraryNetwork

from .tiny_models import text_model, with_modules

MEAN = {"word_embedding_dimension": 16, "pooling_mode_mean_tokens": True}
TEXTS = [
    "the cat sat on the mat",
    "",
    "stock market fell",
    "a dog ran",
    "goal " * 60,
    "\x00\x1b[31m cat \ud800 dog",
    "team won the match",
]


def view(texts: list[str]) -> View:
    return View(Texts(texts))


def encoder(folder: Path, **params: object) -> SentenceTransformer:
    return SentenceTransformer(SentenceTransformerParams(model=str(folder), **params))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    text_model(tmp_path)
    return with_modules(
        tmp_path, [("Transformer", "", {}), ("Pooling", "1_Pooling", MEAN), ("Normalize", "2", {})]
    )


def library(folder: Path, texts: list[str], **options: object) -> np.ndarray:
    from sentence_transformers import SentenceTransformer as Library

    return Library(str(folder), device="cpu").encode(texts, **options)


def test_equals_the_library(folder: Path) -> None:
    texts = [text for text in TEXTS if "\ud800" not in text]
    ours = encoder(folder).encode(view(texts), Context())
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, library(folder, texts), atol=1e-5)


@pytest.mark.parametrize(
    "pooling",
    [
        {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False},
        {"pooling_mode_max_tokens": True, "pooling_mode_mean_tokens": True},
        {"pooling_mode": "max"},
        {"pooling_mode_weightedmean_tokens": True, "pooling_mode_mean_tokens": False},
    ],
)
def test_equals_the_library_for_other_poolings(tmp_path: Path, pooling: dict[str, object]) -> None:
    text_model(tmp_path)
    config = {"word_embedding_dimension": 16, **pooling}
    with_modules(tmp_path, [("Transformer", "", {}), ("Pooling", "1_Pooling", config)])
    texts = TEXTS[:5]
    made = encoder(tmp_path)
    ours = made.encode(view(texts), Context())
    np.testing.assert_allclose(ours, library(tmp_path, texts), atol=1e-5)
    by_library = "pooling_mode_weightedmean_tokens" in pooling
    assert isinstance(made.module(), LibraryNetwork) == by_library


def test_dense_layer_and_prompt_as_in_the_library(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    text_model(tmp_path)
    dense = {
        "in_features": 16,
        "out_features": 6,
        "bias": True,
        "activation_function": "torch.nn.modules.activation.Tanh",
    }
    with_modules(tmp_path, [("Transformer", "", {}), ("Pooling", "1", MEAN), ("Dense", "2", dense)])
    generator = torch.Generator().manual_seed(0)
    save_file(
        {
            "linear.weight": torch.randn(6, 16, generator=generator),
            "linear.bias": torch.randn(6, generator=generator),
        },
        tmp_path / "2" / "model.safetensors",
    )
    (tmp_path / "config_sentence_transformers.json").write_text(
        '{"prompts": {"topic": "goal team "}, "default_prompt_name": "topic"}'
    )
    ours = encoder(tmp_path).encode(view(TEXTS[:5]), Context())
    assert ours.shape == (5, 6)
    np.testing.assert_allclose(ours, library(tmp_path, TEXTS[:5]), atol=1e-5)
    other = encoder(tmp_path, prompt="stock ").encode(view(TEXTS[:5]), Context())
    np.testing.assert_allclose(other, library(tmp_path, TEXTS[:5], prompt="stock "), atol=1e-5)


def test_normalize_is_the_models_own_unless_said(folder: Path) -> None:
    def lengths(**params: object) -> np.ndarray:
        return np.linalg.norm(encoder(folder, **params).encode(view(TEXTS), Context()), axis=1)

    np.testing.assert_allclose(lengths(), 1, atol=1e-6)
    assert (np.abs(lengths(normalize=False) - 1) > 1e-3).all()


def test_rows_do_not_depend_on_their_neighbours_or_batch(folder: Path) -> None:
    together = encoder(folder).encode(view(TEXTS), Context())
    assert np.array_equal(together, encoder(folder).encode(view(TEXTS), Context()))
    small = encoder(folder, batch=1).encode(view(TEXTS), Context())
    alone = np.concatenate([encoder(folder).encode(view([t]), Context()) for t in TEXTS])
    np.testing.assert_allclose(small, together, atol=1e-6)
    np.testing.assert_allclose(alone, together, atol=1e-6)


def test_global_random_state_is_not_touched(folder: Path) -> None:
    before = torch.random.get_rng_state()
    encoder(folder).encode(view(TEXTS), Context())
    assert torch.equal(before, torch.random.get_rng_state())


def test_progress_ends_at_the_number_of_texts(folder: Path) -> None:
    seen: list[tuple[float, float]] = []
    context = Context(progress=lambda done, total, text="": seen.append((done, total)))
    encoder(folder, batch=2).encode(view(TEXTS), context)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (len(TEXTS), len(TEXTS))


def test_no_texts_give_no_rows_of_the_right_width(folder: Path) -> None:
    assert encoder(folder).encode(view([]), Context()).shape == (0, 16)


def test_can_be_trained_as_a_backbone(folder: Path) -> None:
    made = encoder(folder)
    assert isinstance(made, Trainable)
    rows = np.array([3, 0, 1])
    batch = made.inputs(Texts(TEXTS))(rows)
    assert batch["attention_mask"].sum(dim=1).tolist() == [5, 8, 2]
    z = made.module()(batch)
    frozen = encoder(folder).encode(view([TEXTS[row] for row in rows]), Context())
    np.testing.assert_allclose(z.detach().numpy(), frozen, atol=1e-6)
    z[:, 0].sum().backward()
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in made.module().parameters())


def test_state_holds_no_weights_and_notices_other_ones(folder: Path) -> None:
    made = encoder(folder)
    before, state = made.encode(view(TEXTS), Context()), made.state()
    assert not state.arrays
    fresh = encoder(folder)
    fresh.restore(state)
    assert np.array_equal(before, fresh.encode(view(TEXTS), Context()))
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\x00\x00\x80\x3f")
    assert encoder(folder).state() != state
    stale = encoder(folder)
    stale.restore(state)
    with pytest.raises(InputError, match="not the one that was used before"):
        stale.encode(view(TEXTS), Context())


def test_too_long_for_the_model_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="at most 32 tokens") as caught:
        encoder(folder, max_length=64).encode(view(TEXTS), Context())
    assert caught.value.key == "max_length"
    short = encoder(folder, max_length=4).encode(view(["the cat sat on the mat"]), Context())
    same = encoder(folder).encode(view(["the cat"]), Context())
    np.testing.assert_allclose(short, same, atol=1e-6)


def test_missing_weights_are_not_drawn_at_random(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    name = next(name for name in weights if "layer.1" in name)
    del weights[name]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match="no weights for 1 parts"):
        encoder(folder).encode(view(TEXTS), Context())


def test_broken_weights_are_one_line_of_input_error(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"no weights at all")
    with pytest.raises(InputError, match="can't be read as a model") as caught:
        encoder(folder).encode(view(TEXTS), Context())
    assert caught.value.key == "model"
    assert "\n" not in str(caught.value)


def test_common_modules_do_not_import_the_library(folder: Path) -> None:
    code = (
        "import sys; from tests.encoders.test_sentence_transformer import *;"
        f"encoder(Path({str(folder)!r})).encode(view(['a cat']), Context());"
        "print('sentence_transformers' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
    assert done.stderr == ""


@pytest.mark.skipif("CLUSTERFORGE_MIRROR" not in os.environ, reason="needs CLUSTERFORGE_MIRROR")
def test_real_model_in_float32_and_bfloat16() -> None:
    from clusterforge.hub.model_lookup import find_model

    name = "sentence-transformers/all-MiniLM-L6-v2"
    texts = [
        "Wall St. bears claw back into the black",
        "Oil prices soar to an all-time record " * 40,
        "",
        "Ärger über Löhne \x07",
    ] * 8
    ours = SentenceTransformer(SentenceTransformerParams(model=name))
    full = ours.encode(view(texts), Context())
    np.testing.assert_allclose(full, library(find_model(name), texts), atol=1e-5)
    half = ours.encode(view(texts), Context(precision="bfloat16"))
    assert half.dtype == np.float32
    assert (half * full).sum(axis=1).min() >= 0.9995
