import pytest
import torch

from clusterforge.numerics import precision
from clusterforge.numerics.precision import has_bf16


@pytest.fixture(autouse=True)
def _forget():
    precision.has_bf16.cache_clear()
    yield
    precision.has_bf16.cache_clear()


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"architecture": "x86_64", "avx512_bf16": True}, True),
        ({"architecture": "x86_64", "amx_bf16": True, "avx512_bf16": False}, True),
        ({"architecture": "x86_64", "avx2": True, "avx512_bf16": False}, False),
        ({"architecture": "aarch64", "bf16": True}, True),
        ({"architecture": "aarch64", "neon": True}, False),
    ],
)
def test_reads_what_torch_states(monkeypatch, stated, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: stated, raising=False)
    assert has_bf16() is expected


def test_an_older_torch_states_nothing(monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert has_bf16() is False
