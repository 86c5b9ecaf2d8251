"""Fields and bounds that several built-in plugins have."""

from __future__ import annotations

from typing import Annotated, Literal

from clusterforge.params import Field, Unit

Thousand = Annotated[int, Field(ge=1, le=1000)]
Steps = Annotated[int, Field(ge=1, le=100_000, description="Maximum iterations of one run.")]
Share = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[float, Field(gt=0, le=1e6)]
Amount = Annotated[float, Field(ge=0, le=1e6)]
Sample = Annotated[int | None, Field(ge=2, json_schema_extra=Unit("rows"))]
Text = Annotated[str, Field(min_length=1)]

Margin = Annotated[
    Positive,
    Field(description="How much farther, in squared distance, a negative must be than a positive."),
]
Apart = Annotated[
    Positive,
    Field(description="Distance beyond which different rows are not pushed further apart."),
]
Smoothing = Annotated[
    Share, Field(description="Share of the target distributed evenly over all classes.")
]
Softness = Annotated[
    Share,
    Field(
        description="Share of a row that belongs to other clusters than the nearest, on average: "
        "the nearer, the more. 0: none."
    ),
]
ErrorKind = Literal["mse", "l1", "bce"]
