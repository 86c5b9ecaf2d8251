"""Clusterings and embeddings that would deceive an objective: they get no value, and the reason why."""

from __future__ import annotations

import numpy as np

from clusterforge.contracts import FloatArray, IntArray

GIANT = 0.95  # of the rows that are no noise: one cluster that holds so many is no clustering
NOISY = 0.5
POINT = 1e-5  # spread over size
LINE = 1.02  # directions


def trivial(labels: IntArray) -> str | None:
    """Say why a clustering is none worth a value; None where it is.

    Parameters
    ----------
    labels
        int64 (n,), -1 for noise.
    """
    clustered = labels[labels >= 0]
    counts = np.bincount(clustered)
    counts = counts[counts > 0]
    if len(counts) < 2:
        return "there are fewer than two clusters"
    if len(clustered) < NOISY * len(labels):
        return f"{1 - len(clustered) / len(labels):.0%} of the rows are noise"
    if counts.max() > GIANT * len(clustered):
        return f"{counts.max() / len(clustered):.0%} of the clustered rows are in one cluster"
    if 2 * (counts == 1).sum() > len(counts):
        return f"{(counts == 1).sum()} of the {len(counts)} clusters have a single row"
    return None


def collapsed(embedding: FloatArray, common: FloatArray | None) -> str | None:
    """Say how an embedding has collapsed; None where it has not.

    Parameters
    ----------
    embedding
        float32 (n, d): some rows in the trial's own embedding.
    common
        float32 (n, e): the same rows as all trials have them; None where there is no such space.
    """
    spread = float(np.sqrt(embedding.var(axis=0, dtype=np.float64).sum()))
    size = float(np.sqrt((embedding.astype(np.float64) ** 2).sum(axis=1).mean()))
    if spread <= POINT * size:
        return "the embedding has collapsed: all rows are at one point"
    if embedding.shape[1] < 2 or common is None or directions(embedding) > LINE:
        return None
    # Rows may well lie on a line; an encoder that has put them there has lost what told them apart.
    if directions(common) > 2:
        return "the embedding has collapsed: all rows are on one line"
    return None


def directions(embedding: FloatArray) -> float:
    """Return in how many directions rows are spread, their effective rank: 1 or more.

    The exponential of the entropy of the shares that the principal components have of the variance.

    References
    ----------
    Roy and Vetterli, "The effective rank", EUSIPCO 2007.
    """
    centred = embedding.astype(np.float64) - embedding.mean(axis=0, dtype=np.float64)
    gram = centred.T @ centred if centred.shape[1] <= len(centred) else centred @ centred.T
    shares = np.clip(np.linalg.eigvalsh(gram), 0, None)
    shares = shares[shares > 0] / shares.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))
