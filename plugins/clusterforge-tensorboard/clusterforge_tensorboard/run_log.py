"""One run as one TensorBoard event file."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.plugins.hparams import metadata as hparams_metadata
from tensorboard.plugins.hparams.api_pb2 import STATUS_FAILURE, STATUS_SUCCESS
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo
from tensorboard.plugins.hparams.summary_v2 import hparams_pb
from tensorboard.plugins.text import metadata as text_metadata
from tensorboard.summary.writer.record_writer import RecordWriter

from clusterforge.runs.records import ScoreRecord

PREFIX, SUFFIX = "events.out.tfevents.", ".clusterforge"
HEADLINE = "excluded"


class RunLog:
    """The event file of one run, written as the run goes, by the thread that runs it.

    In the run's folder its name begins with a dot: such a file is not part of the run's result, and
    may be deleted. A run that is resumed starts the file anew, for every epoch is told again.

    Parameters
    ----------
    folder
        The run's folder.
    recipe
        The resolved recipe.
    above
        Folder that collects the files of all runs; default: each stays in its run's folder.

    Raises
    ------
    OSError
        Where the file can't be made.
    """

    def __init__(self, folder: Path, recipe: Mapping[str, Any], above: Path | None) -> None:
        run = Path(*folder.absolute().parts[-2:])
        place = above / run if above else folder
        prefix = PREFIX if above else f".{PREFIX}"
        place.mkdir(parents=True, exist_ok=True)
        for old in place.glob(f"{prefix}*{SUFFIX}"):
            old.unlink()
        self._file = (place / f"{prefix}{time.time():.3f}{SUFFIX}").open("wb")
        self._records = RecordWriter(self._file)
        self._steps: Counter[str] = Counter()
        self._write(file_version="brain.Event:2")
        self._write(summary=hparams_pb(dict(flat(recipe)), trial_id=run.as_posix()))
        self._text("recipe", (folder / "recipe.toml").read_text("utf-8"))

    def epoch(self, stage: str, phase: str, values: Mapping[str, float]) -> None:
        """Write ``<stage>/<phase>/<value>``; the step is the epoch within the stage."""
        self._steps[stage] += 1
        self._scalars(
            {f"{stage}/{phase}/{name}": value for name, value in values.items()},
            self._steps[stage],
        )

    def finish(self, scores: tuple[ScoreRecord, ...]) -> None:
        """Write ``<split>/<clusterer>/<metric>`` for every score that has a value, and close."""
        self._scalars({score_tag(score): score.value for score in scores}, 0)
        self._close(STATUS_SUCCESS)

    def fail(self, reason: str) -> None:
        """Write the reason and close."""
        self._text("failure", reason)
        self._close(STATUS_FAILURE)

    def _close(self, status: int) -> None:
        end = SessionEndInfo(status=status, end_time_secs=time.time())
        self._summary(
            Summary.Value(
                tag=hparams_metadata.SESSION_END_INFO_TAG,
                metadata=hparams_metadata.create_summary_metadata(
                    HParamsPluginData(session_end_info=end)
                ),
                tensor=hparams_metadata.NULL_TENSOR,
            )
        )
        self._file.close()

    def _scalars(self, values: Mapping[str, float | None], step: int) -> None:
        points = [
            Summary.Value(tag=tag, simple_value=value)
            for tag, value in values.items()
            if value is not None
        ]
        self._summary(*points, step=step)

    def _text(self, tag: str, text: str) -> None:
        indented = "".join(f"    {line}\n" for line in text.splitlines())  # Markdown: as it stands
        self._summary(
            Summary.Value(
                tag=tag,
                metadata=text_metadata.create_summary_metadata(tag, ""),
                tensor=TensorProto(
                    dtype=DT_STRING,
                    string_val=[indented.encode()],
                    tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)]),
                ),
            )
        )

    def _summary(self, *values: Summary.Value, step: int = 0) -> None:
        self._write(summary=Summary(value=values), step=step)

    def _write(self, **event: Any) -> None:
        self._records.write(Event(wall_time=time.time(), **event).SerializeToString())
        self._records.flush()


def score_tag(score: ScoreRecord) -> str:
    """Return ``<split>/<clusterer>/<metric>``; ``.<noise>`` where noise is not left out."""
    tag = f"{score.split}/{score.clusterer}/{score.metric}"
    return tag if score.noise == HEADLINE else f"{tag}.{score.noise}"


def flat(value: Any, name: str = "") -> Iterator[tuple[str, bool | int | float | str]]:
    """Yield the leaves of a recipe: ``encoder.1.layers`` and its value, lists and None as JSON."""
    if isinstance(value, Mapping):
        parts = list(value.items())
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        parts = list(enumerate(value))
    else:
        simple = isinstance(value, bool | int | float | str)
        yield name, value if simple else json.dumps(value, ensure_ascii=False)
        return
    for key, part in parts:
        yield from flat(part, f"{name}.{key}" if name else str(key))
