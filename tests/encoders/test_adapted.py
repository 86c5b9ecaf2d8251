"""Text models whose last layers are adapted to the rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import clusterforge
from clusterforge.builtin.frozen_encoders import SentenceTransformerParams, TransformerParams
from clusterforge.contracts import Context, Layered, Texts, View
from clusterforge.encoders.text_models import SentenceTransformer, Transformer
from clusterforge.errors import InputError
from clusterforge.pretrained import by_length, upper_layers
from clusterforge.pretrained.by_length import ByLength
from tests.encoders.test_sentence_transformer import MEAN, TEXTS
from tests.encoders.tiny_models import text_model, with_modules


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    there = tmp_path / "model"
    there.mkdir()
    text_model(there, layers=3)
    return with_modules(
        there, [("Transformer", "", {}), ("Pooling", "1_Pooling", MEAN), ("Normalize", "2", {})]
    )


def model(folder: Path, **own: object) -> SentenceTransformer:
    return SentenceTransformer(
        SentenceTransformerParams.model_validate({"model": f"{folder}", **own})
    )


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("layers", [1, 2])
def test_divided_network_gives_what_the_whole_gives(folder: Path, layers: int, again: bool) -> None:
    encoder = model(folder)
    assert isinstance(encoder, Layered)
    upper = encoder.upper(layers)
    inputs = upper.inputs(Texts(TEXTS), Context(), again=again)
    assert inputs.lengths is not None
    rows = np.array([3, 0, 1])
    with torch.no_grad():
        z = upper.module()(inputs.batch(rows))
    whole = encoder.encode(View(Texts(TEXTS)), Context())
    np.testing.assert_allclose(z.numpy(), whole[rows], atol=2e-3)


@pytest.mark.parametrize("architecture", ["bert", "roberta"])
def test_transformers_are_divided(tmp_path: Path, architecture: str) -> None:
    text_model(tmp_path, architecture, layers=3)
    encoder = Transformer(TransformerParams.model_validate({"model": f"{tmp_path}"}))
    upper = encoder.upper(1)
    with torch.no_grad():
        z = upper.module()(upper.inputs(Texts(TEXTS), Context(), again=True).batch(np.arange(2)))
    whole = encoder.encode(View(Texts(TEXTS)), Context())
    np.testing.assert_allclose(z.numpy(), whole[:2], atol=5e-3)


class Seen(torch.nn.Module):
    """Notes the size of each batch; a row is the sum of what its mask leaves."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[tuple[int, ...]] = []

    def forward(self, x: dict[str, torch.Tensor]) -> torch.Tensor:
        self.sizes.append(tuple(x["attention_mask"].shape))
        return (x["states"] * x["attention_mask"][..., None]).sum(dim=1)


@pytest.mark.parametrize("left", [False, True])
def test_texts_of_about_one_length_are_read_together(left: bool) -> None:
    lengths = torch.from_numpy(np.random.default_rng(0).permutation(np.r_[3:43, 43:73]))  # 70
    at = torch.arange(90)[None, :]
    mask = (at >= 90 - lengths[:, None] if left else at < lengths[:, None]).long()
    mask[1, 2] = 0  # a token that a view hides
    x = {"states": torch.rand(70, 90, 3), "attention_mask": mask}
    network = Seen()
    torch.testing.assert_close(ByLength(network)(x), Seen()(x))
    wide = [90, 90, 90] if left else [72, 40, 8]
    assert network.sizes == [(32, wide[0]), (32, wide[1]), (6, wide[2])]


@pytest.mark.parametrize("short", [0, 128])
def test_attention_in_bfloat16_learns_as_in_float32(
    folder: Path, monkeypatch: pytest.MonkeyPatch, short: int
) -> None:
    monkeypatch.setattr(by_length, "SHORT", short)
    upper = model(folder).upper(1)
    batch = upper.inputs(Texts(TEXTS), Context(), again=True).batch(np.arange(4))
    weights = [p for n, p in upper.module().named_parameters() if n.endswith("query.weight")]
    found = []
    for low in (False, True):
        upper.module().zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=low):
            z = upper.module()(batch)
        (z.float() * torch.linspace(-1, 1, z.shape[1])).sum().backward()
        found.append(torch.cat([p.grad.flatten() for p in weights if p.grad is not None]).clone())
    assert float(found[0].norm()) > 0
    assert float((found[1] - found[0]).norm() / found[0].norm()) < 0.1


def test_only_the_last_layers_learn_and_are_stored(folder: Path) -> None:
    upper = model(folder).upper(1)
    names = [name for name, _ in upper.module().named_parameters()]
    assert not any("embeddings" in name for name in names)
    assert {name.split("layer.")[1][0] for name in names if "layer." in name} == {"0"}
    z = upper.module()(upper.inputs(Texts(TEXTS), Context(), again=True).batch(np.arange(4)))
    z[:, 0].sum().backward()
    learning = [p for n, p in upper.module().named_parameters() if "layer." in n]
    assert all(p.grad is not None for p in learning)


def test_many_states_lie_in_a_file_with_the_same_values(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = model(folder).upper(2).inputs(Texts(TEXTS), Context(), again=True)
    monkeypatch.setattr(upper_layers, "IN_MEMORY", 0)
    monkeypatch.setattr(upper_layers, "CHUNK", 2)
    there = model(folder).upper(2).inputs(Texts(TEXTS), Context(), again=True)
    rows = np.array([2, 0, 3])
    expected, found = here.batch(rows), there.batch(rows)
    assert torch.equal(expected["attention_mask"], found["attention_mask"])
    torch.testing.assert_close(expected["states"], found["states"], atol=2e-3, rtol=0)


def test_more_layers_than_there_are(folder: Path) -> None:
    with pytest.raises(InputError, match="has 3 layers") as caught:
        model(folder).upper(3)
    assert caught.value.key == "backbone.last_layers"
    with pytest.raises(InputError, match="one window"):
        model(folder, long="chunk").upper(1)


def recipe(folder: Path, tmp_path: Path, **own: object) -> dict[str, object]:
    words = ("goal team won", "fell market stock", "cat dog mat")
    rng = np.random.default_rng(0)
    lines = [" ".join(rng.permutation(words[n % 3].split())[:2]) for n in range(60)]
    (tmp_path / "rows.csv").write_text(
        "text,label\n" + "".join(f"{t},{n % 3}\n" for n, t in enumerate(lines))
    )
    return {
        "name": "adapted",
        "dataset": {
            "use": "files",
            "path": str(tmp_path / "rows.csv"),
            "text": "text",
            "label": "label",
        },
        "encoder": [
            {
                "use": "adapted",
                "n_clusters": 3,
                "epochs": 2,
                "batch": 16,
                "backbone": {"use": "sentence-transformer", "model": str(folder), "last_layers": 1},
                **own,
            }
        ],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}, {"use": "head"}],
    }


def test_a_run_predicts_its_own_rows_and_labels_change_nothing(
    folder: Path, tmp_path: Path
) -> None:
    stated = recipe(folder, tmp_path)
    run = clusterforge.run(stated, out=tmp_path / "run")
    embedding = run.embedding("train")
    texts = [line.split(",")[0] for line in (tmp_path / "rows.csv").read_text().splitlines()[1:]]
    again = clusterforge.load(tmp_path / "run")
    np.testing.assert_array_equal(again.predict(texts, "kmeans"), run.labels("kmeans"))
    rows = (tmp_path / "rows.csv").read_text().splitlines()
    shuffled = [rows[0], *(f"{t},{2 - n % 3}" for n, t in enumerate(texts))]
    (tmp_path / "rows.csv").write_text("\n".join(shuffled) + "\n")
    other = clusterforge.run(stated, out=tmp_path / "shuffled")
    assert embedding.tobytes() == other.embedding("train").tobytes()


def test_what_is_missing_is_named(folder: Path, tmp_path: Path) -> None:
    stated = recipe(folder, tmp_path)
    encoder = stated["encoder"][0]  # type: ignore[index]
    del encoder["backbone"]
    with pytest.raises(InputError, match="backbone"):
        clusterforge.run(stated, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
