"""Specs of the built-in metrics."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from clusterforge.builtin import clusterer_costs as cost
from clusterforge.builtin.plugin import plugin
from clusterforge.params import Field, Params, Unit
from clusterforge.specs import MetricSpec


class SilhouetteParams(Params):
    """How much nearer a row is to its own cluster than to the next one, mean over rows.

    Rousseeuw 1987, doi:10.1016/0377-0427(87)90125-7
    """

    rows: Annotated[int, Field(ge=2)] | Literal["auto", "all"] = Field(
        "auto",
        description="Rows to compute the silhouette of, drawn at random; all: every row; auto: "
        "every row up to 100,000, otherwise a sample: 20,000, or 4,000 of a million.",
        json_schema_extra=Unit("rows"),
    )
    sample_seed: int = Field(0, ge=0, description="Seed of the sample.")


class DaviesBouldinParams(Params):
    """Spread of each cluster against its distance to the most similar one, mean over clusters.

    Davies & Bouldin 1979, doi:10.1109/TPAMI.1979.4766909
    """


class CalinskiHarabaszParams(Params):
    """Dispersion between clusters against dispersion within them.

    Calinski & Harabasz 1974, doi:10.1080/03610927408827101
    """


class NoiseFractionParams(Params):
    """Share of rows that the clusterer labels as noise."""


class AccuracyParams(Params):
    """Share of correct rows under the best one-to-one map of clusters to classes (Hungarian).

    Kuhn 1955, doi:10.1002/nav.3800020109; Xie, Girshick & Farhadi 2016, arXiv:1511.06335
    """


class PurityParams(Params):
    """Share of rows in the majority class of their cluster; grows with the number of clusters.

    Manning, Raghavan & Schütze 2008, Introduction to Information Retrieval, 16.3
    """


class NmiParams(Params):
    """Mutual information of clusters and classes over the arithmetic mean of their entropies.

    Vinh, Epps & Bailey 2010, JMLR 11
    """


class AriParams(Params):
    """Agreement of clusters and classes on pairs of rows, above chance.

    Hubert & Arabie 1985, doi:10.1007/BF01908075
    """


class Top1Params(Params):
    """Share of rows whose cluster number is their class (supervised heads only)."""


labelled = partial(MetricSpec, low=0.0, high=1.0, needs_labels=True, rests_on="table")

SPECS: tuple[MetricSpec, ...] = (
    MetricSpec(
        *plugin("metrics.internal", "silhouette", SilhouetteParams),
        costs=cost.silhouette,
        alternatives=cost.less_silhouette,
        low=-1.0,
        high=1.0,
        noise="own",
        rests_on="rows",
        title="Silhouette",
        order=60,
        gives_silhouettes=True,
    ),
    MetricSpec(
        *plugin("metrics.internal", "davies-bouldin", DaviesBouldinParams),
        costs=cost.moments,
        direction="lower",
        low=0.0,
        rests_on="moments",
        title="Davies-Bouldin",
        order=70,
    ),
    MetricSpec(
        *plugin("metrics.internal", "calinski-harabasz", CalinskiHarabaszParams),
        costs=cost.moments,
        low=0.0,
        rests_on="moments",
        title="Calinski-Harabasz",
        order=80,
    ),
    MetricSpec(
        *plugin("metrics.internal", "noise-fraction", NoiseFractionParams),
        costs=cost.table,
        direction="none",
        low=0.0,
        high=1.0,
        noise="raw",
        rests_on="rows",
        title="Noise",
        order=90,
        headline=False,
    ),
    labelled(
        *plugin("metrics.external", "accuracy", AccuracyParams),
        costs=cost.table,
        title="Accuracy",
        order=10,
    ),
    labelled(
        *plugin("metrics.external", "purity", PurityParams),
        costs=cost.table,
        title="Purity",
        order=40,
        grows_with_clusters=True,
    ),
    labelled(
        *plugin("metrics.external", "nmi", NmiParams), costs=cost.table, title="NMI", order=20
    ),
    labelled(
        *plugin("metrics.external", "ari", AriParams),
        costs=cost.table,
        low=-0.5,
        title="ARI",
        order=30,
    ),
    labelled(
        *plugin("metrics.external", "top-1", Top1Params),
        costs=cost.table,
        needs_classes=True,
        rests_on="rows",
        title="Top-1",
        order=50,
        headline=False,
    ),
)
