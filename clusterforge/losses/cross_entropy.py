"""Cross-entropy of a linear head: on true classes, or on clusters that were found before."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from clusterforge.builtin.losses import CrossEntropyParams, PseudoLabelsParams
from clusterforge.contracts import State
from clusterforge.contracts.corpus import P
from clusterforge.contracts.training import Batch, Loss, Scope
from clusterforge.errors import InputError
from clusterforge.losses.clusters import started_by_kmeans

UNLABELLED = -1


def cross_entropy(logits: Tensor, labels: Tensor, smoothing: float = 0.0) -> Tensor:
    """Return the mean of -Σ t·log softmax(logits) over the labelled rows; 0 if there are none.

    t is (1 - s)·onehot + s/k with smoothing s and k classes. Rows with label -1 do not count.

    Parameters
    ----------
    logits
        (b, k).
    labels
        int64 (b,).
    """
    total = functional.cross_entropy(
        logits, labels, ignore_index=UNLABELLED, label_smoothing=smoothing, reduction="sum"
    )
    return total / (labels != UNLABELLED).sum().clamp(min=1)


class LinearHead(Loss[P]):
    """A linear layer over the embedding."""

    def parameters(self) -> list[nn.Parameter]:
        """Return weight and bias."""
        return list(self.head.parameters())

    def assign(self, z: Tensor) -> Tensor:
        """Return the probability of each class: (n, k)."""
        weight, bias = self.head.weight.to(z.device), self.head.bias.to(z.device)
        return functional.linear(z, weight, bias).softmax(dim=1)

    def state(self) -> State:
        """Return weight and bias."""
        weights = self.head.state_dict()
        return State({name: v.detach().cpu().numpy().copy() for name, v in weights.items()})

    def restore(self, state: State) -> None:
        """Take up weight and bias."""
        names = ("weight", "bias")
        weights = {name: torch.tensor(np.array(state.arrays[name])) for name in names}
        self.create(*weights["weight"].shape)
        self.head.load_state_dict(weights)

    def create(self, classes: int, dim: int) -> None:
        """Create the layer."""
        self.head = nn.Linear(dim, classes)


class CrossEntropyLoss(LinearHead[CrossEntropyParams]):
    """A linear layer over the embedding, trained on the true labels.

    References
    ----------
    Bishop, "Pattern Recognition and Machine Learning", 2006, eq. 4.108. Label smoothing: Szegedy et
    al., CVPR 2016, section 7.
    """

    def setup(self, scope: Scope) -> None:
        """Create the linear layer."""
        if not scope.n_classes or scope.labels is None or not bool((scope.labels >= 0).any()):
            raise InputError(
                "cross-entropy needs labels, and the rows have none",
                remedy="name the label of the data set, or use another loss",
            )
        self.create(scope.n_classes, scope.dim)
        self.head.to(scope.device)

    def __call__(self, batch: Batch) -> Tensor:
        """Return the loss of a batch."""
        assert batch.labels is not None
        return cross_entropy(self.head(batch.z), batch.labels, self.params.label_smoothing)


class PseudoLabelsLoss(LinearHead[PseudoLabelsParams]):
    """A linear layer over the embedding, trained on the clusters of the rows that come in.

    k-means on these rows, behind other encoders their embedding, gives each a label, once. A network that
    reads the rows themselves, in other views each time, does not learn single rows by heart: what it says
    of them is often truer than the labels.

    References
    ----------
    Lee, "Pseudo-label: the simple and efficient semi-supervised learning method for deep neural networks",
    ICML 2013 workshop. A network that learns a clustering: Mahon and Lukasiewicz, "Selective pseudo-label
    clustering", KI 2021.
    """

    def setup(self, scope: Scope) -> None:
        """Cluster the rows that come in, and create the linear layer."""
        k, restarts = self.params.n_clusters, self.params.restarts
        try:
            found = started_by_kmeans(scope.points(), k, restarts, scope)
        except ValueError as error:
            raise InputError(str(error), key="n_clusters") from None
        self.labels = torch.from_numpy(found.labels.astype(np.int64)).to(scope.device)
        self.create(len(found.centroids), scope.dim)
        self.head.to(scope.device)

    def __call__(self, batch: Batch) -> Tensor:
        """Return the loss of a batch; rows held out have the label that the layer gives them."""
        logits = self.head(batch.z)
        if torch.is_grad_enabled():
            self.labels = self.labels.to(batch.z.device)
            labels = self.labels[batch.rows]
        else:
            labels = logits.argmax(dim=1)
        return cross_entropy(logits, labels, self.params.label_smoothing)

    def state(self) -> State:
        """Return weight and bias, and the labels."""
        return super().state() | State({"labels": self.labels.cpu().numpy()})

    def restore(self, state: State) -> None:
        """Take up weight and bias, and the labels."""
        super().restore(state)
        self.labels = torch.from_numpy(np.array(state.arrays["labels"]))
