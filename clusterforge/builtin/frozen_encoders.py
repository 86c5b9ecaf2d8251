"""Parameters and specs of the encoders that are not trained in phases."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import model_validator

from clusterforge.builtin import encoder_costs as cost
from clusterforge.builtin.fields import Thousand
from clusterforge.builtin.plugin import plugin
from clusterforge.params import Field, HubName, NClusters, Params, Unit
from clusterforge.pretrained.params import LongTexts, TextBatch
from clusterforge.specs import (
    Always,
    Baseline,
    Content,
    EncoderSpec,
    Proposal,
    Setting,
    Step,
    Steps,
)

ROWS: frozenset[Content] = frozenset({"embedding", "table", "image"})
TEXT: frozenset[Content] = frozenset({"text"})
IMAGE: frozenset[Content] = frozenset({"image"})

Model = Annotated[
    HubName,
    Field(
        description="Name on the Hub, or a local folder as ./folder. Names are looked up in the "
        "folders of CLUSTERFORGE_MIRROR, then the Hugging Face cache, then the Hub."
    ),
]
Revision = Annotated[
    str | None,
    Field(
        min_length=1,
        description="Branch, tag or commit on the Hub; a local or mirrored folder holds only one.",
    ),
]
Run = Annotated[int, Field(ge=1, le=10)]
MaxLength = Annotated[
    int | None,
    Field(
        ge=2,
        description="Maximum tokens per text, including special ones; none: the model's own limit.",
        json_schema_extra=Unit("tokens"),
    ),
]


class SentenceTransformerParams(Params):
    """Sentence embeddings by a sentence-transformers model (SBERT).

    Reimers and Gurevych, Sentence-BERT, EMNLP 2019
    """

    model: Model
    revision: Revision = None
    batch: TextBatch = None
    max_length: MaxLength = None
    long: LongTexts = "cut"
    normalize: bool | None = Field(
        None,
        description="True: rows of length 1. False: without the model's own final normalisation. "
        "None: as the model defines it.",
    )
    prompt: str | None = Field(
        None, description="Prefix of each text; none: the model's own default prompt."
    )


class TransformerParams(Params):
    """Text embeddings by any transformer (BERT, RoBERTa, …), its states pooled.

    Devlin et al., BERT, NAACL 2019
    """

    model: Model
    revision: Revision = None
    pooling: Literal["mean", "cls", "max"] = Field(
        "mean", description="How the tokens' vectors are combined: mean, first token or maximum."
    )
    normalize: bool = Field(False, description="Scale rows to length 1.")
    batch: TextBatch = None
    max_length: MaxLength = None
    long: LongTexts = "cut"


class ImageModelParams(Params):
    """Image embeddings by a pre-trained network (ResNet, ViT, ConvNeXt, …).

    He et al., Deep residual learning, CVPR 2016; Dosovitskiy et al., ViT, ICLR 2021
    """

    model: Model
    revision: Revision = None
    pooling: Literal["auto", "mean", "cls"] = Field(
        "auto",
        description="auto: the model's own pooled output if it has weights for it, otherwise mean; "
        "mean: over all positions; cls: the first position (ViT).",
    )
    normalize: bool = Field(False, description="Scale rows to length 1.")
    batch: int = Field(
        32, ge=1, le=65_536, description="Images a step.", json_schema_extra=Unit("rows")
    )


class TfidfParams(Params):
    """Term frequencies times inverse document frequencies; SVD if wanted.

    Salton and Buckley, Term-weighting approaches, 1988; Deerwester et al., LSA, 1990
    """

    max_features: int | None = Field(
        5000, ge=1, description="Number of terms to keep, the most frequent; none: all."
    )
    min_df: Annotated[int, Field(ge=1)] | Annotated[float, Field(gt=0, le=1)] = Field(
        1,
        description="Leave out terms in fewer texts than this: a number, or a share of the texts.",
    )
    max_df: Annotated[int, Field(ge=1)] | Annotated[float, Field(gt=0, le=1)] = Field(
        1.0,
        description="Leave out terms in more texts than this: a number, or a share of the texts.",
    )
    analyzer: Literal["auto", "word", "char"] = Field(
        "auto",
        description="What a term is made of. word: words between spaces and signs. char: characters that "
        "stand together in a word. auto: words, and characters in scripts without spaces (Chinese, "
        "Japanese, Thai, Lao, Khmer, Burmese), within one text too.",
    )
    ngrams: Annotated[tuple[Run, Run], Field(strict=False)] = Field(
        (1, 1), description="Minimum and maximum number of words in a term."
    )
    characters: Annotated[tuple[Run, Run], Field(strict=False)] = Field(
        (1, 2), description="Minimum and maximum number of characters in a term of characters."
    )
    stop_words: Literal["none", "english"] | Annotated[tuple[str, ...], Field(strict=False)] = (
        Field(
            "none",
            description="Words to leave out: none, scikit-learn's English list, or a list of your own.",
        )
    )
    sublinear: bool = Field(False, description="Use 1 + log(count) instead of the count.")
    components: int | None = Field(
        None,
        ge=1,
        description="Reduce to this many dimensions by truncated SVD (latent semantic analysis).",
    )
    memory: int = Field(
        2048,
        ge=1,
        description="Refuse a dense embedding larger than this.",
        json_schema_extra=Unit("MiB"),
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for name in ("ngrams", "characters"):
            shortest, longest = getattr(self, name)
            if shortest > longest:
                raise ValueError(f"{name} is [shortest, longest]")
        return self


class PcaParams(Params):
    """Principal components.

    Jolliffe, Principal Component Analysis, 2002
    """

    components: int = Field(2, ge=1, le=20_000, description="Number of dimensions.")
    whiten: bool = Field(False, description="Scale each dimension to variance 1.")


class ScaleParams(Params):
    """Columns, rows or everything scaled."""

    kind: Literal["standard", "minmax", "unit", "range"] = Field(
        "standard",
        description="standard: columns to mean 0 and variance 1; minmax: columns to [0, 1]; unit: "
        "rows to length 1; range: everything to [low, high] by one common minimum and maximum.",
    )
    power: float = Field(
        1.0,
        ge=0.1,
        le=1.0,
        description="Values are raised to this power before, each with its sign. 0.5 suits the features of "
        "image networks, of which a few are very large.",
    )
    low: float = Field(-1.0, ge=-1e6, le=1e6, description="kind = range: the smallest value.")
    high: float = Field(1.0, ge=-1e6, le=1e6, description="kind = range: the largest value.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low >= self.high:
            raise ValueError("low must be less than high")
        return self


class TableParams(Params):
    """Numbers, categories, dates and gaps of a table as one embedding; every column counts as much.

    Huang, Extensions to the k-means algorithm for clustering large data sets with categorical
    values, 1998; Greenacre, Correspondence Analysis in Practice, 2017 (mca)
    """

    scaling: Literal["standard", "robust", "quantile"] = Field(
        "standard",
        description="Numbers and ordinals: standard: by mean and standard deviation; robust: by median "
        "and quartiles; quantile: normal scores of their ranks.",
    )
    categories: Literal["one-hot", "mca"] = Field(
        "one-hot",
        description="one-hot: an indicator for each category; mca: all category columns together along "
        "the leading axes of a multiple correspondence analysis.",
    )
    components: int = Field(10, ge=1, le=1000, description="Maximum number of axes of mca.")
    most_categories: int = Field(
        100, ge=1, le=10_000, description="Categories per column; rarer ones count as one."
    )
    category_weight: float = Field(
        1.0,
        ge=0,
        le=1000,
        description="Weight of a category column in squared distances; that of a number is 1.",
    )
    cyclic: bool = Field(
        True,
        description="Dates also as places in the year, the week and the day, where the rows span two or "
        "more of these.",
    )
    gap_weight: float = Field(
        0.0,
        ge=0,
        le=10,
        description="Weight of an indicator of gaps for each column of numbers that has some; 0: none.",
    )


class GowerParams(Params):
    """Gower's distance of mixed rows as an embedding: numbers by their range, categories by equality.

    Gower, A general coefficient of similarity and some of its properties, Biometrics 1971
    """

    dim: int = Field(20, ge=1, le=1000, description="Maximum number of dimensions.")
    landmarks: int = Field(
        500,
        ge=2,
        le=5_000,
        description="Train rows, drawn by the seed, whose distances to each other are kept.",
        json_schema_extra=Unit("rows"),
    )


class FlattenParams(Params):
    """Images as rows of pixels in [0, 1]; tables as they are."""


class TsneParams(Params):
    """A map that keeps neighbours together; for projections only.

    van der Maaten and Hinton, Visualizing data using t-SNE, JMLR 2008
    """

    dim: int = Field(2, ge=1, le=3, description="Dimensions of the map.")
    perplexity: float = Field(
        30.0,
        ge=1,
        le=1000,
        description="Approximate number of neighbours to consider; reduced for few rows.",
    )
    iterations: int = Field(750, ge=250, le=20_000, description="Steps of gradient descent.")
    init: Literal["pca", "random"] = Field("pca", description="Initial positions of the rows.")
    metric: Literal["euclidean", "cosine", "manhattan"] = Field(
        "euclidean", description="Distance between rows."
    )


class DiscriminantParams(Params):
    """Directions that best separate clusters, computed together with the clusters.

    Ding and Li, Adaptive dimension reduction using discriminant analysis and k-means clustering,
    ICML 2007
    """

    n_clusters: NClusters = Field(
        description="Clusters to separate; the embedding has one dimension less."
    )
    rounds: int = Field(
        2, ge=1, le=100, description="Iterations of clustering the rows and computing directions."
    )
    shrinkage: float = Field(
        0.1,
        gt=0,
        le=1,
        description="Share of the covariance within clusters that is replaced by its mean variance.",
    )
    restarts: Thousand = Field(
        10, description="Runs of k-means from new centroids; the best one is used."
    )


class SmoothParams(Params):
    """Each row moved towards the mean of its nearest training rows.

    Wu et al., Simplifying graph convolutional networks, ICML 2019
    """

    neighbors: Thousand = Field(
        20, description="Nearest training rows.", json_schema_extra=Unit("rows")
    )
    weight: float = Field(0.3, ge=0, le=1, description="Share of their mean in the result.")
    rounds: int = Field(
        1,
        ge=1,
        le=20,
        description="How many times, each among the neighbours that the one before has made.",
    )


class JoinParams(Params):
    """Several branches of encoders side by side, each with the same total variance before its weight.

    Escofier and Pagès, Multiple factor analysis, Computational Statistics & Data Analysis 1994, who divide
    by the first singular value instead
    """

    weights: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        (),
        strict=False,
        description="Weight of each branch in squared distances, in their order; default: equal.",
    )


_MINILM = "sentence-transformers/all-MiniLM-L6-v2"


def _tfidf(rows: int) -> tuple[Setting, ...]:
    if rows < 500:
        return (Setting("sublinear", True),)
    return (
        Setting("sublinear", True),
        Setting("min_df", 2, "words of a single text say nothing of groups"),
        Setting("components", 50, "dimensions; more keep finer differences"),
    )


def _words(rows: int, columns: int) -> tuple[Step, ...]:
    return (Step("tfidf", _tfidf(rows)),)


def _few(rows: int) -> tuple[Setting, ...]:
    return (
        Setting("components", max(2, min(10, rows // 10)), "more keep finer differences"),
        Setting("whiten", True, "each direction counts"),
    )


def _components(rows: int, columns: int) -> tuple[Step, ...]:
    return (Step("pca", (Setting("components", max(2, min(50, rows - 1, columns // 2))),)),)


SPECS: tuple[EncoderSpec, ...] = (
    EncoderSpec(
        *plugin("encoders.text_models", "sentence-transformer", SentenceTransformerParams),
        costs=cost.text_model,
        takes=TEXT,
        proposals=(
            Proposal(
                "text",
                20,
                "embeds what texts mean; the model is on this machine",
                Always((Setting("model", _MINILM),)),
            ),
        ),
    ),
    EncoderSpec(
        *plugin("encoders.text_models", "transformer", TransformerParams),
        costs=cost.text_model,
        takes=TEXT,
    ),
    EncoderSpec(*plugin("encoders", "image-model", ImageModelParams), takes=IMAGE),
    EncoderSpec(
        *plugin("encoders", "tfidf", TfidfParams),
        costs=cost.tfidf,
        by_row=True,
        takes=TEXT,
        proposals=(Proposal("text", 10, "compares the words themselves; needs no model", _tfidf),),
        baselines=(Baseline("TF-IDF + k-means", 30, Step("kmeans"), _words, TEXT),),
    ),
    EncoderSpec(
        *plugin("encoders.projections", "pca", PcaParams),
        costs=cost.pca,
        by_row=True,
        takes=ROWS,
        exact=True,
        proposals=(Proposal("columns", 10, "the directions in which pixels vary most", _few),),
        baselines=(Baseline("PCA + k-means", 20, Step("kmeans"), _components),),
    ),
    EncoderSpec(
        *plugin("encoders.projections", "discriminant", DiscriminantParams),
        costs=cost.discriminant,
        takes=ROWS,
        stochastic=True,
    ),
    EncoderSpec(*plugin("encoders", "smooth", SmoothParams), costs=cost.smooth, takes=ROWS),
    EncoderSpec(
        *plugin("encoders", "join", JoinParams),
        costs=cost.copied,
        cheap=True,
        joins=True,
        threads=False,
    ),
    EncoderSpec(
        *plugin("encoders", "table", TableParams),
        costs=cost.table,
        by_row=True,
        threads=False,
        takes=frozenset({"table", "mixed"}),
        exact=True,
        proposals=(
            Proposal("table", 20, "takes numbers, categories, dates and gaps; each column counts"),
        ),
        baselines=(
            Baseline(
                "columns + k-means",
                10,
                Step("kmeans"),
                Steps((Step("table"),)),
                frozenset({"table", "mixed"}),
            ),
        ),
    ),
    EncoderSpec(
        *plugin("encoders", "scale", ScaleParams),
        costs=cost.copied,
        by_row=True,
        threads=False,
        takes=ROWS,
        cheap=True,
        exact=True,
        proposals=(
            Proposal(
                "vectors",
                10,
                "compares directions, as embeddings are meant to be",
                Always((Setting("kind", "unit", "rows to length 1"),)),
            ),
        ),
    ),
    EncoderSpec(
        *plugin("encoders.scale", "flatten", FlattenParams),
        costs=cost.copied,
        by_row=True,
        threads=False,
        takes=ROWS,
        cheap=True,
        proposals=(
            Proposal(
                "image",
                10,
                "compares pixel by pixel, and does not see what is in them",
                data=Always(
                    (
                        Setting(
                            "resize", (32, 32), "one size for all: pixels are compared one by one"
                        ),
                    )
                ),
                then="columns",
            ),
        ),
        baselines=(
            Baseline("pixels + k-means", 10, Step("kmeans"), Steps((Step("flatten"),)), IMAGE),
        ),
    ),
    EncoderSpec(
        *plugin("encoders", "gower", GowerParams),
        costs=cost.gower,
        alternatives=cost.less_gower,
        takes=frozenset({"table", "mixed"}),
        exact=True,
        stochastic=True,
    ),
    EncoderSpec(
        *plugin("encoders.projections", "tsne", TsneParams),
        costs=cost.tsne,
        takes=ROWS,
        inductive=False,
        stochastic=True,
        keeps="neighbors",
    ),
)
