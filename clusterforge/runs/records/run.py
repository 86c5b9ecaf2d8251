"""``run.json``: what was run, with what, on which data, and how long each stage took."""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue

from clusterforge.contracts import Column, Layer
from clusterforge.pixels import PixelFormat
from clusterforge.runs.records.base import Count, Record
from clusterforge.specs import Part
from clusterforge.tables.spreads import Spread


class Compute(Record):
    """Where the run was computed; ``processes`` trained its networks together."""

    device: str
    precision: Literal["float32", "bfloat16"]
    threads: int
    processes: int


class PluginRecord(Record):
    """A plugin that the run used; ``code`` is a sha256 over its package's Python files."""

    kind: str
    name: str
    distribution: str
    version: str
    code: str


class SplitRecord(Record):
    """A split of the data; ``shape`` is that of one row, without the rows."""

    rows: Count
    labelled: Count
    fingerprint: str
    shape: tuple[int, ...] | None


class LeftOutRecord(Record):
    """Rows of the source that are in no split; ``split`` is the one that they would be in.

    ``first`` names a few of them.
    """

    reason: str
    rows: Count
    split: str | None
    first: tuple[str, ...] = ()


class DataRecord(Record):
    """The data of a run, split by split.

    ``features`` are the columns of a table; ``columns`` and ``separator`` are those of texts or images;
    ``spreads`` say what their values are like in train, to compare new rows with; ``embedding`` is the width
    of one that the rows come with.
    ``parts`` are what rows hold side by side, where they hold several things; ``content`` is the first.
    """

    content: Literal["text", "image", "table"]
    source: dict[str, JsonValue]
    label_names: tuple[str, ...]
    features: tuple[Column, ...] = ()
    spreads: tuple[Spread | None, ...] = ()
    columns: tuple[str, ...] = ()
    separator: str = " "
    image_column: str | None = None
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...]
    splits: dict[str, SplitRecord]
    left_out: tuple[LeftOutRecord, ...] = ()
    remarks: tuple[str, ...] = ()
    pixel_format: PixelFormat | None = None
    embedding: int | None = None

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Name of each column of a table; empty where they have none."""
        return tuple(column.name for column in self.features)


class SentRecord(Record):
    """Rows whose content a plugin sent to another process: which ``host``, and in how many rows."""

    stage: str
    use: str
    host: str
    rows: Count


class SentRecords(Record):
    """What has left the machine in a run that is not finished: all of ``sent.json``."""

    sent: tuple[SentRecord, ...]


class StageRecord(Record):
    """A stage of the run: its content key, whether it was reused, and its time in seconds."""

    stage: str
    key: str
    reused: bool
    seconds: float


class NetworkRecord(Record):
    """A network that the run has trained."""

    parameters: Count
    layers: tuple[Layer, ...]


class ShortfallRecord(Record):
    """Rows of a split that an encoder did not read in full; ``problem`` stands behind "12 rows are"."""

    split: str
    rows: Count
    problem: str


class EncoderRecord(Record):
    """An encoder of the chain: id, name of the plugin, width of the embedding, what it did not read.

    ``weights`` says what the weights that its plugin, or its backbone's, brings were trained on.
    """

    id: str
    use: str
    dim: Count
    shortfalls: tuple[ShortfallRecord, ...] = ()
    weights: str | None = None


class RunRecord(Record):
    """All of ``run.json``; times in ISO 8601 (UTC), ``seconds`` of the whole run.

    ``parent`` is the id of the run that a curation was made of.
    """

    clusterforge: str
    id: str
    parent: str | None = None
    name: str
    description: str
    started: str
    finished: str
    seconds: float
    seed: int
    compute: Compute
    versions: dict[str, str]
    plugins: tuple[PluginRecord, ...]
    data: DataRecord
    encoders: tuple[EncoderRecord, ...]
    labels_in_training: bool
    labels_used: tuple[str, ...]
    sent: tuple[SentRecord, ...] = ()
    stages: tuple[StageRecord, ...]
    warnings: tuple[str, ...]
    networks: dict[str, NetworkRecord]
    peak_memory_mb: float
