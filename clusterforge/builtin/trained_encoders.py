"""Specs of the built-in encoders that are trained."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from clusterforge import phases
from clusterforge.builtin import encoder_costs as cost
from clusterforge.builtin.fields import Amount, Apart, ErrorKind, Margin, Share, Smoothing, Softness
from clusterforge.builtin.losses import DecParams
from clusterforge.builtin.plugin import plugin
from clusterforge.errors import InputError
from clusterforge.params import Field, NClusters, Unit
from clusterforge.phases import LossUse, Phase, TrainedParams
from clusterforge.specs import EncoderSpec

Activation = Annotated[
    Literal["relu", "leaky-relu", "gelu", "tanh", "sigmoid", "elu"],
    Field(description="Activation after every hidden layer."),
]
Output = Annotated[
    Literal["linear", "sigmoid", "tanh"],
    Field(description="Activation after the decoder's last layer."),
]
BatchNorm = Annotated[
    Literal["none", "before", "after"],
    Field(description="Batch normalisation before or after the activation."),
]
Normalize = Annotated[bool, Field(description="Scale embeddings to length 1.")]
Width = Annotated[int, Field(ge=1, le=1_000_000)]
Dim = Annotated[
    Width, Field(description="Width of the embedding.", json_schema_extra=Unit("values"))
]
Dropout = Annotated[
    Share, Field(description="Share of each hidden layer set to zero during training.")
]
Kernel = Annotated[int, Field(ge=1, le=15)]
Widths = Annotated[tuple[Width, ...], Field(strict=False)]
Pooling = Annotated[
    Literal["stride", "max", "average"],
    Field(description="What halves height and width: the convolution's stride, or pooling."),
]
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
    dim: Dim = 64
    activation: Activation = "relu"
    batch_norm: BatchNorm = "none"
    dropout: Dropout = 0.0
    normalize: Normalize = False


class AutoencoderParams(MlpParams):
    """Fully connected autoencoder; its code is the embedding.

    Hinton and Salakhutdinov, Science 313, 2006; denoising: Vincent et al., ICML 2008
    """

    only_in_own_phases = frozenset({"error"})

    epochs: phases.Epochs = 20
    output: Output = "linear"
    error: ErrorKind = Field(
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
        None, description="Number of centroids; required without phases in the recipe."
    )

    layers: Widths = Field(
        (500, 500, 2000), description="Widths of the hidden layers (network = mlp)."
    )
    dim: Dim = 10
    network: Literal["mlp", "conv"] = Field(
        "mlp", description="Fully connected, or convolutional (images only)."
    )
    channels: Channels = Field(
        (32, 64, 128), description="Channels of each layer (network = conv)."
    )
    kernel: Kernel = Field(3, description="Kernel size of the convolutions, odd (network = conv).")
    output: Output = "linear"
    pretrain_epochs: phases.Epochs = Field(
        60, description="Epochs of reconstruction before the clustering."
    )
    pretrain_lr: phases.Rate = Field(1e-3, description="Learning rate of the pre-training.")
    pretrain_optimizer: phases.Optimizer = Field(
        phases.Adam(),
        description="Optimiser of the pre-training. sgd (momentum 0.9) with a rate near 1 and many "
        "epochs often gives codes that cluster better; adam reaches a low loss sooner.",
    )
    epochs: phases.Epochs = Field(25, description="Maximum epochs of the clustering.")

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
    """Autoencoder refined by deep embedded clustering.

    Xie, Girshick and Farhadi, ICML 2016
    """

    lr: phases.Rate = Field(0.01, description="Learning rate of the clustering.")
    optimizer: phases.Optimizer = Field(
        phases.Sgd(), description="Optimiser of the clustering; sgd has momentum 0.9."
    )

    def own_phases(self) -> tuple[Phase, ...]:
        """Return pre-training and clustering."""
        loss = (self.clustering_loss(),)
        return self.two_phases(Phase(name="dec", loss=loss, train="encoder", noise=0.0))


class IdecParams(ClusterTrainingParams):
    """Deep embedded clustering that keeps the reconstruction.

    Guo, Gao, Liu and Yin, IJCAI 2017
    """

    only_in_own_phases = ClusterTrainingParams.only_in_own_phases | {"weight"}

    weight: Amount = Field(
        0.1, description="Weight of the clustering; that of the reconstruction is 1."
    )

    def own_phases(self) -> tuple[Phase, ...]:
        """Return pre-training, and clustering with reconstruction."""
        losses = (self.clustering_loss(self.weight), _loss("reconstruction"))
        return self.two_phases(Phase(name="idec", loss=losses, noise=0.0))


class ConvAutoencoderParams(TrainedParams):
    """Convolutional autoencoder of images, with DEC as an option.

    Masci et al., ICANN 2011; with clustering: Guo et al., ICONIP 2017
    """

    only_in_own_phases = frozenset({"n_clusters", "dec_epochs", "dec_lr", "dec_weight"})

    channels: Channels = Field(
        (32, 64, 128), description="Channels of each convolution; each halves height and width."
    )
    dim: Dim = 128
    kernel: Kernel = Field(3, description="Kernel size of the convolutions, odd.")
    pooling: Pooling = "stride"
    activation: Activation = "relu"
    batch_norm: BatchNorm = Field(
        "before",
        description="Batch normalisation of each convolution, before or after the activation.",
    )
    dropout: Share = Field(
        0.3, description="Share of values set to zero during training, before the embedding layer."
    )
    output: Output = Field(
        "tanh",
        description="Activation after the last layer; with tanh, images are scaled to [-1, 1], "
        "otherwise to [0, 1].",
    )
    normalize: Normalize = False
    batch: phases.Rows = 64
    weight_decay: phases.Decay = 1e-5
    n_clusters: NClusters | None = Field(
        None,
        description="Centroids of a second phase, reconstruction with DEC; none: no such phase.",
    )
    dec_epochs: phases.Epochs = Field(5, description="Epochs of the second phase.")
    dec_lr: phases.Rate = Field(1e-4, description="Learning rate of the second phase.")
    dec_weight: Amount = Field(
        0.1, description="Weight of DEC in the second phase; that of the reconstruction is 1."
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

    activation: Activation = "gelu"
    batch_norm: BatchNorm = "before"
    dropout: Dropout = 0.5
    noise: phases.Corruption = 0.3
    normalize: Normalize = True


class SiameseParams(HeadParams):
    """Contrastive head on pairs of same and different rows.

    Hadsell, Chopra and LeCun, CVPR 2006
    """

    only_in_own_phases = frozenset({"margin", "pretrain_epochs"})

    margin: Apart = 1.0
    pretrain_epochs: phases.Epochs = Field(
        0, description="Epochs of reconstruction before the main phase."
    )

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
    """Head trained on triplets of anchor, positive and negative.

    Schroff, Kalenichenko and Philbin, CVPR 2015
    """

    only_in_own_phases = frozenset({"margin"})

    margin: Margin = 1.0

    def own_phases(self) -> tuple[Phase, ...]:
        """Return one phase of triplets."""
        return (Phase(loss=(_loss("triplet", margin=self.margin),)),)


class ClassifierParams(MlpParams):
    """Supervised: the last hidden layer of a classifier is the embedding.

    Bishop, Pattern Recognition and Machine Learning, 2006, chapter 5
    """

    only_in_own_phases = frozenset({"label_smoothing"})

    dropout: Dropout = 0.2
    label_smoothing: Smoothing = 0.0

    def own_phases(self) -> tuple[Phase, ...]:
        """Return one phase of cross-entropy."""
        return (Phase(loss=(_loss("cross-entropy", label_smoothing=self.label_smoothing),)),)


class StudentParams(TrainedParams):
    """Convolutional network of images that learns the clusters of the encoders before it.

    Mahon and Lukasiewicz, Selective pseudo-label clustering, KI 2021
    """

    only_in_own_phases = frozenset({"n_clusters", "softness"})

    n_clusters: NClusters = Field("classes", description="Number of clusters to learn.")
    softness: Softness = 0.0
    channels: Channels = Field(
        (32, 64, 64), description="Channels of each convolution; each halves height and width."
    )
    dim: Dim = 64
    kernel: Kernel = Field(3, description="Kernel size of the convolutions, odd.")
    pooling: Pooling = "max"
    activation: Activation = "relu"
    batch_norm: BatchNorm = "before"
    dropout: Share = Field(
        0.5, description="Share of values set to zero during training, before the embedding layer."
    )
    normalize: Normalize = False
    epochs: phases.Epochs = 15
    lr: phases.Rate = 2e-3
    optimizer: phases.Optimizer = Field(phases.AdamW(), description="Optimiser.")
    weight_decay: phases.Decay = 1e-3
    schedule: phases.Schedules = Field(
        phases.Cosine(), description="How the learning rate changes over the phase."
    )
    warmup: float = Field(
        1.0, ge=0, description="Linear warm-up from zero.", json_schema_extra=Unit("epochs")
    )
    augment: phases.Augment = Field(
        phases.AugmentUse.model_validate({"use": "random", "rotate": 15, "scale": 0.15}),
        description="The random views that an image is learnt by.",
    )

    def own_phases(self) -> tuple[Phase, ...]:
        """Return one phase in which the clusters are learnt."""
        own = {name: getattr(self, name) for name in ("n_clusters", "softness")}
        return (Phase(loss=(_loss("pseudo-labels", **own),)),)


class AdaptedParams(TrainedParams):
    """A pre-trained text encoder, its last layers adapted to the rows without labels.

    Gao, Yao and Chen, SimCSE, EMNLP 2021; Zhang et al., SCCL, NAACL 2021
    """

    only_in_own_phases = frozenset({"n_clusters"})

    n_clusters: NClusters | None = Field(
        None,
        description="Number of clusters that the rows are told apart by while it learns; none: rows are "
        "told apart from each other alone.",
    )
    normalize: Normalize = True
    epochs: phases.Epochs = 6
    optimizer: phases.Optimizer = Field(phases.AdamW(), description="Optimiser.")
    schedule: phases.Schedules = Field(
        phases.Cosine(), description="How the learning rate changes over the phase."
    )
    augment: phases.Augment = Field(
        phases.AugmentUse.model_validate({"use": "random", "dropout": 0.2}),
        description="The random views that a text is told by.",
    )
    backbone: phases.Backbone | None = Field(
        None, description="The encoder that is adapted; required: {use = …, last_layers = 2}."
    )

    def own_phases(self) -> tuple[Phase, ...]:
        """Return one phase: views of a row against other rows, and labels that the rows give.

        Raises
        ------
        InputError
            Where there is nothing to adapt.
        """
        if self.backbone is None:
            raise InputError(
                "is missing (the encoder that is adapted)",
                key="backbone",
                remedy='give backbone = {use = "sentence-transformer", model = …, last_layers = 2}',
            )
        losses = [_loss("infonce")]
        if self.n_clusters is not None:
            losses.append(_loss("self-labels", n_clusters=self.n_clusters))
        return (Phase(loss=tuple(losses)),)


trained = partial(
    EncoderSpec,
    takes=frozenset({"image", "table", "embedding"}),
    stochastic=True,
    trained=True,
    gives_head=False,
)

SPECS: tuple[EncoderSpec, ...] = (
    trained(*plugin("encoders.trained", "autoencoder", AutoencoderParams), costs=cost.mlp),
    # The parameter n_clusters decides whether it gives a head.
    trained(
        *plugin("encoders.trained", "conv-autoencoder", ConvAutoencoderParams),
        costs=cost.conv_autoencoder,
        takes=frozenset({"image"}),
        gives_head=None,
    ),
    trained(
        *plugin("encoders.trained", "dec", DecEncoderParams), costs=cost.clustering, gives_head=True
    ),
    trained(
        *plugin("encoders.trained", "idec", IdecParams), costs=cost.clustering, gives_head=True
    ),
    # The parameter n_clusters decides whether it gives a head; what it takes, the backbone.
    trained(
        *plugin("encoders.trained", "adapted", AdaptedParams), costs=cost.adapted, gives_head=None
    ),
    trained(
        *plugin("encoders.trained", "student", StudentParams),
        costs=cost.conv_autoencoder,
        takes=frozenset({"embedding"}),
        also_reads=frozenset({"image"}),
        gives_head=True,
    ),
    trained(*plugin("encoders.trained", "siamese", SiameseParams), costs=cost.mlp),
    trained(*plugin("encoders.trained", "triplet", TripletParams), costs=cost.mlp),
    trained(
        *plugin("encoders.trained", "classifier", ClassifierParams), costs=cost.mlp, gives_head=True
    ),
)
