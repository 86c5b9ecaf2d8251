"""Images as rows of pixels, tables as they are."""

from __future__ import annotations

from clusterforge.builtin.frozen_encoders import FlattenParams
from clusterforge.contracts import Context, Encoder, FloatArray, View
from clusterforge.encoders.rows import finite_rows


class Flatten(Encoder[FlattenParams]):
    """Pixels divided by 255, channels last, one row an image; tables and embeddings unchanged."""

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return the rows as a matrix: float32 (n, d)."""
        return finite_rows(view, least=0)
