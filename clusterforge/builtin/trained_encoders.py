"""Specs of the built-in encoders that are trained."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from clusterforge.builtin.losses import DecParams
from clusterforge.errors import InputError
from clusterforge.params import Field, NClusters, Unit
from clusterforge.phases import (
    Adam,
    Corruption,
    Decay,
    Epochs,
    LossUse,
    Optimizer,
    Phase,
    Rate,
    Rows,
    Sgd,
    TrainedParams,
)
from clusterforge.specs import Content, EncoderSpec

Activation = Literal["relu", "leaky-relu", "gelu", "tanh", "sigmoid", "elu"]
Output = Literal["linear", "sigmoid", "tanh"]
BatchNorm = Literal["none", "before", "after"]
Widths = Annotated[tuple[Annotated[int, Field(ge=1, le=1_000_000)], ...], Field(strict=False)]
Channels = Annotated[
    tuple[Annotated[int, Field(ge=1, le=65_536)], ...], Field(strict=False, min_length=1)
]


def _loss(use: str, **own: Any) -> LossUse:
    return LossUse.model_validate({"use": use, **own})


class MlpParams(TrainedParams):
    """Parameters of fully connected networks."""

    layers: Widths = Field(
        (256, 128), description="Widths of the hidden layers, from the input to the embedding."
    )
    dim: int = Field(
        64,
        ge=1,
        le=1_000_000,
        description="Width of the embedding.",
        json_schema_extra=Unit("values"),
    )
    activation: Activation = Field("relu", description="After every hidden layer.")
    batch_norm: BatchNorm = Field(
        "none", description="Batch normalisation before or after the activation."
    )
    dropout: float = Field(
        0.0, ge=0, lt=1, description="Share of each hidden layer set to zero while training."
    )
    normalize: bool = Field(False, description="Scale embeddings to length 1.")


class AutoencoderParams(MlpParams):
    """Parameters of ``autoencoder``."""

    only_in_own_phases = frozenset({"error"})

    epochs: Epochs = 20
    output: Output = Field("linear", description="What follows the decoder's last layer.")
    error: Literal["mse", "l1", "bce"] = Field(
        "mse", description="Squared, absolute, or binary cross-entropy (needs output = sigmoid)."
    )

    def own_phases(self) -> tuple[Phase, ...]:
        """Return one phase of reconstruction."""
        return (Phase(loss=(_loss("reconstruction", kind=self.error),)),)


class ClusterTrainingParams(MlpParams, DecParams):
    """Parameters that ``dec`` and ``idec`` share."""

    only_in_own_phases = frozenset(
        {"pretrain_epochs", "pretrain_lr", "pretrain_optimizer", *DecParams.model_fields}
    )
    only_in_structure = frozenset({"network", "channels", "kernel"})

    n_clusters: NClusters | None = Field(  # type: ignore[assignment]
        None, description="Number of centroids; needed where no phases are given."
    )

    layers: Widths = Field(
        (500, 500, 2000), description="Widths of the hidden layers (network = mlp)."
    )
    dim: int = Field(
        10,
        ge=1,
        le=1_000_000,
        description="Width of the embedding.",
        json_schema_extra=Unit("values"),
    )
    network: Literal["mlp", "conv"] = Field(
        "mlp", description="Fully connected, or convolutional (images only)."
    )
    channels: Channels = Field(
        (32, 64, 128), description="Channels of each layer (network = conv)."
    )
    kernel: int = Field(
        3, ge=1, le=15, description="Side of the convolutions, odd (network = conv)."
    )
    output: Output = Field("linear", description="What follows the decoder's last layer.")
    pretrain_epochs: Epochs = Field(
        60, description="Epochs of reconstruction before the clustering."
    )
    pretrain_lr: Rate = Field(1e-3, description="Learning rate of pre-training.")
    pretrain_optimizer: Optimizer = Field(
        Adam(),
        description="Optimiser of pre-training. sgd (momentum 0.9) with a rate near 1 and many epochs "
        "often gives codes that cluster better; adam gets to a low loss sooner.",
    )
    epochs: Epochs = Field(25, description="Most epochs of the clustering.")

    def two_phases(self, clustering: Phase) -> tuple[Phase, ...]:
        """Return the phase of reconstruction, then the clustering on the clean rows."""
        pretraining = Phase(
            name="pretrain",
            loss=(_loss("reconstruction"),),
            epochs=self.pretrain_epochs,
            lr=self.pretrain_lr,
            optimizer=self.pretrain_optimizer,
        )
        return pretraining, clustering

    def clustering_loss(self, weight: float = 1.0) -> LossUse:
        """Return the loss ``dec`` with the parameters here.

        Raises
        ------
        InputError
            Where nothing says the number of clusters.
        """
        if self.n_clusters is None:
            raise InputError("is missing (number of centroids)", key="n_clusters")
        own = {name: getattr(self, name) for name in DecParams.model_fields}
        return _loss("dec", weight=weight, **own)


class DecEncoderParams(ClusterTrainingParams):
    """Parameters of the encoder ``dec``."""

    lr: Rate = Field(0.01, description="Learning rate of the clustering.")
    optimizer: Optimizer = Field(
        Sgd(), description="Optimiser of the clustering; sgd has momentum 0.9."
    )

    def own_phases(self) -> tuple[Phase, ...]:
        """Return pre-training and clustering."""
        loss = (self.clustering_loss(),)
        return self.two_phases(Phase(name="dec", loss=loss, train="encoder", noise=0.0))


class IdecParams(ClusterTrainingParams):
    """Parameters of ``idec``."""

    only_in_own_phases = ClusterTrainingParams.only_in_own_phases | {"weight"}

    weight: float = Field(
        0.1, ge=0, le=1e6, description="Weight of the clustering, next to 1 for the reconstruction."
    )

    def own_phases(self) -> tuple[Phase, ...]:
        """Return pre-training, and clustering with reconstruction."""
        losses = (self.clustering_loss(self.weight), _loss("reconstruction"))
        return self.two_phases(Phase(name="idec", loss=losses, noise=0.0))


class ConvAutoencoderParams(TrainedParams):
    """Parameters of ``conv-autoencoder``."""

    only_in_own_phases = frozenset({"n_clusters", "dec_epochs", "dec_lr", "dec_weight"})

    channels: Channels = Field(
        (32, 64, 128), description="Channels of each convolution; each halves the sides."
    )
    dim: int = Field(
        128,
        ge=1,
        le=1_000_000,
        description="Width of the embedding.",
        json_schema_extra=Unit("values"),
    )
    kernel: int = Field(3, ge=1, le=15, description="Side of the convolutions, odd.")
    pooling: Literal["stride", "max", "average"] = Field(
        "stride", description="What halves the sides: the convolution's stride, or a pooling."
    )
    activation: Activation = Field("relu", description="After every hidden layer.")
    batch_norm: BatchNorm = Field(
        "before",
        description="Batch normalisation of each convolution, before or after the activation.",
    )
    dropout: float = Field(
        0.3,
        ge=0,
        lt=1,
        description="Share set to zero while training, before the embedding's layer.",
    )
    output: Output = Field(
        "tanh",
        description="What follows the last layer; with tanh, images are scaled to [-1, 1], else to "
        "[0, 1].",
    )
    normalize: bool = Field(False, description="Scale embeddings to length 1.")
    batch: Rows = 64
    weight_decay: Decay = 1e-5
    n_clusters: NClusters | None = Field(
        None,
        description="Centroids of a second phase, reconstruction with DEC; none: no such phase.",
    )
    dec_epochs: Epochs = Field(5, description="Epochs of the second phase.")
    dec_lr: Rate = Field(1e-4, description="Learning rate of the second phase.")
    dec_weight: float = Field(
        0.1, ge=0, le=1e6, description="Weight of DEC in it, next to 1 for the reconstruction."
    )

    def own_phases(self) -> tuple[Phase, ...]:
        """Return a phase of reconstruction, and one with DEC where clusters are asked for."""
        first = Phase(loss=(_loss("reconstruction"),))
        if self.n_clusters is None:
            return (first,)
        dec = _loss("dec", weight=self.dec_weight, n_clusters=self.n_clusters)
        losses = (_loss("reconstruction"), dec)
        return first, Phase(loss=losses, epochs=self.dec_epochs, lr=self.dec_lr, noise=0.0)


class HeadParams(MlpParams):
    """Parameters that ``siamese`` and ``triplet`` share.

    Pairs of neighbours are wrong now and then; without strong regularisation a head learns them by
    heart, and its clusters get worse than those of its input.
    """

    activation: Activation = Field("gelu", description="After every hidden layer.")
    batch_norm: BatchNorm = Field(
        "before", description="Batch normalisation before or after the activation."
    )
    dropout: float = Field(
        0.5, ge=0, lt=1, description="Share of each hidden layer set to zero while training."
    )
    noise: Corruption = 0.3
    normalize: bool = Field(True, description="Scale embeddings to length 1.")


class SiameseParams(HeadParams):
    """Parameters of ``siamese``."""

    only_in_own_phases = frozenset({"margin", "pretrain_epochs"})

    margin: float = Field(
        1.0, gt=0, le=1e6, description="Distance beyond which different rows are left alone."
    )
    pretrain_epochs: Epochs = Field(0, description="Epochs of reconstruction before it.")

    def own_phases(self) -> tuple[Phase, ...]:
        """Return pre-training on the clean rows, if asked for, and the contrastive phase."""
        contrastive = Phase(loss=(_loss("contrastive", margin=self.margin),))
        if not self.pretrain_epochs:
            return (contrastive,)
        loss = (_loss("reconstruction"),)
        return Phase(
            name="pretrain", loss=loss, epochs=self.pretrain_epochs, noise=0.0
        ), contrastive


class TripletParams(HeadParams):
    """Parameters of the encoder ``triplet``."""

    only_in_own_phases = frozenset({"margin"})

    margin: float = Field(
        1.0,
        gt=0,
        le=1e6,
        description="How much further, in squared distance, a negative has to be than a positive.",
    )

    def own_phases(self) -> tuple[Phase, ...]:
        """Return one phase of triplets."""
        return (Phase(loss=(_loss("triplet", margin=self.margin),)),)


class ClassifierParams(MlpParams):
    """Parameters of ``classifier``."""

    only_in_own_phases = frozenset({"label_smoothing"})

    dropout: float = Field(
        0.2, ge=0, lt=1, description="Share of each hidden layer set to zero while training."
    )
    label_smoothing: float = Field(
        0.0, ge=0, lt=1, description="Share of the target spread evenly over all classes."
    )

    def own_phases(self) -> tuple[Phase, ...]:
        """Return one phase of cross-entropy."""
        return (Phase(loss=(_loss("cross-entropy", label_smoothing=self.label_smoothing),)),)


ANY_ROWS: frozenset[Content] = frozenset({"image", "table", "embedding"})


def _spec(
    name: str,
    summary: str,
    params: type[TrainedParams],
    target: str,
    source: str,
    takes: frozenset[Content] = ANY_ROWS,
    gives_head: bool | None = False,
) -> EncoderSpec:
    return EncoderSpec(
        name,
        summary,
        params,
        f"clusterforge.encoders.{target}",
        source=source,
        takes=takes,
        stochastic=True,
        trained=True,
        gives_head=gives_head,
    )


SPECS: tuple[EncoderSpec, ...] = (
    _spec(
        "autoencoder",
        "Fully connected autoencoder; its code is the embedding.",
        AutoencoderParams,
        "autoencoder:Autoencoder",
        "Hinton and Salakhutdinov, Science 313, 2006; denoising: Vincent et al., ICML 2008",
    ),
    _spec(
        "conv-autoencoder",
        "Convolutional autoencoder of images, with DEC as an option.",
        ConvAutoencoderParams,
        "conv_autoencoder:ConvAutoencoder",
        "Masci et al., ICANN 2011; with clustering: Guo et al., ICONIP 2017",
        frozenset({"image"}),
        gives_head=None,  # by n_clusters
    ),
    _spec(
        "dec",
        "Autoencoder refined by deep embedded clustering.",
        DecEncoderParams,
        "dec:Dec",
        "Xie, Girshick and Farhadi, ICML 2016",
        gives_head=True,
    ),
    _spec(
        "idec",
        "Deep embedded clustering that keeps the reconstruction.",
        IdecParams,
        "idec:Idec",
        "Guo, Gao, Liu and Yin, IJCAI 2017",
        gives_head=True,
    ),
    _spec(
        "siamese",
        "Contrastive head on pairs of same and different rows.",
        SiameseParams,
        "siamese:Siamese",
        "Hadsell, Chopra and LeCun, CVPR 2006",
    ),
    _spec(
        "triplet",
        "Head trained on triplets of anchor, positive and negative.",
        TripletParams,
        "triplet:Triplet",
        "Schroff, Kalenichenko and Philbin, CVPR 2015",
    ),
    _spec(
        "classifier",
        "Supervised: the last hidden layer of a classifier is the embedding.",
        ClassifierParams,
        "classifier:Classifier",
        "Bishop, Pattern Recognition and Machine Learning, 2006, chapter 5",
        gives_head=True,
    ),
)
