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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("processor : 0\nflags\t\t: fpu avx512f avx512_bf16 vme\n", True),
        ("flags : fpu amx_bf16\n", True),
        ("Features\t: fp asimd bf16 i8mm\n", True),
        ("flags : fpu avx2\nmodel name : bf16\n", False),
        ("", False),
    ],
)
def test_reads_cpuinfo(text, expected):
    assert precision._stated(text) is expected


def test_an_older_torch_leaves_cpuinfo(monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    monkeypatch.setattr(precision.platform, "system", lambda: "Linux")
    monkeypatch.setattr(precision.Path, "read_text", lambda self, **_: "flags : avx512_bf16\n")
    assert has_bf16() is True
