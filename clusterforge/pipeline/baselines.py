"""``baselines = true``: clusterings without training, so that a study shows what the network added."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.errors import ClusterforgeError, EnvironmentProblem
from clusterforge.models.build import uses_labels
from clusterforge.pipeline.fit import Fits
from clusterforge.pipeline.score import Scoring
from clusterforge.pipeline.seeds import aside
from clusterforge.pipeline.stages import Session
from clusterforge.recipe import Entry, Recipe, read, resolve
from clusterforge.recipe.tables import NONE
from clusterforge.registry import Registry
from clusterforge.runs.records import HEADLINE, BaselineRecord, Baselines
from clusterforge.specs import Baseline, EncoderSpec, MetricSpec, Step

FOLDER = "baselines"
FEW = 2  # columns that a projection leaves as they are


def run_baselines(fits: Fits, session: Session) -> Baselines:
    """Cluster the data of a run by each baseline that its rows allow.

    Parameters
    ----------
    fits
        The run's encoders and clusterers, fitted.
    session
        The run's.
    """
    recipe = fits.recipe
    first = fits.clusterers[0]
    k = first.record.n_clusters
    features = _features(recipe, session.registry)
    known = list(_known(session.registry))
    items = fits.data.corpus.train.items
    rows, content = len(items), items.content
    shared = _shared(fits, len(features)) if features else None
    own = {
        stage.entry.id: _shared_scores(fits.scoring, shared, stage.labels("train"), session)
        for stage in fits.clusterers
    }
    columns = math.prod(items.shape or ()) if shared is None else shared.shape[1]
    start = next((one.encoders(rows, columns) for one in known if content in one.content), ())
    found: list[BaselineRecord] = []
    for one in known:
        steps = one.encoders(rows, columns)
        if one.content:
            if content not in one.content or _names(features) == tuple(step.use for step in steps):
                continue
            chosen = _Baseline(fits, session, one, k, (), steps, shared)
        elif features:
            if steps and columns <= FEW:
                continue
            chosen = _Baseline(fits, session, one, k, features, steps, shared)
        elif start and (steps or one.clusterer != known[0].clusterer):
            chosen = _Baseline(fits, session, one, k, (), (*start, *steps), shared)
        else:
            continue
        found.append(chosen.record(len(found), rows))
    shutil.rmtree(session.folder / FOLDER, ignore_errors=True)
    return Baselines(
        clusters=k,
        features=tuple(entry.id for entry in features),
        shared=own,
        baselines=tuple(found),
    )


def _names(entries: Sequence[Entry]) -> tuple[str, ...]:
    return tuple(entry.plugin.spec.name for entry in entries)


class _Baseline:
    def __init__(
        self,
        fits: Fits,
        session: Session,
        baseline: Baseline,
        k: int,
        features: Sequence[Entry],
        steps: Sequence[Step],
        shared: FloatArray | None,
    ) -> None:
        self.fits, self.session, self.baseline, self.k = fits, session, baseline, k
        self.features, self.steps, self.shared = features, steps, shared

    def record(self, number: int, rows: int) -> BaselineRecord:
        """Fit it and return its scores, or the reason why there are none."""
        one, start = self.baseline, time.perf_counter()
        record = BaselineRecord(
            title=one.title,
            encoders=(*(e.id for e in self.features), *(step.use for step in self.steps)),
            clusterer=one.clusterer.use,
        )
        if not self.k:
            return record.model_copy(update={"reason": "the recipe's clusterer has no clusters"})
        if one.most is not None and rows > one.most:
            return record.model_copy(
                update={"reason": f"{rows:,} rows are more than its {one.most:,}"}
            )
        prefix = f"baseline {one.title}: "
        aside_session = aside(self.session, f"{FOLDER}/{number}", prefix, self.session.seed)
        try:
            recipe = resolve(read(self._tables()), self.session.registry)
            fits = Fits(recipe, self.fits.data, aside_session)
            fits.run()
        except EnvironmentProblem:
            raise
        except (ClusterforgeError, ValueError) as error:
            return record.model_copy(update={"reason": " ".join(str(error).split())})
        clusterer = fits.clusterers[0]
        labels = {entry.id: entry.spec(MetricSpec).needs_labels for entry in fits.scoring.metrics}
        scores = [score for score in fits.scores() if score.noise == HEADLINE]
        return record.model_copy(
            update={
                "clusters": clusterer.record.n_clusters,
                "scores": tuple(score for score in scores if labels[score.metric]),
                "shared": _shared_scores(
                    self.fits.scoring, self.shared, clusterer.labels("train"), self.session
                ),
                "seconds": round(time.perf_counter() - start, 3),
            }
        )

    def _tables(self) -> Mapping[str, object]:
        recipe, one = self.fits.recipe, self.baseline
        tables = recipe.given()
        encoders = [entry.given() for entry in self.features]
        encoders += [{**_table(step), "id": f"baseline-{step.use}"} for step in self.steps]
        clusterer = {**_table(one.clusterer), "n_clusters": self.k, "layers": False}
        return {
            "name": tables["name"],
            "seed": recipe.seed,
            "dataset": tables["dataset"],
            "encoder": encoders,
            "clusterer": [clusterer],
            "metric": tables.get("metric", []),
            "namer": {"use": NONE},
            "compute": tables.get("compute", {}),
            "report": {"projection": NONE},
        }


def _known(registry: Registry) -> Iterator[Baseline]:
    """Yield the baselines of all plugins, in their order."""
    found = [
        (one.order, plugin.qualified, one)
        for plugin in registry.plugins
        if plugin.state == "ok"
        for one in plugin.spec.baselines
    ]
    yield from (one for _, _, one in sorted(found, key=lambda item: item[:2]))


def _features(recipe: Recipe, registry: Registry) -> tuple[Entry, ...]:
    """Return the encoders before the first that is trained, sees labels or keeps neighbours alone.

    None where they end within branches that are not joined yet.
    """
    entries: list[Entry] = []
    for link in recipe.links:
        spec = link.entry.spec(EncoderSpec)
        if spec.trained or spec.keeps == "neighbors" or uses_labels(link.entry, registry):
            break
        entries.append(link.entry)
    branches = sum(not link.below for link in recipe.links[: len(entries)])
    joined = any(link.entry.spec(EncoderSpec).joins for link in recipe.links[: len(entries)])
    return tuple(entries) if branches == 1 or joined else ()


def _shared(fits: Fits, width: int) -> FloatArray:
    """Return the features that the recipe begins with, of the train rows: float32 (n, d)."""
    return fits.chain[width - 1].embedding("train")


def _shared_scores(
    scoring: Scoring, shared: FloatArray | None, labels: IntArray | None, session: Session
) -> dict[str, float | None]:
    """Return the scores without labels of a clustering in the shared features, noise left out."""
    if shared is None or labels is None or len(set(labels[labels >= 0].tolist())) < 2:
        return {}
    clustered = labels >= 0
    wanted = [
        entry
        for entry in scoring.metrics
        if (spec := entry.spec(MetricSpec)).headline
        and not spec.needs_labels
        and spec.direction != "none"
        and spec.noise != "raw"
    ]
    device = session.resources.device
    return {
        entry.id: scoring.value(entry, shared[clustered], labels[clustered], None, device)
        for entry in wanted
    }


def _table(step: Step) -> dict[str, object]:
    own = {setting.key: setting.value for setting in step.settings}
    return {
        "use": step.use,
        **{key: list(value) if isinstance(value, tuple) else value for key, value in own.items()},
    }
