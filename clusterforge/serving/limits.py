"""What an endpoint accepts."""

from __future__ import annotations

from clusterforge.params import Field, Params, Unit

MEGABYTE = 1_000_000


class Limits(Params):
    """What an endpoint accepts; whatever goes beyond is refused with the limit in the message."""

    body: float = Field(
        8, gt=0, description="Size of a request.", json_schema_extra=Unit("megabytes")
    )
    rows: int = Field(1000, ge=1, description="Rows of a request.")
    queue: int = Field(
        100, ge=1, description="Requests that are read, wait or are computed at the same time."
    )
    seconds: float = Field(
        30,
        gt=0,
        le=3600,
        description="Time of a request, from its first byte to its answer.",
        json_schema_extra=Unit("seconds"),
    )
    pixels: int = Field(
        50_000_000, ge=1, description="Pixels of the images of a request, together."
    )
    stop: float = Field(
        30,
        ge=0,
        le=3600,
        description="Time that accepted requests have after a signal to stop.",
        json_schema_extra=Unit("seconds"),
    )
