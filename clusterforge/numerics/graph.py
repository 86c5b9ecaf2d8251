"""The symmetric k-NN graph of rows, and the smallest eigenvalues of its Laplacian."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh
from scipy.sparse import coo_array, csr_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import ArpackNoConvergence, eigsh

from clusterforge.errors import InputError
from clusterforge.numerics.arrays import FloatArray, IntArray
from clusterforge.numerics.near import near
from clusterforge.numerics.threads import at_most

DENSE_ROWS = 1000
TOLERANCE = 1e-6
FEW = 50  # eigenvectors, up to which Lanczos' method is the faster one
DEGREE, PASSES, RESIDUAL = 20, 40, 1e-5  # of the filter of more


def neighbor_graph(
    rows: FloatArray, neighbors: int, device: str = "cpu"
) -> tuple[csr_array, float | None]:
    """Return the symmetric, connected k-NN graph of rows, float64 (n, n), weights 1/2 and 1, and its recall.

    A pair weighs 1 if each is among the other's neighbours, 1/2 if one is. Separate parts are tied
    together by the k-NN graph of their middles (the row nearest to the mean of each part), so that
    every merge and every cut is defined. The recall is that of :func:`near`: None where it is exact.

    Parameters
    ----------
    rows
        float32 (n, d) with n >= 1.
    neighbors
        Neighbours of a row, itself not counted; fewer where there are not as many rows.
    device
        A torch device name.
    """
    n = len(rows)
    if n == 1:
        return csr_array((1, 1), dtype=np.float64), None
    found = near(rows, min(neighbors, n - 1), device=device)
    places = found.indices.ravel()
    here = np.repeat(np.arange(n), found.indices.shape[1])
    directed = coo_array((np.full(places.size, 0.5), (here, places)), shape=(n, n)).tocsr()
    graph = csr_array(directed + directed.T)
    parts, member = connected_components(graph, directed=False)
    if parts > 1:
        middle = middles(rows, member.astype(np.int64), parts)
        ties = neighbor_graph(rows[middle], neighbors, device)[0].tocoo()
        between = (middle[ties.row], middle[ties.col])
        graph = csr_array(graph + coo_array((ties.data, between), shape=(n, n)))
    return graph, found.recall


def middles(rows: FloatArray, member: IntArray, parts: int) -> IntArray:
    """Return the row nearest to the mean of each part: int64 (parts,).

    Parameters
    ----------
    rows
        float32 (n, d).
    member
        Part of each row, int64 (n,), 0 to ``parts`` - 1, none empty.
    parts
        Number of parts.
    """
    gap = rows - means(rows, member, parts)[member]
    order = np.lexsort((np.arange(len(rows)), np.einsum("ij,ij->i", gap, gap), member))
    return order[np.searchsorted(member[order], np.arange(parts))].astype(np.int64)


def means(rows: FloatArray, member: IntArray, parts: int) -> npt.NDArray[np.float64]:
    """Return the mean of each part: float64 (parts, d)."""
    one_hot = csr_array(
        (np.ones(len(rows)), (member, np.arange(len(rows)))), shape=(parts, len(rows))
    )
    sums: npt.NDArray[np.float64] = one_hot @ rows.astype(np.float64)
    return sums / np.bincount(member, minlength=parts)[:, None]


def merged(graph: csr_array, member: IntArray, parts: int) -> csr_array:
    """Return the graph of parts, float64 (parts, parts): the weights of their rows' pairs, summed.

    A pair within one part stays as a loop, so that each part has the degrees of its rows, and a cut
    between parts weighs as much as that between their rows.

    Parameters
    ----------
    graph
        Symmetric weights float64 (n, n).
    member
        Part of each row, int64 (n,).
    parts
        Number of parts, none empty.
    """
    n = len(member)
    one_hot = csr_array((np.ones(n), member, np.arange(n + 1)), shape=(n, parts))
    return csr_array(one_hot.T @ graph @ one_hot)


def smallest(
    graph: csr_array, components: int, seed: int
) -> tuple[npt.NDArray[np.float64], FloatArray]:
    """Return the smallest eigenvalues (c,) of a graph's normalised Laplacian and its eigenvectors.

    Parameters
    ----------
    graph
        Symmetric weights float64 (n, n), connected.
    components
        How many, 1 to n.
    seed
        Seed of the vector that the eigensolver starts from.

    Raises
    ------
    InputError
        Where the eigensolver does not converge.

    Returns
    -------
    values
        float64 (c,), ascending from 0.
    vectors
        float32 (n, c): eigenvectors of the random-walk Laplacian, of length √n, the entry of
        largest size positive.
    """
    n = graph.shape[0]
    degree = np.asarray(graph.sum(axis=1)).ravel()
    root = np.sqrt(np.where(degree > 0, degree, 1))
    scaled = csr_array(diags_array(1 / root) @ graph @ diags_array(1 / root))
    # One thread: a sum over several would depend on how many there are.
    with at_most(1):
        if n <= max(DENSE_ROWS, 2 * components + 2):
            values, vectors = eigh(scaled.toarray(), subset_by_index=[n - components, n - 1])
        elif components > FEW and (found := _filtered(scaled, components, seed)):
            values, vectors = found
        else:
            start = np.random.default_rng(seed).normal(size=n)
            basis = min(n, max(4 * components, 60))
            try:
                values, vectors = eigsh(
                    scaled, components, which="LA", v0=start, ncv=basis, tol=TOLERANCE, maxiter=5000
                )
            except ArpackNoConvergence as error:
                raise InputError(
                    "the eigenvectors of the k-NN graph did not converge",
                    key="neighbors",
                    remedy="use more neighbors or fewer components",
                ) from error
    order = np.argsort(-values, kind="stable")
    vectors = vectors[:, order] / root[:, None]
    vectors *= np.sqrt(n) / np.linalg.norm(vectors, axis=0)
    peak = np.abs(vectors).argmax(axis=0)
    vectors *= np.sign(vectors[peak, np.arange(components)])
    return 1 - values[order], vectors.astype(np.float32)


def _filtered(
    matrix: csr_array, components: int, seed: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]] | None:
    """Return the largest eigenvalues (c,) and eigenvectors (n, c) of a matrix with those from -1 to 1.

    Chebyshev-filtered subspace iteration: a polynomial that is small below the eigenvalues wanted is
    applied to all vectors at once. None where it does not converge.

    References
    ----------
    Zhou, Saad, Tiago and Chelikowsky 2006, doi:10.1016/j.jcp.2006.03.017, algorithm 4.2.
    """
    n = matrix.shape[0]
    size = min(n, components + max(10, components // 10))
    basis = np.linalg.qr(np.random.default_rng(seed).normal(size=(n, size)))[0]
    for _ in range(PASSES):
        image = matrix @ basis
        values, turn = np.linalg.eigh(basis.T @ image)
        values, turn = values[::-1], turn[:, ::-1]
        basis, image = basis @ turn, image @ turn
        rest = image[:, :components] - basis[:, :components] * values[:components]
        if np.linalg.norm(rest, axis=0).max() < RESIDUAL:
            return values[:components], basis[:, :components]
        half, centre = (values[-1] + 1) / 2, (values[-1] - 1) / 2
        earlier, now = basis, (image - centre * basis) / half
        for _ in range(DEGREE - 1):
            earlier, now = now, 2 * (matrix @ now - centre * now) / half - earlier
        basis = np.linalg.qr(now)[0]
    return None
