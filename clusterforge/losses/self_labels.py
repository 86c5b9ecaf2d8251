"""Labels that the rows give to each other, learnt like true ones."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from clusterforge.builtin.losses import SelfLabelsParams
from clusterforge.contracts import State
from clusterforge.contracts.training import Batch, Loss, Scope
from clusterforge.errors import InputError
from clusterforge.losses.clusters import lost_clusters, started_by_kmeans

STEPS = 100  # of the balancing, at most
BALANCED = 0.01  # of a cluster's share, at which it ends


def transport(scores: Tensor, shares: Tensor, epsilon: float) -> Tensor:
    """Return the assignment Q of rows to clusters that the shares allow, rows summing to 1: (n, k).

    Q maximises Σ Q·S + ε·H(Q) among those whose columns sum to n times their share: by rows and
    columns of exp(S/ε), scaled in turn.

    Parameters
    ----------
    scores
        S (n, k).
    shares
        Of each cluster, positive, summing to 1: (k,).
    epsilon
        ε, above 0.

    References
    ----------
    Cuturi, "Sinkhorn distances", NeurIPS 2013, algorithm 1, on logarithms.
    """
    log, wanted = torch.log_softmax(scores / epsilon, dim=1), (shares * len(scores)).log()
    for _ in range(STEPS):
        shift = wanted - log.logsumexp(dim=0)
        if bool(shift.abs().max() < BALANCED):
            break
        log = torch.log_softmax(log + shift, dim=1)
    return log.exp()


class SelfLabelsLoss(Loss[SelfLabelsParams]):
    """Cross-entropy between prototypes and labels that transport has given before the epoch.

    The prototypes start from k-means on the embedding of the split, scaled to length 1. Before each
    epoch every row gets a label: the cosines to the prototypes are turned into an assignment in which a
    cluster has a share between an even one and its own (``balance``). Rows are then told by their
    cosine, in each view that a batch has of them; those whose label is not certain are left out. The
    epoch's values hold ``certain``, the share of the others, ``changed``, the share of rows whose label
    is another than before the last epoch, and ``smallest``, the smallest cluster's share of the rows.

    References
    ----------
    Asano, Rupprecht and Vedaldi, "Self-labelling via simultaneous clustering and representation
    learning", ICLR 2020. Caron et al., "Unsupervised learning of visual features by contrasting cluster
    assignments", NeurIPS 2020. Uneven shares: Zheng et al., "Robust representation learning with
    reliable pseudo-labels generation via self-adaptive optimal transport for short text clustering",
    ACL 2023.
    """

    def __init__(self, params: SelfLabelsParams) -> None:
        super().__init__(params)
        self.changed: float | None = None

    def setup(self, scope: Scope) -> None:
        """Start the prototypes by k-means, and give every row a label."""
        z = scope.embed()
        rows = normalize(z, dim=1).cpu().numpy()
        k, restarts = self.params.n_clusters, self.params.restarts
        try:
            started = started_by_kmeans(rows, k, restarts, scope)
        except ValueError as error:
            raise InputError(str(error), key="n_clusters") from None
        self.prototypes = nn.Parameter(torch.from_numpy(started.centroids).to(scope.device))
        self.labels, self.certain = self._labelled(z)

    def parameters(self) -> list[nn.Parameter]:
        """Return the prototypes."""
        return [self.prototypes]

    def on_epoch(self, epoch: int, scope: Scope) -> None:
        """Give every row a label again."""
        if epoch == 0:
            return  # nothing has moved since they got one
        before = self.labels
        self.labels, self.certain = self._labelled(scope.embed())
        self.changed = float((self.labels != before.to(self.labels.device)).float().mean())

    def __call__(self, batch: Batch) -> Tensor:
        """Return the cross-entropy of a batch; rows held out are labelled by the batch alone."""
        views = [view.z for view in batch.views] or [batch.z]
        if torch.is_grad_enabled():
            device = batch.z.device
            self.labels, self.certain = self.labels.to(device), self.certain.to(device)
            labels, certain = self.labels[batch.rows], self.certain[batch.rows]
        else:
            labels, certain = self._labelled(batch.z)
        # Without a certain row there is nothing to learn, but a gradient of zero.
        terms = [
            (cross_entropy(self._logits(z), labels, reduction="none") * certain).sum()
            for z in views
        ]
        return torch.stack(terms).mean() / certain.sum().clamp(min=1)

    def assign(self, z: Tensor) -> Tensor:
        """Return the softmax of the cosines: (n, k)."""
        return self._logits(z, self.prototypes.detach().to(z.device)).softmax(dim=1)

    def values(self) -> dict[str, float]:
        """Return the share of certain rows, of changed labels, and of the smallest cluster."""
        found = {} if self.changed is None else {"changed": self.changed}
        smallest = float(self._sizes().min() / len(self.labels))
        return found | {"certain": float(self.certain.float().mean()), "smallest": smallest}

    def warnings(self) -> list[str]:
        """Tell of clusters that lost their rows."""
        return lost_clusters(self._sizes())

    def state(self) -> State:
        """Return prototypes and labels."""
        arrays = {
            "prototypes": self.prototypes.detach().cpu().numpy().copy(),
            "labels": self.labels.cpu().numpy(),
            "certain": self.certain.cpu().numpy(),
        }
        return State(arrays, {"changed": self.changed})

    def restore(self, state: State) -> None:
        """Take up prototypes and labels."""
        arrays = {name: torch.from_numpy(np.array(v)) for name, v in state.arrays.items()}
        self.prototypes = nn.Parameter(arrays["prototypes"])
        self.labels, self.certain = arrays["labels"], arrays["certain"]
        self.changed = state.meta["changed"]

    def _sizes(self) -> Tensor:
        return torch.bincount(self.labels, minlength=len(self.prototypes))

    def _logits(self, z: Tensor, prototypes: Tensor | None = None) -> Tensor:
        prototypes = (self.prototypes if prototypes is None else prototypes).to(z.dtype)
        return normalize(z, dim=1) @ normalize(prototypes, dim=1).T / self.params.temperature

    def _labelled(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return the label of each row, int64 (n,), and whether it is certain, bool (n,)."""
        with torch.no_grad():
            logits = self._logits(z)
            k = logits.shape[1]
            even = self.params.balance / k
            shares = even + (1 - self.params.balance) * logits.softmax(dim=1).mean(dim=0)
            scores = logits * self.params.temperature
            surest, labels = transport(scores, shares / shares.sum(), self.params.epsilon).max(
                dim=1
            )
        return labels, surest > self.params.confidence
