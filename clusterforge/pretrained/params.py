"""Parameters that encoders of texts share; light, so that a plugin's module of specs may import it."""

from __future__ import annotations

from typing import Annotated, Literal

from clusterforge.params import Field, Unit

TextBatch = Annotated[
    int | None,
    Field(
        ge=1,
        le=65_536,
        description="Texts of mean length per step; the number of tokens per step is about "
        "constant. None: 2,048 tokens on a CPU, 65,536 on CUDA.",
        json_schema_extra=Unit("rows"),
    ),
]
LongTexts = Annotated[
    Literal["cut", "chunk"],
    Field(
        description="Texts longer than the model's limit. cut: only their beginning is read; the run says "
        "how many. chunk: read in windows that fit, their embeddings averaged, weighted by tokens."
    ),
]
