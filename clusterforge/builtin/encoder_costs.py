"""What the built-in encoders cost; the constants are seconds on the reference machine."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

from clusterforge.builtin.clusterer_costs import ITERATIONS, SECOND, lloyd, neighbors
from clusterforge.costs import Alternative, Cost, Size
from clusterforge.errors import ClusterforgeError, InputError
from clusterforge.pretrained.costs import transformer

if TYPE_CHECKING:
    from clusterforge.builtin import frozen_encoders as frozen
    from clusterforge.builtin import trained_encoders as trained

LIMIT = 256  # tokens that a sentence model commonly reads


def copied(params: object, size: Size) -> Cost:
    """Return the cost of writing the rows anew."""
    return Cost(size.every * size.width * 1.5e-9, width=size.width)


def table(params: frozen.TableParams, size: Size) -> Cost:
    """Return the cost of scaling columns."""
    return Cost(0.05 + size.every * size.width * 2e-7, memory=32.0 * size.every * size.width)


def pca(params: frozen.PcaParams, size: Size) -> Cost:
    """Return the cost of the covariance, its eigenvectors, and of projecting the rows.

    Raises
    ------
    InputError
        Where there are fewer columns than components.
    """
    if size.exact and 0 < size.width < params.components:
        raise few_columns(size.width)
    side = min(size.width, size.rows)
    products = 4.0 * size.rows * size.width * side + 80.0 * float(side) ** 3
    products += 4.0 * size.every * size.width * params.components
    memory = 24.0 * side**2 + 64e6
    return Cost(0.05, products, memory=memory, width=min(params.components, size.width))


def few_columns(columns: int) -> InputError:
    """Return what to raise where more components are asked for than there are columns."""
    return InputError(
        f"there are {columns} columns, so at most {columns} components",
        key="components",
        remedy=f"set {columns} or less",
    )


def discriminant(params: frozen.DiscriminantParams, size: Size) -> Cost:
    """Return the cost of clustering and finding directions in turn."""
    once = lloyd(size.rows, size.width, size.clusters, params.restarts, ITERATIONS)
    scatter = Cost(products=4.0 * size.rows * size.width**2 + 40.0 * size.width**3)
    return Cost(width=max(1, size.clusters - 1)) + (once + scatter).times(params.rounds)


def smooth(params: frozen.SmoothParams, size: Size) -> Cost:
    """Return the cost of the neighbours, and of a mean of them per row, in each round."""
    means = Cost(size.every * params.neighbors * size.width * 1e-9)
    total = Cost(width=size.width, memory=(12.0 + 4.0 * params.rounds) * size.rows * size.width)
    for last in range(params.rounds):
        # Rounds but the last move the training rows once more, for their own sake.
        total += neighbors(size.rows, size.every + (last > 0) * size.rows, size.width) + means
    return total


def gower(params: frozen.GowerParams, size: Size) -> Cost:
    """Return the cost of the distances to the landmarks."""
    many = min(params.landmarks, size.rows)
    each = Cost(size.every * many * size.width * 6e-9, memory=60.0 * many**2 + 300e6)
    return Cost(many**3 * 1e-9, width=params.dim) + each


def less_gower(params: frozen.GowerParams, size: Size) -> tuple[Alternative, ...]:
    """Return fewer landmarks."""
    fewer = (m for m in (500, 200) if m < min(params.landmarks, size.rows))
    return tuple(Alternative({"landmarks": m}, f"{m} rows as landmarks") for m in fewer)


def tsne(params: frozen.TsneParams, size: Size) -> Cost:
    """Return the cost of the map."""
    steps = size.rows * params.iterations * 2.1e-6
    found = neighbors(size.rows, size.rows, size.width)
    return Cost(0.4, steps * SECOND, width=params.dim, memory=size.rows * 4e3) + found


def tfidf(params: frozen.TfidfParams, size: Size) -> Cost:
    """Return the cost of counting terms, and of the reduction."""
    runs = 1 + params.ngrams[1] - params.ngrams[0]
    count = Cost(2 + size.every * size.characters * 2.5e-7 * runs)
    terms = params.max_features or 20_000
    if params.components is None:
        return Cost(width=terms) + count + Cost(memory=8.0 * size.every * terms)
    reduced = size.every * size.characters * params.components * 3e-8
    held = size.every * (100 + 2.0 * size.characters * runs)  # 12 bytes a term, of six characters
    return Cost(width=params.components) + count + Cost(1 + reduced, memory=held)


def text_model(
    params: frozen.SentenceTransformerParams | frozen.TransformerParams, size: Size
) -> Cost | None:
    """Return the cost of a transformer whose configuration is on this machine; None where it is not."""
    from clusterforge.hub.lookup import places

    try:
        folder = next((p.folder for p in places(params.model, params.revision, "model")), None)
        config = json.loads((folder / "config.json").read_text("utf-8")) if folder else {}
    except (OSError, ValueError, ClusterforgeError):
        return None
    hidden, layers = config.get("hidden_size"), config.get("num_hidden_layers")
    if not isinstance(hidden, int) or not isinstance(layers, int) or not size.characters:
        return None
    inner = config.get("intermediate_size") or 4 * hidden
    limit = params.max_length or min(LIMIT, config.get("max_position_embeddings") or LIMIT)
    return transformer(size, hidden, layers, inner, limit if params.long == "cut" else 0)


def mlp(params: trained.MlpParams, size: Size) -> Cost:
    """Return what a row costs on its way to the embedding."""
    widths = [size.width, *params.layers, params.dim]
    weights = float(sum(before * after for before, after in pairwise(widths)))
    return Cost(network=2 * weights, memory=4 * weights, width=params.dim)


def adapted(params: trained.AdaptedParams, size: Size) -> Cost:
    """Return what a row costs above the backbone: nothing."""
    return Cost(width=size.width)


def clustering(params: trained.ClusterTrainingParams, size: Size) -> Cost | None:
    """Return what a row costs on its way to the embedding, through the network that is wanted."""
    if params.network == "conv":
        return convolutions(size, params.channels, params.kernel, params.dim)
    return mlp(params, size)


def conv_autoencoder(
    params: trained.ConvAutoencoderParams | trained.StudentParams, size: Size
) -> Cost | None:
    """Return what an image costs on its way to the embedding."""
    pooled = params.pooling != "stride"
    return convolutions(size, params.channels, params.kernel, params.dim, pooled=pooled)


def convolutions(
    size: Size, channels: tuple[int, ...], kernel: int, dim: int, *, pooled: bool = False
) -> Cost | None:
    """Return the cost of convolutions that halve the sides, by their stride or by pooling after each."""
    if len(size.shape) != 3:
        return None
    height, width, before = size.shape
    operations, weights = 0.0, 0.0
    for after in channels:
        height, width = -(-height // 2), -(-width // 2)
        weights += kernel**2 * before * after
        # Fivefold: small convolutions reach a fifth of the speed of matrix products.
        places = height * width * (4 if pooled else 1)
        operations += 5 * 2 * kernel**2 * before * after * places
        before = after
    flat = height * width * before
    each = operations + 2 * flat * dim
    return Cost(network=each, memory=4 * (weights + flat * dim), width=dim)
