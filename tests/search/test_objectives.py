from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

import clusterforge
from clusterforge.errors import InputError
from clusterforge.search.correlation import spearman


def test_what_is_named_in_also_is_shown_and_does_not_choose(
    recipe: Mapping[str, Any], tmp_path: Path
) -> None:
    search = {**recipe["search"], "objective": "silhouette", "also": ["ari"]}
    done = clusterforge.sweep({**recipe, "search": search}, out=tmp_path / "s", workers=1)
    assert [(one.name, one.chooses) for one in done.sweep.objectives] == [
        ("silhouette", True),
        ("ari", False),
    ]
    best = max(done.trials, key=lambda trial: trial.objectives["silhouette"].value or 0)
    assert done.sweep.best == best.number
    (record,) = [one for one in done.sweep.against_labels if one.objective == "silhouette"]
    assert record.metric == "ari"
    truth = [trial.objectives["ari"].value for trial in done.trials]
    own = [trial.objectives["silhouette"].value for trial in done.trials]
    assert record.correlation == pytest.approx(spearmanr(own, truth).statistic)
    assert record.choice == best.objectives["ari"].value
    assert record.regret == pytest.approx(max(t or 0 for t in truth) - record.choice)


def test_an_objective_named_twice_is_refused(recipe: Mapping[str, Any], tmp_path: Path) -> None:
    search = {**recipe["search"], "also": ["silhouette"]}
    with pytest.raises(InputError, match=r"search.also: names 'silhouette' twice"):
        clusterforge.sweep({**recipe, "search": search}, out=tmp_path / "s", workers=1)


def test_correlation_needs_values_that_differ() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 4, 20).astype(float), rng.integers(0, 4, 20).astype(float)
    assert spearman(a, b) == pytest.approx(spearmanr(a, b).statistic)
    assert spearman(a, np.zeros(20)) is None
    assert spearman(a[:2], b[:2]) is None
