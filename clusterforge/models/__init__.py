"""Fitted encoders and clusterers on new rows, and the border to plugins that they run behind.

Enters: a recipe, what its stages have learnt, and rows as users have them (texts, data frames, arrays,
images). Leaves: embeddings and labels. May import recipe, registry, runs and storage, and training where an
encoder is trained.
"""

from clusterforge.models.answers import Answer
from clusterforge.models.model import LeftOut, Model
from clusterforge.models.row_format import RowFormat

__all__ = ["Answer", "LeftOut", "Model", "RowFormat"]
