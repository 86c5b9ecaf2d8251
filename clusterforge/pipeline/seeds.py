"""``seeds = 5``: the recipe fitted with several seeds, the scores over them, and the most stable one."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.special import stdtrit  # scipy.stats takes half a second more to import

from clusterforge.contracts import IntArray
from clusterforge.models.compute import Resources
from clusterforge.numerics.contingency import ari, contingency
from clusterforge.phases import TrainedParams
from clusterforge.pipeline.data import Data
from clusterforge.pipeline.encode import EncoderStage
from clusterforge.pipeline.events import Observer
from clusterforge.pipeline.fit import Fits
from clusterforge.pipeline.stages import Session
from clusterforge.recipe import Recipe
from clusterforge.runs.records import HEADLINE, ScoreRecord, Seeds, SeedScore
from clusterforge.storage.stages import STAGE, copy_files

FOLDER, LEVEL = "seeds", 0.95
LARGEST = 2**32


class Relabelled(Observer):
    """Passes the progress of stages on under longer names, and no warning: the run's own fit warns.

    Parameters
    ----------
    observer
        Who is told.
    prefix
        What comes before the name of a stage.
    """

    def __init__(self, observer: Observer, prefix: str) -> None:
        self.observer, self.prefix = observer, prefix

    def stage_started(self, stage: str) -> None:
        """Pass it on."""
        self.observer.stage_started(self.prefix + stage)

    def stage_resumed(self, stage: str, place: str) -> None:
        """Pass it on."""
        self.observer.stage_resumed(self.prefix + stage, place)

    def progress(self, stage: str, done: float, total: float, text: str) -> None:
        """Pass it on."""
        self.observer.progress(self.prefix + stage, done, total, text)

    def epoch_finished(
        self, stage: str, phase: str, epoch: int, values: Mapping[str, float]
    ) -> None:
        """Pass it on."""
        self.observer.epoch_finished(self.prefix + stage, phase, epoch, values)

    def stage_finished(self, stage: str, reused: bool, seconds: float) -> None:
        """Pass it on."""
        self.observer.stage_finished(self.prefix + stage, reused, seconds)


def aside(session: Session, place: str, prefix: str, seed: int) -> Session:
    """Return a session for fits next to the run's own, in a folder below the run's.

    Parameters
    ----------
    session
        The run's.
    place
        Their folder.
    prefix
        What comes before the names of their stages.
    seed
        Their seed.
    """
    return replace(
        session,
        folder=session.folder / place,
        observer=Relabelled(session.observer, prefix),
        seed=seed,
        records=[],
        warnings=[],
        sent=[],
        sealed={},
    )


def by_seeds(recipe: Recipe, data: Data, session: Session) -> Seeds:
    """Fit a recipe with each of its seeds, and put the stages of the most stable one into the run's folder.

    Parameters
    ----------
    recipe, data, session
        The run's.
    """
    seeds = tuple((recipe.seed + number) % LARGEST for number in range(recipe.seeds))
    several: Iterable[Fits] = (
        Fits(
            replace(recipe, seed=seed),
            data,
            aside(session, f"{FOLDER}/{seed}", f"seed {seed}: ", seed),
        )
        for seed in seeds
    )
    in_turns = takes_turns(session.resources)
    encoded = _encoded_in_turns([*several], session.resources) if in_turns else _encoded(several)
    labels: list[IntArray] = []
    scores: list[list[ScoreRecord]] = []
    for fits in encoded:
        fits.cluster()
        scores.append([score for score in fits.scores() if score.noise == HEADLINE])
        train = fits.clusterers[0].labels("train")
        assert train is not None
        labels.append(train)
    agreement = _agreement(labels)
    chosen = seeds[int(np.argmax(np.round(agreement, 9)))]
    _link(session.folder / FOLDER / str(chosen), session.folder)
    return Seeds(
        seeds=seeds,
        chosen=chosen,
        agreement=tuple(agreement),
        scores=tuple(_over_seeds(scores)),
    )


def takes_turns(resources: Resources) -> bool:
    """Tell whether networks of several seeds are trained in turns: a GPU works on more than one at once."""
    return resources.device.startswith("cuda") and resources.processes == 1


def _encoded(several: Iterable[Fits]) -> Iterator[Fits]:
    """Run the encoders of one seed after the other."""
    for fits in several:
        fits.encode()
        yield fits


def _encoded_in_turns(several: Sequence[Fits], resources: Resources) -> Sequence[Fits]:
    """Run the encoders of several seeds, place by place, and return their fits."""
    import torch

    from clusterforge.training.turns import in_turns

    for stages in zip(*(fits.chain for fits in several), strict=True):
        first: dict[str, EncoderStage] = {}
        for stage in stages:
            stage.find_key()
            first.setdefault(stage.key, stage)  # the others wait for one that no seed changes
        runs = [stage.run for stage in first.values()]
        if isinstance(stages[0].entry.params, TrainedParams):
            runs = in_turns(runs, torch.device(resources.device))  # memory was too small for these
        for run in (*runs, *(one.run for one in stages if one is not first[one.key])):
            run()
    return several


def clear_seeds(folder: Path) -> None:
    """Remove what fits by other seeds have left in a run's folder."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)


def _agreement(labels: Sequence[IntArray]) -> list[float]:
    """Return the mean adjusted Rand index of each labelling with the others."""
    pairs = np.ones((len(labels), len(labels)))
    for i, one in enumerate(labels):
        for j in range(i):
            pairs[i, j] = pairs[j, i] = float(ari(contingency(one, labels[j]).counts))
    others = len(labels) - 1
    return [float((row.sum() - 1) / others) for row in pairs]


def _over_seeds(scores: Sequence[Sequence[ScoreRecord]]) -> list[SeedScore]:
    values: dict[tuple[str, str, str], list[float | None]] = {}
    for number, of_seed in enumerate(scores):
        for score in of_seed:
            key = (score.clusterer, score.split, score.metric)
            values.setdefault(key, [None] * len(scores))[number] = score.value
    return [_seed_score(*key, tuple(of_key)) for key, of_key in values.items()]


def _seed_score(
    clusterer: str, split: str, metric: str, values: tuple[float | None, ...]
) -> SeedScore:
    known = np.array([value for value in values if value is not None])
    mean = float(known.mean()) if len(known) else None
    sd = half = None
    if mean is not None and len(known) > 1:
        sd = float(known.std(ddof=1))
        half = float(stdtrit(len(known) - 1, (1 + LEVEL) / 2)) * sd / len(known) ** 0.5
    return SeedScore(
        clusterer=clusterer,
        split=split,
        metric=metric,
        values=values,
        mean=mean,
        sd=sd,
        low=None if mean is None or half is None else mean - half,
        high=None if mean is None or half is None else mean + half,
    )


def _link(source: Path, target: Path) -> None:
    """Put finished stages below one folder at the same places below another."""
    for stage in source.rglob(STAGE):
        place = target / stage.parent.relative_to(source)
        place.mkdir(parents=True, exist_ok=True)
        copy_files(stage.parent, place)
