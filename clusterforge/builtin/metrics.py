"""Specs of the built-in metrics."""

from __future__ import annotations

from typing import Annotated, Literal

from clusterforge.params import Field, Params, Unit
from clusterforge.specs import MetricSpec


class SilhouetteParams(Params):
    """Parameters of ``silhouette``."""

    rows: Annotated[int, Field(ge=2)] | Literal["auto", "all"] = Field(
        "auto",
        description="Rows whose silhouette is taken, drawn at random; all: every row; auto: every "
        "row up to 100,000, else a sample: 20,000, or 4,000 of a million.",
        json_schema_extra=Unit("rows"),
    )
    sample_seed: int = Field(0, ge=0, description="Seed of the sample.")


class DaviesBouldinParams(Params):
    """``davies-bouldin`` has no parameters."""


class CalinskiHarabaszParams(Params):
    """``calinski-harabasz`` has no parameters."""


class NoiseFractionParams(Params):
    """``noise-fraction`` has no parameters."""


class AccuracyParams(Params):
    """``accuracy`` has no parameters."""


class PurityParams(Params):
    """``purity`` has no parameters."""


class NmiParams(Params):
    """``nmi`` has no parameters."""


class AriParams(Params):
    """``ari`` has no parameters."""


class Top1Params(Params):
    """``top-1`` has no parameters."""


SPECS: tuple[MetricSpec, ...] = (
    MetricSpec(
        "silhouette",
        "How much nearer a row is to its own cluster than to the next one, mean over rows.",
        SilhouetteParams,
        "clusterforge.metrics.silhouette:Silhouette",
        "Rousseeuw 1987, doi:10.1016/0377-0427(87)90125-7",
        direction="higher",
        low=-1.0,
        high=1.0,
        noise="own",
        rests_on="rows",
        title="Silhouette",
        order=60,
        gives_silhouettes=True,
    ),
    MetricSpec(
        "davies-bouldin",
        "Spread of each cluster against its distance to the most similar one, mean over clusters.",
        DaviesBouldinParams,
        "clusterforge.metrics.davies_bouldin:DaviesBouldin",
        "Davies & Bouldin 1979, doi:10.1109/TPAMI.1979.4766909",
        direction="lower",
        low=0.0,
        rests_on="moments",
        title="Davies-Bouldin",
        order=70,
    ),
    MetricSpec(
        "calinski-harabasz",
        "Dispersion between clusters against dispersion within them.",
        CalinskiHarabaszParams,
        "clusterforge.metrics.calinski_harabasz:CalinskiHarabasz",
        "Calinski & Harabasz 1974, doi:10.1080/03610927408827101",
        direction="higher",
        low=0.0,
        rests_on="moments",
        title="Calinski-Harabasz",
        order=80,
    ),
    MetricSpec(
        "noise-fraction",
        "Share of rows that the clusterer calls noise.",
        NoiseFractionParams,
        "clusterforge.metrics.noise_fraction:NoiseFraction",
        direction="none",
        low=0.0,
        high=1.0,
        noise="raw",
        rests_on="rows",
        title="Noise",
        order=90,
        headline=False,
    ),
    MetricSpec(
        "accuracy",
        "Share of rows right under the best one-to-one map of clusters to classes (Hungarian).",
        AccuracyParams,
        "clusterforge.metrics.accuracy:Accuracy",
        "Kuhn 1955, doi:10.1002/nav.3800020109; Xie, Girshick & Farhadi 2016, arXiv:1511.06335",
        direction="higher",
        low=0.0,
        high=1.0,
        needs_labels=True,
        rests_on="table",
        title="Accuracy",
        order=10,
    ),
    MetricSpec(
        "purity",
        "Share of rows in the majority class of their cluster; grows with the number of clusters.",
        PurityParams,
        "clusterforge.metrics.purity:Purity",
        "Manning, Raghavan & Schütze 2008, Introduction to Information Retrieval, 16.3",
        direction="higher",
        low=0.0,
        high=1.0,
        needs_labels=True,
        rests_on="table",
        title="Purity",
        order=40,
        grows_with_clusters=True,
    ),
    MetricSpec(
        "nmi",
        "Mutual information of clusters and classes over the arithmetic mean of their entropies.",
        NmiParams,
        "clusterforge.metrics.nmi:Nmi",
        "Vinh, Epps & Bailey 2010, JMLR 11",
        direction="higher",
        low=0.0,
        high=1.0,
        needs_labels=True,
        rests_on="table",
        title="NMI",
        order=20,
    ),
    MetricSpec(
        "ari",
        "Agreement of clusters and classes on pairs of rows, above chance.",
        AriParams,
        "clusterforge.metrics.ari:Ari",
        "Hubert & Arabie 1985, doi:10.1007/BF01908075",
        direction="higher",
        low=-0.5,
        high=1.0,
        needs_labels=True,
        rests_on="table",
        title="ARI",
        order=30,
    ),
    MetricSpec(
        "top-1",
        "Share of rows whose cluster number is their class (supervised heads only).",
        Top1Params,
        "clusterforge.metrics.top_1:Top1",
        direction="higher",
        low=0.0,
        high=1.0,
        needs_labels=True,
        needs_classes=True,
        rests_on="rows",
        title="Top-1",
        order=50,
        headline=False,
    ),
)
