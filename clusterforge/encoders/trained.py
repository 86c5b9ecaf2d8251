"""The built-in encoders that the core trains: the network of each; its phases are in its parameters."""

from __future__ import annotations

from typing import TypeVar

from clusterforge.builtin import trained_encoders as own
from clusterforge.contracts.training import Network, TrainedEncoder
from clusterforge.encoders.networks import (
    ACTIVATIONS,
    ConvNetwork,
    Convolutions,
    Mlp,
    MlpAutoencoder,
    Unchanged,
)

C = TypeVar("C", bound=own.ClusterTrainingParams)


class Autoencoder(TrainedEncoder[own.AutoencoderParams]):
    """Learns to reconstruct its rows through a narrow code, which is the embedding.

    References
    ----------
    Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural networks", Science
    313, 2006. With ``noise``: Vincent et al., "Extracting and composing robust features with
    denoising autoencoders", ICML 2008.
    """

    def build(self, shape: tuple[int, ...]) -> Network:
        """Return the network for rows of this width."""
        return MlpAutoencoder(shape[0], self.params, self.params.output)


class ConvAutoencoder(TrainedEncoder[own.ConvAutoencoderParams]):
    """Learns to reconstruct images through a narrow code, which is the embedding.

    With ``n_clusters``, a second phase adds DEC to the reconstruction.

    References
    ----------
    Masci et al., "Stacked convolutional auto-encoders", ICANN 2011. Second phase: Guo, Liu, Zhu and Yin,
    "Deep clustering with convolutional autoencoders", ICONIP 2017.
    """

    def image_range(self) -> tuple[float, float]:
        """Return the range of the output."""
        return pixel_range(self.params.output)

    def build(self, shape: tuple[int, ...]) -> Network:
        """Return the network for images of this shape."""
        return ConvNetwork(shape, self.params, self.params.pooling)


class ClusterTraining(TrainedEncoder[C]):
    """An autoencoder, fully connected or convolutional, that is pre-trained and then clusters."""

    def image_range(self) -> tuple[float, float] | None:
        """Return the range of images for a convolutional network."""
        return None if self.params.network == "mlp" else pixel_range(self.params.output)

    def build(self, shape: tuple[int, ...]) -> Network:
        """Return the network for rows of this shape."""
        if self.params.network == "mlp":
            return MlpAutoencoder(shape[0], self.params, self.params.output)
        return ConvNetwork(shape, self.params)


class Dec(ClusterTraining[own.DecEncoderParams]):
    """Reconstruction first, then the clustering alone; the decoder is left behind.

    References
    ----------
    Xie, Girshick and Farhadi, "Unsupervised deep embedding for clustering analysis", ICML 2016.
    Pre-training end to end by Adam, as is common since; the paper trains layer by layer.
    """


class Idec(ClusterTraining[own.IdecParams]):
    """Reconstruction first, then clustering and reconstruction together.

    References
    ----------
    Guo, Gao, Liu and Yin, "Improved deep embedded clustering with local structure preservation",
    IJCAI 2017, eq. 9.
    """


class Student(TrainedEncoder[own.StudentParams]):
    """Learns from the images themselves which cluster of the incoming embedding each is of.

    References
    ----------
    Mahon and Lukasiewicz, "Selective pseudo-label clustering", KI 2021: a network learns the clusters of
    others.
    """

    def image_range(self) -> tuple[float, float]:
        """Return the range of the pixels."""
        return (0.0, 1.0)

    def build(self, shape: tuple[int, ...]) -> Network:
        """Return the network for images of this shape."""
        return Convolutions(shape, self.params, self.params.pooling)


class Adapted(TrainedEncoder[own.AdaptedParams]):
    """What the backbone gives is the embedding: nothing but the backbone learns.

    References
    ----------
    Gao, Yao and Chen, "SimCSE: simple contrastive learning of sentence embeddings", EMNLP 2021. Zhang
    et al., "Supporting clustering with contrastive learning", NAACL 2021.
    """

    def build(self, shape: tuple[int, ...]) -> Network:
        """Return a network that changes nothing but, where that is wanted, the length."""
        return Unchanged(self.params.normalize)


class Siamese(TrainedEncoder[own.SiameseParams]):
    """One network for both rows of a pair: same ones together, different ones apart.

    References
    ----------
    Hadsell, Chopra and LeCun, "Dimensionality reduction by learning an invariant mapping", CVPR
    2006.
    """

    def build(self, shape: tuple[int, ...]) -> Network:
        """Return the network for rows of this width, with a decoder where a phase may want it."""
        return head(shape, self.params, bool(self.params.pretrain_epochs or self.params.phase))


class Triplet(TrainedEncoder[own.TripletParams]):
    """Brings anchors nearer to rows like them than to others.

    References
    ----------
    Schroff, Kalenichenko and Philbin, "FaceNet: a unified embedding for face recognition and
    clustering", CVPR 2015.
    """

    def build(self, shape: tuple[int, ...]) -> Network:
        """Return the network for rows of this width, with a decoder where a phase may want it."""
        return head(shape, self.params, bool(self.params.phase))


class Classifier(TrainedEncoder[own.ClassifierParams]):
    """Learns the true classes; what its linear head reads is the embedding.

    References
    ----------
    Bishop, "Pattern Recognition and Machine Learning", 2006, chapter 5.
    """

    def build(self, shape: tuple[int, ...]) -> Network:
        """Return the network for rows of this width, with a decoder where a phase may want it."""
        network = head(shape, self.params, bool(self.params.phase))
        # The embedding is a hidden layer here: without its activation, the head would be linear in x.
        network.encoder.append(ACTIVATIONS[self.params.activation]())
        return network


def head(shape: tuple[int, ...], params: own.MlpParams, decodes: bool) -> Mlp:
    """Return a network for rows of this width, with a decoder or without."""
    return MlpAutoencoder(shape[0], params) if decodes else Mlp(shape[0], params)


def pixel_range(output: str) -> tuple[float, float]:
    """Return the range of the images that an output layer can give back."""
    return (-1.0, 1.0) if output == "tanh" else (0.0, 1.0)
