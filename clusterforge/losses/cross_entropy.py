"""Cross-entropy of a linear head: on true classes, or on clusters that were found before."""

from __future__ import annotations

import math

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
from clusterforge.numerics.arrays import FloatArray
from clusterforge.numerics.kmeans import KMeansResult

UNLABELLED = -1
SAMPLE = 8192  # rows that the width of soft targets is found on
BISECTIONS = 40
EXPONENTS = (-14.0, 14.0)  # logarithms of m
LEAST = 1e-12  # of the squared distances of centroids


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

    k-means on these rows, behind other encoders their embedding, gives each a target, once:
    `soft_targets`. A network that reads the rows themselves, in other views each time, does not learn
    single rows by heart: what it says of them is often truer than the clusters.

    References
    ----------
    Lee, "Pseudo-label: the simple and efficient semi-supervised learning method for deep neural networks",
    ICML 2013 workshop. Soft targets: Hinton, Vinyals and Dean, arXiv:1503.02531. A network that learns a
    clustering: Mahon and Lukasiewicz, "Selective pseudo-label clustering", KI 2021.
    """

    def setup(self, scope: Scope) -> None:
        """Cluster the rows that come in, and create the linear layer."""
        k, restarts = self.params.n_clusters, self.params.restarts
        points = scope.points()
        try:
            found = started_by_kmeans(points, k, restarts, scope)
        except ValueError as error:
            raise InputError(str(error), key="n_clusters") from None
        if self.params.softness:
            self.targets = soft_targets(points, found, self.params.softness).to(scope.device)
        else:
            self.targets = torch.from_numpy(found.labels.astype(np.int64)).to(scope.device)
        self.create(len(found.centroids), scope.dim)
        self.head.to(scope.device)

    def __call__(self, batch: Batch) -> Tensor:
        """Return the loss of a batch; rows held out have the cluster that the layer gives them."""
        logits = self.head(batch.z)
        if not torch.is_grad_enabled():
            return functional.cross_entropy(logits, logits.argmax(dim=1))
        self.targets = self.targets.to(batch.z.device)
        targets = self.targets[batch.rows]
        soft = targets.is_floating_point()
        return functional.cross_entropy(logits, targets.to(logits.dtype) if soft else targets)

    def state(self) -> State:
        """Return weight and bias, and the targets: int64 (n,), with softness float32 (n, k)."""
        return super().state() | State({"targets": self.targets.cpu().numpy()})

    def restore(self, state: State) -> None:
        """Take up weight and bias, and the targets."""
        super().restore(state)
        self.targets = torch.from_numpy(np.array(state.arrays["targets"]))


def soft_targets(points: FloatArray, found: KMeansResult, softness: float) -> Tensor:
    """Return which share of each row is whose: float32 (n, k), rows summing to 1.

    t_ij ∝ (1 + |x_i - μ_j|²/s²)^-m, where s² is the mean squared distance of the rows to their
    centroids, and m such that the nearest one has 1 - softness of a row on average. A row between two
    clusters is half of each.

    Parameters
    ----------
    points
        x, float32 (n, d).
    found
        k-means on them, with the centroids μ.
    softness
        More than 0; where it is more than 1 - 1/k, the shares are even.
    """
    centroids = torch.from_numpy(found.centroids).double()
    apart = float(squared_distances(centroids, centroids).mean())
    # All rows may lie on their centroids.
    unit = max(found.inertia / len(points), LEAST * apart) or 1.0

    def shares(squared: Tensor, exponent: float) -> Tensor:
        return torch.softmax(-math.exp(exponent) * torch.log1p(squared / unit), dim=1)

    rows = torch.from_numpy(points)
    some = squared_distances(rows[:: max(1, len(rows) // SAMPLE)], centroids)
    low, high = EXPONENTS
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        nearest = shares(some, middle).amax(dim=1).mean()
        low, high = (middle, high) if nearest < 1 - softness else (low, middle)
    parts = torch.split(rows, SAMPLE)
    return torch.cat([shares(squared_distances(part, centroids), high).float() for part in parts])


def squared_distances(points: Tensor, centroids: Tensor) -> Tensor:
    """Return |x - μ|² of all pairs: float64 (n, k)."""
    exact = "donot_use_mm_for_euclid_dist"
    return torch.cdist(points.double(), centroids.double(), compute_mode=exact).square()
