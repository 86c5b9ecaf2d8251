from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from clusterforge.contracts import Context, Encoder, Images, Layer, Table, Texts, View
from clusterforge.errors import InputError
from clusterforge.training import NetworkEncoder, course, loop
from clusterforge.training.backbone import WithBackbone
from clusterforge.training.seeds import seeded
from tests.losses.batches import Same
from tests.training.kit import Memory, Words, WordsParams, digit_images, make, same_state, view

SMALL: dict[str, Any] = {"layers": [16], "dim": 4, "batch": 64, "epochs": 1}
TEXTS = ["cat dog cat", "dog dog cat", "stock market", "market fell stock"] * 10
WORDS = View(Texts([text.replace(" ", "") for text in TEXTS]))


def fitted(name: str = "autoencoder", seen: View | None = None, **params: Any) -> NetworkEncoder:
    encoder = make(name, **{**SMALL, **params})
    encoder.fit(view(labels=True) if seen is None else seen, Context())
    return encoder


@pytest.mark.parametrize(
    ("name", "params", "seen"),
    [
        ("autoencoder", {"batch_norm": "before"}, None),
        ("dec", {"pretrain_epochs": 1, "n_clusters": 5}, None),
        ("classifier", {}, None),
        ("conv-autoencoder", {"channels": [4], "n_clusters": 3}, View(digit_images(80))),
    ],
)
def test_a_fresh_encoder_takes_up_the_state(name, params, seen):
    seen = view(labels=True) if seen is None else seen
    small = {k: v for k, v in SMALL.items() if k != "layers" or name != "conv-autoencoder"}
    encoder = make(name, **small, **params)
    encoder.fit(seen, Context())
    again = make(name, **small, **params)
    again.restore(encoder.state())
    z = encoder.encode(seen, Context())
    assert z.dtype == np.float32
    assert z.flags.c_contiguous
    assert np.array_equal(again.encode(seen, Context()), z)
    soft, other = encoder.assign(z), again.assign(z)
    if name == "autoencoder":
        assert soft is None
        assert other is None
    else:
        assert soft is not None
        assert other is not None
        assert np.array_equal(soft, other)
        assert np.allclose(soft.sum(1), 1, atol=1e-5)
    assert same_state(again.state(), encoder.state())
    assert again.state().meta == encoder.state().meta


def test_state_is_arrays_and_json_in_row_order():
    state = fitted("dec", pretrain_epochs=1, n_clusters=5).state()
    assert json.loads(json.dumps(state.meta)) == state.meta
    assert all(array.flags.c_contiguous for array in state.arrays.values())
    assert {"network.encoder.0.weight", "head.centroids"} <= set(state.arrays)


def test_encoding_new_rows_and_no_rows():
    encoder = fitted()
    x = view().rows()
    assert np.allclose(
        encoder.encode(View(Table(x[:1])), Context()),
        encoder.encode(view(), Context())[:1],
        atol=1e-6,
    )
    assert encoder.encode(View(Table(x[:0])), Context()).shape == (0, 4)
    with pytest.raises(InputError, match="trained on"):
        encoder.encode(View(Table(x[:, :10].copy())), Context())


def test_encoding_is_in_float32_whatever_training_was():
    encoder = fitted()
    assert np.array_equal(
        encoder.encode(view(), Context(precision="bfloat16")), encoder.encode(view(), Context())
    )


def test_layers_in_the_order_in_which_they_run():
    encoder = fitted(layers=[16, 8], batch_norm="after", dropout=0.1)
    layers = encoder.report().layers
    assert [layer.type for layer in layers[:4]] == ["Linear", "ReLU", "BatchNorm1d", "Dropout"]
    assert [layer.shape for layer in layers if layer.type == "Linear"] == [
        (16,),
        (8,),
        (4,),
        (8,),
        (16,),
        (64,),
    ]
    assert sum(layer.parameters for layer in layers) > 0


def test_phases_take_the_encoders_pairs_unless_they_have_their_own():
    phases = [
        {"loss": "triplet", "epochs": 1},
        {"loss": "triplet", "epochs": 1, "pairs": "augment"},
    ]
    encoder = fitted("triplet", phase=phases, pairs="labels")
    assert [(used.source, used.labels) for used in encoder.report().pairs] == [
        ("labels", True),
        ("augment", False),
    ]
    assert [p.pairs.use for p in encoder.params.phases if p.pairs] == ["labels", "augment"]


def test_pairs_are_neighbours_behind_an_encoder_and_views_of_raw_rows():
    assert fitted("siamese").report().pairs[0].source == "neighbors"
    raw = fitted("siamese", view(embedding=False))
    assert raw.report().pairs[0].source == "augment"


@pytest.mark.parametrize("pairs", ["labels"])
def test_labels_that_are_not_there_are_the_users_error(pairs):
    with pytest.raises(InputError, match="labels") as caught:
        fitted("siamese", view(), pairs=pairs)
    assert caught.value.key == "pairs"


# warm start


def save(encoder: NetworkEncoder, folder: Path) -> Path:
    save_file(dict(encoder.state().arrays), folder / "state.safetensors")
    return folder


def test_warm_start_from_a_file_or_a_folder(tmp_path):
    first = fitted(epochs=3)
    folder = save(first, tmp_path)
    for place in (folder, folder / "state.safetensors"):
        again = fitted(epochs=0, weights=str(place))
        assert same_state(again.state(), first.state())
    plain = {
        "normalize": False,
        "batch_norm": "none",
        "dropout": 0.0,
        "activation": "relu",
    }
    head = fitted("triplet", epochs=0, weights=str(folder), **plain)
    assert np.array_equal(head.encode(view(), Context()), first.encode(view(), Context()))


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"layers": [12]}, ["encoder.0.weight", "16×64", "12×64"]),
        ({"layers": [16, 8]}, ["encoder.2.weight", "4×16", "8×16"]),
        ({"batch_norm": "before"}, ["encoder.1.weight"]),
    ],
)
def test_weights_that_do_not_fit_are_named(tmp_path, params, words):
    folder = save(fitted(), tmp_path)
    with pytest.raises(InputError) as caught:
        fitted(weights=str(folder), **params)
    assert caught.value.key == "weights"
    assert all(word in str(caught.value) for word in words)


def test_weights_that_are_not_there_or_torn(tmp_path):
    with pytest.raises(InputError, match="no weights"):
        fitted(weights=str(tmp_path))
    (tmp_path / "state.safetensors").write_bytes(b"torn")
    with pytest.raises(InputError, match="can't be read"):
        fitted(weights=str(tmp_path))


# what it takes


def test_texts_need_a_backbone():
    with pytest.raises(InputError) as caught:
        fitted(seen=WORDS)
    assert caught.value.key == "backbone"


def test_convolutions_need_images():
    conv = make("conv-autoencoder", epochs=1)
    with pytest.raises(InputError, match="takes images"):
        conv.fit(view(), Context())
    even = make("conv-autoencoder", epochs=1, kernel=4)
    with pytest.raises(InputError) as caught:
        even.fit(View(digit_images(10)), Context())
    assert caught.value.key == "kernel"


def test_images_of_several_sizes_are_the_users_error():
    class Mixed(Images):
        @property
        def shape(self) -> Any:
            return None

    with pytest.raises(InputError, match="differ in size"):
        fitted(seen=View(Mixed(digit_images(10).pixels)))


# backbones


def with_words(trainable: bool = True, name: str = "autoencoder", **params: Any) -> NetworkEncoder:
    backbone = {"use": "words", "trainable": trainable, "lr_factor": 0.5}
    return make(name, Words(WordsParams()), **{**SMALL, **params}, backbone=backbone)


def test_a_backbone_learns_too_and_comes_back_from_the_state():
    encoder = with_words(epochs=3)
    before = Words(WordsParams()).encode(WORDS, Context())
    encoder.fit(WORDS, Context())
    assert isinstance(encoder.network, WithBackbone)
    z = encoder.encode(WORDS, Context())
    assert z.shape == (40, 4)
    assert encoder.report().layers[0] == Layer("backbone", "Counts", (6,), 162)
    assert encoder.backbone is not None
    assert not np.allclose(encoder.backbone.encode(WORDS, Context()), before)
    again = with_words(epochs=3)
    again.restore(encoder.state())
    assert np.array_equal(again.encode(WORDS, Context()), z)


def test_a_backbone_has_its_own_rate():
    def moved(factor: float) -> float:
        backbone = {"use": "words", "lr_factor": factor}
        encoder = make("autoencoder", Words(WordsParams()), **SMALL, backbone=backbone)
        start = Words(WordsParams()).letters[0].weight
        encoder.fit(WORDS, Context())
        weight = encoder.state().arrays["network.backbone.letters.0.weight"]
        return float(np.abs(weight - start.detach().numpy()).max())

    # One step of Adam moves every weight by its rate.
    assert moved(1.0) == pytest.approx(1e-3, rel=0.01)
    assert moved(0.1) == pytest.approx(1e-4, rel=0.01)


def test_a_fixed_backbone_is_as_if_it_came_before():
    encoder = with_words(trainable=False, epochs=2)
    encoder.fit(WORDS, Context())
    before = Words(WordsParams()).encode(WORDS, Context())
    behind = make("autoencoder", **{**SMALL, "epochs": 2})
    behind.fit(View(WORDS.items, embedding=before), Context())
    assert same_state(encoder.state(), behind.state())
    assert np.array_equal(
        encoder.encode(WORDS, Context()),
        behind.encode(View(WORDS.items, embedding=before), Context()),
    )


@pytest.mark.parametrize("pairs", ["augment", "neighbors"])
def test_a_backbone_trains_on_pairs(pairs):
    encoder = with_words(name="triplet", pairs=pairs)
    encoder.fit(WORDS, Context())
    assert encoder.report().pairs[0].source == pairs
    assert encoder.report().history[0].values["loss"] > 0


def test_a_backbone_resumes_exactly(monkeypatch):
    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)
    kept = Memory()
    whole = with_words(name="siamese", pairs="neighbors", epochs=3)
    whole.fit(WORDS, Context(checkpoint=kept))
    again = with_words(name="siamese", pairs="neighbors", epochs=3)
    again.fit(WORDS, Context(checkpoint=Memory(start=kept.states[0])))
    assert same_state(again.state(), whole.state())


def test_progress_is_that_of_the_training_and_not_of_what_is_below():
    told: list[float] = []
    below = {"use": "autoencoder", "trainable": False}
    encoder = make(
        "autoencoder", make("autoencoder", **SMALL), **{**SMALL, "epochs": 3}, backbone=below
    )
    context = Context(progress=lambda done, total, text="": told.append(done / total))
    encoder.fit(view(), context)
    assert told == sorted(told)
    assert told


def test_a_trained_encoder_below_leaves_the_checkpoint_alone(monkeypatch):
    """Its weights would be taken for those of the network above it."""
    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)
    kept = Memory()

    def fit(checkpoint: Memory) -> NetworkEncoder:
        below = {"use": "autoencoder", "trainable": False}
        encoder = make(
            "autoencoder", make("autoencoder", **SMALL), **{**SMALL, "epochs": 3}, backbone=below
        )
        encoder.fit(view(), Context(checkpoint=checkpoint))
        return encoder

    whole = fit(kept)
    assert sum(not state.meta["run.counters"]["batch"] for state in kept.states) == 3
    for start in kept.states:
        assert same_state(fit(Memory(start=start)).state(), whole.state())


def test_an_encoder_that_cannot_be_trained_is_named():
    class Fixed(Encoder[WordsParams]):
        def encode(self, view: View, context: Context) -> Any:
            return Words(self.params).encode(view, context)

    encoder = make("autoencoder", Fixed(WordsParams()), **SMALL, backbone={"use": "fixed"})
    with pytest.raises(InputError, match="'fixed' can't be trained") as caught:
        encoder.fit(WORDS, Context())
    assert caught.value.key == "backbone.use"


def test_noise_falls_on_the_output_of_a_backbone_while_training():
    x = Words(WordsParams()).inputs(WORDS.items, Context(), again=True).batch(np.arange(40))
    network = WithBackbone(Words(WordsParams()).module(), Same())
    network.noise = 0.5
    network.eval()
    assert (network.encode(x) != 0).all()
    network.train()
    with seeded(torch.device("cpu"), 0):
        noisy = network.encode(x)
    kept = network.target(x)  # less the backbone's own dropout
    assert 0.4 < float((noisy[kept != 0] == 0).float().mean()) < 0.6


def test_reconstruction_target_is_the_backbones_output_without_gradient():
    encoder = with_words()
    encoder.fit(WORDS, Context())
    network = encoder.network
    assert isinstance(network, WithBackbone)
    network.eval()
    x = Words(WordsParams()).inputs(WORDS.items, Context(), again=True).batch(np.arange(5))
    network.encode(x)
    target = network.target(x)
    assert not target.requires_grad
    assert torch.equal(target, network.backbone(x))
    assert torch.equal(network.target(dict(x)), target)


def test_the_views_of_pairs_are_drawn_as_the_phase_says():
    still = {"noise": 0.0, "dropout": 0.0}
    encoder = fitted("siamese", pairs="augment", augment=still, noise=0.0, dropout=0.0, epochs=1)
    plain = fitted("siamese", pairs="augment", noise=0.0, dropout=0.0, epochs=1)
    assert encoder.report().history[0].values["loss"] < plain.report().history[0].values["loss"]


def test_several_phases_leave_the_embedding_of_the_same_rows_after_each(monkeypatch):
    monkeypatch.setattr(course, "SAMPLE", 100)
    assert fitted().report().after == ()
    encoder = fitted("dec", pretrain_epochs=1, n_clusters=5)
    sample, after = encoder.report().sample, encoder.report().after
    assert sample is not None
    assert sample.tolist() == sorted(set(sample.tolist()))
    assert [z.shape for z in after] == [(100, 4)] * 2
    embedding = encoder.encode(view(), Context())
    np.testing.assert_allclose(after[1], embedding[sample], atol=1e-5)
    assert not np.allclose(after[0], after[1])


def test_a_backbone_draws_no_dropout_where_views_are_drawn():
    network = WithBackbone(Words(WordsParams()).module(), Same())
    network.dropout = False
    network.train()
    assert network.training
    assert not any(module.training for module in network.backbone.modules())
    network.dropout = True
    assert network.train().backbone.training
