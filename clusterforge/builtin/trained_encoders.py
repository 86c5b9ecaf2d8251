"""Specs of the built-in encoders that are trained."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from clusterforge.builtin.losses import DecParams
from clusterforge.params import Field, NClusters, Unit
from clusterforge.phases import Augment, LossUse, Phase, TrainedParams
from clusterforge.specs import Content, EncoderSpec

Activation = Literal["relu", "leaky-relu", "gelu", "tanh", "sigmoid", "elu"]
Output = Literal["linear", "sigmoid", "tanh"]
BatchNorm = Literal["none", "before", "after"]
Widths = Annotated[tuple[Annotated[int, Field(ge=1, le=1_000_000)], ...], Field(strict=False)]
Channels = Annotated[
    tuple[Annotated[int, Field(ge=1, le=65_536)], ...], Field(strict=False, min_length=1)
]


class TrainingParams(TrainedParams):
    """Parameters of training that trained encoders share; given phases replace them."""

    only_in_phases = TrainedParams.only_in_phases | {
        *("epochs", "lr", "batch", "optimizer", "weight_decay", "schedule", "warmup", "clip"),
        *("patience", "augment", "noise", "error", "margin", "weight", "label_smoothing"),
        *("pretrain_epochs", "pretrain_lr", "pretrain_optimizer"),
        *("dec_epochs", "dec_lr", "dec_weight", *DecParams.model_fields),
    }

    epochs: int = Field(10, ge=0, le=100_000, description="Passes over the training rows.")
    lr: float = Field(1e-3, gt=0, le=100, description="Learning rate at the start.")
    batch: int = Field(256, ge=1, description="Rows a step.", json_schema_extra=Unit("rows"))
    optimizer: Literal["adam", "adamw", "sgd"] = Field("adam", description="Optimiser.")
    weight_decay: float = Field(0.0, ge=0, le=10, description="L2 penalty of the optimiser.")
    schedule: Literal["constant", "cosine", "linear", "step", "plateau"] = Field(
        "constant", description="How the learning rate moves over the epochs."
    )
    warmup: float = Field(
        0.0, ge=0, description="Linear warm-up from zero.", json_schema_extra=Unit("epochs")
    )
    clip: float | None = Field(None, gt=0, description="Largest gradient norm; none: no clipping.")
    patience: int | None = Field(
        None,
        ge=1,
        description="Stop after so many epochs without a better validation loss, keep the best weights.",
        json_schema_extra=Unit("epochs"),
    )
    augment: Augment | None = Field(
        None,
        description="Train on random views of the rows, drawn anew at each step; {}: the defaults.",
    )

    @property
    def uses_labels(self) -> bool:
        """True where pairs come from labels, or a phase has a loss that reads them."""
        losses = (loss.use for phase in self.phase or () for loss in phase.loss)
        return super().uses_labels or any(
            name.rpartition(":")[2] == "cross-entropy" for name in losses
        )

    def training(self, *losses: LossUse, **changes: Any) -> Phase:
        """Return a phase with these losses, the parameters here, and changes to them."""
        names = ("epochs", "lr", "batch", "optimizer", "weight_decay", "schedule", "warmup")
        own = {name: getattr(self, name) for name in (*names, "clip", "patience", "augment")}
        return Phase.model_validate({"loss": list(losses), **own, **changes})


class MlpParams(TrainingParams):
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

    epochs: int = Field(20, ge=0, le=100_000, description="Passes over the training rows.")
    output: Output = Field("linear", description="What follows the decoder's last layer.")
    error: Literal["mse", "l1", "bce"] = Field(
        "mse", description="Squared, absolute, or binary cross-entropy (needs output = sigmoid)."
    )
    noise: float = Field(
        0.0, ge=0, lt=1, description="Denoising: share of input values set to zero."
    )


class ClusterTrainingParams(MlpParams, DecParams):
    """Parameters that ``dec`` and ``idec`` share."""

    only_in_phases = TrainingParams.only_in_phases | {"network", "channels", "kernel"}

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
    noise: float = Field(
        0.0, ge=0, lt=1, description="Denoising in pre-training: share of input values set to zero."
    )
    pretrain_epochs: int = Field(
        60, ge=0, le=100_000, description="Epochs of reconstruction before the clustering."
    )
    pretrain_lr: float = Field(1e-3, gt=0, le=100, description="Learning rate of pre-training.")
    pretrain_optimizer: Literal["adam", "adamw", "sgd"] = Field(
        "adam",
        description="Optimiser of pre-training. sgd (momentum 0.9) with a rate near 1 and many epochs "
        "often gives codes that cluster better; adam gets to a low loss sooner.",
    )
    epochs: int = Field(25, ge=0, le=100_000, description="Most epochs of the clustering.")

    def pretraining(self) -> Phase:
        """Return the phase of reconstruction."""
        return self.training(
            LossUse(use="reconstruction"),
            name="pretrain",
            epochs=self.pretrain_epochs,
            lr=self.pretrain_lr,
            optimizer=self.pretrain_optimizer,
            noise=self.noise,
        )

    def clustering_loss(self, weight: float) -> LossUse:
        """Return the loss ``dec`` with the parameters here."""
        own = {name: getattr(self, name) for name in DecParams.model_fields}
        return LossUse.model_validate({"use": "dec", "weight": weight, **own})


class DecEncoderParams(ClusterTrainingParams):
    """Parameters of the encoder ``dec``."""

    lr: float = Field(0.01, gt=0, le=100, description="Learning rate of the clustering.")
    optimizer: Literal["adam", "adamw", "sgd"] = Field(
        "sgd", description="Optimiser of the clustering; sgd has momentum 0.9."
    )


class IdecParams(ClusterTrainingParams):
    """Parameters of ``idec``."""

    weight: float = Field(
        0.1, ge=0, le=1e6, description="Weight of the clustering, beside 1 for the reconstruction."
    )


class ConvAutoencoderParams(TrainingParams):
    """Parameters of ``conv-autoencoder``."""

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
    batch: int = Field(64, ge=1, description="Rows a step.", json_schema_extra=Unit("rows"))
    weight_decay: float = Field(1e-5, ge=0, le=10, description="L2 penalty of the optimiser.")
    noise: float = Field(
        0.0, ge=0, lt=1, description="Denoising: share of input values set to zero."
    )
    n_clusters: NClusters | None = Field(
        None,
        description="Centroids of a second phase, reconstruction with DEC; none: no such phase.",
    )
    dec_epochs: int = Field(5, ge=0, le=100_000, description="Epochs of the second phase.")
    dec_lr: float = Field(1e-4, gt=0, le=100, description="Learning rate of the second phase.")
    dec_weight: float = Field(
        0.1, ge=0, le=1e6, description="Weight of DEC in it, beside 1 for the reconstruction."
    )


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
    noise: float = Field(
        0.3, ge=0, lt=1, description="Share of input values set to zero while training."
    )
    normalize: bool = Field(True, description="Scale embeddings to length 1.")


class SiameseParams(HeadParams):
    """Parameters of ``siamese``."""

    margin: float = Field(
        1.0, gt=0, le=1e6, description="Distance beyond which different rows are left alone."
    )
    pretrain_epochs: int = Field(
        0, ge=0, le=100_000, description="Epochs of reconstruction before it."
    )


class TripletParams(HeadParams):
    """Parameters of the encoder ``triplet``."""

    margin: float = Field(
        1.0,
        gt=0,
        le=1e6,
        description="How much further, in squared distance, a negative has to be than a positive.",
    )


class ClassifierParams(MlpParams):
    """Parameters of ``classifier``."""

    dropout: float = Field(
        0.2, ge=0, lt=1, description="Share of each hidden layer set to zero while training."
    )
    label_smoothing: float = Field(
        0.0, ge=0, lt=1, description="Share of the target spread evenly over all classes."
    )

    @property
    def uses_labels(self) -> bool:
        """True, unless phases are given that need none."""
        return self.phase is None or super().uses_labels


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
