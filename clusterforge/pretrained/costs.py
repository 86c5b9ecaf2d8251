"""What a transformer costs; light, so that a plugin's module of specs may import it."""

from __future__ import annotations

from clusterforge.costs import Cost, Size

START = 4.0  # seconds until the libraries and the model are there
CHARACTERS_PER_TOKEN = 4.5
THREADS = 1.8e11  # operations of ``Cost.products`` that stand for a second


def transformer(size: Size, hidden: int, layers: int, inner: int, limit: int) -> Cost:
    """Return the cost of sending texts through a transformer.

    Parameters
    ----------
    size
        The texts.
    hidden, layers, inner
        Width of a token, number of layers, and width within their feed-forward parts.
    limit
        Tokens of a text that are read; 0: all.
    """
    tokens = size.characters / CHARACTERS_PER_TOKEN + 2
    tokens = min(tokens, limit) if limit else tokens
    each = layers * (8 * hidden**2 + 4 * hidden * inner + 4 * tokens * hidden)
    weights = 4.0 * (layers * (4 * hidden**2 + 2 * hidden * inner) + 30_000 * hidden)
    elementwise = size.every * tokens * layers * hidden * 2.5e-9
    return Cost(
        products=elementwise * THREADS,
        network=size.every * tokens * each,
        memory=2 * weights + 420e6,
        width=hidden,
        start=START,
        layers=layers,
    )
