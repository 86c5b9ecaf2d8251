"""Products in bfloat16 that another kind of processor rounds train the same network, but for rounding."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from clusterforge.numerics.precision import has_bf16

TRAIN = """
import json
from clusterforge.contracts import Context
from tests.training.kit import make, view
encoder = make("autoencoder", layers=[64], dim=4, batch=40, epochs=6)
encoder.fit(view(), Context(precision="bfloat16"))
rows = encoder.encode(view(), Context())
print(json.dumps([[line.values["loss"] for line in encoder.report().history], rows.tobytes().hex()]))
"""


def trained(kind: str) -> tuple[list[float], str]:
    done = subprocess.run(
        [sys.executable, "-c", TRAIN],
        env={
            **os.environ,
            "ONEDNN_MAX_CPU_ISA": kind,
            "PYTHONPATH": str(Path(__file__).parents[2]),
        },
        capture_output=True,
        check=True,
        text=True,
    )
    losses, rows = json.loads(done.stdout)
    return losses, rows


@pytest.mark.skipif(
    not has_bf16() or "AVX512" not in torch.backends.cpu.get_cpu_capability(),
    reason="this processor rounds products in bfloat16 in one way alone",
)
def test_two_kinds_of_rounding_train_alike():
    losses, rows = zip(*(trained(kind) for kind in ("AVX512_CORE_BF16", "AVX2")), strict=True)

    assert rows[0] != rows[1]  # else they round alike, and nothing is tested
    assert losses[0] == pytest.approx(losses[1], rel=0.01)
