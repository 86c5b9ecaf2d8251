"""Values within a line of TOML read as they were."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterforge.inline_toml import inline_key, inline_toml

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(TEXTS, VALUES)
def test_it_reads_as_it_was(key: str, value: object) -> None:
    assert tomllib.loads(f"{inline_key(key)} = {inline_toml(value)}") == {key: value}


def test_what_toml_does_not_have() -> None:
    assert inline_toml({"a": None, "b": 1}) == "{b = 1}"
    assert inline_toml("\ud800") == '"?"'
    with pytest.raises(TypeError, match="NoneType"):
        inline_toml([None])
