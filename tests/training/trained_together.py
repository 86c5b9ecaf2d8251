"""Trains the cases below by all processes of ``torchrun``, and by the first alone: what differs is printed.

Started by test_ranks.py.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from clusterforge.contracts import Context, FloatArray, State, View
from clusterforge.training import NetworkEncoder
from clusterforge.training.ranks import Ranks, joined, together
from tests.training.kit import make, same_state, view, without_seconds
from tests.training.test_steps import CASES

SGD = {"optimizer": {"use": "sgd", "momentum": 0.9}}
# Adam makes large steps of the rounding that is the gradient of a bias before batch normalisation.
NORMALISED = {"triplet", "siamese", "conv-autoencoder", "student"}
NORM = {"layers": [16], "dim": 4, "batch_norm": "before"}
LOSS = {"use": "dec", "n_clusters": 5}
DRAWS = {"layers": [16], "dim": 4, "batch": 40, "epochs": 2, "dropout": 0.3}


def cases() -> dict[str, tuple[str, View, dict[str, Any]]]:
    """Return what is trained, without dropout, of which each process draws its own."""
    found = {}
    for title, (name, seen, params) in CASES.items():
        own = params | {"dropout": 0.0}
        if name in NORMALISED or params.get("batch_norm"):
            own |= {"phase": [p | SGD for p in params["phase"]]} if "phase" in params else SGD
        found[title] = (name, seen, own)
    name, seen, own = found["noise"] = found.pop("noise and dropout")
    found["a last batch of two rows"] = (name, view(42), own)
    phases = [{"loss": "reconstruction"}, {"loss": LOSS, "train": "losses"}]
    phases = [phase | SGD | {"batch": 40, "epochs": 2} for phase in phases]
    found["batch norm, then a loss alone"] = (name, view(), NORM | {"phase": phases})
    return found


def trained(name: str, seen: View, params: dict[str, Any]) -> NetworkEncoder:
    encoder = make(name, **params)
    encoder.fit(seen, Context())
    return encoder


def distance(a: FloatArray, b: FloatArray) -> float:
    """Return the largest difference of two arrays, as a share of the largest value."""
    return float(np.abs(a - b).max() / np.abs(b).max())


def same(states: list[State]) -> bool:
    """Return whether states are equal byte for byte."""
    return all(same_state(state, states[0]) for state in states)


def compared(ranks: Ranks) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for title, case in cases().items():
        with together():
            of_all = trained(*case)
        states = ranks.answers(of_all.state())
        if not ranks.rank:
            alone = trained(*case)
            losses = [
                [epoch.values["loss"] for epoch in without_seconds(encoder.report().history)]
                for encoder in (of_all, alone)
            ]
            found[title] = {
                "same on all": same(states),
                "distance": distance(*(e.encode(case[1], Context()) for e in (of_all, alone))),
                "losses": losses,
            }
    with together():
        draws = trained("autoencoder", view(), DRAWS)
    found["dropout"] = {"same on all": same(ranks.answers(draws.state()))}
    found["compiler"] = {"imported": "torch._dynamo" in sys.modules}
    return found


def main() -> None:
    with joined("gloo") as ranks:
        found = compared(ranks)
    if not ranks.rank:
        Path(sys.argv[1]).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
