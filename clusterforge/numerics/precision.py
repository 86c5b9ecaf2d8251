"""What the processor can do."""

from __future__ import annotations

import platform
from functools import cache
from pathlib import Path

import torch

__all__ = ["has_bf16"]

_NAMES = frozenset({"avx512_bf16", "amx_bf16", "bf16", "sve_bf16", "svebf16"})


@cache
def has_bf16() -> bool:
    """Say whether this processor has bf16 matrix instructions.

    Read from what it states (`torch.cpu.get_capabilities`, or /proc/cpuinfo with a torch that lacks
    it), never from a timing, so that a run's precision can be foreseen: avx512_bf16 or amx_bf16 on
    x86, bf16 on Arm.

    Returns
    -------
    bool
    """
    capabilities = getattr(torch.cpu, "get_capabilities", None)
    if capabilities is not None:
        stated = capabilities()
        return any(stated.get(name, False) for name in _NAMES)
    if platform.system() == "Linux":
        return _stated(Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace"))
    return False


def _stated(cpuinfo: str) -> bool:
    """The same from the text of /proc/cpuinfo."""
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        if key.strip() in ("flags", "Features") and _NAMES & set(value.split()):
            return True
    return False
