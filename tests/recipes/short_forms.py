"""The short form that each recipe documents runs to the end, and still finds what it should.

The second command in a recipe's header is its short form; here, even fewer rows and epochs do. The floors
leave room for other processors, and lie well above chance: clusters drawn at random, matched to ten
classes, reach 0.13, to four 0.30. ``tests/bench/bench_training.py`` and the README have what the recipes
reach.
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
    "agnews_best": ("kmeans", 0.60),
    "agnews_dec": ("head", 0.55),
    "agnews_tfidf": ("kmeans", 0.30),
    "agnews_triplet": ("kmeans", 0.50),
    "agnews_umap_hdbscan": ("kmeans", 0.60),
    "cifar10_best": ("kmeans", 0.30),
    "cifar10_features": ("kmeans", 0.30),
    "cifar10_pixels": ("kmeans", 0.18),
    "cifar10_umap": ("gaussian-mixture", 0.30),
    "mnist_autoencoder": ("kmeans", 0.30),
    "mnist_autoencoder_fixed": ("kmeans", 0.40),
    "mnist_classifier": ("head", 0.65),
    "mnist_conv_dec": ("kmeans", 0.30),
    "mnist_conv_dec_fixed": ("kmeans", 0.18),
    "mnist_best": ("head", 0.18),
    "mnist_dec": ("head", 0.18),
    "mnist_dec_plus": ("head", 0.18),
    "mnist_idec": ("head", 0.18),
    "mnist_n2d": ("gaussian-mixture", 0.18),
    "mnist_pca": ("kmeans", 0.45),
    "mnist_pixels": ("kmeans", 0.40),
    "mnist_regularised_ae": ("kmeans", 0.32),
    "mnist_regularised_ae_fixed": ("kmeans", 0.20),
    "mnist_siamese": ("kmeans", 0.32),
    "mnist_triplet": ("kmeans", 0.32),
    "mnist_triplet_fixed": ("kmeans", 0.40),
    "quickstart": ("kmeans", 0.80),
    "quickstart_text": ("kmeans", 0.90),
    "sst2_siamese": ("kmeans", 0.56),
    "sst2_unsupervised": ("kmeans", 0.50),
    "text_best": ("kmeans", 0.55),
}
SWEEPS = {"digits_sweep": 0.45, "mnist_grid": 0.32}  # least accuracy of any of four trials
FEW_IMAGES = ("dataset.limit=1000", "dataset.limit_test=300")
FEW_TEXTS = ("dataset.limit=160", "dataset.limit_test=100")
FEWER_TEXTS = ("dataset.limit=128", "dataset.limit_test=80")
FEW_PHOTOGRAPHS = ("dataset.limit=400", "dataset.limit_test=150")
SMALL_PHASES = (
    *FEW_IMAGES,
    "encoder.0.layers=[64, 64, 128]",
    "encoder.0.phase.0.epochs=12",
    "encoder.0.phase.1.epochs=2",
)
SMALL_DEC = (
    *FEW_IMAGES,
    "encoder.1.layers=[64, 64, 128]",
    "encoder.1.batch=64",
    "encoder.1.pretrain_epochs=12",
    "encoder.1.epochs=2",
)
FEWER: dict[str, tuple[str, ...]] = {  # more overrides, for minutes of training less
    **dict.fromkeys(("agnews_dec", "agnews_triplet"), FEW_TEXTS),
    "agnews_best": FEWER_TEXTS,
    "agnews_umap_hdbscan": (*FEW_TEXTS, "clusterer.0.min_cluster_size=20"),
    **dict.fromkeys(("sst2_siamese", "sst2_unsupervised"), FEW_TEXTS),
    "text_best": (*FEWER_TEXTS, "encoder.0.epochs=1"),
    **dict.fromkeys(
        ("mnist_autoencoder", "mnist_autoencoder_fixed"),
        ("dataset.limit=1500", "dataset.limit_test=500"),
    ),
    **dict.fromkeys(("cifar10_best", "cifar10_features", "cifar10_umap"), FEW_PHOTOGRAPHS),
    "mnist_best": (*SMALL_PHASES, "encoder.1.batch=32", "encoder.1.epochs=2"),
    "mnist_classifier": (*FEW_IMAGES, "encoder.2.epochs=3"),
    "mnist_dec": SMALL_DEC,
    "mnist_dec_plus": SMALL_PHASES,
    "mnist_idec": SMALL_DEC,
    "mnist_n2d": (
        *FEW_IMAGES,
        "encoder.1.layers=[64, 64, 128]",
        "encoder.1.phase.0.batch=64",
        "encoder.1.phase.0.epochs=12",
    ),
    "mnist_pixels": FEW_IMAGES,
    "mnist_regularised_ae": (*FEW_IMAGES, "encoder.1.epochs=4", "clusterer.1.k_max=4"),
    "mnist_siamese": (*FEW_IMAGES, "encoder.0.pretrain_epochs=1", "encoder.0.epochs=4"),
    "mnist_regularised_ae_fixed": (
        *FEW_IMAGES,
        "encoder.0.layers=[64, 64, 128]",
        "encoder.0.batch=64",
        "encoder.0.epochs=6",
        "clusterer.1.k_max=3",
    ),
    "mnist_triplet": (*FEW_IMAGES, "encoder.0.epochs=4"),
    "mnist_triplet_fixed": (*FEW_IMAGES, "encoder.0.phase.0.epochs=4"),
    "quickstart": ("encoder.0.phase.0.epochs=15",),
}
CEILINGS = {"sst2_unsupervised": 0.70}  # more, without labels, would mean that they leaked
WITH_UMAP = {  # in one file, so that one process compiles it
    "agnews_umap_hdbscan",
    "cifar10_umap",
    "mnist_autoencoder_fixed",
    "mnist_n2d",
    "mnist_regularised_ae_fixed",
}
IMAGES = sorted(
    name
    for name in FLOORS.keys() - WITH_UMAP - {"quickstart_text"}
    if name.startswith(("cifar10", "mnist", "quickstart"))
)
TEXTS = sorted(FLOORS.keys() - set(IMAGES))
QUICK = (
    'report.projection="none"',
    "evaluation.resamples=0",
    "evaluation.refits=0",
    "evaluation.null_draws=0",
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
    overrides += [*QUICK, *FEWER.get(name, ())]
    run = clusterforge.run(path, overrides=overrides, out=folder / "run")
    clusterer, floor = FLOORS[name]
    reached = run.score("accuracy", clusterer=clusterer, split="test")
    assert reached is not None
    assert floor <= reached <= CEILINGS.get(name, 1.0), reached
    assert (run.folder / "report.html").is_file()
