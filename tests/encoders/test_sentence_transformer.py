from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from clusterforge.builtin.frozen_encoders import SentenceTransformerParams
from clusterforge.contracts import Context, Texts, Trainable, View
from clusterforge.encoders.text_models import SentenceTransformer
from clusterforge.errors import InputError

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


def dense(folder: Path, width: int, **config: object) -> tuple[str, str, dict[str, object]]:
    """Return a Dense module of the model, whose weights it writes."""
    from safetensors.torch import save_file

    path = folder / "2_Dense"
    path.mkdir(exist_ok=True)
    generator = torch.Generator().manual_seed(0)
    weights = {"linear.weight": torch.randn(6, width, generator=generator)}
    if config.get("bias", True):
        weights["linear.bias"] = torch.randn(6, generator=generator)
    save_file(weights, path / "model.safetensors")
    activation = "torch.nn.modules.activation.Tanh"
    own = {"in_features": width, "out_features": 6, "bias": True, "activation_function": activation}
    return "Dense", "2_Dense", own | config


POOLINGS: list[tuple[dict[str, object], int]] = [
    ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, 16),
    ({"pooling_mode_max_tokens": True, "pooling_mode_mean_tokens": True}, 32),
    ({"pooling_mode": "lasttoken"}, 16),
    ({"pooling_mode_weightedmean_tokens": True, "pooling_mode_mean_tokens": False}, 16),
    ({"pooling_mode_mean_sqrt_len_tokens": True, "pooling_mode_mean_tokens": False}, 16),
    ({"pooling_mode_mean_tokens": True, "include_prompt": False}, 16),
]
SETTINGS: list[dict[str, object]] = [
    {},
    {"truncate_dim": 5},
    {"prompts": {"topic": "goal team "}, "default_prompt_name": "topic"},
    {"truncate_dim": 5, "prompts": {"topic": "the "}, "default_prompt_name": "topic"},
]


AFTER = ["nothing", "normalize", "dense", "dense, normalize"]
CASES = [
    (pooling, width, AFTER[(i + shift) % 4], SETTINGS[(i + 2 * shift) % 4])
    for i, (pooling, width) in enumerate(POOLINGS)
    for shift in (0, 1)
]


@pytest.mark.parametrize(("pooling", "width", "after", "settings"), CASES)
def test_equals_the_library(
    tmp_path: Path,
    pooling: dict[str, object],
    width: int,
    after: str,
    settings: dict[str, object],
) -> None:
    text_model(tmp_path)
    config = {"word_embedding_dimension": 16, **pooling}
    modules = [("Transformer", "", {}), ("Pooling", "1_Pooling", config)]
    if "dense" in after:
        modules.append(dense(tmp_path, width))
    if "normalize" in after:
        modules.append(("Normalize", "3_Normalize", {}))
    with_modules(tmp_path, modules)
    (tmp_path / "config_sentence_transformers.json").write_text(json.dumps(settings))
    (tmp_path / "sentence_bert_config.json").write_text('{"max_seq_length": 9}')
    texts = TEXTS[:5]
    ours = encoder(tmp_path).encode(view(texts), Context())
    assert ours.dtype == np.float32
    assert ours.shape[1] == min(settings.get("truncate_dim", 99), 6 if "dense" in after else width)
    np.testing.assert_allclose(ours, library(tmp_path, texts), atol=1e-5)
    prompted = encoder(tmp_path, prompt="stock ").encode(view(texts), Context())
    np.testing.assert_allclose(prompted, library(tmp_path, texts, prompt="stock "), atol=1e-5)


@pytest.mark.parametrize("config", [{"bias": False}, {"use_residual": True}])
def test_equals_the_library_for_other_layers(tmp_path: Path, config: dict[str, object]) -> None:
    text_model(tmp_path)
    modules = [("Transformer", "", {}), ("Pooling", "1", MEAN), dense(tmp_path, 16, **config)]
    if "use_residual" in config:
        from sentence_transformers.sentence_transformer.modules import Dense

        Dense(16, 6, use_residual=True).save(str(tmp_path / "2_Dense"))
    with_modules(tmp_path, modules)
    ours = encoder(tmp_path).encode(view(TEXTS[:5]), Context())
    np.testing.assert_allclose(ours, library(tmp_path, TEXTS[:5]), atol=1e-5)


def test_equals_the_library_with_layer_norm_in_lower_case(tmp_path: Path) -> None:
    from sentence_transformers.sentence_transformer.modules import LayerNorm

    text_model(tmp_path)
    (tmp_path / "2").mkdir()
    LayerNorm(16).save(str(tmp_path / "2"))
    own = json.loads((tmp_path / "2" / "config.json").read_text())
    modules = [("Transformer", "", {}), ("Pooling", "1", MEAN), ("LayerNorm", "2", own)]
    with_modules(tmp_path, modules)
    settings = {"max_seq_length": 20, "do_lower_case": True}
    (tmp_path / "sentence_bert_config.json").write_text(json.dumps(settings))
    texts = ["The CAT sat", "STOCK", "the cat sat", ""]
    ours = encoder(tmp_path).encode(view(texts), Context())
    np.testing.assert_allclose(ours, library(tmp_path, texts), atol=1e-5)
    assert ours[0].tobytes() == ours[2].tobytes()


@pytest.mark.parametrize("limit", [None, 5, 32])
def test_lengths_are_the_librarys(tmp_path: Path, limit: int | None) -> None:
    text_model(tmp_path)
    with_modules(tmp_path, [("Transformer", "", {}), ("Pooling", "1_Pooling", MEAN)])
    if limit:
        (tmp_path / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": limit}))
    ours = encoder(tmp_path).encode(view(TEXTS[:5]), Context())
    np.testing.assert_allclose(ours, library(tmp_path, TEXTS[:5]), atol=1e-5)


def test_a_limit_beyond_the_positions_is_the_positions(tmp_path: Path) -> None:
    text_model(tmp_path, "roberta")  # its tokenizer knows no limit
    with_modules(tmp_path, [("Transformer", "", {}), ("Pooling", "1_Pooling", MEAN)])
    (tmp_path / "sentence_bert_config.json").write_text('{"max_seq_length": 1000}')
    found = encoder(tmp_path).encode(view(TEXTS), Context())
    cut = encoder(tmp_path, max_length=32).encode(view(TEXTS), Context())
    np.testing.assert_array_equal(found, cut)


def test_a_plain_transformer_has_mean_pooling(tmp_path: Path) -> None:
    text_model(tmp_path)
    ours = encoder(tmp_path).encode(view(TEXTS[:5]), Context())
    np.testing.assert_allclose(ours, library(tmp_path, TEXTS[:5]), atol=1e-5)


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
    batch = made.inputs(Texts(TEXTS), Context(), again=True).batch(rows)
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


LONG = [
    "the cat sat on the mat",
    "team goal stock market fell won the cat a dog sat on a mat",
    "",
    "stock",
]


@pytest.mark.parametrize("prompt", [None, "goal team "])
def test_chunks_are_all_windows_of_a_text(folder: Path, prompt: str | None) -> None:
    own = {"max_length": 8, "prompt": prompt}
    cut, whole = encoder(folder, **own), encoder(folder, **own, long="chunk")
    before, after = (one.encode(view(LONG), Context()) for one in (cut, whole))
    (some,) = cut.shortfalls()
    assert some.rows == (1 if prompt is None else 2)
    assert "longer than 8 tokens" in some.problem
    assert whole.shortfalls() == ()
    for row in (2, 3, 0)[: 4 - some.rows]:  # those that fit
        assert before[row].tobytes() == after[row].tobytes()
    words, room = LONG[1].split(), 6 if prompt is None else 4
    parts = [" ".join(words[i : i + room]) for i in range(0, len(words), room)]
    weights = [len(part.split()) for part in parts]
    mean = np.average(cut.encode(view(parts), Context()), axis=0, weights=weights)
    np.testing.assert_allclose(after[1], mean / np.linalg.norm(mean), atol=1e-6)


def test_a_cut_text_is_its_beginning_or_its_end_as_the_tokenizer_says(folder: Path) -> None:
    cut = encoder(folder, max_length=8).encode(view(LONG), Context())[1]
    begin = " ".join(LONG[1].split()[:6])
    np.testing.assert_allclose(cut, encoder(folder).encode(view([begin]), Context())[0], atol=1e-6)
    config = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps(config | {"truncation_side": "left"}))
    cut = encoder(folder, max_length=8).encode(view(LONG), Context())[1]
    end = " ".join(LONG[1].split()[-6:])
    np.testing.assert_allclose(cut, encoder(folder).encode(view([end]), Context())[0], atol=1e-6)


def test_windows_are_not_trained_and_need_room(folder: Path) -> None:
    with pytest.raises(InputError, match="one window") as caught:
        encoder(folder, long="chunk").inputs(Texts(LONG), Context(), again=True)
    assert caught.value.key == "long"
    trained = encoder(folder, max_length=8)
    trained.inputs(Texts(LONG), Context(), again=True)
    assert [some.rows for some in trained.shortfalls()] == [1]
    with pytest.raises(InputError, match="leave no room") as caught:
        encoder(folder, max_length=4, prompt="goal team ", long="chunk").encode(
            view(LONG), Context()
        )
    assert caught.value.key == "max_length"


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


@pytest.mark.skipif("CLUSTERFORGE_MIRROR" not in os.environ, reason="needs CLUSTERFORGE_MIRROR")
def test_real_model_in_float32_and_bfloat16() -> None:
    from clusterforge.hub.lookup import find_model

    name = "sentence-transformers/all-MiniLM-L6-v2"
    texts = [
        "Wall St. bears claw back into the black",
        "Oil prices soar to an all-time record " * 40,
        "",
        "Ärger über Löhne \x07",
    ] * 3
    ours = SentenceTransformer(SentenceTransformerParams(model=name))
    full = ours.encode(view(texts), Context())
    np.testing.assert_allclose(full, library(find_model(name), texts), atol=1e-5)
    half = ours.encode(view(texts), Context(precision="bfloat16"))
    assert half.dtype == np.float32
    assert (half * full).sum(axis=1).min() >= 0.9995
