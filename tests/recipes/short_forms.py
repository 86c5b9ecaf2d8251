"""The short form that each recipe documents runs to the end, and still finds what it should.

The second command in a recipe's header is its short form. The floors leave room for other processors;
a network that learns nothing does not reach them. Of recipes that train long for their last points, an
even shorter form runs: ``tests/bench/bench_training.py`` and the README have what they reach.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

import clusterforge

ROOT = Path(__file__).parents[2]
COMMAND = re.compile(r"^#   clusterforge run (\S+)(.*)$", re.M)
MIRROR = os.environ.get("CLUSTERFORGE_MIRROR")
FLOORS = {  # recipe: (clusterer, least accuracy on the test split)
    "agnews_best": ("kmeans", 0.65),
    "agnews_dec": ("head", 0.70),
    "agnews_tfidf": ("kmeans", 0.30),
    "agnews_triplet": ("kmeans", 0.65),
    "agnews_umap_hdbscan": ("kmeans", 0.70),
    "cifar10_features": ("kmeans", 0.30),
    "cifar10_pixels": ("kmeans", 0.18),
    "cifar10_umap": ("gaussian-mixture", 0.30),
    "mnist_autoencoder": ("kmeans", 0.35),
    "mnist_classifier": ("head", 0.85),
    "mnist_conv_dec": ("kmeans", 0.30),
    "mnist_best": ("head", 0.50),
    "mnist_dec": ("head", 0.55),
    "mnist_dec_plus": ("head", 0.50),
    "mnist_idec": ("head", 0.55),
    "mnist_n2d": ("gaussian-mixture", 0.50),
    "mnist_pca": ("kmeans", 0.45),
    "mnist_pixels": ("kmeans", 0.45),
    "mnist_regularised_ae": ("kmeans", 0.43),
    "mnist_siamese": ("kmeans", 0.60),
    "mnist_triplet": ("kmeans", 0.55),
    "quickstart": ("kmeans", 0.75),
    "quickstart_text": ("kmeans", 0.90),
    "sst2_siamese": ("kmeans", 0.60),
    "sst2_unsupervised": ("kmeans", 0.50),
}
FEW_EPOCHS_FLOOR = 0.15  # ten classes; clusters drawn at random, matched to them, reach 0.13
FEW_EPOCHS: dict[str, tuple[str, ...]] = {  # more overrides, for minutes of training less
    "mnist_best": ("encoder.0.phase.0.epochs=2", "encoder.0.phase.1.epochs=1"),
    "mnist_dec": ("encoder.1.pretrain_epochs=4", "encoder.1.epochs=1"),
    "mnist_dec_plus": ("encoder.0.phase.0.epochs=2", "encoder.0.phase.1.epochs=1"),
    "mnist_idec": ("encoder.1.pretrain_epochs=4", "encoder.1.epochs=1"),
    "mnist_n2d": ("dataset.limit=2000", "encoder.1.phase.0.epochs=4"),
}
CEILINGS = {"sst2_unsupervised": 0.70}  # more, without labels, would mean that they leaked
IMAGES = sorted(name for name in FLOORS if name.startswith(("cifar10", "mnist", "quickstart")))
IMAGES.remove("quickstart_text")
TEXTS = sorted(FLOORS.keys() - set(IMAGES))
QUICK = (
    'report.projection="none"',
    "evaluation.resamples=0",
    "evaluation.refits=0",
    "compute.threads=1",
)
LOCAL = {"quickstart", "quickstart_text"}


def short_form(name: str) -> tuple[Path, list[str]]:
    """Return the recipe and the overrides of its last documented command."""
    path = ROOT / "recipes" / f"{name}.toml"
    found = COMMAND.findall(path.read_text("utf-8"))
    assert found, f"{path.name} documents no command"
    assert all(recipe == path.stem for recipe, _ in found)
    words = shlex.split(found[-1][1])
    assert words[::2] == ["--set"] * (len(words) // 2), words
    return path, words[1::2]


def reaches_its_floor(name: str, folder: Path) -> None:
    """Run the short form of a recipe, without what takes long and moves no score."""
    if name not in LOCAL and not MIRROR:
        pytest.skip("needs a data set of the Hub: set CLUSTERFORGE_MIRROR")
    path, overrides = short_form(name)
    overrides += [*QUICK, *FEW_EPOCHS.get(name, ())]
    run = clusterforge.run(path, overrides=overrides, out=folder / "run")
    clusterer, floor = FLOORS[name]
    floor = FEW_EPOCHS_FLOOR if name in FEW_EPOCHS else floor
    reached = run.score("accuracy", clusterer=clusterer, split="test")
    assert reached is not None
    assert floor <= reached <= CEILINGS.get(name, 1.0), reached
    assert (run.folder / "report.html").is_file()
