"""What the Hub says of columns: the names of classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def names_in_features(features: Any) -> dict[str, tuple[str, ...]]:
    """Return the names of classes by column, from the Hub's JSON form of features."""
    if not isinstance(features, Mapping):
        return {}
    return {
        name: tuple(map(str, feature["names"]))
        for name, feature in features.items()
        if isinstance(feature, Mapping)
        and feature.get("_type") == "ClassLabel"
        and isinstance(feature.get("names"), list)
    }
