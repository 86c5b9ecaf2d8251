from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from clusterforge.registry.python_specs import adapter_of, spec_of

Made = Callable[..., Any]


@pytest.fixture
def rows() -> Any:
    """Three groups of rows: float32 (90, 5)."""
    rng = np.random.default_rng(0)
    means = np.repeat(rng.normal(size=(3, 5)) * 5, 30, axis=0)
    return (means + rng.normal(size=(90, 5))).astype(np.float32)


@pytest.fixture
def made() -> Made:
    """Return a class or an object as a plugin of a kind, with keys of a recipe."""

    def make(kind: Any, target: Any, **keys: Any) -> Any:
        name = getattr(target, "__name__", type(target).__name__)
        spec = spec_of(kind, target, f"here:{name}")
        return adapter_of(kind, target)(spec.params.model_validate(keys))

    return make
