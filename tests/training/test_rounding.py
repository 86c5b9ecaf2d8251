"""Products in bfloat16 that another kind of processor rounds train the same network, but for rounding."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from clusterforge.contracts import Context
from clusterforge.numerics.precision import has_bf16
from tests.training.kit import make, view

ELSEWHERE = (
    "import json; from tests.training.test_rounding import trained; print(json.dumps(trained()))"
)


def trained() -> tuple[list[float], str]:
    """Return the losses of a training in bfloat16, and the bytes of the embedding."""
    encoder = make("autoencoder", layers=[64], dim=4, batch=40, epochs=6)
    encoder.fit(view(), Context(precision="bfloat16"))
    rows = encoder.encode(view(), Context())
    return [line.values["loss"] for line in encoder.report().history], rows.tobytes().hex()


@pytest.mark.skipif(
    not has_bf16() or "AVX512" not in torch.backends.cpu.get_cpu_capability(),
    reason="this processor rounds products in bfloat16 in one way alone",
)
def test_two_kinds_of_rounding_train_alike():
    here = {"ONEDNN_MAX_CPU_ISA": "AVX2", "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        env={**os.environ, **here},
        capture_output=True,
        check=True,
        text=True,
    )
    losses, rows = zip(trained(), json.loads(done.stdout), strict=True)

    assert rows[0] != rows[1]  # else they round alike, and nothing is tested
    assert losses[0] == pytest.approx(losses[1], rel=0.01)
