"""Names and values as MLflow allows them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from clusterforge.runs.records import ScoreRecord

FORBIDDEN = re.compile(r"[^\w.\- ]")
LONGEST_KEY, LONGEST_PARAM = 250, 6000
HEADLINE = "excluded"


def key(*parts: str) -> str:
    """Return the parts joined by slashes, with ``_`` for what MLflow does not allow.

    Examples
    --------
    >>> key("test", "my/k-means", "f1 (macro)")
    'test/my_k-means/f1 _macro_'
    """
    clean = [FORBIDDEN.sub("_", part) for part in parts]
    # As a path, a name must be its own normal form.
    name = "/".join("_" if part in {"", ".", ".."} else part for part in clean)
    if len(name) <= LONGEST_KEY:
        return name
    ending = hashlib.sha256("/".join(parts).encode()).hexdigest()[:8]
    return f"{name[: LONGEST_KEY - 9]}-{ending}"


def score_key(score: ScoreRecord) -> str:
    """Return ``<split>/<clusterer>/<metric>``; ``.<noise>`` where noise is not left out."""
    noise = "" if score.noise == HEADLINE else f".{score.noise}"
    return key(score.split, score.clusterer, f"{score.metric}{noise}")


def params(recipe: Mapping[str, Any]) -> dict[str, str]:
    """Return the leaves of a recipe: ``encoder.1.layers`` and its value, cut to what fits."""
    return {key(name): text[:LONGEST_PARAM] for name, text in _leaves(recipe, "")}


def _leaves(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        parts = list(value.items())
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        parts = list(enumerate(value))
    else:
        yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return
    for part, below in parts:
        yield from _leaves(below, f"{name}.{part}" if name else str(part))
