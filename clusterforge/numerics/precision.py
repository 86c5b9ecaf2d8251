"""What the processor can do."""

from __future__ import annotations

from functools import cache

import torch

__all__ = ["has_bf16"]

_NAMES = frozenset({"avx512_bf16", "amx_bf16", "bf16", "sve_bf16", "svebf16"})


@cache
def has_bf16() -> bool:
    """Say whether this processor has bf16 matrix instructions.

    Read from what it states (`torch.cpu.get_capabilities`; False with a torch that lacks it), never
    from a timing, so that a run's precision can be foreseen: avx512_bf16 or amx_bf16 on x86, bf16 on
    Arm.

    Returns
    -------
    bool
    """
    stated: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(stated.get(name) for name in _NAMES)
