"""Cross-entropy of a linear head."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from clusterforge.builtin.losses import CrossEntropyParams
from clusterforge.contracts import State
from clusterforge.contracts.training import Batch, Loss, Scope
from clusterforge.errors import InputError

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


class CrossEntropyLoss(Loss[CrossEntropyParams]):
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
        self._create(scope.n_classes, scope.dim)
        self.head.to(scope.device)

    def parameters(self) -> list[nn.Parameter]:
        """Return weight and bias."""
        return list(self.head.parameters())

    def __call__(self, batch: Batch) -> Tensor:
        """Return the loss of a batch."""
        assert batch.labels is not None
        return cross_entropy(self.head(batch.z), batch.labels, self.params.label_smoothing)

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
        self._create(*state.arrays["weight"].shape)
        self.head.load_state_dict({n: torch.tensor(np.array(v)) for n, v in state.arrays.items()})

    def _create(self, classes: int, dim: int) -> None:
        self.head = nn.Linear(dim, classes)
