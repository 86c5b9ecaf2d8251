"""The contracts between the core and plugins. Importing this imports NumPy and nothing heavier.

What trained encoders and losses need is in :mod:`clusterforge.contracts.training`, which imports torch.
"""

from clusterforge.contracts.clusterer import Clusterer, Points
from clusterforge.contracts.context import Checkpoint, Context, Precision, Progress, State
from clusterforge.contracts.corpus import (
    UNTYPED,
    Corpus,
    Dataset,
    Images,
    ItemKind,
    Items,
    LeftOut,
    Peek,
    SomeItems,
    Split,
    Table,
    Texts,
)
from clusterforge.contracts.details import (
    Choice,
    ClusterLayer,
    Curve,
    Cut,
    Details,
    DetailTable,
    Mark,
    MergeTree,
)
from clusterforge.contracts.encoder import (
    Encoder,
    Epoch,
    FitReport,
    Layer,
    PairsUsed,
    PhaseEnd,
    Trainable,
    View,
)
from clusterforge.contracts.metric import (
    Clustering,
    Metric,
    MomentMetric,
    Noise,
    Score,
    TableMetric,
    treat_noise,
)
from clusterforge.contracts.namer import (
    ClusterEvidence,
    Evidence,
    Example,
    Name,
    Namer,
    Phrase,
    Trait,
)
from clusterforge.contracts.rows import checked_rows
from clusterforge.numerics.arrays import FloatArray, IntArray
from clusterforge.numerics.moments import Moments
from clusterforge.specs import VERSION

__all__ = [
    "UNTYPED",
    "VERSION",
    "Checkpoint",
    "Choice",
    "ClusterEvidence",
    "ClusterLayer",
    "Clusterer",
    "Clustering",
    "Context",
    "Corpus",
    "Curve",
    "Cut",
    "Dataset",
    "DetailTable",
    "Details",
    "Encoder",
    "Epoch",
    "Evidence",
    "Example",
    "FitReport",
    "FloatArray",
    "Images",
    "IntArray",
    "ItemKind",
    "Items",
    "Layer",
    "LeftOut",
    "Mark",
    "MergeTree",
    "Metric",
    "MomentMetric",
    "Moments",
    "Name",
    "Namer",
    "Noise",
    "PairsUsed",
    "Peek",
    "PhaseEnd",
    "Phrase",
    "Points",
    "Precision",
    "Progress",
    "Score",
    "SomeItems",
    "Split",
    "State",
    "Table",
    "TableMetric",
    "Texts",
    "Trainable",
    "Trait",
    "View",
    "checked_rows",
    "treat_noise",
]
